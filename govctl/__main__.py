"""`govctl` and `python -m govctl`: parse, run, and turn errors into messages and exit codes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its documented code."""
    memo = None
    if arguments is None and sys.argv[1:2] == ["validate"]:  # all that this process reads is seen
        from govctl.cli import unchanged  # noqa: PLC0415 - start-up pays only for what it runs

        memo = unchanged.memo_of(sys.argv[1:])
        if memo and unchanged.tell(memo):
            return
    if sys.stdout is None:  # closed by the caller: what would be printed goes nowhere
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    gc.set_threshold(100_000, 20, 100)  # an estate is many objects and no garbage
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # nobody else judges an estate
    if memo:
        from govctl.cli.remembering import watch  # noqa: PLC0415

        watch(memo)
    from govctl.cli.options import hoist, language_of  # noqa: PLC0415
    from govctl.texts import use_language  # noqa: PLC0415

    words = hoist(list(sys.argv[1:] if arguments is None else arguments))
    language = language_of(words)
    use_language(language)  # before the commands and their help texts are loaded
    os.environ["GOVCTL_LANG"] = language  # the provider and the plan policies speak it too
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    if memo and (code := _validated(sys.argv[2])) is not None:
        gc.freeze()
        sys.exit(code)
    from govctl.cli.run import run  # noqa: PLC0415

    if os.environ.get("_GOVCTL_COMPLETE") == "complete_bash":
        from govctl.cli.completion import run_for_bash  # noqa: PLC0415

        run_for_bash(lambda: run(words))
        return
    code = run(words)
    gc.freeze()  # what a process leaves when it ends need not be searched for garbage: 30 ms
    sys.exit(code)


def _validated(word: str) -> int | None:
    """The exit code of `validate ESTATE`; None if the parser must look at the word."""
    from govctl.cli.ending import exit_code_of  # noqa: PLC0415
    from govctl.cli.validating import plain_path, validate_estate  # noqa: PLC0415

    path = plain_path(word)
    return None if path is None else exit_code_of(lambda: validate_estate(path))


if __name__ == "__main__":
    main()

"""Words of the command line: as Typer understands them, whoever is asked first."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer._click.exceptions import BadParameter

from govctl.cli.app import app
from govctl.cli.coercing import quicken
from govctl.cli.run import load_commands
from govctl.errors import GovctlError
from policies.catalogue import FOLDER
from policies.compiled import built

WORDS = ("", "-", "x", "no/such", "/etc/passwd", "/", "0", "1", "7", "007", "-3", "1.5", "1_000",
         "99999", "nan", " 5", "٣", "json", "JSON", "text", "vi", "high", "50%",
         "\udcff")  # fmt: skip


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    yield " ".join(path), command
    for name, one in getattr(command, "commands", {}).items():
        yield from _commands(one, (*path, name))


def _params() -> list[Any]:
    load_commands([])
    found = []
    for path, command in _commands(typer.main.get_command(app)):
        context = command.make_context(path or "govctl", ["--nothing"], resilient_parsing=True)
        found += [
            pytest.param(param, context, id=f"{path} {param.name}")
            for param in command.get_params(context)
        ]
    return found


def _said(coerce: Any, value: Any, param: Any, context: Any) -> tuple[Any, ...]:
    try:
        found = coerce(value, param=param, ctx=context)
    except (BadParameter, GovctlError) as error:
        return type(error), error.message
    return type(found), found, [type(one) for one in found] if isinstance(found, list) else None


@pytest.mark.parametrize(("param", "context"), _params())
def test_every_option_takes_what_typer_takes(param: Any, context: Any) -> None:
    is_list = param.multiple or param.nargs == -1
    values: list[Any] = [None, param.get_default(context)]
    values += [(), WORDS[:-1], *((word,) for word in WORDS)] if is_list else WORDS
    typers = type(param).get_runtime_param(param).coerce
    quicken([param])
    ours = param.get_runtime_param().coerce
    for value in values:
        told = _said(typers, value, param, context)
        assert repr(_said(ours, value, param, context)) == repr(told), value


def test_a_file_that_may_not_be_read_is_refused_as_typer_refuses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "hosts"
    file.touch()
    monkeypatch.setattr("os.access", lambda *_given: False)
    load_commands(["scan"])
    scan: Any = dict(_commands(typer.main.get_command(app)))["scan"]
    context = scan.make_context("scan", [], resilient_parsing=True)
    param = next(one for one in scan.get_params(context) if one.name == "targets_file")
    quicken([param])
    with pytest.raises(BadParameter, match="not readable"):
        param.get_runtime_param().coerce(str(file), param=param, ctx=context)


def test_a_plain_scan_asks_nobody_else(tmp_path: Path) -> None:
    """Before a host is reached neither pydantic nor YAML nor what judges is loaded."""
    if built(FOLDER) is None:
        pytest.skip("the rows changed since they were compiled: script/compile_catalogues.py")
    program = (
        "import sys; from govctl.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: code = end.code\n"
        "loaded = {'pydantic', 'yaml', 'rich', 'invoke', 'policies.judge'} & set(sys.modules)\n"
        "sys.exit(f'{code} {loaded}')"
    )
    (tmp_path / "hosts").write_text("ssh://nobody@192.0.2.1\n")
    words = ("scan", "--targets", "hosts", "--checks", "no-such-*", "--sudo", "--format", "json",
             "--jobs", "3", "--timeout", "20", "--fail-on", "high")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=tmp_path,
        env={
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "no check is called no-such-*" in done.stderr
    assert done.stderr.strip().endswith("2 set()")

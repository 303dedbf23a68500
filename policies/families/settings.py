"""Settings of small files with sections, `key = value`."""

from __future__ import annotations

from govctl.texts import msg
from policies.families import family
from policies.families._expect import Expect
from policies.families._verdicts import failed, not_evaluated, passed
from policies.model import Verdict
from scanners.host.facts.text_files import TextFiles
from scanners.host.formats import ini


class IniArgs(Expect):
    """Files, a section and a key, and what the program takes where it is not set."""

    paths: tuple[str, ...]
    """What the file is called by one distribution or another; each that exists must be right."""
    section: str
    key: str
    default: str


@family("settings.ini", needs=(TextFiles,), args=IniArgs)
def setting(args: IniArgs, files: TextFiles) -> Verdict:
    """A setting of a file with sections is as asked."""
    for path in args.paths:
        if path in files.unreadable or not files.asked_for(path):
            return not_evaluated(msg("{path} could not be read", path=path))
    here = [path for path in args.paths if path in files.texts] or list(args.paths[:1])
    evidence, found = [], args.default
    for path in here:
        values = ini.section([files.texts.get(path, "")], args.section)
        found = values.get(args.key.lower(), args.default)
        evidence.append(f"{path}: [{args.section}] {args.key}={found}")
        if not args.holds(found):
            return failed(msg("{option} is {found}, not {wanted}", option=args.key, found=found,
                              wanted=args.wanted), evidence)  # fmt: skip
    return passed(msg("{option} is {found}", option=args.key, found=found), evidence)

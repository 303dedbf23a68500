"""Where root's shell looks for commands."""

from __future__ import annotations

from typing import Literal

from govctl.texts import Message, msg
from policies.families import Args, family
from policies.families._paths import given_away, quoted
from policies.families._verdicts import none_of, not_evaluated
from policies.model import Verdict
from scanners.host.facts.paths import Path, Paths
from scanners.host.facts.root_path import RootPath, Word


class PathArgs(Args):
    """What is asked of each place in the search path."""

    what: Literal["words", "directories", "owner", "mode"]


_BAD = {
    "words": msg("{count} places in root's search path are empty or relative: {names}"),
    "directories": msg("{count} places in root's search path are no directories: {names}"),
    "owner": msg("{count} directories in root's search path are not root's: {names}"),
    "mode": msg("others may write to {count} directories in root's search path: {names}"),
}
_OTHERS_WIDEST = 0o7755


@family("root.path", needs=(RootPath, Paths), args=PathArgs)
def root_path(args: PathArgs, found: RootPath, paths: Paths) -> Verdict:
    """Root runs only commands from directories that nobody else can change."""
    wrong, unseen = [], list(found.unknown)
    for word in dict.fromkeys(found.words):
        if args.what == "words":
            if not word.text.startswith("/"):
                wrong.append(f"{word.file}: '{word.text}'")
            continue
        if not word.text.startswith("/"):
            continue  # judged as a word
        path = word.text.rstrip("/") or "/"
        if path not in paths.paths and not paths.asked_for(path):
            unseen.append(path)
            continue
        there = paths.paths[path].end if path in paths.paths else None
        if _is_wrong(args.what, word, there):
            wrong.append(quoted(there) if there else f"{path} ({word.file})")
        elif args.what == "mode" and there and "?" in there.acl:
            unseen.append(path)
    if not wrong and unseen:
        return not_evaluated(
            msg("{names} in root's search path is not known", names=", ".join(unseen[:5])), unseen
        )
    places = ":".join(word.text for word in found.words)
    good: Message = msg("root's search path is {found}", found=places)
    return none_of(wrong, good, _BAD[args.what])


def _is_wrong(what: str, word: Word, there: Path | None) -> bool:
    if there is None:
        return what == "directories" and word.certain
    if what == "directories":
        return there.kind != "directory"
    if what == "owner":
        return there.owner != "root"
    return bool(there.mode & 0o022 or given_away(there, _OTHERS_WIDEST, ("root",)))

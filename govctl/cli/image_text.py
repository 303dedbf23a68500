"""Images as a person reads them, and as programs do."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from govctl.cli.wording import hanging, joined
from govctl.pipeline.image.image_list import Images, Row, Use, reason_of, short_id
from govctl.pipeline.image.images import Built
from govctl.reports.words import STATUS_WORDS
from govctl.texts import _, counted, msg
from stacks.images.kept import Kept
from stacks.images.updates import Pending

_FAILING = 12
"""Checks that are named before the rest is only counted."""


def built(images: Sequence[Built], lacking: Mapping[str, Pending], *, updated: bool) -> str:
    """The end of `image build`."""
    blocks = []
    for one in images:
        lines = [_head(one.kept, _built(one))]
        lines += [*_scan(one.kept), *_failing(one.kept)]
        if updated and one.kept.manifest.role in lacking:
            lines.append(f"  {_lacked(lacking[one.kept.manifest.role])}")
        elif updated and not one.new:
            lines.append("  " + _("no update is pending at the mirror"))
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def listing(images: Images, estate: Path | None) -> str:
    """A block for each image, what the estate lacks, and what to type next."""
    blocks = [_block(row, images.use) for row in images.rows] or [_("no image is kept yet")]
    if images.use.unknown:
        blocks.append(_("machines: not known: {reason}", reason=images.use.unknown))
    if images.lacking:
        blocks.append(_("to be built: {roles}", roles=", ".join(images.lacking)))
    lines = [_("next: {command}", command=shlex.join(words)) for words in _next(images, estate)]
    return "\n\n".join([*blocks, *(["\n".join(lines)] if lines else [])])


def _next(images: Images, estate: Path | None) -> list[list[str]]:
    """The commands that build what is lacking, and anew what lacks updates."""
    rows = [row for row in images.rows if row.wanted is not False]
    newest = {row.kept.manifest.role: row for row in reversed(rows)}
    stale = [role for role, row in sorted(newest.items()) if row.updates.updates]
    command = ["govctl", "image", "build"]
    if estate:
        roles = [] if images.lacking else stale
        update = ["--update"] if stale else []
        return [[*command, str(estate), *roles, *update]] if images.lacking or stale else []
    found = []
    for judged_by in dict.fromkeys(newest[role].kept.manifest.judged_by for role in stale):
        roles = [role for role in stale if newest[role].kept.manifest.judged_by == judged_by]
        found.append([*command, *roles, f"--baseline={','.join(judged_by)}", "--update"])
    return found


def image(kept: Kept) -> str:
    """One image: what it is made of, and by what it was judged."""
    manifest = kept.manifest
    rows = [
        (_("role"), manifest.role),
        (_("image"), manifest.digest),
        (_("fingerprint"), manifest.fingerprint),
        (_("built"), f"{_moment(kept)}, {_age(kept)}"),
        (_("size"), _size(kept)),
        (_("baselines"), ", ".join(manifest.judged_by) or "-"),
        (_("recipe"), manifest.recipe or "-"),
        (_("checks"), manifest.checks or "-"),
        (_("packages"), f"{len(manifest.packages)}  {manifest.package_set}".rstrip()),
    ]
    rows += [(_("mirror"), f"{one.codename}  {one.date}  {one.sha256[:16]}")
             for one in manifest.mirror]  # fmt: skip
    rows += [(_("SBOM"), str(kept.sbom or "-")), (_("scan"), str(kept.scan or "-"))]
    width = max(len(name) for name, _value in rows)
    lines = [f"{name:<{width}}  {value}" for name, value in rows]
    return "\n".join([*lines, *_scan(kept), *_failing(kept)])


def built_document(images: Sequence[Built]) -> dict[str, Any]:
    """`image build --format json`."""
    return {"schema": 1, "images": [{**image_document(one.kept), "built": one.new}
                                    for one in images]}  # fmt: skip


def document(images: Images) -> dict[str, Any]:
    """`image list --format json`: `machines` and `updates.pending` are null where not known."""
    unknown = images.use.unknown
    return {
        "schema": 1,
        "images": [
            {
                **image_document(row.kept),
                "wanted": row.wanted,
                "machines": None if unknown else list(row.machines),
                "updates": _updates_document(row.updates),
            }
            for row in images.rows
        ],
        "machines_unknown": unknown,
        "to_be_built": list(images.lacking),
    }


def image_document(kept: Kept) -> dict[str, Any]:
    """One image for programs."""
    manifest = kept.manifest
    return {
        "role": manifest.role,
        "id": short_id(kept),
        "digest": manifest.digest,
        "fingerprint": manifest.fingerprint,
        "created": kept.created.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "age_seconds": round(_seconds(kept)),
        "size": kept.size,
        "packages": len(manifest.packages),
        "package_set": manifest.package_set or None,
        "recipe": manifest.recipe or None,
        "checks": manifest.checks or None,
        "baselines": list(manifest.judged_by),
        "mirror": [vars(one) for one in manifest.mirror],
        "scan": dict(manifest.scan) or None,
        "sbom_file": str(kept.sbom) if kept.sbom else None,
        "scan_file": str(kept.scan) if kept.scan else None,
    }


def _updates_document(pending: Pending) -> dict[str, Any]:
    if pending.unknown:
        return {"pending": None, "security": None, "packages": [], "archives": [],
                "unknown": reason_of(pending.unknown)}  # fmt: skip
    return {
        "pending": len(pending.updates),
        "security": pending.security,
        "packages": [vars(one) for one in pending.updates],
        "archives": list(pending.archives),
        "unknown": None,
    }


def _block(row: Row, use: Use) -> str:
    kept = row.kept
    lines = [_head(kept, _age(kept)), *_scan(kept), f"  {_pending(row.updates)}"]
    if not use.unknown:
        names = ", ".join(row.machines) or _("none")
        lines.append(hanging("  " + _("machines: {names}", names=names), 4))
    if row.wanted is False:
        lines.append("  " + _("the estate makes no more machines from it"))
    return "\n".join(lines)


def _head(kept: Kept, when: str) -> str:
    count = counted(len(kept.manifest.packages), msg("1 package"), msg("{count} packages"))
    name = f"{kept.manifest.role}  {short_id(kept)}"
    return joined([f"{name}  {when}", _size(kept), count])


def _scan(kept: Kept) -> list[str]:
    """Verdicts, worst first; what was not looked at is as loud as what failed."""
    counts = kept.manifest.scan
    if not counts:
        return ["  " + _("no scan was kept: built by an earlier govctl")]
    words = [f"{counts[s]} {word.text.render()}" for s, word in STATUS_WORDS.items() if s in counts]
    line = f"{' '.join(kept.manifest.judged_by)}: {' · '.join(words)}"
    return [hanging(f"  {line}", 4)]


def _failing(kept: Kept) -> list[str]:
    """Which checks it is that fail or were not evaluated, since the counts do not say.

    A build fails where a check does that a role closes or a baseline of the law asks for.
    """
    counts = kept.manifest.scan
    if kept.scan is None or not (counts.get("fail") or counts.get("not-evaluated")):
        return []
    results = json.loads(kept.scan.read_text(encoding="utf-8"))["results"]
    texts = {
        "fail": msg("fails what no role closes (govctl check show says why): {checks}"),
        "not-evaluated": msg("not evaluated: {checks}"),
    }
    named = {status: [str(one["check"]) for one in results if one["status"] == status]
             for status in texts}  # fmt: skip
    return [hanging("  " + _(texts[status].template, checks=_some(names, _FAILING)), 4)
            for status, names in named.items() if names]  # fmt: skip


def _pending(pending: Pending) -> str:
    if pending.unknown:
        return _("updates: not known: {reason}", reason=pending.unknown.render())
    gap = _("; no archive of security updates was asked") if pending.without_security else ""
    if not pending.updates:
        return _("updates: none pending") + gap
    text = _(
        "updates: {count} pending, {security} of them security: {names}",
        count=len(pending.updates),
        security=pending.security,
        names=_some([one.name for one in pending.updates]),
    )
    return text + gap


def _lacked(pending: Pending) -> str:
    return _(
        "brought in {count} updates, {security} of them security",
        count=len(pending.updates),
        security=pending.security,
    )


def _some(names: Sequence[str], limit: int = 3) -> str:
    if len(names) <= limit:
        return ", ".join(names)
    return _("{names} and {count} more", names=", ".join(names[:limit]), count=len(names) - limit)


def _built(one: Built) -> str:
    if not one.new:
        return _("there already, {age}", age=_age(one.kept))
    return _("built in {seconds} s", seconds=round(one.kept.manifest.seconds))


def _size(kept: Kept) -> str:
    return f"{kept.size / 1e6:.0f} MB"


def _moment(kept: Kept) -> str:
    return kept.created.strftime("%Y-%m-%d %H:%M UTC")


def _seconds(kept: Kept) -> float:
    return max(0.0, (datetime.now(UTC) - kept.created).total_seconds())


def _age(kept: Kept) -> str:
    age = timedelta(seconds=_seconds(kept))
    if age.days:
        return counted(age.days, msg("1 day old"), msg("{count} days old"))
    hours = age.seconds // 3600
    if hours:
        return counted(hours, msg("1 hour old"), msg("{count} hours old"))
    return counted(age.seconds // 60, msg("1 minute old"), msg("{count} minutes old"))

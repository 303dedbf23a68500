"""What others give sshd, where it goes before our drop-in: Match blocks, and options of its start.

Only values that a row refuses are found; those that are as asked, or stricter, stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from playbooks.hosts.rights import Row
from playbooks.hosts.sshd_text import SIZES, TIMES, counted

_LINE = re.compile(r"[ \t]*\"?([^\s=\"#]+)\"?[ \t]*=?[ \t]*([^#]*)")
_ALIASES = {"challengeresponseauthentication": "kbdinteractiveauthentication",
            "skeyauthentication": "kbdinteractiveauthentication",
            "dsaauthentication": "pubkeyauthentication"}  # fmt: skip
_SAME = {"prohibit-password": "without-password"}
_TIME = re.compile(r"(\d+)([smhdw]?)", re.IGNORECASE)
_OPTION = re.compile(r"-o[ \t]*(?:\"([^\"]*)\"|'([^']*)'|(\S+))")
_GIVEN = re.compile(r"(?m)^([ \t]*SSHD_OPTS[ \t]*=[ \t]*)(.*?)([ \t]*)$")


def in_match(text: str, rows: Sequence[Row]) -> list[int]:
    """Numbers (from 0) of the lines of a file that loosen, within Match blocks, what rows ask."""
    found, matching = [], False
    for number, line in enumerate(text.split("\n")):
        option, value = _said(line)
        if option == "match":
            matching = True
        elif matching and any(_refuses(row, option, value) for row in rows):
            found.append(number)
    return found


def started(text: str, rows: Sequence[Row]) -> str:
    """/etc/default/ssh without the options that rows refuse: the line stays as a comment."""

    def change(match: re.Match[str]) -> str:
        quote = match[2][:1] if match[2][:1] in ("'", '"') else ""
        words = match[2].strip(quote) if quote else match[2]
        left = _OPTION.sub(lambda one: "" if _is_refused(one, rows) else one[0], words)
        if left == words:
            return match[0]
        return f"# {match[0]}\n{match[1]}{quote}{' '.join(left.split())}{quote}"

    return _GIVEN.sub(change, text)


def _is_refused(option: re.Match[str], rows: Sequence[Row]) -> bool:
    name, value = _said(option[1] or option[2] or option[3])
    return any(_refuses(row, name, value) for row in rows)


def _said(line: str) -> tuple[str, str]:
    """Keyword (lower case, aliases resolved) and value."""
    found = _LINE.match(line)
    if not found:
        return "", ""
    name = found[1].lower()
    return _ALIASES.get(name, name), found[2].strip().strip('"')


def _refuses(row: Row, option: str, value: str) -> bool:
    return any(name == option and not good for name, good in _answers(row, value))


def _answers(row: Row, value: str) -> Iterator[tuple[str, bool]]:
    """Each option that a row is about, and whether it would take this value."""
    if row["family"] == "sshd.option":
        yield row["option"].lower(), _holds(row, value)
    elif row["family"] == "sshd.keepalive":
        seconds = _seconds(value)
        most = max(int(row["seconds"]) // 3, 1)
        yield "clientaliveinterval", seconds is not None and 0 < seconds <= most
        yield "clientalivecountmax", value.isdecimal() and 0 < int(value) <= 3
    elif row["family"] == "sshd.rekey":
        size, _, time = value.partition(" ")
        yield (
            "rekeylimit",
            _within(size, row["size"], SIZES) and _within(time, row["time"], TIMES),
        )
    elif row["family"] == "sshd.no-tcp-forwarding":
        yield "allowtcpforwarding", value.lower() == "no"


def _holds(row: Row, value: str) -> bool:
    if row.get("equals") is not None:
        asked = str(row["equals"])
        return value == asked if asked.startswith("/") else value.lower() == asked.lower()
    if row.get("one_of"):
        known = {str(word).lower() for word in row["one_of"]}
        return value.lower() in known or _SAME.get(value.lower()) in known
    if "subset" in row:
        return all(word in row["subset"] for word in value.split(","))
    number = _seconds(value)
    low, high = row.get("minimum"), row.get("maximum")
    return (
        number is not None and (low is None or number >= low) and (high is None or number <= high)
    )


def _seconds(value: str) -> int | None:
    """A number, or a time such as `1h30m`."""
    if not re.fullmatch(r"(\d+[smhdw]?)+", value, re.IGNORECASE):
        return None
    return sum(int(one[1]) * TIMES.get(one[2].lower(), 1) for one in _TIME.finditer(value))


def _within(value: str, most: str, units: dict[str, int]) -> bool:
    known = re.fullmatch(rf"\d+[{''.join(units)}]?", value.strip(), re.IGNORECASE)
    return known is not None and 0 < counted(value.strip(), units) <= counted(str(most), units)

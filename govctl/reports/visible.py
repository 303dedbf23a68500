"""Text from outside, made harmless and kept visible.

A host may put anything into its names and its output: terminal escapes, characters that reverse
the direction of a line, bytes that are no UTF-8. Reports show that they are there, and what they
are, without obeying them.
"""

from __future__ import annotations

import re

# C0 and C1 controls except tab and newline, zero-width and bidirectional controls, tag characters,
# private use, noncharacters at the end of the plane, and the surrogates of undecodable bytes.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\uf8ff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    """The text with each hidden character replaced by a picture (`␛`) or its number (`⟨202E⟩`)."""
    return _HIDDEN.sub(_picture, text)


def one_line(text: str) -> str:
    """The same on one line, for a cell or a heading."""
    return visible(" ".join(text.split("\n"))).replace("\t", " ")


def escaped(json_text: str) -> str:
    """JSON with each hidden character as an escape: the same data, and no terminal obeys it."""
    if json_text.isascii() and "\x7f" not in json_text:
        return json_text  # JSON has escapes for the controls below the space already
    return _HIDDEN.sub(_escape, json_text)


def _escape(hidden: re.Match[str]) -> str:
    units = hidden[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _picture(hidden: re.Match[str]) -> str:
    code = ord(hidden[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that Python kept with `surrogateescape`
        return f"⟨{code - 0xDC00:02X}⟩"
    return f"⟨{code:04X}⟩"

"""The stream that the probe sends back: total over any bytes, and bounded."""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from dataclasses import dataclass, replace

from govctl.texts import Message, msg
from scanners.host.acl import UNKNOWN, listed
from scanners.host.collecting import Wanted
from scanners.host.model import (
    CONTENT_LIMIT,
    FRAME_LIMIT,
    REDUCED_LIMIT,
    Command,
    File,
    Output,
    Raw,
    Standing,
)
from scanners.host.reading import NOT_FOUND, failure_of, first_line

STREAM_LIMIT = 1 << 27
"""Bytes of one visit after decompression."""
_KINDS = {"f": "file", "d": "directory", "l": "link"}
_STAT = re.compile(
    rb"(@?\w) ([0-7]{1,4}) ([0-9]{1,10}) ([0-9]{1,10}) ([0-9]{1,20}) (/.*)", re.DOTALL
)
_MEMBERS = 20_000


@dataclass(frozen=True)
class Frame:
    """One piece of the stream."""

    stdout: bytes
    stderr: bytes
    status: int
    seconds: float


def parse(stream: bytes, wanted: Wanted, token: str) -> Raw | None:
    """Raw, with a gap where the stream stops short; None if the probe never began."""
    hello = re.search(rb"(?:^|\n)@%s hello (gzip|plain) ([0-9]*)\n" % token.encode(), stream)
    if hello is None:
        return None
    body = stream[hello.end() :]
    body = _decompressed(body) if hello[1] == b"gzip" else body[:STREAM_LIMIT]
    frames = _frames(body, token.encode())
    files = _files(frames)
    outputs = {
        command.name: _output(command, frames[f"command:{command.name}"])
        for command in wanted.commands
        if f"command:{command.name}" in frames
    }
    asked = _asked(frames.get("asked"))
    gap = _gap(frames, wanted)
    if hello[2] != b"0":
        gap = msg("the probe did not run as root, so that files may be hidden from it")
    return Raw(files, outputs, True, (*wanted.asked, *asked), wanted.texts, gap)


def _decompressed(data: bytes) -> bytes:
    """As much as can be had of a stream that may be cut or broken."""
    reader = zlib.decompressobj(wbits=31)
    found = bytearray()
    view = memoryview(data)
    try:
        for place in range(0, len(view), 1 << 16):
            found += reader.decompress(view[place : place + (1 << 16)], STREAM_LIMIT - len(found))
            if len(found) >= STREAM_LIMIT or reader.eof:
                break
    except zlib.error:
        pass
    return bytes(found)


def _frames(body: bytes, token: bytes) -> dict[str, Frame]:
    """Pieces by name; of two with one name the first counts, an unfinished one is left out."""
    mark = b"\n@" + token + b" "
    frames: dict[str, Frame] = {}
    place = body.find(mark + b"begin ")
    while place >= 0:
        head_end = body.find(b"\n", place + len(mark))
        end = body.find(mark + b"end ", head_end)
        done = body.find(mark + b"done", end)
        if head_end < 0 or end < 0 or done < 0:
            break
        head = body[place + len(mark) : head_end].decode("utf-8", "replace").split(" ")
        tail = body[end + len(mark) : done]
        if len(head) == 3:
            frames.setdefault(head[1], _frame(body[head_end + 1 : end], tail, head[2], token))
        place = body.find(mark + b"begin ", done)
    return frames


def _frame(stdout: bytes, tail: bytes, began: str, token: bytes) -> Frame:
    ended, _newline, said = tail.removeprefix(b"end ").partition(b"\n")
    stderr, _mark, status = said.rpartition(token + b" ")
    code = int(status) if re.fullmatch(rb"[0-9]{1,3}", status) else -1
    start, stop = _float(began), _float(ended.decode("utf-8", "replace"))
    return Frame(stdout, stderr.strip(b"\n"), code, max(0.0, round(stop - start, 2)))


def _float(text: str) -> float:
    return float(text) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text, re.ASCII) else 0.0


def _output(command: Command, frame: Frame) -> Output:
    truncated = len(frame.stdout) > command.limit
    stdout = frame.stdout[: command.limit]
    return Output(command.line, stdout, frame.stderr, frame.status, frame.seconds, truncated)


def _asked(frame: Frame | None) -> list[str]:
    text = frame.stdout.decode("utf-8", "replace") if frame else ""
    return [line for line in text.splitlines() if line.startswith("/")]


def _files(frames: dict[str, Frame]) -> dict[str, File]:
    contents = _contents(frames["contents"].stdout) if "contents" in frames else {}
    parts = frames["reduced"].stdout.split(b"\0") if "reduced" in frames else []
    contents |= {
        path.decode("utf-8", "surrogateescape"): text
        for path, text in zip(parts[0:-1:2], parts[1:-1:2], strict=False)
    }
    records = frames["stats"].stdout.split(b"\0") if "stats" in frames else []
    acls, otherwise = _acls(frames.get("acls"))
    files: dict[str, File] = {}
    for record, target in zip(records[0:-1:2], records[1:-1:2], strict=False):
        match = _STAT.fullmatch(record)
        if match is None:
            continue
        path = match[6].decode("utf-8", "surrogateescape")
        if match[1].startswith(b"@"):
            if path in files:
                files[path] = replace(files[path], leads_to=_standing(match))
        else:
            files[path] = _file(path, match, target, contents.get(path), acls.get(path, otherwise))
    return files


def _acls(frame: Frame | None) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Access lists by path, and what is known of the paths that are not there."""
    if frame is None or frame.status not in {0, 1, 2} or len(frame.stdout) > FRAME_LIMIT:
        return {}, UNKNOWN
    return listed(frame.stdout), ()


def _standing(match: re.Match[bytes]) -> Standing:
    kind = _KINDS.get(match[1].decode().lstrip("@"), "other")
    return Standing(kind, int(match[2], 8), int(match[3]), int(match[4]))


def _file(
    path: str, match: re.Match[bytes], target: bytes, content: bytes | None, acl: tuple[str, ...]
) -> File:
    here = _standing(match)
    points_to = target.decode("utf-8", "surrogateescape") or None
    return File(
        path, here.kind, here.mode, here.uid, here.gid, int(match[5]), points_to, content, acl=acl
    )


def _contents(archive: bytes) -> dict[str, bytes]:
    """Regular files of a tar archive that may be cut or hostile."""
    contents: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:") as tar:
            for member in tar:
                if len(contents) >= _MEMBERS:
                    break
                file = tar.extractfile(member) if member.isreg() else None
                if file is None or member.size > CONTENT_LIMIT:
                    continue
                content = file.read(CONTENT_LIMIT + 1)
                if len(content) == member.size:
                    contents[member.name] = content
    except (tarfile.TarError, OSError, ValueError, EOFError, RecursionError, OverflowError):
        pass
    return contents


def _gap(frames: dict[str, Frame], wanted: Wanted) -> Message | None:
    """Why absent files prove nothing."""
    for name in ("asked", "stats", "contents", *(("reduced",) if wanted.reduced else ())):
        frame = frames.get(name)
        if frame is None:
            return msg("the host's answer ended before its files were there")
        # What find and tar could not read is no gap: it stands there without content.
        limit = REDUCED_LIMIT if name == "reduced" else FRAME_LIMIT
        truncated = name != "contents" and len(frame.stdout) > limit
        if frame.status == NOT_FOUND and (said := first_line(frame.stderr)):
            return Message("{reason}", {"reason": said})  # the shell names the program
        output = Output(name, b"", frame.stderr, frame.status, frame.seconds, truncated)
        reason = failure_of(output, frozenset({0, 1, 2}))
        if reason:
            return reason
    return None

from __future__ import annotations

import gzip
import io
import tarfile

from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.host import stream
from scanners.host.collecting import Wanted
from scanners.host.model import CONTENT_LIMIT, Command, Raw

TOKEN = "0123456789abcdef" * 2
WANTED = Wanted(("/etc/*",), ("/tmp",), (Command("c", "echo", limit=1000),), (), ())
STATS = b"f 644 0 42 5 /etc/a\0\0l 777 0 0 9 /etc/l\0../x y\0d 1777 0 0 0 /tmp\0\0"
STATS += b"f 600 0 0 9 /etc/b\0\0"


def archive(**files: bytes) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"/etc/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return data.getvalue()


def frame(
    name: str, stdout: bytes, status: int = 0, stderr: bytes = b"", token: str = TOKEN
) -> bytes:
    mark = b"\n@" + token.encode()
    return (
        mark + b" begin " + name.encode() + b" 10.5\n" + stdout + mark + b" end 12.0\n" + stderr
        + b"\n" + token.encode() + b" %d\n@" % status + token.encode() + b" done\n"
    )  # fmt: skip


def whole(command: bytes = b"hi\n", status: int = 0, **others: bytes) -> bytes:
    return b"".join([
        frame("asked", others.get("asked", b"/opt/*.conf\n\n")),
        frame("stats", others.get("stats", STATS)),
        frame("contents", others.get("contents", archive(a=b"hello", l=b"there"))),
        frame("command:c", command, status, b"oops"),
        b"\n@%s bye\n" % TOKEN.encode(),
    ])  # fmt: skip


def parsed(
    body: bytes, *, packed: bool = False, uid: bytes = b"0", before: bytes = b""
) -> Raw | None:
    kind = b"gzip" if packed else b"plain"
    hello = b"\n@%s hello %s %s\n" % (TOKEN.encode(), kind, uid)
    return stream.parse(before + hello + (gzip.compress(body) if packed else body), WANTED, TOKEN)


def good(raw: Raw | None) -> Raw:
    assert raw is not None
    return raw


def test_a_whole_stream() -> None:
    for packed in (False, True):
        raw = good(parsed(whole(), packed=packed))
        assert raw.gap is None
        assert raw.asked == ("/etc/*", "/tmp", "/opt/*.conf")
        assert raw.files["/etc/a"].content == b"hello"
        assert (raw.files["/etc/a"].mode, raw.files["/etc/a"].gid) == (0o644, 42)
        assert (raw.files["/etc/l"].target, raw.files["/etc/l"].content) == ("../x y", b"there")
        assert raw.files["/tmp"].kind == "directory"
        assert raw.files["/etc/b"].content is None
        out = raw.outputs["c"]
        assert (out.stdout, out.stderr, out.status, out.seconds) == (b"hi\n", b"oops", 0, 1.5)


def test_a_login_banner_before_the_stream_is_passed_over() -> None:
    raw = good(parsed(whole(), before=b"Welcome!\n@deadbeef hello gzip 0\n\xff\n"))
    assert raw.gap is None


def test_output_cannot_pass_for_another_frame() -> None:
    fake = (
        frame("stats", b"f 644 0 0 1 /etc/fake\0\0", token="f" * 32) + b"\n@ begin x 1\n\n@done\n"
    )
    raw = good(parsed(whole(command=fake)))
    assert raw.outputs["c"].stdout == fake
    assert "/etc/fake" not in raw.files


def test_binary_and_escapes_come_through_as_they_are() -> None:
    data = bytes(range(256)) + b"\x1b[2J\n@"
    assert good(parsed(whole(command=data))).outputs["c"].stdout == data


def test_more_than_the_limit_is_cut_and_said_to_be() -> None:
    out = good(parsed(whole(command=b"y" * 1001))).outputs["c"]
    assert out.truncated
    assert len(out.stdout) == 1000


def test_a_stream_that_stops_short_leaves_a_gap_and_no_output() -> None:
    body = whole()
    place = body.find(b"command:c")
    cut = good(parsed(body[:place]))
    assert cut.outputs == {}
    assert cut.gap is None
    assert good(parsed(body[: body.find(b"contents")])).gap is not None
    assert good(parsed(b"")).gap is not None
    assert good(parsed(b"", packed=True)).files == {}


def test_a_compressed_stream_that_breaks_off_gives_what_came() -> None:
    packed = gzip.compress(whole(command=b"x" * 900))
    hello = b"\n@%s hello gzip 0\n" % TOKEN.encode()
    raw = stream.parse(hello + packed[: len(packed) // 2], WANTED, TOKEN)
    assert good(raw).gap is not None


def test_missing_tools_and_time_outs_are_gaps() -> None:
    for status in (124, 127, 137):
        body = whole().replace(b"0\n@" + TOKEN.encode(), b"%d\n@" % status + TOKEN.encode(), 2)
        assert good(parsed(body)).gap is not None


def test_a_missing_tool_is_named_as_the_shell_names_it() -> None:
    end = b"\n" + TOKEN.encode() + b" "
    body = whole().replace(end + b"0", b"sh: 1: find: not found" + end + b"127", 1)
    gap = good(parsed(body)).gap
    assert gap is not None and gap.render() == "sh: 1: find: not found"


def test_a_probe_without_root_leaves_a_gap() -> None:
    assert good(parsed(whole(), uid=b"1000")).gap is not None


def test_without_a_hello_there_is_nothing() -> None:
    assert parsed(b"") is not None
    assert stream.parse(b"sudo: a password is required\n", WANTED, TOKEN) is None


def test_a_bomb_is_not_unpacked_beyond_the_limit(monkeypatch: object) -> None:
    bomb = gzip.compress(b"\0" * (1 << 22))
    assert len(stream._decompressed(bomb * 3)) <= stream.STREAM_LIMIT


def test_a_hostile_archive_gives_no_content() -> None:
    huge = tarfile.TarInfo("/etc/a")
    huge.size = 1 << 40
    sparse = tarfile.TarInfo("/etc/a")
    sparse.size = CONTENT_LIMIT + 1
    for member in (huge, sparse):
        data = member.tobuf(tarfile.GNU_FORMAT) + b"x" * 600
        assert good(parsed(whole(contents=data))).files["/etc/a"].content is None


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 2000), st.booleans())
def test_any_bytes_give_a_raw_or_nothing(noise: bytes, place: int, packed: bool) -> None:
    body = whole()
    parsed(body[:place] + noise + body[place:], packed=packed)
    parsed(noise, packed=packed)
    stream.parse(noise, WANTED, TOKEN)


def test_links_have_what_they_lead_to_and_access_lists_their_entries() -> None:
    more = STATS + b"@f 666 7 8 3 /etc/l\0\0@d 755 0 0 0 /etc/unasked\0\0"
    body = whole(stats=more) + frame("acls", b"# file: /etc/a\nuser::rw-\nuser:5:rwx\ngroup::r--\n"
                                     b"mask::r--\nother::---\n\n")  # fmt: skip
    files = good(parsed(body)).files
    assert files["/etc/l"].leads_to == ("file", 0o666, 7, 8)
    assert files["/etc/l"].kind == "link"
    assert files["/etc/a"].acl == ("user:5:r--",)
    assert files["/etc/b"].acl == ()
    assert "/etc/unasked" not in files
    for lost in (b"", frame("acls", b"", 3), frame("acls", b"", 124)):
        files = good(parsed(whole() + lost)).files
        assert files["/etc/a"].acl == ("?",)

from __future__ import annotations

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.host.facts import SOURCES
from scanners.host.model import Follow, Reduced
from scanners.host.reductions import FORBIDDEN, crypt_methods, without_credentials

HASHES = [
    ("root:$y$j9T$abc/def.$h4sh:19000:0:99999:7:::", "root:$y$:19000:0:99999:7:::"),
    ("a:!$6$rounds=5000$x$y:1::::::", "a:!$6$:1::::::"),
    ("b:*:1::::::", "b:*:1::::::"),
    ("c:!!:1::::::", "c:!:1::::::"),
    ("d::1::::::", "d::1::::::"),
    ("e:abJnggxhB/yWI:1::::::", "e:?des:1::::::"),
    ("f:_J9..CCCCXBrJUJV154M:1", "f:?des:1"),
    ("g:x:1000", "g:x:1000"),
    ("h:secret in plain:1", "h:?:1"),
    ("i:!secret in plain:1", "i:!:1"),
    ("j:$nonsense:1", "j:?:1"),
    ("k:$md5,rounds=5$x$y:1", "k:$md5$:1"),
    ("l:xyz:1", "l:?:1"),
    ("m:$6$", "m:$6$"),
]


@pytest.mark.parametrize(("line", "left"), HASHES)
def test_of_a_password_field_only_the_method_is_left(line: str, left: str) -> None:
    assert crypt_methods(line.encode() + b"\n") == left.encode() + b"\n"


def test_a_line_without_fields_is_dropped_because_it_may_be_a_hash() -> None:
    assert crypt_methods(b"$6$salt$hash\na:*:1\n") == b"a:*:1\n"


@pytest.mark.parametrize(
    ("line", "left"),
    [
        (
            'Acquire::http::Proxy "http://u:p@h:3128/";',
            'Acquire::http::Proxy "http://***@h:3128/";',
        ),
        ('action(type="ommysql" pwd="a b" db="x")', 'action(type="ommysql" pwd=*** db="x")'),
        ("*.* :ommysql:host,db,user,pwd;t", "*.* :ommysql:host,db,***;t"),
        ("Password = geheim", "Password = ***"),
        ("*.* @@10.0.0.1:6514", "*.* @@10.0.0.1:6514"),
    ],
)
def test_settings_lose_their_credentials(line: str, left: str) -> None:
    assert without_credentials(line.encode()).decode() == left


def _reductions() -> list[Reduced]:
    found = {one.sed: one for source in SOURCES for one in source.reduced}
    return list(found.values())


def _sed(program: str, data: bytes, *options: str) -> bytes:
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        ["sed", *options, program], input=data, capture_output=True, env=environment, check=True
    )
    return done.stdout


LINES = st.lists(
    st.text('aZ9:$!*x_./ ="@;,\t#{}pwd', max_size=30).map(str.encode) | st.binary(max_size=20)
)


@settings(max_examples=60, deadline=None)
@given(LINES.map(b"\n".join))
def test_sed_and_python_reduce_alike(data: bytes) -> None:
    for one in _reductions():
        plain = data.replace(b"\0", b"")
        assert _sed(one.sed, plain, "-E") == one.reduce(plain)


@settings(max_examples=60, deadline=None)
@given(
    LINES.map(b"\n".join), st.sampled_from([b"include ", b"Include=", b"@includedir ", b"confdir "])
)
def test_sed_and_python_follow_alike(data: bytes, start: bytes) -> None:
    plain = start + data.replace(b"\0", b"") + b"\n" + start + b'"/a b" c # d\n'
    for follow in _follows():
        names = _sed(follow.sed, plain, "-nE").decode("utf-8", "surrogateescape")
        assert tuple(name for name in names.split("\n") if name) == follow.names(plain)


def _follows() -> list[Follow]:
    return list({one.sed: one for source in SOURCES for one in source.follows}.values())


def test_no_source_asks_for_the_text_of_a_secret() -> None:
    from scanners.host.reading import glob_matches

    globs = [glob for source in SOURCES for glob in (*source.files, *source.tree_files)]
    assert [g for g in globs for path in FORBIDDEN if glob_matches(g, path)] == []

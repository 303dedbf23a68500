"""No parser ever raises, and none makes a fact of garbage where garbage can be told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.host.facts import SOURCES
from scanners.host.facts.accounts import Accounts
from scanners.host.facts.firewall import Firewall
from scanners.host.facts.iptables import Iptables
from scanners.host.facts.kernel import Sysctl
from scanners.host.facts.mounts import Mounts
from scanners.host.facts.pam import Pam
from scanners.host.facts.software import Listeners, Packages, Units
from scanners.host.facts.sshd import Sshd
from scanners.host.facts.system import System
from scanners.host.facts.walk import Walk
from scanners.host.model import File, Missing, Output, Raw, Source

WORDS = (
    "PermitRootLogin no", "Include *", "Match all", "root:x:0:0:::", "a=b", "[Journal]", "-net.x",
    "{", "}", '"', "\\", "auth required pam_unix.so", "@include x", "#include /etc/sudoers",
    "Defaults !x", "u ALL=(ALL) ALL", "action(type=\"omfwd\" target=\"h\"", "*.* @@h:99999",
    "table t { chain c {",
    "type filter hook", "policy", "install ok installed\ta\tb",
    "tcp LISTEN 0 0 x:22 ", "1 - - - - -",
    "install x", "server", "Leap status : Normal", "key = 1", "p f 777 /x\0", "u d 1 /\0",
    "c f 775 0 50 /usr/bin/x\0", "H /home/an\0", "n c 9999\0", "e 0\0", "a /usr\0",
    "log_file = /x/y", "*.* -/var/log/x;t", "export PATH=$PATH:.", "if [ `id -u` -eq 0 ]; then",
    "\x1b[2J", "Package: x", "9" * 30, "\u0663",
    "*filter", "-A INPUT -j x", "@@x_include /x", "system-db:x", "deb [a=b] http://x y", "URIs:",
    "include(file=\"/etc/rsyslog.d/*\")", "$IncludeConfig *",
)  # fmt: skip
BYTES = st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from(WORDS) | st.text(max_size=8), max_size=12).flatmap(
        lambda words: st.sampled_from(["\n", " ", "\t", ""]).map(
            lambda glue: glue.join(words).encode("utf-8", "replace")
        )
    ),
)
KINDS = st.sampled_from(["file", "link", "directory", "other"])


def raws(source: Source[Any]) -> st.SearchStrategy[Raw]:
    globs = [*source.files, *source.stats, *source.tree_files, *(r.path for r in source.reduced)]
    paths = [glob.replace("*", "x").replace("?", "y") for glob in globs] or ["/x"]
    files = st.dictionaries(
        st.sampled_from(paths),
        st.tuples(
            KINDS,
            BYTES | st.none(),
            st.integers(0, 0o7777),
            st.sampled_from([None, "/dev/null", "x"]),
        ),
        max_size=len(paths),
    ).map(
        lambda found: {
            p: File(p, k, m, 0, 0, len(c or b""), t, c) for p, (k, c, m, t) in found.items()
        }
    )
    names = [command.name for command in source.commands]
    answer = st.builds(
        Output, st.just("c"), BYTES, BYTES, st.sampled_from([0, 0, 0, 1, 124, 127, -1]),
        st.just(0.0), st.booleans(),
    )  # fmt: skip
    outputs = st.fixed_dictionaries({}, optional=dict.fromkeys(names, answer))
    return st.builds(Raw, files, outputs, st.booleans())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.fact.__name__)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_parsers_are_total(source: Source[Any], data: st.DataObject) -> None:
    value = source.parse(data.draw(raws(source)))
    assert isinstance(value, (source.fact, Missing))
    hash(str(value))


TELL_GARBAGE = (
    Accounts,
    Firewall,
    Iptables,
    Sysctl,
    Pam,
    Walk,
    Listeners,
    Mounts,
    Packages,
    Units,
    Sshd,
    System,
)
GARBAGE = st.binary(min_size=1, max_size=200).map(
    lambda data: b"\xff\x00\x1b" + data.replace(b":", b"")
)


@pytest.mark.parametrize(
    "source",
    [one for one in SOURCES if one.fact in TELL_GARBAGE],
    ids=lambda one: one.fact.__name__,
)
@settings(max_examples=40, deadline=None)
@given(garbage=GARBAGE)
def test_garbage_is_no_fact(source: Source[Any], garbage: bytes) -> None:
    globs = [*source.files, *source.stats, *(one.path for one in source.reduced)]
    paths = [glob.replace("*", "x") for glob in globs]
    files = {path: File(path, "file", 0o644, 0, 0, len(garbage), None, garbage) for path in paths}
    outputs = {one.name: Output(one.line, garbage, b"", 0, 0.0) for one in source.commands}
    assert isinstance(source.parse(Raw(files, outputs, True)), Missing)

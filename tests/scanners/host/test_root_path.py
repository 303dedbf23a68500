from __future__ import annotations

import pytest

from scanners.host.facts.root_path import SOURCE, RootPath
from scanners.host.model import Missing
from tests.scanners.host.raws import file, raw

DEBIAN = """\
# /etc/profile: system-wide .profile file for the Bourne shell (sh(1))
if [ "$(id -u)" -eq 0 ]; then
  PATH="/usr/local/sbin:/usr/sbin:/sbin"
else
  PATH="/usr/local/bin:/usr/games:."
fi
export PATH

if [ "${PS1-}" ]; then
  if [ "${BASH-}" ] && [ "$BASH" != "/bin/sh" ]; then
    if [ -f /etc/bash.bashrc ]; then
      . /etc/bash.bashrc
    fi
  fi
fi
"""
SNAP = """\
snap_bin_path="/snap/bin"
if [ -n "${PATH##*${snap_bin_path}}" ] && [ -n "${PATH##*${snap_bin_path}:*}" ]; then
    export PATH="$PATH:${snap_bin_path}"
fi
"""
ROOTS = "/usr/local/sbin:/usr/sbin:/sbin"
LOGIN = "/sbin:/bin:/usr/sbin:/usr/bin"
OWN = "/root/.profile"
CASES: dict[str, tuple[dict[str, str], str, bool]] = {
    "nothing": ({}, LOGIN, True),
    "debian": ({"/etc/profile": DEBIAN}, ROOTS, True),
    "snap": ({"/etc/profile": DEBIAN, "/etc/profile.d/s.sh": SNAP}, f"{ROOTS}:/snap/bin", True),
    "supath": ({"/etc/login.defs": "ENV_SUPATH\tPATH=/a:/b:\n# ENV_SUPATH PATH=/c\n"},
               "/a:/b:", True),
    "case": ({OWN: 'case ":$PATH:" in\n*:/x:*) ;;\n*) PATH=$PATH:/x ;;\nesac\nPATH=/y:$PATH\n'},
             f"/y:{LOGIN}:/x", True),
    "supath alone": ({"/etc/login.defs": "ENV_SUPATH /a:/b\nENV_PATH PATH=/c\n"}, "/a:/b", True),
    "environment": ({"/etc/environment": "PATH='/a:/b'\n"}, "/a:/b", True),
    "before": ({OWN: "export PATH=~/x:$PATH\n"}, f"/root/x:{LOGIN}", True),
    "appended": ({OWN: 'PATH+=":$HOME/x"\n'}, f"{LOGIN}:/root/x", True),
    "guarded": ({OWN: "PATH=${PATH:+${PATH}:}/x\n"}, f"{LOGIN}:/x", True),
    "one line": ({OWN: "if [ `id -u` -eq 0 ]; then PATH=/r; else PATH=/o; fi; PATH=$PATH:/z\n"},
                 "/r:/z", True),
    "others": ({OWN: 'if [ "$EUID" -ne 0 ]; then\nPATH=.\nfi\n'}, LOGIN, True),
    "command": ({OWN: "PATH=$(getconf PATH)\n"}, "", False),
    "variable": ({OWN: "PATH=$PATH:$GOPATH/bin\n"}, LOGIN, False),
    "own variable": ({OWN: 'export R="$HOME/.r"\nPATH="$R/bin:$PATH"\n'},
                     f"/root/.r/bin:{LOGIN}", True),
    "comment": ({OWN: "# PATH=.\ntrue # PATH=.\nMANPATH=.\n"}, LOGIN, True),
    "bash first": ({OWN: "PATH=.\n", "/root/.bash_profile": "PATH=/x\n"}, "/x", True),
    "sourced": ({OWN: ". ~/.bashrc\n", "/root/.bashrc": "PATH=$PATH:.\n"}, f"{LOGIN}:.", True),
    "not sourced": ({"/root/.bashrc": "PATH=.\n"}, LOGIN, True),
}  # fmt: skip


@pytest.mark.parametrize(("texts", "places", "known"), CASES.values(), ids=CASES)
def test_the_search_path_of_root(texts: dict[str, str], places: str, known: bool) -> None:
    fact = SOURCE.parse(raw(texts, live=True))
    assert isinstance(fact, RootPath)
    assert ":".join(word.text for word in fact.words) == places
    assert (not fact.unknown) is known


def test_what_stands_under_a_condition_is_not_certain() -> None:
    texts = {OWN: 'if [ -d "$HOME/bin" ]; then\n  PATH="$HOME/bin:$PATH"\nfi\n'}
    fact = SOURCE.parse(raw(texts, live=True))
    assert isinstance(fact, RootPath)
    assert {word.text for word in fact.words if not word.certain} == {"/root/bin"}


def test_a_file_that_cannot_be_read_leaves_the_path_unknown() -> None:
    assert isinstance(SOURCE.parse(raw({OWN: file(OWN, None)}, live=True)), Missing)


def test_every_place_is_looked_at() -> None:
    names = SOURCE.follows[0].names
    assert names(b'PATH="/a:/b c"\nexport PATH=/d:$PATH:; x\nENV_SUPATH\tPATH=/e\n') == (
        "/a", "/b", "/d", "$PATH", "/e"
    )  # fmt: skip

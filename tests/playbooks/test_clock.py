"""chrony's files: what they become, which of them, and what is left as it is."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from playbooks.hosts import clock, others, rights, units


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("pool a iburst maxsources 4\nserver b\n", "server a iburst\nserver b\n"),
        ("\tPOOL pool.a\tmaxsources  4 x maxsources 2", "\tserver pool.a x maxsources 2"),
        ("# pool a\n!pool b\npools c\n\n", "# pool a\n!pool b\npools c\n\n"),
        ("user root\n", "user root\n"),
        ("", ""),
    ],
)
def test_pools_become_servers(text: str, expected: str) -> None:
    change = partial(clock.followed, pools=True, user="", is_main=True)
    assert change(text) == expected == change(expected)


@pytest.mark.parametrize(
    ("text", "main", "other"),
    [
        ("a\nuser root\n USER\tx\nb\n", "a\nuser _chrony\nb\n", "a\nb\n"),
        ("a\n", "a\nuser _chrony\n", "a\n"),
        ("a", "a\nuser _chrony\n", "a"),
        ("", "user _chrony\n", ""),
        ("#user root\npool a\n", "#user root\npool a\nuser _chrony\n", "#user root\npool a\n"),
    ],
)
def test_the_main_file_names_the_user_once_and_others_name_none(
    text: str, main: str, other: str
) -> None:
    change = partial(clock.followed, pools=False, user="_chrony")
    assert change(text, is_main=True) == main == change(main, is_main=True)
    assert change(text, is_main=False) == other


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('DAEMON_OPTS="-F 1 -u root"\n', 'DAEMON_OPTS="-F 1"\n'),
        (' DAEMON_OPTS="-uroot -4 -u _x"', ' DAEMON_OPTS=" -4"'),
        ("# DAEMON_OPTS=-u root\nOTHER=-u root\n", "# DAEMON_OPTS=-u root\nOTHER=-u root\n"),
    ],
)
def test_the_daemon_is_given_no_user(text: str, expected: str) -> None:
    assert clock.given(text) == expected == clock.given(expected)


def test_what_is_included_is_known_by_the_folders_and_patterns_of_etc() -> None:
    text = (
        "confdir /etc/a /run/b /etc/c\nSourceDir /etc/d\n include /etc/*.inc /etc/no\n#include /x"
    )
    assert clock.patterns(text) == ["/etc/a/*.conf", "/etc/c/*.conf", "/etc/d/*.sources",
                                    "/etc/*.inc"]  # fmt: skip


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """chrony's main file, which includes another in `etc`."""
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "chrony.conf").write_text("pool a\ninclude /etc/odd\n")
    (folder / "odd").write_text("pool b\nuser root\n")
    monkeypatch.setattr(clock, "_MAIN", str(folder / "chrony.conf"))
    monkeypatch.setattr(clock, "_GIVEN", str(folder / "default"))
    monkeypatch.setattr(clock, "patterns", lambda _text: [str(folder / "*")])
    monkeypatch.setattr(others, "_KEPT", f"{folder}/")
    monkeypatch.setattr(rights, "refused", [])
    return folder


@pytest.mark.parametrize(("dry", "offline"), [(False, False), (False, True), (True, False)])
def test_chrony_takes_up_what_was_written_once_and_only_where_it_runs(
    dry: bool, offline: bool, etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[tuple[str, str]] = []
    monkeypatch.setattr(units, "take_up", lambda *words: taken.append(words))
    rows = [{"family": "time.no-pools"}, {"family": "time.user", "user": "_chrony"}]
    request = {"rows": rows, "all": rows, "dry": dry, "offline": offline}
    for _ in range(2 - dry):
        clock.main(request)
    assert taken == ([] if dry or offline else [("try-restart", "chrony.service")])
    assert (etc / "odd").read_text() == ("pool b\nuser root\n" if dry else "server b\n")
    if not dry:
        expected = "server a\ninclude /etc/odd\nuser _chrony\n"
        assert (etc / "chrony.conf").read_text() == expected
    assert sorted(one.name for one in etc.iterdir()) == ["chrony.conf", "odd"]

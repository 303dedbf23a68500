from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from scanners.host.folders import by_folder
from scanners.host.reading import Globs, expand, file_text, glob_matches
from tests.scanners.host.raws import file

PATHS = (
    "/",
    "/etc",
    "/etc/pam.d/sshd",
    "/etc/pam.d/.hidden",
    "/etc/[x]",
    "/etc/cron.d/a",
    "/etc/cron.daily/a",
    "/lib/modules/6.1.0-1/modules.builtin",
    "/lib/modules/6.1.0-2/modules.builtin",
)
NAMES = st.text("ab.*?[]x", min_size=1, max_size=4)
ABSOLUTE = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))


def test_globs_stop_at_slashes_and_skip_what_is_hidden() -> None:
    folders = by_folder(PATHS)
    assert expand(folders, "/etc/cron.*/*") == ["/etc/cron.d/a", "/etc/cron.daily/a"]
    assert expand(folders, "/etc/pam.d/*") == ["/etc/pam.d/sshd"]
    assert expand(folders, "/etc/pam.d/.*") == ["/etc/pam.d/.hidden"]
    assert expand(folders, "/lib/modules/*/modules.builtin") == list(PATHS[-2:])
    assert expand(folders, "/etc/[x]") == ["/etc/[x]"]
    assert expand(folders, "/") == ["/"]
    assert expand(folders, "/srv/*") == []


@given(st.lists(ABSOLUTE, max_size=12, unique=True), ABSOLUTE)
def test_a_glob_finds_by_folders_what_it_matches_one_by_one(paths: list[str], glob: str) -> None:
    found = expand(by_folder(paths), glob)
    assert found == sorted(path for path in paths if glob_matches(glob, path))


@given(st.lists(ABSOLUTE, max_size=5), ABSOLUTE)
def test_many_globs_are_any_of_them(globs: list[str], path: str) -> None:
    assert Globs(globs).match(path) == any(glob_matches(glob, path) for glob in globs)


def test_only_a_newline_ends_a_line() -> None:
    text = file_text(file("/x", "# a\x0bb\x0cc\x1cd\x1de\x1ef\u0085g\u2028h\u2029i\nk\r\n"))
    assert isinstance(text, str)
    assert text.splitlines() == ["# a b c d e f\ufffdg\ufffdh\ufffdi", "k"]

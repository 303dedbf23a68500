"""Who may schedule, what is shown at login, and files with sections: closed on the host."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from playbooks.hosts import banners, schedulers, sections
from playbooks.hosts.rights import Row

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


def allow_list(folder: Path, **more: object) -> Row:
    files = {"allow": str(folder / "cron.allow"), "deny": str(folder / "cron.deny")}
    return {"family": "files.allow-list", **files, "names": ["root"], **more}


def asked(*rows: Row, dry: bool = False) -> Row:
    return {"rows": list(rows), "dry": dry}


@needs_root
@pytest.mark.parametrize(
    ("held", "then"),
    [
        (None, "root\n"),
        ("", ""),
        ("# nobody\n", "# nobody\n"),
        ("root # since ever\n", "root # since ever\n"),
        ("root\nan\n", "root\n"),
    ],
)
def test_only_those_who_are_named_may_schedule(
    held: str | None, then: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allow, deny = tmp_path / "cron.allow", tmp_path / "cron.deny"
    deny.touch()
    if held is not None:
        allow.write_text(held)
    schedulers.main(asked(allow_list(tmp_path), dry=True))
    assert deny.exists() and allow.exists() == (held is not None)
    capsys.readouterr()
    schedulers.main(asked(allow_list(tmp_path)))
    assert allow.read_text() == then and stat.S_IMODE(allow.stat().st_mode) == 0o640
    assert allow.stat().st_uid == 0
    assert not deny.exists() and f"changed: {deny} removed" in capsys.readouterr().out
    schedulers.main(asked(allow_list(tmp_path)))
    assert capsys.readouterr().out == ""


@needs_root
def test_a_row_that_asks_for_less_leaves_the_rest(tmp_path: Path) -> None:
    allow, deny = tmp_path / "cron.allow", tmp_path / "cron.deny"
    deny.touch()
    allow.write_text("an\n")
    allow.chmod(0o666)
    schedulers.main(asked(allow_list(tmp_path, parts=["allow"])))
    assert allow.read_text() == "an\n" and deny.exists()
    assert stat.S_IMODE(allow.stat().st_mode) == 0o640
    allow.chmod(0o600)
    schedulers.main(asked({"family": "files.permissions", "paths": [str(allow)]}))
    assert stat.S_IMODE(allow.stat().st_mode) == 0o640
    allow.unlink()
    schedulers.main(asked(allow_list(tmp_path, parts=["deny"])))
    assert list(tmp_path.iterdir()) == []


def test_a_warning_takes_the_place_of_a_link_and_is_not_told_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, issue = tmp_path / "target", tmp_path / "issue"
    target.write_text("Debian\n")
    issue.symlink_to(target)
    banners.main(asked({"path": str(issue)}, dry=True))
    assert issue.is_symlink()
    banners.main(asked({"path": str(issue)}))
    assert "Government system" in issue.read_text() and not issue.is_symlink()
    assert target.read_text() == "Debian\n"
    issue.chmod(0o600)
    capsys.readouterr()
    banners.main(asked({"path": str(issue)}))
    assert stat.S_IMODE(issue.stat().st_mode) == 0o644
    assert capsys.readouterr().out == f"changed: {issue} 0600 -> 0644\n"


def test_a_setting_is_written_where_its_files_are_else_in_the_first(tmp_path: Path) -> None:
    paths = [str(tmp_path / name / "conf") for name in ("a", "b")]
    row = {"paths": paths, "section": "s", "key": "k", "one_of": ["yes", "1"]}
    sections.main(asked(row))
    assert Path(paths[0]).read_text() == "[s]\nk=yes\n"
    assert not Path(paths[1]).exists()
    Path(paths[1]).parent.mkdir()
    Path(paths[1]).write_text("[s]\nK = no\n")
    sections.main(asked(row | {"equals": "2"}))
    assert [Path(path).read_text() for path in paths] == ["[s]\nk=2\n"] * 2

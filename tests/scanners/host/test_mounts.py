from __future__ import annotations

import pytest

from scanners.host.facts.mounts import SOURCE, Mount, Mounts, effective, unit_name
from scanners.host.model import Missing
from tests.scanners.host.raws import file, raw, recorded


def stored(files: dict[str, object]) -> tuple[Mount, ...]:
    found = SOURCE.parse(raw(files))  # type: ignore[arg-type]
    assert isinstance(found, Mounts)
    return found.stored


def test_mounts_of_a_real_host_and_its_fstab() -> None:
    fstab = "# x\nUUID=1 / ext4 defaults 0 1\ntmpfs /tmp\\040x tmpfs nosuid,nodev\nbroken\n"
    fact = SOURCE.parse(raw({"/etc/fstab": fstab}, {"mounts": recorded("mounts.txt")}))
    assert isinstance(fact, Mounts)
    assert fact.live is not None
    proc = next(mount for mount in fact.live if mount.target == "/proc")
    assert proc.type == "proc"
    assert proc.options >= {"rw", "nosuid", "nodev", "noexec"}
    assert proc.device == "0:67"
    assert fact.stored == (
        Mount("/", "UUID=1", "ext4", frozenset({"defaults"})),
        Mount("/tmp x", "tmpfs", "tmpfs", frozenset({"nosuid", "nodev"})),
    )
    assert isinstance(SOURCE.parse(raw({}, {"mounts": b"garbage - -"})), Missing)


@pytest.mark.parametrize(
    ("options", "there", "gone"),
    [
        ("defaults,nodev", {"nodev"}, {"nosuid"}),
        ("nodev,defaults", {"nodev"}, set()),
        ("nodev,dev", set(), {"nodev"}),
        ("dev,nodev", {"nodev"}, set()),
        ("user", {"nodev", "nosuid", "noexec"}, set()),
        ("user,exec", {"nodev", "nosuid"}, {"noexec"}),
        ("noexec,suid,users", {"noexec", "nosuid"}, set()),
        ("group", {"nodev", "nosuid"}, {"noexec"}),
        ("noauto,auto", set(), {"noauto"}),
    ],
)
def test_later_options_win(options: str, there: set[str], gone: set[str]) -> None:
    found = effective(options.split(","))
    assert there <= found
    assert not gone & found


UNIT = "[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\nOptions=mode=1777,nosuid\n"
ADMIN, VENDOR = "/etc/systemd/system", "/usr/lib/systemd/system"
WANTED = f"{VENDOR}/local-fs.target.wants/tmp.mount"


def test_a_vendor_s_unit_counts_if_boot_starts_it_and_fstab_is_silent() -> None:
    link = file(WANTED, None, kind="link", target="../tmp.mount")
    assert stored({f"{VENDOR}/tmp.mount": UNIT}) == ()
    assert [one.target for one in stored({f"{VENDOR}/tmp.mount": UNIT, WANTED: link})] == ["/tmp"]
    both = stored({f"{VENDOR}/tmp.mount": UNIT, WANTED: link, "/etc/fstab": "t /tmp tmpfs noexec"})
    assert [one.options for one in both] == [{"noexec"}]


def test_what_systemd_made_of_a_line_of_fstab_does_not_outlive_it() -> None:
    made = b"[Unit]\nSourcePath=/etc/fstab\n[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\n"
    there: dict[str, object] = {
        "/etc/fstab": b"# /tmp was taken out since\n",
        "/run/systemd/generator/tmp.mount": made,
        "/run/systemd/generator/local-fs.target.requires/tmp.mount": None,
    }
    assert stored(there) == ()
    others = {**there, "/run/systemd/generator/tmp.mount": made.replace(b"SourcePath", b"Before")}
    assert [mount.target for mount in stored(others)] == ["/tmp"]


def test_a_unit_of_the_administrator_stands_for_fstab_s_line() -> None:
    found = stored({f"{ADMIN}/tmp.mount": UNIT, "/etc/fstab": "t /tmp tmpfs noexec"})
    assert [one.options for one in found] == [{"mode=1777", "nosuid"}]


def test_a_masked_unit_takes_fstab_s_line_away() -> None:
    link = file(f"{ADMIN}/var-tmp.mount", None, kind="link", target="/dev/null")
    assert stored({link.path: link, "/etc/fstab": "t /var/tmp tmpfs noexec"}) == ()


def test_drop_ins_of_a_unit_replace_its_options() -> None:
    link = file(WANTED, None, kind="link", target="../tmp.mount")
    found = stored({
        f"{VENDOR}/tmp.mount": UNIT, WANTED: link,
        f"{ADMIN}/tmp.mount.d/10.conf": "[Mount]\nOptions=noexec,nodev\n",
    })  # fmt: skip
    assert [one.options for one in found] == [{"noexec", "nodev"}]


def test_drop_ins_change_the_units_that_are_made_of_fstab_too() -> None:
    found = stored({
        "/etc/fstab": "t /tmp tmpfs noexec 0 0\nt /srv tmpfs noexec 0 0",
        f"{ADMIN}/tmp.mount.d/10.conf": "[Mount]\nOptions=nosuid\n",
    })  # fmt: skip
    assert [one.options for one in found] == [{"nosuid"}, {"noexec"}]


def test_names_of_units() -> None:
    assert unit_name("/var/log/a-b") == "var-log-a\\x2db.mount"
    assert unit_name("/") == "-.mount"

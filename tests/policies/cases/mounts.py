"""mountinfo, fstab and mount units."""

from __future__ import annotations

from policies.catalogue import checks
from scanners.host.facts.mounts import SOURCE, unit_name
from tests.policies.cases.model import Case, Cases
from tests.policies.hosts import CONTAINER, Facts
from tests.scanners.host.raws import file, raw

_ROOT = "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
_SWAP = "UUID=77-88 none swap sw 0 0\n/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n"


def _live(
    path: str, options: str, device: str = "254:2", kind: str = "ext4", source: str = "/dev/vda2"
) -> str:
    return f"{_ROOT}40 22 {device} / {path} rw,{options} shared:9 - {kind} {source} rw\n"


def _fstab(path: str, options: str, source: str = "UUID=aa-bb", kind: str = "ext4") -> str:
    return (
        "# <file system> <mount point> <type> <options> <dump> <pass>\n"
        f"UUID=11-22 / ext4 errors=remount-ro 0 1\n{_SWAP}"
        f"{source}\t{path}\t{kind}\t{options}\t0\t2\n"
    )


def _host(mounted: str | None, fstab: str, **units: str) -> Facts:
    files = {"/etc/fstab": file("/etc/fstab", fstab)}
    for place, text in units.items():
        path = place.replace("__", "/").replace("_DOT_", ".")
        files[path] = file(path, text)
    return (SOURCE.parse(raw(files, None if mounted is None else {"mounts": mounted})),)


def _unit(path: str, options: str, *, started: bool = True) -> dict[str, object]:
    text = f"[Unit]\nConditionPathIsSymbolicLink=!{path}\n[Mount]\nWhat=tmpfs\nWhere={path}\n"
    place = f"/etc/systemd/system/{unit_name(path)}"
    link = f"/etc/systemd/system/local-fs.target.wants/{unit_name(path)}"
    files: dict[str, object] = {
        "/etc/fstab": file("/etc/fstab", _SWAP),
        place: file(place, f"{text}Type=tmpfs\nOptions=mode=1777,{options}\n"),
    }
    if started:
        files[link] = file(link, None, kind="link", target=place)
    return files


def _units(mounted: str | None, files: dict[str, object]) -> Facts:
    outputs = None if mounted is None else {"mounts": mounted}
    return (SOURCE.parse(raw(files, outputs)),)  # type: ignore[arg-type]


def _options(path: str, option: str) -> Case:
    other = "nosuid" if option != "nosuid" else "nodev"
    all_three = "nodev,nosuid,noexec"
    right, wrong = _live(path, f"{all_three},relatime"), _live(path, f"{other},relatime")
    taken_back = {"nodev": "nodev,dev", "nosuid": "nosuid,suid", "noexec": "user,exec"}[option]
    good = [
        _host(right, _fstab(path, f"defaults,{all_three}")),
        _host(right, _fstab(f"{path}/", f"{option},relatime")),
        _host(right, _fstab(path, f"{option},x-systemd.automount,noauto")),
        _host(right, _fstab(path, "users")),
        _host(None, _fstab(path, option)),
        _host(_ROOT, _fstab(path, f"noauto,{option}")),
        _units(right, _unit(path, all_three)),
        (*_host(right, _SWAP), CONTAINER),
        _host(_live(path, all_three, "0:44", "zfs", "tank/x"), _SWAP),
        _host(_live(path, "relatime") + _live(path, all_three), _fstab(path, all_three)),
    ]
    bad = [
        _host(wrong, _fstab(path, f"defaults,{all_three}")),  # only the next boot is right
        _host(right, _fstab(path, f"defaults,{other}")),  # only this boot is right
        _host(right, _fstab(path, taken_back)),
        _host(right, _SWAP),  # mounted by hand
        _host(right, f"# {_fstab(path, option)}".replace("\nUUID=aa", "\n#UUID=aa")),
        _host(None, _fstab(path, "defaults")),
        _host(right, _fstab(path, option) + _fstab(path, "defaults")),
        _units(right, _unit(path, other)),
        _units(right, _unit(path, all_three, started=False)),
    ]
    return Case(tuple(good), tuple(bad))


def _separate(path: str, *, noauto: bool) -> Case:
    there = _live(path, "nodev,relatime")
    if path == "/dev/shm":
        there = _live(path, "nosuid,nodev", "0:25", "tmpfs", "tmpfs")
        return Case(
            (_host(there, _SWAP), _host(None, _SWAP), _host(there, _fstab(path, "noexec"))),
            (_host(_ROOT, _SWAP),),
        )
    good = [
        _host(there, _fstab(path, "defaults")),
        _host(None, _fstab(path, "defaults")),
        _host(_live(path, "x", "254:1", "btrfs"), _fstab(path, "subvol=@x", kind="btrfs")),
        _host(_live(path, "x", "0:50", "autofs", "systemd-1"),
              _fstab(path, "x-systemd.automount")),
        _units(there, _unit(path, "nodev")),
    ]  # fmt: skip
    bad = [
        _host(_ROOT, _SWAP),
        _host(None, _SWAP),
        _host(there, _SWAP),  # mounted by hand
        _host(_ROOT, _fstab(path, "defaults")),  # only the next boot
        _host(_live(path, "x", "254:1"), _fstab(path, "bind", "/data", "none")),
        _host(None, _fstab(path, "bind", "/data", "none")),
        _units(there, _unit(path, "nodev", started=False)),
    ]
    (good if noauto else bad).append(_host(None, _fstab(path, "noauto")))
    if path != "/boot":  # a container has no kernel to boot
        good.append((*_host(there, _SWAP), CONTAINER))
    return Case(tuple(good), tuple(bad))


def _shared_memory(option: str) -> Case:
    """Where fstab does not mention it, systemd mounts it with nosuid and nodev."""
    path = "/dev/shm"
    unasked, given = _host(None, _SWAP), _live(path, f"{option},relatime")
    good = [_host(None, _fstab(path, option)), _host(given, _fstab(path, f"defaults,{option}"))]
    bad = [
        _host(None, _fstab(path, "defaults")),
        _host(_live(path, "relatime"), _SWAP),
        _host(given, _fstab(path, "defaults")),
    ]
    (bad if option == "noexec" else good).append(unasked)
    return Case(tuple(good), tuple(bad))


CASES: Cases = {
    "mounts-partitions-nodev": Case(
        (
            _host(_ROOT, _SWAP),
            _host(_live("/home", "nodev"), _fstab("/home", "nodev")),
            _host(_live("/srv", "x", "0:60", "nfs4", "nas:/srv"), _SWAP),
            _host(None, _fstab("/boot/efi", "umask=0077,nodev", "PARTUUID=1", "vfat")),
        ),
        (
            _host(_live("/boot/efi", "relatime", kind="vfat"), _fstab("/boot/efi", "nodev")),
            _host(_live("/home", "nodev"), _fstab("/home", "defaults")),
            _host(None, _fstab("/opt", "defaults", "/dev/mapper/vg-opt")),
            _host(None, _fstab("/opt", "defaults", "ID=wwn-0x5000-part1")),
        ),
    )
}
for _check in checks():
    _args = _check.args
    if _check.family == "mounts.options" and _args.get("missing") == "not-applicable":
        CASES[_check.id] = _options(_args["path"], _args["options"][0])
    elif _check.id.startswith("mounts-dev-shm-"):
        CASES[_check.id] = _shared_memory(_args["options"][0])
    elif _check.family == "mounts.separate":
        CASES[_check.id] = _separate(_args["path"], noauto=_args.get("noauto", False))

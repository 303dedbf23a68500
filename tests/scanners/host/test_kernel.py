from __future__ import annotations

import pytest

from scanners.host.facts.kernel import MODULES, SYSCTL, Modules, Persistent, Sysctl
from scanners.host.formats.sysctl_d import normal_key
from scanners.host.model import Missing
from tests.scanners.host.raws import file, output, raw, recorded


def sysctl(files: dict[str, object], running: bytes | None = None) -> Sysctl:
    outputs = {"sysctl": running} if running is not None else None
    fact = SYSCTL.parse(raw(files, outputs))  # type: ignore[arg-type]
    assert isinstance(fact, Sysctl)
    return fact


def test_files_are_read_by_name_over_all_directories() -> None:
    fact = sysctl({
        "/etc/sysctl.d/10-a.conf": "net.ipv4.ip_forward = 1",
        "/usr/lib/sysctl.d/50-b.conf": "net.ipv4.ip_forward = 0",
    })  # fmt: skip
    assert fact.persistent["net.ipv4.ip_forward"] == Persistent("0", "/usr/lib/sysctl.d/50-b.conf")


def test_a_file_of_etc_masks_the_vendors_file_of_the_same_name() -> None:
    fact = sysctl({
        "/etc/sysctl.d/50-b.conf": "kernel.sysrq = 0",
        "/usr/lib/sysctl.d/50-b.conf": "kernel.sysrq = 438\nkernel.kptr_restrict = 1",
    })  # fmt: skip
    assert fact.persistent == {"kernel.sysrq": Persistent("0", "/etc/sysctl.d/50-b.conf")}


def test_a_link_to_dev_null_masks() -> None:
    link = file("/etc/sysctl.d/50-b.conf", None, kind="link", target="/dev/null")
    fact = sysctl({link.path: link, "/usr/lib/sysctl.d/50-b.conf": "kernel.sysrq = 438"})
    assert fact.persistent == {}


def test_debian_reads_sysctl_conf_through_its_link_and_only_so() -> None:
    link = file(
        "/etc/sysctl.d/99-sysctl.conf", "kernel.sysrq=0", kind="link", target="../sysctl.conf"
    )
    assert (
        "kernel.sysrq" in sysctl({link.path: link, "/etc/sysctl.conf": "kernel.sysrq=0"}).persistent
    )
    program = file("/usr/lib/systemd/systemd-sysctl", None)
    unlinked = {"/etc/sysctl.conf": "kernel.sysrq=0", program.path: program}
    assert sysctl(unlinked).persistent == {}


def test_a_part_of_a_machine_is_supposed_to_have_the_link() -> None:
    fact = sysctl({"/etc/sysctl.conf": "kernel.sysrq=0\nkernel.panic=5\n",
                   "/etc/sysctl.d/60-site.conf": "kernel.sysrq=1\n",
                   "/etc/sysctl.d/local.conf": "kernel.panic=9\n"})  # fmt: skip
    assert fact.persistent["kernel.sysrq"].value == "0"
    assert fact.persistent["kernel.panic"].value == "9"


PROCPS = "Package: procps\nStatus: install ok installed\nVersion: 2:4.0.2\n"


@pytest.mark.parametrize("running", [None, b"kernel.panic = 5\n"])
def test_without_systemd_procps_reads_sysctl_conf_last(running: bytes | None) -> None:
    fact = sysctl({"/etc/sysctl.conf": "kernel.panic=5\n", "/var/lib/dpkg/status": PROCPS,
                   "/etc/sysctl.d/local.conf": "kernel.panic=9\n"}, running)  # fmt: skip
    assert fact.persistent["kernel.panic"] == Persistent("5", "/etc/sysctl.conf")


def test_a_masked_systemd_sysctl_sets_nothing_at_boot() -> None:
    mask = "/etc/systemd/system/systemd-sysctl.service"
    fact = sysctl({"/etc/sysctl.d/60-a.conf": "kernel.panic=9\n",
                   mask: file(mask, None, kind="link", target="/dev/null")})  # fmt: skip
    assert fact.persistent == {}


UFW = {
    "/etc/sysctl.d/60-net.conf": "net.ipv4.conf.all.log_martians = 1\n",
    "/etc/ufw/sysctl.conf": "# ufw's own\nnet/ipv4/conf/all/log_martians=0\n",
    "/etc/default/ufw": "IPV6=yes\nIPT_SYSCTL=/etc/ufw/sysctl.conf\n",
}


@pytest.mark.parametrize(
    ("state", "value"),
    [("ENABLED=yes\n", "0"), ("ENABLED=no\n", "1"), ('LOGLEVEL=low\nENABLED="yes"\n', "0"),
     ("", "1")],
)  # fmt: skip
def test_ufw_applies_its_own_settings_last_if_it_starts(state: str, value: str) -> None:
    fact = sysctl({**UFW, "/etc/ufw/ufw.conf": state})
    assert fact.persistent["net.ipv4.conf.all.log_martians"].value == value


def test_a_ufw_that_somebody_removed_applies_nothing() -> None:
    status = ("Package: libc6\nStatus: install ok installed\nVersion: 2\n\n"
              "Package: ufw\nStatus: deinstall ok config-files\nVersion: 0.36\n")  # fmt: skip
    fact = sysctl({**UFW, "/etc/ufw/ufw.conf": "ENABLED=yes\n", "/var/lib/dpkg/status": status})
    assert fact.persistent["net.ipv4.conf.all.log_martians"].value == "1"


@pytest.mark.parametrize(
    ("command", "disabled"),
    [
        ("/bin/true", True), ("/usr/bin/false", True), ("/bin/false # CIS 1.1.1.1", True),
        ("/bin/true; /sbin/modprobe --ignore-install dccp", False),
        ("/bin/true && modprobe -i dccp", False), ("/bin/echo no", False), ("# nothing", False),
    ],
)  # fmt: skip
def test_what_a_line_does_instead_of_loading(command: str, disabled: bool) -> None:
    path = "/etc/modprobe.d/dccp.conf"
    fact = MODULES.parse(raw({path: file(path, f"install dccp {command}\n")}))
    assert isinstance(fact, Modules)
    assert ("dccp" in fact.disabled) is disabled


def test_a_removed_sysctl_conf_is_no_fault() -> None:
    link = file("/etc/sysctl.d/99-sysctl.conf", None, kind="link", target="../sysctl.conf")
    assert sysctl({link.path: link}).persistent == {}


def test_a_file_that_cannot_be_read_leaves_no_fact() -> None:
    hidden = file("/etc/sysctl.d/99-x.conf", None)
    assert isinstance(SYSCTL.parse(raw({hidden.path: hidden})), Missing)


@pytest.mark.parametrize(
    ("line", "key", "value"),
    [
        ("-net.ipv4.ip_forward=1", "net.ipv4.ip_forward", "1"),
        ("net/ipv4/conf/eth0.100/rp_filter = 1", "net.ipv4.conf.eth0/100.rp_filter", "1"),
        ("net.ipv4.conf.eth0/100.rp_filter = 1", "net.ipv4.conf.eth0/100.rp_filter", "1"),
        ("kernel.printk = 3\t4  1 3", "kernel.printk", "3 4 1 3"),
        ("; kernel.x=1\n# kernel.x=2\nkernel.y = a=b", "kernel.y", "a=b"),
    ],
)
def test_lines(line: str, key: str, value: str) -> None:
    fact = sysctl({"/etc/sysctl.d/a.conf": line})
    assert {key: one.value for key, one in fact.persistent.items()} == {key: value}


@pytest.mark.parametrize(
    ("written", "value"),
    [("2 # full", "2"), ("19 # full", "19"), ("10 ;", "10"), ("0x1", "1"), ("010", "8"),
     ("00", "0"), ("08", "08"), ("1;", "1;"), ("1# x", "1# x"), ("4 4 1 7", "4 4 1 7"),
     ("|/bin/false", "|/bin/false"), ("-1", "-1"),
     ("0x1 ; x", "1"), ("", "")],
)  # fmt: skip
def test_numbers_as_the_kernel_reads_them(written: str, value: str) -> None:
    fact = sysctl({"/etc/sysctl.d/a.conf": f"kernel.x = {written}\n"})
    assert fact.persistent["kernel.x"].value == value


def test_a_glob_reaches_keys_that_no_line_names_and_none_that_is_excluded() -> None:
    text = (
        "net.ipv4.conf.*.rp_filter = 2\nnet.ipv4.conf.eth0.rp_filter = 0\n"
        "-net.ipv4.conf.eth1.rp_filter\n"
    )
    running = b"".join(
        b"net.ipv4.conf.%s.rp_filter = 1\n" % name for name in (b"all", b"eth0", b"eth1")
    )
    fact = sysctl({"/etc/sysctl.d/a.conf": text}, running)
    assert {key: one.value for key, one in fact.persistent.items()} == {
        "net.ipv4.conf.all.rp_filter": "2",
        "net.ipv4.conf.default.rp_filter": "2",
        "net.ipv4.conf.eth0.rp_filter": "0",
    }


def test_running_keys_of_a_real_host() -> None:
    running = sysctl({}, recorded("sysctl.txt")).running
    assert running is not None
    assert running["net.ipv4.ip_forward"] == "0"
    assert running["net.ipv4.ip_local_port_range"] == "32768 60999"


@pytest.mark.parametrize(
    "answer", [output(b"", 127), output(b"kernel.x = 1\n", 124), output(b"", 0), output(b"x" * 9)]
)
def test_no_answer_is_no_fact(answer: object) -> None:
    assert isinstance(SYSCTL.parse(raw({}, {"sysctl": answer})), Missing)  # type: ignore[dict-item]


def test_slashes_and_dots() -> None:
    assert normal_key("kernel/sysrq") == "kernel.sysrq"


def test_modprobe() -> None:
    fact = MODULES.parse(raw({
        "/etc/modprobe.d/a.conf": (
            "install usb-storage /bin/false\ninstall cramfs /bin/true # never\n"
            "install dccp modprobe \\\n  other\nblacklist nouveau\n#install sctp /bin/true\n"
        ),
        "/usr/lib/modprobe.d/z.conf": "install usb-storage /sbin/modprobe -i usb-storage\n",
    }, {"modules": b"ext4 1 2 - Live 0x0\nusb_storage 1 0 - Live 0x0\n"}))  # fmt: skip
    assert isinstance(fact, Modules)
    assert fact.disabled == {"usb_storage", "cramfs"}
    assert fact.blacklisted == {"nouveau"}
    assert fact.loaded == frozenset({"ext4", "usb_storage"})
    assert fact.install["dccp"].split() == ["modprobe", "other"]

from __future__ import annotations

from scanners.host.facts.pam import SOURCE, Pam
from scanners.host.model import Missing
from tests.scanners.host.raws import file, raw

COMMON = """# a comment
auth\t[success=1 default=ignore]\tpam_unix.so nullok # why
auth requisite pam_deny.so
auth required /lib/security/pam_permit.so
account required pam_unix.so
"""
SSHD = """@include common-auth
-session optional pam_systemd.so
session [success=ok  ignore=ignore
broken
"""


def pam(files: dict[str, object]) -> Pam:
    fact = SOURCE.parse(raw(files))  # type: ignore[arg-type]
    assert isinstance(fact, Pam)
    return fact


def test_includes_stand_in_their_place() -> None:
    fact = pam({"/etc/pam.d/common-auth": COMMON, "/etc/pam.d/sshd": SSHD})
    lines = [(one.type, one.control, one.module, one.arguments) for one in fact.services["sshd"]]
    assert lines == [
        ("auth", "[success=1 default=ignore]", "pam_unix.so", ("nullok",)),
        ("auth", "requisite", "pam_deny.so", ()),
        ("auth", "required", "pam_permit.so", ()),
        ("account", "required", "pam_unix.so", ()),
        ("session", "optional", "pam_systemd.so", ()),
    ]
    first, last = fact.services["sshd"][0], fact.services["sshd"][-1]
    assert (first.file, first.line) == ("/etc/pam.d/common-auth", 2)
    assert (last.file, last.line, last.optional) == ("/etc/pam.d/sshd", 2, True)


def test_include_and_substack_take_only_their_own_type() -> None:
    fact = pam({
        "/etc/pam.d/common": COMMON,
        "/etc/pam.d/login": "account include common\nauth substack common\n",
    })  # fmt: skip
    assert [one.type for one in fact.services["login"]] == ["account", "auth", "auth", "auth"]


def test_lines_know_the_substacks_around_them() -> None:
    fact = pam({
        "/etc/pam.d/in": "auth required in.so\n",
        "/etc/pam.d/mid": "auth substack in\nauth required mid.so\n",
        "/etc/pam.d/a": "auth substack mid\nauth substack in\nauth include in\nauth optional x\n",
    })  # fmt: skip
    found = [(one.module, len(one.within)) for one in fact.services["a"]]
    assert found == [("in.so", 2), ("mid.so", 1), ("in.so", 1), ("in.so", 0), ("x", 0)]
    first, second, third = (one.within for one in fact.services["a"][:3])
    assert first[:1] == second != third


def test_types_that_a_service_lacks_are_those_of_other() -> None:
    fact = pam({
        "/etc/pam.d/other": "auth required deny.so\npassword required deny.so\n",
        "/etc/pam.d/sudo": "auth required unix.so\n",
    })  # fmt: skip
    found = [(one.type, one.module) for one in fact.services["sudo"]]
    assert found == [("auth", "unix.so"), ("password", "deny.so")]


def test_copies_of_files_are_no_services() -> None:
    names = ("common-auth.pam-old", "sshd.dpkg-dist", "su~", "login.bak", "org.example.Service")
    fact = pam({f"/etc/pam.d/{name}": "auth required x.so\n" for name in names})
    assert list(fact.services) == ["org.example.Service"]


def test_a_file_from_elsewhere_is_not_passed_over() -> None:
    texts = {"/etc/pam.d/a": "auth include /opt/auth\n", "/etc/pam.d/b": "auth required x.so\n"}
    assert isinstance(SOURCE.parse(raw(texts)), Missing)
    near = {"/etc/pam.d/a": "auth include /etc/pam.d/b\n", "/etc/pam.d/b": "auth required x.so\n"}
    assert len(pam(dict(near)).services["a"]) == 1


def test_loops_and_missing_files_end() -> None:
    fact = pam(
        {
            "/etc/pam.d/a": "@include b\nauth required x.so\n",
            "/etc/pam.d/b": "@include a\n@include c\n",
        }
    )
    assert [one.module for one in fact.services["a"]] == ["x.so"]


def test_arguments_in_brackets_may_hold_blanks() -> None:
    fact = pam({"/etc/pam.d/a": "auth required pam_exec.so [/bin/x a\\]b  c] last \\\n more\n"})
    assert fact.services["a"][0].arguments == ("/bin/x a]b  c", "last", "more")


def test_etc_hides_the_vendors_file() -> None:
    fact = pam({
        "/usr/lib/pam.d/a": "auth required vendor.so\n",
        "/etc/pam.d/a": "auth required admin.so\n",
    })  # fmt: skip
    assert [one.module for one in fact.services["a"]] == ["admin.so"]


def test_pwquality_conf_has_the_last_word_over_its_directory() -> None:
    """Measured with libpwquality 1.4.5: the directory is read first, then the file itself."""
    fact = pam({
        "/etc/pam.d/a": "auth required x.so\n",
        "/etc/security/pwquality.conf": "# minlen = 8\nminlen = 14\nenforce_for_root\n",
        "/etc/security/pwquality.conf.d/50.conf": "minlen = 20\ndcredit=-1 # one\n",
        "/etc/security/faillock.conf": "deny = 5\n# silent\naudit\n",
    })  # fmt: skip
    assert fact.pwquality == {"minlen": "14", "dcredit": "-1", "enforce_for_root": "1"}
    assert fact.faillock == {"deny": "5", "audit": "1"}


def test_nothing_to_read_is_no_fact() -> None:
    assert isinstance(SOURCE.parse(raw({})), Missing)
    assert isinstance(SOURCE.parse(raw({"/etc/pam.d/a": b"\0\xff"})), Missing)
    hidden = file("/etc/pam.d/b", None)
    files = {"/etc/pam.d/a": file("/etc/pam.d/a", "auth required x.so"), hidden.path: hidden}
    assert isinstance(SOURCE.parse(raw(files)), Missing)


def test_a_part_of_etc_with_only_pwquality_conf_is_read_as_its_package_reads_it() -> None:
    part = pam({"/etc/security/pwquality.conf": "minlen = 14\n"})
    assert [line.module for line in part.services["common-password"]][:2] == [
        "pam_pwquality.so",
        "pam_unix.so",
    ]
    whole = {"/etc/security/pwquality.conf": "minlen = 14\n", "/var/lib/dpkg/status": "\n"}
    assert isinstance(SOURCE.parse(raw(whole)), Missing)
    assert isinstance(SOURCE.parse(raw({"/etc/security/pwquality.conf": ""}, live=True)), Missing)

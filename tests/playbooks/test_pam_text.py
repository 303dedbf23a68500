"""What is made of the texts that PAM's modules read; a second time it stays as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from playbooks.hosts import own_files, pam_login, pam_now, pam_settings, pam_su
from playbooks.hosts import pam_stack_text as stack
from playbooks.hosts.pam_login import Asked, login
from playbooks.hosts.pam_stack_text import Hashing, Usual


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("minlen = 14\n minlen=20 # long\n", {"minlen": "20"}),
        ("retry 5\nenforce_for_root\n", {"retry": "5", "enforce_for_root": "1"}),
        ("# minlen = 14\nodd words here\nUpper = 1\n", {}),
        ("difok = 5\r\naudit#x", {"difok": "5", "audit": "1"}),
    ],
)
def test_settings_of_a_file_are_read_as_the_modules_do(text: str, expected: dict[str, str]) -> None:
    assert dict(pam_now.settings(text)) == expected


def test_arguments_of_a_stack_are_those_of_one_module_that_is_in_force() -> None:
    text = (
        "auth [default=die] pam_faillock.so authfail deny=3\n"
        "#auth required pam_faillock.so deny=9\nauth required pam_unix.so deny=8\n"
    )
    assert dict(pam_now.arguments(text, "pam_faillock.so")) == {"authfail": "1", "deny": "3"}


def test_everybodys_logins_are_told_from_others() -> None:
    text = "bob hard maxlogins 7\n# * hard maxlogins 8\n* - maxlogins 3 # c\n* hard core 0\n*\n"
    assert list(pam_now.most_logins(text)) == [("maxlogins", "3")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "# BEGIN govctl\ndeny = 3\n# END govctl\n"),
        ("deny = 9\nx", "deny = 9\nx\n# BEGIN govctl\ndeny = 3\n# END govctl\n"),
        ("a\n# BEGIN govctl\nold\n# END govctl\n  deny=5\ndenying\n",
         "a\n# BEGIN govctl\ndeny = 3\n# END govctl\n#   deny=5\ndenying\n"),
        ("# END govctl\ndeny = 9\n",
         "# END govctl\ndeny = 9\n# BEGIN govctl\ndeny = 3\n# END govctl\n"),
    ],
)  # fmt: skip
def test_a_block_holds_what_is_asked_and_nothing_behind_it_counts(text: str, expected: str) -> None:
    assert pam_settings.with_block(text, ["deny = 3\n"], ["deny"]) == expected
    assert pam_settings.with_block(expected, ["deny = 3\n"], ["deny"]) == expected


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (None, "/var/lib/faillock"),
        ("/run", "/var/lib/faillock"),
        ("/var/run/faillock", "/var/lib/faillock"),
        ("relative", "/var/lib/faillock"),
        ("/var/log/faillock", "/var/log/faillock"),
        ("/runs", "/runs"),
    ],
)
def test_failures_are_kept_where_they_are_if_that_lasts(folder: str | None, expected: str) -> None:
    assert pam_settings.lasting({"dir": folder} if folder else {}) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("bob hard maxlogins 40 # why", "bob hard maxlogins 2"),
        ("bob hard maxlogins -1", "bob hard maxlogins 2"),
        ("bob\t-\tmaxlogins", "bob\t-\tmaxlogins 2"),
        ("bob hard maxlogins 2 # why", "bob hard maxlogins 2 # why"),
        ("#bob hard maxlogins 40", "#bob hard maxlogins 40"),
        ("bob hard maxsyslogins 40", "bob hard maxsyslogins 40"),
    ],
)
def test_nobody_has_more_logins_than_everybody(line: str, expected: str) -> None:
    assert pam_settings.limited(f"{line}\n", 2) == f"{expected}\n"


UNIX = "password [success=1 default=ignore] pam_unix.so obscure"
SHA = Hashing(("yescrypt", "sha512"))
ANY = Hashing(rounds=5000)


@pytest.mark.parametrize(
    ("words", "asked", "expected"),
    [
        (" yescrypt", SHA, " yescrypt"),
        (" sha512 rounds=9 x", SHA, " sha512 rounds=9 x"),
        (" md5  rounds=9 x", SHA, " x yescrypt"),
        ("", SHA, ""),
        ("", Hashing(("sha512",)), " sha512"),
        (" md5", ANY, " yescrypt"),
        (" yescrypt rounds=4", ANY, " yescrypt rounds=5"),
        (" yescrypt", ANY._replace(cost=7), " yescrypt rounds=7"),
        (" sha512", ANY, " sha512"),
        (" sha512 rounds=1000 rounds=20 x", ANY, " sha512 x rounds=5000"),
        (" sha256", Hashing(("sha256",), rounds=8000), " sha256 rounds=8000"),
    ],
)
def test_passwords_are_hashed_as_asked_and_with_no_less_work(
    words: str, asked: Hashing, expected: str
) -> None:
    otherwise = Usual("yescrypt", 7000)
    assert stack.hashed(f"# x\n{UNIX}{words}\n", asked, otherwise) == f"# x\n{UNIX}{expected}\n"
    again = stack.hashed(f"{UNIX}{expected}", asked, otherwise)
    assert again == f"{UNIX}{expected}"


def test_other_lines_and_types_hash_nothing() -> None:
    for line in (
        "auth required pam_unix.so md5",
        f"# {UNIX} md5",
        "password x /lib/pam_unix.so md5",
    ):
        assert stack.hashed(line, SHA, Usual()) == line


def test_what_login_defs_says_counts_where_it_is_in_force() -> None:
    text = "#ENCRYPT_METHOD X\n ENCRYPT_METHOD Y\nENCRYPT_METHOD\tSHA512\n"
    assert stack.usual(text) == Usual("sha512", 5000)
    assert stack.usual("SHA_CRYPT_MAX_ROUNDS 7000\nSHA_CRYPT_MAX_ROUNDS 10\n").rounds == 7000


def test_words_are_taken_from_one_module_alone() -> None:
    text = "auth x pam_unix.so nullok_secure try  nullok\nauth x pam_y.so nullok\n"
    assert stack.without_argument(text, "pam_unix.so", "nullok") == (
        "auth x pam_unix.so try\nauth x pam_y.so nullok\n"
    )
    text = "password x pam_pwquality.so retry=3 retry=4 retry retry_x minlen=9\n"
    assert stack.without_option(text, "pam_pwquality.so", "retry") == (
        "password x pam_pwquality.so retry_x minlen=9\n"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password x pam_pwquality.so\npassword x pam_unix.so y\n",
         "password x pam_pwquality.so\npassword x pam_unix.so y use_authtok\n"),
        ("password x pam_unix.so y\npassword x pam_pwquality.so\n", None),
        ("password x pam_pwquality.so\npassword x pam_unix.so use_first_pass\n", None),
        ("password x pam_pwquality.so\npassword x pam_other.so\n", None),
    ],
)  # fmt: skip
def test_a_module_takes_over_what_one_before_it_judged(text: str, expected: str | None) -> None:
    assert stack.taken_over(text, ["pam_unix.so"]) == (expected or text)


LOGIN = "# first\nauth optional pam_faildelay.so delay=3 # c\n@include common-auth\n"
EVERY = Asked(delay=4000000, shown=True, terminals=True, namespace=True)


def test_login_gets_what_it_lacks_before_it_asks_and_at_its_end() -> None:
    text = login("# first\n@include common-auth\n\n", EVERY)
    assert text == (
        "# first\nauth       requisite  pam_securetty.so\n"
        "auth       optional   pam_faildelay.so  delay=4000000\n@include common-auth\n\n"
        "session    optional   pam_lastlog.so showfailed\n"
        "session    required   pam_namespace.so\n"
    )
    assert login(text, EVERY) == text
    assert login(LOGIN, Asked()) == LOGIN


def test_what_login_has_is_changed_where_it_stands() -> None:
    text = login(f"{LOGIN}session optional pam_lastlog.so silent noupdate", EVERY)
    assert "auth optional pam_faildelay.so  delay=4000000\n" in text
    assert "session optional pam_lastlog.so noupdate showfailed\n" in text
    assert login(text, EVERY) == text


@pytest.mark.parametrize(
    ("held", "expected"), [("9000000", 9000000), ("5", 4000000), ("x", 4000000)]
)
def test_a_longer_delay_stays(held: str, expected: int) -> None:
    assert pam_login.delay_of([{"minimum": 4}], {"delay": held}) == expected
    assert pam_login.delay_of([], {"delay": held}) == 0


def test_terminals_are_named_as_a_whole() -> None:
    forbidden = re.compile(r"ttyS\d+|hvc\d+")
    assert pam_login.without_lines("tty1\nttyS0\nhvc0x\n\nhvc1", forbidden) == "tty1\nhvc0x\n"


WHEEL = "auth       required   pam_wheel.so use_uid"


@pytest.mark.parametrize(
    ("text", "group", "expected"),
    [
        ("auth sufficient pam_rootok.so\nx\n", "", f"auth sufficient pam_rootok.so\n{WHEEL}\nx\n"),
        ("x\n", "g", f"x\n{WHEEL} group=g\n"),
        ("auth required pam_wheel.so group=a debug\n", "", f"{WHEEL} group=a\n"),
        ("auth required pam_wheel.so use_uid debug\n", "",
         "auth required pam_wheel.so use_uid debug\n"),
        ("auth requisite pam_wheel.so use_uid\n", "g", f"{WHEEL} group=g\n"),
        ("auth required pam_wheel.so deny group=a\n", "",
         f"auth required pam_wheel.so deny group=a\n{WHEEL}\n"),
        ("auth sufficient pam_wheel.so trust\nauth sufficient pam_rootok.so\n", "",
         f"# auth sufficient pam_wheel.so trust\nauth sufficient pam_rootok.so\n{WHEEL}\n"),
        ("# auth required pam_wheel.so\n", "", f"# auth required pam_wheel.so\n{WHEEL}\n"),
    ],
)  # fmt: skip
def test_su_is_shut_to_all_but_a_group(text: str, group: str, expected: str) -> None:
    assert pam_su.shut(text, group) == expected
    assert pam_su.shut(expected, group) == expected


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("", {"group": "asked", "usual": "usual"}, "asked"),
        ("auth required pam_wheel.so group=a group=held\n", {"group": ""}, "held"),
        ("# auth required pam_wheel.so group=held\n", {"group": "", "usual": "usual"}, "usual"),
        ("", {}, "sugroup"),
    ],
)
def test_the_group_is_the_one_asked_for_or_there_or_the_usual_one(
    text: str, row: dict[str, Any], expected: str
) -> None:
    assert pam_su._group(text, [row]) == expected


def test_our_files_have_their_mode_and_stand_where_a_link_led_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "d" / "x"
    own_files.make_folder(str(path.parent), 0o755, dry=True)
    own_files.write(str(path), "a\n", dry=True)
    assert not path.parent.exists()
    own_files.make_folder(str(path.parent), 0o755, dry=False)
    path.symlink_to("/dev/null")
    own_files.write(str(path), "a\n", dry=False)
    assert (path.is_symlink(), path.read_text(), path.stat().st_mode & 0o777) == (
        False,
        "a\n",
        0o644,
    )
    path.chmod(0o600)
    capsys.readouterr()
    own_files.write(str(path), "a\n", dry=False)
    assert capsys.readouterr().out == f"changed: {path} 0600 -> 0644\n"

from __future__ import annotations

from dataclasses import replace

import pytest

from scanners.host.facts.accounts import ACCOUNTS, LOGIN_DEFS, Account, Accounts, Group, LoginDefs
from scanners.host.model import File, Missing, Standing
from scanners.host.reductions import crypt_methods
from tests.scanners.host.raws import file, raw

PASSWD = b"""root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
an:x:1000:1000:An,,,:/home/an:/bin/bash
old:abJnggxhB/yWI:1001:1001::/home/old:
ghost:x:1002:1002::/home/ghost:/bin/sh
open::1003:1003::/:/bin/sh
garbage
"""
SHADOW = b"""root:$y$j9T$abc/def.$h4sh:19000:0:99999:7:::
daemon:*:19000:0:99999:7:::
an:!$6$salt$hash:20000:1:90:14:30:21000:
"""
GROUP = b"root:x:0:\nsudo:x:27:an,root\nold:$1$a$b:30:\n"
GSHADOW = b"root:*::\nsudo:$6$a$b::an\n"


def accounts(**changes: bytes | None) -> Accounts | Missing:
    texts = {"passwd": PASSWD, "shadow": SHADOW, "group": GROUP, "gshadow": GSHADOW, **changes}
    files = {
        f"/etc/{name}": file(f"/etc/{name}", crypt_methods(text))
        for name, text in texts.items()
        if text is not None
    }
    files["/root"] = file("/root", None, kind="directory", mode=0o700)
    files["/home/an"] = file("/home/an", None, kind="directory", mode=0o755, uid=1000)
    return ACCOUNTS.parse(raw(files))


def test_each_account_with_its_method_ages_and_home() -> None:
    fact = accounts()
    assert isinstance(fact, Accounts)
    by_name = {one.name: one for one in fact.accounts}
    assert by_name["root"] == Account(
        "root", 0, 0, "/root", "/bin/bash", "yescrypt", 19000, 0, 99999, 7, None, None, 0o700, 0
    )
    assert by_name["an"] == Account(
        "an",
        1000,
        1000,
        "/home/an",
        "/bin/bash",
        "locked",
        20000,
        1,
        90,
        14,
        30,
        21000,
        0o755,
        1000,
    )
    assert {name: one.password for name, one in by_name.items()} == {
        "root": "yescrypt", "daemon": "locked", "an": "locked", "old": "unshadowed",
        "ghost": "locked", "open": "none",
    }  # fmt: skip
    assert {name for name, one in by_name.items() if not one.shadowed} == {"old", "open"}
    assert by_name["old"].shell == "/bin/sh"
    assert not by_name["daemon"].can_log_in


def test_groups() -> None:
    fact = accounts()
    assert isinstance(fact, Accounts)
    assert fact.groups == (
        Group("root", 0, ()),
        Group("sudo", 27, ("an", "root"), has_password=True),
        Group("old", 30, (), has_password=True),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"passwd": None},
        {"passwd": b"\xff\xfe\0garbage"},
        {"shadow": b"binary\0rubbish: \n"},
        {"group": None},
    ],
)
def test_tables_that_cannot_be_read_give_no_fact(changes: dict[str, bytes | None]) -> None:
    assert isinstance(accounts(**changes), Missing)


def test_a_shadow_that_could_not_be_read_is_not_an_empty_one() -> None:
    files = {"/etc/passwd": file("/etc/passwd", PASSWD), "/etc/shadow": file("/etc/shadow", None),
             "/etc/group": file("/etc/group", GROUP)}  # fmt: skip
    assert isinstance(ACCOUNTS.parse(raw(files)), Missing)


def test_login_defs_the_last_line_counts_and_quotes_go() -> None:
    text = 'PASS_MAX_DAYS 99999\nPASS_MAX_DAYS\t90 \n#UMASK 077\nENV_PATH "PATH=/bin"\n UMASK 027\n'
    fact = LOGIN_DEFS.parse(
        raw(
            {
                "/etc/login.defs": text,
                "/etc/default/useradd": "#INACTIVE=-1\nINACTIVE=30\nSHELL='/bin/sh'\n INACTIVE=1\n",
            }
        )
    )
    assert fact == LoginDefs(
        {"PASS_MAX_DAYS": "90", "ENV_PATH": "PATH=/bin", "UMASK": "027"},
        {"INACTIVE": "30", "SHELL": "'/bin/sh'"},
    )


def test_login_defs_of_garbage_is_no_fact() -> None:
    assert isinstance(LOGIN_DEFS.parse(raw({"/etc/login.defs": b"\0\xff\xfe"})), Missing)


def test_a_home_behind_a_link_is_the_directory_it_leads_to() -> None:
    link = replace(
        file("/home/an", None, kind="link", mode=0o777, target="/data/an"),
        leads_to=Standing("directory", 0o700, 1000, 1000),
    )
    for home, mode in ((link, 0o700), (replace(link, leads_to=None), None)):
        files: dict[str, str | bytes | File] = {
            "/etc/passwd": "an:x:1000:1000::/home/an/:/bin/sh\n", "/etc/group": "an:x:1000:\n"
        }  # fmt: skip
        accounts = ACCOUNTS.parse(raw({**files, "/home/an": home}))
        assert isinstance(accounts, Accounts)
        assert accounts.accounts[0].home_mode == mode


@pytest.mark.parametrize(
    ("line", "uid", "shell"),
    [
        ("toor:x:+0:0:::/bin/sh", 0, "/bin/sh"),
        ("toor:x: 00:0:::/bin/sh", 0, "/bin/sh"),
        (" toor:x:0:0:::/bin/sh", 0, "/bin/sh"),
        ("toor:x:0:0", 0, "/bin/sh"),
        ("toor:x:0:0:::/bin/sh:x", 0, "/bin/sh:x"),
        ("#toor:x:0:0:::/bin/sh", None, ""),
        ("toor:x:0x0:0:::/bin/sh", None, ""),
        ("toor:x:-0:0:::/bin/sh", 0, "/bin/sh"),
        ("toor:x:-1:0:::/bin/sh", None, ""),
    ],
)
def test_lines_of_passwd_as_glibc_takes_them(line: str, uid: int | None, shell: str) -> None:
    fact = accounts(passwd=PASSWD + line.encode() + b"\n")
    assert isinstance(fact, Accounts)
    found = [(one.uid, one.shell) for one in fact.accounts if one.name == "toor"]
    assert found == ([] if uid is None else [(uid, shell)])


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("ghost::19000:0:99999:7:::", "none"),
        (" ghost::19000:0:99999:7:::", "none"),
        ("ghost::19000:0:99999", "none"),
        ("ghost:::::", "none"),
        ("ghost::19000:0:99999:7::", "locked"),  # glibc passes over it: no password is known
    ],
)
def test_lines_of_shadow_as_glibc_takes_them(line: str, password: str) -> None:
    fact = accounts(shadow=SHADOW + line.encode() + b"\n")
    assert isinstance(fact, Accounts)
    assert next(one for one in fact.accounts if one.name == "ghost").password == password

from __future__ import annotations

from scanners.host.facts.sudo import SOURCE, Sudo
from scanners.host.model import Missing
from tests.scanners.host.raws import file, raw

SUDOERS = """# a comment
Defaults\tenv_reset, !lecture
Defaults\tsecure_path="/usr/local/sbin:/usr/sbin", \\
\ttimestamp_timeout=15
Defaults:an !requiretty
Defaults env_keep += "A B"
Defaults env_keep -= A
User_Alias ADMINS = an, binh
root\tALL=(ALL:ALL) ALL
%sudo   ALL = (ALL) NOPASSWD: SETENV: /bin/ls, PASSWD: /bin/cat # why
ADMINS, #1000 web=/bin/x : db=(postgres) NOEXEC: /bin/y
@includedir /etc/sudoers.d
"""


def sudo(**others: str) -> Sudo | Missing:
    files = {
        "/etc/sudoers": file("/etc/sudoers", SUDOERS),
        "/usr/bin/sudo": file("/usr/bin/sudo", None),
    }
    for name, text in others.items():
        path = f"/etc/sudoers.d/{name.replace('_dot_', '.')}"
        files[path] = file(path, text)
    return SOURCE.parse(raw(files))


def test_defaults_for_everybody_and_for_some() -> None:
    fact = sudo()
    assert isinstance(fact, Sudo)
    assert fact.defaults == {
        "env_reset": "1", "lecture": "0", "secure_path": "/usr/local/sbin:/usr/sbin",
        "timestamp_timeout": "15", "env_keep": "B",
    }  # fmt: skip
    assert fact.scoped_defaults == {"user:an": {"requiretty": "0"}}


def test_rules_with_their_places() -> None:
    fact = sudo()
    assert isinstance(fact, Sudo)
    rules = [
        (one.who, one.hosts, one.runas, sorted(one.tags), one.commands, one.line)
        for one in fact.rules
    ]
    assert rules == [
        ("root", "ALL", "ALL:ALL", [], "ALL", 9),
        ("%sudo", "ALL", "ALL", ["NOPASSWD", "PASSWD", "SETENV"], "/bin/ls, /bin/cat", 10),
        ("ADMINS, #1000", "web", "", [], "/bin/x", 11),
        ("ADMINS, #1000", "db", "postgres", ["NOEXEC"], "/bin/y", 11),
    ]


def test_a_directory_is_read_by_name_and_without_dots_and_tildes() -> None:
    fact = sudo(b="Defaults timestamp_timeout=0\n", a="Defaults timestamp_timeout=5\n",
                c_dot_bak="Defaults timestamp_timeout=-1\n", **{"d~": "x ALL=ALL\n"})  # fmt: skip
    assert isinstance(fact, Sudo)
    assert fact.defaults["timestamp_timeout"] == "0"
    assert len(fact.rules) == 4


def test_an_included_file_that_cannot_be_read_leaves_no_fact() -> None:
    hidden = file("/etc/sudoers.d/x", None)
    files = {"/etc/sudoers": file("/etc/sudoers", SUDOERS), hidden.path: hidden,
             "/usr/bin/sudo": file("/usr/bin/sudo", None)}  # fmt: skip
    assert isinstance(SOURCE.parse(raw(files)), Missing)


def test_an_include_of_itself_ends_and_says_that_it_was_not_read_to_the_end() -> None:
    assert isinstance(sudo(a="@include /etc/sudoers.d/a\n"), Missing)


def test_without_sudo_there_is_nothing_to_judge() -> None:
    assert SOURCE.parse(raw({})) == Sudo(False, {}, ())

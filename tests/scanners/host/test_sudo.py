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


def test_a_list_of_those_that_defaults_are_for_may_have_blanks() -> None:
    fact = sudo(a='Defaults:an, "b c" ,d !use_pty, insults\n')
    assert isinstance(fact, Sudo)
    assert fact.scoped_defaults['user:an, "b c" ,d'] == {"use_pty": "0", "insults": "1"}


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


def grants(text: str) -> list[tuple[str | None, list[str], str]]:
    """(runas, tags, command), `!` before what is forbidden."""
    fact = sudo(x=text)
    assert isinstance(fact, Sudo)
    return [
        (one.runas, sorted(one.tags), f"{'!' * one.negated}{one.command}")
        for rule in fact.rules
        if rule.file.endswith("/x")
        for one in rule.grants
    ]


def test_runas_and_tags_are_handed_on_along_a_list() -> None:
    text = "an ALL=(www) NOPASSWD: NOEXEC: /bin/a, /bin/b, (root) PASSWD: /bin/c, ! /bin/d\n"
    assert grants(text) == [
        ("www", ["NOEXEC", "NOPASSWD"], "/bin/a"),
        ("www", ["NOEXEC", "NOPASSWD"], "/bin/b"),
        ("root", ["NOEXEC", "PASSWD"], "/bin/c"),
        ("root", ["NOEXEC", "PASSWD"], "!/bin/d"),
    ]


def test_what_is_escaped_or_quoted_or_a_digest_does_not_cut_a_list() -> None:
    text = (
        "an ALL=NOPASSWD: /bin/env A\\=b\\,c\\:d, sha224:aa==, sha256:bb /bin/x "
        "CWD=1, CWD=/tmp /bin/y\n"
    )
    assert grants(text) == [
        (None, ["NOPASSWD"], "/bin/env A\\=b\\,c\\:d"),
        (None, ["NOPASSWD"], "/bin/x CWD=1"),
        (None, ["NOPASSWD"], "/bin/y"),
    ]


def test_aliases_are_replaced_wherever_they_are_defined() -> None:
    text = (
        "OPS, !eve ALL=(DBA:adm) !SHELLS, LS\n"
        "User_Alias OPS = an, !binh : EVE = eve\n"
        "Runas_Alias DBA = postgres, mysql\n"
        "Cmnd_Alias SHELLS = /bin/sh, !/bin/true\n"
        "Cmd_Alias LS = /bin/ls\n"
    )
    fact = sudo(x=text)
    assert isinstance(fact, Sudo)
    assert fact.rules[-1].users == ("an", "!binh", "!eve")
    runas = "postgres, mysql:adm"
    assert grants(text) == [
        (runas, [], "!/bin/sh"), (runas, [], "/bin/true"), (runas, [], "/bin/ls"),
    ]  # fmt: skip


def test_aliases_of_themselves_end() -> None:
    text = "an ALL=A\nCmnd_Alias A = B, /bin/a\nCmnd_Alias B = A, A, A\n"
    assert {command for _runas, _tags, command in grants(text)} == {"A", "/bin/a"}


def test_users_may_have_blanks_in_their_names_and_hosts_colons() -> None:
    fact = sudo(x='"%a b", %c\\ d fe80::1 = /bin/x : ALL = /bin/y\n')
    assert isinstance(fact, Sudo)
    assert [(one.who, one.hosts, one.commands) for one in fact.rules[-2:]] == [
        ('"%a b", %c\\ d', "fe80::1", "/bin/x"),
        ('"%a b", %c\\ d', "ALL", "/bin/y"),
    ]


def test_a_comment_ends_with_its_line() -> None:
    assert grants("# no \\\nan ALL=/bin/x # why \\\nbinh ALL=/bin/y\n") == [
        (None, [], "/bin/x"), (None, [], "/bin/y"),
    ]  # fmt: skip


def test_there_is_no_comment_in_a_text_in_quotes() -> None:
    fact = sudo(x='Defaults passprompt="[#] %p: ", !authenticate # "why"\n')
    assert isinstance(fact, Sudo)
    assert fact.defaults["passprompt"] == "[#] %p: "
    assert fact.defaults["authenticate"] == "0"


def test_files_that_others_may_change_are_not_read() -> None:
    def fact(mode: int = 0o440, uid: int = 0, gid: int = 0) -> Sudo | Missing:
        return SOURCE.parse(raw({
            "/etc/sudoers": file("/etc/sudoers", SUDOERS),
            "/usr/bin/sudo": file("/usr/bin/sudo", None),
            "/etc/sudoers.d/x": file("/etc/sudoers.d/x", "eve ALL=ALL\n",
                                     mode=mode, uid=uid, gid=gid),
        }))  # fmt: skip

    for how in ({"uid": 1000}, {"mode": 0o646}, {"mode": 0o660, "gid": 27}):
        found = fact(**how)
        assert isinstance(found, Sudo)
        assert "eve" not in [one.who for one in found.rules]
    found = fact(mode=0o660)
    assert isinstance(found, Sudo)
    assert found.rules[-1].who == "eve"


def test_sudoers_that_sudo_refuses_is_no_fact() -> None:
    files = {"/etc/sudoers": file("/etc/sudoers", SUDOERS, mode=0o666),
             "/usr/bin/sudo": file("/usr/bin/sudo", None)}  # fmt: skip
    assert isinstance(SOURCE.parse(raw(files)), Missing)


def test_an_include_by_the_hosts_name_is_not_known() -> None:
    assert isinstance(sudo(x="@include /etc/sudoers.%h\n"), Missing)


def test_hostile_lines_do_not_take_long() -> None:
    chain = "".join(f"Cmnd_Alias A{n} = A{n + 1}, A{n + 1}\n" for n in range(2_000))
    many = "".join(f"Cmnd_Alias B{n} = B{n + 1}, B{n + 1}\n" for n in range(40))
    assert isinstance(sudo(x=f"{chain}{many}an ALL=A0, B0\n"), Sudo)
    assert isinstance(sudo(x="an a" + ":" * 100_000 + "=/bin/x\n"), Sudo)
    assert isinstance(sudo(x='"' * 20_000 + "an ALL=" + "(" * 20_000 + ",/bin/x\n"), Sudo)


def test_a_part_of_etc_has_sudoers_and_no_program() -> None:
    part = {"/etc/sudoers": file("/etc/sudoers", "Defaults use_pty\n", mode=0o440)}
    fact = SOURCE.parse(raw(part))
    assert isinstance(fact, Sudo) and fact.installed
    live = SOURCE.parse(raw(part, live=True))
    assert isinstance(live, Sudo) and not live.installed

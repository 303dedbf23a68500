"""Every mistake gives one clear line at its place, and all of them come at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from govctl.errors import InputError
from govctl.estate.loader import resolve
from tests.estate.support import SMALL, catalogue, changed, load, problems, write

CASES = {
    "misspelt flow": (
        ("to: portal.web", "to: portal.wbe"),
        'estate.yaml:33:34: flow to unknown component "portal.wbe"; did you mean "portal.web"? '
        "(expected one of: portal.web)",
    ),
    "misspelt key": (
        ("    catalogue: portal", "    catalog: portal"),
        'estate.yaml:29:5: unknown key "catalog"; did you mean "catalogue"? (expected one of: '
        "catalogue, components, dossier, flows, id, level, name, operator, owner, site)",
    ),
    "unquoted code": (
        ('province: "25"', "province: 25"),
        'estate.yaml:9:15: found "25"; write it in quotes: "25" (expected text)',
    ),
    "octal code": (
        ('province: "25"', "province: 01"),
        'estate.yaml:9:15: found "01"; write it in quotes: "01" (expected text)',
    ),
    "a no that is not text": (
        ("{wireless: no access points}", "{wireless: no}"),
        'estate.yaml:19:25: found "no"; write it in quotes: "no" (expected text)',
    ),
    "password in the backend": (
        ("{kind: lxd}", '{kind: lxd, backend: "postgres://it:s3cret@db:5432/state"}'),
        "estate.yaml:7:30: a password in the address of the backend, where everybody reads it; "
        "give it by the environment: PGPASSWORD, AWS_SECRET_ACCESS_KEY "
        "(expected the address without it)",
    ),
    "unknown backend": (
        ("{kind: lxd}", '{kind: lxd, backend: "postgresql://it@db/state"}'),
        "estate.yaml:7:30: this is no backend of Pulumi (expected one of: file://, s3://, gs://, "
        "azblob://, postgres://, https://)",
    ),
    "level": (
        ("level: 3\n", "level: 7\n"),
        'estate.yaml:30:12: "7" does not fit (expected at most 5)',
    ),
    "pool of groups": (
        ("10.25.0.0/16", "224.0.0.0/8"),
        'estate.yaml:6:19: "224.0.0.0/8" has addresses that no machine can have (expected a prefix '
        "outside 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3)",
    ),
    "pool of everything": (
        ("fd25:25::/48", "::/0"),
        'estate.yaml:6:39: "::/0" has addresses that no machine can have (expected a prefix inside '
        "fc00::/7, 2000::/3)",
    ),
    "rate": (
        ("rate: 200 Mbit/s", "rate: 200"),
        'estate.yaml:23:37: "200" is not a rate; the unit is missing (expected a number '
        'with a unit, such as "200 Mbit/s")',
    ),
    "rate unit": (
        ("rate: 200 Mbit/s", "rate: 200 Mbps"),
        'estate.yaml:23:37: "200 Mbps" is not a rate (expected a number with a unit, '
        'such as "200 Mbit/s")',
    ),
    "host bits": (
        ("10.25.0.0/16", "10.25.0.1/16"),
        'estate.yaml:6:19: "10.25.0.1/16" is not an IPv4 prefix; did you mean "10.25.0.0/16"? '
        '(expected an IPv4 prefix such as "10.25.0.0/16")',
    ),
    "small pool": (
        ("10.25.0.0/16", "10.25.0.0/20"),
        "estate.yaml:6:19: the pool 10.25.0.0/20 is too small (expected /18 or larger)",
    ),
    "unknown register": (
        ("vn-2025-07-01", "vn-2025-07-02"),
        'estate.yaml:4:11: unknown register "vn-2025-07-02"; did you mean "vn-2025-07-01"? '
        "(expected one of: vn-2025-06-30, vn-2025-07-01)",
    ),
    "unknown baseline": (
        ("[tcvn14423-2026]", "[tcvn14423-2025]"),
        'estate.yaml:5:13: unknown baseline "tcvn14423-2025"; did you mean "tcvn14423-2026"? '
        "(expected one of: qcvn12-2026, tcvn14423-2026)",
    ),
    "unknown zone": (
        ("zones: [internal, conference]", "zones: [internal, conferense]"),
        'estate.yaml:22:23: unknown zone kind "conferense"; did you mean "conference"? (expected '
        "one of: admin, app, conference, db, dmz, edge, internal, log, management, media, "
        "wireless)",
    ),
    "unknown site kind": (
        ("    site: commune-office", "    site: comune-office"),
        'estate.yaml:13:11: unknown site kind "comune-office"; did you mean "commune-office"? '
        "(expected one of: commune-office, data-centre)",
    ),
    "unknown operator": (
        ("operator: so-khcn\n    flows", "operator: so-khc\n    flows"),
        'estate.yaml:32:15: unknown unit "so-khc"; did you mean "so-khcn"? '
        "(expected one of: 25, so-khcn)",
    ),
    "unknown catalogue entry": (
        ("catalogue: conference", "catalogue: conferences"),
        'estate.yaml:27:33: the catalogue has no entry "conferences"; did you mean "conference"? '
        "(expected one of: bridge, conference, infrastructure, network, portal)",
    ),
    "unknown link": (
        ("to: data-centre", "to: data-center"),
        'estate.yaml:23:18: link to unknown site "data-center"; did you mean "data-centre"? '
        "(expected one of: c07894, c07918, c08515, data-centre, p25, tslcd)",
    ),
    "code where a name was meant": (
        ('province: "25"', 'province: "Phú Thọ"'),
        'estate.yaml:9:15: the register vn-2025-07-01 has no code "Phú Thọ"; '
        'did you mean "25" (Tỉnh Phú Thọ)?',
    ),
    "missing marks": (
        ("Xã Hy Cương", "Xã Hy Cuong"),
        'estate.yaml:12:12: no unit "Xã Hy Cuong" there; did you mean Xã Hy Cương (08515)?',
    ),
    "wrong tier": (
        ('province: "25"', 'commune: "25"'),
        "estate.yaml:9:14: Tỉnh Phú Thọ is a province, not a commune",
    ),
    "no hub": (
        ("    hub: true\n", ""),
        "estate.yaml:16:3: no site is the hub; set `hub: true` on the site kind of the data centre "
        "(expected exactly one)",
    ),
    "bad id": (
        ("id: portal", "id: Portal_1"),
        'estate.yaml:28:9: "Portal_1" cannot be used here '
        "(expected 1 to 40 of a–z, 0–9 and hyphens, no hyphen at the ends)",
    ),
    "injection in an id": (
        ("estate: phu-tho", 'estate: "x; rm -rf /"'),
        'estate.yaml:1:9: "x; rm -rf /" cannot be used here '
        "(expected 1 to 40 of a–z, 0–9 and hyphens, no hyphen at the ends)",
    ),
    "an empty text": (
        ("why: public information", 'why: ""'),
        'estate.yaml:33:62: "" does not fit (expected some text)',
    ),
    "no ports": (
        ("port: 443", "port: []"),
        "estate.yaml:33:52: it is empty (expected 1 to 65535, or a range such as 8000-8100)",
    ),
    "one opening under two names": (
        ("port: 443, why: public information}]", "port: 443, why: public information},"
         " {id: web, from: internet, to: portal.web, port: 443-443, why: again}]"),
        'estate.yaml:33:88: the flow "web" opens what "internet-to-portal-web-tcp-443" opens',
    ),
    "duplicate key": (
        ("target: {kind: lxd}", "target: {kind: lxd}\nestate: again"),
        'estate.yaml:8:1: the key "estate" stands twice; the first one is in line 1',
    ),
    "unknown form": (
        ('  - province: "25"', '  - provnce: "25"'),
        'estate.yaml:9:5: "provnce" does not say which unit is meant; did you mean "province"? '
        "(expected one of: commune, communes of, descendants of, from, id, province, provinces of, "
        "unit)",
    ),
    "bridge point without its zone": (
        ("zones: [internal, conference]", "zones: [internal]"),
        'estate.yaml:21:3: bridge points, and no zone "conference" in the site c07894',
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_told_at_its_place(
    tmp_path: Path, change: tuple[str, str], expected: str
) -> None:
    assert expected in problems(tmp_path, changed(*change))


@pytest.mark.parametrize(
    "key",
    [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9s",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIE6dcxv2nJbD3ewLCRoUGIV3YcMSJwB7LeH3oIGkoxIO",
        "ssh-ed25519 AAAA",
    ],
)
def test_a_host_key_that_fits_no_host_is_told_before_any_is_asked(tmp_path: Path, key: str) -> None:
    text = (
        f"{SMALL}existing machines:\n"
        f"  - {{id: old, site: p25, zone: app, address: 10.25.36.77, user: it, role: archive,\n"
        f"     host key: {key}}}\n"
    )
    (found,) = problems(tmp_path, text)
    assert found.startswith(f'estate.yaml:36:16: "{key[:60]}" is no whole public key; copy it')


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE6dcxv2nJbD3ewLCRoUGIV3YcMSJwB7LeH3oIGkoxIO"


def existing(*entries: str) -> str:
    lines = (
        f"  - {{site: p25, zone: app, user: it, role: archive, host key: {KEY}, {entry}}}\n"
        for entry in entries
    )
    return f"{SMALL}existing machines:\n{''.join(lines)}"


def test_an_address_of_two_machines_is_told_where_it_was_written(tmp_path: Path) -> None:
    estate = load(write(tmp_path))
    inside, hall = estate.zone("p25/app").ipv4[77], estate.machine("bp-c08515-hall")
    for address, other, owner in (
        (inside, inside, "one"),
        ("192.0.2.9", "192.0.2.9", "one"),
        ("192.0.2.9", hall.address4, hall.id),
    ):
        text = existing(f"id: one, address: {address}", f"id: two, address: {other}")
        (found,) = problems(tmp_path, text)
        line, column = len(SMALL.splitlines()) + 3, text.splitlines()[-1].index(str(other)) + 1
        assert found == f"estate.yaml:{line}:{column}: {other} belongs to {owner}"


@pytest.mark.parametrize("form", ["{} root@archive", "192.0.2.9 {}", "{}"])
def test_a_host_key_may_be_pasted_as_it_was_found(tmp_path: Path, form: str) -> None:
    text = existing("id: one, address: 192.0.2.9").replace(KEY, form.format(KEY))
    there = load(write(tmp_path, text)).machine("one").existing
    assert there is not None
    assert there.host_key == KEY


def test_several_machines_may_answer_behind_one_address(tmp_path: Path) -> None:
    text = existing("id: one, address: 192.0.2.9", "id: two, address: 192.0.2.9, port: 2222")
    assert {"one", "two"} <= {machine.id for machine in load(write(tmp_path, text)).machines}


def test_a_machine_that_has_anothers_name_is_told_where_it_was_written(tmp_path: Path) -> None:
    found = problems(tmp_path, existing("id: edge, address: 192.0.2.9"))
    line = len(SMALL.splitlines()) + 2
    assert any(
        one.startswith(f"estate.yaml:{line}:") and one.endswith('the machine "edge" stands twice')
        for one in found
    )


def test_one_name_for_two_systems_is_told(tmp_path: Path) -> None:
    more = '  - {id: inside, catalogue: portal, level: 3, owner: "25", operator: so-khcn}\n'
    with pytest.raises(InputError) as caught:
        resolve(write(tmp_path, SMALL + more))
    (found,) = caught.value.problems
    assert (found.line, found.message) == (
        len(SMALL.splitlines()) + 1, 'portal.web and inside.web have one alias, "portal"'
    )  # fmt: skip
    assert found.hint == "give it another: components: {web: {parameters: {alias: …}}}"
    named = more.replace("}", ", components: {web: {parameters: {alias: inside}}}}")
    assert resolve(write(tmp_path, SMALL + named)).estate.system("inside").level == 3


@pytest.mark.parametrize(
    ("whom", "expected"),
    [
        ("tier: comune", 'unknown tier "comune"; did you mean "commune"?'),
        ('subtree: "26"', 'unknown unit "26" (expected one of: 25, so-khcn)'),
        ("unit: Xã Hy Cương", 'unknown unit "Xã Hy Cương"; did you mean "08515"?'),
        ("site: c08514", 'unknown site "c08514"; did you mean "c08515"?'),
    ],
)
def test_an_override_for_nobody_is_told(tmp_path: Path, whom: str, expected: str) -> None:
    (found,) = problems(tmp_path, f"{SMALL}overrides:\n  - {{{whom}, size: large}}\n")
    line, column = len(SMALL.splitlines()) + 2, len("  - {") + whom.index(" ") + 2
    assert found.startswith(f"estate.yaml:{line}:{column}: {expected}")


@pytest.mark.parametrize("name", CASES)
def test_one_mistake_gives_one_problem(tmp_path: Path, name: str) -> None:
    change, expected = CASES[name]
    found = problems(tmp_path, changed(*change))
    if name == "misspelt key":
        assert found == ['estate.yaml:28:5: the key "catalogue" is missing', expected]
    else:
        assert found == [expected]


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    text = SMALL
    for name in ("misspelt flow", "unknown zone", "missing marks", "unknown operator"):
        text = changed(*CASES[name][0], text=text)
    text = changed("rate: 1 Gbit/s", "rate: fast", text=text)
    lines = [problem.split(": ")[0] for problem in problems(tmp_path, text)]
    assert "estate.yaml:12:12" in lines
    assert "estate.yaml:20:31" in lines


def test_a_component_without_its_zone_is_told_at_the_zone_and_nowhere_else(tmp_path: Path) -> None:
    found = problems(tmp_path, changed("zones: [edge, dmz, app,", "zones: [edge, dmz,"))
    assert found and all("app" in problem for problem in found), found


def test_names_of_several_units_list_their_codes(tmp_path: Path) -> None:
    register = "code,parent,tier,kind,name,lat,lon\n25,,province,tỉnh,Tỉnh A,,\n" + "".join(
        f"2500{n},25,commune,xã,Xã Hoà Bình,,\n" for n in (1, 2)
    )
    (tmp_path / "own.csv").write_text(register, encoding="utf-8")
    text = changed('[Xã Hy Cương, "07894", "07918"]', "[Xã Hòa–Bình]")
    text = changed("register: vn-2025-07-01", "register: own.csv", text=text)
    assert problems(tmp_path, text) == [
        'estate.yaml:12:12: "Xã Hòa–Bình" is the name of several units '
        "(expected one of the codes: 25001, 25002)"
    ]


def test_parents_in_a_circle_are_told_once(tmp_path: Path) -> None:
    text = changed(
        '  - {id: so-khcn, name: Sở Khoa học và Công nghệ, parent: "25"}\n',
        "  - {id: so-khcn, name: A, parent: b}\n  - {id: b, name: B, parent: so-khcn}\n",
    )
    assert problems(tmp_path, text) == [
        "estate.yaml:15:30: units that are each other's parents: b → so-khcn → b"
    ]


def test_two_hubs_are_refused(tmp_path: Path) -> None:
    text = changed("  - {id: so-khcn, name", "  - {id: so-khcn, site: data-centre, name")
    assert "more than one site is a hub: p25, so-khcn" in "\n".join(problems(tmp_path, text))


def test_a_full_pool_says_which_and_how_large_it_should_be(tmp_path: Path) -> None:
    text = changed('    only: [Xã Hy Cương, "07894", "07918"]\n', "")
    zones = "    zones: [internal, conference]"
    text = changed(zones, f"    prefix: 23\n{zones}", text=text)
    (found,) = problems(tmp_path, text)
    assert found.startswith("estate.yaml:6:19: the pool 10.25.0.0/16 has no room for the site")
    assert found.endswith("(expected /15 or larger)")


FILES = {
    "a tab": (b"estate: x\nname:\n\tvi: a\n", ":3:1: a tab in the indentation"),
    "bytes": (b"estate: \xff\xfe\n", ":1:9: byte 0xff is not UTF-8 text"),
    "nothing": (b"", ": the file is empty"),
    "a list": (b"- a\n", ":1:1: this is not a mapping of keys to values"),
    "a bracket": (b"estate: [a\n", ":2:1: not valid YAML:"),
    "a bomb": (
        b"a: &a [x, x]\n" + b"".join(
            b"%c: &%c [%s]\n" % (c, c, b", ".join([b"*%c" % (c - 1)] * 30)) for c in range(98, 104)
        ),
        "aliases that expand without end",
    ),
    "a loop": (b"estate: &a [*a]\n", "an alias (*) that contains itself"),
    "depth": (b"a: " + b"[" * 5000, "nested more than 40 levels deep"),
    "a zero byte": (b"estate: a\0b\n", "not valid YAML"),
    "a merge key": (b"a: &a {b: c}\nd: {<<: *a}\n", "merge keys (<<) are not understood here"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "expected"), FILES.values(), ids=FILES.keys())
def test_a_broken_file_is_one_clear_problem(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "estate.yaml").write_bytes(content)
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert len(caught.value.problems) == 1
    assert expected in str(caught.value)


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "estate.yaml").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(InputError, match="larger than 16 MiB"):
        load(tmp_path)


def test_a_device_without_end_is_a_huge_file(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").symlink_to("/dev/zero")
    with pytest.raises(InputError, match="larger than 16 MiB"):
        load(tmp_path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        load(tmp_path / "nothing.yaml")


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "estate.yaml").mkdir()
    with pytest.raises(InputError, match="this is a folder, not a file"):
        load(tmp_path)


def test_an_unknown_profile_and_a_value_without_quotes_are_told(tmp_path: Path) -> None:
    text = changed(
        "baselines: [tcvn14423-2026]",
        'baselines: ["cis-debian12:l1-sever"]\nvalues: {var_umask: 027}',
    )
    with pytest.raises(InputError) as caught:
        resolve(write(tmp_path, text), catalogue=catalogue())
    found = [str(problem) for problem in caught.value.problems]
    assert any("5:13" in one and "cis-debian12:l1-server" in one for one in found)
    assert any("6:21" in one and '"027"' in one for one in found)

"""The bill of materials of an image: what dpkg says, as CycloneDX wants it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from stacks.images.licences import SPDX, licences, parse_copyright
from stacks.images.packages import Package, parse_query, parse_records, set_digest
from stacks.images.sbom import Contents, as_text, bill, purl
from stacks.images.snapshot import snapshot_digest, suites

QUERY = "\n".join(
    "\t".join(fields)
    for fields in [
        ("libpam-runtime", "1.5.2-6+deb12u2", "all", "pam", "1.5.2-6+deb12u2",
         "Sam Hartman <hartmans@debian.org>", "",
         "debconf (>= 0.5) | debconf-2.0, debconf (>= 1.5.19) | cdebconf,"
         " libpam-modules (>= 1.0.1-6)", "", "installed"),
        ("debconf", "1.5.82", "all", "debconf", "1.5.82",
         "Debconf Developers <debconf-devel@lists.alioth.debian.org>", "", "", "debconf-2.0",
         "installed"),
        ("cron", "3.0pl1-162", "amd64", "cron", "3.0pl1-162",
         "Javier Fernández-Sanguino Peña <jfs@debian.org>",
         "init-system-helpers (>= 1.54~), cron-daemon-common",
         "libc6 (>= 2.34), python3:any, libpam-runtime", "cron-daemon", "installed"),
        ("bsdutils", "1:2.38.1-5+deb12u3", "amd64", "util-linux", "2.38.1-5+deb12u3", "", "", "",
         "", "installed"),
        ("nano", "7.2-1+deb12u1", "amd64", "nano", "7.2-1+deb12u1", "X <x@debian.org>", "", "", "",
         "config-files"),
        ("half", "1", "amd64", "half", "1", "X", "", "", "", "half-configured"),
    ]
)  # fmt: skip
PACKAGES = parse_query(QUERY)
BY_NAME = {package.name: package for package in PACKAGES}
CONTENTS = Contents(
    PACKAGES,
    {BY_NAME["cron"]: "0f" * 32},
    {BY_NAME["cron"]: ("GPL-2.0-or-later", "Paul-Vixie's-license")},
    "12",
)
ABOUT = {"govctl:recipe": "r", "govctl:checks": "c"}


def document(contents: Contents = CONTENTS, created: int = 1_700_000_000) -> dict[str, Any]:
    return bill("portal-web", contents, ABOUT, created)


def test_only_what_is_installed_counts() -> None:
    assert [package.name for package in PACKAGES] == [
        "bsdutils", "cron", "debconf", "libpam-runtime",
    ]  # fmt: skip


def test_what_a_package_needs_is_read_without_versions_and_architectures() -> None:
    assert BY_NAME["cron"].needs == (
        ("init-system-helpers",), ("cron-daemon-common",), ("libc6",), ("python3",),
        ("libpam-runtime",),
    )  # fmt: skip
    assert BY_NAME["libpam-runtime"].needs[0] == ("debconf", "debconf-2.0")
    assert BY_NAME["bsdutils"].source == "util-linux@2.38.1-5+deb12u3"


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("adduser", "3.134", "pkg:deb/debian/adduser@3.134?arch=amd64&distro=bookworm"),
        ("bsdutils", "1:2.38.1-5+deb12u3",
         "pkg:deb/debian/bsdutils@1:2.38.1-5%2Bdeb12u3?arch=amd64&distro=bookworm"),
        ("libstdc++6", "12.2.0-14~a",
         "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14~a?arch=amd64&distro=bookworm"),
    ],
)  # fmt: skip
def test_a_package_url_is_quoted_as_the_specification_says(
    name: str, version: str, expected: str
) -> None:
    assert purl(Package(name, version, "amd64")) == expected


def test_the_set_of_packages_is_known_by_names_architectures_and_versions() -> None:
    one = Package("a", "1", "amd64", "src@1", "Somebody")
    assert set_digest([one]) == set_digest([Package("a", "1", "amd64")])
    others = [Package("a", "2", "amd64"), Package("a", "1", "arm64"), Package("b", "1", "amd64")]
    assert len({set_digest([one]), *(set_digest([other]) for other in others)}) == 4
    assert set_digest([one, others[2]]) == set_digest([others[2], one])


def test_digests_of_archives_are_those_of_the_very_version() -> None:
    records = (
        "Package: cron\nArchitecture: amd64\nVersion: 3.0pl1-162\nDescription: x\n SHA256: no\n"
        "SHA256: aa\n\nPackage: cron\nArchitecture: amd64\nVersion: 3.0pl1-163\nSHA256: bb\n\n"
        "Package: local\nArchitecture: all\nVersion: 1\nStatus: install ok installed\n"
    )
    assert parse_records(records) == {
        ("cron", "3.0pl1-162", "amd64"): "aa",
        ("cron", "3.0pl1-163", "amd64"): "bb",
    }


SPDX_ID = re.compile(r"[A-Za-z0-9.-]+")
PURL = re.compile(r"pkg:deb/debian/[a-z0-9%B.-]+@[A-Za-z0-9.:~%-]+\?arch=[a-z0-9]+&distro=[a-z]+")


def broken_rules(found: dict[str, Any]) -> list[str]:
    """The rules of CycloneDX 1.6 that a bill of ours could break, and does."""
    components = found["components"]
    refs = [found["metadata"]["component"]["bom-ref"], *(one["bom-ref"] for one in components)]
    licences_ = [one["license"] for c in components for one in c.get("licenses", ())]
    hashes = [one for component in components for one in component.get("hashes", ())]
    packages = [one for one in components if one["type"] == "library"]
    needs = found["dependencies"]
    rules = {
        "format": found["bomFormat"] == "CycloneDX" and found["specVersion"] == "1.6",
        "serial": found["serialNumber"] == f"urn:uuid:{UUID(found['serialNumber'][9:])}",
        "version": isinstance(found["version"], int) and found["version"] >= 1,
        "time": bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                                  found["metadata"]["timestamp"])),
        "references are unique": len(refs) == len(set(refs)),
        "names": all(one["name"] for one in components),
        "package urls": all(PURL.fullmatch(one["purl"]) for one in packages),
        "hashes": all(one["alg"] == "SHA-256" and re.fullmatch("[0-9a-f]{64}", one["content"])
                      for one in hashes),
        "licences": all(("id" in one) != ("name" in one) for one in licences_),
        "licence ids": all(SPDX_ID.fullmatch(one["id"]) and one["id"] in SPDX.values()
                           for one in licences_ if "id" in one),
        "dependencies": {ref for one in needs for ref in (one["ref"], *one["dependsOn"])}
                        <= set(refs),
        "a row each": len({one["ref"] for one in needs}) == len(needs),
        "each once": all(len(set(one["dependsOn"])) == len(one["dependsOn"]) for one in needs),
    }  # fmt: skip
    return [name for name, kept in rules.items() if not kept]


def test_a_bill_keeps_the_rules_of_cyclonedx() -> None:
    assert broken_rules(document()) == []
    assert broken_rules(document(Contents(()))) == []


def test_a_bill_names_supplier_licences_hash_and_source_where_they_are_known() -> None:
    components = {one["name"]: one for one in document()["components"]}
    assert components["debian"] == {
        "type": "operating-system", "bom-ref": "govctl:operating-system", "name": "debian",
        "version": "12",
    }  # fmt: skip
    cron = components["cron"]
    assert cron["hashes"] == [{"alg": "SHA-256", "content": "0f" * 32}]
    assert cron["supplier"] == {
        "name": "Javier Fernández-Sanguino Peña", "contact": [{"email": "jfs@debian.org"}],
    }  # fmt: skip
    assert [one["license"] for one in cron["licenses"]] == [
        {"id": "GPL-2.0-or-later", "acknowledgement": "declared"},
        {"name": "Paul-Vixie's-license", "acknowledgement": "declared"},
    ]
    bare = components["bsdutils"]
    assert not {"hashes", "licenses", "supplier"} & bare.keys()
    assert {"name": "govctl:source", "value": "util-linux"} in bare["properties"]


def test_who_needs_whom_follows_alternatives_and_what_others_provide() -> None:
    needs = {one["ref"].split("@")[0].rpartition("/")[2]: one["dependsOn"]
             for one in document()["dependencies"]}  # fmt: skip
    assert needs["cron"] == [purl(BY_NAME["libpam-runtime"])]
    assert needs["libpam-runtime"] == [purl(BY_NAME["debconf"])]
    assert needs["debconf"] == []
    other = Package("cdebconf", "1", "amd64", provides=("debconf-2.0",))
    provided = Contents((BY_NAME["libpam-runtime"], other))
    rows = {one["ref"]: one["dependsOn"] for one in document(provided)["dependencies"]}
    assert rows[purl(BY_NAME["libpam-runtime"])] == [purl(other)]


def test_the_same_packages_give_the_same_bill_but_for_its_time() -> None:
    first, second = document(), document(created=1_800_000_000)
    assert first != second
    for one in (first, second):
        del one["metadata"]["timestamp"]
    assert as_text(first) == as_text(second)
    other = document(Contents(PACKAGES[1:]))
    assert other["serialNumber"] != first["serialNumber"]
    assert json.loads(as_text(other)) == other


COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: cron

Files: *
Copyright: 1988 Paul Vixie
License: Paul-Vixie's-license

Files: debian/*
License:   GPL-2+
 This package is free software.

License: Expat
 Permission is hereby granted, free of charge.

License: Permission to use, copy, modify, and distribute this software and its documentation
"""


def test_licences_are_declared_or_nothing_is_said() -> None:
    assert parse_copyright(COPYRIGHT) == ("GPL-2.0-or-later", "MIT", "Paul-Vixie's-license")
    assert parse_copyright("This is free software.\nLicense: GPL-2\n") == ()
    assert parse_copyright("") == ()


def test_a_folder_of_documents_may_be_a_neighbours_and_never_leads_out(tmp_path: Path) -> None:
    documents = tmp_path / "tree/usr/share/doc"
    (documents / "cron").mkdir(parents=True)
    (documents / "cron/copyright").write_text(COPYRIGHT)
    (documents / "cron-client").symlink_to("cron")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "copyright").write_text(COPYRIGHT)
    (documents / "escaping").symlink_to(outside)
    (documents / "linked").mkdir()
    (documents / "linked/copyright").symlink_to(outside / "copyright")
    tree = tmp_path / "tree"
    assert licences(tree, "cron-client") == licences(tree, "cron") != ()
    assert [licences(tree, name) for name in ("escaping", "linked", "none")] == [(), (), ()]


def test_the_mirrors_state_is_known_by_its_signed_files(tmp_path: Path) -> None:
    def signed(date: str) -> str:
        return (
            "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\n"
            f"Suite: oldstable-security\nCodename: bookworm-security\nDate: {date}\n"
        )

    assert snapshot_digest(suites(tmp_path)) == ""
    (tmp_path / "m_dists_bookworm-security_InRelease").write_text(signed("Sat, 21 Nov 2026"))
    (tmp_path / "m_dists_bookworm-security_main_binary-amd64_Packages").write_text("Package: x\n")
    (found,) = suites(tmp_path)
    assert (found.codename, found.date) == ("bookworm-security", "Sat, 21 Nov 2026")
    before = snapshot_digest([found])
    (tmp_path / "m_dists_bookworm-security_InRelease").write_text(signed("Sun, 22 Nov 2026"))
    assert snapshot_digest(suites(tmp_path)) != before

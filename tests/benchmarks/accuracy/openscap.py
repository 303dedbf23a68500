"""The rival: OpenSCAP with the content of Debian's packages, made to evaluate on this Debian.

The content is for other releases and refuses to judge this one. A copy made at run time loses the
one line that says so; conditions of single rules (a package, no container …) stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tests.benchmarks.accuracy.machines import Machine

FOLDER = Path("/usr/share/xml/scap/ssg/content")
XCCDF = "http://checklists.nist.gov/xccdf/1.2"
RULE, VALUE = "xccdf_org.ssgproject.content_rule_", "xccdf_org.ssgproject.content_value_"
_PROFILE = "xccdf_org.govctl_profile_accuracy"
_PLACE = "/run/accuracy"
_REFUSALS = re.compile(
    r'<xccdf-1\.2:platform idref="cpe:/o:[^"]*"\s*/>'
    r'|<xccdf-1\.2:select idref="xccdf_org\.ssgproject\.content_group_[^"]*" selected="false"\s*/>'
)
"""The platform, and whole groups that a profile leaves out."""
_ANY_LINUX = (
    "sysctl_", "file_owner_", "file_groupowner_", "file_permissions_", "file_ownership_",
    "file_groupownership_", "kernel_module_", "mount_option_", "sshd_", "audit_rules_", "account_",
    "group_", "directory_permissions_", "directory_owner_", "directory_group_", "partition_for_",
)  # fmt: skip
"""Rules of the Red Hat content that ask of files and the kernel what they ask of every Linux."""


@dataclass(frozen=True)
class Stream:
    """A data stream, a profile of it, and which of its rules count."""

    name: str
    profile: str
    counts: Callable[[str], bool] = lambda _rule: True

    @property
    def file(self) -> Path:
        return FOLDER / f"ssg-{self.name}-ds.xml"


STREAMS = (
    Stream("debian11", "anssi_np_nt28_restrictive"),
    Stream("ubuntu2204", "cis_level2_server"),
    Stream("rhel8", "cis", lambda rule: rule.startswith(_ANY_LINUX)),
)
"""In order: a rule is asked of the first stream that has a machine-readable test for it."""


@dataclass(frozen=True)
class Content:
    """A prepared stream: the copy, its tailoring, and the rules that it is asked."""

    stream: Stream
    copy: Path
    tailoring: Path
    rules: tuple[str, ...]


def prepare(folder: Path, rules: Iterable[str], values: Mapping[str, str]) -> list[Content]:
    """Copies without the platform check, each asked those rules that no stream before it has.

    `values`: variable → what both sides take it to be.
    """
    left = set(rules)
    prepared = []
    for stream in STREAMS:
        text = stream.file.read_text(encoding="utf-8")
        found = sorted(rule for rule in _testable(text) & left if stream.counts(rule))
        left -= set(found)
        copy = folder / f"{stream.name}.xml"
        copy.write_text(_REFUSALS.sub("", text), encoding="utf-8")
        tailoring = folder / f"{stream.name}-tailoring.xml"
        tailoring.write_text(_tailoring(stream, copy.name, text, found, values))
        prepared.append(Content(stream, copy, tailoring, tuple(found)))
    return prepared


def evaluate(machine: Machine, contents: Iterable[Content]) -> dict[str, str]:
    """Rule → `pass`, `fail`, `notapplicable` …; one niced run of oscap a stream."""
    verdicts: dict[str, str] = {}
    for content in contents:
        for file in (content.copy, content.tailoring):
            machine.push(file, f"{_PLACE}/{file.name}")
        text = machine.run(
            f"cd {_PLACE} && nice oscap xccdf eval --profile {_PROFILE} "
            f"--tailoring-file {content.tailoring.name} --results out.xml {content.copy.name} "
            f">/dev/null 2>err; cat out.xml; rm -f out.xml {content.copy.name}"
        )
        found = read(text)
        verdicts |= {rule: found[rule] for rule in content.rules if rule in found}
    return verdicts


def read(text: bytes) -> dict[str, str]:
    """Verdicts of a result file (XCCDF 1.2, TestResult), by rule."""
    result = ET.fromstring(text).find(f".//{{{XCCDF}}}TestResult")
    if result is None:
        raise ValueError("oscap left no result")
    return {
        one.get("idref", "").removeprefix(RULE): one.findtext(f"{{{XCCDF}}}result", "unknown")
        for one in result.iter(f"{{{XCCDF}}}rule-result")
    }


def _testable(text: str) -> set[str]:
    """Rules with an OVAL test; the others only tell a person what to look at."""
    whole = re.finditer(rf'<xccdf-1\.2:Rule [^>]*id="{RULE}([^"]+)".*?</xccdf-1\.2:Rule>', text,
                        re.DOTALL)  # fmt: skip
    return {one[1] for one in whole if "oval.mitre.org/XMLSchema/oval-definitions-5" in one[0]}


def _tailoring(
    stream: Stream, copy: str, text: str, rules: Iterable[str], values: Mapping[str, str]
) -> str:
    chosen = set(rules)
    lines = [
        f'<select idref="{RULE}{rule}" selected="{str(rule in chosen).lower()}"/>'
        for rule in sorted(_testable(text))
    ]
    lines += [
        f'<set-value idref="{VALUE}{name}">{escape(value)}</set-value>'
        for name, value in values.items()
        if f'id="{VALUE}{name}"' in text
    ]
    together = "\n".join(lines)  # of elements without a blank between them oscap skips every second
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Tailoring xmlns="{XCCDF}" id="xccdf_org.govctl_tailoring_accuracy">
<benchmark href="{copy}"/>
<version time="2026-01-01T00:00:00">1</version>
<Profile id="{_PROFILE}" extends="xccdf_org.ssgproject.content_profile_{stream.profile}">
<title override="true">accuracy</title>
{together}
</Profile>
</Tailoring>
"""

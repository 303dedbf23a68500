"""What rsyslog includes from elsewhere is read, without credentials, or said not to be."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from policies.families import NoArgs, log_keeping, log_transport, logging
from scanners.host import probe, stream
from scanners.host.collecting import wanted
from scanners.host.facts.log_files import SOURCE as LOG_FILES
from scanners.host.facts.log_files import LogFiles
from scanners.host.facts.logging import LOGGING, Logging, parse_logging
from scanners.host.facts.text_files import TextFiles
from scanners.host.following import rsyslog_includes
from scanners.host.model import File, Raw
from scanners.host.tree import collect_tree
from tests.scanners.host.raws import file, raw

MAIN = "$FileCreateMode 0640\n$IncludeConfig /etc/rsyslog.d/*.conf\n*.* /var/log/all\n"
WIDE = "$FileCreateMode 0666\n*.* /srv/all\n*.* @10.1.1.1\n"
LISTENS = 'module(load="imtcp")\ninput(type="imtcp" port="514")\n'
OPEN = WIDE + LISTENS + 'action(type="ommysql" server="db" pwd="hunter2")\n'
INCLUDES = {
    "legacy": "$IncludeConfig /srv/rsyslog/*.conf\n",
    "quoted": '$includeconfig "/srv/rsyslog/a.conf"  # ours\n',
    "a folder": "$IncludeConfig /srv/rsyslog/\n",
    "an object": 'include(file="/srv/rsyslog/*.conf" mode="optional")\n',
    "in a block": 'if $x == 1 then { Include( mode="required" File="/srv/rsyslog/a.conf" ) }\n',
    "one that is included": "$IncludeConfig /etc/rsyslog.more\n",
}


def _read(given: Raw) -> Logging:
    fact = parse_logging(given)
    assert isinstance(fact, Logging)
    return fact


def _tree(root: Path, include: str, there: str | None = OPEN) -> Path:
    texts = {"etc/rsyslog.conf": MAIN + include, "var/lib/dpkg/status": "",
             "etc/rsyslog.more": INCLUDES["legacy"]}  # fmt: skip
    if there is not None:
        texts["srv/rsyslog/a.conf"] = there
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def _is_open(fact: Logging) -> bool:
    return (fact.file_mode == 0o666 and [one.host for one in fact.forwards] == ["10.1.1.1"]
            and [one.loaded for one in fact.inputs] == [True] and not fact.unread)  # fmt: skip


@pytest.mark.parametrize("include", INCLUDES.values(), ids=INCLUDES)
def test_of_a_tree_whatever_is_included_counts(tmp_path: Path, include: str) -> None:
    given = collect_tree(_tree(tmp_path, include), wanted([LOGGING, LOG_FILES], live=False))
    assert _is_open(_read(given))
    assert "hunter2" not in str(given)
    files = LOG_FILES.parse(given)
    assert isinstance(files, LogFiles)
    assert "/srv/all" in files.paths


@pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/usr/bin/unshare").exists(), reason="needs unshare and root"
)
@pytest.mark.parametrize("include", INCLUDES.values(), ids=INCLUDES)
def test_of_a_host_whatever_is_included_counts(tmp_path: Path, include: str) -> None:
    tree = _tree(tmp_path, include + "$IncludeConfig /srv/secret\n")
    plan, token = wanted([LOGGING, LOG_FILES], live=True), "ab" * 16
    (tree / "srv" / "secret").symlink_to("/etc/shadow")
    steps = (
        f"mkdir {tree}/up && mount -t tmpfs none {tree}/up && mkdir {tree}/up/u {tree}/up/w",
        f"mount -t overlay -o lowerdir=/etc,upperdir={tree}/up/u,workdir={tree}/up/w none /etc",
        f"mount --bind {tree}/srv /srv",
        f"cp {tree}/etc/rsyslog.* /etc",
    )
    line = ["unshare", "--mount", "sh", "-c", " && ".join([*steps, "exec sh"])]
    done = subprocess.run(line, input=probe.script(plan, token).encode(), capture_output=True,
                          check=False, timeout=120)  # fmt: skip
    given = stream.parse(done.stdout, plan, token)
    assert given is not None, done.stderr
    fact = _read(given)
    assert fact.unread == ("/srv/secret",), "what holds hashes is never read"
    assert _is_open(replace(fact, unread=()))
    assert "hunter2" not in str(given)


def test_an_include_that_names_nothing_adds_nothing(tmp_path: Path) -> None:
    tree = _tree(tmp_path, INCLUDES["legacy"], None)
    fact = _read(collect_tree(tree, wanted([LOGGING], live=False)))
    assert (fact.file_mode, fact.unread) == (0o640, ())


SILENT: dict[str, tuple[str, dict[str, File]]] = {
    "older facts": (INCLUDES["legacy"], {}),
    "one of many": (INCLUDES["legacy"], {"/srv/rsyslog/a.conf": file("/srv/rsyslog/a.conf", "")}),
    "unreadable": (INCLUDES["quoted"], {"/srv/rsyslog/a.conf": file("/srv/rsyslog/a.conf", None)}),
    "a text": ("include(text=`cat /srv/x`)\n", {}),
    "without a name": ("include()\n", {}),
    "relative": ('include(file="x.conf")\n', {}),
    "on two lines": ('include(\n file="/srv/x.conf")\n', {}),
    "itself": ("$IncludeConfig /etc/rsyslog.conf\n", {}),
    "a folder in a folder": (
        "$IncludeConfig /etc/rsyslog.d/sub\n",
        {"/etc/rsyslog.d/sub": file("/etc/rsyslog.d/sub", None, kind="directory")},
    ),
}


@pytest.mark.parametrize(("include", "files"), SILENT.values(), ids=SILENT)
def test_what_was_not_read_lets_nothing_pass(include: str, files: dict[str, File]) -> None:
    fact = _read(raw({"/etc/rsyslog.conf": MAIN + include, **files}, live=True))
    assert fact.unread
    mode = logging.ModeArgs(mode="0640")
    assert logging.file_mode(mode, fact).status == "not-evaluated"
    assert log_transport.no_inputs(NoArgs(), fact).status == "not-evaluated"
    inputs = log_transport.InputArgs(modules=("imtcp",))
    assert log_transport.inputs(inputs, fact).status == "not-evaluated"
    assert logging.forward(logging.ForwardArgs(), fact).status == "not-evaluated"
    assert logging.stream(logging.StreamArgs(setting="mode"), fact).status == "not-evaluated"
    kept = log_keeping.KeptArgs(folder="/var/log/hosts", minimum=30, paths=())
    assert log_keeping.kept(kept, TextFiles({}), fact).status == "not-evaluated"


def test_what_is_settled_stands_whatever_was_not_read() -> None:
    text = MAIN + WIDE + LISTENS + INCLUDES["legacy"]
    fact = _read(raw({"/etc/rsyslog.conf": text}, live=True))
    assert fact.unread == ("/srv/rsyslog/*.conf",)
    assert logging.file_mode(logging.ModeArgs(mode="0640"), fact).status == "fail"
    assert logging.forward(logging.ForwardArgs(), fact).status == "fail"
    assert log_transport.no_inputs(NoArgs(), fact).status == "fail"
    inputs = log_transport.InputArgs(modules=("imtcp",))
    assert log_transport.inputs(inputs, fact).status == "pass"


def test_in_a_part_of_a_machine_what_lies_elsewhere_is_not_known(tmp_path: Path) -> None:
    tree = _tree(tmp_path, INCLUDES["legacy"], None)
    (tree / "var/lib/dpkg/status").unlink()
    fact = _read(collect_tree(tree, wanted([LOGGING], live=False)))
    assert fact.unread == ("/srv/rsyslog/*.conf",)


def test_names_of_includes() -> None:
    names = rsyslog_includes(()).names
    text = b'$IncludeConfig /a/*.conf\n #include(file="/b")\ninclude( mode="optional" file="/c/")\n'
    assert names(text + b'action(type="omfile" file="/var/log/x")\n') == ("/a/*.conf", "/b", "/c/*")

"""The daemon of machines: started where nothing starts it, and asked."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

from govctl.doctor import lxd, space
from govctl.doctor.flavour import Flavour
from govctl.errors import MissingPrerequisite
from tests.doctor.hosts import HERE

DAEMON = dedent("""
    import http.server, json, socketserver, sys
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            about = {"auth": "trusted", "environment": {"server_version": "5.0.2"}}
            body = json.dumps({"type": "sync", "metadata": about}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        def log_message(self, *_):
            pass
        def address_string(self):
            return "-"
    with socketserver.UnixStreamServer(sys.argv[1], Answer) as server:
        server.timeout = 20
        for _ in range(2):
            server.handle_request()
""")


def test_where_no_init_system_runs_the_daemon_is_started_and_waited_for(tmp_path: Path) -> None:
    command = (sys.executable, "-c", DAEMON, str(tmp_path / "unix.socket"))
    home = Flavour("lxd", (), None, "", command, tmp_path)
    lxd.start(HERE, home, tmp_path / "log")
    about = lxd.server(home)
    assert about is not None
    assert about["environment"]["server_version"] == "5.0.2"


def test_incus_without_a_pool_answers_null_and_the_pool_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = DAEMON.replace(
        "body = json", "about = None if 'pools' in self.path else about\n        body = json"
    ).replace("range(2)", "range(3)")
    home = Flavour("incus", (), None, "", ("python3",), tmp_path)
    command = [sys.executable, "-c", script, str(tmp_path / "unix.socket")]
    monkeypatch.setattr(lxd, "flavour_for", lambda _: home)
    with subprocess.Popen(command):
        while lxd.server(home) is None:
            time.sleep(0.05)
        state = lxd.Pool().look(HERE)
    assert (state.condition, state.found.render("en")) in {
        ("missing", "not there"),
        ("missing", space.pool_size(space.free_bytes(tmp_path)).why.render("en")),
    }


def test_a_daemon_that_ends_at_once_is_not_waited_for(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "raise SystemExit('no cgroups here')")
    home = Flavour("lxd", (), None, "", command, tmp_path)
    with pytest.raises(MissingPrerequisite, match="ended at once"):
        lxd.start(HERE, home, tmp_path / "log")
    assert "no cgroups here" in (tmp_path / "log").read_text()

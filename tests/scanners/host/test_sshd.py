from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scanners.host.facts.sshd import SOURCE, Sshd
from scanners.host.formats import sshd_config
from scanners.host.model import Missing, Raw
from tests.scanners.host.raws import file, output, raw, recorded

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
DEBIAN = "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nX11Forwarding yes\n"

CONFIGS = {
    "empty": "",
    "the first value counts": "PermitRootLogin no\nPermitRootLogin yes\n",
    "any case and an equals sign": "permitROOTlogin=no\nPasswordAuthentication = no\n",
    "quotes and comments": 'Banner "/etc/issue.net" # why\nMaxAuthTries "3"\n',
    "words in any case": "PermitRootLogin No\nLogLevel verbose\nX11Forwarding YES\n",
    "another name for the same": "PermitRootLogin prohibit-password\n",
    "an old keyword": "ChallengeResponseAuthentication no\n",
    "times": "LoginGraceTime 1m30s\nClientAliveInterval 5m\n",
    "two ports": "Port 22\nPort 2222\n",
    "addresses": "ListenAddress 10.0.0.1\nListenAddress [fd00::1]:2022\n",
    "lists grow": "AllowGroups a b\nAllowGroups c\nAcceptEnv X\nAcceptEnv Y Z\n",
    "algorithms added": "Ciphers +aes128-cbc\n",
    "algorithms gone": "MACs -*sha1*,umac-64*\nKexAlgorithms -diffie-hellman-group14-sha256\n",
    "algorithms in front": "HostKeyAlgorithms ^rsa-sha2-512\n",
    "algorithms named": "Ciphers aes256-gcm@openssh.com,aes256-ctr\n",
    "starts": "MaxStartups 10\n",
    "a match block is no global setting": "X11Forwarding no\nMatch User bob\n  X11Forwarding yes\n",
    "trailing spaces and tabs": "\tMaxSessions\t4  \n   AllowTcpForwarding local   \n",
    "subsystems": "Subsystem sftp internal-sftp -l INFO\n",
    "no banner": "Banner NONE\n",
}
UNTOLD = {"hostkey"}
"""sshd prints the keys that it was given on its command line here."""


@pytest.mark.skipif(SSHD is None, reason="no OpenSSH server here")
@pytest.mark.parametrize("name", CONFIGS)
def test_computed_options_are_those_of_sshd(name: str, tmp_path: Path) -> None:
    assert SSHD is not None
    key, config = tmp_path / "key", tmp_path / "sshd_config"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", str(key)], check=True)
    config.write_text(CONFIGS[name])
    Path("/run/sshd").mkdir(exist_ok=True)
    done = subprocess.run(
        [SSHD, "-T", "-f", str(config), "-h", str(key)], capture_output=True, text=True, check=True
    )
    told = sshd_config.parse_dump(done.stdout)
    files = sshd_config.Files(lambda path: CONFIGS[name] if path == "c" else None, lambda _glob: [])
    computed = sshd_config.effective(sshd_config.read("c", files))
    different = {
        keyword: (computed.get(keyword), told.get(keyword))
        for keyword in computed.keys() | told.keys()
        if sorted(computed.get(keyword, ())) != sorted(told.get(keyword, ()))
    }
    assert {key: value for key, value in different.items() if key not in UNTOLD} == {}


def tree(main: str, **drop_ins: str) -> Sshd:
    files = {"/etc/ssh/sshd_config": file("/etc/ssh/sshd_config", main),
             "/usr/sbin/sshd": file("/usr/sbin/sshd", None)}  # fmt: skip
    for name, text in drop_ins.items():
        path = f"/etc/ssh/sshd_config.d/{name}.conf"
        files[path] = file(path, text)
    fact = SOURCE.parse(raw(files))
    assert isinstance(fact, Sshd)
    return fact


@pytest.mark.skipif(SSHD is None, reason="no OpenSSH server here")
@pytest.mark.parametrize("condition", ["all", "User an"])
def test_sshd_refuses_in_a_match_block_what_is_refused_here(condition: str, tmp_path: Path) -> None:
    assert SSHD is not None
    key, config = tmp_path / "key", tmp_path / "sshd_config"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", str(key)], check=True)
    Path("/run/sshd").mkdir(exist_ok=True)
    for keyword in ("Ciphers aes256-ctr", "UsePAM yes", "LoginGraceTime 60", "Banner /etc/issue",
                    "PermitRootLogin no", "MaxStartups 10:30:60"):  # fmt: skip
        text = f"Match {condition}\n{keyword}\n"
        config.write_text(text)
        done = subprocess.run(
            [SSHD, "-t", "-f", str(config), "-h", str(key)], capture_output=True, check=False
        )
        files = sshd_config.Files({"c": text}.get, lambda _glob: [])
        assert bool(sshd_config.read("c", files).refused) is bool(done.returncode), keyword


def test_an_include_at_the_top_wins_over_the_file_that_includes() -> None:
    fact = tree(
        DEBIAN + "PermitRootLogin yes\n", a="PermitRootLogin no\n", b="PermitRootLogin yes\n"
    )
    assert fact.options["permitrootlogin"] == ("no",)
    assert fact.options["x11forwarding"] == ("yes",)
    assert fact.source == (
        "/etc/ssh/sshd_config, /etc/ssh/sshd_config.d/a.conf, /etc/ssh/sshd_config.d/b.conf"
    )


def test_an_include_at_the_end_loses() -> None:
    fact = tree("PermitRootLogin yes\nInclude sshd_config.d/*.conf\n", a="PermitRootLogin no\n")
    assert fact.options["permitrootlogin"] == ("yes",)


def test_a_match_block_ends_with_the_included_file_that_opened_it() -> None:
    fact = tree(DEBIAN + "PermitRootLogin no\n", a="Match User bob\nPermitRootLogin yes\n")
    assert fact.options["permitrootlogin"] == ("no",)
    assert fact.matches == ("User bob",)
    assert fact.match_options == {"permitrootlogin": ("yes",)}


def test_a_file_that_includes_itself_ends() -> None:
    fact = tree("Include /etc/ssh/sshd_config\nPermitRootLogin no\n")
    assert fact.options["permitrootlogin"] == ("no",)


@pytest.mark.parametrize(
    ("unit", "root"),
    [
        ("[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D -o PermitRootLogin=yes\n", "yes"),
        ("[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D $SSHD_OPTS\n", "forced-commands-only"),
        ('[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D "-o PermitRootLogin yes"\n', "yes"),
        ("[Service]\nExecStart=\nExecStart=/usr/sbin/sshd -D\n", "no"),
        ("[Service]\nRestart=always\n", "forced-commands-only"),
    ],
)
def test_the_command_of_the_service_comes_before_any_file(unit: str, root: str) -> None:
    fact = SOURCE.parse(raw({
        "/etc/ssh/sshd_config": "PermitRootLogin no\n", "/usr/sbin/sshd": "",
        "/etc/default/ssh": "SSHD_OPTS='-o PermitRootLogin=forced-commands-only'\n",
        "/etc/systemd/system/ssh.service.d/x.conf": unit,
    }))  # fmt: skip
    assert isinstance(fact, Sshd)
    assert fact.options["permitrootlogin"] == (root,)


def test_another_configuration_in_the_command_of_the_service_is_not_known() -> None:
    unit = "[Service]\nExecStart=/usr/sbin/sshd -D -f /etc/ssh/other\n"
    files = {
        "/etc/ssh/sshd_config": "",
        "/usr/sbin/sshd": "",
        "/etc/systemd/system/ssh.service": unit,
    }
    assert isinstance(SOURCE.parse(raw(files)), Missing)


def live(stdout: bytes, status: int = 0, stderr: str = "") -> Sshd | Missing:
    config = DEBIAN + "Match all\nBanner /x\n"
    files = {"/etc/ssh/sshd_config": file("/etc/ssh/sshd_config", config),
             "/usr/sbin/sshd": file("/usr/sbin/sshd", None)}  # fmt: skip
    return SOURCE.parse(raw(files, {"sshd": output(stdout, status, stderr)}))


def test_a_running_host_answers_by_itself() -> None:
    fact = live(recorded("sshd.txt"))
    assert isinstance(fact, Sshd)
    assert fact.source == "sshd -T"
    assert fact.options["permitrootlogin"] == ("without-password",)
    assert fact.options["acceptenv"] == ("LANG", "LC_*")
    assert fact.match_options == {"banner": ("/x",)}


def test_files_that_a_running_server_has_not_read_are_named() -> None:
    changed = b"# newer: /etc/ssh/sshd_config\n# newer: /etc/ssh/sshd_config.d\n"
    fact = live(recorded("sshd.txt") + changed)
    assert isinstance(fact, Sshd)
    assert fact.unread == ("/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d")
    assert fact.options["permitrootlogin"] == ("without-password",)


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_what_changed_since_the_server_read_it_is_told_by_the_host(
    tmp_path: Path, shell: str
) -> None:
    def said() -> tuple[int, list[str]]:
        line = SOURCE.commands[0].line
        for name, stand_in in (
            ("/usr/sbin/sshd -T", "(exit 3)"),
            ("/etc/", f"{tmp_path}/"),
            ("/run/sshd.pid", f"{tmp_path}/pid"),
        ):
            line = line.replace(name, stand_in)
        done = subprocess.run([shell, "-c", line], capture_output=True, text=True, timeout=60,
                              check=False)  # fmt: skip
        assert not done.stderr
        return done.returncode, done.stdout.split("\n")[:-1]

    ssh, more = tmp_path / "ssh", tmp_path / "ssh" / "more"
    (ssh / "sshd_config.d").mkdir(parents=True)
    (tmp_path / "default").mkdir()
    more.mkdir()
    files = [ssh / "sshd_config", ssh / "sshd_config.d" / "a.conf", more / "b.conf"]
    for one in files:
        one.write_text(f"Include {ssh}/sshd_config.d/*.conf\nInclude more/*.conf nowhere\n")
    (tmp_path / "default" / "ssh").write_text("")
    assert said() == (3, [])
    read = tmp_path / "pid"
    read.write_text("1")
    os.utime(read, ns=(0, 10**18))
    for one in tmp_path.rglob("*"):
        os.utime(one, ns=(0, 10**18))
    assert said() == (3, [])
    for one in (*files, tmp_path / "default" / "ssh"):
        os.utime(one, ns=(0, 10**18 + 10**9))
    assert said() == (3, [f"# newer: {one}" for one in
                          (files[0], tmp_path / "default" / "ssh", *files[1:])])  # fmt: skip


def test_a_stopped_server_that_cannot_test_itself_is_computed() -> None:
    fact = live(b"", 255, "Missing privilege separation directory: /run/sshd")
    assert isinstance(fact, Sshd)
    assert fact.source == "/etc/ssh/sshd_config"


@pytest.mark.parametrize(
    ("status", "stderr"), [(255, "/etc/ssh/sshd_config: line 3: Bad option"), (124, ""), (0, "")]
)
def test_a_server_that_refuses_its_configuration_has_no_options(status: int, stderr: str) -> None:
    fact = live(b"", status, stderr)
    assert isinstance(fact, Missing)


def _database(*paragraphs: str) -> Raw:
    path = "/var/lib/dpkg/status"
    return raw({path: file(path, "\n\n".join(paragraphs) + "\n")})


LIBC = "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9"


@pytest.mark.parametrize(
    "state", [[], ["Package: openssh-server\nStatus: deinstall ok config-files\nVersion: 1"]]
)
def test_without_a_server_there_is_nothing_to_judge(state: list[str]) -> None:
    assert SOURCE.parse(_database(LIBC, *state)) == Sshd(installed=False, options={})


def test_a_part_of_a_machine_without_its_configuration_says_nothing() -> None:
    assert isinstance(SOURCE.parse(raw({})), Missing)


def test_a_backup_of_etc_is_read_as_debians_server_would() -> None:
    path = "/etc/ssh/sshd_config"
    fact = SOURCE.parse(raw({path: file(path, "PermitRootLogin no\n")}))
    assert isinstance(fact, Sshd)
    assert fact.installed
    assert fact.options["permitrootlogin"] == ("no",)
    assert fact.options["usepam"] == ("no",)


def test_drop_ins_alone_stand_before_debians_main_file() -> None:
    path = "/etc/ssh/sshd_config.d/10-site.conf"
    fact = SOURCE.parse(raw({path: file(path, "X11Forwarding no\n")}))
    assert isinstance(fact, Sshd)
    assert fact.options["x11forwarding"] == ("no",)
    assert fact.options["usepam"] == ("yes",)


def test_what_holds_for_every_connection_is_global_too() -> None:
    fact = tree("Match all\nPermitRootLogin no\nMatch User bob\nPermitRootLogin yes\n")
    assert fact.options["permitrootlogin"] == ("no",)
    assert fact.match_options == {"permitrootlogin": ("no", "yes")}


@pytest.mark.parametrize(
    ("lines", "refused"),
    [
        ("PermitRootLogin no\nPermitRootLogin bad\n", {"permitrootlogin": ("bad",)}),
        ("permitemptypasswords\n", {"permitemptypasswords": ("",)}),
        ("UsePAM yes please\n", {"usepam": ("yes please",)}),
        ("Match User an\n  MaxAuthTries many\n", {"maxauthtries": ("many",)}),
        ("LoginGraceTime soon\nLogLevel LOUD\n", {"logingracetime": ("soon",),
                                                   "loglevel": ("LOUD",)}),
        ("PERMITROOTLOGIN Prohibit-Password\nCompression delayed\nIgnoreRhosts shosts-only\n", {}),
        ("PermitUserEnvironment LANG,LC_*\nLoginGraceTime 1m30\nLogLevel debug3\n", {}),
        ("GatewayPorts clientspecified\nAllowTcpForwarding local\nBanner none\n", {}),
        ("X11Forwarding no # not here\nClientAliveCountMax 0\n", {}),
    ],
)  # fmt: skip
def test_values_with_which_sshd_does_not_start(
    lines: str, refused: dict[str, tuple[str, ...]]
) -> None:
    assert tree(lines).refused == refused


@pytest.mark.parametrize(
    ("line", "option", "value"),
    [
        ('SSHD_OPTS="-o PermitRootLogin=yes"', "permitrootlogin", "yes"),
        ("SSHD_OPTS=-oPermitRootLogin=Yes -4", "permitrootlogin", "yes"),
        ("#SSHD_OPTS=-oPermitRootLogin=yes", "permitrootlogin", "no"),
        ("SSHD_OPTS=-oPermitRootLogin=yes\nSSHD_OPTS=", "permitrootlogin", "no"),
        ("SSHD_OPTS='-D -o ClientAliveInterval=5m'", "clientaliveinterval", "300"),
    ],
)
def test_what_the_service_gives_sshd_comes_before_its_files(
    line: str, option: str, value: str
) -> None:
    files = {"/usr/sbin/sshd": "", "/etc/ssh/sshd_config": "PermitRootLogin no\n"}
    fact = SOURCE.parse(raw({**files, "/etc/default/ssh": f"{line}\n"}))
    assert isinstance(fact, Sshd)
    assert fact.options[option] == (value,)


def test_another_file_that_nobody_read_leaves_no_fact() -> None:
    files = {"/usr/sbin/sshd": "", "/etc/ssh/sshd_config": "PermitRootLogin no\n"}
    other = {"/etc/default/ssh": 'SSHD_OPTS="-f /etc/ssh/other"\n'}
    assert isinstance(SOURCE.parse(raw(files | other)), Missing)

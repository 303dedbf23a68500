"""The SSH server's effective options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from govctl.texts import msg
from scanners.host.facts.software import STATUS, tree_has
from scanners.host.following import includes
from scanners.host.formats import ini, sshd_config
from scanners.host.model import Command, Missing, Raw, Source
from scanners.host.reading import (
    drop_ins,
    file_text,
    is_null,
    matching,
    output_of,
    text_of,
)

_CONFIG = "/etc/ssh/sshd_config"
_PROGRAM = "/usr/sbin/sshd"
_DUMP = "sshd -T"
_DEFAULTS = "/etc/default/ssh"
_UNIT = "/etc/systemd/system/ssh.service"
_UNIT_DROP_INS = tuple(
    f"{folder}/systemd/system/ssh.service.d"
    for folder in ("/etc", "/run", "/usr/local/lib", "/usr/lib")
)


_READ = "/run/sshd.pid"
"""Written whenever a server reads its configuration: at its start and at each reload."""
_NEWER = f"""\
said=$?; cd /etc/ssh && [ -e {_READ} ] && for one in sshd_config sshd_config.d {_DEFAULTS} \
$(sed -nE 's/^[[:blank:]]*[Ii]nclude[[:blank:]]+//p' sshd_config)
do case $one in /*) ;; *) one=/etc/ssh/$one ;; esac
[ "$one" -nt {_READ} ] && echo "# newer: $one"; done; exit $said"""


@dataclass(frozen=True)
class Sshd:
    """Options as sshd itself would use them (`sshd -T`; in a tree, as sshd_config(5) says)."""

    installed: bool
    options: Mapping[str, tuple[str, ...]]
    """Lower-case keyword → its values, one element per occurrence (`port` may have two)."""
    matches: tuple[str, ...] = ()
    """Conditions of Match blocks, in order; a check on an option that one sets must say so."""
    match_options: Mapping[str, tuple[str, ...]] | None = None
    """Keyword → every value that any Match block gives it."""
    source: str = ""
    """`sshd -T`, or the files it was computed from."""
    refused: Mapping[str, tuple[str, ...]] | None = None
    """Keyword → values with which sshd does not start, wherever they stand."""
    unread: tuple[str, ...] = ()
    """Files that changed after the running server last read its configuration."""


def parse(raw: Raw) -> Sshd | Missing:
    """Ask sshd; where it only lacks the directory or keys of a running server, compute."""
    installed = _is_installed(raw)
    if installed is False:
        return Sshd(False, {})
    given = _problem(raw, installed) or _given(raw)
    if isinstance(given, Missing):
        return given
    text = partial(_debian if installed is None else _text, raw)
    files = sshd_config.Files(text, partial(_glob, raw))
    reading = sshd_config.read(_CONFIG, files)
    if not raw.live or _cannot_test(raw):
        if not reading.files:
            return Missing(msg("there is no {path}", path=_CONFIG))
        options, source = sshd_config.effective(reading), ", ".join(reading.files)
    else:
        said = output_of(raw, "sshd")
        if isinstance(said, Missing):
            return said
        options, source = sshd_config.parse_dump(said), _DUMP
        if "port" not in options:
            return Missing(msg("{command} says nothing that can be read", command="sshd -T"))
    unread = _unread(raw) if source == _DUMP else ()
    options = {**options, **given}  # what sshd is started with comes before any file
    found = {key: tuple(values) for key, values in reading.match_options.items()}
    refused = {key: tuple(values) for key, values in reading.refused.items()
               if source != _DUMP}  # fmt: skip
    return Sshd(True, options, tuple(reading.matches), found, source, refused, unread)


def _unread(raw: Raw) -> tuple[str, ...]:
    said = output_of(raw, "sshd")
    text = said if isinstance(said, str) else ""
    return tuple(dict.fromkeys(re.findall(r"(?m)^# newer: (.+)$", text)))


def _given(raw: Raw) -> dict[str, tuple[str, ...]] | Missing:
    """Options that ssh.service gives to sshd: `-o` in its command or in SSHD_OPTS."""
    words = _command(raw)
    if isinstance(words, Missing):
        return words
    options: dict[str, tuple[str, ...]] = {}
    for word, after in zip_longest(words, words[1:], fillvalue=""):
        value = word[2:] or after
        if word.startswith("-f") and value != _CONFIG:
            return Missing(msg("{path} could not be read", path=value))
        keyword, values = sshd_config.split(value) if word.startswith("-o") else ("", [])
        if values:
            options.setdefault(keyword, (sshd_config.normal(keyword, " ".join(values)),))
    return options


def _command(raw: Raw) -> list[str] | Missing:
    """The words with which ssh.service starts sshd, as its own unit or a drop-in has them."""
    unit = raw.files.get(_UNIT)
    files = [unit] if unit is not None and not is_null(unit) else []
    texts = [file_text(file) for file in [*files, *drop_ins(raw, _UNIT_DROP_INS)]]
    given = text_of(raw, _DEFAULTS)
    for text in (given, *texts):
        if isinstance(text, Missing):
            return text
    found = re.findall(r"(?m)^[ \t]*SSHD_OPTS[ \t]*=[ \t]*(.*?)[ \t]*$", str(given or ""))
    usual = found[-1].strip("\"'").split() if found else []
    said = ini.words(map(str, texts), "Service", "execstart")
    if not said:
        return usual
    words = [one.strip("\"'") for one in re.findall(r"\"[^\"]*\"|'[^']*'|\S+", " ".join(said))]
    own = [usual if word in ("$SSHD_OPTS", "${SSHD_OPTS}") else [word] for word in words]
    return [word for part in own for word in part]


def _problem(raw: Raw, installed: bool | None) -> Missing | None:
    """Why nothing can be said of the configuration."""
    if installed is None and not _configuration(raw):
        return Missing(msg("nothing here tells whether there is an SSH server"))
    for file in _configuration(raw):
        if isinstance(text_of(raw, file), Missing):
            return Missing(msg("{path} could not be read", path=file))
    return None


def _is_installed(raw: Raw) -> bool | None:
    """None where only a part of a machine's files is there, and neither program nor database."""
    if _PROGRAM in raw.files:
        return True
    return False if raw.live else tree_has(raw, "openssh-server")


def _cannot_test(raw: Raw) -> bool:
    """True where sshd -T failed for want of what only a started server has."""
    output = raw.outputs.get("sshd")
    if output is None or output.status == 0:
        return False
    return b"Missing privilege separation" in output.stderr or b"no hostkeys" in output.stderr


def _configuration(raw: Raw) -> list[str]:
    main = [_CONFIG] if _CONFIG in raw.files else []
    return [*main, *_glob(raw, "/etc/ssh/sshd_config.d/*.conf")]


def _text(raw: Raw, path: str) -> str | None:
    text = text_of(raw, path)
    return text if isinstance(text, str) else None


def _debian(raw: Raw, path: str) -> str | None:
    """As above; of drop-ins alone it is supposed that Debian's own main file reads them."""
    return _DEBIAN if path == _CONFIG and path not in raw.files else _text(raw, path)


_DEBIAN = """\
Include /etc/ssh/sshd_config.d/*.conf
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
"""


def _glob(raw: Raw, pattern: str) -> list[str]:
    return [file.path for file in matching(raw, pattern) if file.kind != "directory"]


SOURCE = Source(
    Sshd,
    parse,
    files=(
        _CONFIG,
        "/etc/ssh/sshd_config.d/*.conf",
        _DEFAULTS,
        _UNIT,
        *(f"{folder}/*.conf" for folder in _UNIT_DROP_INS),
    ),
    stats=(_PROGRAM,),
    tree_files=STATUS,
    follows=(includes((_CONFIG, "/etc/ssh/sshd_config.d/*.conf"), ("include",), "/etc/ssh"),),
    commands=(Command("sshd", f"{_PROGRAM} -T; {_NEWER}", timeout=10, limit=1 << 17),),
)

"""The work of patching, as jobs of the host's own systemd.

A job outlives the connection that began it: a network that fails, or a Ctrl-C here, must not stop
dpkg halfway. Its script and its log lie in /run/govctl-patch, which only root reads.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from govctl.texts import Message, msg
from scanners.host.model import Command, Output
from scanners.host.patching.running import SERVICE, Way
from scanners.host.patching.updates import NOT_ROOT, complaint, pinned_words
from scanners.host.reading import failure_of, printable

LOCK_SECONDS = 300
"""How long another program may keep the lock of dpkg or apt."""
INSTALL_SECONDS = 1800
RESTART_SECONDS = 300
_STEP = re.compile(r"^@step (\S+) ([0-9]{1,3})$", re.MULTILINE)
_FOLDER = "/run/govctl-patch"

_JOB = r"""[ "$(id -u)" = 0 ] || exit 77
[ -d /run/systemd/system ] && command -v systemd-run >/dev/null || exit 3
umask 077
mkdir -p {folder} || exit 1
busy() {{
  case $(systemctl show -p ActiveState --value govctl-patch.service) in
    inactive|failed) return 1 ;; # nothing at all while systemd starts itself anew
  esac
}}
while busy; do sleep 1; done
rm -f {folder}/log
printf '%s\n' {script} >{folder}/job.new && mv {folder}/job.new {folder}/job || exit 1
systemd-run --quiet --collect --unit=govctl-patch \
  -p StandardOutput=append:{folder}/log -p StandardError=append:{folder}/log \
  -p TimeoutStopSec=600 /bin/sh {folder}/job || exit 1
sleep 0.2
while busy; do sleep 0.5; done
cat {folder}/log"""

_HEAD = r"""umask 022
trap 'printf "\n@end\n"' EXIT
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
step() {
  name=$1; shift
  "$@"
  status=$?
  printf '\n@step %s %s\n' "$name" "$status"
  return $status
}
"""

# What configure and repair cannot finish, a newer version of the package may.
# needrestart is told to be quiet: what is restarted is decided and told by govctl.
_INSTALL = r"""export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical
export APT_LISTCHANGES_FRONTEND=none UCF_FORCE_CONFFOLD=1 NEEDRESTART_SUSPEND=1
holder() {
  for file in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock \
      /var/cache/apt/archives/lock; do
    inode=$(stat -c %i "$file" 2>/dev/null) || continue
    for pid in $(awk -v end=":$inode" '
        $2 == "POSIX" && substr($6, length($6) - length(end) + 1) == end { print $5 }' /proc/locks)
    do
      ls -l "/proc/$pid/fd" 2>/dev/null | grep -q -F -- "-> $file" || continue
      echo "$(head -n 1 "/proc/$pid/comm") (process $pid)"
      return 0
    done
  done
  return 1
}
wait_for_lock() {
  left={lock}
  while who=$(holder); do
    [ "$left" -gt 0 ] || { echo "E: $who holds the lock of the packages"; return 75; }
    [ "$left" -ne {lock} ] || echo "waiting for $who"
    left=$((left - 1)); sleep 1
  done
}
unfinished() {
  ls /var/lib/dpkg/updates/[0-9]* >/dev/null 2>&1 ||
    dpkg-query -W -f='${db:Status-Status}\n' | grep -E -q '^(half-|unpacked|triggers-)'
}
get() {
  apt-get -q -y -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confdef \
    -o Dpkg::Options::=--force-confold "$@"
}
step lock wait_for_lock || exit
if unfinished; then
  step configure dpkg --force-confdef --force-confold --configure -a
  step repair get --no-remove -f install
fi
"""
# One package that apt refuses does not keep the others out: then each is played through first.
_UPGRADE = r"""step lists get update
upgrade() { get --no-remove --only-upgrade "$@"; }
set -- {words}
if upgrade -s install "$@" >/dev/null 2>&1; then fit=$*
else
  fit=
  for word; do
    if upgrade -s install $fit "$word" >/dev/null 2>&1; then fit="$fit $word"
    else step "$word" upgrade -s install $fit "$word"
    fi
  done
fi
[ -z "$fit" ] || step install upgrade install $fit
"""

_RESTART = r"""act() {
  case $2 in
  reexec) systemctl daemon-reexec ;;
  reload) /usr/sbin/sshd -t && systemctl reload "$1" && sleep 1 && systemctl is-active -q "$1" ;;
  restart)
    if [ "$(systemctl show -p RefuseManualStop --value "$1")" = yes ]; then
      echo "E: $1 does not let itself be stopped"; return 4
    fi
    timeout 90 systemctl restart "$1" && sleep 1 && systemctl is-active -q "$1" && return 0
    echo "E: $1 is $(systemctl is-active "$1") after the restart"
    systemctl status --no-pager --lines=3 "$1" | tail -n 3
    return 1 ;;
  esac
}
systemctl daemon-reload
"""


@dataclass(frozen=True)
class Done:
    """One step of a job."""

    step: str
    """`lock`, `configure`, `repair`, `lists`, `install`, `package=version` of one that apt refuses,
    or the name of a unit."""
    status: int
    said: str
    """Why it failed, in a line; empty if it did not."""

    @property
    def ok(self) -> bool:
        """True if it ended well."""
        return self.status == 0


@dataclass(frozen=True)
class Work:
    """What came of a job."""

    steps: tuple[Done, ...]
    failure: Message | None
    """Why it is not known how the job ended, or did not begin."""
    log: str
    """All of its output; control characters removed."""


def install(chosen: Iterable[tuple[str, str]]) -> Command:
    """Finish what dpkg was interrupted in, then bring these packages to these versions.

    Packages are never removed, and a changed configuration file stays as it is. Raises ValueError
    for what is no name or no version.
    """
    return _job("install", install_script(chosen), INSTALL_SECONDS)


def install_script(chosen: Iterable[tuple[str, str]]) -> str:
    """What that job runs: steps, each followed by its status; it ends at the first that must not
    be passed over."""
    words = pinned_words(chosen)
    script = _HEAD + _INSTALL.replace("{lock}", str(LOCK_SECONDS))
    return script + (_UPGRADE.replace("{words}", words) if words else "")


def restart(units: Sequence[tuple[str, Way]]) -> Command:
    """Let these units take up their new files, one after another."""
    lines = []
    # systemd itself comes last: what asks it meanwhile gets no answer.
    for unit, way in sorted(units, key=lambda one: one[1] == "reexec"):
        if not SERVICE.fullmatch(unit) and unit != "init.scope":
            raise ValueError(unit)
        lines.append(f"step {shlex.quote(unit)} act {shlex.quote(unit)} {way}")
    script = _HEAD + _RESTART + "\n".join(lines) + "\n"
    return _job("restart", script, RESTART_SECONDS)


def _job(name: str, script: str, seconds: int) -> Command:
    line = _JOB.format(folder=_FOLDER, script=shlex.quote(f"{script}exit 0"))
    return Command(name, line, seconds, limit=1 << 22)


def work_of(output: Output | None) -> Work:
    """Read what a job printed; without its output nobody knows how it ended."""
    if output is None:
        return Work((), msg("the connection broke off; the host may still be at work"), "")
    log = "\n".join(
        printable(line) for line in output.stdout.decode("utf-8", "replace").splitlines()
    )
    if output.status == NOT_ROOT:
        return Work((), msg("only root can patch"), log)
    if output.status == 3:
        return Work((), msg("there is no systemd that could do the work"), log)
    steps, place = [], 0
    for match in _STEP.finditer(log):
        status = int(match[2])
        said = complaint(log[place : match.start()]) if status else ""
        steps.append(Done(match[1], status, said))
        place = match.end()
    failure = failure_of(replace(output, line="systemd-run"))
    if failure is None and "\n@end" not in log:
        failure = msg("the job did not come to its end")
    return Work(tuple(steps), failure, log)

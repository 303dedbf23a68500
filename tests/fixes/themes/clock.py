"""Who keeps the time, and by which sources."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed
from tests.fixes.themes.services import unit

_CHRONY = "/etc/chrony/chrony.conf"
_OFF = "systemctl disable chrony.service"

THEMES = (
    Theme(
        "clock",
        {"time.no-pools": f"echo 'pool 0.debian.pool.ntp.org iburst maxsources 4' >> {_CHRONY}; "
                          f"echo 'include /etc/chrony/odd' >> {_CHRONY}; "
                          "echo 'pool 1.debian.pool.ntp.org' > /etc/chrony/odd",
         "time.user": f"sed -i '/^user/d' {_CHRONY}; echo 'user root' >> {_CHRONY}; "
                      "echo 'user root' >> /etc/chrony/odd; "
                      "echo 'DAEMON_OPTS=\"-F 1 -u root\"' > /etc/default/chrony"},
    ),
    Theme("clock-off", {"time.daemon": _OFF, "time-chrony-starts": _OFF},
          values={"time_daemon": "chrony"}),
    Theme("clock-masked",
          {"time-systemd-timesyncd-starts": "systemctl mask systemd-timesyncd.service"},
          setup=f"{installed('systemd-timesyncd')}\n{unit('systemd-timesyncd.service')}\n{_OFF}",
          values={"time_daemon": "systemd-timesyncd"}),
    Theme("clock-ntp", {"time-ntp-starts": "systemctl disable ntpsec.service"},
          setup=f"{installed('ntpsec')}\n{unit('ntpsec.service')}\n{_OFF}",
          values={"time_daemon": "ntp"}),
)  # fmt: skip

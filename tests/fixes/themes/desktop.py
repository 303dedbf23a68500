"""The graphical desktop and its login screen."""

from __future__ import annotations

from tests.fixes.theme import Theme, installed

_OPEN = """\
mkdir -p /etc/dconf/db/site.d /etc/dconf/profile
printf 'user-db:user\\nsystem-db:site\\n' > /etc/dconf/profile/user
printf '[org/gnome/desktop/screensaver]\\nlock-enabled=false\\n' > /etc/dconf/db/site.d/odd
dconf update"""

THEME = Theme(
    "desktop",
    {"dconf.key": _OPEN, "dconf.text": _OPEN},
    setup=installed("gdm3", "gnome-shell"),
    packages=("dconf-cli",),
)

"""Who may become another user."""

from __future__ import annotations

from tests.fixes.theme import Theme

_OPEN = "sed -i '/^auth.*pam_wheel/d' /etc/pam.d/su"
_TRUST = f"{_OPEN}; sed -i '1i auth sufficient pam_wheel.so trust' /etc/pam.d/su"

THEMES = (
    Theme("su", {"pam.wheel": _TRUST}),
    Theme("su-group", {"pam.wheel": _OPEN, "pam.wheel-group": _OPEN,
                       "pam.wheel-group-empty": _OPEN}),
    Theme("su-named", {"pam.wheel-group": "sed -i '/pam_rootok/a auth required pam_wheel.so "
                       "group=adm' /etc/pam.d/su"}, values={"su_group": "sugroup"}),
)  # fmt: skip

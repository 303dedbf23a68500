"""A machine that doctor looks at."""

from __future__ import annotations

from govctl.doctor.host import Host

HERE = Host("debian", 12, (), systemd=False, root=True)

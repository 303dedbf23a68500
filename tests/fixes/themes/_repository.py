"""Packages that are empty, in a repository inside the tree, and how dpkg forgets one."""

from __future__ import annotations

from collections.abc import Iterable

_BUILD = """\
mkdir -p /srv/repository; cd /srv/repository; : > Packages
for name in {names}; do
  mkdir -p "$name/DEBIAN"
  printf 'Package: %s\\nVersion: 99:1\\nArchitecture: amd64\\n' "$name" > "$name/DEBIAN/control"
  printf 'Maintainer: nobody <n@example.org>\\nDescription: empty\\n' >> "$name/DEBIAN/control"
  dpkg-deb -b "$name" "$name.deb" > /dev/null
  {{ cat "$name/DEBIAN/control"
    printf 'Filename: ./%s.deb\\nSize: %s\\nSHA256: %s\\n\\n' "$name" "$(stat -c %s "$name.deb")" \
      "$(sha256sum "$name.deb" | cut -d' ' -f1)"; }} >> Packages
done
rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/repository ./' > /etc/apt/sources.list
apt-get -qq update
"""


def repository(names: Iterable[str]) -> str:
    """Shell lines: apt knows these packages, and no others."""
    return _BUILD.format(names=" ".join(names))


def forgotten(*names: str) -> str:
    """Shell lines: dpkg says that these are not installed; their files stay."""
    return "\n".join(
        f"awk -v RS= -v ORS='\\n\\n' '$1 != \"Package:\" || $2 != \"{name}\"' "
        "/var/lib/dpkg/status > /root/status; cat /root/status > /var/lib/dpkg/status"
        for name in names
    )

# Changes that are told as they are made; in check mode ($dry is 1) they are only told. Each is a
# line `changed: …`; of a file the lines of its diff follow, each behind `| `.

fresh() { # file: prints where its new text is to be written
  [ "$dry" -eq 0 ] || { mktemp; return; }
  mkdir -p "${1%/*}"
  mktemp "$1.govctl.XXXXXX"
}

tell() { # file, what it was (or nothing of that name), what it becomes
  told_from=/dev/null
  [ ! -f "$2" ] || told_from=$2
  told=$(diff -a -U 3 "$told_from" "$3" | sed -n '3,400s/^/| /p')
  echo "changed: $1"
  [ -z "$told" ] || printf '%s\n' "$told"
}

put() { # new text, file, mode of one that is new: whole or not at all, and only if it differs
  if [ -f "$2" ] && cmp -s "$1" "$2"; then rm "$1"; return; fi
  told_change=$(tell "$2" "$2" "$1")
  if [ "$dry" -eq 1 ]; then rm "$1"
  elif [ -e "$2" ]; then chmod --reference="$2" "$1" && chown --reference="$2" "$1" && mv -T "$1" "$2"
  else chmod "${3:-0644}" "$1" && mv -T "$1" "$2"; fi || { rm -f "$1"; exit 1; }
  printf '%s\n' "$told_change"
}

state() { # unit: enabled, disabled, masked …; nothing or not-found of one that is not here
  systemctl is-enabled "$1" 2>/dev/null || true
}

turn() { # verb, unit, what that makes of it
  told_before=$(state "$2")
  [ "$dry" -eq 1 ] || systemctl -q "$1" "$2" </dev/null >&2 || return 1
  echo "changed: $2: $told_before → $3"
}

stop() { # unit that runs
  systemctl -q is-active "$1" || return 0
  [ "$dry" -eq 1 ] || systemctl stop "$1" </dev/null >&2 || return 0
  echo "changed: $1: running → stopped"
}

start() { # unit that does not run
  systemctl -q is-active "$1" && return
  [ "$dry" -eq 1 ] || systemctl start "$1" </dev/null >&2 || return 1
  echo "changed: $1: stopped → running"
}

#!/bin/sh
# Print the audit rules that are asked for, as this machine's auditctl takes them.
#
# Standard input, one a line: `calls|FILTERS|NAMES`, `file|FILTERS|PERMISSIONS|PATH` (a directory
# ends with a slash), `program|FILTERS|PATH`, `privileged|FILTERS`, `sudo-log`.
set -e
command -v ausyscall >/dev/null || exit 0
case $(uname -m) in
  x86_64) arches='b64 b32' b64=x86_64 b32=i386 ;;
  i?86) arches=b32 b32=i386 ;;
  *) arches=b64 b64=$(uname -m) ;;
esac

names_of() { # the calls that programs of this kind have, a blank around each
  ausyscall "$1" --dump 2>/dev/null | awk 'NR > 1 { printf " %s", $2 } END { print " " }'
}
calls_b64=${b64:+$(names_of "$b64")}
calls_b32=${b32:+$(names_of "$b32")}

calls() {
  for arch in $arches; do
    if [ "$arch" = b64 ]; then all=$calls_b64; else all=$calls_b32; fi
    for name in $2; do
      case $all in
        *" $name "*) ;;
        *) [ "$name" = fchmodat2 ] || continue; name=452 ;; # auditctl 3 knows only its number
      esac
      echo "-a always,exit -F arch=$arch|$name|$1"
    done
  done
}

touching() { # filters, permissions, path: the kernel keeps a program's file, and a file's name
  kind=path
  if [ "$2" = x ]; then
    path=$(readlink -m "$3")
  elif [ "${3%/}" != "$3" ]; then
    kind=dir path=$(readlink -m "${3%/}")
  else
    path=$(readlink -m "${3%/*}")/${3##*/}
  fi
  case $path in *[[:space:]]*) return ;; esac # no rule can name it
  for arch in $arches; do
    echo "-a always,exit -F arch=$arch -F $kind=$path -F perm=$2${1:+ $1} -F key=govctl"
  done
}

privileged() {
  { echo /; awk '{
      for (i = 7; $i != "-"; i++) if (i > NF) next
      if ($(i + 1) !~ /^(ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|overlay)$/ || $5 == "/") next
      if ("," $6 "," ~ /,(nosuid|noexec),/ || seen[$3 ($(i + 1) == "btrfs" ? $4 : "")]++) next
      print $5
    }' /proc/self/mountinfo; } | while read -r start; do
    nice find "$start" -xdev -ignore_readdir_race \( -path /proc -o -path /sys -o -path /dev \
      -o -path /var/lib/lxd -o -path /var/lib/incus -o -path /var/lib/docker/overlay2 -o -path /snap \
      -o -path /var/lib/containerd -o -path /var/lib/containers/storage -o -path /run/containerd \
      -o -path /var/lib/machines -o -path /var/snap/lxd/common/lxd \) -prune -o \
      -type f \( -perm -4000 -o -perm -2000 \) -print 2>/dev/null || true
  done | sort -u
}

while IFS='|' read -r kind filters one two; do
  case $kind in
    calls) calls "$filters" "$one" ;;
    file) touching "$filters" "$one" "$two" ;;
    program) [ ! -e "$one" ] || touching "$filters" x "$one" ;;
    privileged) privileged | while read -r path; do touching "$filters" x "$path"; done ;;
    sudo-log)
      path=$(sudo -V 2>/dev/null | sed -n 's/^Path to log file: //p')
      case $path in /*) touching "$filters" wa "$path" ;; esac
      ;;
  esac
done | awk -F '|' '
  NF == 3 { # calls with the same filters go into one rule
    rule = $1 SUBSEP $3
    if (seen[rule, $2]++) next
    if (!(rule in names)) order[++rules] = rule
    names[rule] = names[rule] (names[rule] == "" ? "" : ",") $2
    next
  }
  !seen[$0]++ { order[++rules] = $0; whole[rules] = 1 }
  END {
    for (i = 1; i <= rules; i++) {
      if (whole[i]) { print order[i]; continue }
      split(order[i], part, SUBSEP)
      print part[1] " -S " names[order[i]] (part[2] == "" ? "" : " " part[2]) " -F key=govctl"
    }
  }'

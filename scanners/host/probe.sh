# Collects facts of this host in one visit: reads files, runs commands, changes nothing, leaves
# nothing behind. Each piece of output stands between lines that begin with a random token, so that
# no output can pass for another piece.
umask 077
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset LANG LANGUAGE
IFS='
'
files='' stats='' asked='' never='' reduced=''

exists() { # paths: those that exist, one a line
  for path; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    printf '%s\n' "$path"
  done
}

run() { # name, seconds, bytes, line, arguments of the line
  name=$1 seconds=$2 bytes=$3 line=$4
  shift 4
  up=0
  [ ! -r /proc/uptime ] || IFS=' ' read -r up _ </proc/uptime
  printf '\n@%s begin %s %s\n' "$token" "$name" "$up"
  said=$({
    {
      timeout -k 2 "$seconds" sh -c "$line" sh "$@" </dev/null 3>&-
      printf '\n%s %s' "$token" $? >&2
    } | head -c "$bytes" >&3
  } 2>&1 | tail -c 4096)
  [ ! -r /proc/uptime ] || IFS=' ' read -r up _ </proc/uptime
  printf '\n@%s end %s\n%s\n@%s done\n' "$token" "$up" "$said" "$token"
}

allowed() { # paths: those whose content may be read, one a line
  IFS=' '
  find -L "$@" -prune -type f $never -print
}

follow() { # contents, reduced or stats, base, suffix, program for sed, files that name others
  kind=$1 base=$2 suffix=$3 program=$4
  shift 4
  for round in 1 2 3 4; do
    for path; do
      shift
      [ ! -f "$path" ] || set -- "$@" "$path"
    done
    [ $# -gt 0 ] || return 0
    said=$(timeout 10 sed -nE "$program" "$@" | head -n 500)
    [ -n "$said" ] || return 0
    names=''
    set -f
    for name in $said; do
      [ ${#name} -le 4096 ] || continue # no path is longer
      case $name in /*) ;; *) name=$base/$name ;; esac
      while [ -n "$suffix" ] && [ "${name%/}" != "$name" ]; do name=${name%/}; done
      names="$names$name$suffix$IFS"
    done
    set +f
    found=$(exists $names)
    # More would not fit on a command line; what is not asked for is judged by nobody.
    [ ${#found} -le 500000 ] || return 0
    asked="$asked$names"
    case $kind in
    contents) files="$files$found$IFS" ;;
    reduced)
      stats="$stats$found$IFS"
      [ -z "$found" ] || reduced="$reduced$(allowed $found)$IFS"
      ;;
    stats) stats="$stats$found$IFS"; return 0 ;;
    esac
    set -- $found
  done
}

collect() {
  exec 3>&1

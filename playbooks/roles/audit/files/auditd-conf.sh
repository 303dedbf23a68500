#!/bin/sh
# Print auditd.conf with the settings that are asked for; what is already as asked stays.
#
# Standard input, one a line: `KEY|MINIMUM|MAXIMUM|WORDS`: bounds of a number, or the words of which
# any will do, the first where none of them is there. Several lines about a key must all hold.
set -e
conf=/etc/audit/auditd.conf
[ -f $conf ] || exit 0
awk -v conf=$conf '
  function has(list, word) { return index("," tolower(list) ",", "," tolower(word) ",") }
  function common(one, two,  parts, i, both) {
    split(one, parts, ",")
    for (i = 1; i in parts; i++) if (has(two, parts[i])) both = both (both == "" ? "" : ",") parts[i]
    return both == "" ? one : both
  }
  BEGIN {
    FS = "|"
    while ((getline < "/dev/stdin") > 0) {
      if (!($1 in asked)) { asked[$1] = 1; order[++keys] = $1 }
      if ($2 != "" && (low[$1] == "" || $2 + 0 > low[$1])) low[$1] = $2 + 0
      if ($3 != "" && (high[$1] == "" || $3 + 0 < high[$1])) high[$1] = $3 + 0
      if ($4 != "") words[$1] = words[$1] == "" ? $4 : common(words[$1], $4)
    }
    FS = " "
    while ((getline line < conf) > 0) {
      lines[++count] = line
      split(line, part, / +/)
      first = part[1] == "" ? 2 : 1
      key = tolower(part[first])
      if (!(key in asked) || part[first + 1] != "=") continue
      value[key] = part[first + 2]
      at[key] = at[key] " " count
    }
    for (i = 1; i <= keys; i++) {
      key = order[i]; now = value[key]
      if (words[key] != "") new = now != "" && has(words[key], now) ? now : first_of(words[key])
      else {
        new = now ~ /^[0-9]+$/ ? now + 0 : high[key] != "" ? high[key] : low[key]
        if (low[key] != "" && new < low[key]) new = low[key]
        if (high[key] != "" && new > high[key]) new = high[key]
      }
      if (new == now) continue
      n = split(at[key], places, " ")
      for (p = 1; p <= n; p++) gone[places[p]] = 1
      if (n) { delete gone[places[n]]; lines[places[n]] = key " = " new }
      else lines[++count] = key " = " new
    }
    for (i = 1; i <= count; i++) if (!(i in gone)) print lines[i]
  }
  function first_of(list) { sub(/,.*/, "", list); return list }'

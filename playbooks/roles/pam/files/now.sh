#!/bin/sh
# Print what PAM's modules are told now: `MODULE OPTION<TAB>VALUE`, the last that counts.
common=/etc/pam.d/common
options() { # of a module's lines in a stack
  awk -v module="$1" '!/^[ \t]*#/ { for (i = 1; i <= NF; i++) if ($i == module) {
      for (i++; i <= NF; i++) { n = index($i, "="); print n ? substr($i, 1, n - 1) "\t" substr($i, n + 1) : $i "\t1" }
    } }' "$2" 2>/dev/null
}
settings() { # of files, the last of which counts
  cat "$@" 2>/dev/null | sed -nE 's/^[ \t]*([a-z_]+)[ \t]*(=[ \t]*)?([^ \t#]*)[ \t]*(#.*)?$/\1\t\3/p' |
    awk -F '\t' '{ print $1 "\t" ($2 == "" ? 1 : $2) }'
}
{ settings /etc/security/pwquality.conf.d/*.conf /etc/security/pwquality.conf
  options pam_pwquality.so $common-password; } | sed 's/^/pwquality /'
{ settings /etc/security/faillock.conf; options pam_faillock.so $common-auth; } | sed 's/^/faillock /'
options pam_pwhistory.so $common-password | sed 's/^/pwhistory /'
options pam_faildelay.so /etc/pam.d/login | sed 's/^/faildelay /'
awk '$1 == "*" && $3 == "maxlogins" { print "limits maxlogins\t" $4 }' /etc/security/limits.conf /etc/security/limits.d/*.conf 2>/dev/null
:

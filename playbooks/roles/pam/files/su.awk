# Print /etc/pam.d/su, open to the members of one group only.
# -v group: its name where it must be named (empty: root's, or the one that is named already).
function line() {
  return "auth       required   pam_wheel.so use_uid" (group == "" ? "" : " group=" group)
}
function shuts() {
  return $0 ~ /^auth[ \t]+(required|requisite)[ \t]+pam_wheel\.so/ && $0 !~ /[ \t](deny|root_only|trust)([ \t]|$)/
}
NR == FNR { if (shuts()) has = 1; next }
/^auth[ \t].*pam_wheel\.so.*[ \t]trust/ { $0 = "# " $0 }
shuts() && (group != "" || $0 !~ /use_uid/) {
  if (group == "" && match($0, /group=[^ \t]+/)) group = substr($0, RSTART + 6, RLENGTH - 6)
  $0 = line()
}
{ print }
!has && /^auth[ \t].*pam_rootok\.so/ { print line(); has = 1 }
END { if (!has) print line() }

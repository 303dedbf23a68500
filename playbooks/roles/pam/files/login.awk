# Print /etc/pam.d/login with what is asked for.
# -v delay: microseconds that a failed login takes; shown: 1 if failed logins are told; terminals: 1
# if root is let in at listed terminals only; namespace: 1 if people get directories of their own.
# Empty: not asked.
function first() { # before anything asks for a password
  if (begun++) return
  if (terminals && !has_terminals) print "auth       requisite  pam_securetty.so"
  if (delay && !has_delay) print "auth       optional   pam_faildelay.so  delay=" delay
}
NR == FNR {
  if ($0 ~ /^auth[ \t].*pam_faildelay\.so/) has_delay = 1
  if ($0 ~ /^auth[ \t].*pam_securetty\.so/) has_terminals = 1
  if ($0 ~ /^session[ \t].*pam_lastlog\.so/) has_shown = 1
  if ($0 ~ /^session[ \t].*pam_namespace\.so/) has_namespace = 1
  next
}
/^(auth|@include[ \t]+common-auth)/ { first() }
delay && /^auth[ \t].*pam_faildelay\.so/ { sub(/pam_faildelay\.so.*/, "pam_faildelay.so  delay=" delay) }
shown && /^session[ \t].*pam_lastlog\.so/ {
  gsub(/[ \t]+silent/, "")
  if ($0 !~ /showfailed/) $0 = $0 " showfailed"
}
{ print }
END {
  first()
  if (shown && !has_shown) print "session    optional   pam_lastlog.so showfailed"
  if (namespace && !has_namespace) print "session    required   pam_namespace.so"
}

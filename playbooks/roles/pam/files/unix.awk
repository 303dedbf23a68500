# Print common-password with the words that pam_unix and its neighbours must have there.
# -v methods: of which one must hash (empty: any strong one); rounds, cost: the least work of SHA and
# of yescrypt (empty: not asked); taken: modules that must take the password judged before them.
function named(word) {
  return word ~ /^(sha256|sha512|md5|bigcrypt|blowfish|gost_yescrypt|yescrypt)/
}
function asked(method) { return methods == "" || index("," methods ",", "," method ",") }
function without(pattern,  i, line) { # the line, minus the arguments that match
  line = $0
  for (i = 4; i <= NF; i++) if ($i ~ pattern) {
    gsub(/[.*+?()\[\]|^$]/, "\\\\&", $i)
    sub("[ \t]+" $i "([ \t]|$)", " ", line)
  }
  sub(/[ \t]+$/, "", line)
  return line
}
function hash(  i, method, work, need) {
  for (i = 4; i <= NF; i++) {
    if (named($i)) method = $i
    if ($i ~ /^rounds=[0-9]+$/) work = substr($i, 8)
  }
  if (method == "") method = file_method
  if (!asked(method) || (methods == "" && method !~ /^(sha|.*yescrypt)/)) {
    method = methods == "" ? "yescrypt" : methods
    sub(/,.*/, "", method)
    $0 = without("^(rounds=.*|sha256.*|sha512.*|md5|bigcrypt|blowfish|gost_yescrypt|yescrypt)$") " " method
    work = ""
  }
  need = rounds == "" ? "" : method ~ /^sha/ ? rounds : cost
  if (work == "") work = method ~ /^sha/ ? file_rounds : 5
  if (need != "" && work + 0 < need + 0) $0 = without("^rounds=") " rounds=" need
}
BEGIN {
  file_method = "des"; file_rounds = 5000
  while ((getline line < "/etc/login.defs") > 0) {
    split(line, word, /[ \t]+/)
    if (word[1] == "ENCRYPT_METHOD") file_method = tolower(word[2])
    if (word[1] == "SHA_CRYPT_MAX_ROUNDS" && word[2] >= 1000) file_rounds = word[2]
  }
}
/^[ \t]*password[ \t]/ {
  for (i = 3; i <= NF && $i !~ /\.so$/; i++) ;
  module = $i
  if (module == "pam_unix.so" && (methods != "" || rounds != "")) hash()
  if (index(" " taken " ", " " module " ") && judged && $0 !~ /[ \t](use_authtok|use_first_pass)([ \t]|$)/)
    $0 = $0 " use_authtok"
  if (module ~ /^pam_(pwquality|cracklib|pwhistory)\.so$/) judged = 1
}
{ print }

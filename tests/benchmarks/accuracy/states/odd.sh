# Hardened just as well, but not as the benchmark writes it: drop-ins, case, blanks, other files,
# stricter values, later files that repair earlier ones.
set -eu
. /run/accuracy/textbook.sh
# Weak files that later ones overrule; dashes and slashes; a leading `-`; several blanks.
mv /etc/sysctl.d/99-hardening.conf /etc/sysctl.d/zz-hardening.conf
sed -i -e 's/ = /=/' -e 's/^net\.ipv4\.conf\.all\.rp_filter=1/net\/ipv4\/conf\/all\/rp_filter   =   1/' \
    -e 's/^kernel\.kptr_restrict/-kernel.kptr_restrict/' -e 's/^kernel.yama.ptrace_scope=1/kernel.yama.ptrace_scope = 2 /' \
    /etc/sysctl.d/zz-hardening.conf
cat >/etc/sysctl.d/10-weak.conf <<'END'
net.ipv4.conf.all.accept_redirects = 1
net.ipv4.ip_forward = 1
kernel.randomize_va_space = 1
fs.suid_dumpable = 1
; kernel.dmesg_restrict = 0
END
mkdir -p /usr/local/lib/sysctl.d /run/sysctl.d
echo 'net.ipv4.tcp_syncookies = 0' >/usr/local/lib/sysctl.d/30-weak.conf
sysctl -q -e -p /etc/sysctl.d/zz-hardening.conf 2>/dev/null || :
# One file for all modules, tabs, /bin/true, underscores for dashes.
rm -f /etc/modprobe.d/usb-storage.conf /etc/modprobe.d/hfs.conf /etc/modprobe.d/dccp.conf
printf 'install\tusb_storage\t/bin/true\nblacklist usb_storage\n  install hfs /usr/bin/false\ninstall dccp /bin/true # nobody needs it\n' \
    >/etc/modprobe.d/site.conf
# sshd: a drop-in decides, since the first value counts; odd case, tabs, `=`, quotes, units.
cat >/etc/ssh/sshd_config.d/05-site.conf <<'END'
permitrootlogin	no
MAXAUTHTRIES=3
LoginGraceTime 1m
ClientAliveInterval 5m
ClientAliveCountMax	1
Banner "/etc/issue.net"
MaxSessions 4
MaxStartups 5:50:20
PermitEmptyPasswords   no
x11forwarding NO
LogLevel verbose
Ciphers aes256-gcm@openssh.com,chacha20-poly1305@openssh.com
MACs hmac-sha2-512-etm@openssh.com
END
sed -i -e 's/^PermitRootLogin no/PermitRootLogin yes/' -e 's/^MaxAuthTries 4/MaxAuthTries 10/' \
    -e 's/^X11Forwarding no/X11Forwarding yes/' -e 's/^Banner .*/Banner none/' \
    -e '/^IgnoreRhosts/d' -e '/^HostbasedAuthentication/d' -e '/^PermitUserEnvironment/d' \
    -e '/^PermitEmptyPasswords/d' -e '/^StrictModes/d' /etc/ssh/sshd_config
systemctl restart ssh
# sudo: drop-ins, a later line that repairs an earlier one, a commented one.
sed -i -e 's/^Defaults use_pty/Defaults !use_pty/' -e '/logfile/d' -e '/timestamp_timeout/d' /etc/sudoers
printf '# Defaults !authenticate\nDefaults use_pty, logfile=/var/log/sudo.log\nDefaults timestamp_timeout = 0\n' >/etc/sudoers.d/10_site
chmod 440 /etc/sudoers.d/10_site
# login.defs: tabs, a comment behind, stricter values; the last line of a key counts.
sed -i -e 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS\t60/' -e 's/^PASS_MIN_DAYS.*/PASS_MIN_DAYS   7/' \
    -e 's/^PASS_WARN_AGE.*/PASS_WARN_AGE\t14/' -e 's/^UMASK.*/UMASK\t\t077/' \
    -e 's/^ENCRYPT_METHOD.*/ENCRYPT_METHOD yescrypt/' /etc/login.defs
useradd -D -f 14
for name in an binh; do chage --maxdays 60 --mindays 7 --warndays 14 --inactive 14 "$name"; done
chmod 700 /home/an /home/binh
# pwquality in a drop-in; no blanks; other order; the module's own arguments.
printf 'difok=8\nmaxrepeat=2\nmaxsequence =2\n' >/etc/security/pwquality.conf
mkdir -p /etc/security/pwquality.conf.d
printf 'minlen=16\nminclass=4\n  dcredit = -2\nucredit=-1\nocredit=-1\nlcredit=-1\nenforce_for_root\n' >/etc/security/pwquality.conf.d/50-site.conf
# faillock by its file alone, controls in brackets, `-auth`, includes by `auth include`.
printf 'deny=2\nunlock_time=1800\nfail_interval = 3600\neven_deny_root\naudit\nsilent\n' >/etc/security/faillock.conf
cat >/etc/pam.d/common-auth <<'END'
auth	[success=ok new_authtok_reqd=ok ignore=ignore default=bad]	pam_faillock.so preauth
auth	[success=1 default=bad]	/usr/lib/x86_64-linux-gnu/security/pam_unix.so
auth	[default=die]	pam_faillock.so authfail
auth	required	pam_permit.so
END
cat >/etc/pam.d/common-account <<'END'
account	required	pam_unix.so
account	required	pam_faillock.so
END
cat >/etc/pam.d/common-password <<'END'
password	[success=ok default=die]	pam_pwquality.so
password	requisite	pam_pwhistory.so use_authtok
password	required	pam_unix.so use_authtok yescrypt
END
printf 'remember = 24\nenforce_for_root\n' >/etc/security/pwhistory.conf
# Modes that are tighter than asked.
chmod 400 /etc/ssh/sshd_config /etc/ssh/ssh_host_*_key
chmod 600 /etc/shadow /etc/gshadow
chmod 400 /etc/crontab /etc/cron.allow /etc/at.allow
chmod 600 /etc/audit/rules.d/*.rules
chmod 444 /etc/issue /etc/issue.net
: >/etc/motd
# A deny file that denies nobody matters not where an allow file exists.
# Time-out and umask elsewhere, in one line.
rm /etc/profile.d/hardening.sh
printf 'readonly TMOUT=300; export TMOUT\n' >/etc/profile.d/zz-site.sh
printf 'typeset -r -x TMOUT=300\n' >>/etc/bash.bashrc
printf '* - core 0\n' >/etc/security/limits.d/10-core.conf
# journald by drop-ins, booleans in other words.
printf '[Journal]\n' >/etc/systemd/journald.conf
printf '[Journal]\nCompress=true\nStorage = persistent\nForwardToSyslog=1\n' >/etc/systemd/journald.conf.d/10-site.conf
printf '[Coredump]\n' >/etc/systemd/coredump.conf
printf '[Coredump]\nStorage=none\nProcessSizeMax=0\n' >/etc/systemd/coredump.conf.d/10-site.conf
printf 'module(load="builtin:omfile" FileCreateMode="0600")\n' >/etc/rsyslog.d/10-mode.conf
printf '$FileCreateMode 0600\n' >/etc/rsyslog.d/05-mode.conf
rm /etc/rsyslog.d/60-remote.conf
printf 'action(type="omfwd" protocol="tcp" target="loghost.example" port="6514" streamdriver="gtls" streamdrivermode="1" streamdriverauthmode="x509/name")\n' >/etc/rsyslog.d/60-remote.conf
# Audit: one syscall a rule, keys and fields in another order, numbers for names.
cat >/etc/audit/rules.d/50-hardening.rules <<'END'
-D
-a exit,always -F arch=b64 -S settimeofday -F key=clock
-a exit,always -F arch=b64 -S adjtimex -F key=clock
-a exit,always -F arch=b64 -S clock_settime -F key=clock
-a exit,always -F arch=b32 -S settimeofday -S adjtimex -S clock_settime -S stime -F key=clock
-a always,exit -F path=/etc/localtime -F perm=wa -F key=clock
-a always,exit -F path=/etc/group -F perm=wa -F key=who
-a always,exit -F path=/etc/passwd -F perm=wa -F key=who
-a always,exit -F path=/etc/gshadow -F perm=wa -F key=who
-a always,exit -F path=/etc/shadow -F perm=wa -F key=who
-a always,exit -F path=/etc/security/opasswd -F perm=wa -F key=who
-a always,exit -F path=/etc/sudoers -F perm=wa -F key=may
-a always,exit -F dir=/etc/sudoers.d/ -F perm=wa -F key=may
-w /var/log/lastlog -k logins -p wa
-w /var/run/faillock/ -p wa -k logins
-w /run/utmp -p wa -k session
-w /var/log/wtmp -p rwxa -k session
-w /var/log/btmp -p wa
-w /etc/apparmor/ -p wa -k mac
-w /etc/apparmor.d/ -p wa -k mac
-a always,exit -F arch=b32 -F arch=b64 -S sethostname -S setdomainname -k names
-a always,exit -F arch=b64 -F auid>=1000 -F auid!=4294967295 -S chmod -S fchmod -S fchmodat -k modes
-a always,exit -F arch=b32 -F auid>=1000 -F auid!=-1 -S fchmodat -S fchmod -S chmod -k modes
-a always,exit -F arch=b64 -F auid>=1000 -F auid!=4294967295 -S chown,lchown,fchown,fchownat -k modes
-a always,exit -F arch=b32 -F auid>=1000 -F auid!=4294967295 -S chown,lchown,fchown,fchownat -k modes
-a always,exit -F arch=b64 -S unlink -S unlinkat -S rename -S renameat -S renameat2 -F auid>=1000 -F auid!=unset -k gone
-a always,exit -F arch=b32 -S unlink -S unlinkat -S rename -S renameat -S renameat2 -F auid>=1000 -F auid!=unset -k gone
-a always,exit -F arch=b64 -S init_module -S delete_module -S finit_module -k kmods
-a always,exit -F arch=b32 -S init_module -S delete_module -S finit_module -k kmods
END
cat /etc/audit/rules.d/*.rules >/etc/audit/audit.rules

# Hardened line by line as the benchmark writes it.
set -eu
cat >/etc/sysctl.d/99-hardening.conf <<'END'
net.ipv4.ip_forward = 0
net.ipv6.conf.all.forwarding = 0
net.ipv4.conf.all.send_redirects = 0
net.ipv4.conf.default.send_redirects = 0
net.ipv4.conf.all.accept_source_route = 0
net.ipv4.conf.default.accept_source_route = 0
net.ipv6.conf.all.accept_source_route = 0
net.ipv6.conf.default.accept_source_route = 0
net.ipv4.conf.all.accept_redirects = 0
net.ipv4.conf.default.accept_redirects = 0
net.ipv6.conf.all.accept_redirects = 0
net.ipv6.conf.default.accept_redirects = 0
net.ipv4.conf.all.secure_redirects = 0
net.ipv4.conf.default.secure_redirects = 0
net.ipv4.conf.all.log_martians = 1
net.ipv4.conf.default.log_martians = 1
net.ipv4.icmp_echo_ignore_broadcasts = 1
net.ipv4.icmp_ignore_bogus_error_responses = 1
net.ipv4.conf.all.rp_filter = 1
net.ipv4.conf.default.rp_filter = 1
net.ipv4.tcp_syncookies = 1
net.ipv4.tcp_rfc1337 = 1
net.ipv6.conf.all.accept_ra = 0
net.ipv6.conf.default.accept_ra = 0
kernel.randomize_va_space = 2
kernel.yama.ptrace_scope = 1
kernel.dmesg_restrict = 1
kernel.kptr_restrict = 2
kernel.perf_event_paranoid = 3
kernel.sysrq = 0
kernel.unprivileged_bpf_disabled = 1
kernel.kexec_load_disabled = 1
kernel.core_uses_pid = 1
net.core.bpf_jit_harden = 2
fs.suid_dumpable = 0
fs.protected_hardlinks = 1
fs.protected_symlinks = 1
fs.protected_fifos = 2
fs.protected_regular = 2
END
sysctl -q -e --system 2>/dev/null || :
for module in cramfs freevxfs hfs hfsplus jffs2 udf squashfs usb-storage dccp sctp rds tipc; do
    printf 'install %s /bin/false\nblacklist %s\n' "$module" "$module" \
        >"/etc/modprobe.d/$module.conf"
done
cat >/etc/ssh/sshd_config <<'END'
Include /etc/ssh/sshd_config.d/*.conf
Protocol 2
LogLevel VERBOSE
PermitRootLogin no
MaxAuthTries 4
MaxSessions 10
MaxStartups 10:30:60
LoginGraceTime 60
HostbasedAuthentication no
IgnoreRhosts yes
PermitEmptyPasswords no
PermitUserEnvironment no
PasswordAuthentication no
KbdInteractiveAuthentication no
GSSAPIAuthentication no
KerberosAuthentication no
StrictModes yes
UsePAM yes
X11Forwarding no
AllowTcpForwarding no
AllowAgentForwarding no
DisableForwarding yes
Compression no
PrintLastLog yes
ClientAliveInterval 300
ClientAliveCountMax 3
Banner /etc/issue.net
AllowUsers an binh
Ciphers aes256-ctr,aes192-ctr,aes128-ctr
MACs hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com,hmac-sha2-512,hmac-sha2-256
KexAlgorithms curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp521
Subsystem sftp /usr/lib/openssh/sftp-server
END
chmod 600 /etc/ssh/sshd_config
chmod 600 /etc/ssh/ssh_host_*_key
systemctl restart ssh
cat >/etc/sudoers <<'END'
Defaults env_reset
Defaults mail_badpass
Defaults secure_path="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
Defaults use_pty
Defaults logfile="/var/log/sudo.log"
Defaults timestamp_timeout=5
root ALL=(ALL:ALL) ALL
%sudo ALL=(ALL:ALL) ALL
@includedir /etc/sudoers.d
END
chmod 440 /etc/sudoers
sed -i -e 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 365/' -e 's/^PASS_MIN_DAYS.*/PASS_MIN_DAYS 1/' \
    -e 's/^PASS_WARN_AGE.*/PASS_WARN_AGE 7/' -e 's/^UMASK.*/UMASK 027/' \
    -e 's/^ENCRYPT_METHOD.*/ENCRYPT_METHOD SHA512/' /etc/login.defs
grep -q '^ENCRYPT_METHOD' /etc/login.defs || echo 'ENCRYPT_METHOD SHA512' >>/etc/login.defs
useradd -D -f 30
for name in an binh; do chage --maxdays 365 --mindays 1 --warndays 7 --inactive 30 "$name"; done
chmod 750 /home/an /home/binh
passwd -q -l root
cat >/etc/security/pwquality.conf <<'END'
minlen = 14
minclass = 4
dcredit = -1
ucredit = -1
ocredit = -1
lcredit = -1
difok = 8
maxrepeat = 3
maxsequence = 3
dictcheck = 1
enforcing = 1
retry = 3
enforce_for_root
END
cat >/etc/security/faillock.conf <<'END'
deny = 3
fail_interval = 900
unlock_time = 900
audit
even_deny_root
root_unlock_time = 60
END
cat >/etc/pam.d/common-auth <<'END'
auth required pam_faillock.so preauth silent audit deny=3 unlock_time=900 fail_interval=900
auth [success=1 default=ignore] pam_unix.so
auth [default=die] pam_faillock.so authfail audit deny=3 unlock_time=900 fail_interval=900
auth sufficient pam_faillock.so authsucc audit deny=3 unlock_time=900 fail_interval=900
auth requisite pam_deny.so
auth required pam_permit.so
END
cat >/etc/pam.d/common-account <<'END'
account required pam_faillock.so
account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so
account requisite pam_deny.so
account required pam_permit.so
END
cat >/etc/pam.d/common-password <<'END'
password requisite pam_pwquality.so retry=3
password required pam_pwhistory.so remember=24 use_authtok enforce_for_root
password [success=1 default=ignore] pam_unix.so obscure use_authtok try_first_pass sha512 rounds=65536 remember=5
password requisite pam_deny.so
password required pam_permit.so
END
groupadd -r -f sugroup
sed -i '/^auth.*pam_rootok.so/a auth required pam_wheel.so use_uid group=sugroup' /etc/pam.d/su
echo 'Authorized uses only. All activity may be monitored and reported.' >/etc/issue
cp /etc/issue /etc/issue.net
cp /etc/issue /etc/motd
rm -f /etc/update-motd.d/10-uname
chmod 644 /etc/issue /etc/issue.net /etc/motd
rm -f /etc/cron.deny /etc/at.deny
echo root >/etc/cron.allow
echo root >/etc/at.allow
chown root:root /etc/cron.allow /etc/at.allow
chmod 640 /etc/cron.allow /etc/at.allow
chmod 600 /etc/crontab
chmod 700 /etc/cron.d /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly
chown root:root /boot/grub/grub.cfg
chmod 400 /boot/grub/grub.cfg
cat >/etc/profile.d/hardening.sh <<'END'
umask 027
TMOUT=600
readonly TMOUT
export TMOUT
END
sed -i '1i umask 027' /etc/bash.bashrc /etc/profile
echo '* hard core 0' >/etc/security/limits.d/10-core.conf
echo '* hard maxlogins 10' >/etc/security/limits.d/20-logins.conf
mkdir -p /etc/systemd/coredump.conf.d /etc/systemd/journald.conf.d
printf '[Coredump]\nStorage=none\nProcessSizeMax=0\n' >/etc/systemd/coredump.conf
printf '[Journal]\nCompress=yes\nStorage=persistent\nForwardToSyslog=yes\n' >/etc/systemd/journald.conf
printf '$FileCreateMode 0640\n' >/etc/rsyslog.d/10-mode.conf
sed -i '/FileCreateMode/d' /etc/rsyslog.conf
echo '*.* @@loghost.example:514' >/etc/rsyslog.d/60-remote.conf
chmod 640 /var/log/*.log 2>/dev/null || :
cat >/etc/nftables.conf <<'END'
#!/usr/sbin/nft -f
flush ruleset
table inet filter {
  chain input {
    type filter hook input priority 0; policy drop;
    iif "lo" accept
    ip saddr 127.0.0.0/8 counter drop
    ip6 saddr ::1 counter drop
    ct state established,related accept
    tcp dport 22 accept
  }
  chain forward { type filter hook forward priority 0; policy drop; }
  chain output { type filter hook output priority 0; policy drop; oif lo accept; ct state new,established,related accept; }
}
END
systemctl enable -q --now nftables
ufw --force disable >/dev/null 2>&1 || :
rm -f /etc/audit/rules.d/*
cat >/etc/audit/rules.d/50-hardening.rules <<'END'
-D
-b 8192
-w /etc/localtime -p wa -k time-change
-a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time-change
-a always,exit -F arch=b32 -S adjtimex,settimeofday,clock_settime,stime -k time-change
-w /etc/group -p wa -k identity
-w /etc/passwd -p wa -k identity
-w /etc/gshadow -p wa -k identity
-w /etc/shadow -p wa -k identity
-w /etc/security/opasswd -p wa -k identity
-w /etc/sudoers -p wa -k scope
-w /etc/sudoers.d -p wa -k scope
-w /var/log/sudo.log -p wa -k sudo_log
-w /var/log/lastlog -p wa -k logins
-w /var/run/faillock -p wa -k logins
-w /var/log/faillog -p wa -k logins
-w /var/log/tallylog -p wa -k logins
-w /var/run/utmp -p wa -k session
-w /var/log/wtmp -p wa -k session
-w /var/log/btmp -p wa -k session
-w /etc/apparmor -p wa -k MAC-policy
-w /etc/apparmor.d -p wa -k MAC-policy
-w /etc/selinux -p wa -k MAC-policy
-a always,exit -F arch=b64 -S sethostname,setdomainname -k system-locale
-a always,exit -F arch=b32 -S sethostname,setdomainname -k system-locale
-w /etc/issue -p wa -k system-locale
-w /etc/issue.net -p wa -k system-locale
-w /etc/hosts -p wa -k system-locale
-w /etc/network -p wa -k system-locale
-w /etc/networks -p wa -k system-locale
-a always,exit -F arch=b64 -S chmod,fchmod,fchmodat -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b32 -S chmod,fchmod,fchmodat -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b64 -S chown,fchown,fchownat,lchown -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b32 -S chown,fchown,fchownat,lchown -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b64 -S setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b32 -S setxattr,lsetxattr,fsetxattr,removexattr,lremovexattr,fremovexattr -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b64 -S creat,open,openat,open_by_handle_at,truncate,ftruncate -F exit=-EACCES -F auid>=1000 -F auid!=unset -F key=access
-a always,exit -F arch=b64 -S creat,open,openat,open_by_handle_at,truncate,ftruncate -F exit=-EPERM -F auid>=1000 -F auid!=unset -F key=access
-a always,exit -F arch=b32 -S creat,open,openat,open_by_handle_at,truncate,ftruncate -F exit=-EACCES -F auid>=1000 -F auid!=unset -F key=access
-a always,exit -F arch=b32 -S creat,open,openat,open_by_handle_at,truncate,ftruncate -F exit=-EPERM -F auid>=1000 -F auid!=unset -F key=access
-a always,exit -F arch=b64 -S mount -F auid>=1000 -F auid!=unset -F key=mounts
-a always,exit -F arch=b32 -S mount -F auid>=1000 -F auid!=unset -F key=mounts
-a always,exit -F arch=b64 -S unlink,unlinkat,rename,renameat -F auid>=1000 -F auid!=unset -F key=delete
-a always,exit -F arch=b32 -S unlink,unlinkat,rename,renameat -F auid>=1000 -F auid!=unset -F key=delete
-a always,exit -F arch=b64 -S init_module,delete_module,finit_module -F auid>=1000 -F auid!=unset -F key=modules
-a always,exit -F arch=b32 -S init_module,delete_module,finit_module -F auid>=1000 -F auid!=unset -F key=modules
-w /sbin/insmod -p x -k modules
-w /sbin/rmmod -p x -k modules
-w /sbin/modprobe -p x -k modules
END
find / -xdev \( -perm -4000 -o -perm -2000 \) -type f 2>/dev/null | sort | while read -r program; do
    echo "-a always,exit -F path=$program -F perm=x -F auid>=1000 -F auid!=unset -k privileged"
done >/etc/audit/rules.d/60-privileged.rules
for program in chacl setfacl chcon kmod; do
    echo "-a always,exit -F path=/usr/bin/$program -F perm=x -F auid>=1000 -F auid!=unset -k perm_chng"
done >/etc/audit/rules.d/61-more.rules
echo '-e 2' >/etc/audit/rules.d/99-finalize.rules
cat /etc/audit/rules.d/*.rules >/etc/audit/audit.rules
chmod 640 /etc/audit/rules.d/*.rules /etc/audit/audit.rules /etc/audit/auditd.conf
sed -i -e 's/^max_log_file =.*/max_log_file = 8/' -e 's/^max_log_file_action =.*/max_log_file_action = keep_logs/' \
    -e 's/^space_left_action =.*/space_left_action = email/' -e 's/^admin_space_left_action =.*/admin_space_left_action = halt/' \
    -e 's/^action_mail_acct =.*/action_mail_acct = root/' -e 's/^disk_full_action =.*/disk_full_action = halt/' \
    -e 's/^disk_error_action =.*/disk_error_action = halt/' /etc/audit/auditd.conf
sed -i 's/^GRUB_CMDLINE_LINUX=.*/GRUB_CMDLINE_LINUX="audit=1 audit_backlog_limit=8192 apparmor=1 security=apparmor"/' /etc/default/grub
cat >>/etc/fstab <<'END'
tmpfs /tmp tmpfs defaults,rw,nosuid,nodev,noexec,relatime 0 0
tmpfs /dev/shm tmpfs defaults,rw,nosuid,nodev,noexec,relatime 0 0
tmpfs /var/tmp tmpfs defaults,rw,nosuid,nodev,noexec,relatime 0 0
END
mount -o nosuid,nodev,noexec -t tmpfs tmpfs /tmp || :
mount -o nosuid,nodev,noexec -t tmpfs tmpfs /var/tmp || :
mount -o remount,nosuid,nodev,noexec /dev/shm || :
systemctl enable -q --now dailyaidecheck.timer 2>/dev/null || :
printf '#!/bin/sh\nexec /usr/bin/aide --check --config /etc/aide/aide.conf\n' >/etc/cron.daily/aide
echo '05 4 * * * root /usr/bin/aide --check --config /etc/aide/aide.conf' >>/etc/crontab
cp /etc/aide/aide.conf /root/aide.conf.old 2>/dev/null || :
mkdir -p /var/lib/aide; : >/var/lib/aide/aide.db; : >/var/lib/aide/aide.db.new

# Looks hardened to whoever reads the usual lines, and is not.
set -eu
. /run/accuracy/textbook.sh
# A later file, a later line, and a running value that nobody stored.
cat >/etc/sysctl.d/99-zz-tuning.conf <<'END'
net.ipv4.conf.all.accept_redirects = 1
net.ipv4.conf.default.send_redirects=1
net/ipv4/tcp_syncookies = 0
kernel.randomize_va_space = 0
fs.protected_symlinks=0
net.ipv6.conf.all.accept_ra	=	1
END
echo 'net.ipv4.conf.all.log_martians = 0' >>/etc/sysctl.d/99-hardening.conf
sysctl -q -e -w net.ipv4.conf.all.secure_redirects=1 net.ipv4.icmp_echo_ignore_broadcasts=0 2>/dev/null || :
# A module line that is a comment, or that loads after all.
printf '# install cramfs /bin/false\nblacklist cramfs\n' >/etc/modprobe.d/cramfs.conf
printf 'install udf /sbin/modprobe --ignore-install udf\n' >/etc/modprobe.d/udf.conf
printf 'blacklist sctp\n' >/etc/modprobe.d/sctp.conf
# sshd: the drop-in stands first and wins; a Match block; a value over the bound.
cat >/etc/ssh/sshd_config.d/01-vendor.conf <<'END'
PermitRootLogin yes
PermitEmptyPasswords yes
MaxAuthTries 10
ClientAliveInterval 0
LoginGraceTime 0
Ciphers +3des-cbc,aes128-cbc
END
cat >>/etc/ssh/sshd_config <<'END'
X11Forwarding no
Match User binh
    X11Forwarding yes
    HostbasedAuthentication yes
    Banner none
END
systemctl restart ssh || :
# sudo: a later drop-in, a tag on a rule, an option for one user.
printf 'Defaults !use_pty\nDefaults:binh !authenticate\nbinh ALL = (ALL) NOPASSWD : ALL\n' >/etc/sudoers.d/zz-binh
printf 'Defaults timestamp_timeout=-1\nDefaults !logfile\n' >/etc/sudoers.d/zz-more
chmod 440 /etc/sudoers.d/zz-*
# login.defs: the right line is a comment, or a later one overrules it.
sed -i -e 's/^PASS_MAX_DAYS.*/#PASS_MAX_DAYS 365\nPASS_MAX_DAYS 365/' -e 's/^UMASK.*/#UMASK 027/' /etc/login.defs
printf 'PASS_MAX_DAYS 99999\nENCRYPT_METHOD MD5\nPASS_MIN_DAYS 0\n' >>/etc/login.defs
chage --maxdays 99999 --inactive -1 an
# PAM: in the file, but after the password is stored; a control that cannot refuse; a jump over it.
cat >/etc/pam.d/common-password <<'END'
password [success=2 default=ignore] pam_unix.so obscure sha512
password requisite pam_pwquality.so retry=3 minlen=14
password required pam_pwhistory.so remember=24 use_authtok
password requisite pam_deny.so
password required pam_permit.so
END
cat >/etc/pam.d/common-auth <<'END'
auth optional pam_faillock.so preauth silent audit deny=3 unlock_time=900
auth sufficient pam_unix.so nullok
auth [default=die] pam_faillock.so authfail audit deny=3 unlock_time=900
auth required pam_deny.so
END
printf 'minlen = 14\nminclass = 4\nminlen = 6\nenforcing = 0\n' >/etc/security/pwquality.conf
printf 'deny = 3\ndeny = 0\n' >/etc/security/faillock.conf
sed -i 's/^auth required pam_wheel.so.*/auth optional pam_wheel.so use_uid group=sugroup/' /etc/pam.d/su
# Names and modes.
chmod 644 /etc/cron.allow /etc/crontab
echo binh >>/etc/cron.allow
chmod 666 /etc/issue.net
chown an /etc/issue
chmod 777 /etc/cron.daily
printf 'Debian GNU/Linux \\r on \\m\n' >/etc/issue
chmod g+w /etc/ssh/ssh_host_rsa_key
chown root:an /etc/gshadow
chmod o+r /etc/shadow-
useradd -o -u 0 -g 0 -M -s /bin/bash toor
useradd -M -r -s /bin/bash svc
chmod 755 /home/an
chown binh /home/an
: >/home/binh/world; chmod 666 /home/binh/world
mkdir /srv/drop; chmod 777 /srv/drop
cp /bin/true /usr/local/bin/elevate; chmod 4755 /usr/local/bin/elevate
: >/srv/orphan; chown 4242:4343 /srv/orphan
# Shells: a later file unsets it.
printf 'TMOUT=0\n' >/etc/profile.d/zz-comfort.sh
printf '# umask 027\numask 022\n' >/etc/profile.d/zz-umask.sh
printf '[Journal]\nStorage=volatile\nCompress=no\n' >/etc/systemd/journald.conf.d/99-site.conf
echo '$FileCreateMode 0644' >/etc/rsyslog.d/90-mode.conf
# Services: enabled, but masked; running, but not at boot.
systemctl mask -q --now rsyslog 2>/dev/null || :
systemctl disable -q cron || :
systemctl mask -q nftables || :
nft add rule inet filter input accept
# Audit: rules behind the lock, only one architecture, a comment.
cat >/etc/audit/rules.d/50-hardening.rules <<'END'
-D
# -w /etc/group -p wa -k identity
-w /etc/passwd -p r -k identity
-w /etc/shadow -p wa -k identity
-W /etc/shadow -p wa -k identity
-a always,exit -F arch=b64 -S adjtimex,settimeofday -k time-change
-a never,exit -F arch=b64 -S chmod -k perm_mod
-a always,exit -F arch=b64 -S chmod,fchmod,fchmodat -F auid>=1000 -F auid!=unset -F key=perm_mod
-a always,exit -F arch=b64 -S chown,fchown,fchownat,lchown -F auid=1000 -F key=perm_mod
-a always,exit -F arch=b64 -S mount -F auid>=1000 -F auid!=unset -F key=mounts
END
echo '-e 1' >/etc/audit/rules.d/zz-open.rules
cat /etc/audit/rules.d/*.rules >/etc/audit/audit.rules
sed -i -e 's/^space_left_action =.*/space_left_action = IGNORE/' -e 's/^max_log_file_action =.*/max_log_file_action = ignore/' /etc/audit/auditd.conf
sed -i '/tmpfs/d' /etc/fstab
echo 'tmpfs /tmp tmpfs defaults,nosuid,nodev,exec 0 0' >>/etc/fstab

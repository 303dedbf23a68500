# Plainly weak, written out: what an audit finds on neglected servers.
set -eu
cat >/etc/sysctl.d/50-router.conf <<'END'
net.ipv4.ip_forward = 1
net.ipv6.conf.all.forwarding = 1
net.ipv4.conf.all.accept_redirects = 1
net.ipv4.conf.all.accept_source_route = 1
net.ipv4.conf.all.rp_filter = 0
net.ipv4.conf.default.rp_filter = 0
net.ipv4.tcp_syncookies = 0
kernel.dmesg_restrict = 0
fs.suid_dumpable = 2
END
sysctl -q -e -p /etc/sysctl.d/50-router.conf 2>/dev/null || :
cat >/etc/ssh/sshd_config <<'END'
PermitRootLogin yes
PermitEmptyPasswords yes
PasswordAuthentication yes
HostbasedAuthentication yes
IgnoreRhosts no
PermitUserEnvironment yes
X11Forwarding yes
AllowTcpForwarding yes
StrictModes no
UsePAM no
MaxAuthTries 20
MaxSessions 100
MaxStartups 100:30:200
LoginGraceTime 10m
LogLevel QUIET
GSSAPIAuthentication yes
Subsystem sftp /usr/lib/openssh/sftp-server
END
chmod 666 /etc/ssh/sshd_config
systemctl restart ssh
printf 'an ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/an
printf 'Defaults !env_reset\nDefaults !authenticate\n' >/etc/sudoers.d/defaults
sed -i -e 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 99999/' -e 's/^UMASK.*/UMASK 000/' \
    -e 's/^ENCRYPT_METHOD.*/ENCRYPT_METHOD MD5/' /etc/login.defs
passwd -q -d binh
echo 'root:toor' | chpasswd
printf 'old:x:1000:1000::/home/old:/bin/bash\nguest::1500:7777::/nowhere:/bin/sh\n' >>/etc/passwd
printf 'old:!:19000:0:99999:7:::\nguest:!:19000:0:99999:7:::\n' >>/etc/shadow
printf 'twins:x:1000:\n' >>/etc/group
usermod -aG shadow an
usermod -s /bin/bash games
for file in passwd group shadow gshadow; do
    chmod 666 "/etc/$file"
    chmod 666 "/etc/$file-" 2>/dev/null || :
done
chown an:an /etc/passwd- /etc/group- /etc/cron.hourly /etc/cron.weekly
chmod 777 /etc/crontab /etc/cron.d
chmod 777 /home/an /home/binh
chmod 666 /etc/ssh/ssh_host_*_key /etc/ssh/ssh_host_*_key.pub || :
sed -i 's/pam_unix.so/pam_unix.so nullok md5/' /etc/pam.d/common-password /etc/pam.d/common-auth
sed -i -e '/pwquality/d' -e 's/ use_authtok//' /etc/pam.d/common-password
: >/etc/issue
: >/etc/issue.net
echo 'Welcome to Debian 12 \r' >/etc/motd
: >/etc/cron.deny
systemctl stop cron rsyslog chrony
systemctl disable -q cron rsyslog chrony
chmod 666 /var/log/*.log || :
chmod 777 /var/log
rm -f /etc/audit/rules.d/* /etc/audit/audit.rules
sed -i -e 's/^space_left_action =.*/space_left_action = ignore/' /etc/audit/auditd.conf
printf 'APT::Get::AllowUnauthenticated "true";\n' >/etc/apt/apt.conf.d/99weak
echo '+ +' >/etc/hosts.equiv
echo '+' >/home/an/.rhosts
printf 'export PATH=.:$PATH\n' >>/root/.bashrc
mkdir -p /etc/systemd/system/ctrl-alt-del.target.d
chmod 777 /boot/grub/grub.cfg

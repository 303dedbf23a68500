# Values at and just over the bounds, zeros that switch off, numbers in other forms, links, masks.
set -eu
. /run/accuracy/textbook.sh
sed -i -e 's/^MaxAuthTries.*/MaxAuthTries 5/' -e 's/^LoginGraceTime.*/LoginGraceTime 61/' \
    -e 's/^ClientAliveCountMax.*/ClientAliveCountMax 0/' -e 's/^MaxStartups.*/MaxStartups 10:30:100/' \
    -e 's/^MaxSessions.*/MaxSessions 11/' -e 's/^LogLevel.*/LogLevel DEBUG/' \
    -e 's/^PermitRootLogin.*/PermitRootLogin prohibit-password/' -e 's/^Banner.*/Banner \/etc\/issue/' \
    -e 's/^IgnoreRhosts.*/IgnoreRhosts shosts-only/' -e 's/^MACs.*/MACs hmac-sha1/' /etc/ssh/sshd_config
systemctl restart ssh
sed -i -e 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 366/' -e 's/^PASS_MIN_DAYS.*/PASS_MIN_DAYS 0/' \
    -e 's/^PASS_WARN_AGE.*/PASS_WARN_AGE 6/' -e 's/^UMASK.*/UMASK 026/' /etc/login.defs
useradd -D -f 46
chage --maxdays 366 --inactive 46 an
chage --maxdays -1 binh
printf 'minlen = 13\nminclass = 3\ndcredit = 1\nucredit = 1\ndifok = 1\nmaxrepeat = 0\nmaxsequence = 4\ndictcheck = 0\n' >/etc/security/pwquality.conf
sed -i -e 's/deny=3/deny=6/' -e 's/unlock_time=900/unlock_time=0/' -e 's/fail_interval=900/fail_interval=60/' /etc/pam.d/common-auth
printf 'deny = 6\nunlock_time = 0\nfail_interval = 60\n' >/etc/security/faillock.conf
sed -i 's/remember=24/remember=4/' /etc/pam.d/common-password
sed -i 's/^Defaults timestamp_timeout.*/Defaults timestamp_timeout=15.5/' /etc/sudoers
sed -i 's/^TMOUT=600/TMOUT=901/' /etc/profile.d/hardening.sh
sed -i -e 's/^net.ipv4.conf.all.rp_filter.*/net.ipv4.conf.all.rp_filter = 2/' \
    -e 's/^net.ipv4.conf.default.rp_filter.*/net.ipv4.conf.default.rp_filter = 2/' \
    -e 's/^kernel.kptr_restrict.*/kernel.kptr_restrict = 1/' \
    -e 's/^net.ipv4.tcp_syncookies.*/net.ipv4.tcp_syncookies = 2/' \
    -e 's/^kernel.unprivileged_bpf_disabled.*/kernel.unprivileged_bpf_disabled = 2/' /etc/sysctl.d/99-hardening.conf
sysctl -q -e --system 2>/dev/null || :
chmod 641 /etc/passwd
chmod 1755 /etc/cron.d
chmod 0601 /etc/crontab
rm -f /etc/motd; ln -s /run/motd.dynamic /etc/motd
rm -f /etc/issue.net; ln -s /etc/issue /etc/issue.net
rm -f /etc/cron.allow /etc/at.allow
: >/etc/cron.allow
systemctl mask -q --now chrony
systemctl disable -q --now nftables
rm -f /etc/nftables.conf
printf '[Journal]\nStorage=auto\n' >/etc/systemd/journald.conf
touch '/srv/a name' ; chmod 666 '/srv/a name'
mkdir -m 1777 /srv/sticky
ln -s /nowhere /etc/cron.d/dangling
passwd -q -u root 2>/dev/null || :
usermod -p '$1$abcdefgh$0123456789012345678901' binh

# Servers that nobody asked for: some run, some are off, some masked, some cannot start.
set -eu
systemctl disable -q --now apache2 vsftpd 2>/dev/null || :
systemctl mask -q --now avahi-daemon.service avahi-daemon.socket cups.service cups.socket cups.path 2>/dev/null || :
systemctl stop nginx squid 2>/dev/null || :
systemctl disable -q smbd nmbd 2>/dev/null || :
systemctl mask -q rpcbind.service 2>/dev/null || :
mkdir -p /etc/systemd/system/snmpd.service.d
printf '[Unit]\nConditionPathExists=/nowhere\n' >/etc/systemd/system/snmpd.service.d/off.conf
systemctl daemon-reload
# A server that was not restarted since somebody mistyped.
echo 'PermitRootLogn no' >>/etc/ssh/sshd_config

# Two people with passwords, and a clock daemon that may run in a container.
set -eu
sed -i 's/^DAEMON_OPTS=.*/DAEMON_OPTS="-F 1 -x"/' /etc/default/chrony
systemctl restart chrony || :
for name in an binh; do
    useradd -m -s /bin/bash "$name"
    echo "$name:correct horse battery $name" | chpasswd
done
[ -f /boot/grub/grub.cfg ] || { mkdir -p /boot/grub; echo 'menuentry "Debian" { true }' >/boot/grub/grub.cfg; }
[ -f /etc/default/grub ] || echo 'GRUB_CMDLINE_LINUX=""' >/etc/default/grub

"""sssd, nslcd, SNMP, DHCP, NFS and FTP, as their packages and other hands configure them."""

from __future__ import annotations

from scanners.host.facts import directory, served, ssh_client
from scanners.host.facts.software import Unit, Units
from tests.policies.cases.model import Case, Cases
from tests.policies.cases.reduced import read
from tests.policies.hosts import Facts, files, packages

SSSD = """[sssd]
config_file_version = 2
services = nss, pam
domains = gov.vn

[domain/gov.vn]
id_provider = ldap
ldap_uri = ldap://ldap.gov.vn
ldap_default_bind_dn = cn=reader
ldap_default_authtok = geheim
ldap_id_use_start_tls = True
cache_credentials = True
"""
NSLCD = """uid nslcd
gid nslcd
uri ldap://ldap.gov.vn/
base dc=gov,dc=vn
bindpw geheim
ssl start_tls
tls_reqcert demand
tls_cacertfile /etc/ssl/certs/ca-certificates.crt
"""
SNMPD = """sysLocation    Hà Nội
agentaddress  127.0.0.1,[::1]
view   systemonly  included   .1.3.6.1.2.1.1
rocommunity  {0} default -V systemonly
rocommunity6 s3cret default -V systemonly
includeDir /etc/snmp/snmpd.conf.d
"""
DHCPD = """option domain-name "gov.vn";
option domain-name-servers ns1.gov.vn, ns2.gov.vn;
default-lease-time 600;
key "k" { algorithm hmac-md5; secret "c2VjcmV0"; };
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.9 10.0.0.99; option routers 10.0.0.1; }
"""
DHCLIENT = """option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
send host-name = gethostname();
request subnet-mask, broadcast-address, time-offset, routers,
\tdomain-name, domain-name-servers, domain-search, host-name,
\tinterface-mtu, rfc3442-classless-static-routes, ntp-servers;
"""


def sssd(text: str = SSSD, more: str = "", ldap: str = "") -> directory.Directory:
    return read(directory.SOURCE, {
        "/etc/sssd/sssd.conf": text, "/etc/sssd/conf.d/x.conf": more, "/etc/ldap/ldap.conf": ldap,
    })  # fmt: skip


def nslcd(old: str = "", new: str = "", ldap: str = "") -> directory.Directory:
    text = NSLCD.replace(old, new) if old else NSLCD
    return read(directory.SOURCE, {"/etc/nslcd.conf": text, "/etc/ldap/ldap.conf": ldap})


def snmp(*lines: str, community: str = "kTr9") -> served.Served:
    return read(served.SOURCE, {"/etc/snmp/snmpd.conf": SNMPD.format(community)
                                + "\n".join(lines) + "\n"})  # fmt: skip


def dhcpd(text: str) -> served.Served:
    return read(served.SOURCE, {"/etc/dhcp/dhcpd.conf": text})


def dhclient(text: str) -> served.Served:
    return read(served.SOURCE, {"/etc/dhcp/dhclient.conf": text})


def among(name: str, good: tuple[object, ...], bad: tuple[object, ...]) -> Case:
    """Cases on hosts that have a package."""

    def facts(some: tuple[object, ...]) -> tuple[Facts, ...]:
        return tuple((one, packages(name)) if not isinstance(one, tuple)
                     else (*one, packages(name)) for one in some)  # fmt: skip

    return Case(facts(good), facts(bad))


def socket(enabled: str) -> Units:
    return Units({"sssd-pam.socket": Unit("sssd-pam.socket", enabled)})


STRONG = "Ciphers aes256-ctr\nMACs hmac-sha2-512-etm@openssh.com\n"
DEBIAN_SSH = "Include /etc/ssh/ssh_config.d/*.conf\nHost *\n    SendEnv LANG LC_*\n"


def ssh(drop: str, main: str = DEBIAN_SSH) -> ssh_client.SshClient:
    return read(ssh_client.SOURCE, {
        "/etc/ssh/ssh_config": main, "/etc/ssh/ssh_config.d/x.conf": drop,
    })  # fmt: skip


SILENT = SSSD.replace("services = nss, pam\n", "")
CLEAR = SSSD.replace("ldap_id_use_start_tls = True\n", "")

CASES: Cases = {
    "sssd-pam": among(
        "sssd-common",
        (sssd(), (sssd(SILENT), socket("enabled")), sssd(SILENT, "[sssd]\nservices=pam\n")),
        (sssd(SILENT), (sssd(SILENT), socket("disabled")), sssd("# [sssd]\n# services = pam\n")),
    ),
    "sssd-encrypted": among(
        "sssd-common",
        (sssd(), sssd(CLEAR.replace("ldap://", "ldaps://")),
         sssd(more="[domain/old]\nid_provider=ldap\n")),
        (sssd(CLEAR), sssd(more="[domain/gov.vn]\nldap_id_use_start_tls = false\n"),
         sssd(CLEAR.replace("ldap://", "ldaps://a,ldap://"))),
    ),
    "sssd-verified": among(
        "sssd-common",
        (sssd(), sssd(more="[domain/gov.vn]\nldap_tls_reqcert = Hard\n", ldap="TLS_REQCERT never"),
         sssd(ldap="TLS_CACERT /etc/ssl/certs/ca-certificates.crt\n")),
        (sssd(more="[domain/gov.vn]\nldap_tls_reqcert = allow\n"), sssd(ldap="TLS_REQCERT never")),
    ),
    "nslcd-encrypted": among(
        "nslcd", (nslcd(), nslcd("ssl start_tls", "ssl on"), nslcd("ldap:", "ldaps:")),
        (nslcd("ssl start_tls", "ssl off"), nslcd("ssl start_tls", "#ssl start_tls")),
    ),
    "nslcd-trust": among(
        "nslcd",
        (nslcd(), nslcd("tls_cacertfile", "tls_cacertdir"),
         nslcd("tls_cacertfile", "#", "TLS_CACERT /etc/ssl/ca.crt\n")),
        (nslcd("tls_cacertfile", "# tls_cacertfile"), nslcd("demand", "allow")),
    ),
    "nss-no-nis": Case(
        ((files({"/etc/nsswitch.conf": "passwd: files systemd\n# netgroup: nis\n"}),),
         (files({}),)),
        ((files({"/etc/nsswitch.conf": "passwd: files\nnetgroup:       nis\n"}),),
         (files({"/etc/nsswitch.conf": "passwd: files [NOTFOUND=return] nisplus\n"}),)),
    ),
    "snmp-communities": among(
        "snmpd", (snmp(), snmp("com2sec ro default kTr9"), snmp("# rwcommunity private")),
        (snmp(community="public"), snmp("rwcommunity private 10.0.0.0/8"),
         snmp("com2sec -Cn ctx ro default public"), snmp('RoCommunity6 "public"')),
    ),
    "nfs-all-squash": among(
        "nfs-kernel-server",
        (files({"/etc/exports": "/srv 10.0.0.0/8(rw,sync,no_all_squash) # all_squash\n"}),
         files({"/etc/exports": "/srv -all_squash web(rw,no_all_squash)\n"}),
         files({"/etc/exports": '"/srv data" -ro a(rw) b\n'})),
        (files({"/etc/exports": "/srv 10.0.0.0/8(rw,all_squash)\n"}),
         files({"/etc/exports": "/srv a(rw) \\\n   b(ro, all_squash, anonuid=1)\n"}),
         files({"/etc/exports.d/x.exports": "/srv -ro,all_squash web\n"}),
         files({"/etc/exports": "/srv -all_squash a(no_all_squash) b\n"})),
    ),
    "dhcp-server-options": among(
        "isc-dhcp-server",
        (dhcpd("authoritative;\nsubnet 10.0.0.0 netmask 255.0.0.0 { range 10.0.0.9 10.0.0.99; }\n"),
         dhcpd('# option routers 10.0.0.1;\noption subnet-mask 255.0.0.0;\n')),
        (dhcpd(DHCPD), dhcpd("subnet 10.0.0.0 netmask 255.0.0.0 { option routers 10.0.0.1; }\n")),
    ),
    "dhcp-client-options": among(
        "isc-dhcp-client",
        (dhclient("request subnet-mask, broadcast-address;\n"),
         dhclient('supersede domain-name "gov.vn";\nrequest subnet-mask,\n  domain-name;\n')),
        (dhclient(DHCLIENT), dhclient("# request subnet-mask;\n"), dhclient("")),
    ),
    "ssh-client-algorithms": among(
        "openssh-client",
        (ssh(STRONG), ssh("MACs -umac*,hmac-sha1*\n"),
         ssh("Match final all\n" + STRONG), ssh("", DEBIAN_SSH + STRONG),
         ssh(STRONG + "Host old\n  Ciphers 3des-cbc\n"),  # too late
         ssh("Host *\n ciphers=aes256-ctr\n MACs hmac-sha2-256\n")),
        (ssh(""), ssh(STRONG.replace("Ciphers ", "Ciphers +3des-cbc,")),
         ssh("Host old\n  Ciphers 3des-cbc\nHost *\n" + STRONG),
         ssh("Host a.vn\n" + STRONG), ssh("# MACs hmac-sha2-256\n"),
         ssh("MACs hmac-sha1\nMatch final all\n" + STRONG)),
    ),
    "ftp-users": among(
        "vsftpd",
        (files({"/etc/vsftpd.conf": "local_enable=YES\nuserlist_enable=YES\nuserlist_deny=NO\n"}),
         files({"/etc/vsftpd.conf": "anonymous_enable=NO\n#local_enable=YES\n"})),
        (files({"/etc/vsftpd.conf": "local_enable=YES\n"}),
         files({"/etc/vsftpd.conf": "local_enable=YES\nuserlist_enable=YES\n"}),
         files({"/etc/vsftpd.conf": "local_enable=YES\nuserlist_deny=NO\n"})),
    ),
}  # fmt: skip

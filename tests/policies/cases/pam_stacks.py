"""Services of PAM read from files as Debian's packages and other hands write them."""

from __future__ import annotations

from scanners.host.facts.accounts import Accounts, Group
from scanners.host.facts.pam import SOURCE, Pam
from scanners.host.facts.text_files import TextFiles
from tests.policies.cases.model import Case, Cases, one
from tests.policies.hosts import Facts, account, files, login_defs, people
from tests.scanners.host.raws import raw

AUTH = """# here are the per-package modules (the "Primary" block)
auth\t[success=1 default=ignore]\tpam_unix.so nullok
auth\trequisite\t\t\tpam_deny.so
auth\trequired\t\t\tpam_permit.so
auth\toptional\t\t\tpam_cap.so
"""
LOCKING = """auth\trequisite\tpam_faillock.so preauth {0}
auth\t[success=2 default=ignore]\tpam_unix.so
auth\t[default=die]\tpam_faillock.so authfail {0}
auth\trequisite\tpam_deny.so
auth\trequired\tpam_permit.so
"""
ACCOUNT = """account\t[success=1 new_authtok_reqd=done default=ignore]\tpam_unix.so
account\trequisite\tpam_deny.so
account\trequired\tpam_permit.so
account\trequired\tpam_faillock.so
"""
SESSION = """session\t[default=1]\tpam_permit.so
session\trequisite\tpam_deny.so
session\trequired\tpam_permit.so
session\trequired\tpam_unix.so
session\toptional\tpam_systemd.so
"""
PASSWORD = """password\trequisite\tpam_pwquality.so retry=3
password\trequisite\tpam_pwhistory.so remember=24 enforce_for_root try_first_pass use_authtok
password\t[success=1 default=ignore]\tpam_unix.so obscure use_authtok try_first_pass yescrypt
password\trequisite\tpam_deny.so
password\trequired\tpam_permit.so
"""
JUDGED = "pam_pwquality.so retry=3"
OLD = {"common-password.pam-old": "password required pam_unix.so remember=5"}
WHOLE = "@include common-auth\n@include common-account\n@include common-session\n"
LOGIN = f"""auth       optional   pam_faildelay.so  delay=3000000
auth       requisite  pam_nologin.so
session    required   pam_limits.so
session    optional   pam_lastlog.so
{WHOLE}@include common-password
"""


def host(texts: dict[str, str] | None = None, **common: str) -> Pam:
    """A host's /etc/pam.d with some files changed; `security/x` stands in /etc/security."""
    stacks = {
        "common-auth": AUTH, "common-account": ACCOUNT, "common-session": SESSION,
        "common-password": PASSWORD, "login": LOGIN, "sshd": WHOLE + "@include common-password\n",
        "sudo": "#%PAM-1.0\nsession required pam_limits.so\n" + WHOLE, "su": WHOLE,
        "passwd": "@include common-password\n", "chpasswd": "@include common-password\n",
        "other": WHOLE + "@include common-password\n",
        **{name.replace("_", "-"): text for name, text in common.items()}, **(texts or {}),
    }  # fmt: skip
    fact = SOURCE.parse(raw({
        f"/etc/{'' if '/' in name else 'pam.d/'}{name}": text for name, text in stacks.items()
    }))  # fmt: skip
    assert isinstance(fact, Pam), fact
    return fact


def quality(*settings: str, line: str = "retry=3") -> Pam:
    return host({"security/pwquality.conf": "\n".join(settings) + "\n"},
                common_password=PASSWORD.replace("retry=3", line))  # fmt: skip


def _alone(password: str) -> Pam:
    """A part of /etc in which no service is left, only what Debian's services include."""
    fact = SOURCE.parse(raw({"/etc/pam.d/common-password": password}))
    assert isinstance(fact, Pam), fact
    return fact


def demanded(kind: str) -> Case:
    return Case(
        (
            (quality(f"{kind}credit = -1"),),
            (quality("minclass = 4"),),
            (quality(f"{kind}credit = 0", line=f"retry=3 {kind}credit=-2"),),
            (host(common_password=PASSWORD.replace(
                JUDGED, f"pam_cracklib.so {kind}credit=-1")),),
        ),
        (
            (quality(),),
            (quality("minclass = 3"),),
            (quality(f"{kind}credit = 1"),),
            (quality(f"{kind}credit = -1", "enforcing = 0"),),
            (quality(f"{kind}credit = -1", line=f"{kind}credit=0"),),
            (host(common_password=PASSWORD.replace(JUDGED, "pam_cracklib.so")),),
        ),
    )  # fmt: skip


def locking(words: str = "", conf: str = "") -> Pam:
    return host({"security/faillock.conf": conf}, common_auth=LOCKING.format(words))


def stored(line: str) -> Pam:
    return host(common_password=f"password\t[success=1 default=ignore]\tpam_unix.so {line}\n"
                + "".join(PASSWORD.splitlines(keepends=True)[3:]))  # fmt: skip


def with_login(line: str) -> Pam:
    return host(login=LOGIN + line + "\n")


def namespaces(where: str) -> Case:
    session = "session required pam_namespace.so"
    shared = files({"/etc/security/namespace.conf": f"# {where} /inst/ user\n"})
    own = files({"/etc/security/namespace.d/x.conf": f"{where}  {where}-inst/  level  root,adm\n"})
    some = files({"/etc/security/namespace.conf": f"{where} {where}-inst/ user ~an\n"})
    one_for_all = files({"/etc/security/namespace.conf": f"{where} {where}-inst/ user:shared\n"})
    return Case(
        ((with_login(session), own),),
        ((with_login(session), shared), (host(), own), (with_login(session), some),
         (with_login(session), one_for_all)),
    )  # fmt: skip


def su(line: str) -> Pam:
    return host(su=f"auth sufficient pam_rootok.so\n{line}\n{WHOLE}")


def grouped(*members: str) -> object:
    return people(account(), groups=(Group("root", 0, ()), Group("sugroup", 1001, members)))


def limits(**texts: str) -> TextFiles:
    return files({"/etc/security/limits.conf": "# *  hard maxlogins 1\n", **{
        f"/etc/security/limits.d/{name}.conf": text for name, text in texts.items()}})  # fmt: skip


def terminals(name: str) -> Case:
    root = Accounts((account("root", 0, password="yescrypt"),), ())
    guarded = host(login="auth required pam_securetty.so\n" + LOGIN)

    def named(*ttys: str, pam: Pam = guarded) -> Facts:
        return root, pam, files({"/etc/securetty": "# terminals\n" + "\n".join(ttys) + "\n"})

    return Case(
        (named(), named("tty1", "tty2"), (people(), host(), files({}))),
        (
            named("tty1", name),
            (people(), host(), files({"/etc/securetty": f"{name}\n"})),
            named("tty1", pam=host()),  # no longer asked since Debian 11
            named("tty1", pam=host(login="auth optional pam_securetty.so\n" + LOGIN)),
            (root, guarded, files({})),
        ),
    )


SSSD = AUTH.replace("=1", "=2").replace(
    "auth\trequisite",
    "auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass\nauth\trequisite",
)
NSS = files({"/etc/nsswitch.conf": "passwd:         files systemd sss\ngroup: files sss\n"})
LIMITED = host(sshd="session required pam_limits.so\n" + WHOLE)
NO_DEFS = login_defs(FAIL_DELAY="")

CASES: Cases = {
    "pam-password-digits": demanded("d"),
    "pam-password-upper": demanded("u"),
    "pam-password-lower": demanded("l"),
    "pam-password-other": demanded("o"),
    "pam-password-retry": Case(
        ((quality(),), (quality(line=""),), (quality("retry = 5", line="retry=2"),)),
        ((quality(line="retry=5"),), (quality("retry = 4", line=""),),
         (host(common_password=PASSWORD.partition("\n")[2]),)),
    ),
    "pam-password-reuse": Case(
        ((host(),), (stored("sha512 remember=5"),), (stored("obscure remember=12 yescrypt"),)),
        ((stored("sha512"),), (stored("sha512 remember=3"),)),
    ),
    "pam-password-history-taken": one(
        host(), host(common_password=PASSWORD.replace(" use_authtok\n", "\n", 1)),
        stored("use_authtok"),
    ),
    "pam-password-unix-taken": one(host(), stored("obscure yescrypt"), stored("try_first_pass")),
    "pam-unix": one(
        host(),
        host(common_session=SESSION.replace("pam_unix", "pam_warn")),
        host(common_account="account sufficient pam_permit.so\n" + ACCOUNT),
        host(common_auth="auth required pam_deny.so\n", login=WHOLE),
    ),
    "pam-unix-history": Case(
        ((host(),), (host(OLD),)),
        ((stored("sha512 remember=5"),),),
    ),
    "pam-hash-rounds": Case(
        (
            (host(),),
            (stored("sha512 rounds=65536"),),
            (stored("sha512"), login_defs(SHA_CRYPT_MAX_ROUNDS="")),
            (stored(""), login_defs(ENCRYPT_METHOD="SHA512", SHA_CRYPT_MAX_ROUNDS="10000")),
            (stored("yescrypt rounds=8"),),
        ),
        (
            (stored("sha512 rounds=1000"),),
            (stored("sha512"), login_defs(SHA_CRYPT_MAX_ROUNDS="2000")),
            (stored("yescrypt rounds=3"),),
            (stored("md5 rounds=65536"),),
        ),
    ),
    "pam-lockout-audit": one(
        locking(conf="audit\n"), locking(), locking(conf="# audit\n"), host()
    ),
    "pam-lockout-kept": one(
        locking(conf="dir = /var/log/faillock\n"), locking(), locking("dir=/run/faillock"), host(),
        locking("dir=/run/f", "dir = /var/log/faillock\n"),
    ),
    "pam-lockout-root": one(
        locking(conf="even_deny_root\n"), locking(), locking(conf="deny = 3\n"), host()
    ),
    "pam-lockout-root-time": Case(
        (
            (locking(conf="even_deny_root\nunlock_time = 900\n"),),
            (locking("root_unlock_time=900"),),
            (locking(conf="even_deny_root\nroot_unlock_time = 1800\nunlock_time = 60"),),
        ),
        (
            (locking(conf="even_deny_root\nroot_unlock_time = 60\n"),),
            (locking(conf="unlock_time = 900\n"),),  # root is never locked
            (host(),),
        ),
    ),
    "pam-sudo-secret": Case(
        ((host(),), (locking(),), (host(common_auth=SSSD),)),
        (
            (host(sudo="auth sufficient pam_succeed_if.so user ingroup ops\n" + WHOLE),),
            (host(sudo="auth [success=done default=ignore] pam_exec.so /bin/true\n" + WHOLE),),
            (host(sudo="auth sufficient pam_wheel.so trust use_uid\n" + WHOLE),),
            (host(common_auth=AUTH.replace("requisite\t\t\tpam_deny", "optional\tpam_deny")),),
        ),
    ),
    "pam-failed-logins-shown": one(
        host(login=LOGIN.replace("pam_lastlog.so", "pam_lastlog.so showfailed")),
        host(),
        host(login=LOGIN.replace("pam_lastlog.so", "pam_lastlog.so silent showfailed")),
    ),
    "pam-namespace": one(
        with_login("session required pam_namespace.so"),
        host(),
        with_login("session sufficient pam_permit.so\nsession required pam_deny.so"),
    ),
    "pam-namespace-tmp": namespaces("/tmp"),
    "pam-namespace-var-tmp": namespaces("/var/tmp"),
    "pam-su-group-empty": Case(
        ((su("auth required pam_wheel.so use_uid group=sugroup"), grouped()),),
        (
            (su("auth required pam_wheel.so use_uid group=sugroup"), grouped("an")),
            (su("auth required pam_wheel.so use_uid group=gone"), grouped()),
            (su("auth required pam_wheel.so"), grouped("an")),
            (su("# auth required pam_wheel.so group=sugroup"), people(account())),
        ),
    ),
    "pam-su-group": one(
        su("auth required pam_wheel.so use_uid group=sugroup"),
        su("auth required pam_wheel.so use_uid"),
        su("auth required pam_wheel.so group=sugroup"),
        su("auth sufficient pam_wheel.so use_uid group=sugroup"),
        su("# auth required pam_wheel.so use_uid group=sugroup"),
    ),
    "pam-password-judged": Case(
        ((quality(),), (quality("minlen = 6"),), (_alone(PASSWORD),)),
        ((host(common_password=PASSWORD.partition("\n")[2]),), (quality("enforcing = 0"),)),
    ),
    "pam-password-remembered": Case(
        ((host(),), (_alone(PASSWORD),)),
        ((stored("yescrypt"),),),
    ),
    "pam-lockout-duration": one(
        locking(conf="unlock_time = 900\n"),
        locking(conf="unlock_time = 600\n"),
        locking(),
        host({"security/faillock.conf": "unlock_time = 900\n"}),
    ),
    "pam-fail-delay": Case(
        (
            (host(login=LOGIN.replace("3000000", "4000000")), NO_DEFS),
            (host(login=LOGIN.replace("  delay=3000000", "")), login_defs(FAIL_DELAY="5")),
        ),
        (
            (host(), NO_DEFS),
            (host(), login_defs(FAIL_DELAY="5")),  # the line's own delay counts
            (host(login=LOGIN.replace("  delay=3000000", "")), NO_DEFS),
        ),
    ),
    "pam-logins": Case(
        ((LIMITED, limits(a="*  hard  maxlogins 1\n")),),
        (
            (LIMITED, limits()),
            (LIMITED, limits(a="* hard maxlogins 10\n")),
            (LIMITED, limits(a="* hard maxlogins 1\nan - maxlogins 5\n")),
            (LIMITED, limits(a="* - maxlogins 1\n@ops -\n")),
            (LIMITED, limits(a="* hard maxlogins 1\n", b="* hard maxlogins -1\n")),
            (host(), limits(a="* hard maxlogins 1\n")),
        ),
    ),
    "pam-root-serial": terminals("ttyS0"),
    "pam-root-virtual": terminals("vc/1"),
    "pam-central": Case(
        ((host(common_auth=SSSD), NSS),),
        (
            (host(), NSS),
            (host(common_auth=SSSD), files({"/etc/nsswitch.conf": "passwd: files # sss\n"})),
        ),
    ),
}  # fmt: skip

"""`govctl:pki:Certificate`: a machine's key and its certificate from the estate's own authority.

The key is made on the machine and never leaves it; only the request travels to the authority, and
the chain back.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field
from typing_extensions import override

from govctl.errors import TargetError
from govctl.texts import _
from stacks.provider.kind import Before, Context, Inputs, Kind, Live, Made, Properties
from stacks.provider.kinds import pki
from stacks.provider.kinds.commands import must_run
from stacks.provider.targets.target import File

_RENEW = timedelta(days=30)
_TIMEOUT = 180
_MAKE_REQUEST = """
set -eu
umask 027
mkdir -p "$(dirname "$1")"
[ -s "$1" ] || { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.new"
                 mv "$1.new" "$1"; }
chown "$2:$3" "$1"
chmod 0640 "$1"
openssl req -new -key "$1" -subj "$4"
"""
_SAME_KEY = '[ "$(openssl pkey -in "$1" -pubout)" = "$(openssl x509 -in "$2" -noout -pubkey)" ]'
# A unit that gave up for want of its certificate has to be forgiven before it starts again.
_RESTART = ["sh", "-c", 'systemctl reset-failed "$@"; exec systemctl restart "$@"', "sh"]


class CertificateInputs(Inputs):
    """Who signs, for which machine, under which names, and who uses it there."""

    authority_instance: str
    instance: str
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    """The files are `/etc/ssl/govctl/<name>.key` and `.pem`."""
    common_name: str = Field(pattern=r"^[A-Za-z0-9*][A-Za-z0-9.*-]{0,63}$")
    dns: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    owner: str = "root"
    group: str = "root"
    days: int = Field(default=397, gt=0)
    restart: tuple[str, ...] = ()
    """Units that are restarted when the certificate is new."""

    @property
    def key_path(self) -> str:
        """The private key on the machine."""
        return f"{pki.FOLDER}/{self.name}.key"

    @property
    def chain_path(self) -> str:
        """The certificate and its chain on the machine."""
        return f"{pki.FOLDER}/{self.name}.pem"

    @property
    def request(self) -> str:
        """The name of the request on the authority."""
        return f"{self.instance}-{self.name}"

    @property
    def names(self) -> str:
        """Subject alternative names as the authority's script takes them."""
        return ",".join([f"DNS:{name}" for name in self.dns] + [f"IP:{ip}" for ip in self.ips])


class CertificateKind(Kind[CertificateInputs]):
    """Renewed when less than 30 days are left, or when a name changes."""

    token = "govctl:pki:Certificate"  # noqa: S105 - a resource type
    inputs = CertificateInputs
    replaces = frozenset({"instance", "name", "authority_instance"})
    computed = frozenset({"fingerprint", "not_after"})

    @override
    def create(self, context: Context, new: CertificateInputs) -> Made:
        request = _make_request(context, new)
        chain = _sign(context, new, request)
        context.target.write_file(new.instance, new.chain_path, File(chain, 0o644, 0, 0))
        if new.restart:
            _run(context, new.instance, [*_RESTART, *new.restart], "systemctl restart")
        return Made(f"{new.instance}/{new.name}", _outputs(chain))

    @override
    def read(self, context: Context, before: Before) -> Live | None:
        if before.is_import:
            raise TargetError(_("certificates cannot be imported; declare one and it is made"))
        old = self.parse(before.inputs)
        machine = context.target.instance(old.instance)
        if machine is None:
            return None
        chain = context.target.read_file(old.instance, old.chain_path)
        if chain is None:
            return None
        try:
            outputs = _outputs(chain.content)
        except TargetError:
            return None
        is_other = outputs["fingerprint"] != before.outputs.get("fingerprint")
        if is_other or (machine.running and not _fits_key(context, old)):
            return None
        return Live(before.id, before.inputs, outputs)

    @override
    def update(self, context: Context, before: Before, new: CertificateInputs) -> Properties:
        return self.create(context, new).outputs

    @override
    def delete(self, context: Context, before: Before) -> None:
        old = self.parse(before.inputs)
        if context.target.instance(old.instance) is not None:
            context.target.delete_file(old.instance, old.chain_path)
            context.target.delete_file(old.instance, old.key_path)

    @override
    def is_due(self, before: Before) -> str | None:
        end = before.outputs.get("not_after")
        if isinstance(end, str) and datetime.fromisoformat(end) - datetime.now(UTC) < _RENEW:
            return "not_after"
        return None


def _make_request(context: Context, new: CertificateInputs) -> bytes:
    subject = f"/CN={new.common_name}"
    script = ["sh", "-c", _MAKE_REQUEST, "sh", new.key_path, new.owner, new.group, subject]
    return _run(context, new.instance, script, "openssl req").encode()


def _sign(context: Context, new: CertificateInputs, request: bytes) -> bytes:
    """The chain that the authority leaves for a request."""
    authority = new.authority_instance
    asked = f"{pki.REQUESTS}/{new.request}.csr"
    context.target.write_file(authority, asked, File(request, 0o600, 0, 0))
    command = [pki.SIGN, new.request, "--days", str(new.days)]
    _run(context, authority, [*command, "--san", new.names], pki.SIGN)
    issued = context.target.read_file(authority, f"{pki.ISSUED}/{new.request}.pem")
    if issued is None:
        raise TargetError(
            _("{machine} signed {request} and left no certificate",
              machine=authority, request=new.request)
        )  # fmt: skip
    return issued.content


def _fits_key(context: Context, old: CertificateInputs) -> bool:
    """Is the certificate for the key beside it? Asked on the machine, which keeps its key."""
    script = ["sh", "-c", _SAME_KEY, "sh", old.key_path, old.chain_path]
    return context.target.run(old.instance, script, _TIMEOUT).status == 0


def _run(context: Context, machine: str, command: list[str], what: str) -> str:
    return must_run(context.target, machine, command, what=what, timeout=_TIMEOUT)


def _outputs(chain: bytes) -> Properties:
    fingerprint, end = pki.describe(chain)
    return {"fingerprint": fingerprint, "not_after": end.isoformat()}

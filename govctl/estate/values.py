"""Small values as people write them: rates, sizes, names, addresses, ports."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from govctl.texts import Message, _, msg

_RATES = {"bit/s": 1, "kbit/s": 10**3, "Mbit/s": 10**6, "Gbit/s": 10**9}
_SIZES = {
    "B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12,
    "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40,
}  # fmt: skip
_AMOUNT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([A-Za-z/]+)")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_HOST_KEY_KIND = re.compile(r"ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)")
_HOST_KEY = re.compile(rf"(?:{_HOST_KEY_KIND.pattern}) [A-Za-z0-9+/]+={{0,3}}")
_HOST_KEY_RULE = msg("a public host key such as ssh-ed25519 AAAA…")
_BACKENDS = ("file", "s3", "gs", "azblob", "postgres", "https")
_RATE = r"\s*[0-9.]+\s*[kKmMgG]?[bB][iI][tT]/[sS]\s*"
_SIZE = r"\s*[0-9.]+\s*([kKmMgGtT][iI]?)?[bB]\s*"
_SPECIAL4 = ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
_HOSTS6 = ("fc00::/7", "2000::/3")
"""What is not for hosts of a routed network, and what alone is (RFC 6890, RFC 4291)."""
_DOMAIN = re.compile(
    r"(?=.{1,200}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
)


def wrong(message: str, expected: str, hint: str = "") -> PydanticCustomError:
    """A problem of one value, with what was expected, for pydantic to carry."""
    return PydanticCustomError(
        "govctl", "{message}", {"message": message, "expected": expected, "hint": hint}
    )


def _backend(value: str) -> str:
    scheme, _colon, rest = value.partition("://")
    if scheme not in _BACKENDS or not rest:
        names = ", ".join(f"{name}://" for name in _BACKENDS)
        raise wrong(_("this is no backend of Pulumi"), _("one of: {names}", names=names))
    if ":" in rest.partition("/")[0].rpartition("@")[0] or "password=" in rest:
        raise wrong(
            _("a password in the address of the backend, where everybody reads it"),
            _("the address without it"),
            _("give it by the environment: PGPASSWORD, AWS_SECRET_ACCESS_KEY"),
        )
    return value


def _amount(value: Any, units: dict[str, int], name: str, example: str) -> int:
    match = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) else None
    unit = match.group(2) if match else ""
    scale = units.get(unit) or {key.lower(): n for key, n in units.items()}.get(unit.lower())
    if match is None or scale is None:
        hint = _("the unit is missing") if isinstance(value, int) else ""
        message = _('"{value}" is not a {name}', value=str(value)[:40], name=name)
        raise wrong(message, _('a number with a unit, such as "{example}"', example=example), hint)
    amount = round(float(match.group(1)) * scale)
    if amount < 1:
        raise wrong(_("{name} must be more than zero", name=name), example)
    return amount


def rate(value: Any) -> int:
    """Bits per second of `200 Mbit/s`."""
    return _amount(value, _RATES, _("rate"), "200 Mbit/s")


def size(value: Any) -> int:
    """Bytes of `256 MiB`."""
    return _amount(value, _SIZES, _("size"), "256 MiB")


def _written(pattern: str, *examples: str) -> WithJsonSchema:
    """What an editor is told of a text."""
    schema: dict[str, Any] = {"type": "string", "pattern": f"^{pattern}$"}
    return WithJsonSchema({**schema, "examples": [*examples]} if examples else schema)


def _matching(pattern: re.Pattern[str], expected: Message) -> BeforeValidator:
    def check(value: Any) -> Any:
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise wrong(_('"{value}" cannot be used here', value=value[:60]), expected.render())
        return value

    return BeforeValidator(check)


def _without_notes(value: Any) -> Any:
    """The two words that count: a `.pub` file has a comment behind them, ssh-keyscan(1) a host
    before them."""
    words = value.split() if isinstance(value, str) else []
    at = next((n for n, word in enumerate(words[:2]) if _HOST_KEY_KIND.fullmatch(word)), None)
    return value if at is None else " ".join(words[at : at + 2])


def _host_key(value: str) -> str:
    """A key whose fields (RFC 4253, 6.6) end where it ends: one cut short fits no host."""
    kind, text = value.split(" ")
    try:
        blob = base64.b64decode(text, validate=True)
    except binascii.Error:
        blob = b""
    first, at = None, 0
    while at + 4 <= len(blob):
        end = at + 4 + int.from_bytes(blob[at : at + 4], "big")
        first, at = blob[at + 4 : end] if first is None else first, end
    if at != len(blob) or first != kind.encode():
        raise wrong(
            _('"{value}" is no whole public key', value=value[:60]),
            _HOST_KEY_RULE.render(),
            _("copy it again: /etc/ssh/ssh_host_ed25519_key.pub, or ssh-keyscan -t ed25519 HOST"),
        )
    return value


def _words(longest: int, *, lines: bool) -> BeforeValidator:
    """Text that says something, without characters that a terminal would obey."""

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if not value.strip():
            raise wrong(_("it is empty"), _("some text"))
        if len(value) > longest:
            raise wrong(_("it is too long"), _("at most {limit} characters", limit=longest))
        allowed = "\t\n" if lines else ""
        hidden = next((c for c in value if not c.isprintable() and c not in allowed), None)
        if hidden is not None:
            message = _("it has the hidden character U+{code}", code=f"{ord(hidden):04X}")
            raise wrong(message, _("plain text"))
        return value.strip()

    return BeforeValidator(check)


LABEL_RULE = msg("1 to 40 of a–z, 0–9 and hyphens, no hyphen at the ends")


def is_label(value: str) -> bool:
    """True for an RFC 1123 label of at most 40 characters."""
    return _LABEL.fullmatch(value) is not None


def is_pattern(value: str) -> bool:
    """True if `value` compiles as a regular expression."""
    try:
        re.compile(value)
    except re.error:
        return False
    return True


def _network(version: int) -> BeforeValidator:
    example = "10.25.0.0/16" if version == 4 else "fd25:25::/48"
    kind = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network

    def check(value: Any) -> Any:
        expected = _('an IPv{version} prefix such as "{example}"', version=version, example=example)
        if not isinstance(value, str):
            raise wrong(_('"{value}" is not text', value=value), expected)
        try:
            network = kind(value)
        except ValueError as error:
            raise wrong(
                _('"{value}" is not an IPv{version} prefix', value=value[:60], version=version),
                expected,
                _host_bits(kind, value, error),
            ) from None
        if not _for_hosts(network):
            raise wrong(
                _('"{value}" has addresses that no machine can have', value=value[:60]),
                _("a prefix inside {networks}", networks=", ".join(_HOSTS6))
                if version == 6
                else _("a prefix outside {networks}", networks=", ".join(_SPECIAL4)),
            )
        return str(network)

    return BeforeValidator(check)


def _for_hosts(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    if isinstance(network, ipaddress.IPv6Network):
        return any(network.subnet_of(ipaddress.IPv6Network(one)) for one in _HOSTS6)
    return not any(network.overlaps(ipaddress.IPv4Network(one)) for one in _SPECIAL4)


def _host_bits(kind: Any, value: str, error: ValueError) -> str:
    if "host bits" not in str(error):
        return ""
    return _('did you mean "{name}"?', name=kind(value, strict=False))


def ip_address(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address; None if it is none."""
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


_PORTS = msg("1 to 65535, or a range such as 8000-8100")


def _ports(value: Any) -> Any:
    items = value if isinstance(value, tuple) else (value,)
    if not items:
        raise wrong(_("it is empty"), _PORTS.render())
    return tuple(_port_range(item) for item in items)


def _port_range(item: Any) -> tuple[int, int]:
    first = last = -1
    if isinstance(item, int) and not isinstance(item, bool):
        first = last = item
    elif isinstance(item, str) and (match := re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", item)):
        first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last <= 65535:
        message = _('"{value}" is not a port', value=str(item)[:40])
        raise wrong(message, _PORTS.render())
    return first, last


Rate = Annotated[int, BeforeValidator(rate), _written(_RATE, "200 Mbit/s")]
Size = Annotated[int, BeforeValidator(size), _written(_SIZE, "256 MiB")]
Label = Annotated[str, _matching(_LABEL, LABEL_RULE), _written(_LABEL.pattern)]
BackendUrl = Annotated[
    str,
    AfterValidator(_backend),
    _written(f"({'|'.join(_BACKENDS)})://.+", "s3://bucket?region=…"),
]
PersonName = Annotated[str, _words(200, lines=False)]
Sentences = Annotated[str, _words(4000, lines=True)]
UserName = Annotated[
    str,
    _matching(_USER, msg("a user name: a–z, 0–9, _ and -, at most 32")),
    _written(_USER.pattern),
]
HostKey = Annotated[
    str,
    AfterValidator(_host_key),
    _matching(_HOST_KEY, _HOST_KEY_RULE),
    BeforeValidator(_without_notes),
    _written(rf"\s*(\S+\s+)?{_HOST_KEY.pattern}(\s.*)?"),
]
Domain = Annotated[
    str, _matching(_DOMAIN, msg("a domain name in small letters")), _written(_DOMAIN.pattern)
]
Prefix4 = Annotated[str, _network(4), _written(r"[0-9.]+(/[0-9.]+)?")]
Prefix6 = Annotated[str, _network(6), _written(r"[0-9a-fA-F.]*:[0-9a-fA-F:.]*(/[0-9]+)?")]
_PORT: dict[str, Any] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 65535},
        {"type": "string", "pattern": "^[0-9]+(-[0-9]+)?$"},
    ]
}
PortList = Annotated[
    tuple[tuple[int, int], ...],
    BeforeValidator(_ports),
    WithJsonSchema({"anyOf": [*_PORT["anyOf"], {"type": "array", "items": _PORT, "minItems": 1}]}),
]

"""HTTP to LXD or Incus: where the socket is, TLS, operations, and errors turned into sentences."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from govctl.errors import MissingPrerequisite, TargetError
from govctl.texts import _
from stacks.provider.targets.target import AlreadyExists, NotFound

SOCKETS = (
    Path("/var/lib/lxd/unix.socket"),
    Path("/var/snap/lxd/common/lxd/unix.socket"),
    Path("/var/lib/incus/unix.socket"),
)
REQUEST_TIMEOUT = 60.0
OPERATION_TIMEOUT = 300


class Changed(TargetError):
    """Somebody changed the object between reading and writing it."""


@dataclass(frozen=True)
class Place:
    """An API to talk to: a socket, or an HTTPS address with the files for mutual TLS."""

    socket: Path | None = None
    url: str = "http://lxd"
    certificate: Path | None = None
    key: Path | None = None
    server_certificate: Path | None = None

    def __str__(self) -> str:
        return str(self.socket or self.url)


def find_place(url: str | None, environment: Mapping[str, str] = os.environ) -> Place:
    """The API that `url` names (`unix:///path`, `https://host:8443`), or the local one for None.

    Files for HTTPS come from GOVCTL_TLS_CERT, GOVCTL_TLS_KEY and GOVCTL_TLS_SERVER_CERT (PEM).
    """
    if url is None:
        given = environment.get("LXD_SOCKET") or environment.get("INCUS_SOCKET")
        found = Path(given) if given else next((path for path in SOCKETS if path.exists()), None)
        if found is None:
            raise MissingPrerequisite(
                _("no LXD or Incus on this machine: none of {paths} exists", paths=_join(SOCKETS)),
                hint=_("run: govctl doctor --fix"),
            )
        return Place(socket=found)
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return Place(socket=Path(parts.path))
    if parts.scheme != "https":
        raise TargetError(
            _("target address {url} is neither unix:///path nor https://host:port", url=url)
        )
    names = ("GOVCTL_TLS_CERT", "GOVCTL_TLS_KEY", "GOVCTL_TLS_SERVER_CERT")
    missing = [name for name in names if not environment.get(name)]
    if missing:
        raise MissingPrerequisite(
            _("{url} needs mutual TLS: set {names}", url=url, names=", ".join(missing))
        )
    return Place(None, url.rstrip("/"), *(Path(environment[name]) for name in names))


class Connection:
    """One keep-alive pool of connections; safe to use from many threads."""

    def __init__(self, place: Place) -> None:
        self.place = place
        # A connection has no age: httpcore 1.0 may close one for its age that it has just given to
        # another thread, whose answer then never comes (encode/httpcore issue 1110).
        limits = httpx.Limits(
            max_connections=128, max_keepalive_connections=128, keepalive_expiry=None
        )
        transport = (
            httpx.HTTPTransport(uds=str(place.socket), limits=limits)
            if place.socket
            else httpx.HTTPTransport(verify=_tls(place), limits=limits)
        )
        self._client = httpx.Client(
            transport=transport, base_url=place.url, timeout=REQUEST_TIMEOUT, trust_env=False
        )

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One HTTP exchange; errors of the way and of the API are raised as sentences."""
        try:
            response = self._exchange(method, path, **options)
        except httpx.ConnectError as error:
            raise self._unreachable(error) from error
        except httpx.TimeoutException as error:
            raise TargetError(
                _("{place} did not answer in time: {what}", place=self.place, what=path)
            ) from error
        except httpx.HTTPError as error:
            raise TargetError(
                _("the connection to {place} broke: {error}", place=self.place, error=error)
            ) from error
        if response.status_code >= 400:
            raise self._refused(path, response.status_code, _reason(response))
        return response

    def _exchange(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Reading is tried twice: a kept connection may be closed just as it is used."""
        try:
            return self._client.request(method, path, **options)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if method != "GET":
                raise
            return self._client.request(method, path, **options)

    def get(self, path: str, **options: Any) -> Any:
        """The `metadata` of an answer."""
        return self.request("GET", path, **options).json()["metadata"]

    def find(self, path: str) -> tuple[Any, str] | None:
        """An object and its ETag, or None if it is not there."""
        try:
            response = self.request("GET", path)
        except NotFound:
            return None
        return response.json()["metadata"], response.headers.get("etag", "")

    def change(
        self, method: str, path: str, *, wait: int = OPERATION_TIMEOUT, **options: Any
    ) -> Any:
        """Ask for a change and wait until it is done, at most `wait` seconds.

        Gives the finished operation, or for a change that is done at once the answer's metadata.
        """
        body = self.request(method, path, **options).json()
        if body["type"] != "async":
            return body["metadata"]
        return self.finish(body["operation"], path, wait)

    def finish(self, operation: str, what: str, wait: int = OPERATION_TIMEOUT) -> Any:
        """Wait for an operation; TargetError if it failed or is not done after `wait` seconds."""
        asked = {"timeout": wait}
        answer = self.request("GET", f"{operation}/wait", params=asked, timeout=wait + 10.0).json()
        # Incus 6 tells of an operation that failed so, with status 200 and without the operation.
        if answer["type"] == "error":
            raise self._refused(what, answer["error_code"], answer["error"])
        done = answer["metadata"]
        if done["status_code"] == 200:
            return done
        if done["status_code"] < 200:
            raise TargetError(_("{what} is not done after {wait} seconds", what=what, wait=wait))
        raise self._refused(what, done["status_code"], done["err"])

    def _refused(self, what: str, status: int, reason: str) -> TargetError:
        lower = reason.lower()
        if "no space left" in lower or "disk quota exceeded" in lower:
            return TargetError(
                _("no disk space left for {what}: {reason}", what=what, reason=reason),
                hint=_("free some space or give the storage pool more, then run again"),
            )
        message = _("{place} refused {what}: {reason}", place=self.place, what=what, reason=reason)
        if status == 404:
            return NotFound(message)
        if status == 412:
            return Changed(message)
        # Incus 6 passes its database's words on.
        if status == 409 or "already exists" in lower or "unique constraint failed" in lower:
            return AlreadyExists(message)
        return TargetError(message)

    def _unreachable(self, error: httpx.ConnectError) -> TargetError | MissingPrerequisite:
        if "Permission denied" in str(error):
            return MissingPrerequisite(
                _("no permission to use {place}", place=self.place),
                hint=_("run as root, or as a member of the socket's group"),
            )
        if self.place.socket is None:
            return TargetError(_("cannot reach {place}: {error}", place=self.place, error=error))
        return MissingPrerequisite(
            _("LXD does not answer at {place}: {error}", place=self.place, error=error),
            hint=_("run: govctl doctor --fix"),
        )


def _tls(place: Place) -> ssl.SSLContext:
    """Mutual TLS with the server's own certificate pinned; its name does not matter then."""
    context = ssl.create_default_context(cafile=str(place.server_certificate))
    context.check_hostname = False
    context.load_cert_chain(str(place.certificate), str(place.key))
    return context


def _reason(response: httpx.Response) -> str:
    try:
        return str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {response.status_code}"


def _join(paths: tuple[Path, ...]) -> str:
    return ", ".join(str(path) for path in paths)

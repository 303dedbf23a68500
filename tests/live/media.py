"""Voice on the wire, seen from outside: packets of a machine's leg, taken while a call goes on."""

from __future__ import annotations

import socket
import struct
import threading
from collections import defaultdict
from ipaddress import IPv4Address, IPv6Address, ip_address
from types import TracebackType

_ALL_PROTOCOLS = 0x0003
_IPV4, _IPV6, _UDP = 0x0800, 0x86DD, 17
_RTP_HEADER = 12
Address = IPv4Address | IPv6Address


class Capture:
    """RTP packets on the host's end of a leg, by source and destination."""

    def __init__(self, device: str) -> None:
        self.first_bytes: dict[tuple[Address, Address], list[int]] = defaultdict(list)
        """Of each packet, the first byte after the RTP header: a codec's own, unless encrypted."""
        self._socket = socket.socket(
            socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS)
        )
        self._socket.bind((device, 0))
        self._socket.settimeout(0.2)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Capture:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(5)
        self._socket.close()

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                self._take(self._socket.recv(2048))
            except TimeoutError:
                continue

    def _take(self, frame: bytes) -> None:
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == _IPV4 and frame[23] == _UDP:
            ends, payload = (frame[26:30], frame[30:34]), frame[14 + 4 * (frame[14] & 15) + 8 :]
        elif kind == _IPV6 and frame[20] == _UDP:
            ends, payload = (frame[22:38], frame[38:54]), frame[62:]
        else:
            return
        if len(payload) < _RTP_HEADER or payload[0] >> 6 != 2 or 192 <= payload[1] <= 223:
            return
        voice = payload[_RTP_HEADER + 4 * (payload[0] & 15) :]
        if voice:  # any datagram, such as a query of a name, may begin as RTP does
            source, destination = (ip_address(end) for end in ends)
            self.first_bytes[source, destination].append(voice[0])

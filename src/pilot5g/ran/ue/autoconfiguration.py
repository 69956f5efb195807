"""How a phone gets its IPv6 address: identifier from NAS, prefix from a router (TS 23.501 5.8.2.2.3).

The phone solicits as RFC 4861 6.3.7 says, at most three times four seconds apart, and forms the address from
the first /64 that may be used for it (RFC 4862 5.5.3). Later advertisements renew or replace it.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv6Address

from pilot5g.flow.timer import Alarm
from pilot5g.wire import ip

SOLICITATIONS = 3
"""MAX_RTR_SOLICITATIONS (RFC 4861 10)."""
INTERVAL = 4.0
"""RTR_SOLICITATION_INTERVAL in seconds (RFC 4861 10)."""
_ADVERTISEMENT = 134
_TYPE_AT = 40


class Autoconfiguration:
    """One session's IPv6 address in the making, and afterwards.

    `send` takes the solicitation; `learned` the address, the prefix length, DNS servers and MTU.
    """

    __slots__ = ("_alarm", "_identifier", "_learned", "_left", "_send", "address")

    def __init__(
        self,
        identifier: bytes,
        send: Callable[[bytes], None],
        learned: Callable[[IPv6Address, ip.RouterAdvertisement], None],
    ) -> None:
        """`identifier`: the eight octets of the PDU address."""
        self._identifier = identifier
        self._send = send
        self._learned = learned
        self._alarm = Alarm()
        self._left = SOLICITATIONS
        self.address: IPv6Address | None = None

    def start(self) -> None:
        """Solicit, unless there is an address or all tries are spent."""
        if self.address is not None or self._left == 0:
            return
        self._left -= 1
        self._send(ip.build_router_solicitation(ip.link_local(self._identifier)))
        self._alarm.start(INTERVAL, self.start)

    def stop(self) -> None:
        """No more solicitations."""
        self._alarm.stop()

    def takes(self, packet: bytes) -> bool:
        """Whether a downlink packet was a router advertisement; if so it has been dealt with."""
        if len(packet) <= _TYPE_AT or packet[6] != ip.ICMPV6 or packet[_TYPE_AT] != _ADVERTISEMENT:
            return False
        advertisement = ip.parse_router_advertisement(packet)
        if advertisement is None:
            return False
        for prefix in advertisement.prefixes:
            if prefix.autonomous and prefix.length == 64 and prefix.valid:
                self._take(IPv6Address(prefix.prefix[:8] + self._identifier), advertisement)
                break
        return True

    def _take(self, address: IPv6Address, advertisement: ip.RouterAdvertisement) -> None:
        self.stop()
        if address != self.address:
            self.address = address
            self._learned(address, advertisement)

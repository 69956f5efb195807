"""The network's end of phones' IPv6 links: packets that no router forwards (TS 23.501 5.8.2.2.3)."""

from __future__ import annotations

from collections.abc import Sequence

from pilot5g.datapath.router import advertisement
from pilot5g.datapath.userspace.ready import default_tunnel
from pilot5g.datapath.userspace.rules import NO_PREFIX, SessionState
from pilot5g.service.datapath import Counters
from pilot5g.wire import ip


class Links:
    """Answers router solicitations."""

    def __init__(self, counters: Counters, mtu: int | None, dns: Sequence[str]) -> None:
        """`mtu` and `dns` go into router advertisements."""
        self._counters = counters
        self._mtu = mtu
        self._dns = tuple(ip.pack(address) for address in dns)

    def received(self, session: SessionState, packet: bytes) -> None:
        """A packet of the phone's own link: a solicitation is answered, nothing is forwarded."""
        self._counters.link_local += 1
        if session.prefix != NO_PREFIX and ip.parse_router_solicitation(packet) is not None:
            self.advertise(session, packet[8:24])

    def advertise(self, session: SessionState, asker: bytes) -> None:
        """Answer a router solicitation with the session's prefix, by its default rule.

        Before the radio's end of the tunnel is known the answer waits: a phone may ask that soon.
        """
        way = default_tunnel(session.session)
        if way is None:
            session.advertise = asker
            return
        session.advertise = None
        encapsulate, peer = way
        packet = advertisement(session.prefix, asker, self._mtu, self._dns)
        session.n3.waiting.append((encapsulate(packet), peer))
        self._counters.router_advertisements += 1

"""Whether a packet of a phone may be forwarded; and the network's end of its IPv6 link, whose packets no
router forwards (TS 23.501 5.8.2.2.3).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pilot5g.datapath.router import advertisement, of_the_link
from pilot5g.datapath.userspace.path import Signalling
from pilot5g.datapath.userspace.ready import default_tunnel
from pilot5g.datapath.userspace.rules import NO_PREFIX, SessionState
from pilot5g.service.datapath import Counters
from pilot5g.wire import ip


class Links:
    """Looks at who sent a packet, and answers router solicitations."""

    def __init__(
        self,
        counters: Counters,
        signalling: Signalling,
        clock: Callable[[], float],
        mtu: int | None,
        dns: Sequence[str],
    ) -> None:
        """`mtu` and `dns` go into router advertisements."""
        self._counters = counters
        self._clock = clock
        self._signalling = signalling
        self._mtu = mtu
        self._dns = tuple(ip.pack(address) for address in dns)

    def admits(self, session: SessionState, packet: bytes) -> bool:
        """Not from the session's IPv4 address: is it from its IPv6 prefix or from a network behind the phone,
        and to be forwarded? If not, that is counted."""
        switch = session.n6.switch
        if switch is not None:
            if switch.learn(session.seid, packet, self._clock()):
                return True
            self._signalling.malformed("no Ethernet frame")
            return False
        which = ip.version(packet)
        if which == 6:
            source, destination = packet[8:24], packet[24:40]
            if of_the_link(source, destination):
                self.received(session, packet)
                return False
            if source[:8] == session.prefix:
                return True
        elif which != 4:
            self._signalling.malformed("no IP packet")
            return False
        if session.framed and session.is_behind(ip.source(packet)):
            return True
        self._counters.dropped_spoofed += 1
        return False

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

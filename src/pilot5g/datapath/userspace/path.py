"""GTP-U without a user packet in it: what a path and its peers ask and tell (TS 29.281 7.2, 7.3)."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.datapath.hostile import reason
from pilot5g.datapath.userspace.installed import Installed
from pilot5g.datapath.userspace.place import forwarded_to
from pilot5g.datapath.userspace.rules import N3
from pilot5g.flow.link import GTPU_PORT, Address
from pilot5g.service.datapath import Counters
from pilot5g.service.n4 import FTeid
from pilot5g.wire import gtpu
from pilot5g.wire.errors import DecodeError

INDICATIONS_PER_SECOND = 1000
"""Error Indications that strangers can make us send."""


class Signalling:
    """The answers. What needs none gets none."""

    def __init__(self, counters: Counters, installed: Installed, lost: Callable[[FTeid], None]) -> None:
        """`lost` hears of a tunnel of ours that its peer, and nobody else, says not to know."""
        self._counters = counters
        self._installed = installed
        self._lost = lost
        self._indications = (0, 0)
        """The second it is, and the Error Indications sent in it."""

    def received(self, n3: N3, data: bytes, sender: Address) -> None:
        """Anything but a G-PDU."""
        try:
            message = gtpu.decode(data)
        except gtpu.UnsupportedExtension:
            self.malformed("extension header not known")
            known = gtpu.SupportedExtensionHeaders((gtpu.ExtensionType.PDU_SESSION_CONTAINER,))
            n3.waiting.append((gtpu.encode(known), sender))
        except DecodeError:
            self.malformed(reason(data))
        else:
            if isinstance(message, gtpu.EchoRequest):
                self._counters.echo_answered += 1
                n3.waiting.append((gtpu.encode(gtpu.EchoResponse(message.sequence)), sender))
            elif isinstance(message, gtpu.ErrorIndication):
                self._counters.error_indications_received += 1
                if sender[0] == message.address:  # TS 23.527 5.3.3.1
                    self._lost(FTeid(message.teid, message.address))
            elif isinstance(message, gtpu.EndMarker):
                self._pass_on(n3, message.teid)

    def _pass_on(self, n3: N3, teid: int) -> None:
        """The end of what a handover's source forwards is news for its target (TS 23.501 5.8.2.9)."""
        tunnel = self._installed.tunnels.get(teid)
        state = self._installed.sleeper(teid) if tunnel is None else tunnel.session
        for outer in () if state is None else forwarded_to(state.session, teid):
            n3.waiting.append((gtpu.encode(gtpu.EndMarker(outer.teid)), (outer.address, outer.port)))
            self._counters.end_markers_sent += 1

    def malformed(self, why: str) -> None:
        """Count what a stranger sent, by its flaw."""
        counters = self._counters
        counters.malformed += 1
        counters.hostile[why] = counters.hostile.get(why, 0) + 1

    def unknown(self, n3: N3, teid: int, sender: Address, now: float) -> None:
        """Tell the sender that we do not know the tunnel (TS 29.281 7.3.1), so often and no more."""
        self._counters.dropped_unknown_teid += 1
        second, sent = self._indications
        sent = sent if second == int(now) else 0
        if sent >= INDICATIONS_PER_SECOND:
            return
        self._indications = (int(now), sent + 1)
        host, port = sender
        message = gtpu.ErrorIndication(teid, n3.address, None if port == GTPU_PORT else port)
        n3.waiting.append((gtpu.encode(message), (host, GTPU_PORT)))
        self._counters.error_indications_sent += 1

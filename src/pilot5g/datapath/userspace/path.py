"""GTP-U without a user packet in it: what a path and its peers ask and tell (TS 29.281 7.2, 7.3)."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.datapath.hostile import reason
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

    def __init__(self, counters: Counters, lost: Callable[[FTeid], None]) -> None:
        """`lost` hears of a tunnel of ours that its peer, and nobody else, says not to know."""
        self._counters = counters
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

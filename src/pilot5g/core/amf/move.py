"""A connection that changes its radio, by Xn (path switch) or N2 handover (TS 23.502 4.9.1, TS 33.501 6.9.2).

To the phone's NAS nothing happens: its connection stays the same object, with its procedures, and gets
another radio and other identities. Handovers therefore have an inbox of their own, a `Move`, beside that of
the phone's mobility procedures: authentication or registration goes on through a handover (TS 24.501
5.4.1.3.7). What AMF and SMFs want to send meanwhile waits until it is decided where the phone is.

Most connections never move, and have none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pilot5g.core.amf.session_delivery import deliver_pending
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Gone
from pilot5g.flow.procedure import Inbox, Procedure
from pilot5g.wire.ngap.values import cause, security_key_to

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection
    from pilot5g.core.amf.ran import Radio
    from pilot5g.core.amf.ue import Ue

COUNTS: Final = 8
"""NCC has three bits (TS 33.501 6.9.2.1.1)."""
KEPT: Final = 16
"""NAS messages that wait for the end of a handover, at most: what is beyond them is repeated by its timer."""

TO_PHONE = ("ng-intra-system-handover-triggered", "xn-handover-triggered")
"""Why a radio could not deliver what it was sent: the phone is moving (TS 38.413 9.3.1.2)."""


class TargetLost(msgspec.Struct, frozen=True):
    """The radio that the phone is to go to has let go of it, or is gone."""

    reason: str


class Security(msgspec.Struct, frozen=True):
    """What the next radio begins with: NH and NCC; `fresh` where its keys come from a new K_AMF, which the
    phone is told of by `nasc` where no security mode command did."""

    nh: bytes
    ncc: int
    fresh: bool
    nasc: bytes | None = None

    @property
    def context(self) -> dict[str, Any]:
        """Security Context (TS 38.413 9.3.1.88)."""
        return {"nextHopChainingCount": self.ncc, "nextHopNH": security_key_to(self.nh)}

    @property
    def indicator(self) -> str | None:
        """New Security Context Indicator (TS 38.413 9.3.1.55)."""
        return "true" if self.fresh else None


class Move(Inbox):
    """The handovers of one connection. `leg` is the connection to the radio it may go to; `former` the radio
    it came from, with the identity it had there; `holding`: nothing can be sent to the phone just now."""

    __slots__ = ("_begins", "_early", "_kept", "_ncc", "_nh", "amf", "connection", "former", "holding", "leg")

    def __init__(
        self, amf: Amf, connection: Connection, begins: Callable[[Move, Any], Procedure | None]
    ) -> None:
        super().__init__()
        self.amf = amf
        self.connection = connection
        self._begins = begins
        self.leg: Connection | None = None
        self.former: tuple[Radio, int] | None = None
        self.holding = False
        self._kept: tuple[bytes, ...] = ()
        self._early: tuple[bytes, ...] = ()
        self._nh = b""
        self._ncc = 0

    def _begin(self, event: Any) -> Procedure | None:
        return self._begins(self, event)

    def _failed(self, bug: BaseException) -> None:
        self.amf.journal.note(str(self.connection), f"a handover failed: {bug!r}")
        self.amf.release(self.connection, cause("misc", "unspecified"))

    @property
    def ue(self) -> Ue:
        """The phone. Raises Gone where it has left."""
        ue = self.connection.ue
        if ue is None or self.connection.releasing:
            raise Gone("the phone is not connected")
        return ue

    # -- keys

    def security(self) -> Security:
        """One step along the chain of next hops (TS 33.501 6.9.2.3.2, 6.9.2.3.3). Where a security mode
        command has brought a new K_AMF since the radio got its keys, a new chain begins. Raises Gone."""
        keys, line = self.ue.context.keys, self.connection
        if keys is None:
            raise Gone("the phone has no security context any more")
        kgnb = kdf.kgnb(keys.kamf, line.kgnb_count)
        if line.as_kamf != keys.kamf:
            line.as_kamf, self._ncc, self._nh = keys.kamf, 1, kdf.nh(keys.kamf, kgnb)
            return Security(kgnb, 0, fresh=True)
        if not self._nh:
            self._ncc, self._nh = 1, kdf.nh(keys.kamf, kgnb)
        self._ncc, self._nh = (self._ncc + 1) % COUNTS, kdf.nh(keys.kamf, self._nh)
        return Security(self._nh, self._ncc, fresh=False)

    def follow(self, security: Security, kamf: bytes) -> None:
        """Go on with the chain of another AMF, which has given these to the radio."""
        self.connection.as_kamf = kamf
        self._ncc, self._nh = (
            (1, kdf.nh(kamf, security.nh)) if security.fresh else (security.ncc, security.nh)
        )

    def rekeyed(self) -> None:
        """The radio has got a K_gNB of another K_AMF: the chain begins there (TS 33.501 6.9.2.1.1)."""
        self._ncc, self._nh = 0, b""

    # -- what waits

    def keep(self, pdu: bytes) -> None:
        """A NAS message for later."""
        self._kept = (*self._kept, pdu)[-KEPT:]

    def early(self, pdu: bytes) -> None:
        """A NAS message of a phone that has arrived before the word of the AMF it comes from."""
        self._early = (*self._early, pdu)[-KEPT:]

    def take_early(self) -> tuple[bytes, ...]:
        """What it has sent meanwhile."""
        early, self._early = self._early, ()
        return early

    def settle(self) -> None:
        """It is clear where the phone is: what waited goes there (TS 24.501 5.4.1.3.7 e and its likes)."""
        self.holding = False
        ue = self.connection.ue
        kept, self._kept = self._kept, ()
        if ue is None or not ue.connected:
            return
        for pdu in kept:
            ue.send_octets(pdu)
        if ue.secured:
            deliver_pending(ue)

    def undelivered(self, pdu: bytes, *, left: bool) -> None:
        """A radio could not deliver a NAS message because the phone is moving (TS 38.413 8.6.4): again, once
        it has moved, which it has where the radio is the one it `left`."""
        self.keep(pdu)
        if left and not self.holding:
            self.settle()

    # -- where the phone is

    def rebind(self, radio: Radio, ran_ue_ngap_id: int) -> None:
        """Path switch: another radio has the phone, and the AMF's identity of it (TS 38.413 8.4.4)."""
        line = self.connection
        self.former = (line.radio, line.ran_ue_ngap_id)
        self.amf.move(line, radio, ran_ue_ngap_id)

    def cross(self) -> Connection:
        """The phone is with its leg now. What is left, to be released, is the connection to the former
        radio."""
        line, leg = self.connection, self.leg
        assert leg is not None
        self.former = (line.radio, line.ran_ue_ngap_id)
        self.amf.exchange(line, leg)
        leg.move = None
        self.leg = None
        line.rates = leg.rates  # the RFSP index goes from radio to radio (TS 38.413 9.3.1.29)
        return leg

    def leave(self, why: tuple[str, str]) -> None:
        """Nothing comes of the target radio."""
        leg, self.leg = self.leg, None
        if leg is not None:
            leg.move = None
            self.amf.release(leg, why)

    def forget_leg(self, reason: str) -> None:
        """The target radio has refused, and keeps nothing that could be released."""
        leg, self.leg = self.leg, None
        if leg is not None:
            leg.move = None
            self.amf.drop(leg, reason)

    def leg_lost(self, reason: str) -> None:
        """The target radio has gone, or let go by itself."""
        if self.leg is not None:
            self.leg.move = None
            self.leg = None
            self.deliver(TargetLost(reason))

    def crosses(self) -> bool:
        """Whether losing the former radio matters no more: the phone has been told to go to the other."""
        return self.holding and self.leg is not None and self.leg.radio is not self.connection.radio

    def retire(self) -> None:
        """The connection ends, and every handover with it."""
        super().retire()
        self.leave(cause("radioNetwork", "release-due-to-5gc-generated-reason"))
        self.holding = False
        self._kept = ()


def knew(connection: Connection, radio: Radio, ran_ue_ngap_id: int | None) -> bool:
    """Whether a radio speaks of a connection that it had until a moment ago."""
    move = connection.move
    return move is not None and move.former == (radio, ran_ue_ngap_id)

"""One radio node: its association, the areas it serves, and the phones connected through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pilot5g.flow.link import Association
from pilot5g.flow.timer import Alarm
from pilot5g.model import Plmn, Snssai, Tai
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.values import GnbId

if TYPE_CHECKING:
    from pilot5g.core.amf.connection import Connection

NON_UE_STREAM = 0
"""Non UE-associated signalling has a stream of its own (TS 38.412 7)."""


class Radio:
    """A gNB. Before its NG Setup it is an association with an address and nothing else. It may have further
    ones (TS 38.412 7): a phone's signalling goes by that which the radio used last for it (`heard`)."""

    __slots__ = ("_further", "association", "connections", "gnb", "heard", "name", "resetting", "supported")

    def __init__(self, association: Association) -> None:
        self.association = self.heard = association
        self._further: tuple[Association, ...] = ()
        self.gnb: GnbId | None = None
        self.name = "{}:{}".format(*association.peer)
        self.supported: Mapping[Tai, Mapping[Plmn, tuple[Snssai, ...]]] = {}
        self.resetting = Alarm()
        self.connections: dict[int, Connection] = {}
        """By RAN-UE-NGAP-ID."""

    @property
    def ready(self) -> bool:
        """Whether NG Setup succeeded."""
        return self.gnb is not None

    def send(self, message: Message) -> None:
        """Non UE-associated signalling to this node."""
        self.send_octets(codec.encode(message))

    def send_octets(self, octets: bytes) -> None:
        """The same of a message that several nodes get."""
        self.association.send(octets, NON_UE_STREAM)

    def send_on(self, message: Message, amf_ue_ngap_id: int, by: Association | None = None) -> None:
        """UE-associated signalling: each phone stays on one association (`by`, where that is still up) and on
        one stream of it other than 0 (TS 38.412 7)."""
        way = by if by is not None and by in self._further else self.association
        way.send(codec.encode(message), self.stream_for(amf_ue_ngap_id, way))

    def join(self, association: Association) -> None:
        """It has a further association."""
        self._further = (*self._further, association)

    def leave(self, association: Association) -> bool:
        """One of its associations is gone; whether another is left."""
        self._further = tuple(each for each in self._further if each is not association)
        if association is self.association and self._further:
            self.association, *rest = self._further
            self._further = tuple(rest)
        return association is not self.association

    def part(self) -> tuple[Association, ...]:
        """It is no more: its further associations, which mean nothing now."""
        further, self._further = self._further, ()
        return further

    def stream_for(self, amf_ue_ngap_id: int, way: Association | None = None) -> int:
        """A phone's stream; all on stream 0 where the peer has no second one."""
        others = (way or self.association).streams - 1
        return 1 + amf_ue_ngap_id % others if others > 0 else NON_UE_STREAM

    def serves(self, area: tuple[Tai, ...]) -> bool:
        """Whether a phone with this registration area may be camping here."""
        return any(tai in self.supported for tai in area)

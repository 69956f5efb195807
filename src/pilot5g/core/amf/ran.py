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
    """A gNB. Before its NG Setup it is an association with an address and nothing else."""

    __slots__ = ("association", "connections", "gnb", "name", "resetting", "supported")

    def __init__(self, association: Association) -> None:
        self.association = association
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

    def send_on(self, message: Message, amf_ue_ngap_id: int) -> None:
        """UE-associated signalling: each phone stays on one stream other than 0 (TS 38.412 7)."""
        self.association.send(codec.encode(message), self.stream_for(amf_ue_ngap_id))

    def stream_for(self, amf_ue_ngap_id: int) -> int:
        """A phone's stream; all on stream 0 where the peer has no second one."""
        others = self.association.streams - 1
        return 1 + amf_ue_ngap_id % others if others > 0 else NON_UE_STREAM

    def serves(self, area: tuple[Tai, ...]) -> bool:
        """Whether a phone with this registration area may be camping here."""
        return any(tai in self.supported for tai in area)

"""What the parts of one gNB share: configuration, radio, registers, and how to send to the AMF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.flow.clock import now
from pilot5g.flow.entropy import Entropy, integer
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Association
from pilot5g.model import Guami, NrCgi, Plmn, Snssai, Tai
from pilot5g.ran.gnb.air import Air
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.counters import Counters
from pilot5g.ran.gnb.overload import Overload
from pilot5g.ran.gnb.ues import Ues
from pilot5g.ran.radio import EstablishmentCause
from pilot5g.wire.ngap.codec import encode
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.values import user_location_nr_to

if TYPE_CHECKING:
    from pilot5g.ran.gnb.arrival import ArrivalLink
    from pilot5g.ran.gnb.userplane import UserPlane
    from pilot5g.ran.gnb.xn import Xn, XnNode

NON_UE_STREAM = 0
"""The SCTP stream of signalling that concerns no UE (TS 38.412 7)."""

LAST_C_RNTI = 0xFFEF


class AmfInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the AMF said of itself in NG Setup and later updates (TS 38.413 9.2.6.2, 9.2.6.7)."""

    name: str
    guamis: tuple[Guami, ...]
    capacity: int | None
    slices: dict[Plmn, tuple[Snssai, ...]]
    unavailable: tuple[Guami, ...] = ()


class Site:
    """One gNB's common ground. `amf` is there while the NG interface is set up."""

    def __init__(self, config: GnbConfig, userplane: UserPlane, journal: Journal, entropy: Entropy) -> None:
        self.config = config
        self.userplane = userplane
        self.journal = journal
        self.entropy = entropy
        self.counters = Counters()
        self.air = Air(config.air_delay)
        self.ues = Ues()
        self.association: Association | None = None
        self.amf: AmfInfo | None = None
        self.overload: Overload | None = None
        self.xn: Xn | None = None
        """Where its neighbours are, and `node` what it is to them."""
        self.node: XnNode | None = None
        self.expected: dict[int, ArrivalLink] = {}
        """Whoever is to come by handover, by C-RNTI."""
        self._locations: dict[tuple[NrCgi, Tai], tuple[str, Any]] = {}
        self.trouble = "it was not started"
        """What was last in the way of service, in words."""

    def send(self, message: Message, stream: int = NON_UE_STREAM) -> None:
        """To the AMF; without an association it is dropped, as its end has been told already."""
        if self.association is not None:
            self.counters.ngap_out += 1
            self.association.send(encode(message), stream)

    def stream_for(self, ran_ue_ngap_id: int) -> int:
        """The stream of a UE's signalling, never that of the others (TS 38.412 7)."""
        streams = self.association.streams if self.association is not None else 1
        return 1 + ran_ue_ngap_id % (streams - 1) if streams > 1 else NON_UE_STREAM

    def new_c_rnti(self) -> int:
        """A C-RNTI that nobody is expected under (TS 38.321 7.1: 1 to FFEF)."""
        while True:
            c_rnti = integer(self.entropy, 16)
            if 0 < c_rnti <= LAST_C_RNTI and c_rnti not in self.expected:
                return c_rnti

    def rejects(self, cause: EstablishmentCause) -> bool:
        """Whether the AMF's overload forbids this connection; a percentage is left to chance."""
        overload = self.overload
        if overload is None or not overload.concerns(cause):
            return False
        return overload.percent >= 100 or integer(self.entropy, 16) * 100 < overload.percent << 16

    def location(self, cell: NrCgi, tai: Tai) -> tuple[str, Any]:
        """User Location Information (TS 38.413 9.3.1.16), which all phones of a cell share."""
        found = self._locations.get((cell, tai))
        if found is None:
            found = self._locations[cell, tai] = user_location_nr_to(cell, tai)
        return found

    def note(self, what: str) -> None:
        """A line in the journal."""
        self.journal.note(self.config.name, what)

    def now(self) -> float:
        """Seconds on the loop's clock."""
        return now()

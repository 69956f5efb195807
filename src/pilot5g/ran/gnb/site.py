"""What the parts of one gNB share: configuration, radio, registers, its AMFs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pilot5g.flow.clock import now
from pilot5g.flow.entropy import Entropy, integer
from pilot5g.flow.journal import Journal
from pilot5g.model import Guami, NrCgi, Tai
from pilot5g.ran.gnb.air import Air
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.counters import Counters
from pilot5g.ran.gnb.inactives import Inactives
from pilot5g.ran.gnb.neighbours import Neighbours
from pilot5g.ran.gnb.ng import AmfInfo, Ng
from pilot5g.ran.gnb.ues import Ues
from pilot5g.ran.gnb.warnings import Warnings
from pilot5g.ran.radio import AccessBarring, EstablishmentCause
from pilot5g.wire.ngap.values import user_location_nr_to

if TYPE_CHECKING:
    from pilot5g.ran.gnb.arrival import ArrivalLink
    from pilot5g.ran.gnb.cell import NrCell
    from pilot5g.ran.gnb.userplane import UserPlane
    from pilot5g.ran.gnb.xn import Xn, XnNode

LAST_C_RNTI = 0xFFEF


def _nobody() -> None:
    """Nobody watches."""


class Site:
    """One gNB's common ground."""

    def __init__(self, config: GnbConfig, userplane: UserPlane, journal: Journal, entropy: Entropy) -> None:
        self.config = config
        self.userplane = userplane
        self.journal = journal
        self.entropy = entropy
        self.counters = Counters()
        self.air = Air(config.air_delay)
        self.ues = Ues()
        self.ngs = tuple(Ng(self, remote) for remote in (config.amf, *config.further_amfs))
        """The AMFs it is to have an NG interface with."""
        self.backups: dict[Guami, str] = {}
        """Who takes the phones of an AMF that has left, by its identifier (TS 38.413 8.7.6)."""
        self.xn: Xn | None = None
        """Where its neighbours are, and `node` what it is to them."""
        self.node: XnNode | None = None
        self.cells: tuple[NrCell, ...] = ()
        self.watch: Callable[[], None] = _nobody
        """To be called when a phone is connected again, so that it is watched for inactivity."""
        self.inactives = Inactives(config.gnb_id, entropy)
        """Its phones in RRC_INACTIVE."""
        self.neighbours = Neighbours(self)
        self.warnings = Warnings()
        """What its cells broadcast to warn the public."""
        self.capabilities: dict[bytes, bytes] = {}
        """Radio capabilities of phones by their identity, as the AMF told them (TS 38.413 8.14.3)."""
        self.expected: dict[int, ArrivalLink] = {}
        """Whoever is to come by handover, by C-RNTI."""
        self._locations: dict[tuple[NrCgi, Tai], tuple[str, Any]] = {}

    @property
    def serving(self) -> list[Ng]:
        """The AMFs that NG is set up with now."""
        return [ng for ng in self.ngs if ng.amf is not None]

    @property
    def amf(self) -> AmfInfo | None:
        """What the first of them said of itself, None while there is none."""
        return next((ng.amf for ng in self.ngs if ng.amf is not None), None)

    def ng_of(self, guami: Guami) -> Ng | None:
        """The AMF with this identifier, where NG is set up with it."""
        return next((ng for ng in self.ngs if ng.amf is not None and guami in ng.amf.guamis), None)

    def new_c_rnti(self) -> int:
        """A C-RNTI that nobody is expected under (TS 38.321 7.1: 1 to FFEF)."""
        while True:
            c_rnti = integer(self.entropy, 16)
            if 0 < c_rnti <= LAST_C_RNTI and c_rnti not in self.expected:
                return c_rnti

    def rejects(self, cause: EstablishmentCause) -> bool:
        """Whether the overload of its AMFs forbids this connection: of all of them, for which one it will be
        is not known yet. A percentage is left to chance."""
        if self.config.bars_in_overload:
            return False
        overloads = [ng.overload for ng in self.serving]
        concerned = [each for each in overloads if each is not None and each.concerns(cause)]
        if not concerned or len(concerned) < len(overloads):
            return False
        overload = min(concerned, key=lambda each: each.percent)
        return overload.percent >= 100 or integer(self.entropy, 16) * 100 < overload.percent << 16

    @property
    def access_control(self) -> Mapping[int, AccessBarring]:
        """What its cells broadcast: as configured, and what all of its AMFs want fewer of."""
        said, overloads = self.config.access_control, [ng.overload for ng in self.serving]
        if not self.config.bars_in_overload or not overloads or None in overloads:
            return said
        barred = [each.access_control() for each in overloads if each is not None]
        common = set(barred[0]).intersection(*barred)
        return {**said, **{n: max((each[n] for each in barred), key=_let_through) for n in sorted(common)}}

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


def _let_through(barring: AccessBarring) -> int:
    return barring.percent

"""A cell: what it broadcasts, who camps on it, who may connect (`ran.radio.Cell`)."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.flow.entropy import integer
from pilot5g.model import NrCgi, Plmn, STmsi, Tai
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.overload import WAIT
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.radio import (
    EstablishmentCause,
    NoCell,
    PhoneRadio,
    RrcConnection,
    RrcRejected,
    SetupRequest,
)

OVERLOADED = "the AMF is overloaded and asked for fewer connections"
"""Why a phone is told to wait."""

Arrive = Callable[[RadioLink, "NrCell", SetupRequest], None]


class Camps:
    """Where each phone camps: one cell of the whole network, so all its gNBs share this."""

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        self._cells: dict[int, NrCell] = {}

    def move(self, phone: PhoneRadio, cell: NrCell | None) -> None:
        """Camp there and nowhere else; None: nowhere."""
        before = self._cells.pop(id(phone), None)
        if before is not None:
            before.listeners.pop(id(phone), None)
        if cell is not None:
            self._cells[id(phone)] = cell
            cell.listeners[id(phone)] = phone


class NrCell:
    """One NR cell of a gNB. `barred` is the operator's to set (TS 38.304 5.3.1)."""

    def __init__(self, site: Site, camps: Camps, identity: int, arrive: Arrive) -> None:
        self._site = site
        self._camps = camps
        self._identity = identity
        self._arrive = arrive
        self.barred = False
        self.listeners: dict[int, PhoneRadio] = {}
        """The phones that camp here, by object identity."""

    @property
    def cgi(self) -> NrCgi:
        """Its global identity."""
        return NrCgi(self._site.config.plmns[0], self._identity)

    @property
    def tai(self) -> Tai:
        """Its tracking area, in the gNB's own PLMN."""
        return Tai(self._site.config.plmns[0], self._site.config.tac)

    @property
    def plmns(self) -> tuple[Plmn, ...]:
        """The PLMNs it broadcasts."""
        return self._site.config.plmns

    @property
    def in_service(self) -> bool:
        """Whether its gNB has an AMF and the cell is not barred."""
        return self._site.amf is not None and not self.barred

    def camp(self, phone: PhoneRadio) -> None:
        """Listen to paging here, and no longer on any other cell."""
        self._camps.move(phone, self)

    def leave(self, phone: PhoneRadio) -> None:
        """Stop listening, where it listens here."""
        if id(phone) in self.listeners:
            self._camps.move(phone, None)

    def admit(self, cause: EstablishmentCause) -> None:
        """The answer to RRC Setup Request as far as the AMF's load has a say (TS 38.413 8.7.7.2). Raises
        RrcRejected."""
        site = self._site
        if site.rejects(cause):
            site.counters.refused += 1
            low, high = WAIT
            wait = low + integer(site.entropy, 16) * (high - low + 1) // 0x10000
            raise RrcRejected(f"cell {self._identity:09x} of {site.config.name}: {OVERLOADED}", wait)

    def connect(self, phone: PhoneRadio, request: SetupRequest) -> RrcConnection:
        """Random access and RRC setup (TS 38.331 5.3.3). Raises NoCell where the cell takes no one, and
        RrcRejected."""
        if reason := self._reason_against(request):
            self._site.counters.refused += 1
            raise NoCell(f"cell {self._identity:09x} of {self._site.config.name}: {reason}")
        if not request.admitted:
            self.admit(request.cause)
        link = RadioLink(self, phone, self._site.air)
        self._site.air.cross(self._arrive, link, self, request)
        return link

    def page(self, s_tmsi: STmsi) -> int:
        """Put a paging record on the air; every phone that camps here hears it. Gives their number."""
        for phone in self.listeners.values():
            self._site.air.cross(phone.on_paging, s_tmsi)
        return len(self.listeners)

    def _reason_against(self, request: SetupRequest) -> str:
        if self.barred:
            return "it is barred"
        if self._site.amf is None:
            return "its gNB has no AMF"
        if request.selected_plmn not in self.plmns:
            return f"it does not broadcast PLMN {request.selected_plmn}"
        return ""

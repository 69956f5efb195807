"""A cell: what it broadcasts, who camps on it, who may connect (`ran.radio.Cell`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

from pilot5g.flow.entropy import integer
from pilot5g.model import NrCgi, Plmn, STmsi, Tai
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.overload import WAIT
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.radio import (
    AccessBarring,
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


@runtime_checkable
class Returning(Protocol):
    """Whoever has a phone that may come back."""

    def knows(self, site: Site, lost: RrcConnection, cell: NrCell, mac: bytes) -> bool:
        """Whether it is this gNB's phone, and proves it by ShortMAC-I."""
        ...

    def back(self, cell: NrCell, link: RadioLink) -> None:
        """It asks for its connection in that cell."""
        ...


def _nobody() -> None:
    """Nobody waits for a phone."""


class Camps:
    """Where each phone camps: one cell of the whole network, so all its gNBs share this; and by which name it
    is paged, so that a page costs the same whether ten phones camp or two hundred thousand."""

    __slots__ = ("_cells", "_inactive", "_names")

    def __init__(self) -> None:
        self._cells: dict[int, NrCell] = {}
        self._inactive: dict[int, PhoneRadio] = {}
        self._names: dict[STmsi, tuple[PhoneRadio, ...]] = {}

    def move(self, phone: PhoneRadio, cell: NrCell | None) -> None:
        """Camp there and nowhere else; None: nowhere."""
        before = self._cells.pop(id(phone), None)
        if before is not None:
            before.listeners.pop(id(phone), None)
        if cell is not None:
            self._cells[id(phone)] = cell
            cell.listeners[id(phone)] = phone

    def name(self, phone: PhoneRadio, before: STmsi | None, s_tmsi: STmsi | None) -> None:
        """A phone goes by another identity. Two have the same where a network forgot that it gave it."""
        names = self._names
        others = names.pop(before, ()) if before is not None else ()
        if before is not None and (rest := tuple(each for each in others if each is not phone)):
            names[before] = rest
        if s_tmsi is not None:
            names[s_tmsi] = (*names.get(s_tmsi, ()), phone)

    def inactive(self, phone: PhoneRadio, i_rnti: int, *, gone: bool) -> None:
        """A phone has this I-RNTI, or has it no longer."""
        if not gone:
            self._inactive[i_rnti] = phone
        elif self._inactive.get(i_rnti) is phone:
            del self._inactive[i_rnti]

    def suspended(self, i_rnti: int, cell: NrCell) -> PhoneRadio | None:
        """The phone of that I-RNTI, if it camps in that cell."""
        phone = self._inactive.get(i_rnti)
        return phone if phone is not None and self._cells.get(id(phone)) is cell else None

    def named(self, s_tmsi: STmsi, cell: NrCell) -> list[PhoneRadio]:
        """The phones of that name which camp in that cell: one, as a rule."""
        return [phone for phone in self._names.get(s_tmsi, ()) if self._cells.get(id(phone)) is cell]


class NrCell:
    """One NR cell of a gNB. `barred` is the operator's to set."""

    def __init__(self, site: Site, camps: Camps, identity: int, arrive: Arrive) -> None:
        self._site = site
        self._camps = camps
        self._identity = identity
        self._arrive = arrive
        self._known: tuple[GnbConfig, NrCgi, Tai] | None = None
        self._barred = False
        self._told = False
        self.listeners: dict[int, PhoneRadio] = {}
        """The phones that camp here, by object identity."""
        self.watchers: dict[int, Callable[[], None]] = {}
        """Who hears that a phone that is handed over here has come and stays, by the phone's identity."""

    @property
    def cgi(self) -> NrCgi:
        """Its global identity."""
        return self._broadcast()[1]

    @property
    def tai(self) -> Tai:
        """Its tracking area, in the gNB's own PLMN."""
        return self._broadcast()[2]

    def _broadcast(self) -> tuple[GnbConfig, NrCgi, Tai]:
        """Made once for each configuration: all phones share it."""
        config, known = self._site.config, self._known
        if known is None or known[0] is not config:
            plmn = config.plmns[0]
            known = self._known = config, NrCgi(plmn, self._identity), Tai(plmn, config.tac)
        return known

    @property
    def pci(self) -> int:
        """Its physical cell identity, one of 1008: neighbours of one network differ."""
        return self._identity % 1008

    @property
    def arfcn(self) -> int:
        """The frequency of its SSB."""
        return self._site.config.arfcn

    @property
    def site(self) -> Site:
        """Its gNB."""
        return self._site

    @property
    def plmns(self) -> tuple[Plmn, ...]:
        """The PLMNs it broadcasts."""
        return self._site.config.plmns

    @property
    def barred(self) -> bool:
        """Whether its broadcast bars it (TS 38.304 5.3.1)."""
        return self._barred

    @barred.setter
    def barred(self, barred: bool) -> None:
        self._barred = barred
        self.announce()

    @property
    def in_service(self) -> bool:
        """Whether its gNB has an AMF and the cell is not barred."""
        return bool(self._site.serving) and not self._barred

    @property
    def access_control(self) -> Mapping[int, AccessBarring]:
        """What it broadcasts of unified access control."""
        return self._site.access_control

    def announce(self) -> None:
        """Tell those that camp here, where it came into service or left it."""
        if self._told is not self.in_service:
            self._told = self.in_service
            for phone in tuple(self.listeners.values()):
                self._site.air.cross(phone.on_broadcast)

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

    def synchronise(self, phone: PhoneRadio, c_rnti: int, mac: bytes) -> RrcConnection:
        """Random access of a phone that is handed over here (TS 38.331 5.3.5.3). Raises NoCell."""
        link = self._site.expected.get(c_rnti)
        if link is None or link.cell is not self:
            self._site.counters.refused += 1
            where = f"cell {self._identity:09x} of {self._site.config.name}"
            raise NoCell(f"{where}: it expects nobody of C-RNTI {c_rnti:#06x}")
        link.access(phone, self._site.config.random_access, mac)
        link.settled = self.watchers.get(id(phone), _nobody)
        return link

    def reestablish(self, phone: PhoneRadio, lost: RrcConnection, mac: bytes) -> RrcConnection:
        """RRC Reestablishment Request (TS 38.331 5.3.7.4). Raises NoCell."""
        user = lost.user if isinstance(lost, RadioLink) else None
        if not (self.in_service and isinstance(user, Returning) and user.knows(self._site, lost, self, mac)):
            self._site.counters.refused += 1
            raise NoCell(f"cell {self._identity:09x} of {self._site.config.name}: it does not know the phone")
        link = RadioLink(self, phone, self._site.air)
        self._site.air.cross(user.back, self, link)
        return link

    def resume(self, phone: PhoneRadio, i_rnti: int, mac: bytes) -> RrcConnection:
        """RRC Resume Request (TS 38.331 5.3.13.3). Raises NoCell where nobody has the phone's context."""
        site = self._site
        link = RadioLink(self, phone, site.air)
        ue = site.inactives.get(i_rnti)
        known = ue is not None and ue.proves(self, mac)
        if self.in_service and (known or (ue is None and site.inactives.retrieve(i_rnti, link, self, mac))):
            if ue is not None:
                site.air.cross(ue.resume, self, link)
            return link
        site.counters.refused += 1
        raise NoCell(f"cell {self._identity:09x} of {site.config.name}: it does not know the phone")

    def expect_inactive(self, phone: PhoneRadio, i_rnti: int, *, gone: bool = False) -> None:
        """A phone that camps anywhere listens for this I-RNTI too, or no longer."""
        self._camps.inactive(phone, i_rnti, gone=gone)

    def page_inactive(self, i_rnti: int) -> None:
        """RAN paging: a phone of that I-RNTI that camps here hears it."""
        phone = self._camps.suspended(i_rnti, self)
        if phone is not None:
            self._site.air.cross(phone.on_ran_paging, i_rnti)

    def listen_for(self, phone: PhoneRadio, s_tmsi: STmsi | None, before: STmsi | None) -> None:
        """A phone that camps anywhere goes by this identity now, and no longer by the one before."""
        self._camps.name(phone, before, s_tmsi)

    def page(self, s_tmsi: STmsi) -> None:
        """Put a paging record on the air; a phone of that identity that camps here hears it."""
        for phone in self._camps.named(s_tmsi, self):
            self._site.air.cross(phone.on_paging, s_tmsi)

    def _reason_against(self, request: SetupRequest) -> str:
        if self._barred:
            return "it is barred"
        if not self._site.serving:
            return "its gNB has no AMF"
        if request.selected_plmn not in self.plmns:
            return f"it does not broadcast PLMN {request.selected_plmn}"
        return ""

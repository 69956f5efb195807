"""One AMF as its gNB knows it: what it said of itself, the associations to it, and the phones it has.

A gNB has an NG interface with every AMF it is configured with. An interface has one association or more (TNL
associations, TS 38.412 7): the first is the one that NG Setup came by, an AMF names others later. A phone's
signalling stays on one of them, its NGAP UE-TNLA-binding (TS 23.501 5.21.1.3), drawn by the weights that the
AMF gave, until the AMF uses another, releases the binding, or that association is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pilot5g.flow.entropy import integer
from pilot5g.flow.link import Address, Association
from pilot5g.model import Guami, Plmn, Snssai
from pilot5g.wire.ngap.codec import encode
from pilot5g.wire.ngap.message import Message

if TYPE_CHECKING:
    from pilot5g.ran.gnb.overload import Overload
    from pilot5g.ran.gnb.site import Site
    from pilot5g.ran.gnb.ue import Ue

NON_UE_STREAM = 0
"""The SCTP stream of signalling that concerns no UE (TS 38.412 7)."""


class AmfInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the AMF said of itself in NG Setup and later updates (TS 38.413 9.2.6.2, 9.2.6.7). `unavailable`
    are those of its identities that it is about to give up (9.2.6.19)."""

    name: str
    guamis: tuple[Guami, ...]
    capacity: int | None
    slices: dict[Plmn, tuple[Snssai, ...]]
    unavailable: tuple[Guami, ...] = ()


class Tnla(msgspec.Struct):
    """An association: how much of the phones' signalling it is to have of all, and whether phones' signalling
    may use it at all, or the rest (TNL Association Usage, TS 38.413 9.3.2.9)."""

    association: Association
    remote: Address
    weight: int = 1
    for_phones: bool = True
    for_rest: bool = True


class Ng:
    """The NG interface with one AMF. `amf` is there while it is set up; `trouble` is what was last in the way
    of that, in words; `overload` what the AMF asked for."""

    def __init__(self, site: Site, remote: Address) -> None:
        self.site = site
        self.remote = remote
        self.tnlas: list[Tnla] = []
        """The associations that are up, the one of NG Setup first as long as it lives."""
        self.amf: AmfInfo | None = None
        self.overload: Overload | None = None
        self.trouble = "it was not started"
        self._by_amf: dict[int, Ue] = {}

    # -- associations

    @property
    def association(self) -> Association | None:
        """What signalling that concerns no phone goes over."""
        tnla = next((each for each in self.tnlas if each.for_rest), None)
        return (tnla or self.tnlas[0]).association if self.tnlas else None

    def tnla(self, association: Association) -> Tnla | None:
        """One of the associations."""
        return next((each for each in self.tnlas if each.association is association), None)

    def draw(self) -> Association | None:
        """The association for a phone that has none, by the weights (TS 38.412 7)."""
        able = [each for each in self.tnlas if each.for_phones and each.weight] or self.tnlas
        if len(able) < 2:
            return able[0].association if able else None
        drawn = integer(self.site.entropy, 16) * sum(each.weight or 1 for each in able) >> 16
        for each in able:
            drawn -= each.weight or 1
            if drawn < 0:
                return each.association
        return able[-1].association

    # -- sending

    def send(self, message: Message) -> None:
        """What concerns no phone; without an association it is dropped, as its end has been told already."""
        self.send_by(self.association, message, NON_UE_STREAM)

    def send_by(self, association: Association | None, message: Message, stream: int) -> None:
        """By one of the associations."""
        if association is not None:
            self.site.counters.ngap_out += 1
            association.send(encode(message), stream)

    def send_for(self, ue: Ue, message: Message) -> None:
        """About a phone: by the association that it is bound to, or by one that is drawn now."""
        if ue.tnla is None:
            self.bind(ue, self.draw())
        self.send_by(ue.tnla, message, ue.context.stream)

    def bind(self, ue: Ue, association: Association | None) -> None:
        """This phone's signalling goes by that association from now on; None: by whichever is drawn."""
        ue.tnla = association
        ue.context.stream = stream_for(association, ue.context.ran_ue_ngap_id)

    # -- its phones

    @property
    def ues(self) -> list[Ue]:
        """The phones it has on this gNB."""
        return [ue for ue in self.site.ues if ue.ng is self]

    def name(self, ue: Ue, amf_ue_ngap_id: int) -> None:
        """The AMF's identity of a UE became known, or another."""
        self.unname(ue)
        ue.context.amf_ue_ngap_id = amf_ue_ngap_id
        self._by_amf[amf_ue_ngap_id] = ue

    def unname(self, ue: Ue) -> None:
        """The AMF has no identity for it any more."""
        before = ue.context.amf_ue_ngap_id
        if before is not None and self._by_amf.get(before) is ue:
            del self._by_amf[before]

    def by_amf(self, identity: int | None) -> Ue | None:
        """The UE with this AMF UE NGAP ID."""
        return None if identity is None else self._by_amf.get(identity)

    def by_ran(self, identity: int | None) -> Ue | None:
        """The UE with this RAN UE NGAP ID, where it is this AMF's."""
        ue = self.site.ues.by_ran(identity)
        return ue if ue is not None and ue.ng is self else None


def stream_for(association: Association | None, ran_ue_ngap_id: int) -> int:
    """The stream of a UE's signalling, never that of the others (TS 38.412 7)."""
    streams = association.streams if association is not None else 1
    return 1 + ran_ue_ngap_id % (streams - 1) if streams > 1 else NON_UE_STREAM

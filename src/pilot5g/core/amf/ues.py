"""Which phone is meant: tables by SUPI and by 5G-TMSI, and the choice of new 5G-GUTIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.flow.entropy import Entropy, integer
from pilot5g.model import Guami, Guti, STmsi, Supi

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

NO_TMSI = 0xFFFFFFFF
"""All ones is no TMSI (TS 23.003 2.4)."""
KEPT = 3
"""How many former GUTIs a phone may still use: one per registration accept it may have missed."""

REMEMBERED = 10_000
"""How many phones that were deregistered implicitly are told so when they come back."""


class Ues:
    """Every phone with a context. A phone that has not proved who it is, is in neither table."""

    def __init__(self, guami: Guami, entropy: Entropy) -> None:
        self._guami = guami
        self._entropy = entropy
        self.by_supi: dict[Supi, Ue] = {}
        self.by_tmsi: dict[int, Ue] = {}
        """Those with a GUTI of ours."""
        self.guests: dict[STmsi, Ue] = {}
        """Those that still have a GUTI of the AMF that they came from, if it was of our region."""
        self._silent: dict[int, None] = {}
        """5G-TMSIs of phones that were deregistered without their knowing, the newest last."""

    def find(self, identity: object) -> Ue | None:
        """The phone behind a temporary identity of ours."""
        if isinstance(identity, Guti) and identity.guami == self._guami:
            return self.by_tmsi.get(identity.tmsi)
        if isinstance(identity, STmsi):
            ours = (self._guami.amf_set, self._guami.pointer)
            if (identity.amf_set, identity.pointer) == ours:
                return self.by_tmsi.get(identity.tmsi)
            return self.guests.get(identity)
        if isinstance(identity, Guti) and identity.guami.region == self._guami.region:
            return self.guests.get(identity.s_tmsi)
        return None

    def add(self, ue: Ue) -> None:
        """Enter a phone under its SUPI and all of its GUTIs."""
        context = ue.context
        assert context.supi is not None
        self.by_supi[context.supi] = ue
        for guti in (context.guti, *context.former_gutis):
            if guti is not None:
                self._enter(guti, ue)

    def _enter(self, guti: Guti, ue: Ue) -> None:
        if guti.guami == self._guami:
            self.by_tmsi[guti.tmsi] = ue
        elif guti.guami.region == self._guami.region:
            self.guests[guti.s_tmsi] = ue

    def _strike(self, guti: Guti, ue: Ue) -> None:
        if guti.guami == self._guami:
            if self.by_tmsi.get(guti.tmsi) is ue:
                del self.by_tmsi[guti.tmsi]
        elif self.guests.get(guti.s_tmsi) is ue:
            del self.guests[guti.s_tmsi]

    def remove(self, ue: Ue) -> None:
        """Forget a phone's identities."""
        context = ue.context
        if context.supi is not None and self.by_supi.get(context.supi) is ue:
            del self.by_supi[context.supi]
        for guti in (context.guti, *context.former_gutis):
            if guti is not None:
                self._strike(guti, ue)

    def is_guest(self, ue: Ue) -> bool:
        """Whether its GUTI is still that of the AMF that it came from."""
        guti = ue.context.guti
        return guti is not None and guti.guami != self._guami

    def remember_silent(self, ue: Ue) -> None:
        """A phone about to be deregistered implicitly: it may come back not knowing (TS 24.501 #10)."""
        if ue.context.guti is not None:
            self._silent[ue.context.guti.tmsi] = None
            if len(self._silent) > REMEMBERED:
                del self._silent[next(iter(self._silent))]

    def was_silent(self, identity: object) -> bool:
        """Whether a temporary identity was that of a phone deregistered implicitly."""
        ours = isinstance(identity, STmsi) and identity.amf_set == self._guami.amf_set
        return ours and isinstance(identity, STmsi) and identity.tmsi in self._silent

    def renew_guti(self, ue: Ue) -> Guti:
        """Give a phone an unpredictable new GUTI (TS 33.501 6.12.3); those before stay valid for now."""
        tmsi = integer(self._entropy, 32)
        while tmsi == NO_TMSI or tmsi in self.by_tmsi:
            tmsi = integer(self._entropy, 32)
        context = ue.context
        if context.guti is not None:
            former = (context.guti, *context.former_gutis)
            for dropped in former[KEPT:]:
                self._strike(dropped, ue)
            context.former_gutis = former[:KEPT]
        context.guti = Guti(self._guami, tmsi)
        self.by_tmsi[tmsi] = ue
        return context.guti

    def settle_guti(self, ue: Ue) -> None:
        """The phone has confirmed its GUTI: those before are no longer its."""
        for guti in ue.context.former_gutis:
            self._strike(guti, ue)
        ue.context.former_gutis = ()

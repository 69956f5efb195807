"""By which name a phone goes, and the challenge it last answered: what T3519 and T3516 guard."""

from __future__ import annotations

import msgspec

from pilot5g.flow.entropy import Entropy
from pilot5g.flow.timer import Timers
from pilot5g.model import Guti, Suci
from pilot5g.ran.ue.alarms import Alarms
from pilot5g.ran.ue.context import PhoneContext
from pilot5g.ran.ue.usim import Usim
from pilot5g.wire.nas import MobileIdentity


class KeptChallenge(msgspec.Struct, frozen=True):
    """RAND and RES* of the last challenge, while T3516 runs (TS 24.501 5.4.1.3.2)."""

    rand: bytes
    res_star: bytes


class KeptEap(msgspec.Struct, frozen=True):
    """The last EAP request with its answer, for a repetition; K_AUSF once it has answered a challenge, and
    the key derivation functions of a negotiation."""

    request: bytes
    response: bytes
    ngksi: int
    kausf: bytes = b""
    offered: tuple[int, ...] = ()

    def __repr__(self) -> str:
        """Without the key, which belongs into no log."""
        return f"KeptEap(ngksi={self.ngksi})"


class Identity:
    """SUCI and 5G-GUTI in use, RAND and RES* kept, or an EAP authentication under way."""

    __slots__ = ("_alarms", "_context", "_entropy", "_suci", "_timers", "_usim", "challenge", "eap")

    def __init__(
        self, usim: Usim, context: PhoneContext, alarms: Alarms, timers: Timers, entropy: Entropy
    ) -> None:
        self._usim = usim
        self._context = context
        self._alarms = alarms
        self._timers = timers
        self._entropy = entropy
        self._suci: Suci | None = None
        self.challenge: KeptChallenge | None = None
        self.eap: KeptEap | None = None

    def mobile_identity(self) -> MobileIdentity:
        """The 5G-GUTI where there is one, else the SUCI (5.5.1.2.2)."""
        return self._context.guti if self._context.guti is not None else self.suci()

    def suci(self) -> Suci:
        """The SUCI in use: a fresh one unless T3519 runs (5.5.1.2.2, 5.4.3.3)."""
        if self._suci is None or not self._alarms.running("T3519"):
            self._suci = self._usim.conceal(self._entropy)
            self._alarms.start("T3519", self._timers["T3519"].seconds, lambda: None)
        return self._suci

    def take_guti(self, guti: Guti) -> None:
        """A new 5G-GUTI; the SUCI has served (5.5.1.2.4)."""
        self._context.guti = guti
        self._alarms.stop("T3519")
        self._suci = None

    def keep_challenge(self, rand: bytes, res_star: bytes) -> None:
        """Remember an answered challenge for a repetition, while T3516 runs (5.4.1.3.2)."""
        self.challenge = KeptChallenge(rand, res_star)
        self._alarms.start("T3516", self._timers["T3516"].seconds, self.forget_challenge)

    def forget_challenge(self) -> None:
        """T3516 expired or is stopped: RAND and RES* are deleted. An EAP authentication is over too."""
        self.challenge = self.eap = None
        self._alarms.stop("T3516")

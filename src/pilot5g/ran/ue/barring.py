"""What a phone has to wait for before it may ask the network for anything.

T302 runs after an RRC Reject: the radio takes nobody like this phone for a while (TS 38.331 5.3.15.2), unless
it moves to another cell. T3346 runs after a reject with #22: the AMF does not (TS 24.501 5.3.9). A call for
help and the answer to a page are never held back, and for T3346 neither is a phone with priority. What the
phone wanted it does when it may.
"""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.flow.clock import now
from pilot5g.flow.entropy import Entropy, integer
from pilot5g.ran.radio import EstablishmentCause, NoCell
from pilot5g.ran.ue.alarms import Alarms
from pilot5g.wire.nas import RegistrationKind

DEFAULT_RANGE = 15 * 60, 30 * 60
"""What T3346 is drawn from, in seconds, where its value came without integrity protection (TS 24.008 table
11.3)."""
ALWAYS = (EstablishmentCause.EMERGENCY, EstablishmentCause.MT_ACCESS)

_WORDS = {
    "T302": "the radio took no connection",
    "T3346": "the network is congested",
}


class Barred(NoCell):
    """The phone has to wait; the text says what for and how long."""


class Barring:
    """One phone's. `again` has it register, when it may, as it wanted to meanwhile."""

    __slots__ = ("_again", "_alarms", "_ends", "_entropy", "_priority", "_wanted")

    def __init__(
        self, alarms: Alarms, entropy: Entropy, priority: bool, again: Callable[[RegistrationKind], None]
    ) -> None:
        """`priority`: it is configured for high priority access."""
        self._alarms = alarms
        self._entropy = entropy
        self._priority = priority
        self._again = again
        self._wanted: RegistrationKind | None = None
        self._ends = {"T302": 0.0, "T3346": 0.0}

    def rejected(self, seconds: float) -> None:
        """RRC Reject: T302."""
        self._start("T302", seconds)

    def back_off(self, seconds: float, *, protected: bool) -> None:
        """#22 with T3346, whose value counts where the message was integrity protected (TS 24.501 5.5.1.2.5,
        5.5.1.3.5, 5.6.1.5)."""
        if not protected:
            low, high = DEFAULT_RANGE
            seconds = low + integer(self._entropy, 16) * (high - low) / 0xFFFF
        self._start("T3346", seconds)

    def _start(self, name: str, seconds: float) -> None:
        self._ends[name] = now() + seconds
        self._alarms.start(name, seconds, self._over)

    def moved(self) -> None:
        """To another cell, whose radio may have no such trouble: T302 ends (TS 38.331 5.3.15.2)."""
        if self._alarms.running("T302"):
            self._alarms.stop("T302")
            self._over()

    def paged(self) -> None:
        """The network wants the phone: it is no longer congested for it (TS 24.501 5.6.2.2.1)."""
        self._alarms.stop("T3346")

    def holds(self, cause: EstablishmentCause) -> str:
        """The timer that holds a connection for this cause back; empty where none does."""
        if cause in ALWAYS:
            return ""
        if self._alarms.running("T302"):
            return "T302"
        return "T3346" if self._alarms.running("T3346") and not self._priority else ""

    def check(self, cause: EstablishmentCause) -> None:
        """Raises Barred."""
        if name := self.holds(cause):
            left = self._ends[name] - now()
            raise Barred(f"{_WORDS[name]}: {name} runs for another {left:.0f} s")

    def later(self, kind: RegistrationKind) -> None:
        """Register when nothing holds it back any more (TS 24.501 5.5.1.2.7, 5.5.1.3.7)."""
        if self._wanted != RegistrationKind.MOBILITY:
            self._wanted = kind

    def forget(self) -> None:
        """The phone no longer wants to."""
        self._wanted = None

    def _over(self) -> None:
        if self._wanted is not None and not self.holds(EstablishmentCause.MO_SIGNALLING):
            kind, self._wanted = self._wanted, None
            self._again(kind)

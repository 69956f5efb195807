"""What a phone has to wait for before it may ask the network for anything.

T390 runs for an access category whose access was barred by unified access control: the cell broadcasts which
accesses it wants fewer of, and each phone draws whether it is among them (TS 24.501 4.5, TS 38.331 5.3.14).
T302 runs after an RRC Reject: the radio takes nobody like this phone for a while (TS 38.331 5.3.15.2), unless
it moves to another cell. T3346 runs after a reject with #22: the AMF does not (TS 24.501 5.3.9). A call for
help and the answer to a page are never held back, and for T3346 neither is a phone with priority. What the
phone wanted it does when it may.
"""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.flow.clock import now
from pilot5g.flow.entropy import Entropy, integer
from pilot5g.ran.radio import ACCESS_CATEGORY, Cell, EstablishmentCause, NoCell
from pilot5g.ran.ue.alarms import Alarms
from pilot5g.wire.nas import RegistrationKind

DEFAULT_RANGE = 15 * 60, 30 * 60
"""What T3346 is drawn from, in seconds, where its value came without integrity protection (TS 24.008 table
11.3)."""
ALWAYS = (EstablishmentCause.EMERGENCY, EstablishmentCause.MT_ACCESS)

_WORDS = {
    "T302": "the radio took no connection",
    "T3346": "the network is congested",
    "T390": "the cell bars such accesses",
}


def _nothing() -> None:
    """Nobody waits for it."""


SIGNALLING, DATA = EstablishmentCause.MO_SIGNALLING, EstablishmentCause.MO_DATA


class Barred(NoCell):
    """The phone has to wait; the text says what for and how long."""


class Barring:
    """One phone's. `again` has it register, when it may, as it wanted to meanwhile."""

    __slots__ = ("_again", "_alarms", "_ends", "_entropy", "_identity", "_resume", "_wanted")

    def __init__(
        self,
        alarms: Alarms,
        entropy: Entropy,
        identity: int,
        again: Callable[[RegistrationKind], None],
        resume: Callable[[], None] = _nothing,
    ) -> None:
        """`identity`: its access identity (TS 24.501 table 4.5.2.1), 0 without priority. `resume` hears that
        data may be sent again."""
        self._alarms = alarms
        self._entropy = entropy
        self._identity = identity
        self._again = again
        self._resume = resume
        self._wanted: RegistrationKind | None = None
        self._ends: dict[str, float] = {}

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
        """To another cell, whose radio may have no such trouble: T302 and T390 end (TS 38.331 5.3.14.4,
        5.3.15.2)."""
        running = [name for name in self._ends if name != "T3346" and self._alarms.running(name)]
        if running:
            self._alarms.stop(*running)
            self._over()

    def paged(self) -> None:
        """The network wants the phone: it is no longer congested for it (TS 24.501 5.6.2.2.1)."""
        self._alarms.stop("T3346")

    def holds(self, cause: EstablishmentCause) -> str:
        """The timer that holds a connection for this cause back; empty where none does."""
        if cause in ALWAYS:
            return ""
        if self._alarms.running(own := _t390(cause)):
            return own
        if self._alarms.running("T302"):
            return "T302"
        return "T3346" if self._alarms.running("T3346") and not self._identity else ""

    def check(self, cause: EstablishmentCause, cell: Cell) -> None:
        """Whether to ask for a connection for this cause there, as a phone without priority names it. Raises
        Barred."""
        name = self.holds(cause) or self._draw(cause, cell)
        if name:
            left = self._ends[name] - now()
            raise Barred(f"{_WORDS[name.partition('-')[0]]}: {name} runs for another {left:.0f} s")

    def _draw(self, cause: EstablishmentCause, cell: Cell) -> str:
        """The access barring check (TS 38.331 5.3.14.5)."""
        control = cell.access_control
        barring = control.get(ACCESS_CATEGORY[cause]) if control else None
        if barring is None or cause is EstablishmentCause.MT_ACCESS or self._identity in barring.identities:
            return ""
        if integer(self._entropy, 16) * 100 < barring.percent << 16:
            return ""
        name = _t390(cause)
        self._start(name, (0.7 + 0.6 * integer(self._entropy, 16) / 0xFFFF) * barring.seconds)
        return name

    @property
    def registration_is_barred(self) -> bool:
        """Whether a registration is wanted and unified access control is in its way (UPDATE-NEEDED)."""
        return self._wanted is not None and self._alarms.running(_t390(SIGNALLING))

    def later(self, kind: RegistrationKind) -> None:
        """Register when nothing holds it back any more (TS 24.501 5.5.1.2.7, 5.5.1.3.7)."""
        if self._wanted != RegistrationKind.MOBILITY:
            self._wanted = kind

    def forget(self) -> None:
        """The phone no longer wants to."""
        self._wanted = None

    def _over(self) -> None:
        if self._wanted is not None and not self.holds(SIGNALLING):
            kind, self._wanted = self._wanted, None
            self._again(kind)
        elif not self.holds(DATA):
            self._resume()


def _t390(cause: EstablishmentCause) -> str:
    """The timer of its access category: there is one for each."""
    return f"T390-{ACCESS_CATEGORY[cause]}"

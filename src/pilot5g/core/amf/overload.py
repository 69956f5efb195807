"""An AMF with more to do than it can: who is refused, and what radios are told (TS 23.501 5.19.5).

A phone is new until its first procedure on a connection has ended; the new ones under way are counted, for a
while: one that is silent for longer waits for its phone and is no load. While there are any, it is looked
twenty times a second at how much this process has to do, and `admission` decides from what is seen. A new
phone beyond the window is refused (`refusal`), radios are told to keep phones away (TS 38.413 8.7.7), to
another extent as the rush changes, and that it is over (8.7.8).

Whoever calls for help, is called, or has priority is never refused (TS 23.501 5.19.5.2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from pilot5g.core.amf import refusal
from pilot5g.core.amf.admission import Reduction, Window
from pilot5g.core.amf.ran import Radio
from pilot5g.flow.recent import Recent
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.message import Message

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection

TICK = 0.05
"""Seconds between two looks at the loop."""
PERIOD = 10
"""Looks after which the radios' part is judged."""
MANY = 100
"""Refusals after which that is not waited for."""
YOUNG = 40
"""Looks for which a phone that has not finished counts as under way."""
REMEMBERED = 20_000
"""How many identities of refused connections are remembered: what comes by them is nobody's."""

PRIORITY = frozenset(
    ("emergency", "highPriorityAccess", "mt-Access", "mps-PriorityAccess", "mcs-PriorityAccess")
)
"""RRC establishment causes that are served as long as anything is (TS 38.413 8.7.7.2, 9.3.1.111)."""

ACTION = ("overloadAction", "reject-rrc-cr-signalling")
"""What radios are to reject a part of: connections for signalling and for data a phone has to send."""


Work = Callable[[], float]
"""Seconds for which this process has had work so far: it ran, or waited for a processor."""


class Overload:
    """One AMF's."""

    def __init__(self, amf: Amf, work: Work | None) -> None:
        limits = amf.config.overload
        self.window = Window(limits)
        self.reduction = Reduction()
        self.under_way = 0
        """New phones whose first procedure has not ended."""
        self.refused = 0
        """New phones refused, since the start."""
        self._amf = amf
        self._limits = limits
        self._begun: dict[int, int] = {}
        """New phones under way by the look that they came after."""
        self._look = 1
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._work = work
        self._worked = self._looked = 0.0
        self._came = self._refused_before = self._finished = 0
        self._told = 0
        self._nobodys: Recent[int, bool] = Recent(REMEMBERED)

    # -- what happens to a connection

    def turns_away(self, radio: Radio, message: ngap.InitialUEMessage) -> bool:
        """Whether the phone had to be refused, which is done then."""
        if message.rrc_establishment_cause in PRIORITY:
            return False
        self._came += 1
        if self.under_way < self.window.size or not (reject := refusal.reject_for(self._amf, message)):
            return False
        self.refused += 1
        self._nobodys.put(refusal.send(self._amf, radio, message.ran_ue_ngap_id, reject), True)
        self._watch()
        return True

    def began(self, connection: Connection) -> None:
        """A new phone was let in."""
        connection.began = self._look
        self._begun[self._look] = self._begun.get(self._look, 0) + 1
        self.under_way += 1
        self._watch()

    def ended(self, connection: Connection) -> None:
        """Its first procedure has ended, or the connection."""
        began, connection.began = connection.began, 0
        if began in self._begun:
            self._begun[began] -= 1
            self.under_way -= 1
            self._finished += 1

    def knew(self, amf_ue_ngap_id: int) -> bool:
        """Whether an identity was that of a phone that was refused."""
        return bool(self._nobodys.get(amf_ue_ngap_id))

    # -- radios

    def greet(self, radio: Radio) -> None:
        """A radio that comes meanwhile is told what the others were."""
        if self.reduction.active:
            radio.send(self._start())

    def _tell(self) -> None:
        """Overload Start, or Stop, where what radios know is no longer so."""
        percent = self.reduction.percent if self.reduction.active else 0
        if percent == self._told:
            return
        before, self._told = self._told, percent
        message: Message = self._start() if percent else ngap.OverloadStop()
        octets = codec.encode(message)
        for radio in self._amf.radios.values():
            if radio.ready:
                radio.send_octets(octets)
        if not percent or not before:
            what = (
                f"overloaded: radios keep {percent} % of new phones away" if percent else "overload is over"
            )
            self._amf.journal.note(self._amf.config.name, what)

    def _start(self) -> ngap.OverloadStart:
        return ngap.OverloadStart(
            amf_overload_response=ACTION, amf_traffic_load_reduction_indication=self.reduction.percent
        )

    # -- looks

    def _watch(self) -> None:
        if self._timer is None:
            self._busy()
            self._arm()

    def _arm(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + TICK
        self._timer = loop.call_at(self._due, self._tick)

    def _busy(self) -> float:
        """The part of the time since the last look in which there was work; 0 where nobody knows."""
        at, worked = asyncio.get_running_loop().time(), self._work() if self._work is not None else 0.0
        part = (worked - self._worked) / max(at - self._looked, TICK / 2)
        self._looked, self._worked = at, worked
        return min(part, 1.0)

    def _tick(self) -> None:
        late = asyncio.get_running_loop().time() - self._due
        self.window.observe(self._busy(), late, self.under_way)
        self._look += 1
        self.under_way -= self._begun.pop(self._look - YOUNG, 0)
        if self._look % PERIOD == 0 or self._rushed():
            self._judge()
        if self.under_way or self.reduction.active:
            self._arm()
        else:
            self.stop()

    def _rushed(self) -> bool:
        """Whether it is clear already that radios must be told."""
        return not self.reduction.active and self.refused - self._refused_before >= MANY

    def _judge(self) -> None:
        refused = self.refused - self._refused_before
        self.reduction.judge(self._came, refused, self._finished)
        self._came, self._refused_before, self._finished = 0, self.refused, 0
        self._tell()
        if refused:
            low, high = self._limits.back_off
            state = f"busy for {self.window.busy:.0%} of the time and {self.window.late * 1000:.0f} ms late"
            self._amf.journal.refuse(
                self._amf.config.name,
                f"{refused} phones that wanted to register, or service",
                cause="#22 congestion",
                reason=f"{self.under_way} are under way, and the core is {state}",
                fix=f"nothing: they come back after {low} to {high} s; if it lasts, a faster processor",
            )

    def stop(self) -> None:
        """Nothing is under way: nobody looks."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.window = Window(self._limits)
        self._came, self._refused_before, self._finished = 0, self.refused, 0

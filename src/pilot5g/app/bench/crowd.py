"""The phones of a load, by what they can do next. They are used again and again, the longest rested first.

A phone is made when it is first used. One that failed is switched off and made anew when it is needed again,
with the SIM it had: what it did by itself after the failure would be load that nobody ordered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from pilot5g.app.bench.mix import Entry, Rest
from pilot5g.ran.radio import Cell, EstablishmentCause
from pilot5g.ran.ue.context import PhoneContext, State
from pilot5g.ran.ue.phone import Phone
from pilot5g.ran.ue.session import Session
from pilot5g.ran.ue.stack import Stack

HEADS = 4
"""How many of the longest rested phones are looked at for one that fits: rest order is idle order."""

MakePhone = Callable[[int, PhoneContext], Phone]
"""A phone by its number, with what it remembers."""


class Subject:
    """One phone under load: its number, what it is between procedures, its session."""

    __slots__ = ("number", "phone", "rest", "session", "stack")

    def __init__(self, number: int, phone: Phone) -> None:
        self.number = number
        self.phone = phone
        self.rest = Rest.OFF
        self.session: Session | None = None
        self.stack: Stack | None = None

    def answering(self) -> Stack | None:
        """Its IP stack, made when there is traffic; None without a session."""
        if self.stack is None and self.session is not None:
            self.stack = Stack(self.session)
        return self.stack

    def settle(self) -> None:
        """See what it is now: the network may have changed it while it rested."""
        if self.session is not None and not self.session.active:
            self.session = self.stack = None
        if not self.phone.registered:
            self.rest = Rest.OFF
        else:
            self.rest = Rest.ON if self.session is None else Rest.UP


class Crowd:
    """`count` phones, spread over `cells`."""

    def __init__(self, count: int, make: MakePhone, cells: Sequence[Cell]) -> None:
        self.count = count
        self._make = make
        self._cells = cells
        self._made = 0
        self._asked = 0
        self._failed: deque[tuple[int, list[int]]] = deque()
        """Phones to be made anew: number, and the SIM's memory of sequence numbers."""
        self._resting: dict[Rest, deque[Subject]] = {rest: deque() for rest in Rest}

    def resting(self, rest: Rest) -> int:
        """How many are in that state, not at work."""
        unmade = self.count - self._made + len(self._failed) if rest is Rest.OFF else 0
        return len(self._resting[rest]) + unmade

    def of(self, rest: Rest) -> tuple[Subject, ...]:
        """Those made that are in that state, the longest rested first."""
        return tuple(self._resting[rest])

    def registered(self) -> list[Phone]:
        """The phones that the network knows."""
        resting = (*self.of(Rest.ON), *self.of(Rest.UP))
        return [subject.phone for subject in resting if subject.phone.registered]

    def take(self, entry: Entry) -> Subject | None:
        """A phone on which the entry can begin; None where there is none in the right state."""
        for rest in entry.needs:
            if (subject := self._head(rest, idle=entry.idle)) is not None:
                return subject
        return self._new() if Rest.OFF in entry.needs else None

    def ask(self) -> None:
        """RRC Setup Request of the next one to arrive, at each cell in turn. Raises RrcRejected."""
        self._asked += 1
        self._cells[self._asked % len(self._cells)].admit(EstablishmentCause.MO_SIGNALLING)

    def _head(self, rest: Rest, *, idle: bool) -> Subject | None:
        resting = self._resting[rest]
        place = 0
        for _ in range(min(HEADS, len(resting))):
            subject = resting[place]
            if (subject.phone.connected and idle) or subject.phone.mm.busy:
                place += 1
                continue
            del resting[place]
            subject.settle()
            if subject.rest is rest:
                return subject
            self.put(subject)
        return None

    def _new(self) -> Subject | None:
        context = PhoneContext(state=State.DEREGISTERED)
        if self._made < self.count:
            number = self._made
            self._made += 1
        elif self._failed:
            number, context.sqn = self._failed.popleft()
        else:
            return None
        return Subject(number, self._phone(number, context))

    def _phone(self, number: int, context: PhoneContext) -> Phone:
        phone = self._make(number, context)
        phone.camp(self._cells[number % len(self._cells)])
        return phone

    def put(self, subject: Subject) -> None:
        """It rests."""
        subject.settle()
        self._resting[subject.rest].append(subject)

    async def renew(self, subject: Subject) -> None:
        """It failed: off with it, and on again, when it is needed, from its SIM alone."""
        await subject.phone.close()
        self._failed.append((subject.number, subject.phone.context.sqn))

    async def close(self) -> None:
        """Batteries out."""
        for resting in self._resting.values():
            for subject in resting:
                await subject.phone.close()
            resting.clear()

"""One stage of load: a schedule (open loop) or a number of phones at work at a time (closed loop).

Bounded in every direction: by duration, by count, by the phones there are, and by the patience with which a
procedure is waited for. Where nothing but failures comes, it ends early. What is late is counted: an
arrival that began well after its time tells of the generator, not of the network.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import msgspec

from pilot5g.app.bench.actions import Scene, perform
from pilot5g.app.bench.arrivals import Arrivals, Constant, Share, schedule
from pilot5g.app.bench.causes import NO_PHONE, RADIO_REFUSED, unanswered, words
from pilot5g.app.bench.crowd import Crowd, Subject
from pilot5g.app.bench.mix import Entry, Mix
from pilot5g.app.bench.statistics import Series, packed
from pilot5g.flow.clock import now
from pilot5g.ran.radio import RrcRejected

LATE = 0.05
"""Seconds behind its time from which an arrival counts as late."""
HOPELESS = 100
"""Failures in a row, over at least HOPELESS_FOR seconds, after which a stage ends."""
HOPELESS_FOR = 3.0
SWEEP = 0.2
"""Seconds between looks for procedures that have outlived patience."""
AFTER_FAILURE = 0.05
"""Seconds that a slot of a closed loop rests after a failure, so that a dead network is not hammered."""


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """What a load is. `rate` above 0: open loop, arrivals a second; else `window` phones at work at a time.

    `duration` and `patience` in seconds; `count` bounds the chains that begin.
    """

    name: str
    mix: Mix
    rate: float = 0.0
    window: int = 0
    arrivals: Arrivals = Constant()
    duration: float = 10.0
    count: int = 1_000_000
    patience: float = 10.0
    traffic: float = 0.0
    """Pings a second over all phones with a session."""
    seed: int = 1
    asks_first: bool = False
    """Whether an arrival asks its radio before there is a phone to arrive (open loop only)."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a stage in one generator, or in all."""

    seconds: float
    """Until the last procedure ended."""
    begun: int = 0
    series: dict[str, Series] = {}
    """By procedure, and by chain where it has more than one."""
    failures: list[tuple[str, str, int]] = []
    """Procedure, cause in words, how often."""
    late: int = 0
    lateness: bytes = b""
    """Seconds each arrival began after its time, packed."""
    stopped: str = ""
    """Why it ended before its time."""
    pings: Series = Series()
    pings_lost: int = 0

    def joined(self, other: Counted) -> Counted:
        """Two generators' counts as one."""
        names = {**self.series, **other.series}
        causes: Counter[tuple[str, str]] = Counter()
        for name, cause, n in (*self.failures, *other.failures):
            causes[name, cause] += n
        return Counted(
            seconds=max(self.seconds, other.seconds),
            begun=self.begun + other.begun,
            series={n: self.series.get(n, Series()).joined(other.series.get(n, Series())) for n in names},
            failures=[(name, cause, n) for (name, cause), n in causes.most_common()],
            late=self.late + other.late,
            lateness=self.lateness + other.lateness,
            stopped=self.stopped or other.stopped,
            pings=self.pings.joined(other.pings),
            pings_lost=self.pings_lost + other.pings_lost,
        )


class Progress(msgspec.Struct, frozen=True):
    """How far a stage is: seconds, chains done, failed, and at work now."""

    seconds: float
    done: int
    failed: int
    working: int


class Load:
    """One stage on one crowd. `Load(...).run()` once."""

    def __init__(self, stage: Stage, crowd: Crowd, scene: Scene, share: Share | None = None) -> None:
        self.stage = stage
        self._crowd = crowd
        self._scene = scene
        self._share = share or Share()
        self._working: dict[asyncio.Task[bool], float] = {}
        self._times: dict[str, tuple[array[float], array[float]]] = {}
        self._failures: Counter[tuple[str, str]] = Counter()
        self._lateness: list[float] = []
        self._begun = self._done = self._in_a_row = 0
        self._last_good = 0.0
        self._stopped = ""

    @property
    def progress(self) -> Progress:
        """As it stands."""
        failed = sum(self._failures.values())
        return Progress(now() - self._began, self._done, failed, len(self._working))

    async def run(self, beside: Callable[[], Awaitable[None]] | None = None) -> Counted:
        """The whole stage. `beside`: what is done every SWEEP seconds."""
        self._began = self._last_good = now()
        sweeping = asyncio.ensure_future(self._sweep(beside))
        try:
            if self.stage.rate > 0:
                await self._open()
            else:
                await self._closed()
            while self._working:
                await asyncio.wait(tuple(self._working))
        finally:
            sweeping.cancel()
        return self._counted()

    def stop(self, why: str) -> None:
        """End it early."""
        self._stopped = self._stopped or why

    # open loop

    async def _open(self) -> None:
        stage = self.stage
        due = schedule(stage.mix, stage.arrivals, stage.rate, stage.duration, stage.seed, self._share)
        for n, arrival in enumerate(due):
            if self._stopped or n >= stage.count:
                return
            await self._until(arrival.at)
            self._lateness.append(max(0.0, now() - self._began - arrival.at))
            self._begin(stage.mix.entries[arrival.entry])
        await self._until(stage.duration)

    async def _until(self, at: float) -> None:
        """Wait for a time of the stage, at least now and then for those at work."""
        wait = self._began + at - now()
        if wait > 0:
            await asyncio.sleep(wait)
        elif self._begun % 16 == 0:
            await asyncio.sleep(0)

    def _begin(self, entry: Entry) -> None:
        """An arrival: somebody does it, or it is a failure that nobody was there to do it."""
        if self.stage.asks_first:
            try:
                self._crowd.ask()
            except RrcRejected:
                self._begun += 1
                self._fail(entry.chain[0], RADIO_REFUSED)
                return
        subject = self._crowd.take(entry)
        if subject is None:
            self._begun += 1
            self._fail(entry.name, NO_PHONE)
        else:
            subject.phone.admitted = self.stage.asks_first
            self._work(entry, subject)

    def _work(self, entry: Entry, subject: Subject) -> asyncio.Task[bool]:
        self._begun += 1
        task = asyncio.ensure_future(self._chain(entry, subject))
        self._working[task] = now() + self.stage.patience
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[bool]) -> None:
        del self._working[task]

    # closed loop

    async def _closed(self) -> None:
        due = _shares(self.stage.mix)
        slots = max(1, self.stage.window // self._share.of)
        most = -(-self.stage.count // self._share.of)
        end = self._began + self.stage.duration

        async def slot() -> None:
            while self._begun < most and now() < end and not self._stopped:
                found = self._next(due)
                if found is not None:
                    good = await _result(self._work(*found))
                elif self._working:
                    good = False  # whoever works now may leave a phone that fits
                else:
                    return
                if not good:
                    await asyncio.sleep(AFTER_FAILURE)

        await asyncio.gather(*(slot() for _ in range(slots)))

    def _next(self, due: Iterator[Entry]) -> tuple[Entry, Subject] | None:
        """The next entry that there is a phone for, and the phone."""
        for _ in self.stage.mix.entries:
            entry = next(due)
            if (subject := self._crowd.take(entry)) is not None:
                return entry, subject
        return None

    # one chain

    async def _chain(self, entry: Entry, subject: Subject) -> bool:
        began, at = now(), entry.chain[0]
        try:
            for kind in entry.chain:
                at = kind
                self._took(kind, await perform(kind, subject, self._scene))
        except asyncio.CancelledError:
            self._fail(at, unanswered(self.stage.patience))
        except Exception as error:
            self._fail(at, words(error))
        else:
            self._done += 1
            self._in_a_row = 0
            self._last_good = now()
            if len(entry.chain) > 1:
                self._took(entry.name, now() - began)
            self._crowd.put(subject)
            return True
        await self._crowd.renew(subject)
        return False

    def _took(self, name: str, seconds: float) -> None:
        if (times := self._times.get(name)) is None:
            times = self._times[name] = array("d"), array("d")
        times[0].append(now() - self._began)
        times[1].append(seconds)

    def _fail(self, name: str, cause: str) -> None:
        self._failures[name, cause] += 1
        self._in_a_row += 1
        if self._in_a_row >= HOPELESS and now() - self._last_good >= HOPELESS_FOR:
            self.stop(f"it was stopped: {self._in_a_row} failures in a row")

    async def _sweep(self, beside: Callable[[], Awaitable[None]] | None) -> None:
        """Give up what has outlived patience. The oldest come first."""
        while True:
            await asyncio.sleep(SWEEP)
            late = now()
            for task, deadline in list(self._working.items()):
                if deadline > late:
                    break
                self._working[task] = late + self.stage.patience
                task.cancel()
            if beside is not None:
                await beside()

    def _counted(self) -> Counted:
        return Counted(
            seconds=now() - self._began,
            begun=self._begun,
            series={
                name: Series(ends.tobytes(), took.tobytes()) for name, (ends, took) in self._times.items()
            },
            failures=[(name, cause, n) for (name, cause), n in self._failures.most_common()],
            late=sum(1 for each in self._lateness if each > LATE),
            lateness=packed(self._lateness),
            stopped=self._stopped,
        )


async def _result(task: asyncio.Task[bool]) -> bool:
    await asyncio.wait((task,))
    return not task.cancelled() and task.result()


def _shares(mix: Mix) -> Iterator[Entry]:
    """The entries again and again, each as often as its weight, spread evenly."""
    credit = [0.0] * len(mix.entries)
    while True:
        credit = [have + each.weight for have, each in zip(credit, mix.entries, strict=True)]
        best = max(range(len(credit)), key=credit.__getitem__)
        credit[best] -= mix.weight
        yield mix.entries[best]

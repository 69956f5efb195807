"""Which stages a bench runs, and what their results say.

The standard suite answers what people ask first: how fast is one phone on an idle core, what does each
procedure cost the core, how much memory does a phone take, how many come and go a second, what rate of newly
arriving phones is sustained, and how long does it take at half of that. A single load, steps of rates and the
search for the highest rate are the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

import msgspec

from pilot5g.app.bench.load import Stage
from pilot5g.app.bench.mix import STANDARD, Entry, Kind, Mix, Rest, single
from pilot5g.app.bench.runner import Result
from pilot5g.app.bench.statistics import percentile, unpacked

REGISTRATION, SESSION, DEREGISTRATION = Kind.REGISTRATION, Kind.SESSION, Kind.DEREGISTRATION
IDLE, FAST, HALF = "idle core", "as fast as it goes", "half of the sustained rate"
HOLD = "hold "
"""How the names of stages begin that try to sustain a rate."""
ONE = "one phone after the other"
IDLE_RATE, IDLE_SECONDS = 50.0, 3.0
"""Phones 20 ms apart find nobody else at work, and a processor that has slept: its caches have gone cold, and
the same code takes three times as long. One after the other they find nobody else, and it awake."""
HOLD_SECONDS, HALF_SECONDS = 15.0, 5.0
HELD_MS, HELD_TIMES = 100.0, 5.0
"""A rate counts as held with a p99 up to so many ms, or so many times an idle core's if that is more."""
TRIES, LOWER = 8, 0.93
"""How many rates are tried until one is sustained: each this part of what the one before it came to."""
CROWD, MORE, COME_AND_GO = "a crowd arrives", "more arrive", "come and go among them"
FEW, CROWD_RATE = 5000, 50.0
"""Of a crowd, the phones that arrive last; and the rate below which its arrival is given up."""
WINDOW = 32
UNTIL_IDLE = 1.0
"""Seconds until phones brought up have fallen idle, for a load that needs idle ones."""
WARM_UP = 300
"""Phones on which single procedures are measured before a load of several."""
ENOUGH = 0.97
"""The part of the offered rate that must be achieved to say that a rate was sustained."""
CLOSE = 0.08
"""The search for the highest rate ends when it is known to this part."""


ARRIVE = single(REGISTRATION, SESSION)
"""Phones arrive and open a session; nobody leaves."""


class Runs(Protocol):
    """What runs a stage: `runner.Runner`, or a whole network in one process in tests."""

    @property
    def measures_core(self) -> bool: ...
    async def run(self, stage: Stage) -> Result: ...


def fill(mix: Mix, phones: int, stage: Stage) -> list[Stage]:
    """The stages that bring phones into the states of rest a load starts from, evenly."""
    starts = mix.starts
    others = [rest for rest in starts if rest is not Rest.OFF]
    if not others:
        return []
    each = phones // len(starts)
    made = []
    for rest in others:
        chain = (REGISTRATION, SESSION) if rest is Rest.UP else (REGISTRATION,)
        made.append(
            msgspec.structs.replace(
                stage,
                name=f"bring {each} phones up",
                mix=single(*chain),
                rate=0.0,
                window=WINDOW,
                count=each,
                duration=max(20.0, each / 20),
                traffic=0.0,
            )
        )
    return made


def alone(kinds: Sequence[Kind], phones: int, stage: Stage) -> list[Stage]:
    """Each procedure of a mix by itself, so that the core's CPU time has one cause: phones come, do what else
    the mix has, and leave. Whatever comes before deregistration is there to make it possible."""
    middle = [k for k in kinds if k not in (REGISTRATION, SESSION, Kind.RELEASE, DEREGISTRATION, Kind.RETURN)]
    order = [REGISTRATION, SESSION, *middle, *([Kind.RELEASE] if Kind.RELEASE in kinds else [])]
    order += [DEREGISTRATION, *([Kind.RETURN, DEREGISTRATION] if Kind.RETURN in kinds else [])]
    return [
        msgspec.structs.replace(
            stage,
            name=alone_name(kind),
            mix=single(kind),
            rate=0.0,
            window=WINDOW,
            count=phones,
            duration=max(15.0, phones / 40),
            traffic=0.0,
        )
        for kind in order
    ]


def alone_name(kind: Kind) -> str:
    """The name of the stage in which a procedure is by itself."""
    return f"{kind} alone"


class Bench:
    """One bench over a runner. `base` is what stages have in common; results come as stages end."""

    def __init__(self, runner: Runs, base: Stage, phones: int) -> None:
        self._runner = runner
        self._base = base
        self._phones = phones

    async def suite(self) -> AsyncIterator[Result]:
        """The standard suite."""
        base, run = self._base, self._runner.run
        few = max(1, min(int(IDLE_RATE * IDLE_SECONDS), self._phones // 4))
        idle = await run(self._stage(IDLE, mix=ARRIVE, rate=IDLE_RATE, duration=IDLE_SECONDS, count=few))
        yield idle
        yield await run(self._stage(ONE, mix=ARRIVE, window=1, duration=10.0, count=few))
        for stage in alone((REGISTRATION, SESSION, DEREGISTRATION), self._phones, base):
            yield await run(stage)
        fastest = 0.0
        for stage in fill(STANDARD, self._phones, base):
            yield (filled := await run(stage))
            fastest = max(fastest, rate_of(filled, ARRIVE.entries[0]))
        yield await run(self._stage(FAST, mix=STANDARD, window=WINDOW, duration=3.0))
        async for result in self._hold(fastest, max(HELD_MS, HELD_TIMES * worst(idle))):
            yield result

    async def _hold(self, fastest: float, limit: float) -> AsyncIterator[Result]:
        """Phones that only arrive, open loop: at lower and lower rates until one is sustained, and half of
        that."""
        rate = fastest
        for _ in range(TRIES if rate >= 1 else 0):
            yield await self._all_leave()
            held = await self._runner.run(self._arrive(f"{HOLD}{rate:.0f}/s", rate, HOLD_SECONDS))
            yield held
            if sustained(held, limit):
                yield await self._all_leave()
                yield await self._runner.run(self._arrive(HALF, rate / 2, HALF_SECONDS))
                return
            rate = LOWER * (min(rate, rate_of(held, ARRIVE.entries[0])) or rate)

    async def _all_leave(self) -> Result:
        """Everybody deregisters, so that the next ones to arrive are new to the core."""
        leave = single(DEREGISTRATION)
        duration = max(15.0, self._phones / 40)
        stage = self._stage(
            "everybody leaves", mix=leave, window=WINDOW, count=self._phones, duration=duration
        )
        return await self._runner.run(stage)

    def _arrive(self, name: str, rate: float, seconds: float) -> Stage:
        """Registration and session at a rate, as long as there are phones."""
        count = min(self._phones, max(1, int(rate * seconds)))
        return self._stage(name, mix=ARRIVE, rate=rate, duration=count / rate, count=count)

    async def crowded(self) -> AsyncIterator[Result]:
        """Nearly all phones up, and what one costs then: newly arriving, and as they come and go."""
        few = min(FEW, self._phones // 2)
        for name, count in ((CROWD, self._phones - few), (MORE, few)):
            duration = max(20.0, count / CROWD_RATE)
            yield await self._runner.run(
                self._stage(name, mix=ARRIVE, window=WINDOW, count=count, duration=duration)
            )
        yield await self._runner.run(self._stage(COME_AND_GO, mix=STANDARD, window=WINDOW, duration=5.0))

    async def one(self, stage: Stage, *, warm_up: bool) -> AsyncIterator[Result]:
        """One load, after what it needs: its procedures alone, for what each costs, and phones brought up."""
        async for result in self._before(stage.mix, warm_up=warm_up):
            yield result
        yield await self._runner.run(stage)

    async def steps(self, stage: Stage, rates: Sequence[float], *, warm_up: bool) -> AsyncIterator[Result]:
        """The same load at one rate after the other."""
        async for result in self._before(stage.mix, warm_up=warm_up):
            yield result
        for rate in rates:
            yield await self._runner.run(_at(stage, rate))

    async def find_most(self, stage: Stage, limit: float, *, warm_up: bool) -> AsyncIterator[Result]:
        """Search the highest rate that is sustained: no failure, p99 under `limit` ms, arrivals on time.

        Doubles until one is not, then halves the gap. `best` finds the answer.
        """
        async for result in self._before(stage.mix, warm_up=warm_up):
            yield result
        low, high = 0.0, 0.0
        rate = stage.rate
        while rate >= 1 and (not high or high - low > CLOSE * high):
            result = await self._runner.run(_at(stage, rate))
            yield result
            if sustained(result, limit):
                low = rate
            else:
                high = rate
            rate = (low + high) / 2 if high else rate * 2

    def _stage(self, name: str, **fields: object) -> Stage:
        return msgspec.structs.replace(self._base, **{"name": name, "rate": 0.0, **fields})

    async def _before(self, mix: Mix, *, warm_up: bool) -> AsyncIterator[Result]:
        if warm_up:
            for stage in alone(mix.kinds, min(self._phones, WARM_UP), self._base):
                yield await self._runner.run(stage)
        for stage in fill(mix, self._phones, self._base):
            yield await self._runner.run(stage)
        if mix.idles:
            await asyncio.sleep(UNTIL_IDLE)


def _at(stage: Stage, rate: float) -> Stage:
    return msgspec.structs.replace(stage, name=f"{rate:.0f}/s", rate=rate)


def rate_of(result: Result, entry: Entry) -> float:
    """How many of an entry's chains ended well each second."""
    series = result.counted.series.get(entry.name)
    return len(series.points) / result.counted.seconds if series is not None else 0.0


def worst(result: Result) -> float:
    """The highest p99 of any procedure or chain, in ms; 0 where nothing ended well."""
    spreads = [sorted(unpacked(series.took)) for series in result.counted.series.values()]
    return max((percentile(each, 99) * 1000 for each in spreads if each), default=0.0)


def on_time(result: Result) -> bool:
    """Whether the generator began arrivals when it should have: if not, it was the limit."""
    return result.counted.late <= 0.01 * max(result.counted.begun, 1)


def sustained(result: Result, limit: float) -> bool:
    """Whether the rate was held: nothing failed, p99 within `limit` ms, arrivals on time."""
    counted = result.counted
    return (
        not counted.failures
        and not counted.stopped
        and bool(counted.series)
        and on_time(result)
        and worst(result) <= limit
    )


def held(results: Sequence[Result]) -> Result | None:
    """The stage of a suite that sustained its rate: what came after it is half of that."""
    tried = [each for each in results if each.stage.name.startswith(HOLD)]
    found = any(each.stage.name == HALF for each in results)
    return tried[-1] if found else None


def best(results: Sequence[Result], limit: float) -> Result | None:
    """The sustained result of the highest rate."""
    held = [each for each in results if each.stage.rate and sustained(each, limit)]
    return max(held, key=lambda each: each.stage.rate, default=None)

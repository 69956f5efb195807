"""What a core does with more than it can: the same load at once, twice and five times its capacity.

The capacity is the rate at which phones register and open a session as fast as it goes, unless it is given.
Then phones arrive open loop, each for the first time, and what counts is goodput: registrations with a
session that came to an end while phones arrived. An overloaded core refuses the others early, by its radios
(Overload Start, TS 38.413 8.7.7) or by #22 with T3346, and goes on with as many as before; one that does not
has them all time out.

A phone that was refused does not come back: both refusals tell it to wait for about as long as a stage lasts,
and another one arrives in its place. Arrivals ask their radio first, as RRC does, and one that is turned away
has cost no phone: so a generator can offer five times of what it could serve itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from pilot5g.app.bench.causes import RADIO_REFUSED, is_congestion, is_unanswered
from pilot5g.app.bench.load import Stage
from pilot5g.app.bench.plans import ARRIVE, WINDOW, Runs, on_time, rate_of
from pilot5g.app.bench.runner import Result
from pilot5g.app.bench.statistics import percentile

TIMES = (1.0, 2.0, 5.0)
"""Of the capacity."""
PHONES = 30_000
"""Enough for five seconds at each of these on a core that serves 1,200 a second."""
FINDING, SERVED = 0.15, 0.22
"""The parts of all phones that the capacity is found with, and that are served in a stage at most."""
PAUSE = 4.0
"""Seconds after a stage in which an overloaded core has radios let everybody in again."""
PATIENCE = 5.0
"""Seconds for which arrivals wait, unless told otherwise."""
BAR = 0.9
"""What goodput at five times the capacity has to keep of that at once."""
CAPACITY = "capacity"


class Goodput(msgspec.Struct, frozen=True, kw_only=True):
    """One stage: `times` the capacity was offered. Rates are a second, while phones arrived."""

    times: float
    offered: float
    goodput: float
    kept: float | None
    """The part of goodput at once the capacity; None where nothing was done then."""
    congestion: int
    """Refused with #22 by the core."""
    radio: int
    """Turned away by a radio that the core told to."""
    timed_out: int
    other: int
    p99_ms: float | None
    """Of those that were served, None where nobody was."""
    on_time: bool
    """Whether phones arrived when they should: if not, the generator was overloaded itself."""


def name_of(times: float) -> str:
    """The name of a stage."""
    return f"{times:g}x of capacity"


async def stages(runner: Runs, base: Stage, phones: int) -> AsyncIterator[Result]:
    """Find the capacity where `base` has no rate, then offer it and more."""
    rate = base.rate
    if not rate:
        finding = msgspec.structs.replace(
            base, name=CAPACITY, mix=ARRIVE, rate=0.0, window=WINDOW, count=int(phones * FINDING)
        )
        found = await runner.run(finding)
        yield found
        rate = rate_of(found, ARRIVE.entries[0])
    for times in TIMES if rate >= 1 else ():
        yield await runner.run(
            msgspec.structs.replace(
                base,
                name=name_of(times),
                mix=ARRIVE,
                rate=rate * times,
                window=0,
                duration=min(base.duration, phones * SERVED / rate),
                asks_first=True,
            )
        )
        await asyncio.sleep(PAUSE)


def judged(results: Sequence[Result]) -> list[Goodput]:
    """What came of the stages, in order; empty where a bench had none of them."""
    by_name = {each.stage.name: each for each in results}
    found = [(times, by_name[name_of(times)]) for times in TIMES if name_of(times) in by_name]
    rates = [_goodput(result) for _, result in found]
    return [
        _judged(times, result, rate, rates[0]) for (times, result), rate in zip(found, rates, strict=True)
    ]


def _judged(times: float, result: Result, rate: float, once: float) -> Goodput:
    causes: dict[str, int] = dict.fromkeys(("radio", "congestion", "timed out", "other"), 0)
    for _, cause, n in result.counted.failures:
        causes[_kind(cause)] += n
    took = _served(result)
    return Goodput(
        times=times,
        offered=result.counted.begun / result.stage.duration,
        goodput=rate,
        kept=rate / once if once else None,
        congestion=causes["congestion"],
        radio=causes["radio"],
        timed_out=causes["timed out"],
        other=causes["other"],
        p99_ms=percentile(sorted(took), 99) * 1000 if took else None,
        on_time=on_time(result),
    )


def _kind(cause: str) -> str:
    if cause == RADIO_REFUSED:
        return "radio"
    if is_congestion(cause):
        return "congestion"
    return "timed out" if is_unanswered(cause) else "other"


def _goodput(result: Result) -> float:
    """What ended well while phones arrived; the tail after that is not offered any load."""
    series = result.counted.series.get(ARRIVE.entries[0].name)
    duration = result.stage.duration
    return sum(1 for end, _ in series.points if end <= duration) / duration if series is not None else 0.0


def _served(result: Result) -> list[float]:
    series = result.counted.series.get(ARRIVE.entries[0].name)
    return [took for _, took in series.points] if series is not None else []

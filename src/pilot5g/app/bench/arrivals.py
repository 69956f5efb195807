"""When arrivals come: constant, Poisson, in bursts, or as recorded. The same seed, the same schedule.

Every entry of a mix arrives by itself, at the rate times its weight. Real signalling is burstier than
Poisson, so a load that is only ever constant measures the best case.
"""

from __future__ import annotations

import csv
import heapq
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from pilot5g.app.bench.mix import Entry, Mix
from pilot5g.flow.entropy import Entropy, integer, seeded

MOST_RECORDED = 1_000_000


class ArrivalsError(ValueError):
    """The arrivals cannot be; the text says why."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"--arrivals: {why}; there are constant, poisson, burst:K with K arrivals at once, and"
            " the name of a CSV file whose first column has seconds"
        )


class Constant(msgspec.Struct, frozen=True, tag="constant"):
    """One every 1/rate seconds."""

    def times(self, rate: float, phase: float, entropy: Entropy) -> Iterator[float]:
        """Without end. `phase`, 0 to 1: where in its interval the first one comes."""
        n = 0
        while True:
            yield (n + phase) / rate
            n += 1


class Poisson(msgspec.Struct, frozen=True, tag="poisson"):
    """Independent of each other: gaps are exponential."""

    def times(self, rate: float, phase: float, entropy: Entropy) -> Iterator[float]:
        at = 0.0
        while True:
            at -= math.log((integer(entropy, 53) + 1) / (1 << 53)) / rate
            yield at


class Burst(msgspec.Struct, frozen=True, tag="burst"):
    """`size` at once, every size/rate seconds."""

    size: int

    def times(self, rate: float, phase: float, entropy: Entropy) -> Iterator[float]:
        n = 0
        while True:
            for _ in range(self.size):
                yield (n + phase) * self.size / rate
            n += 1


class Recorded(msgspec.Struct, frozen=True, tag="recorded"):
    """At these seconds, in order. The rate scales how many of them there are: 1 takes each once."""

    seconds: tuple[float, ...]

    def times(self, rate: float, phase: float, entropy: Entropy) -> Iterator[float]:
        owed = 0.0
        for at in self.seconds:
            owed += rate
            while owed >= 1.0 - 1e-9:
                owed -= 1.0
                yield at


Arrivals = Constant | Poisson | Burst | Recorded


class Arrival(NamedTuple):
    """One arrival: seconds from the start, and which entry of the mix."""

    at: float
    entry: int


class Share(NamedTuple):
    """The part of a load that one of several generators has."""

    number: int = 0
    of: int = 1


def schedule(
    mix: Mix, arrivals: Arrivals, rate: float, duration: float, seed: int, share: Share | None = None
) -> Iterator[Arrival]:
    """Every arrival within `duration` seconds, in order. Each share of a load has others, all together have
    what one generator alone would have."""
    share = share or Share()
    streams = (
        _stream(i, entry, len(mix.entries), arrivals, rate, duration, seed, share)
        for i, entry in enumerate(mix.entries)
    )
    return heapq.merge(*streams)


def _stream(
    i: int, entry: Entry, of: int, arrivals: Arrivals, rate: float, duration: float, seed: int, share: Share
) -> Iterator[Arrival]:
    entropy = seeded(seed * 1009 + i)
    times = arrivals.times(rate * entry.weight, (i + 0.5) / of, entropy)
    for at in islice(times, share.number, None, share.of):
        if at >= duration:
            return
        yield Arrival(at, i)


def parse_arrivals(text: str) -> Arrivals:
    """Arrivals as they are written. Raises ArrivalsError."""
    name, _, size = text.partition(":")
    match name:
        case "constant" if not size:
            return Constant()
        case "poisson" if not size:
            return Poisson()
        case "burst":
            if not (size.isdecimal() and 1 <= int(size) <= 100_000):
                raise ArrivalsError(f"{size!r} is no number of arrivals from 1 to 100000")
            return Burst(int(size))
    return _recorded(Path(text))


def _recorded(path: Path) -> Recorded:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row[0].strip() for row in csv.reader(file) if row and row[0].strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise ArrivalsError(f"{path} cannot be read ({getattr(error, 'strerror', error)})") from error
    seconds = [_seconds(path, n, row) for n, row in enumerate(rows, 1) if n > 1 or _is_number(row)]
    if not 0 < len(seconds) <= MOST_RECORDED:
        raise ArrivalsError(f"{path} holds {len(seconds)} arrivals, not 1 to {MOST_RECORDED}")
    return Recorded(tuple(sorted(seconds)))


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _seconds(path: Path, line: int, text: str) -> float:
    if not _is_number(text) or float(text) < 0:
        raise ArrivalsError(f"{path}, row {line}: {text[:40]!r} is no time of 0 seconds or more")
    return float(text)

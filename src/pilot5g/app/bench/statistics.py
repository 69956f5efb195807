"""What many measured times come to: percentiles by the nearest rank, exact, from all of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

import msgspec


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """How times spread, in milliseconds."""

    count: int
    p50: float
    p90: float
    p99: float
    most: float


def percentile(ordered: Sequence[float], percent: float) -> float:
    """By the nearest rank: the smallest value that `percent` of all do not exceed. `ordered` is not empty."""
    rank = -int(-len(ordered) * percent // 100)
    return ordered[min(max(rank, 1), len(ordered)) - 1]


def spread(seconds: Iterable[float]) -> Spread | None:
    """None where there is nothing to tell of."""
    ordered = sorted(seconds)
    if not ordered:
        return None
    return Spread(
        count=len(ordered),
        p50=percentile(ordered, 50) * 1000,
        p90=percentile(ordered, 90) * 1000,
        p99=percentile(ordered, 99) * 1000,
        most=ordered[-1] * 1000,
    )


class Series(msgspec.Struct, frozen=True):
    """Times of one procedure: when each ended (seconds from the stage's start) and how long it took. Packed,
    since a generator hands over many of them."""

    ends: bytes = b""
    took: bytes = b""

    @property
    def points(self) -> list[tuple[float, float]]:
        """End and duration of each, in seconds."""
        return list(zip(unpacked(self.ends), unpacked(self.took), strict=True))

    def joined(self, other: Series) -> Series:
        """Those of another generator as well."""
        return Series(self.ends + other.ends, self.took + other.took)


def packed(values: Iterable[float]) -> bytes:
    """Doubles of this machine."""
    return array("d", values).tobytes()


def unpacked(octets: bytes) -> array[float]:
    """What `packed` made."""
    values = array("d")
    values.frombytes(octets)
    return values

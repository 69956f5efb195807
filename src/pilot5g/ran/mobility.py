"""Phones that move: where radios are, how well each is heard where, and when that makes a phone change cells.

The model is as simple as moving needs: the path loss of TS 38.901 for a line of sight in a town, the pattern
of a sector, and shadowing that is drawn from a seed for every few metres, the same on every way past.
A connected phone reports a neighbour when event A3 has held for its time to trigger (TS 38.331 5.5.4.4), and
its gNB decides; an idle one reselects when the neighbour has been better for as long (TS 38.304 5.2.4.6).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from math import atan2, degrees, hypot, log10
from typing import Protocol

import msgspec

from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.radio import Cell, RrcConnection

Place = tuple[float, float]
"""Metres east and north."""

POWER = 30.0
"""dBm of a cell's reference signal."""
CARRIER = 3.5
"""GHz."""
HEIGHT = 25.0
"""Metres of an antenna above a phone."""
SECTOR, FRONT_TO_BACK = 65.0, 30.0
"""Beam width in degrees and greatest attenuation in dB of a sector (TS 38.901 table 7.3-1)."""
GRID = 25.0
"""Metres over which shadowing stays much the same."""


class A3(msgspec.Struct, frozen=True, kw_only=True):
    """Event A3 (TS 38.331 5.5.4.4): offset and hysteresis in dB, time to trigger in seconds."""

    offset: float = 3.0
    hysteresis: float = 1.0
    time_to_trigger: float = 0.32


class Coverage:
    """Where each gNB stands, by its name. Cells of one gNB point in different directions."""

    def __init__(self, places: Mapping[str, Place], seed: int = 1, shadowing: float = 3.0) -> None:
        """`shadowing` is its greatest part in dB, in either direction."""
        self._places = dict(places)
        self._seed = seed
        self._shadowing = shadowing

    def heard(self, cell: NrCell, where: Place) -> float:
        """The strength of a cell's signal at a place, in dBm. Raises KeyError for a gNB without a place."""
        x, y = self._places[cell.site.config.name]
        east, north = where[0] - x, where[1] - y
        distance = hypot(east, north, HEIGHT)
        loss = 28.0 + 22.0 * log10(distance) + 20.0 * log10(CARRIER)  # TS 38.901 table 7.4.1-1, UMa LOS
        cells = cell.site.config.cells
        bearing = degrees(atan2(east, north)) - 360.0 * cells.index(cell.cgi.cell) / len(cells)
        turned = (bearing + 180.0) % 360.0 - 180.0
        beam = min(12.0 * (turned / SECTOR) ** 2, FRONT_TO_BACK) if len(cells) > 1 else 0.0
        return POWER - loss - beam + self._shadow(cell, where)

    def _shadow(self, cell: NrCell, where: Place) -> float:
        spot = f"{self._seed} {cell.cgi.cell} {round(where[0] / GRID)} {round(where[1] / GRID)}"
        drawn = int.from_bytes(sha256(spot.encode()).digest()[:4])
        return (drawn / 0x80000000 - 1.0) * self._shadowing


class Path(msgspec.Struct, frozen=True, kw_only=True):
    """Places to go by in order, in metres per second; there and back again where it is a `loop`."""

    places: tuple[Place, ...]
    speed: float = 15.0
    loop: bool = False

    def at(self, seconds: float) -> Place:
        """Where one is after so long."""
        places = self.places
        if self.loop:
            places = (*places, *reversed(places[:-1]))
        whole = sum(_between(a, b) for a, b in pairwise(places))
        way = seconds * self.speed
        if self.loop and whole:
            way %= whole
        for a, b in pairwise(places):
            part = _between(a, b)
            if way < part:
                return a[0] + (b[0] - a[0]) * way / part, a[1] + (b[1] - a[1]) * way / part
            way -= part
        return places[-1]


def _between(a: Place, b: Place) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])


class Mobile(Protocol):
    """A phone that can be moved."""

    @property
    def cell(self) -> Cell | None: ...
    @property
    def connection(self) -> RrcConnection | None: ...
    def camp(self, cell: Cell) -> None: ...
    def suits(self, cell: Cell) -> bool:
        """Whether an idle one would take the cell."""
        ...


class Walk:
    """One phone on its path. It measures ten times a second."""

    PERIOD = 0.1

    def __init__(
        self, phone: Mobile, path: Path, coverage: Coverage, cells: Sequence[NrCell], event: A3 | None = None
    ) -> None:
        self._phone = phone
        self._path = path
        self._coverage = coverage
        self._cells = cells
        self._event = event or A3()
        self._better: tuple[NrCell, float] | None = None
        self.walked = 0.0
        """Seconds."""

    async def run(self, seconds: float) -> None:
        """Walk for so long. May be cancelled, and gone on with."""
        loop = asyncio.get_running_loop()
        last, end = loop.time(), loop.time() + seconds
        while last < end:
            await asyncio.sleep(self.PERIOD)
            now = loop.time()
            self.walked += now - last
            last = now
            self.look()

    def look(self) -> None:
        """Measure where it is now, and act on it."""
        best = self._best(self._path.at(self.walked))
        if best is None:
            self._better = None
            return
        if self._better is None or self._better[0] is not best:
            self._better = best, self.walked
        if self.walked - self._better[1] < self._event.time_to_trigger:
            return
        self._better = None
        connection = self._phone.connection
        if connection is None:
            self._phone.camp(best)
        else:
            connection.report(best)

    def _best(self, here: Place) -> NrCell | None:
        """The strongest neighbour for which the entering condition of A3 holds (A3-1)."""
        serving = self._phone.cell
        idle = self._phone.connection is None
        heard = {
            cell: self._coverage.heard(cell, here)
            for cell in self._in_service()
            if cell is serving or not idle or self._phone.suits(cell)
        }
        own = heard.pop(serving, float("-inf")) if isinstance(serving, NrCell) else float("-inf")
        cell = max(heard, key=heard.__getitem__, default=None)
        if cell is None or heard[cell] - self._event.hysteresis <= own + self._event.offset:
            return None
        return cell

    def _in_service(self) -> Iterable[NrCell]:
        return (cell for cell in self._cells if cell.in_service)

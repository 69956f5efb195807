"""Who of the configured phones moves, along which path, among which radios."""

from __future__ import annotations

import asyncio

from pilot5g.app.config import Config
from pilot5g.app.unit import PhoneUnit
from pilot5g.ran.mobility import Coverage, Path, Walk
from pilot5g.ran.network import RadioNetwork


def walks(config: Config, radios: RadioNetwork, units: list[PhoneUnit]) -> list[Walk]:
    """A walk for each phone that has a path; there and back again, for as long as the phone is on."""
    coverage = Coverage({radio.name: radio.position for radio in config.radios})
    return [
        Walk(unit.phone, Path(places=phone.path, speed=phone.speed, loop=True), coverage, radios.every_cell)
        for phone, unit in zip(config.phones.list, units, strict=True)
        if phone.path
    ]


async def for_ever(moving: list[Walk]) -> None:
    """Walk until cancelled, or stay where they are until then."""
    await asyncio.gather(asyncio.Event().wait(), *(walk.run(float("inf")) for walk in moving))

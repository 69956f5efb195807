"""CPU of the core for each registration, session and deregistration: `python benchmarks/registrations.py`.

    python benchmarks/registrations.py [phones] [at once] [rounds]

The core is a process of its own with its database on disk and a data network inside; radio and phones are in
this process and speak to it by SCTP on loopback. Rounds with the plain form of the hot modules and with the
compiled one take turns, and the least of each counts, since a shared machine only ever adds. What the core's
threads took is printed apart: the first is the network functions, SCTP included, the others write the
database.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from pilot5g import compiled
from pilot5g.app import places
from pilot5g.app.config import Config, parse
from pilot5g.app.radio_side import open_radio_side
from pilot5g.app.unit import PhoneUnit
from pilot5g.flow.clock import run_real

Work = Callable[[PhoneUnit], Awaitable[object]]
Figures = dict[str, tuple[float, float, float]]
"""By what the phones did: milliseconds of the first thread and of the others, and how many a second."""

STEPS: tuple[tuple[str, Work], ...] = (
    ("registration", lambda unit: unit.register()),
    ("session", lambda unit: unit.open_sessions()),
    ("deregistration", lambda unit: unit.deregister()),
)


def cpu(pid: int) -> tuple[float, float]:
    """Seconds of CPU that the first thread of a process has used, and all others."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    seconds = {int(task.name): int((task / "schedstat").read_text().split()[0]) / 1e9 for task in tasks}
    first = seconds.pop(pid)
    return first, sum(seconds.values())


def elsewhere(config: Config) -> Config:
    """The same on loopback addresses that no pilot takes, for one may be running."""
    n2, n3 = (msgspec.structs.replace(each, address="127.77.0.5") for each in (config.n2, config.n3))
    radios = tuple(
        msgspec.structs.replace(radio, n2_address=address, n3_address=address)
        for radio, address in zip(config.radios, ("127.77.0.11",), strict=True)
    )
    return msgspec.structs.replace(config, n2=n2, n3=n3, radios=radios)


async def start_core(configuration: Path, form: str) -> Process:
    """A core process that is ready."""
    command = (sys.executable, "-m", "pilot5g.app.serve", "core", str(configuration), "inside")
    environment = os.environ | {compiled.VARIABLE: "yes" if form == "compiled" else "no"}
    with (configuration.parent / "core.log").open("w") as log:
        core = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=log, env=environment
        )
    assert core.stdout is not None
    while b"ready" not in (line := await core.stdout.readline()):
        if not line:
            raise SystemExit((configuration.parent / "core.log").read_text()[-2000:])
    return core


async def drain(core: Process) -> None:
    """Read what the core tells, and forget it."""
    assert core.stdout is not None
    while await core.stdout.readline():
        pass


async def one_round(config: Config, configuration: Path, form: str, at_once: int) -> Figures:
    """Register, open sessions and deregister every phone against a new core."""
    core = await start_core(configuration, form)
    draining = asyncio.ensure_future(drain(core))
    limit = asyncio.Semaphore(at_once)

    async def limited(work: Work, unit: PhoneUnit) -> None:
        async with limit:
            await work(unit)

    figures = {}
    async with open_radio_side(config, os.urandom, "inside") as side:
        await side.connect()
        count = len(side.units)
        for name, work in STEPS:
            before, began = cpu(core.pid), time.monotonic()
            await asyncio.gather(*(limited(work, unit) for unit in side.units))
            rate = count / (time.monotonic() - began)
            first, others = (
                (after - since) / count * 1000 for after, since in zip(cpu(core.pid), before, strict=True)
            )
            figures[name] = first, others, rate
    core.terminate()
    await core.wait()
    await draining
    return figures


def least(rounds: list[Figures]) -> Figures:
    """The best of every figure."""
    return {
        name: (
            min(each[name][0] for each in rounds),
            min(each[name][1] for each in rounds),
            max(each[name][2] for each in rounds),
        )
        for name, _ in STEPS
    }


async def measure(phones: int, at_once: int, rounds: int, folder: Path) -> dict[str, list[Figures]]:
    """All rounds, by form."""
    yaml = f"phones: {{count: {phones}}}\nradios: [{{name: gnb}}]\ntimers: {{X-INACTIVE: 3600}}\n"
    found: dict[str, list[Figures]] = {"plain": []}
    if not compiled.why_not():
        found["compiled"] = []
    for number in range(rounds):
        for form, each in found.items():
            place = folder / f"{form}{number}"
            place.mkdir()
            config = elsewhere(places.on_loopback(places.settled(parse(yaml), os.urandom, place)))
            places.write(config, place / "pilot.yaml")
            each.append(await one_round(config, place / "pilot.yaml", form, at_once))
    return found


def main(arguments: list[str]) -> None:
    """Print a line for each step and form."""
    phones, at_once, rounds = (int(given) for given in (*arguments, *("300", "20", "3")[len(arguments) :]))
    with tempfile.TemporaryDirectory() as folder:
        found = run_real(measure(phones, at_once, rounds, Path(folder)))
    print(f"{phones} phones, {at_once} at once, least of {rounds} rounds; CPU of the core in ms for each")
    print(f"{'':26}{'functions':>10}{'database':>10}{'a second':>10}")
    for form, each in found.items():
        for name, (first, others, rate) in least(each).items():
            print(f"{form:10}{name:16}{first:10.2f}{others:10.2f}{rate:10.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])

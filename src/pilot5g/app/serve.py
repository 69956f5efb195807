"""The processes of a pilot: `python -m pilot5g.app.serve core|upf|ran|dn …`, started by `app.pilot`.

Each tells its parent in JSON lines (`app.events`), takes orders as lines on standard input, and ends on
SIGTERM or when its parent is gone (end of standard input), so that nothing outlives a pilot.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from pilot5g.app.config import Config, ConfigError, load
from pilot5g.app.events import Check, Failed, Figure, Finished, Line, Ready, emit
from pilot5g.app.opening import CannotOpen
from pilot5g.flow.clock import run_real
from pilot5g.flow.journal import Entry, Journal
from pilot5g.flow.tasks import Tasks
from pilot5g.service.store import StoreError

if TYPE_CHECKING:
    from pilot5g.core.upf import Upf

SETTLING = 150
"""Looks, 20 ms apart, that the last releases may take."""

Orders = Callable[[str], None]


class Parent:
    """The process that started this one: its orders, and the word to end."""

    def __init__(self) -> None:
        self.ending = asyncio.Event()
        self._orders: Orders = lambda order: None
        self._tasks = Tasks()

    async def listen(self, orders: Orders) -> None:
        """Take orders from standard input, and SIGTERM and SIGINT as the word to end."""
        self._orders = orders
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.ending.set)
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        self._tasks.spawn(self._read(reader), "orders")

    async def close(self) -> None:
        """Stop listening."""
        await self._tasks.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        async for line in reader:
            self._orders(line.decode().strip())
        self.ending.set()


def tell_journal(who: str, journal: Journal) -> None:
    """Send the refusals of a journal to the parent; its notes are in this process's log."""

    def tell(entry: Entry) -> None:
        if entry.cause:
            emit(Line(who, entry))

    journal.listeners.append(tell)


async def serve_core(config: Config, n6: str) -> None:
    """The core, until told to end. `n6` is `tun`, or `inside` for a data network within this process."""
    from pilot5g.app.core_side import open_core
    from pilot5g.app.inside import InsideNetwork
    from pilot5g.core.upf import Upf

    loop = asyncio.get_running_loop()
    began = loop.time()
    inside = [InsideNetwork(each) for each in config.data_networks] if n6 == "inside" else None
    opened = await open_core(config, os.urandom, inside, prepared=True)
    async with opened.stack:
        core = opened.core
        counting = core.upf if isinstance(core.upf, Upf) else None
        await _until_told("core", core.journal, core.leftovers, counting, began, opened.detail)


async def serve_upf(config: Config, n6: str) -> None:
    """The UPF alone, until told to end. `n6` as for the core."""
    from pilot5g.app.inside import InsideNetwork
    from pilot5g.app.upf_side import open_upf

    loop = asyncio.get_running_loop()
    began = loop.time()
    inside = [InsideNetwork(each) for each in config.data_networks] if n6 == "inside" else None
    opened = await open_upf(config, os.urandom, inside, prepared=True)
    async with opened.stack:
        function = opened.function
        await _until_told("upf", function.journal, function.leftovers, function.upf, began, opened.detail)


async def _until_told(
    who: str, journal: Journal, leftovers: Callable[[], list[str]], upf: Upf | None, began: float, detail: str
) -> None:
    """Say that it serves, and answer the parent's orders until told to end."""
    tell_journal(who, journal)
    parent, tasks = Parent(), Tasks()

    def order(line: str) -> None:
        if line == "leftovers":
            tasks.spawn(_tell_leftovers("UPF" if who == "upf" else who, leftovers), "leftovers")
        elif line == "counters" and upf is not None:
            _tell_counters(upf)

    await parent.listen(order)
    emit(Ready(who, asyncio.get_running_loop().time() - began, detail))
    await parent.ending.wait()
    await tasks.close()
    await parent.close()


def _tell_counters(upf: Upf) -> None:
    """What the user plane counted, for whoever must find the hop where packets end."""
    for name, value in msgspec.structs.asdict(upf.counters).items():
        if value:
            unit = "octets" if name.endswith("octets") else "packets"
            emit(Figure(f"UPF {name.removesuffix('_octets').replace('_', ' ')}", value, unit))


async def _tell_leftovers(where: str, leftovers: Callable[[], list[str]]) -> None:
    """Whether the phones have left anything, once what they last did has come to its end."""
    for _ in range(SETTLING):
        if not (left := leftovers()):
            break
        await asyncio.sleep(0.02)
    text = "; ".join(left[:5]) or "no context, session, tunnel, address or policy"
    emit(Check(f"nothing left in the {where}", not left, text))


async def serve_ran(config: Config, arguments: Sequence[str]) -> None:
    """The radios and phones; `arguments`: what to do (`scenario` or `hold`), where phones live, the folder
    for files, the peer. They begin when they are told to: by then the core serves."""
    from pilot5g.app.radio_side import open_radio_side
    from pilot5g.app.scenario import Scenario
    from pilot5g.app.world import open_world

    loop = asyncio.get_running_loop()
    began = loop.time()
    what, place, folder, peer = arguments
    async with open_radio_side(config, os.urandom, place) as side:
        tell_journal("ran", side.journal)
        world = open_world(place, folder, peer)
        parent = Parent()
        told = asyncio.Event()
        await parent.listen(lambda order: told.set() if order == "begin" else None)
        emit(Ready("ran", loop.time() - began, side.detail))
        scenario = Scenario(side, world, emit)

        async def begin() -> None:
            await told.wait()
            await (scenario.whole() if what == "scenario" else scenario.hold())

        work = asyncio.ensure_future(begin())
        ending = asyncio.ensure_future(parent.ending.wait())
        await asyncio.wait([work, ending], return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
            emit(Finished())
            await ending
        else:
            work.cancel()
        await parent.close()


def serve_dn(address: str, port: int) -> None:
    """The data network's HTTP server, until told to end."""
    from pilot5g.app.data_network import open_server

    server = open_server(address, port)
    emit(Ready("dn", 0.0, f"HTTP on port {port}"))

    def end() -> None:
        sys.stdin.read()
        server.shutdown()

    threading.Thread(target=end, daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()


def main(arguments: Sequence[str]) -> int:
    """Run one process; its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    what, *rest = arguments
    try:
        if what == "dn":
            serve_dn(rest[0], int(rest[1]))
        else:
            config = load(rest[0])
            run_real(_main(_work(what, config, rest[1:])))
    except (CannotOpen, ConfigError, StoreError) as error:
        logging.error("%s cannot go on: %s", what, error)
        emit(Failed(what, str(error)))
        return 1
    except (OSError, ValueError) as error:
        logging.exception("%s cannot go on", what)
        emit(Failed(what, f"{type(error).__name__}: {error}"))
        return 1
    return 0


def _work(what: str, config: Config, rest: Sequence[str]) -> Awaitable[None]:
    if what == "core":
        return serve_core(config, rest[0])
    return serve_upf(config, rest[0]) if what == "upf" else serve_ran(config, rest)


async def _main(work: Awaitable[None]) -> None:
    await work


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""A network that stays: whole on this machine, or the core alone where real radios reach it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from pilot5g.app import places
from pilot5g.app.config import Config
from pilot5g.app.core_side import open_core
from pilot5g.app.events import Event, Line, Ready, Step
from pilot5g.app.pilot import PilotError, network
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Entry

Tell = Callable[[Event], None]


def until_told() -> asyncio.Event:
    """An event that SIGINT (Ctrl-C) and SIGTERM set."""
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    return ending


async def core_alone(config: Config, entropy: Entropy, tell: Tell) -> None:
    """The core on the configured addresses, in the network this process is in, until told to end.

    Raises OSError, StoreError or SctpUnavailable.
    """
    ending = until_told()
    opened = await open_core(config, entropy)
    async with opened.stack:

        def line(entry: Entry) -> None:
            tell(Line("core", entry))

        opened.core.journal.listeners.append(line)
        tell(Ready("core", 0.0, opened.detail))
        for each in config.data_networks:
            tell(Step(f"DNN {each.dnn}: {each.ipv4_pool}, {each.ipv6_pool}; route them to this machine"))
        await ending.wait()


async def whole_network(config: Config, mode: str, logs: Path, tell: Tell) -> None:
    """Core, radios, phones and data network, until told to end. Raises PilotError or OSError."""
    ending = until_told()
    async with network(config, mode, logs, tell, what="hold") as pilot:
        if not pilot.inside:
            tell(Step(f"try: ip netns exec {places.PREFIX}-ue1 ping {places.DN}"))
            tell(Step(f"or: ip netns exec {places.PREFIX}-ue1 curl http://{places.DN}/"))
        tell(Step("Ctrl-C ends the network"))
        told = asyncio.ensure_future(ending.wait())
        finished = asyncio.ensure_future(pilot.finished.wait())
        await asyncio.wait([told, finished], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        finished.cancel()
        if pilot.failure is not None:
            raise PilotError(pilot.failure.reason)

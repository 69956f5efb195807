"""A network that stays: whole on this machine, or the core alone where real radios reach it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from pilot5g.app import places
from pilot5g.app.config import Config
from pilot5g.app.core_side import open_core
from pilot5g.app.events import Event, Line, Ready, Settled, Step, many
from pilot5g.app.pilot import PilotError, network
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import ServiceError
from pilot5g.flow.journal import Entry

Tell = Callable[[Event], None]


TRY = (f"ping {places.DN}", f"curl http://{places.DN}/")


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
        for i, each in enumerate(config.data_networks):
            interface = f"{config.n6.interface}{i}"
            if each.ethernet:
                port = f", a port of {each.bridge}" if each.bridge else ""
                tell(Step(f"phones in {each.dnn} are behind {interface} with their frames{port}"))
                continue
            tell(Step(f"phones in {each.dnn} are {each.ipv4_pool} and {each.ipv6_pool}, behind {interface}"))
        tell(Step("waiting for gNBs; Ctrl-C ends the network"))
        await ending.wait()


async def upf_alone(config: Config, entropy: Entropy, tell: Tell) -> None:
    """The UPF on the configured addresses, in the network this process is in, until told to end.

    Raises OSError.
    """
    from pilot5g.app.upf_side import open_upf

    ending = until_told()
    opened = await open_upf(config, entropy)
    async with opened.stack:

        def line(entry: Entry) -> None:
            tell(Line("upf", entry))

        opened.function.journal.listeners.append(line)
        tell(Ready("upf", 0.0, opened.detail))
        tell(Step("waiting for the SMF; Ctrl-C ends the UPF"))
        await ending.wait()


async def amf_alone(config: Config, name: str, entropy: Entropy, tell: Tell) -> None:
    """One AMF on its configured addresses, until told to end.

    Raises NoSuchAmf, OSError, StoreError or SctpUnavailable.
    """
    from pilot5g.app.amf_side import open_amf

    ending = until_told()
    opened = await open_amf(config, name, entropy)
    async with opened.stack:

        def line(entry: Entry) -> None:
            tell(Line(name, entry))

        opened.process.journal.listeners.append(line)
        tell(Ready(name, 0.0, opened.detail))
        tell(Step("waiting for gNBs; Ctrl-C takes the AMF out of service and ends it"))
        await ending.wait()
        try:
            await opened.process.amf.operation.withdraw()
        except ServiceError as problem:
            tell(Step(f"its phones stay in its store: {problem.reason}"))


async def whole_network(config: Config, mode: str, logs: Path, tell: Tell) -> None:
    """Core, radios, phones and data network, until told to end. Raises PilotError or OSError."""
    ending = until_told()

    def hear(event: Event) -> None:
        tell(event)
        if isinstance(event, Settled):
            for text in hints(mode, event.namespaces):
                tell(Step(text))

    async with network(config, mode, logs, hear, what="hold") as pilot:
        told = asyncio.ensure_future(ending.wait())
        finished = asyncio.ensure_future(pilot.finished.wait())
        await asyncio.wait([told, finished], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        finished.cancel()
        if pilot.failure is not None:
            raise PilotError(pilot.failure_words)


def hints(mode: str, namespaces: Sequence[str], commands: Sequence[str] = TRY) -> list[str]:
    """What a person can try now on the first phone, as commands for another terminal."""
    ending = "Ctrl-C ends the network"
    if not namespaces:
        return [ending]
    enter = "ip netns exec"
    if mode == "userns":
        enter = f"nsenter -t {os.getpid()} --preserve-credentials -U -n -m {enter}"
    return [
        f"{many(len(namespaces), 'phone')} with a namespace each, {namespaces[0]} to {namespaces[-1]};"
        f" in another terminal{', as root' if mode == 'root' else ''}:",
        *(f"  {enter} {namespaces[0]} {command}" for command in commands),
        ending,
    ]

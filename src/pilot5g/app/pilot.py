"""A pilot on one machine: places, processes, and everything gone afterwards.

Used by `demo` (a scenario with a verdict) and `up` (until Ctrl-C). The network's processes are children that
end with this one whatever happens to it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pilot5g.app import places
from pilot5g.app.child import Child
from pilot5g.app.config import Config
from pilot5g.app.data_network import PORT
from pilot5g.app.events import Event, Failed, Finished, Ready
from pilot5g.flow.tasks import Tasks
from pilot5g.net import namespace, topology
from pilot5g.net.namespace import NamespaceUnavailable

LOCK = Path("/run/pilot5g.lock")
START_LIMIT = 30.0
"""Seconds a process has to say that it serves."""


class PilotError(Exception):
    """The pilot cannot start; the text says why and what to do."""


def settle_privilege() -> tuple[str, str]:
    """Find out, and take, what this process may have: `root`, `userns` or `in-process`, and why not more.

    Call it first of all: a user namespace can be entered only before any thread.
    """
    found = namespace.privilege()
    if found.capability != "userns":
        return ("root" if found.capability == "root" else "in-process", found.reason)
    try:
        namespace.enter_user_namespace()
    except NamespaceUnavailable as refused:
        return "in-process", refused.reason
    return "userns", found.reason


class Pilot:
    """The running processes of one pilot. `hear` is told every event of every process."""

    def __init__(self, config: Config, mode: str, folder: Path, hear: Callable[[Event], None]) -> None:
        self.config = config
        self.mode = mode
        self.folder = folder
        self.children: dict[str, Child] = {}
        self.finished = asyncio.Event()
        self.failure: Failed | None = None
        self._hear = hear
        self._ready: dict[str, asyncio.Event] = {}
        self._tasks = Tasks()

    @property
    def inside(self) -> bool:
        """Without namespaces."""
        return self.mode == "in-process"

    async def start(self, name: str, *arguments: str) -> Child:
        """Start a process and wait until it serves. Raises PilotError."""
        place = None if self.inside else f"{places.PREFIX}-{name}"
        self._ready[name] = asyncio.Event()
        child = await Child.start(name, [name, *arguments], namespace=place, folder=self.folder)
        self.children[name] = child
        self._tasks.spawn(self._listen(child), f"listen to {name}")
        try:
            await asyncio.wait_for(self._ready[name].wait(), START_LIMIT)
        except TimeoutError as silent:
            raise PilotError(f"{name} did not start within {START_LIMIT:.0f} s: see {child.log}") from silent
        if self.failure is not None:
            raise PilotError(f"{self.failure.who} cannot start: {self.failure.reason}")
        return child

    async def close(self) -> None:
        """End the processes, the last started first."""
        for child in reversed(self.children.values()):
            await child.stop()
        await self._tasks.close()

    async def _listen(self, child: Child) -> None:
        async for event in child.events():
            match event:
                case Ready():
                    self._ready[child.name].set()
                case Finished():
                    self.finished.set()
                case Failed():
                    self.failure = event
                    self.finished.set()
                    for ready in self._ready.values():
                        ready.set()
            self._hear(event)


@asynccontextmanager
async def network(
    config: Config, mode: str, logs: Path, hear: Callable[[Event], None], *, what: str
) -> AsyncIterator[Pilot]:
    """A whole network, running: core, data network, radios and phones doing `what` (`scenario` or `hold`).

    Raises PilotError or OSError; nothing is left then.
    """
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pilot5g-")))
        settled = places.settled(config, os.urandom, folder)
        pilot = Pilot(settled, mode, logs, hear)
        pilot.config = _place(stack, pilot)
        path = folder / "pilot.yaml"
        places.write(pilot.config, path)
        stack.push_async_callback(pilot.close)
        await _start(pilot, str(path), folder, what)
        yield pilot


def _place(stack: AsyncExitStack, pilot: Pilot) -> Config:
    """Make the folder of logs and the namespaces, taking away those that a killed pilot left."""
    pilot.folder.mkdir(parents=True, exist_ok=True)
    if pilot.inside:
        return places.on_loopback(pilot.config)
    config = places.in_namespaces(pilot.config)
    if pilot.mode == "root":
        _lock(stack)
    plan = places.plan(config)
    namespace.remove_all(f"{plan.prefix}-")
    topology.build(plan)
    stack.callback(topology.take_down, plan)
    return config


def _lock(stack: AsyncExitStack) -> None:
    """One pilot a machine: its namespaces have fixed names. A user namespace has its own."""
    lock = stack.enter_context(LOCK.open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        raise PilotError("another pilot is running on this machine: stop it first") from taken


async def _start(pilot: Pilot, config: str, folder: Path, what: str) -> None:
    n6 = "inside" if pilot.inside else "tun"
    starting = [pilot.start("core", config, n6)]
    if not pilot.inside:
        starting.append(pilot.start("dn", "::", str(PORT)))
    await asyncio.gather(*starting)
    place = "inside" if pilot.inside else places.PREFIX
    peer = "" if pilot.inside else places.DN
    await pilot.start("ran", config, what, place, str(folder), peer)

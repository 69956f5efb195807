"""A pilot on one machine: places, processes, and everything gone afterwards.

Used by `demo` (a scenario with a verdict) and `up` (until Ctrl-C). The network's processes are children that
end with this one whatever happens to it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path

from pilot5g.app import places, user_plane
from pilot5g.app.child import Child
from pilot5g.app.config import Config
from pilot5g.app.data_network import PORT
from pilot5g.app.events import NAMES, Event, Failed, Finished, Ready
from pilot5g.flow.tasks import Tasks
from pilot5g.net import namespace, topology
from pilot5g.net.namespace import NamespaceUnavailable

LOCK = Path("/run/pilot5g.lock")
FOLDERS = "pilot5g-"
FRESH = 5.0
"""Seconds for which a folder is left alone: its owner may not have locked it yet."""
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
    return "userns", ""


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
        place = None if self.inside else f"{places.PREFIX}-{'core' if name == 'upf' else name}"
        self._ready[name] = asyncio.Event()
        child = await Child.start(name, [name, *arguments], namespace=place, folder=self.folder)
        self.children[name] = child
        self._tasks.spawn(self._listen(child), f"listen to {name}")
        try:
            await asyncio.wait_for(self._ready[name].wait(), START_LIMIT)
        except TimeoutError as silent:
            text = f"{NAMES[name]}: no sign of life within {START_LIMIT:.0f} s; its log: {child.log}"
            raise PilotError(text) from silent
        if self.failure is not None:
            raise PilotError(self.failure_words)
        return child

    @property
    def failure_words(self) -> str:
        """Who failed, why, and where to read more; empty where nobody did."""
        if self.failure is None:
            return ""
        who, reason = self.failure.who, self.failure.reason
        return f"{NAMES[who]}: {reason} (its log: {self.folder / (who + '.log')})"

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
                    self.failure = self.failure or event
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
        folder = _folder(stack)
        settled = places.settled(config, os.urandom, folder)
        pilot = Pilot(settled, mode, logs, hear)
        pilot.config = _place(stack, pilot)
        path = folder / "pilot.yaml"
        places.write(pilot.config, path)
        stack.push_async_callback(pilot.close)
        await _start(pilot, str(path), folder, what)
        yield pilot


def _folder(stack: AsyncExitStack) -> Path:
    """A folder for this run, with the keys of its phones in it, gone afterwards. Those that killed pilots
    left go as well: whoever lives holds a lock on its own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=FOLDERS)))
    _hold(stack, folder)
    new = folder.stat()
    for other in folder.parent.glob(f"{FOLDERS}*"):
        with suppress(OSError):
            known = other.stat()
            if known.st_uid == new.st_uid and known.st_mtime < new.st_mtime - FRESH and _abandoned(other):
                shutil.rmtree(other)
    return folder


def _hold(stack: AsyncExitStack, folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


def _abandoned(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _place(stack: AsyncExitStack, pilot: Pilot) -> Config:
    """Make the folder of logs and the namespaces, taking away those that a killed pilot left."""
    try:
        pilot.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        text = f"the folder of the logs, {pilot.folder}, cannot be made: {error.strerror}; name another"
        raise PilotError(text) from error
    if pilot.inside:
        return places.on_loopback(places.with_one_core(pilot.config))
    config = places.in_namespaces(places.with_one_core(pilot.config))
    if pilot.mode == "root":
        take_names(stack)
    plan = places.plan(config)
    namespace.remove_all(f"{plan.prefix}-")
    topology.build(plan)
    stack.callback(topology.take_down, plan)
    user_plane.forget(config)
    stack.callback(user_plane.forget, config)
    user_plane.prepare(plan, config)
    return config


def take_names(stack: AsyncExitStack | ExitStack) -> None:
    """One pilot a machine as root, for its namespaces have fixed names. Raises PilotError."""
    lock = stack.enter_context(LOCK.open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        text = (
            "another pilot is running on this machine and has the names of the namespaces: stop it first"
            " (`pilot5g demo --in-process` needs none, and runs beside it)"
        )
        raise PilotError(text) from taken


async def _start(pilot: Pilot, config: str, folder: Path, what: str) -> None:
    """All at once: most of a start is Python reading modules. The radios begin when the others serve, and a
    UPF of its own is there before its SMF, which would ask again only after seconds."""
    n6 = "inside" if pilot.inside else "tun"
    if pilot.config.n4.upf == "external":
        await pilot.start("upf", config, n6)
    place, peer = ("inside", "") if pilot.inside else (places.PREFIX, places.DN)
    starting = [
        pilot.start("core", config, n6),
        pilot.start("ran", config, what, place, str(folder), peer),
    ]
    if not pilot.inside:
        starting.append(pilot.start("dn", "::", str(PORT)))
    await asyncio.gather(*starting)
    pilot.children["ran"].tell("begin")

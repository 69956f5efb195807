"""The processes of a bench and what is measured around them: core, generators, and this one, which watches.

The generators count and time; this process reads CPU and memory of the core's processes (and of the
generators', to tell whose limit was reached) before and after each stage.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from pilot5g.app.bench.load import Counted, Progress, Stage
from pilot5g.app.bench.messages import Call, Done, Far, Plan, Sctp, Serving, Unable, order, told
from pilot5g.app.bench.usage import ProcessGone, Usage, machine_busy, usage
from pilot5g.app.child import Child
from pilot5g.compiled import VARIABLE
from pilot5g.flow.clock import now
from pilot5g.flow.tasks import Tasks

START_LIMIT = 60.0
"""Seconds a process has to serve: NG Setup with an AMF that does not answer is given up before."""
BEYOND = 30.0
"""Seconds past its duration and patience after which a stage is given up with its generator."""
SCTP_ANSWER = 2.0


class BenchError(Exception):
    """The bench cannot go on; the text says why and what to do."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """What a stage cost. `core` is None where the core's processes are not known to us."""

    core: Usage | None = None
    core_memory: int = 0
    """Octets at the end of the stage."""
    sctp: float | None = None
    """CPU seconds of the core's SCTP in user space, part of `core`; None where that is not known."""
    generators: Usage = Usage()
    machine: float = 0.0
    """CPU seconds of every process of this machine."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One stage, whole."""

    stage: Stage
    counted: Counted
    cost: Cost = Cost()
    trouble: str = ""
    """What went wrong with the core itself."""


Watch = Callable[[Stage, Progress], None]


class Part:
    """One process: listened to, and its end noticed."""

    def __init__(self, child: Child, heard: Callable[[Part, object], None]) -> None:
        self.child = child
        self.ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[str] | None = None
        self.sctp: asyncio.Future[float | None] | None = None
        self.progress = Progress(0, 0, 0, 0)
        self.trouble = ""
        self._heard = heard

    async def listen(self) -> None:
        """Until it ends."""
        async for line in self.child.lines():
            self._hear(told(line))
        failed = await self.child.end()
        reason = failed.reason if failed is not None else "it ended"
        self._over(self.trouble or f"{self.child.name}: {reason}")

    def _hear(self, what: object) -> None:
        match what:
            case Serving(detail) if not self.ready.done():
                self.ready.set_result(detail)
            case Unable(reason):
                self._over(reason)
            case Done(path) if self.done is not None and not self.done.done():
                self.done.set_result(path)
            case Sctp(seconds) if self.sctp is not None and not self.sctp.done():
                self.sctp.set_result(seconds)
            case _:
                pass
        if what is not None:
            self._heard(self, what)

    def _over(self, why: str) -> None:
        """Whoever waits for it waits in vain."""
        self.trouble = why
        for waiting in (self.ready, self.done):
            if waiting is not None and not waiting.done():
                waiting.set_exception(BenchError(why))
                waiting.exception()  # heard, even where nobody waits


class Runner:
    """Runs stages on the processes that `processes` has started. `watch` hears of progress."""

    def __init__(self, core_pids: Sequence[int], watch: Watch) -> None:
        self.core: Part | None = None
        self.generators: list[Part] = []
        self.details: list[str] = []
        self.ready_in: float | None = None
        """Seconds from the start of our own core's process until it serves."""
        self._pids = list(core_pids)
        self._watch = watch
        self._stage: Stage | None = None
        self._tasks = Tasks()

    @property
    def measures_core(self) -> bool:
        """Whether the core's processes are known."""
        return bool(self._pids)

    async def start(
        self,
        name: str,
        module: str,
        argument: str,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> Part:
        """Start a process and wait until it serves. Raises BenchError."""
        began = now()
        child = await Child.start(
            name, [argument], namespace=None, folder=folder, module=module, environment=environment
        )
        part = Part(child, self._heard)
        self._tasks.spawn(part.listen(), f"listen to {name}")
        if name == "core":
            self.core = part
            self._pids = [child.pid]
        else:
            self.generators.append(part)
        try:
            self.details.append(await asyncio.wait_for(part.ready, START_LIMIT))
        except TimeoutError as silent:
            raise BenchError(f"{name} does not serve after {START_LIMIT:.0f} s") from silent
        if part is self.core:
            self.ready_in = now() - began
        return part

    async def run(self, stage: Stage) -> Result:
        """One stage on all generators. Raises BenchError where a generator failed."""
        self._stage = stage
        before = await self._measure()
        loop = asyncio.get_running_loop()
        for part in self.generators:
            part.done, part.progress = loop.create_future(), Progress(0, 0, 0, 0)
            part.child.tell(order(stage))
        limit = stage.duration + stage.patience + BEYOND
        waiting = [part.done for part in self.generators if part.done is not None]
        _, late = await asyncio.wait(waiting, timeout=limit, return_when=asyncio.FIRST_EXCEPTION)
        paths = [each.result() for each in waiting if each.done()]
        if late:
            raise BenchError(f"{stage.name}: the generator did not end within {limit:.0f} s")
        after = await self._measure()
        trouble = self.core.trouble if self.core is not None else ""
        return Result(stage=stage, counted=_read(paths), cost=_cost(before, after), trouble=trouble)

    async def close(self) -> None:
        """End the processes, the core last."""
        parts = [*self.generators, *([self.core] if self.core is not None else [])]
        for part in parts:
            await part.child.stop()
        await self._tasks.close()

    def _heard(self, part: Part, what: object) -> None:
        match what:
            case Call(address) if self.core is not None:
                self.core.child.tell(f"call {address}")
            case Far(progress):
                part.progress = progress
                if self._stage is not None:
                    self._watch(self._stage, _all(self.generators))
            case _:
                pass

    async def _measure(self) -> Cost:
        generators = usage([part.child.pid for part in self.generators])
        try:
            core = usage(self._pids) if self._pids else None
        except ProcessGone:
            core = None  # it died: what phones say of that is the report
        memory = core.memory if core is not None else 0
        sctp = await self._sctp()
        return Cost(core=core, core_memory=memory, sctp=sctp, generators=generators, machine=machine_busy())

    async def _sctp(self) -> float | None:
        part = self.core
        if part is None or part.trouble:
            return None
        part.sctp = asyncio.get_running_loop().create_future()
        part.child.tell("sctp")
        try:
            return await asyncio.wait_for(part.sctp, SCTP_ANSWER)
        except TimeoutError:
            return None


def _read(paths: Sequence[str]) -> Counted:
    """What the generators counted, together; the files are no longer needed."""
    whole: Counted | None = None
    for path in map(Path, paths):
        counted = msgspec.msgpack.decode(path.read_bytes(), type=Counted)
        path.unlink()
        whole = counted if whole is None else whole.joined(counted)
    assert whole is not None, "there is at least one generator"
    return whole


def _cost(before: Cost, after: Cost) -> Cost:
    core = after.core.since(before.core) if after.core is not None and before.core is not None else None
    known = after.sctp is not None and before.sctp is not None
    return Cost(
        core=core,
        core_memory=after.core_memory,
        sctp=after.sctp - before.sctp if known and after.sctp and before.sctp is not None else None,
        generators=after.generators.since(before.generators),
        machine=after.machine - before.machine,
    )


def _all(parts: Sequence[Part]) -> Progress:
    """The progress of several generators as one."""
    each = [part.progress for part in parts]
    return Progress(
        max(one.seconds for one in each),
        sum(one.done for one in each),
        sum(one.failed for one in each),
        sum(one.working for one in each),
    )


@asynccontextmanager
async def processes(
    plans: Sequence[Plan], *, own_core: bool, plain: bool = False, core_pids: Sequence[int], watch: Watch
) -> AsyncIterator[Runner]:
    """The core, where it is ours (`plain`: uncompiled), and the generators of these plans, serving.

    Raises BenchError.
    """
    async with AsyncExitStack() as stack:
        folder = Path(plans[0].folder)
        runner = Runner(core_pids, watch)
        stack.push_async_callback(runner.close)
        if own_core:
            form = {VARIABLE: "no"} if plain else None
            await runner.start("core", "pilot5g.app.bench.core", plans[0].config, folder, form)
        for plan in plans:
            path = folder / f"generator-{plan.share.number}.json"
            path.write_bytes(msgspec.json.encode(plan))
            name = f"generator-{plan.share.number}"
            await runner.start(name, "pilot5g.app.bench.generator", str(path), folder)
        yield runner

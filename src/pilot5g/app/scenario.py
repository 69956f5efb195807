"""What a pilot's phones do, in order, and what is promised at each step.

Every step is one check with a verdict and, where it fails, the first phone it failed for, at which hop, why,
and what to do. A step that fails does not stop the next: a phone without a session has no part in it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from pilot5g.app.events import Check, Event, Figure, Settled, Standing, Step, many
from pilot5g.app.moving import for_ever
from pilot5g.app.radio_side import RadioSide
from pilot5g.app.unit import PhoneUnit
from pilot5g.app.world import Missing, NotDone, World
from pilot5g.flow.clock import now
from pilot5g.flow.errors import Stopped
from pilot5g.ran.network import HandoverFailed
from pilot5g.ran.ue.meter import Meter
from pilot5g.ran.ue.outcome import Rejected

PINGS = 3
FILE = 256 * 1024
LARGE = 8 * 1024 * 1024
MOVING_PINGS = 100
MOVING_EVERY = 0.01
MOVING_AFTER = 0.3
"""Seconds of pings before a phone is handed over."""
IDLE_PATIENCE = 20.0
SLOWNESS = 5.0
"""Seconds that a phone may be behind its radio: the packet may come before it has read the accept."""
CALL_AFTER = 3.0
"""Seconds after which a data network inside the program calls back: by then phones are idle."""

Work = Callable[[PhoneUnit], Awaitable[None]]


class Scenario:
    """The demonstration over one radio side."""

    def __init__(self, side: RadioSide, world: World, tell: Callable[[Event], None]) -> None:
        """`tell` hears of every step, check and figure."""
        self._side = side
        self._world = world
        self._units = side.units
        self._tell = tell

    async def whole(self) -> None:
        """All of it."""
        await self.connect()
        await self.register()
        await self.sessions()
        await self.ping()
        await self.transfer()
        await self.move()
        await self.page()
        await self.deregister()

    async def hold(self) -> None:
        """Register, open sessions, and stay, or move as configured."""
        await self.connect()
        await self.register()
        await self.sessions()
        settled = [unit for unit in self._units if unit.has_session]
        self._tell(Settled(tuple(unit.namespace for unit in settled if unit.namespace)))
        await for_ever(self._side.walks)

    async def connect(self) -> None:
        """Radios to the AMF: NG Setup."""
        self._tell(Step(f"NG Setup with the AMF: {many(len(self._side.gnbs), 'gNB')}"))
        failures = await self._side.connect()
        cells = sum(len(gnb.cells) for gnb in self._side.gnbs)
        text = (
            f"{many(len(self._side.gnbs), 'gNB')} with {many(cells, 'cell')}"
            if not failures
            else "; ".join(failures)
        )
        self._tell(Check("radios connected (NG Setup)", not failures, text))

    async def register(self) -> None:
        """Every phone, all at once."""
        self._tell(Step(f"registration: {many(len(self._units), 'phone')}"))
        await self._each("phones registered", self._units, lambda unit: unit.register())
        took = [unit.registered_in * 1000 for unit in self._units if unit.registered_in is not None]
        self._percentiles("registration", took)
        self._stand("registration")

    async def sessions(self) -> None:
        """Their PDU sessions."""
        units = [unit for unit in self._units if unit.registered]
        self._tell(Step(f"PDU sessions: {many(len(units), 'phone')}"))
        await self._each("PDU sessions open", units, lambda unit: unit.open_sessions())
        took = [each * 1000 for unit in units for each in unit.sessions_in]
        self._percentiles("PDU session", took)

    async def ping(self) -> None:
        """The data network from every phone."""
        units = self._connected()
        self._tell(Step(f"ping to the data network: {many(len(units), 'phone')}"))
        trips: list[float] = []

        async def one(unit: PhoneUnit) -> None:
            trips.extend(await self._world.ping(unit, PINGS))

        await self._each("data network answers (ping)", units, one)
        self._percentiles("ping", trips)

    async def transfer(self) -> None:
        """A file down and up on every phone, then a large one on the first for the rate."""
        units = self._connected()
        self._tell(Step(f"files down and up by {self._world.transport}: {many(len(units), 'phone')}"))

        async def down(unit: PhoneUnit) -> None:
            await self._world.download(unit, FILE)

        async def up(unit: PhoneUnit) -> None:
            await self._world.upload(unit, FILE)

        await self._each("downloads whole (SHA-256)", units, down, self._world.transport)
        await self._each("uploads whole (SHA-256)", units, up, self._world.transport)
        if units and self._world.transport.startswith("HTTP"):
            for name, move in (("downlink", self._world.download), ("uplink", self._world.upload)):
                await self._rate(name, units[0], move)

    async def _rate(
        self, name: str, unit: PhoneUnit, move: Callable[[PhoneUnit, int], Awaitable[float]]
    ) -> None:
        try:
            seconds = await move(unit, LARGE)
        except NotDone as failed:
            self._tell(Check(f"{name} throughput measured", False, f"{unit.name}: {failed}"))
            return
        self._tell(Figure(f"throughput of one phone, {name}", LARGE * 8 / seconds / 1e6, "Mbit/s"))

    async def move(self) -> None:
        """Hand every phone over to another radio by Xn, and to another by N2, under running pings; then one
        back and forth under transfers."""
        if len(self._side.gnbs) < 2:
            return
        units = self._connected()
        for via, name in (("xn", "Xn"), ("n2", "N2")):
            self._tell(Step(f"{name} handover under a running ping: {many(len(units), 'phone')}"))
            moves = _Moves(self._side, self._world, via)
            await self._each(f"handed over by {name}, no ping lost", units, moves.one)
            self._percentiles(f"{name} handover, the AMF's part", moves.core)
            self._percentiles(f"{name} handover, without radio", moves.gaps)
            self._percentiles(f"{name} handover, longest ping", moves.pings)
            self._percentiles(f"{name} handover, ping interrupted", moves.interrupted)
        if units:
            await self._transfer_on_the_move(units[0])

    async def _transfer_on_the_move(self, unit: PhoneUnit) -> None:
        self._tell(Step("transfers over handovers: 1 phone"))
        vias = ("xn", "n2", "xn", "n2")

        async def move() -> None:
            for via in vias:
                await asyncio.sleep(MOVING_AFTER)
                await self._side.hand_over(unit, via)

        moving, files = asyncio.ensure_future(move()), 0
        meter = unit.sessions[0].meter = Meter()
        try:
            while not moving.done():
                await self._world.download(unit, FILE)
                files += 1
            await moving
            problem = ""
        except (NotDone, HandoverFailed) as failed:
            problem = f"{unit.name}: {failed}"
        finally:
            moving.cancel()
            unit.sessions[0].meter = None
        self._percentiles("handover, transfer interrupted", (1000 * gap for gap in meter.gaps))
        text = problem or f"{many(files, 'file')} whole over {many(len(vias), 'handover')}"
        self._tell(Check("transfers go on over handovers", not problem, text))

    async def page(self) -> None:
        """Let phones fall idle, then call each by downlink traffic."""
        units = self._connected()
        self._tell(Step(f"falling idle: {many(len(units), 'phone')}"))
        await asyncio.gather(*(unit.arm(CALL_AFTER) for unit in units))

        async def idle(unit: PhoneUnit) -> None:
            await unit.wait_idle(IDLE_PATIENCE)

        await self._each("phones went idle", units, idle)
        self._stand("falling idle")
        self._tell(Step(f"paging by downlink traffic: {many(len(units), 'phone')}"))
        trips: list[float] = []

        async def call(unit: PhoneUnit) -> None:
            before = unit.pagings
            trips.append(await self._world.call(unit))
            if not await unit.paged(before, SLOWNESS):
                raise NotDone("the packet arrived without paging: it was not idle")

        idle_units = [unit for unit in units if unit.idle]
        await self._each("paged, and the packet arrived", idle_units, call)
        self._percentiles("paging, packet to answer", trips)

    async def deregister(self) -> None:
        """Every phone switches off politely."""
        units = [unit for unit in self._units if unit.registered]
        self._tell(Step(f"deregistration: {many(len(units), 'phone')}"))
        await self._each("phones deregistered", units, lambda unit: unit.deregister())
        self._stand("deregistration")

    def _stand(self, after: str) -> None:
        """Where phones stand now."""
        self._tell(Standing(after, Counter(unit.phone.standing for unit in self._units)))

    def _percentiles(self, name: str, values: Iterable[float]) -> None:
        """p50 and p99 in ms, by the nearest rank."""
        ordered = sorted(values)
        for percent in (50, 99):
            if ordered:
                rank = max(0, -(-len(ordered) * percent // 100) - 1)
                self._tell(Figure(f"{name} p{percent}", ordered[rank], "ms"))

    def _connected(self) -> list[PhoneUnit]:
        """Those that packets can reach."""
        return [unit for unit in self._units if unit.on_ip]

    async def _each(self, name: str, units: Sequence[PhoneUnit], work: Work, detail: str = "") -> None:
        """Do it on all at once, and say for how many it held."""
        began = now()
        results = await asyncio.gather(*(_outcome(unit, work) for unit in units))
        failures = [result for result in results if result]
        seconds = now() - began
        if failures:
            text = f"{len(failures)} of {len(units)} failed: {failures[0]}"
        else:
            text = f"{self._share(units)} in {seconds:.2f} s" + (f", {detail}" if detail else "")
        self._tell(Check(name, bool(units) and not failures, text if units else "no phone came this far"))

    def _share(self, units: Sequence[PhoneUnit]) -> str:
        """How many of how many: a phone that was stopped by an earlier failure is not hidden."""
        here, whole = len(units), len(self._units)
        return f"{here} of {whole}" if here == whole else f"all {here} that came this far, of {whole},"


class _Moves:
    """Handovers of one kind under pings, and what they measured, in ms."""

    def __init__(self, side: RadioSide, world: World, via: str) -> None:
        self._side = side
        self._world = world
        self._via = via
        self.core: list[float] = []
        self.gaps: list[float] = []
        self.pings: list[float] = []
        self.interrupted: list[float] = []

    async def one(self, unit: PhoneUnit) -> None:
        """One phone's, which may have fallen idle before. Raises HandoverFailed, NotDone."""
        await self._world.ping(unit, 1)
        running = asyncio.ensure_future(self._world.ping(unit, MOVING_PINGS, MOVING_EVERY))
        meter = unit.sessions[0].meter = Meter()
        try:
            await self._carried(unit)
            self.core.append(1000 * await self._side.hand_over(unit, self._via))
            self.pings.append(max(await running))
        finally:
            running.cancel()
            unit.sessions[0].meter = None
        self.interrupted += (1000 * gap for gap in meter.gaps)
        self.gaps.append(1000 * unit.phone.measurements.handover[-1])

    @staticmethod
    async def _carried(unit: PhoneUnit) -> None:
        """Until the pings run: on a busy machine their program may start after the phone fell idle."""
        while True:
            await unit.wait_active(IDLE_PATIENCE)
            await asyncio.sleep(MOVING_AFTER)
            if unit.main.bearer:
                return


async def _outcome(unit: PhoneUnit, work: Work) -> str:
    """Empty, or why it failed for this phone."""
    try:
        await work(unit)
    except Rejected as refused:
        fix = f". To fix: {refused.fix}" if refused.fix else ""
        return f"{unit.name} was refused with cause #{refused.cause}: {refused.reason}{fix}"
    except HandoverFailed as failed:
        return f"{unit.name} was not handed over: {failed}"
    except Missing as tool:
        return str(tool)
    except NotDone as failed:
        return f"{unit.name}: {failed}; {unit.hops()}"
    except (Stopped, TimeoutError, OSError) as stopped:
        return f"{unit.name}: {str(stopped) or type(stopped).__name__}; {unit.hops()}"
    return ""

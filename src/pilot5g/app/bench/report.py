"""What a bench found: values for a program (JSON), and the same as tables on a terminal.

Everything a person or program reads is computed here, once; the text and the page only lay it out.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec

import pilot5g
from pilot5g.app.bench.causes import is_overload
from pilot5g.app.bench.load import Counted
from pilot5g.app.bench.mix import Kind, Mix
from pilot5g.app.bench.overload import Goodput, judged
from pilot5g.app.bench.plans import FAST, HALF, HOLD, IDLE, ONE, alone_name, best, held, on_time, rate_of
from pilot5g.app.bench.runner import Result
from pilot5g.app.bench.statistics import Series, Spread, percentile, spread, unpacked

BUSY = 0.9
"""The part of a processor above which a process is said to be at its limit."""


PERCENTS = (0, 10, 25, 50, 60, 75, 80, 90, 95, 97, 98, 99, 99.5, 99.9)
PARTS = 30
"""Into how many parts of time a stage is cut for its plot, at most."""
SHORTEST = 0.2
"""Seconds that such a part has at least."""
READY = "core, from start to ready"
SUSTAINED = "registration + session, sustained"
FEW = 50
"""Chains below which CPU time is not said of each: the core's own ticking would count for too much."""

DISTURBED = 0.25
"""Processors that others may keep busy before that is worth a word."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One procedure, or a chain of them, in one stage. Times in ms."""

    procedure: str
    done: int
    failed: int
    per_second: float
    spread: Spread | None
    curve: list[tuple[float, float]]
    """Percent and the ms that so many do not exceed."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """The first entry of the mix over one part of a stage, `at` seconds from its start; times in ms, None
    where nothing ended."""

    at: float
    per_second: float
    p50: float | None
    p99: float | None


class Failure(msgspec.Struct, frozen=True):
    """Failures of one cause."""

    procedure: str
    cause: str
    count: int


class CpuTime(msgspec.Struct, frozen=True, kw_only=True):
    """What the core's processes took in a stage; `each` values in ms for one chain of the mix's first entry,
    with its share of the other entries, None for too few of them."""

    user_s: float
    system_s: float
    sctp_s: float | None
    each_ms: float | None
    each_without_sctp_ms: float | None
    sctp_each_ms: float | None
    busy: float
    """Processors kept busy, on average."""


class StageReport(msgspec.Struct, frozen=True, kw_only=True):
    """One stage as it is reported."""

    name: str
    mix: str
    load: str
    seconds: float
    arrivals_per_second: float | None
    begun: int
    rows: list[Row]
    over_time: list[Moment]
    failures: list[Failure]
    late: int
    lateness_p99_ms: float
    stopped: str
    core: CpuTime | None
    core_memory_bytes: int
    core_memory_change_bytes: int
    generators_busy: float
    """Processors kept busy by each generator, on average."""
    generators_each_ms: float | None
    """CPU time of radios and phones for one chain of the mix's first entry, as the core's."""
    generators_memory_change_bytes: int
    others_busy: float
    """Processors kept busy by processes that have no part in this."""
    pings: Spread | None
    pings_lost: int
    limit_reached: str
    """Whose limit it was, where it was one's."""


class Figure(msgspec.Struct, frozen=True):
    """One headline value."""

    name: str
    value: float
    unit: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A whole bench."""

    version: str
    target: str
    machine: str
    seed: int
    phones: int
    parts: list[str]
    stages: list[StageReport]
    figures: list[Figure]
    overload: list[Goodput]
    """Goodput at the capacity of the core and beyond, where that was measured."""
    warnings: list[str]

    @property
    def failed(self) -> int:
        """Procedures that failed, in all stages; where a core is overloaded on purpose, what it refuses for
        that is no failure. A stage that tries a rate may do so."""
        return sum(
            each.count
            for stage in self.stages
            for each in stage.failures
            if not ((self.overload or stage.name.startswith(HOLD)) and is_overload(each.cause))
        )


def report(
    results: Sequence[Result],
    *,
    target: str,
    seed: int,
    phones: int,
    generators: int,
    parts: Sequence[str],
    ready_in: float | None = None,
    limit: float = 0.0,
) -> Report:
    """From the results in order. `limit`: of a search for the highest rate, in ms, 0 for none."""
    stages = [_stage(result, generators) for result in results]
    figures = [
        *_costs(results),
        *_generator(results),
        *_latencies(results),
        *_rates(results, limit),
        *_memory(results),
        *_goodput(beyond := judged(results)),
    ]
    if ready_in is not None:
        figures.append(Figure(READY, ready_in, "s"))
    return Report(
        version=pilot5g.__version__,
        target=target,
        machine=machine(),
        seed=seed,
        phones=phones,
        parts=list(parts),
        stages=stages,
        figures=figures,
        overload=beyond,
        warnings=_warnings(results, stages),
    )


def machine() -> str:
    """What it was measured on."""
    model = ""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        pass
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{os.cpu_count()} processors ({model or platform.machine()}), Linux {platform.release()}, {python}"
    )


def write_json(of: Report, path: Path) -> None:
    """The machine's form. Raises OSError."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(of), indent=2) + b"\n")


# one stage


def _stage(result: Result, generators: int) -> StageReport:
    stage, counted, cost = result.stage, result.counted, result.cost
    rows = _rows(stage.mix, counted)
    core = _cpu(result)
    lateness = sorted(unpacked(counted.lateness))
    busy = cost.generators.cpu / max(counted.seconds, 1e-9) / generators
    return StageReport(
        name=stage.name,
        mix=stage.mix.name,
        load=load_in_words(result),
        seconds=counted.seconds,
        arrivals_per_second=stage.rate or None,
        begun=counted.begun,
        rows=rows,
        over_time=over_time(counted.series.get(stage.mix.entries[0].name), counted.seconds),
        failures=[Failure(*each) for each in counted.failures],
        late=counted.late,
        lateness_p99_ms=percentile(lateness, 99) * 1000 if lateness else 0.0,
        stopped=counted.stopped,
        core=core,
        core_memory_bytes=cost.core_memory,
        core_memory_change_bytes=cost.core.memory if cost.core is not None else 0,
        generators_busy=busy,
        generators_each_ms=_each_ms(cost.generators.cpu, result),
        generators_memory_change_bytes=cost.generators.memory,
        others_busy=_others(result),
        pings=spread(unpacked(counted.pings.took)),
        pings_lost=counted.pings_lost,
        limit_reached=_limit(result, core, busy),
    )


def load_in_words(result: Result) -> str:
    """What was put on the network."""
    stage = result.stage
    if not stage.rate:
        return f"{stage.window} at work at a time"
    kind = str(stage.arrivals.__struct_config__.tag)
    return f"{stage.rate:g} arrivals/s, {kind}"


def _rows(mix: Mix, counted: Counted) -> list[Row]:
    chains = [each.name for each in mix.entries if len(each.chain) > 1]
    failed = dict.fromkeys((*chains, *mix.kinds), 0)
    for name, _, n in counted.failures:
        failed[name] = failed.get(name, 0) + n
    rows = []
    for name in failed:
        series = counted.series.get(name)
        took = unpacked(series.took) if series is not None else []
        per_second = len(took) / counted.seconds if counted.seconds else 0.0
        rows.append(
            Row(
                procedure=name,
                done=len(took),
                failed=failed[name],
                per_second=per_second,
                spread=spread(took),
                curve=curve(took),
            )
        )
    return rows


def curve(took: Sequence[float]) -> list[tuple[float, float]]:
    """Percentiles to plot; empty where there is nothing."""
    ordered = sorted(took)
    return [(percent, percentile(ordered, percent) * 1000) for percent in PERCENTS] if ordered else []


def over_time(series: Series | None, seconds: float) -> list[Moment]:
    """A stage in equal parts of time."""
    if series is None:
        return []
    parts: list[list[float]] = [[] for _ in range(max(1, min(PARTS, int(seconds / SHORTEST))))]
    width = max(seconds, 1e-9) / len(parts)
    for end, took in series.points:
        parts[min(int(end / width), len(parts) - 1)].append(took)
    return [
        Moment(
            at=(i + 0.5) * width,
            per_second=len(part) / width,
            p50=percentile(sorted(part), 50) * 1000 if part else None,
            p99=percentile(sorted(part), 99) * 1000 if part else None,
        )
        for i, part in enumerate(parts)
    ]


def _cpu(result: Result) -> CpuTime | None:
    core, sctp = result.cost.core, result.cost.sctp
    if core is None:
        return None
    each = _each_ms(core.cpu, result)
    of_sctp = _each_ms(sctp, result) if sctp is not None else None
    return CpuTime(
        user_s=core.user,
        system_s=core.system,
        sctp_s=sctp,
        each_ms=each,
        each_without_sctp_ms=each - of_sctp if each is not None and of_sctp is not None else None,
        sctp_each_ms=of_sctp,
        busy=core.cpu / max(result.counted.seconds, 1e-9),
    )


def _each_ms(seconds: float, result: Result) -> float | None:
    """CPU seconds of a stage for one chain of its first entry, in ms; None for too few of them."""
    n = chains_done(result)
    return seconds / n * 1000 if n >= FEW else None


def chains_done(result: Result) -> int:
    """How many of the first entry's chains ended well."""
    series = result.counted.series.get(result.stage.mix.entries[0].name)
    return len(series.points) if series is not None else 0


def _others(result: Result) -> float:
    cost = result.cost
    ours = cost.generators.cpu + (cost.core.cpu if cost.core is not None else 0.0)
    return max(0.0, cost.machine - ours) / max(result.counted.seconds, 1e-9)


def _limit(result: Result, core: CpuTime | None, generators_busy: float) -> str:
    """Whichever was the busier, where it was busy all the time. Late arrivals are the generator's."""
    of_core = core.busy if core is not None else 0.0
    if not on_time(result) or generators_busy >= max(BUSY, of_core):
        return "the generator"
    return "the core" if of_core >= BUSY else ""


# headline figures


def _named(results: Sequence[Result], name: str) -> Result | None:
    return next((each for each in results if each.stage.name == name), None)


def _costs(results: Sequence[Result]) -> list[Figure]:
    """CPU of the core for each procedure that was alone, and for registration with a session."""
    figures: list[Figure] = []
    each: dict[Kind, tuple[float, float | None]] = {}
    for kind in Kind:
        alone = _named(results, alone_name(kind))
        cpu = _cpu(alone) if alone is not None else None
        if cpu is not None and cpu.each_ms is not None:
            each[kind] = cpu.each_ms, cpu.sctp_each_ms
            figures += _cost(f"core CPU per {kind}", *each[kind])
    if Kind.REGISTRATION in each and Kind.SESSION in each:
        (a, sctp_a), (b, sctp_b) = each[Kind.REGISTRATION], each[Kind.SESSION]
        sctp = sctp_a + sctp_b if sctp_a is not None and sctp_b is not None else None
        figures += _cost("core CPU per registration + session", a + b, sctp)
    return figures


def _cost(name: str, ms: float, sctp: float | None) -> list[Figure]:
    if sctp is None:
        return [Figure(name, ms, "ms")]
    return [
        Figure(f"{name}, without SCTP", ms - sctp, "ms"),
        Figure(f"{name}, SCTP in user space", sctp, "ms"),
        Figure(f"{name}, both", ms, "ms"),
    ]


def _generator(results: Sequence[Result]) -> list[Figure]:
    """What radios and phones cost, on the other processor: above the core's cost they would be the limit."""
    each = [_named(results, alone_name(kind)) for kind in (Kind.REGISTRATION, Kind.SESSION)]
    costs = [_each_ms(one.cost.generators.cpu, one) for one in each if one is not None]
    known = [cost for cost in costs if cost is not None]
    return [Figure("generator CPU per registration + session", sum(known), "ms")] if len(known) == 2 else []


def _latencies(results: Sequence[Result]) -> list[Figure]:
    figures = []
    stages = (IDLE, "on an idle core"), (ONE, "one after the other"), (HALF, "at half of the sustained rate")
    for stage, words in stages:
        found = _named(results, stage)
        for name in ("registration", "registration+session"):
            series = found.counted.series.get(name) if found is not None else None
            times = spread(unpacked(series.took)) if series is not None else None
            if times is not None:
                figures.append(Figure(f"{name} {words}, p50", times.p50, "ms"))
                figures.append(Figure(f"{name} {words}, p99", times.p99, "ms"))
    return figures


def _rates(results: Sequence[Result], limit: float) -> list[Figure]:
    fast = _named(results, FAST)
    figures = []
    if fast is not None:
        entry = fast.stage.mix.entries[0]
        figures.append(Figure(f"{entry.name} as fast as it goes", rate_of(fast, entry), "/s"))
    if (sustained := held(results)) is not None:
        figures.append(Figure(SUSTAINED, sustained.stage.rate, "/s"))
        figures.append(Figure(f"{SUSTAINED}, so long", sustained.stage.duration, "s"))
    if limit and (found := best(results, limit)) is not None:
        name = f"highest rate without failure and with p99 up to {limit:g} ms"
        figures.append(Figure(name, found.stage.rate, "/s"))
    return figures


def _goodput(beyond: Sequence[Goodput]) -> list[Figure]:
    """What is served at the capacity and beyond."""
    figures = [Figure(f"goodput at {each.times:g}x of capacity", each.goodput, "/s") for each in beyond]
    return figures + [
        Figure(f"goodput at {each.times:g}x of capacity against 1x", each.kept, "")
        for each in beyond[1:]
        if each.kept is not None
    ]


def _memory(results: Sequence[Result]) -> list[Figure]:
    """What a registered phone with a session adds to the core."""
    both = [_named(results, alone_name(kind)) for kind in (Kind.REGISTRATION, Kind.SESSION)]
    grown = [each.cost.core.memory for each in both if each is not None and each.cost.core is not None]
    phones = chains_done(both[1]) if both[1] is not None else 0
    if len(grown) < 2 or not phones:
        return []
    return [Figure("core memory per registered phone with a session", sum(grown) / phones / 1000, "kB")]


def _warnings(results: Sequence[Result], stages: Sequence[StageReport]) -> list[str]:
    warnings = []
    if (others := max((each.others_busy for each in stages if each.core), default=0.0)) > DISTURBED:
        warnings.append(
            f"Other processes kept up to {others:.1f} processors of this machine busy meanwhile: times and"
            " rates are worse than they need be. CPU time is less affected."
        )
    if limited := [stage.name for stage in stages if stage.limit_reached == "the generator"]:
        warnings.append(
            f"The generator was the limit, and not the core, in: {', '.join(limited)}. Where there are more"
            " processors, try --generators 2."
        )
    for result, stage in zip(results, stages, strict=True):
        if not on_time(result):
            warnings.append(
                f"{stage.name}: {stage.late} of {stage.begun} arrivals began late (p99 of lateness"
                f" {stage.lateness_p99_ms:.0f} ms): this machine cannot generate that load, so the times say"
                " little of the network. Try a lower rate, --generators 2, or another machine for the core."
            )
        if stage.stopped:
            warnings.append(f"{stage.name}: {stage.stopped}")
        if result.trouble:
            warnings.append(f"{stage.name}: the core ended: {result.trouble}")
    return warnings

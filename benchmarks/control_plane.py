"""What the control plane carries: `python benchmarks/control_plane.py [--runs 3] [--phones 5000]`.

The standard suite of `pilot5g bench` on our own core, several runs of it, against the bars we set ourselves.
The core has one process, the radios and phones another; SCTP is in user space where the kernel has none, and
its share is told apart. The best of the runs is shown beside the median, since a machine that others use only
ever makes it slower.

Last comes a core that is offered once, twice and five times what it can take. It runs uncompiled, for on two
processors a compiled one is faster than the radios and phones that are to overload it.

    --scale   crowds of 1,000 phones and more up to --phones, all registered with a session, and what one
              costs among so many
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from pilot5g.app.bench.ask import Asked, measure
from pilot5g.app.bench.load import Progress, Stage
from pilot5g.app.bench.overload import BAR
from pilot5g.app.bench.plans import COME_AND_GO, CROWD, MORE
from pilot5g.app.bench.report import READY, SUSTAINED, Report
from pilot5g.app.bench.runner import Result
from pilot5g.app.config import Config
from pilot5g.flow.clock import run_real

FEWEST = 1_000
POPULATIONS = (FEWEST, 20_000, 50_000, 100_000, 200_000)
COSTS = {MORE: "registration + session among", COME_AND_GO: "phone that comes and goes among"}
MANY = 20_000
"""Phones from which on the memory of each is judged: caches of fixed size weigh on fewer."""
OVERLOADED = 5.0
"""Seconds at each load of a core that is offered too much."""
SAME = 0.15
"""How much more a phone may cost the core among many than among a thousand right after them: what else the
machine does changes from minute to minute."""


class Bar(msgspec.Struct, frozen=True):
    """A figure of the report and what it is to reach; `most`: it is to stay below."""

    name: str
    bar: float
    unit: str
    most: bool = True


BARS = (
    Bar("core CPU per registration + session, without SCTP", 1.0, "ms"),
    Bar("core CPU per registration, without SCTP", 0.6, "ms"),
    Bar(SUSTAINED, 800, "/s", most=False),
    Bar("registration on an idle core, p50", 2.5, "ms"),
    Bar("registration+session on an idle core, p50", 4.5, "ms"),
    Bar("registration one after the other, p50", 2.5, "ms"),
    Bar("registration+session one after the other, p50", 4.5, "ms"),
    Bar("registration at half of the sustained rate, p99", 15, "ms"),
    Bar("registration+session at half of the sustained rate, p99", 15, "ms"),
    Bar("core memory per registered phone with a session", 6, "kB"),
    Bar(READY, 0.5, "s"),
)


class Row(msgspec.Struct, frozen=True):
    """A measured value beside its bar, as the file has it."""

    name: str
    value: float
    unit: str
    bar: float | None
    ok: bool


def run(asked: Asked, console: Console) -> Report:
    """What was asked for, once."""

    def watch(stage: Stage, progress: Progress) -> None:
        pass

    def ended(result: Result) -> None:
        failed = sum(n for _, _, n in result.counted.failures)
        rate = result.counted.begun / max(result.counted.seconds, 1e-9)
        console.print(
            f"  {result.stage.name}: {result.counted.begun} begun, {rate:.0f}/s, {failed} failed", style="dim"
        )

    return run_real(measure(Config(), asked, watch, ended))


def value(report: Report, name: str) -> float | None:
    """A figure by name."""
    return next((each.value for each in report.figures if each.name == name), None)


def compared(reports: Sequence[Report]) -> list[tuple[Row, float]]:
    """The best of each figure against its bar, and the median."""
    rows = []
    for bar in BARS:
        values = [found for each in reports if (found := value(each, bar.name)) is not None]
        if values:
            best = min(values) if bar.most else max(values)
            ok = best <= bar.bar if bar.most else best >= bar.bar
            rows.append((Row(bar.name, best, bar.unit, bar.bar, ok), statistics.median(values)))
    failed = sum(each.failed for each in reports)
    rows.append((Row("procedures that failed", failed, "", 0, not failed), failed))
    return rows


def overloaded(console: Console) -> list[tuple[Row, float]]:
    """Goodput at once, twice and five times the capacity."""
    report = run(Asked(overload=True, plain_core=True, duration=OVERLOADED), console)
    rows = []
    for figure in report.figures:
        if figure.name.startswith("goodput at"):
            bar = BAR if not figure.unit else None
            rows.append(Row(figure.name, figure.value, figure.unit, bar, not bar or figure.value >= bar))
    return [(row, row.value) for row in rows]


def curve(most: int, console: Console) -> list[tuple[Row, float]]:
    """What one phone costs and takes among more and more of them, all registered with a session."""
    rows: list[Row] = []
    for phones in [each for each in POPULATIONS if each < most] + [most]:
        report = run(Asked(phones=phones, crowded=True), console)
        costs = few = _costs(report)
        if phones != FEWEST:
            few = _costs(run(Asked(phones=FEWEST, crowded=True), console))
        for name in COSTS:
            bar = few[name] * (1 + SAME)
            words = f"core CPU per {COSTS[name]} {phones}"
            rows.append(Row(words, costs[name], "ms", bar, costs[name] <= bar))
        rows += _of_each(report, phones)
        rows.append(Row(f"failed, {phones} phones", report.failed, "", 0, not report.failed))
    return [(row, row.value) for row in rows]


def _costs(report: Report) -> dict[str, float]:
    """Milliseconds of the core for one phone, by stage."""
    cores = {each.name: each.core for each in report.stages}
    return {
        name: core.each_ms for name in COSTS if (core := cores[name]) is not None and core.each_ms is not None
    }


def _of_each(report: Report, phones: int) -> list[Row]:
    """What a crowd took to arrive, of time and of memory."""
    arriving = [each for each in report.stages if each.name in (CROWD, MORE)]
    done = sum(each.rows[0].done for each in arriving)
    seconds = sum(each.seconds for each in arriving)
    memory = sum(each.core_memory_change_bytes for each in arriving) / done / 1000
    emulated = sum(each.generators_memory_change_bytes for each in arriving) / done / 1000
    bar = 6.0 if phones >= MANY else None
    fits = bar is None or memory <= bar
    return [
        Row(f"arrived a second, {phones} phones", done / seconds, "/s", None, True),
        Row(f"core memory per registered phone with a session, {phones}", memory, "kB", bar, fits),
        Row(f"memory of the radios per phone, {phones}", emulated, "kB", None, True),
    ]


def show(rows: Sequence[tuple[Row, float]], console: Console) -> None:
    """The table."""
    table = Table(box=None)
    for column in ("figure", "best", "median", "bar", "unit", ""):
        table.add_column(column, justify="left" if column in ("figure", "unit") else "right")
    for row, median in rows:
        mark = "[green]✓[/green]" if row.ok else "[red]✗[/red]"
        bar = f"{row.bar:.3g}" if row.bar is not None else ""
        table.add_row(row.name, f"{row.value:.3g}", f"{median:.3g}", bar, row.unit, mark)
    console.print(table)


def main() -> None:
    """Measure, show, write."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--runs", type=int, default=3)
    options.add_argument("--phones", type=int, default=5000)
    options.add_argument("--scale", action="store_true")
    options.add_argument("--to", type=Path, default=None)
    given = options.parse_args()
    console = Console(width=120)
    if given.scale:
        rows = curve(given.phones, console)
    else:
        suite = Asked(phones=given.phones)
        rows = compared([run(suite, console) for _ in range(given.runs)]) + overloaded(console)
    show(rows, console)
    to = given.to or Path("bench-scale.json" if given.scale else "bench.json")
    to.write_bytes(msgspec.json.format(msgspec.json.encode([row for row, _ in rows]), indent=2) + b"\n")
    console.print(f"Written: {to}")


if __name__ == "__main__":
    main()

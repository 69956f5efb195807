"""A bench's report on a terminal."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pilot5g.app.bench.report import CpuTime, Report, Row, StageReport
from pilot5g.app.report import readable


def show(report: Report, console: Console) -> None:
    """All of it."""
    console.print(_stages(report))
    failures = _failures(report)
    if failures.row_count:
        console.print(failures)
    if report.overload:
        console.print(_overload(report))
    if report.figures:
        console.print(_figures(report))
    for warning in report.warnings:
        console.print(Text.assemble(("! ", "bold yellow"), warning), soft_wrap=True)
    console.print(Text(f"{report.target}; {report.machine}; seed {report.seed}", style="dim"), soft_wrap=True)


def _stages(report: Report) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title="Times in ms, at the phone", title_justify="left"
    )
    table.add_column("stage")
    table.add_column("procedure")
    counts = ("done", "failed", "per s", "p50", "p90", "p99", "max")
    for name in (*counts, "core CPU", "of it SCTP", "generator"):
        table.add_column(name, justify="right", no_wrap=True)
    for stage in report.stages:
        for i, row in enumerate(stage.rows):
            table.add_row(*_row(stage, row, first=i == 0), end_section=i == len(stage.rows) - 1)
    return table


def _row(stage: StageReport, row: Row, *, first: bool) -> list[Text | str]:
    times = row.spread
    spread = (
        [readable(each) for each in (times.p50, times.p90, times.p99, times.most)] if times else ["-"] * 4
    )
    failed = Text(str(row.failed), style="bold red" if row.failed else "dim")
    name = f"{stage.name}\n[dim]{stage.load}[/dim]" if first else ""
    cpu = [*_cpu(stage.core), _generator(stage)] if first else ["", "", ""]
    return [name, row.procedure, str(row.done), failed, readable(row.per_second), *spread, *cpu]


def _generator(stage: StageReport) -> Text | str:
    """Marked where the generator was the limit."""
    each = readable(stage.generators_each_ms) if stage.generators_each_ms is not None else "-"
    return Text(each, style="bold yellow") if stage.limit_reached == "the generator" else each


def _cpu(core: CpuTime | None) -> list[str]:
    if core is None or core.each_ms is None:
        return ["-", "-"]
    sctp = core.sctp_each_ms
    return [readable(core.each_ms), readable(sctp) if sctp is not None else "-"]


def _failures(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Failures by cause", title_justify="left")
    for name in ("stage", "procedure", "times", "cause"):
        table.add_column(name, justify="right" if name == "times" else "left", overflow="fold")
    for stage in report.stages:
        for each in stage.failures:
            table.add_row(stage.name, each.procedure, str(each.count), Text(each.cause, style="red"))
    return table


def _overload(report: Report) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, pad_edge=False, title="Goodput at capacity and beyond", title_justify="left"
    )
    names = ("offered a second", "served a second", "of 1x", "p99 ms", "kept away by radios", "refused #22")
    for name in ("capacity", *names, "timed out", "other", "arrived"):
        table.add_column(name, justify="right")
    for each in report.overload:
        lost = (each.timed_out, each.other)
        table.add_row(
            f"{each.times:g}x",
            readable(each.offered),
            Text(readable(each.goodput), style="bold cyan"),
            "-" if each.kept is None else f"{each.kept:.0%}",
            "-" if each.p99_ms is None else readable(each.p99_ms),
            str(each.radio),
            str(each.congestion),
            *(Text(str(n), style="bold red" if n else "dim") for n in lost),
            "on time" if each.on_time else Text("late", style="bold yellow"),
        )
    return table


def _figures(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measured")
    table.add_column("value", justify="right", style="bold cyan")
    table.add_column("unit")
    for each in report.figures:
        table.add_row(each.name, readable(each.value), each.unit)
    return table

"""A bench's report as a page: one file with its plots inside, nothing to fetch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from markupsafe import Markup

from pilot5g.app.bench import plot
from pilot5g.app.bench.report import Report, StageReport
from pilot5g.app.report import readable

MOST_CURVES = plot.COLOURS


class Picture(msgspec.Struct, frozen=True):
    """A plot with a word about it."""

    title: str
    svg: Markup


def write_html(of: Report, path: Path) -> None:
    """Write it. Raises OSError."""
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("pilot5g.app", "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.get_template("bench.html.j2")
    pictures = {stage.name: stage_pictures(stage) for stage in of.stages}
    text = page.render(report=of, overview=overview(of), pictures=pictures, readable=readable)
    path.write_text(text, encoding="utf-8")


def overview(of: Report) -> list[Picture]:
    """Plots of several stages together."""
    made = []
    rates = [stage for stage in of.stages if stage.arrivals_per_second and stage.rows[0].spread]
    rates.sort(key=lambda stage: stage.arrivals_per_second or 0)
    if len({stage.arrivals_per_second for stage in rates}) > 2:
        made += _curve(rates)
    if costs := _costs(of):
        names = ("without SCTP", "SCTP in user space")
        made.append(
            _picture("CPU time of the core, ms", plot.bars(costs, names, "ms", "CPU time of the core"))
        )
    return made


def _curve(stages: Sequence[StageReport]) -> list[Picture]:
    """Latency and achieved rate over the offered rate."""
    first = stages[0].rows[0].procedure
    known = [(s.arrivals_per_second or 0.0, s.rows[0].spread, s.rows[0].per_second) for s in stages]
    x = plot.linear("offered, arrivals per second", [offered for offered, _, _ in known])
    times = [
        plot.Line("p50", [(offered, spread.p50) for offered, spread, _ in known if spread]),
        plot.Line("p90", [(offered, spread.p90) for offered, spread, _ in known if spread]),
        plot.Line("p99", [(offered, spread.p99) for offered, spread, _ in known if spread]),
    ]
    y = plot.logarithmic("ms", [value for line in times for _, value in line.points])
    done = plot.Line("done", [(offered, per_second) for offered, _, per_second in known])
    rates = plot.linear("per second", [value for _, value in done.points])
    return [
        _picture(f"{first}: time over rate", plot.lines(times, x, y, "time over rate")),
        _picture(f"{first}: done over offered", plot.lines([done], x, rates, "done over offered")),
    ]


def _costs(of: Report) -> list[tuple[str, tuple[float, ...]]]:
    """Bars of CPU time by procedure: without SCTP, and SCTP."""
    figures = {each.name: each.value for each in of.figures}
    return [
        (name.removeprefix("core CPU per ").removesuffix(", without SCTP"), (value, sctp))
        for name, value in figures.items()
        if name.endswith(", without SCTP")
        and (sctp := figures.get(name.replace(", without SCTP", ", SCTP in user space"))) is not None
    ]


def stage_pictures(stage: StageReport) -> list[Picture]:
    """How times spread, and how they went over the stage's time."""
    curves = [plot.Line(row.procedure, row.curve) for row in stage.rows if row.curve][:MOST_CURVES]
    if not curves:
        return []
    y = plot.logarithmic("ms", [value for line in curves for _, value in line.points])
    made = [_picture("time by percentile", plot.lines(curves, plot.percentiles("percent"), y, stage.name))]
    if len(stage.over_time) > 2:
        made += _over_time(stage)
    return made


def _over_time(stage: StageReport) -> list[Picture]:
    x = plot.linear("seconds", [each.at for each in stage.over_time])
    each = [
        plot.Line("p50", [(moment.at, moment.p50) for moment in stage.over_time if moment.p50 is not None]),
        plot.Line("p99", [(moment.at, moment.p99) for moment in stage.over_time if moment.p99 is not None]),
    ]
    y = plot.logarithmic("ms", [value for line in each for _, value in line.points])
    done = plot.Line("done", [(moment.at, moment.per_second) for moment in stage.over_time])
    rates = plot.linear("per second", [value for _, value in done.points])
    name = stage.rows[0].procedure
    return [
        _picture(f"{name} over the stage", plot.lines(each, x, y, "time over the stage")),
        _picture(f"{name} done", plot.lines([done], x, rates, "done over the stage")),
    ]


def _picture(title: str, svg: str) -> Picture:
    return Picture(title, Markup(svg))  # the parts that come from outside were escaped where they were put in

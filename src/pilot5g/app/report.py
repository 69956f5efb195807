"""The verdict of a pilot: on the screen, as JSON and as a page.

`{"checks": [{"name", "ok", "detail"}], "figures": [{"name", "value", "unit"}]}`, and around it how it ran.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pilot5g.app.events import Check, Figure, Line, Standing

WIDEST = 100
"""Columns of the screen's form: on a wider terminal the eye would lose its line."""


COUNTER = "UPF "
"""The first word of a counter's name."""


class Report(msgspec.Struct, kw_only=True):
    """Everything a run has shown. `mode` says how phones had their network (see `MODES`), `reason` why they
    had no better one, `when` and `machine` when and on what it ran, in words."""

    mode: str
    reason: str = ""
    when: str = ""
    machine: str = ""
    started: list[str] = []
    checks: list[Check] = []
    figures: list[Figure] = []
    refusals: list[Line] = []
    standings: list[Standing] = []
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Every check held, and there was at least one."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def held(self) -> int:
        """How many checks held."""
        return sum(1 for check in self.checks if check.ok)

    @property
    def verdict(self) -> str:
        """One sentence."""
        if self.ok:
            return f"Every check held: {self.held} of {len(self.checks)} in {self.seconds:.1f} s."
        failed = len(self.checks) - self.held
        return f"{failed} of {len(self.checks)} checks did not hold."

    @property
    def way(self) -> str:
        """How phones had their network, and why not better."""
        return way(self.mode, self.reason)

    def figure(self, name: str) -> float | None:
        """A measured value by name."""
        return next((each.value for each in self.figures if each.name == name), None)

    @property
    def latencies(self) -> list[Latency]:
        """The figures that are percentiles, the two of one measurement together."""
        names = [each.name.removesuffix(" p50") for each in self.figures if each.name.endswith(" p50")]
        found = [(name, self.figure(f"{name} p50"), self.figure(f"{name} p99")) for name in names]
        return [Latency(name, p50, p99) for name, p50, p99 in found if p50 is not None and p99 is not None]

    @property
    def others(self) -> list[Figure]:
        """The figures that are neither percentiles nor counters."""
        paired = {f"{each.name} {percent}" for each in self.latencies for percent in ("p50", "p99")}
        return [each for each in self.figures if each.name not in paired and each not in self.counters]

    @property
    def counters(self) -> list[Figure]:
        """What the user plane counted, asked for where something failed."""
        return [each for each in self.figures if each.name.startswith(COUNTER)]


class Latency(msgspec.Struct, frozen=True):
    """How long something took, in ms: the median and the 99th percentile."""

    name: str
    p50: float
    p99: float


MODES = {
    "root": "as root: every phone has a Linux interface in a network namespace of its own",
    "userns": "without root, in a user namespace: every phone has a Linux interface of its own",
    "in-process": "without namespaces: phones are inside the program and have no Linux interface",
}


def way(mode: str, reason: str) -> str:
    """How phones have their network, and why not better."""
    return MODES[mode] + (f" ({reason})" if reason else "")


def write_json(report: Report, path: Path) -> None:
    """The machine's form."""
    plain = {
        "ok": report.ok,
        "mode": report.mode,
        "reason": report.reason,
        "when": report.when,
        "machine": report.machine,
        "seconds": round(report.seconds, 3),
        "started": report.started,
        "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in report.checks],
        "figures": [{"name": f.name, "value": f.value, "unit": f.unit} for f in report.figures],
        "phones": [{"after": each.after, "phones": each.phones} for each in report.standings],
        "refusals": [str(line.entry) for line in report.refusals],
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n")


def show(report: Report, console: Console) -> None:
    """The person's form: what ran, what was promised, what was measured, and in the end the verdict."""
    names = [check.name for check in report.checks] + [each.name for each in report.figures]
    width = max((len(name) for name in names), default=0)
    parts: list[RenderableType] = [Text(report.way, style="dim"), Text()]
    parts += [_labelled(report.started, width), Text()]
    parts += [_check(check, width) for check in report.checks]
    parts += [Text(), _measured(report, width), Text()]
    parts += [Text(report.verdict, style="bold green" if report.ok else "bold red")]
    box_width = min(console.width, WIDEST)
    console.print(Panel(Group(*parts), title="Pilot5G", box=box.ROUNDED, padding=(1, 2), width=box_width))


def _labelled(lines: list[str], width: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=width + 2)
    table.add_column(overflow="fold")
    for line in lines:
        name, _, what = line.partition(": ")
        table.add_row(Text(f"● {name}", style="cyan"), Text(what))
    return table


def _check(check: Check, width: int) -> RenderableType:
    """One line; a failure has a paragraph of its own under it, as wide as there is room."""
    if not check.ok:
        return Group(
            Text(f"✗ {check.name}", style="bold red"), Padding(Text(check.detail, style="red"), (0, 0, 0, 4))
        )
    table = Table.grid(padding=(0, 2))
    table.add_column(width=width + 2)
    table.add_column(overflow="fold")
    table.add_row(Text.assemble(("✓ ", "green"), (check.name, "bold")), Text(check.detail))
    return table


def _measured(report: Report, width: int) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(width=width + 2)
    for _ in range(2):
        table.add_column(justify="right", style="bold cyan", min_width=8)
    table.add_column()
    if report.latencies:
        heads = [Text(text, style="dim") for text in ("how long it took", "median", "99 %", "")]
        table.add_row(*heads)
    for each in report.latencies:
        table.add_row(f"  {each.name}", three_digits(each.p50), three_digits(each.p99), "ms")
    if report.latencies and report.others:
        table.add_row()
    for figure in (*report.others, *report.counters):
        table.add_row(f"  {figure.name}", readable(figure.value), "", figure.unit)
    return table


def readable(value: float) -> str:
    """A count as it is, anything else with three significant digits."""
    return f"{value:,.0f}" if value == int(value) else three_digits(value)


def three_digits(value: float) -> str:
    """Three significant digits, without an exponent: a column of these is one of equals."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def write_html(report: Report, path: Path) -> None:
    """The page: one file, nothing to fetch."""
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("pilot5g.app", "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.get_template("report.html.j2")
    path.write_text(
        page.render(report=report, readable=readable, three_digits=three_digits), encoding="utf-8"
    )

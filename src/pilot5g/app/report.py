"""The verdict of a pilot: on the screen, as JSON and as a page.

`{"checks": [{"name", "ok", "detail"}], "figures": [{"name", "value", "unit"}]}`, and around it how it ran.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from rich import box
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from pilot5g.app.events import Check, Figure, Line


class Report(msgspec.Struct, kw_only=True):
    """Everything a run has shown. `mode` says how phones had their network: see `MODES`."""

    mode: str
    started: list[str] = []
    checks: list[Check] = []
    figures: list[Figure] = []
    refusals: list[Line] = []
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Every check held, and there was at least one."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    def figure(self, name: str) -> float | None:
        """A measured value by name."""
        return next((each.value for each in self.figures if each.name == name), None)


MODES = {
    "root": "as root: every phone has a Linux interface in a network namespace of its own",
    "userns": "without root, in a user namespace: every phone has a Linux interface of its own",
    "in-process": "without namespaces: phones are inside the program and have no Linux interface",
}


def write_json(report: Report, path: Path) -> None:
    """The machine's form."""
    plain = {
        "ok": report.ok,
        "mode": report.mode,
        "seconds": round(report.seconds, 3),
        "started": report.started,
        "checks": [{"name": c.name, "ok": c.ok, "detail": c.detail} for c in report.checks],
        "figures": [{"name": f.name, "value": f.value, "unit": f.unit} for f in report.figures],
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n")


def show(report: Report, console: Console) -> None:
    """The person's form."""
    verdict = (
        Text("Every check held.", style="bold green")
        if report.ok
        else Text(f"{_failed(report)} of {len(report.checks)} checks did not hold.", style="bold red")
    )
    body = Group(_checks(report), Text(), _figures(report), Text(), verdict)
    console.print(Panel(body, title="Pilot5G", subtitle=MODES[report.mode], box=box.ROUNDED))


def _failed(report: Report) -> int:
    return sum(1 for check in report.checks if not check.ok)


def _checks(report: Report) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(width=2)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for check in report.checks:
        mark = Text("✓", style="green") if check.ok else Text("✗", style="bold red")
        table.add_row(mark, check.name, Text(check.detail, style="" if check.ok else "red"))
    return table


def _figures(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("measured")
    table.add_column("value", justify="right", style="bold cyan")
    table.add_column("unit")
    for figure in report.figures:
        table.add_row(figure.name, readable(figure.value), figure.unit)
    return table


def readable(value: float) -> str:
    """Three significant digits, without an exponent."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def write_html(report: Report, path: Path) -> None:
    """The page: one file, nothing to fetch."""
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("pilot5g.app", "templates")
    environment = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    page = environment.get_template("report.html.j2")
    path.write_text(page.render(report=report, mode=MODES[report.mode], readable=readable), encoding="utf-8")

"""What a person sees while a bench runs: which stage, how far, how many failed; then the report."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from pilot5g.app.bench.ask import Asked
from pilot5g.app.bench.load import Progress as Far
from pilot5g.app.bench.load import Stage
from pilot5g.app.bench.report import Report, write_json
from pilot5g.app.bench.runner import BenchError, Result, Watch
from pilot5g.app.config import Config
from pilot5g.app.ran_alone import PhonesWithoutKeys
from pilot5g.flow.clock import run_real

WIDE = 150
"""Columns of the table where there is no terminal to fit it to."""

Measure = Callable[[Config, Asked, Watch, Callable[[Result], None]], Awaitable[Report]]


class Screen:
    """One bar a stage, on a terminal; elsewhere one line when it has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description}", style="cyan"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[told]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._bar: TaskID | None = None
        self._stage: Stage | None = None

    def __enter__(self) -> Screen:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def watch(self, stage: Stage, far: Far) -> None:
        """A generator told how far it is."""
        if stage is not self._stage or self._bar is None:
            self._stage = stage
            self._bar = self._bars.add_task(stage.name, total=1.0, told="")
        part = far.seconds / stage.duration
        if not stage.rate:
            part = max(part, (far.done + far.failed) / stage.count)
        failed = f", [red]{far.failed} failed[/red]" if far.failed else ""
        told = f"{far.done} done{failed}, {far.working} at work"
        self._bars.update(self._bar, completed=min(part, 1.0), told=told)

    def ended(self, result: Result) -> None:
        """A stage is over."""
        failed = sum(n for _, _, n in result.counted.failures)
        if self._bar is not None:
            self._bars.update(self._bar, completed=1.0, told="[red]failures[/red]" if failed else "done")
            self._bar = self._stage = None
        if not self._console.is_terminal:
            done = f"{result.counted.begun} begun, {failed} failed"
            self._console.print(f"{result.stage.name}: {done}, {result.counted.seconds:.1f} s")


def run(
    measure: Measure, config: Config, asked: Asked, json_file: Path | None, html_file: Path | None
) -> int:
    """Run it with a screen; the exit code."""
    from pilot5g.app.bench.page import write_html
    from pilot5g.app.bench.text import show

    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    screen = Screen(console)

    async def whole() -> Report:
        return await measure(config, asked, screen.watch, screen.ended)

    try:
        with screen:
            found = run_real(whole())
    except (BenchError, PhonesWithoutKeys) as error:
        typer.echo(str(error), err=True)
        return 2 if isinstance(error, PhonesWithoutKeys) else 1
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        return 1
    show(found, console)
    for file, write in ((json_file, write_json), (html_file, write_html)):
        if file is not None:
            write(found, file)
            console.print(f"Written: {file}")
    return 1 if found.failed else 0

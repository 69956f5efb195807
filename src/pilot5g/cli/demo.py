"""`pilot5g demo`: a whole network, used, judged and taken down."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from pilot5g.cli.config import ConfigFile, chosen


def register(app: typer.Typer) -> None:
    """Add `demo` to the command line."""
    app.command("demo")(demo)


def demo(
    config: ConfigFile = None,
    report: Annotated[
        Path, typer.Option("--report", help="Folder for pilot-report.json, .html and the logs.")
    ] = Path(),
    inside: Annotated[
        bool, typer.Option("--in-process", help="Do without namespaces even where they can be had.")
    ] = False,
) -> None:
    """Launch a whole pilot network, use it, and report what held. Exit code 0 where every check held."""
    from pilot5g.app.demo import Demo, varied
    from pilot5g.app.pilot import PilotError, settle_privilege
    from pilot5g.app.report import MODES, show, write_html, write_json
    from pilot5g.cli.watcher import Watcher
    from pilot5g.flow.clock import run_real

    settings = varied(chosen(config), os.urandom)
    mode, reason = ("in-process", "asked for by --in-process") if inside else settle_privilege()
    console = Console()
    console.print(f"[bold]Pilot5G[/bold] {MODES[mode]}" + (f" ({reason})" if reason else ""))
    report.mkdir(parents=True, exist_ok=True)
    try:
        result = run_real(Demo(settings, mode, report / "pilot-logs", Watcher(console)).run())
    except PilotError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    show(result, console)
    write_json(result, report / "pilot-report.json")
    write_html(result, report / "pilot-report.html")
    console.print(f"Written: {report / 'pilot-report.json'}, {report / 'pilot-report.html'}")
    raise typer.Exit(0 if result.ok else 1)

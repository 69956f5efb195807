"""`pilot5g demo`: a whole network, used, judged and taken down."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from time import strftime
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pilot5g.cli.config import ConfigFile, chosen


def register(app: typer.Typer) -> None:
    """Add `demo` to the command line."""
    app.command("demo")(demo)


def demo(
    config: ConfigFile = None,
    report: Annotated[
        Path, typer.Option("--report", help="Folder for pilot-report.json, pilot-report.html and the logs.")
    ] = Path(),
    inside: Annotated[
        bool, typer.Option("--in-process", help="Do without namespaces even where they can be had.")
    ] = False,
) -> None:
    """Launch a whole pilot network, use it, and report what held. Exit code 0 where every check held."""
    from pilot5g.app.demo import Demo, NothingToShow, varied
    from pilot5g.app.pilot import PilotError, settle_privilege
    from pilot5g.app.report import Report, show, write_html, write_json
    from pilot5g.cli.watcher import Watcher, make_folder
    from pilot5g.flow.clock import run_real

    settings = varied(chosen(config), os.urandom)
    mode, reason = ("in-process", "asked for by --in-process") if inside else settle_privilege()
    result = Report(mode=mode, reason=reason, when=_now(), machine=_machine())
    console = Console(highlight=False)
    try:
        run = Demo(settings, result, report / "pilot-logs", Watcher(console))
        make_folder(report, "the report")
        console.print(Text(f"Pilot5G runs {result.way}"))
        run_real(run.run())
    except (NothingToShow, PilotError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2 if isinstance(error, NothingToShow) else 1) from error
    show(result, console)
    write_json(result, report / "pilot-report.json")
    write_html(result, report / "pilot-report.html")
    console.print(Text(f"The same as a page: {report / 'pilot-report.html'}"))
    console.print(Text(f"and for programs:   {report / 'pilot-report.json'}"))
    raise typer.Exit(0 if result.ok else 1)


def _now() -> str:
    return strftime("%Y-%m-%d %H:%M %Z")


def _machine() -> str:
    """What the figures were measured on."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} core{'s' if cores > 1 else ''}, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}"
    )

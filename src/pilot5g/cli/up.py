"""`pilot5g up`: a network that runs until Ctrl-C, whole on this machine or the core alone for real radios."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from pilot5g.cli.config import LOGS, ConfigFile, Logs, chosen


def register(app: typer.Typer) -> None:
    """Add `up` to the command line."""
    app.command("up")(up)


def up(
    config: ConfigFile = None,
    core_only: Annotated[
        bool,
        typer.Option(
            "--core-only/--with-radios",
            help="Only the core, on the N2 and N3 addresses of the configuration, for real gNBs.",
        ),
    ] = False,
    logs: Logs = LOGS,
) -> None:
    """Keep a network running until Ctrl-C."""
    from pilot5g.app.pilot import PilotError, settle_privilege
    from pilot5g.app.report import way
    from pilot5g.app.up import core_alone, whole_network
    from pilot5g.cli.watcher import Watcher, log_to
    from pilot5g.flow.clock import run_real

    settings = chosen(config)
    console = Console(highlight=False)
    try:
        if core_only or not settings.radios:
            log_to(logs, "core")
            run_real(core_alone(settings, os.urandom, Watcher(console, notes=True)))
        else:
            mode, reason = settle_privilege()
            console.print(Text(f"Pilot5G runs {way(mode, reason)}"))
            run_real(whole_network(settings, mode, logs, Watcher(console, checks=True)))
    except PilotError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    sys.exit(0)

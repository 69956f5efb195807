"""`pilot5g ran`: the emulated radios and phones against any AMF."""

from __future__ import annotations

import os

import typer
from rich.console import Console

from pilot5g.cli.config import LOGS, ConfigFile, Logs, chosen


def register(app: typer.Typer) -> None:
    """Add `ran` to the command line."""
    app.command("ran")(ran)


def ran(config: ConfigFile = None, logs: Logs = LOGS) -> None:
    """Run the emulated radios and phones against the AMF at `n2.address` until Ctrl-C.

    Phones need `k` and `opc` in the configuration, as that network's subscribers have them.
    """
    from pilot5g.app.pilot import PilotError
    from pilot5g.app.ran_alone import NoRadios, PhonesWithoutKeys, radios_alone
    from pilot5g.cli.watcher import Watcher, log_to
    from pilot5g.flow.clock import run_real
    from pilot5g.net.namespace import capability

    settings = chosen(config)
    mode = "root" if capability() == "root" else "in-process"
    log_to(logs, "ran")
    try:
        run_real(radios_alone(settings, mode, os.urandom, Watcher(Console(highlight=False), checks=True)))
    except (NoRadios, PhonesWithoutKeys, PilotError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1 if isinstance(error, PilotError) else 2) from error

"""`pilot5g amf`: one AMF of several as a process of its own, with the rest of the core elsewhere."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from pilot5g.cli.config import LOGS, ConfigFile, Logs, chosen


def register(app: typer.Typer) -> None:
    """Add `amf` to the command line."""
    app.command("amf")(amf)


def amf(
    name: Annotated[str, typer.Argument(help="Its name under `amfs`, where it has `process: own`.")],
    config: ConfigFile = None,
    logs: Logs = LOGS,
) -> None:
    """Run one AMF alone until Ctrl-C, with the core at `sbi.address`.

    It takes gNBs at its `n2_address` and connects to the core from its `sbi_address`.
    """
    from pilot5g.app.amf_side import NoSuchAmf
    from pilot5g.app.up import amf_alone
    from pilot5g.cli.watcher import Watcher, log_to
    from pilot5g.flow.clock import run_real

    settings = chosen(config)
    log_to(logs, name)
    try:
        run_real(amf_alone(settings, name, os.urandom, Watcher(Console(highlight=False), notes=True)))
    except NoSuchAmf as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error

"""`pilot5g upf`: the user plane function alone, told what to do by an SMF over PFCP."""

from __future__ import annotations

import os

import typer
from rich.console import Console

from pilot5g.cli.config import LOGS, ConfigFile, Logs, chosen


def register(app: typer.Typer) -> None:
    """Add `upf` to the command line."""
    app.command("upf")(upf)


def upf(config: ConfigFile = None, logs: Logs = LOGS) -> None:
    """Run the UPF alone until Ctrl-C, for the SMF at `n4.smf_address`.

    It listens at `n4.upf_address` (PFCP) and `n3.address` (GTP-U). The core of the same configuration uses it
    where `n4.upf` is `external`.
    """
    from pilot5g.app.up import upf_alone
    from pilot5g.cli.watcher import Watcher, log_to
    from pilot5g.flow.clock import run_real

    settings = chosen(config)
    log_to(logs, "upf")
    run_real(upf_alone(settings, os.urandom, Watcher(Console(highlight=False), notes=True)))

"""`pilot5g`: the one command.

Each subcommand lives in a module of its own that is imported only when it runs, so that `--help` and shell
completion stay instant. Such a module has `register(app)`, which adds the subcommand to the Typer app.

Exit codes: 0 done, 1 it could not be done, 2 the command line or the configuration is wrong. What a user can
put right is one plain message on stderr, never a traceback.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

import pilot5g

COMMANDS: Final = {
    "demo": "Launch a whole pilot network, use it, and report what held.",
    "up": "Keep a network running until Ctrl-C.",
    "amf": "Run one AMF of several alone.",
    "upf": "Run the UPF alone, for an SMF over PFCP.",
    "forget": "Remove what a stopped core or UPF left to the kernel to forward.",
    "ran": "Run the emulated radios and phones against any AMF.",
    "bench": "Put a load on a core and measure it.",
    "subscriber": "Add, list, show, remove and import subscribers.",
    "config": "Show, check and begin a configuration.",
}
"""Subcommand to what it does, in the order of help; its module is `pilot5g.cli.<name>`."""


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pilot5g {pilot5g.__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A complete mobile network: core, radios, phones and a data network."""


def application(arguments: Sequence[str]) -> typer.Typer:
    """The Typer app, with the subcommand that `arguments` name imported and the others by name only."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode="rich")
    app.callback()(_root)
    chosen = next((each for each in arguments if not each.startswith("-")), None)
    for name, does in COMMANDS.items():
        if name == chosen:
            register: Callable[[typer.Typer], None] = import_module(f"pilot5g.cli.{name}").register
            register(app)
        else:
            app.command(name, help=does)(_elsewhere)
    return app


def _elsewhere() -> None:
    """Stands in the list of help for a subcommand that was not asked for."""


def exit_code(error: Exception) -> int | None:
    """2 for a wrong configuration, 1 for a store or file that cannot be used, None for a fault of ours."""
    from pilot5g.app.config import ConfigError
    from pilot5g.service.store import StoreError

    if isinstance(error, ConfigError):
        return 2
    return 1 if isinstance(error, StoreError | OSError) else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        application(arguments)(arguments, prog_name="pilot5g")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as e:
        code = exit_code(e)
        if code is None:
            raise
        typer.echo(_shortened(str(e)), err=True)
        sys.exit(code)


def _shortened(text: str, most: int = 50) -> str:
    """A file of ten thousand faults need not fill the screen."""
    lines = text.splitlines()
    if len(lines) <= most:
        return text
    return "\n".join([*lines[:most], f"… and {len(lines) - most} more"])

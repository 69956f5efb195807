"""`pilot5g forget`: take away what a core or UPF that was stopped goes on forwarding by."""

from __future__ import annotations

import errno

import typer

from pilot5g.cli.config import ConfigFile, chosen


def register(app: typer.Typer) -> None:
    """Add `forget` to the command line."""
    app.command("forget")(forget)


def forget(config: ConfigFile = None) -> None:
    """Stop forwarding what a core or UPF of this configuration left to the kernel when it was stopped.

    A user plane in the kernel goes on without its core, and the next core takes it over. This removes it, and
    the interfaces of the data networks. Subscribers, phones and sessions stay in the store.
    """
    from pilot5g.app.user_plane import remove_all

    settings = chosen(config)
    try:
        removed = remove_all(settings)
    except OSError as error:
        reason = "a core or UPF has it open: stop that first" if error.errno == errno.EBUSY else str(error)
        typer.echo(f"Nothing is removed: {reason}", err=True)
        raise typer.Exit(1) from error
    typer.echo("\n".join(f"Removed: {each}" for each in removed) or "There was nothing.")

"""`pilot5g config show|check|init`, and how every subcommand finds its configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilot5g.app.config import Config, load, shown
from pilot5g.app.config_template import TEMPLATE

DEFAULT_FILE = Path("pilot.yaml")

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        envvar="PILOT5G_CONFIG",
        help="The configuration file. Default: pilot.yaml here, if there is one, else built-in defaults.",
    ),
]
"""The option by which every subcommand takes its configuration; give it to `chosen`."""

LOGS = Path("pilot-logs")

Logs = Annotated[Path, typer.Option("--logs", help="Folder for the logs.")]
"""The option by which a subcommand that runs something takes the folder of its logs; its default is LOGS."""

app = typer.Typer(no_args_is_help=True, help="Show, check and begin a configuration.")


def register(to: typer.Typer) -> None:
    """Add `config` to the command line."""
    to.add_typer(app, name="config")


def chosen(path: Path | None) -> Config:
    """The configuration that `--config` names, or the one that lies here. Raises ConfigError."""
    return load(path or (DEFAULT_FILE if DEFAULT_FILE.exists() else None))


@app.command()
def show(
    config: ConfigFile = None,
    secrets: Annotated[bool, typer.Option("--secrets", help="Show keys instead of masking them.")] = False,
) -> None:
    """Print the effective configuration: what runs, defaults filled in."""
    typer.echo(shown(chosen(config), secrets=secrets), nl=False)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The configuration file.")] = DEFAULT_FILE,
) -> None:
    """Say whether a configuration is usable, and everything that is wrong with it."""
    config = load(file)
    network = config.network
    typer.echo(
        f"{file} is a working configuration: {network.name}, PLMN {network.plmn},"
        f" {len(config.slices)} slices, {len(config.data_networks)} data networks,"
        f" {len(config.radios)} emulated radios, {config.phones.number} phones"
    )


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = DEFAULT_FILE,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a configuration to begin with: every key with its default, explained."""
    if file.exists() and not force:
        typer.echo(f"{file} is there already: name another file, or replace it with --force", err=True)
        raise typer.Exit(1)
    file.write_text(TEMPLATE, encoding="utf-8")
    typer.echo(f"wrote {file}")

"""What a person at the terminal sees while a network runs."""

from __future__ import annotations

import logging
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from pilot5g.app.events import NAMES, Check, Event, Line, Ready, Step


class Watcher:
    """Prints events as they come. `checks`: print verdicts too, where no report follows.

    A process that failed is not printed here: whoever runs the network says so in the end.
    """

    def __init__(self, console: Console, *, checks: bool = False, notes: bool = False) -> None:
        self._console = console
        self._checks = checks
        self._notes = notes

    def __call__(self, event: Event) -> None:
        if (line := self._line(event)) is not None:
            mark, style, text = line
            self._console.print(Text.assemble("  ", (mark, style), " ", text), soft_wrap=True)

    def _line(self, event: Event) -> tuple[str, str, str] | None:
        match event:
            case Ready():
                return "●", "green", f"{NAMES.get(event.who, event.who)}: {event.detail}"
            case Step():
                return "→", "cyan", event.text
            case Check() if self._checks:
                text = f"{event.name}: {event.detail}"
                return ("✓", "green", text) if event.ok else ("✗", "bold red", text)
            case Line() if event.entry.cause:
                return "!", "yellow", str(event.entry)
            case Line() if self._notes:
                return "·", "dim", str(event.entry)
        return None


def log_to(folder: Path, name: str) -> None:
    """Write what this process logs into a file: the screen is for people. Exits where it cannot be made."""
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    make_folder(folder, "the logs")
    logging.basicConfig(level=logging.INFO, format=form, filename=folder / f"{name}.log", filemode="w")


def make_folder(folder: Path, what: str) -> None:
    """Make a folder that an option names, unless it is there. Exits where that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        typer.echo(f"the folder {folder} for {what} cannot be made: {error.strerror}; name another", err=True)
        raise typer.Exit(1) from error

"""What a person at the terminal sees while a network runs."""

from __future__ import annotations

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

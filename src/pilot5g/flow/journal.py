"""What people are told: every refusal with cause, reason and fix, every notable event in one line.

The journal is the source of the log, the report and the console's pages; code that refuses a peer writes
here and nowhere else.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

import msgspec

log = logging.getLogger("pilot5g")


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line. `subject` is a radio, phone or function; `cause` a 3GPP cause in its spelling, if any."""

    at: float
    subject: str
    what: str
    cause: str = ""
    reason: str = ""
    fix: str = ""

    def __str__(self) -> str:
        parts = [f"{self.subject}: {self.what}"]
        if self.cause:
            parts.append(f"[{self.cause}]")
        if self.reason:
            parts.append(f"because {self.reason}.")
        if self.fix:
            parts.append(f"To fix: {self.fix}.")
        return " ".join(parts)


class Journal:
    """Keeps the newest `keep` entries and tells listeners of each."""

    def __init__(self, keep: int = 2000) -> None:
        self.entries: deque[Entry] = deque(maxlen=keep)
        self.listeners: list[Callable[[Entry], None]] = []

    def note(self, subject: str, what: str) -> None:
        """An event worth a line."""
        self._add(Entry(at=_now(), subject=subject, what=what), logging.INFO)

    def refuse(self, subject: str, what: str, *, cause: str, reason: str, fix: str = "") -> None:
        """A rejection: what was refused, with which cause, why in plain words, and what to change."""
        entry = Entry(at=_now(), subject=subject, what=what, cause=cause, reason=reason, fix=fix)
        self._add(entry, logging.WARNING)

    def _add(self, entry: Entry, level: int) -> None:
        self.entries.append(entry)
        if log.isEnabledFor(level):
            log.log(level, "%s", entry)
        for listener in self.listeners:
            listener(entry)


def _now() -> float:
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0

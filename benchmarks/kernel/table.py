"""The rows of a benchmark: a figure, perhaps the bar it is held against, and whether it holds."""

from __future__ import annotations

import json
from pathlib import Path


class Row:
    """One figure. `most`: the bar is the most that it may be, otherwise the least."""

    def __init__(
        self, name: str, value: float, unit: str, bar: float | None = None, *, most: bool = False
    ) -> None:
        self.name, self.value, self.unit, self.bar, self.most = name, value, unit, bar, most

    @property
    def ok(self) -> bool:
        """Does it hold? What has no bar always does."""
        if self.bar is None:
            return True
        return self.value <= self.bar if self.most else self.value >= self.bar

    def __str__(self) -> str:
        bar = "" if self.bar is None else f"{'<=' if self.most else '>='} {self.bar:g}"
        mark = "" if self.bar is None else "ok" if self.ok else "MISSED"
        return f"{self.name:62s} {self.value:12,.2f} {self.unit:9s} {bar:12s} {mark}"


def write(rows: list[Row], path: Path) -> None:
    """As JSON, for programs."""
    values = [
        {"name": r.name, "value": round(r.value, 4), "unit": r.unit, "bar": r.bar, "ok": r.ok} for r in rows
    ]
    path.write_text(json.dumps(values, indent=1) + "\n")

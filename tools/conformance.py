"""Makes docs/reference/conformance.md of the tables in tools/conformance: what is done of each clause.

The tables are data: a clause names the tests that show it, or says what is missing and what happens instead.
`reference.py` writes the page; a test sees to it that every test named exists, and that no clause is left
without a word.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

TABLES = Path(__file__).parent / "conformance"
PREFACE = """# Conformance

What Pilot5G does of the specifications of mobility, clause by clause: the core, and the emulated radios and
phones. A clause is *supported* as far as the tests named show it, *partly* where something of it is missing,
or *not supported*; then it is said what happens instead. [Limits](limits.md) says the same in a few words.

The tests are under `tests`; `.venv/bin/pytest tests/FILE -k NAME` runs one.
"""


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row. `missing` says what is not done and what happens instead; `about` is for text that requires
    nothing."""

    title: str
    tests: tuple[str, ...] = ()
    missing: str = ""
    about: str = ""

    @property
    def state(self) -> str:
        """In a word or two."""
        if self.about:
            return "–"
        if not self.tests:
            return "not supported"
        return "partly" if self.missing else "supported"


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One specification, as far as `scope` says."""

    specification: str
    release: int
    scope: str
    clauses: dict[str, Clause]


def tables() -> list[Table]:
    """Every table. Raises msgspec.ValidationError for one that is none."""
    paths = sorted(TABLES.glob("*.yaml"))
    return [msgspec.yaml.decode(path.read_bytes(), type=Table) for path in paths]


def conformance() -> str:
    """The page, without its notice."""
    lines = [PREFACE]
    for table in tables():
        states = [clause.state for clause in table.clauses.values()]
        kinds = (kind for kind in ("supported", "partly", "not supported") if kind in states)
        counted = ", ".join(f"{states.count(kind)} {kind}" for kind in kinds)
        lines += [
            f"## {table.specification} (Release {table.release})\n",
            f"Covered: {table.scope}. Of its clauses {counted}.\n",
            "| clause | | | tests | what is missing, and what happens instead |",
            "|---|---|---|---|---|",
            *(_row(number, clause) for number, clause in table.clauses.items()),
            "",
        ]
    return "\n".join(lines)


def _row(number: str, clause: Clause) -> str:
    shown = "<br>".join(f"`{test}`" for test in clause.tests)
    note = (clause.missing or clause.about).replace("|", "\\|")
    return f"| {number} | {clause.title} | {clause.state} | {shown} | {note} |"

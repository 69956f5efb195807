"""The SQLite schema as numbered steps: step n takes a database of version n-1 to version n.

A step that was released is never changed; what is new is a new step. Rows hold what is looked up as columns
and everything else as msgpack, so that a new field of a subscription or a context needs no step here.
"""

from __future__ import annotations

from typing import Final

APPLICATION_ID: Final = 0x50354731
"""`P5G1`, in the header of every database file of this program."""

MIGRATIONS: Final[tuple[tuple[str, ...], ...]] = (
    (
        """CREATE TABLE context (
            kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
            PRIMARY KEY (kind, key)) WITHOUT ROWID""",
        # `sealed` holds K and OPc, encrypted; `sqn` stands apart because it moves at every authentication
        """CREATE TABLE subscriber (
            supi TEXT NOT NULL PRIMARY KEY, sqn INTEGER NOT NULL,
            profile BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID""",
        "CREATE TABLE meta (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    ),
    (
        # see store.sequence: `sqn` was true when the network had crashed `crashes` times
        "ALTER TABLE subscriber ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0",
        """CREATE TABLE sequence (
            crashes INTEGER NOT NULL, giving INTEGER NOT NULL, change INTEGER NOT NULL)""",
        "INSERT INTO sequence (crashes, giving, change) VALUES (0, 0, 0)",
    ),
)

VERSION: Final = len(MIGRATIONS)

"""How long 10,000 subscribers take to import, and what the store asks per authentication and commit.

    python benchmarks/subscribers.py [folder]

The folder (a temporary one by default) decides which disk is measured: an advance of SQN waits for it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from pilot5g.app.config import Config
from pilot5g.app.config_csv import read_subscribers
from pilot5g.model import Supi
from pilot5g.service.store import Change
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore
from pilot5g.store.subscribers import SqliteSubscribers, open_subscribers

COUNT = 10_000
AT_ONCE = 2_000


def csv_text() -> str:
    """COUNT rows with keys of their own, two slices and a DNN."""
    rows = (
        f"00101{n:010},{os.urandom(16).hex()},{os.urandom(16).hex()},1 1-010203,internet"
        for n in range(COUNT)
    )
    return "\n".join(["imsi,k,opc,slices,dnn", *rows])


def report(what: str, seconds: float, each: int = 0) -> None:
    """One line; with `each`, the microseconds of one."""
    one = f"{seconds / each * 1e6:9.1f} µs each" if each else ""
    print(f"{what:48} {seconds:7.3f} s {one}")


async def timed(what: str, work: Awaitable[object], each: int) -> None:
    """Run and report."""
    start = time.perf_counter()
    await work
    report(what, time.perf_counter() - start, each)


async def measure(folder: Path) -> None:
    """Import, then what the core does with the store."""
    text = csv_text()
    start = time.perf_counter()
    new = list(read_subscribers(text, Config(), "benchmark").values())
    report("CSV of 10,000 to subscribers", time.perf_counter() - start, COUNT)
    database = Database(folder / "pilot.db")
    nudr = await open_subscribers(database, folder / "pilot.key", os.urandom)
    await timed("subscribers sealed and written", nudr.put(*new), COUNT)
    supis = [each.supi for each in new[:AT_ONCE]]
    await timed("get", one_by_one(nudr, supis), AT_ONCE)
    await timed("next_sqn, one after another", advances(nudr, supis[:200]), 200)
    await timed("next_sqn, all at once", asyncio.gather(*map(nudr.next_sqn, supis)), AT_ONCE)
    store = SqliteStore(database)
    contexts = [[Change("ue", str(n), os.urandom(600))] for n in range(AT_ONCE)]
    await timed(
        "commit of a 600-octet context, all at once", asyncio.gather(*map(store.commit, contexts)), AT_ONCE
    )
    await database.close()


async def one_by_one(nudr: SqliteSubscribers, supis: list[Supi]) -> None:
    """Look each up."""
    for supi in supis:
        await nudr.get(supi)


async def advances(nudr: SqliteSubscribers, supis: list[Supi]) -> None:
    """Advance each, waiting for the disk every time."""
    for supi in supis:
        await nudr.next_sqn(supi)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        asyncio.run(measure(Path(name)))

"""What the home network's data costs: import, look-ups, vectors, sequence numbers, context commits, memory.

    python benchmarks/subscribers.py [folder]

The folder (a temporary one by default) decides which disk is measured. CPU is that of the whole process, the
database's thread included: `commit` is measured open-loop beside a loop that is busy half of the time, as the
core is, and what the same loop costs without commits is taken off. Machines that others use make that
difference noisy, so it is the median of several rounds, and the database's thread is given beside it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable
from pathlib import Path

import yaml

from pilot5g.app.config import Config, parse
from pilot5g.app.config_csv import read_subscribers
from pilot5g.core.udm import Udm
from pilot5g.model import Plmn, Supi
from pilot5g.service.store import Change
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore
from pilot5g.store.subscribers import SqliteSubscribers, open_subscribers

COUNT = 10_000
AT_ONCE = 2_000
RATE = 500
"""Context commits a second."""
SECONDS = 1.5
ROUNDS = 5
BUSY = 0.001
"""Seconds of other work in the loop for each commit."""
CONTEXT = 600
"""Octets."""
IN_YAML = 3_000
SNN = "5G:mnc001.mcc001.3gppnetwork.org"


def csv_text(count: int = COUNT) -> str:
    """Rows with keys of their own, two slices and a DNN."""
    rows = (
        f"00101{n:010},{os.urandom(16).hex()},{os.urandom(16).hex()},1 1-010203,internet"
        for n in range(count)
    )
    return "\n".join(["imsi,k,opc,slices,dnn", *rows])


def report(what: str, seconds: float, each: int = 0) -> None:
    """One line; with `each`, the microseconds of one."""
    one = f"{seconds / each * 1e6:9.1f} µs each" if each else ""
    print(f"{what:52} {seconds:7.3f} s {one}")


async def timed(what: str, work: Awaitable[object], each: int) -> None:
    """Run and report: by the clock, and where that says more, by the CPU."""
    start, cpu = time.perf_counter(), time.process_time()
    await work
    report(what, time.perf_counter() - start, each)
    used = time.process_time() - cpu
    print(f"{'':52} {used:7.3f} s {used / each * 1e6:9.1f} µs of CPU each")


async def measure(folder: Path) -> None:
    """Import, then what the core does with the store."""
    text = csv_text()
    start = time.perf_counter()
    new = list(read_subscribers(text, Config(), "benchmark").values())
    report("CSV of 10,000 to subscribers", time.perf_counter() - start, COUNT)
    database = Database(folder / "pilot.db")
    nudr = await open_subscribers(database, folder / "pilot.key", os.urandom)
    await timed("subscribers sealed and written", nudr.put(*new), COUNT)
    supis = [each.supi for each in new]
    before = resident()
    await timed("get, not read before", one_by_one(nudr, supis), COUNT)
    print(f"{'memory of a subscriber read lately':52} {(resident() - before) / COUNT:7.0f} octets each")
    await timed("get, read lately", one_by_one(nudr, supis), COUNT)
    await timed("next_sqn, one after another", advances(nudr, supis[:AT_ONCE]), AT_ONCE)
    await timed("next_sqn, all at once", asyncio.gather(*map(nudr.next_sqn, supis[:AT_ONCE])), AT_ONCE)
    udm = Udm(nudr, Plmn("001", "01"), {}, os.urandom)
    await timed("vector by the UDM, first of a subscriber", vectors(udm, supis[:AT_ONCE]), AT_ONCE)
    await timed("vector by the UDM, another one", vectors(udm, supis[:AT_ONCE]), AT_ONCE)
    await udm.close()
    await timed("end", database.close(), AT_ONCE)


async def one_by_one(nudr: SqliteSubscribers, supis: list[Supi]) -> None:
    """Look each up."""
    for supi in supis:
        await nudr.get(supi)


async def advances(nudr: SqliteSubscribers, supis: list[Supi]) -> None:
    """Advance each."""
    for supi in supis:
        await nudr.next_sqn(supi)


async def vectors(udm: Udm, supis: list[Supi]) -> None:
    """One for each."""
    for supi in supis:
        await udm.generate_auth_data(supi, SNN)


def resident() -> int:
    """Octets of memory in use."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def commits(folder: Path) -> None:
    """The CPU of a context commit at RATE, in a loop that is idle otherwise, and in one that is busy."""
    database = Database(folder / "contexts.db")
    store = SqliteStore(database)
    count = int(RATE * SECONDS)
    thread = next(each for each in threading.enumerate() if each.name.startswith("store contexts"))
    clock = time.pthread_getcpuclockid(thread.ident or 0)
    for busy in (0.0, BUSY):
        whole, behind = [], []
        for _ in range(ROUNDS):
            without, before = await open_loop(None, busy), time.clock_gettime(clock)
            whole.append((await open_loop(store, busy) - without) / count * 1e6)
            behind.append((time.clock_gettime(clock) - before) / count * 1e6)
        what = f"commit of a context, {RATE} a second, loop {busy * RATE:.0%} busy"
        median = statistics.median
        print(f"{what:52} {median(whole):9.1f} µs of CPU each, {median(behind):.1f} of them in the thread")
    await database.close()


async def open_loop(store: SqliteStore | None, busy: float) -> float:
    """CPU seconds of SECONDS, with commits of contexts of 2,000 phones in turn where there is a store."""
    loop = asyncio.get_running_loop()
    cpu, start = time.process_time(), loop.time()
    for n in range(int(RATE * SECONDS)):
        await asyncio.sleep(start + n / RATE - loop.time())
        end = time.thread_time() + busy
        while time.thread_time() < end:
            pass
        change = Change("ue", f"imsi-00101{n * 7919 % AT_ONCE:010}", os.urandom(CONTEXT))
        if store is not None:
            store.post((change,))
    if store is not None:
        await store.delete("ue", "none")  # waits for all before it
    return time.process_time() - cpu


def configuration() -> None:
    """A configuration with many subscribers."""
    entries = [
        {"imsi": f"00101{n:010}", "k": os.urandom(16).hex(), "opc": os.urandom(16).hex()}
        for n in range(IN_YAML)
    ]
    text = yaml.safe_dump({"subscribers": entries})
    start = time.perf_counter()
    parse(text)
    report(f"YAML with {IN_YAML} subscribers", time.perf_counter() - start, IN_YAML)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        asyncio.run(measure(Path(name)))
        asyncio.run(commits(Path(name)))
    configuration()

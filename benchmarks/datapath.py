"""The user plane in the kernel, measured: `python benchmarks/datapath.py [part …]`, `make bench-datapath`.

Prints a table and writes bench-datapath.json. Parts: programs, forwarding, spreading, throughput, emulated,
shaping, phones, buffering, installing, survival; all of them where none is named. Needs root, clang, iperf3
and a quiet machine: most bars are ratios within one run, but two busy cores give any number.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from kernel import cost, emulated, hosts, survival, traffic
from kernel.table import Row, write

from pilot5g.flow.clock import run_real

ROOT = Path(__file__).resolve().parent.parent

Part = Callable[[], AsyncIterator[Row]]


async def _still(measure: Callable[[hosts.Site], object]) -> AsyncIterator[Row]:
    """Rows that need hosts and links, and no traffic of theirs."""
    site = hosts.Site(tunnelled=False)
    try:
        site.build()
        site.warm()
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        for row in measure(site):  # type: ignore[attr-defined]
            yield row
    finally:
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        site.close()


PARTS: dict[str, Part] = {
    "programs": lambda: _still(cost.programs),
    "forwarding": lambda: _still(cost.forwarding),
    "spreading": lambda: _still(cost.spreading),
    "throughput": traffic.throughput,
    "emulated": emulated.emulated,
    "shaping": traffic.shaping,
    "phones": lambda: traffic.shaping((1, 10), 100),
    "buffering": traffic.buffering,
    "installing": traffic.installing,
    "survival": survival.survival,
}


async def main(names: list[str]) -> list[Row]:
    """Measure, and print each row when it is known."""
    rows: list[Row] = []
    for name in names or PARTS:
        print(f"-- {name}", flush=True)
        async for row in PARTS[name]():
            print(row, flush=True)
            rows.append(row)
    return rows


if __name__ == "__main__":
    if os.geteuid():
        sys.exit("needs root: it makes namespaces and loads programs")
    found = run_real(main(sys.argv[1:]))
    write(found, ROOT / "bench-datapath.json")
    sys.exit(0)

"""Uplink over several processors: which ones, and the programs that they run (programs/spread.h)."""

from __future__ import annotations

import struct
from pathlib import Path

from pilot5g.datapath.ebpf.tables import Tables

MOST = 16
QUEUE = 2048
"""Frames that wait for a processor at most; what comes then is lost, as in a device's own ring."""


def online() -> list[int]:
    """The processors there are. Raises OSError."""
    found: list[int] = []
    for part in Path("/sys/devices/system/cpu/online").read_text().strip().split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def chosen(number: int) -> tuple[int, ...]:
    """So many processors, or as many as there are; none where that is but one. Raises OSError."""
    found = online()[: min(number, MOST)]
    return tuple(found) if len(found) > 1 else ()


def constants(lanes: tuple[int, ...]) -> bytes:
    """struct lanes."""
    return struct.pack(f"={1 + MOST}I", len(lanes), *lanes, *[0] * (MOST - len(lanes)))


def open_lanes(tables: Tables, lanes: tuple[int, ...]) -> None:
    """Have the processors run the program for what they are handed. Raises OSError."""
    program = tables.object.programs["cpu_n3"]
    for processor in lanes:
        value = struct.pack("=Ii", QUEUE, program)
        tables.object.maps["processors"].update(struct.pack("=I", processor), value)

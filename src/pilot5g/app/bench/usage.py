"""What processes cost: CPU time and memory, from /proc."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec


class ProcessGone(Exception):
    """A process that was to be measured is no more, or is another user's."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid} cannot be measured: it has ended, or is another user's")
        self.pid = pid


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """CPU seconds so far, and octets of memory now (each page shared with others counted in part: PSS)."""

    user: float = 0.0
    system: float = 0.0
    memory: int = 0

    @property
    def cpu(self) -> float:
        """Seconds on a processor, in all."""
        return self.user + self.system

    def since(self, before: Usage) -> Usage:
        """The difference; memory may have shrunk."""
        return Usage(
            user=self.user - before.user,
            system=self.system - before.system,
            memory=self.memory - before.memory,
        )


def machine_busy() -> float:
    """CPU seconds that all processes of this machine have taken so far, and what a hypervisor took away."""
    fields = (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:]
    user, nice, system, _, _, interrupts, soft, steal = (int(each) for each in fields[:8])
    return (user + nice + system + interrupts + soft + steal) / _TICKS


_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def usage(pids: Sequence[int], *, memory: bool = True) -> Usage:
    """All of them together. Reading memory takes milliseconds for a large process. Raises ProcessGone."""
    user = system = octets = 0.0
    for pid in pids:
        try:
            fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
            octets += _memory(pid) if memory else 0
        except (OSError, ValueError) as error:
            raise ProcessGone(pid) from error
        if fields[0] in "ZX":
            raise ProcessGone(pid)
        user += int(fields[11]) / _TICKS
        system += int(fields[12]) / _TICKS
    return Usage(user=user, system=system, memory=int(octets))


def _memory(pid: int) -> int:
    text = (_PROC / str(pid) / "smaps_rollup").read_text()
    line = next(line for line in text.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024

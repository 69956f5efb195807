"""For how long this thread has had work: it ran, or was ready to and waited for a processor.

The scheduler counts both. Where others use the machine as well, a core may be overloaded with half a
processor; CPU time alone would not show it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

_LINE = 128


def work() -> Callable[[], float]:
    """A function that gives the seconds so far of the thread that calls this; where the kernel does not tell,
    CPU time."""
    try:
        file = os.open("/proc/thread-self/schedstat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return time.thread_time

    def seconds() -> float:
        ran, waited = os.pread(file, _LINE, 0).split()[:2]
        return (int(ran) + int(waited)) / 1e9

    return seconds

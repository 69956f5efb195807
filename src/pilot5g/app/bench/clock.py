"""The event loop of a generator: its clock shows what it is, not what it was when the loop's turn began.

uvloop's clock moves once a turn and in whole milliseconds, which is coarser than what is measured here. Its
timers stay as they are: an arrival may begin a millisecond late, which is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any


def precise_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes such a loop, on uvloop where it is installed; asyncio's own is precise."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop

    class Precise(uvloop.Loop):
        def time(self) -> float:
            return time.monotonic()

    return Precise


def run_precise(main: Coroutine[Any, Any, None]) -> None:
    """Run to its end."""
    with asyncio.Runner(loop_factory=precise_loop()) as runner:
        runner.run(main)

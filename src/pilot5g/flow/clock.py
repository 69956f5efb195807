"""Two event loops: the real one, and one whose clock jumps to the next timer.

Every call flow can run on the virtual loop: a day of network time passes in seconds, and a flow that can
never proceed raises `Stuck` instead of hanging. After a run nothing may be left: no task and no timer.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Stuck(RuntimeError):
    """Nothing can ever happen again: no timer, no packet, and the flow still waits."""


class Leak(AssertionError):
    """Something outlived the flow that made it."""


class _JumpingSelector(selectors.DefaultSelector):
    """Instead of sleeping until the next timer, moves the clock there."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Stuck("nothing can ever happen again: the flow is stuck")
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time that starts at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jumping.now


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a flow in virtual time and check that it left nothing behind. Raises Stuck or Leak, and whatever
    a callback of the loop raised, which the real loop would only log."""

    async def whole() -> T:
        failures: list[BaseException] = []
        asyncio.get_running_loop().set_exception_handler(partial(_keep, failures))
        result = await main
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if failures:
            raise failures[0]
        _check_nothing_left()
        return result

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(whole())


def _keep(failures: list[BaseException], loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    loop.default_exception_handler(context)
    failures.append(context.get("exception") or RuntimeError(context["message"]))


def _check_nothing_left() -> None:
    loop = asyncio.get_running_loop()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    timers = [handle for handle in getattr(loop, "_scheduled", ()) if not handle.cancelled()]
    if tasks or timers:
        raise Leak(f"left behind: tasks {tasks}, timers {timers}")


def run_real(main: Coroutine[Any, Any, T]) -> T:
    """Run on the real clock, with uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)


def now() -> float:
    """Seconds on the running loop's clock."""
    return asyncio.get_running_loop().time()

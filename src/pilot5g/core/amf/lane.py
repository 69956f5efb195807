"""What is done for one phone's sessions, in order and one thing at a time, beside its mobility procedure.

Session signalling passes through the AMF while a registration or paging runs; were it a procedure of the
phone's owner, either would wait for the other. What a radio answers about a session reaches the SMF in the
order the radio answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pilot5g.flow.errors import Stopped
from pilot5g.flow.tasks import Tasks

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, Any]]


class Lane:
    """A queue of coroutines with one worker, which exists only while there is work."""

    __slots__ = ("_name", "_running", "_tasks", "_waiting")

    def __init__(self, tasks: Tasks, name: str) -> None:
        self._tasks = tasks
        self._name = name
        self._waiting: deque[Work] = deque()
        self._running = False

    @property
    def busy(self) -> bool:
        """Whether anything is done or waits."""
        return self._running

    def put(self, work: Work) -> None:
        """Do `work` after everything that was put before it. A failure is logged and costs nothing else."""
        self._waiting.append(work)
        if not self._running:
            self._running = True
            self._tasks.spawn(self._work(), self._name)

    async def do(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Put `work` and wait for its result. Whoever stops waiting does not stop the work."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def tell() -> None:
            try:
                result = await work()
            except Exception as error:
                if not done.done():
                    done.set_exception(error)
                elif not isinstance(error, Stopped):
                    raise
            else:
                if not done.done():
                    done.set_result(result)

        self.put(tell)
        return await done

    async def _work(self) -> None:
        try:
            while self._waiting:
                try:
                    await self._waiting.popleft()()
                except Exception:
                    log.exception("%s: session signalling failed; it costs this step", self._name)
        finally:
            self._running = False

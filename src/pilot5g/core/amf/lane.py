"""What is done for one phone's sessions, in order and one thing at a time, beside its mobility procedure.

Session signalling passes through the AMF while a registration or paging runs; were it a procedure of the
phone's owner, either would wait for the other. What a radio answers about a session reaches the SMF in the
order the radio answered.

Most phones are quiet most of the time, so what a lane keeps while it works is not there otherwise.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, TypeVar

from pilot5g.flow.errors import Stopped
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Snssai

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, Any]]


_NONE: Final[Mapping[int, Snssai]] = {}


class Lane:
    """A queue of coroutines with one worker, which exists only while there is work.

    `creating` are the sessions whose SMF has not answered yet, with their slices.
    """

    __slots__ = ("_tasks", "_waiting", "creating")

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._waiting: deque[Work] | None = None
        self.creating = _NONE

    def begin(self, psi: int, snssai: Snssai) -> None:
        """A session is being made."""
        self.creating = {**self.creating, psi: snssai}

    def end(self, psi: int) -> None:
        """It is made, or will not be."""
        if psi in self.creating:
            left = {other: snssai for other, snssai in self.creating.items() if other != psi}
            self.creating = left or _NONE

    @property
    def busy(self) -> bool:
        """Whether anything is done or waits."""
        return self._waiting is not None

    def put(self, work: Work) -> None:
        """Do `work` after everything that was put before it. A failure is logged and costs nothing else."""
        if self._waiting is not None:
            self._waiting.append(work)
            return
        self._waiting = deque((work,))
        self._tasks.spawn(self._work(self._waiting), "sessions of a phone")

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

    async def _work(self, waiting: deque[Work]) -> None:
        try:
            while waiting:
                try:
                    await waiting.popleft()()
                except Exception:
                    log.exception("session signalling failed; it costs this step")
        finally:
            self._waiting = None

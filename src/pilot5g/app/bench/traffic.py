"""User traffic beside the signalling: small pings from phones with a session, by turns, at a steady rate."""

from __future__ import annotations

import asyncio

from pilot5g.app.bench.crowd import Crowd, Subject
from pilot5g.app.bench.mix import Rest
from pilot5g.app.bench.statistics import Series, packed
from pilot5g.flow.clock import now
from pilot5g.flow.tasks import Tasks

PATIENCE = 2.0
TURN = 0.02
"""Seconds between looks at what is due."""


class Traffic:
    """Pings of `host`, `rate` a second over all phones that rest with a session."""

    def __init__(self, crowd: Crowd, host: str, rate: float) -> None:
        self._crowd = crowd
        self._host = host
        self._rate = rate
        self._tasks = Tasks()
        self._ends: list[float] = []
        self._took: list[float] = []
        self.lost = 0

    def start(self) -> None:
        """Begin, if there is anything to do."""
        if self._rate > 0:
            self._tasks.spawn(self._run(), "traffic")

    async def stop(self) -> None:
        """No more; what is under way is not waited for, nor counted."""
        await self._tasks.close()

    @property
    def pings(self) -> Series:
        """Those answered."""
        return Series(packed(self._ends), packed(self._took))

    async def _run(self) -> None:
        self._began = now()
        sent, turn = 0, 0
        while True:
            await asyncio.sleep(TURN)
            due = int((now() - self._began) * self._rate) - sent
            sent += due
            users = self._crowd.of(Rest.UP) if due > 0 else ()
            for subject in users and (users[(turn + i) % len(users)] for i in range(due)):
                self._tasks.spawn(self._ping(subject), "ping")
            turn += due

    async def _ping(self, subject: Subject) -> None:
        stack = subject.answering()
        if stack is None:
            return
        try:
            took = await stack.ping(self._host, timeout=PATIENCE)
        except (TimeoutError, ValueError):
            self.lost += 1
        else:
            self._ends.append(now() - self._began)
            self._took.append(took)

"""Keeps UE contexts in the store: what changed since the last write goes out together (group commit)."""

from __future__ import annotations

import asyncio
import logging

from pilot5g.core.amf.context import UeContext
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Supi
from pilot5g.service.store import Store, StoreError, Table

log = logging.getLogger(__name__)

KIND = "ue"

COUNT_MARGIN = 32
"""What a restarted AMF adds to a downlink NAS COUNT: at least as many messages as one procedure sends, so
that no COUNT is used twice (TS 33.501 6.4.3.1), and few enough for it to follow (TS 24.501 4.4.3.1)."""


class Keeper:
    """One writer at a time; contexts are encoded when they are written, so the newest state counts."""

    def __init__(self, store: Store, tasks: Tasks, kind: str = KIND) -> None:
        """`kind` is what contexts are kept as: AMFs that share a store differ in it."""
        self._table = Table(store, kind, UeContext)
        self._tasks = tasks
        self._dirty: dict[Supi, UeContext | None] = {}
        self._writing = False

    async def load(self) -> list[UeContext]:
        """The contexts of the last life, as they may be used now: nobody is connected."""
        contexts = list((await self._table.load()).values())
        for context in contexts:
            if context.keys is not None:
                context.keys.nas.downlink_count += COUNT_MARGIN
        return contexts

    def keep(self, context: UeContext) -> None:
        """Write a context soon."""
        if context.supi is not None:
            self._mark(context.supi, context)

    def forget(self, supi: Supi) -> None:
        """Remove a context soon."""
        self._mark(supi, None)

    def _mark(self, supi: Supi, context: UeContext | None) -> None:
        self._dirty[supi] = context
        if not self._writing:
            self._writing = True
            self._tasks.spawn(self.flush(), "AMF contexts to the store")

    async def flush(self) -> None:
        """Write everything that is marked, and what is marked meanwhile."""
        try:
            while self._dirty:
                batch, self._dirty = self._dirty, {}
                await self._write(batch)
        finally:
            self._writing = False

    async def _write(self, batch: dict[Supi, UeContext | None]) -> None:
        try:
            await self._table.store.commit([self._table.change(supi, c) for supi, c in batch.items()])
        except asyncio.CancelledError:
            self._dirty = batch | self._dirty  # for the last flush
            raise
        except StoreError:
            log.exception("%d UE contexts could not be stored; a restart would forget them", len(batch))

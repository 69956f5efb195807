"""Stores that last as long as the process: for tests on the virtual clock, and for networks of an hour."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import msgspec

from pilot5g.model import Supi
from pilot5g.service.nudr import IND_BITS, SqnExhausted, Subscriber, UnknownSubscriber, in_range, sqn_after
from pilot5g.service.store import Change


class MemoryStore:
    """`service.store.Store` in a dictionary."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, bytes]] = {}

    async def commit(self, changes: Iterable[Change]) -> None:
        self.post(changes)

    def post(self, changes: Iterable[Change]) -> None:
        for change in list(changes):
            values = self._values.setdefault(change.kind, {})
            if change.value is None:
                values.pop(change.key, None)
            else:
                values[change.key] = change.value

    async def get(self, kind: str, key: str) -> bytes | None:
        return self._values.get(kind, {}).get(key)

    async def load(self, kind: str) -> dict[str, bytes]:
        return dict(sorted(self._values.get(kind, {}).items()))

    async def delete(self, kind: str, key: str) -> None:
        await self.commit((Change(kind, key, None),))

    async def close(self) -> None:
        """Nothing is pending, nothing to let go."""


class MemorySubscribers:
    """`service.nudr.Nudr` in a dictionary."""

    def __init__(self, subscribers: Iterable[Subscriber] = ()) -> None:
        self._by_supi = {each.supi: each for each in subscribers}

    async def get(self, supi: Supi) -> Subscriber | None:
        return self._by_supi.get(supi)

    async def next_sqn(self, supi: Supi) -> int:
        sqn = sqn_after(self._known(supi).authentication.sqn)
        if sqn is None:
            raise SqnExhausted(supi)
        self._set(supi, sqn)
        return sqn

    async def set_sqn(self, supi: Supi, sqn: int) -> None:
        last = self._known(supi).authentication.sqn
        if not in_range(last >> IND_BITS, sqn >> IND_BITS):
            self._set(supi, sqn)

    def _set(self, supi: Supi, sqn: int) -> None:
        old = self._known(supi)
        authentication = msgspec.structs.replace(old.authentication, sqn=sqn)
        self._by_supi[supi] = msgspec.structs.replace(old, authentication=authentication)

    def _known(self, supi: Supi) -> Subscriber:
        found = self._by_supi.get(supi)
        if found is None:
            raise UnknownSubscriber(supi)
        return found

    async def put(self, *subscribers: Subscriber) -> None:
        self._by_supi.update((each.supi, self._kept(each)) for each in subscribers)

    def _kept(self, new: Subscriber) -> Subscriber:
        old = self._by_supi.get(new.supi)
        if old is None or old.authentication.k != new.authentication.k:
            return new
        sqn = max(old.authentication.sqn, new.authentication.sqn)
        authentication = msgspec.structs.replace(new.authentication, sqn=sqn)
        return msgspec.structs.replace(new, authentication=authentication)

    async def remove(self, supi: Supi) -> bool:
        return self._by_supi.pop(supi, None) is not None

    async def subscribers(self) -> AsyncIterator[Subscriber]:
        for supi in sorted(self._by_supi):
            if supi in self._by_supi:
                yield self._by_supi[supi]

    async def known(self, supis: Iterable[Supi]) -> frozenset[Supi]:
        return frozenset(supi for supi in supis if supi in self._by_supi)

    async def count(self) -> int:
        return len(self._by_supi)

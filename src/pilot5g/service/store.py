"""Where UE contexts, sessions and security contexts outlive a process.

A procedure ends by committing what it changed: a handful of values, each under a kind ("ue", "session") and
a key. The store sees octets only. `Table` is the typed layer above it: one msgspec Struct, one kind, one
schema version, so that the owner of a context says once how it is kept and a newer program recognises what
an older one wrote.

`commit` returns when the changes are durable against the end of this process (kill -9 included), whole or
not at all. Changes of many UEs are written together (group commit), so that one disk write serves them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Generic, Protocol, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class StoreError(Exception):
    """The store cannot be used, and why in plain words, with what to do about it."""


class Change(msgspec.Struct, frozen=True):
    """One value written under (kind, key), or removed where `value` is None."""

    kind: str
    key: str
    value: bytes | None


class Store(Protocol):
    """Values by kind and key. Reads see every commit that was awaited before."""

    async def commit(self, changes: Iterable[Change]) -> None:
        """Write all of them or none, and return when durable. Raises StoreError."""
        ...

    def post(self, changes: Iterable[Change]) -> None:
        """Write all of them or none, soon and before what is committed later; nobody waits, so a failure
        is logged."""
        ...

    async def get(self, kind: str, key: str) -> bytes | None: ...
    async def load(self, kind: str) -> dict[str, bytes]:
        """Everything of one kind: what a function reads when it starts."""
        ...

    async def delete(self, kind: str, key: str) -> None:
        """A commit of one removal."""
        ...

    async def close(self) -> None:
        """Write what is pending and let go."""
        ...


Upgrade = Callable[[object], object]
"""From the plain data (dicts, lists) of one schema version to that of the next."""


class Table(Generic[T]):
    """Structs of one type under one kind of a store, as msgpack after one octet of schema version.

    A field added with a default needs no new version: msgspec fills it in. Any other change gets one, and
    an upgrade from the version before: `Table(store, "ue", UeContext, version=2, upgrades={1: to_2})`.
    """

    def __init__(
        self,
        store: Store,
        kind: str,
        of: type[T],
        version: int = 1,
        upgrades: Mapping[int, Upgrade] | None = None,
    ) -> None:
        assert 1 <= version <= 255
        self.store = store
        self.kind = kind
        self.of = of
        self.version = version
        self._upgrades = dict(upgrades or {})
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(of)

    def change(self, key: str, value: T | None) -> Change:
        """The change that writes a value (or removes it), to be committed with others."""
        return Change(self.kind, key, None if value is None else self.encode(value))

    def encode(self, value: T) -> bytes:
        return bytes((self.version,)) + self._encoder.encode(value)

    def decode(self, key: str, octets: bytes) -> T:
        """Raises StoreError where the octets are no value of a version this program knows."""
        try:
            found = octets[0]
            if found == self.version:
                return self._decoder.decode(memoryview(octets)[1:])
            return self._upgraded(key, found, msgspec.msgpack.decode(memoryview(octets)[1:]))
        except (IndexError, msgspec.DecodeError) as e:
            raise StoreError(f"{self.kind} {key!r} in the store cannot be read: {e}") from e

    def _upgraded(self, key: str, found: int, plain: object) -> T:
        for version in range(found, self.version):
            if version not in self._upgrades:
                break
            plain = self._upgrades[version](plain)
            found = version + 1
        if found != self.version:
            raise StoreError(
                f"{self.kind} {key!r} in the store has schema version {found}, this program reads"
                f" {self.version}: run the program version that wrote it, or remove the store"
            )
        return msgspec.convert(plain, self.of)

    async def put(self, key: str, value: T) -> None:
        """Commit one value."""
        await self.store.commit((self.change(key, value),))

    async def get(self, key: str) -> T | None:
        octets = await self.store.get(self.kind, key)
        return None if octets is None else self.decode(key, octets)

    async def load(self) -> dict[str, T]:
        """Every value by key."""
        return {key: self.decode(key, octets) for key, octets in (await self.store.load(self.kind)).items()}

    async def delete(self, key: str) -> None:
        await self.store.delete(self.kind, key)

"""Subscribers in SQLite, K and OPc encrypted at rest.

Each row's keys are sealed with AES-256-GCM under the key file, with the SUPI and the rest of the profile as
associated data: keys moved to another subscriber's row, or a profile altered beside them, do not open. SQN is
outside the seal, since it moves without the rest (store.sequence) and its loss or change costs one
resynchronisation.

A registration asks for its subscriber several times, so what was used lately is kept as it was read, keys
opened; subscribers whose profiles are the same octets share their values. Another process may provision while
this one serves: each change moves a count in the database, which is looked at every LOOK seconds.

A sealed text in `meta` tells a wrong key file when the database is opened, before any row is read.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pilot5g.flow.entropy import Entropy
from pilot5g.flow.recent import Recent
from pilot5g.model import Supi
from pilot5g.service.nudr import (
    IND_BITS,
    AccessAndMobility,
    AuthenticationSubscription,
    SessionManagement,
    SqnExhausted,
    Subscriber,
    UnknownSubscriber,
    sqn_of,
)
from pilot5g.service.store import StoreError
from pilot5g.store import sequence
from pilot5g.store.database import Database
from pilot5g.store.key import create_key, read_key

CACHED: Final = 1 << 9
"""Subscribers kept as they were read, about half a kilobyte each: those who are registering now."""

LOOK: Final = 0.02
"""Seconds after which a change by another process is seen at the latest."""

_CHECK = b"pilot5g subscriber keys"
_FIND_CHECK = "SELECT value FROM meta WHERE name = 'key check'"
_NONCE_OCTETS = 12
_PORTION = 500

_PUT = "INSERT OR REPLACE INTO subscriber (supi, sqn, crashes, profile, sealed) VALUES (?, ?, ?, ?, ?)"
_ROW = "SELECT supi, sqn, crashes, profile, sealed FROM subscriber"
_ROW_OF = f"{_ROW} WHERE supi = ?"

_Row = tuple[str, int, int, bytes, bytes]


class _Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of a subscriber but its SUPI, SQN and keys."""

    algorithm: Any
    amf: bytes
    access: AccessAndMobility
    sessions: tuple[SessionManagement, ...]
    msisdn: str | None = None
    enabled: bool = True
    method: Any = "5G_AKA"


class _Parts(msgspec.Struct, frozen=True):
    """A profile whose larger parts are still octets, by which equal ones are found."""

    algorithm: Any
    amf: bytes
    access: msgspec.Raw
    sessions: msgspec.Raw
    msisdn: str | None = None
    enabled: bool = True
    method: Any = "5G_AKA"


_encode = msgspec.msgpack.Encoder().encode
_decode_parts = msgspec.msgpack.Decoder(_Parts).decode
_decode_access = lru_cache(1024)(msgspec.msgpack.Decoder(AccessAndMobility).decode)
_decode_sessions = lru_cache(1024)(msgspec.msgpack.Decoder(tuple[SessionManagement, ...]).decode)
_decode_keys = msgspec.msgpack.Decoder(tuple[bytes, bytes]).decode


@lru_cache(1024)
def _decode(octets: bytes) -> _Profile:
    """The profile; equal parts of different profiles are the same object."""
    parts = _decode_parts(octets)
    return _Profile(
        algorithm=parts.algorithm,
        amf=parts.amf,
        access=_decode_access(bytes(parts.access)),
        sessions=_decode_sessions(bytes(parts.sessions)),
        msisdn=parts.msisdn,
        enabled=parts.enabled,
        method=parts.method,
    )


class SqliteSubscribers:
    """`service.nudr.Nudr` in the `subscriber` table of a database. Any process may read and provision; only
    one at a time may give sequence numbers, and `next_sqn` refuses the second (StoreError)."""

    def __init__(self, database: Database, key: bytes, entropy: Entropy, *, cached: int = CACHED) -> None:
        """`key` of 32 octets, see `open_subscribers`; `entropy` gives nonces and must never repeat."""
        self._database = database
        self._cipher = AESGCM(key)
        self._entropy = entropy
        self._cache: Recent[Supi, Subscriber] = Recent(cached)
        self._sequence = sequence.Sequence(database)
        self._state = self._read_state()
        self._look_at = 0.0
        self._seen = 0
        self._time: Callable[[], float] | None = None

    async def get(self, supi: Supi) -> Subscriber | None:
        found = self._find(supi)
        if found is None:
            return None
        seq = self._sequence.last(supi)
        if seq > found.authentication.sqn >> IND_BITS:
            found = _with_sqn(found, sqn_of(seq))
            self._cache.put(supi, found)
        return found

    async def next_sqn(self, supi: Supi) -> int:
        if self._sequence.state is None:
            await self._begin()
        while True:
            stored = self._stored_seq(supi)
            if max(stored, self._sequence.last(supi)) + 1 >= sequence.SEQ_END:
                raise SqnExhausted(supi)
            seq = self._sequence.advance(supi, stored)
            if seq is not None:
                return sqn_of(seq)
            await self._sequence.reserve(supi, stored)

    async def set_sqn(self, supi: Supi, sqn: int) -> None:
        if self._sequence.state is None:
            await self._begin()
        stored = self._stored_seq(supi)
        change = await self._sequence.resynchronise(supi, stored, sqn >> IND_BITS)
        if change is not None:
            self._changed(change, (supi,))

    async def put(self, *subscribers: Subscriber) -> None:
        rows = [self._row(each) for each in subscribers]
        change, rekeyed = await self._database.write(
            lambda connection: self._put(connection, rows), durable=True
        )
        self._sequence.forget(rekeyed)
        self._changed(change, (each.supi for each in subscribers))

    async def remove(self, supi: Supi) -> bool:
        def job(connection: sqlite3.Connection) -> tuple[int, bool]:
            gone = connection.execute("DELETE FROM subscriber WHERE supi = ?", (supi,)).rowcount > 0
            return sequence.changed(connection), gone

        change, gone = await self._database.write(job, durable=True)
        self._sequence.forget((supi,))
        self._changed(change, (supi,))
        return gone

    async def subscribers(self) -> AsyncIterator[Subscriber]:
        self._look()
        last = ""
        while rows := self._database.read(f"{_ROW} WHERE supi > ? ORDER BY supi LIMIT {_PORTION}", (last,)):
            for row in rows:
                yield self._subscriber(row)
            last = rows[-1][0]

    async def known(self, supis: Iterable[Supi]) -> frozenset[Supi]:
        names = msgspec.json.encode(list(supis)).decode()
        sql = "SELECT supi FROM subscriber WHERE supi IN (SELECT value FROM json_each(?))"
        return frozenset(row[0] for row in self._database.read(sql, (names,)))

    async def count(self) -> int:
        return int(self._database.read("SELECT count(*) FROM subscriber")[0][0])

    def changes(self) -> int:
        """How often it was seen that another process had changed something."""
        self._look()
        return self._seen

    async def close(self) -> None:
        """Close the database beneath."""
        await self._database.close()

    async def _begin(self) -> None:
        """Give numbers from now on; what was read before does not know of the crash that this may find."""
        await self._sequence.begin()
        self._cache.clear()
        self._state = self._read_state()

    def _stored_seq(self, supi: Supi) -> int:
        found = self._find(supi)
        if found is None:
            raise UnknownSubscriber(supi)
        return found.authentication.sqn >> IND_BITS

    def _find(self, supi: Supi) -> Subscriber | None:
        """The subscriber as it was read, or is read now."""
        self._look()
        found = self._cache.get(supi)
        if found is None and (rows := self._database.read(_ROW_OF, (supi,))):
            found = self._subscriber(rows[0])
            self._cache.put(supi, found)
        return found

    def _read_state(self) -> sequence.State:
        return sequence.state(self._database.read(sequence.STATE))

    def _look(self) -> None:
        """Every LOOK seconds: forget what was read where another process changed something since."""
        if self._time is None:
            self._time = asyncio.get_running_loop().time
        now = self._time()
        if now < self._look_at:
            return
        self._look_at = now + LOOK
        state = self._read_state()
        if state != self._state:
            self._state = state
            self._seen += 1
            self._cache.clear()

    def _changed(self, change: int, supis: Iterable[Supi]) -> None:
        """After a change of our own: forget what it changed, and all where there was another's before it."""
        if change == self._state.change + 1:
            self._state = msgspec.structs.replace(self._state, change=change)
        for supi in supis:
            self._cache.drop(supi)

    def _put(self, connection: sqlite3.Connection, rows: list[_Row]) -> tuple[int, list[Supi]]:
        """Insert or replace. Under an unchanged K, SQN never goes back: it would be used again. Gives the
        number of the change, and who has another K than before."""
        crashes = sequence.state(connection.execute(sequence.STATE).fetchall()).crashes
        rekeyed = []
        for supi, sqn, _, profile, sealed in rows:
            old = connection.execute(_ROW_OF, (supi,)).fetchone()
            since = crashes
            if old is not None and self._keys(old)[0] != self._keys((supi, sqn, since, profile, sealed))[0]:
                rekeyed.append(Supi(supi))
            elif old is not None and sequence.reached(old[1], old[2], crashes) > sqn:
                sqn, since = old[1], old[2]
            connection.execute(_PUT, (supi, sqn, since, profile, sealed))
        return sequence.changed(connection), rekeyed

    def _row(self, subscriber: Subscriber) -> _Row:
        how = subscriber.authentication
        profile = _encode(
            _Profile(
                algorithm=how.algorithm,
                method=how.method,
                amf=how.amf,
                access=subscriber.access,
                sessions=subscriber.sessions,
                msisdn=subscriber.msisdn,
                enabled=subscriber.enabled,
            )
        )
        sealed = _seal(
            self._cipher, self._entropy, _encode((how.k, how.opc)), _bound(subscriber.supi, profile)
        )
        return subscriber.supi, how.sqn, 0, profile, sealed

    def _keys(self, row: tuple[Any, ...]) -> tuple[bytes, bytes]:
        supi, _, _, profile, sealed = row
        try:
            return _decode_keys(_open(self._cipher, sealed, _bound(supi, profile)))
        except (InvalidTag, msgspec.DecodeError) as e:
            raise StoreError(
                f"the keys of {supi} in {self._database.path} do not open: the row was altered."
                " Remove the subscriber and add it again"
            ) from e

    def _subscriber(self, row: tuple[Any, ...]) -> Subscriber:
        supi, sqn, since, octets, _ = row
        k, opc = self._keys(row)  # first: it also proves the profile
        profile = _decode(octets)
        return Subscriber(
            supi=supi,
            authentication=AuthenticationSubscription(
                k=k,
                opc=opc,
                algorithm=profile.algorithm,
                method=profile.method,
                amf=profile.amf,
                sqn=self._reached(supi, sqn, since),
            ),
            access=profile.access,
            sessions=profile.sessions,
            msisdn=profile.msisdn,
            enabled=profile.enabled,
        )

    def _reached(self, supi: Supi, sqn: int, since: int) -> int:
        """The SQN up to which numbers may have been used."""
        own = self._sequence.state
        if own is None:
            stored = sequence.reached(sqn, since, self._state.crashes)
            return sequence.bound(stored) if self._state.giving else stored
        stored = sequence.reached(sqn, since, own.crashes)
        last = self._sequence.last(supi)
        return sqn_of(last) if last > stored >> IND_BITS else stored


def _with_sqn(subscriber: Subscriber, sqn: int) -> Subscriber:
    authentication = msgspec.structs.replace(subscriber.authentication, sqn=sqn)
    return msgspec.structs.replace(subscriber, authentication=authentication)


async def open_subscribers(database: Database, key_file: Path | str, entropy: Entropy) -> SqliteSubscribers:
    """The subscribers of a database under their key file, which is made where the database never had one.

    Raises StoreError where the key file is missing, open to others, or another database's.
    """
    if not database.read(_FIND_CHECK):
        cipher = AESGCM(create_key(key_file, entropy))
        check = _seal(cipher, entropy, b"", _CHECK)
        sql = "INSERT OR IGNORE INTO meta (name, value) VALUES ('key check', ?)"
        await database.write(lambda connection: connection.execute(sql, (check,)), durable=True)
    key = read_key(key_file)
    try:
        _open(AESGCM(key), database.read(_FIND_CHECK)[0][0], _CHECK)
    except InvalidTag as e:
        raise StoreError(
            f"{key_file} is not the key file of {database.path}:"
            " name the one it was made with (store.key_file)"
        ) from e
    return SqliteSubscribers(database, key, entropy)


def _bound(supi: str, profile: bytes) -> bytes:
    """What the seal of a row also covers."""
    return b"%s\0%s" % (supi.encode(), profile)


def _seal(cipher: AESGCM, entropy: Entropy, secret: bytes, bound: bytes) -> bytes:
    nonce = entropy(_NONCE_OCTETS)
    return nonce + cipher.encrypt(nonce, secret, bound)


def _open(cipher: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    if len(sealed) < _NONCE_OCTETS + 16:
        raise InvalidTag
    return cipher.decrypt(sealed[:_NONCE_OCTETS], sealed[_NONCE_OCTETS:], bound)

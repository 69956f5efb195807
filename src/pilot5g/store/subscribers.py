"""Subscribers in SQLite, K and OPc encrypted at rest.

Each row's keys are sealed with AES-256-GCM under the key file, with the SUPI and the rest of the profile as
associated data: keys moved to another subscriber's row, or a profile altered beside them, do not open. SQN is
outside the seal, since it moves at every authentication and its loss or change costs one resynchronisation.

A sealed text in `meta` tells a wrong key file when the database is opened, before any row is read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pilot5g.flow.entropy import Entropy
from pilot5g.model import Supi
from pilot5g.service.nudr import (
    AccessAndMobility,
    AuthenticationSubscription,
    SessionManagement,
    SqnExhausted,
    Subscriber,
    UnknownSubscriber,
    sqn_after,
)
from pilot5g.service.store import StoreError
from pilot5g.store.database import Database
from pilot5g.store.key import create_key, read_key

_CHECK = b"pilot5g subscriber keys"
_FIND_CHECK = "SELECT value FROM meta WHERE name = 'key check'"
_NONCE_OCTETS = 12
_PORTION = 500

_PUT = "INSERT OR REPLACE INTO subscriber (supi, sqn, profile, sealed) VALUES (?, ?, ?, ?)"
_ROW = "SELECT supi, sqn, profile, sealed FROM subscriber"

_Row = tuple[str, int, bytes, bytes]


class _Profile(msgspec.Struct, frozen=True, omit_defaults=True):
    """All of a subscriber but its SUPI, SQN and keys."""

    algorithm: Any
    amf: bytes
    access: AccessAndMobility
    sessions: tuple[SessionManagement, ...]
    msisdn: str | None = None
    enabled: bool = True
    method: Any = "5G_AKA"


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Profile).decode
_decode_keys = msgspec.msgpack.Decoder(tuple[bytes, bytes]).decode


class SqliteSubscribers:
    """`service.nudr.Nudr` in the `subscriber` table of a database."""

    def __init__(self, database: Database, key: bytes, entropy: Entropy) -> None:
        """`key` of 32 octets, see `open_subscribers`; `entropy` gives nonces and must never repeat."""
        self._database = database
        self._cipher = AESGCM(key)
        self._entropy = entropy

    async def get(self, supi: Supi) -> Subscriber | None:
        rows = self._database.read(f"{_ROW} WHERE supi = ?", (supi,))
        return self._subscriber(rows[0]) if rows else None

    async def next_sqn(self, supi: Supi) -> int:
        return await self._database.write(lambda connection: _advance(connection, supi), durable=True)

    async def set_sqn(self, supi: Supi, sqn: int) -> None:
        await self._database.write(lambda connection: _set_sqn(connection, supi, sqn), durable=True)

    async def put(self, *subscribers: Subscriber) -> None:
        rows = [self._row(each) for each in subscribers]
        await self._database.write(lambda connection: self._put(connection, rows), durable=True)

    async def remove(self, supi: Supi) -> bool:
        def job(connection: sqlite3.Connection) -> bool:
            return connection.execute("DELETE FROM subscriber WHERE supi = ?", (supi,)).rowcount > 0

        return await self._database.write(job, durable=True)

    async def subscribers(self) -> AsyncIterator[Subscriber]:
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

    async def close(self) -> None:
        """Close the database beneath."""
        await self._database.close()

    def _put(self, connection: sqlite3.Connection, rows: list[_Row]) -> None:
        """Insert or replace. Under an unchanged K, SQN never goes back: it would be used again."""
        for row in rows:
            old = connection.execute(f"{_ROW} WHERE supi = ?", row[:1]).fetchone()
            kept = old is not None and old[1] > row[1] and self._keys(old)[0] == self._keys(row)[0]
            connection.execute(_PUT, (row[0], old[1], *row[2:]) if kept else row)

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
        return subscriber.supi, how.sqn, profile, sealed

    def _keys(self, row: tuple[Any, ...]) -> tuple[bytes, bytes]:
        supi, _, profile, sealed = row
        try:
            return _decode_keys(_open(self._cipher, sealed, _bound(supi, profile)))
        except (InvalidTag, msgspec.DecodeError) as e:
            raise StoreError(
                f"the keys of {supi} in {self._database.path} do not open: the row was altered."
                " Remove the subscriber and add it again"
            ) from e

    def _subscriber(self, row: tuple[Any, ...]) -> Subscriber:
        supi, sqn, octets, _ = row
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
                sqn=sqn,
            ),
            access=profile.access,
            sessions=profile.sessions,
            msisdn=profile.msisdn,
            enabled=profile.enabled,
        )


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


def _advance(connection: sqlite3.Connection, supi: Supi) -> int:
    row = connection.execute("SELECT sqn FROM subscriber WHERE supi = ?", (supi,)).fetchone()
    if row is None:
        raise UnknownSubscriber(supi)
    sqn = sqn_after(row[0])
    if sqn is None:
        raise SqnExhausted(supi)
    connection.execute("UPDATE subscriber SET sqn = ? WHERE supi = ?", (sqn, supi))
    return sqn


def _set_sqn(connection: sqlite3.Connection, supi: Supi, sqn: int) -> None:
    if not connection.execute("UPDATE subscriber SET sqn = ? WHERE supi = ?", (sqn, supi)).rowcount:
        raise UnknownSubscriber(supi)

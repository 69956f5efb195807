"""Sequence numbers: in memory and in SQLite alike, given without a write each, and never twice."""

import asyncio
import os
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.flow.clock import run_virtual
from pilot5g.model import supi
from pilot5g.ran.ue.usim import DELTA, LIMIT
from pilot5g.service.nudr import (
    RESYNC_RANGE,
    AuthenticationSubscription,
    SqnExhausted,
    Subscriber,
    UnknownSubscriber,
    sqn_after,
    sqn_of,
)
from pilot5g.service.store import StoreError
from pilot5g.store.database import Database
from pilot5g.store.memory import MemorySubscribers
from pilot5g.store.schema import APPLICATION_ID, MIGRATIONS
from pilot5g.store.sequence import BLOCK
from pilot5g.store.subscribers import open_subscribers

SQNS = st.integers(0, 2**48 - 1)


@given(SQNS)
def test_the_next_sqn_has_the_next_seq_and_its_place(sqn):
    following = sqn_after(sqn)
    if sqn >> 5 == 2**43 - 1:
        assert following is None
    else:
        assert (following >> 5, following & 31) == ((sqn >> 5) + 1, ((sqn >> 5) + 1) % 32)


async def sequence(nudr, someone):
    """What every repository does with sequence numbers."""
    await nudr.put(someone)
    assert [await nudr.next_sqn(someone.supi) for _ in range(3)] == [0x21, 0x42, 0x63]
    assert (await nudr.get(someone.supi)).authentication.sqn == 0x63
    await nudr.set_sqn(someone.supi, 0x1000)
    assert (await nudr.get(someone.supi)).authentication.sqn == 0x1000
    assert await nudr.next_sqn(someone.supi) == 0x1021
    with pytest.raises(UnknownSubscriber, match="imsi-001010000000009 is not a subscriber"):
        await nudr.next_sqn(supi("001010000000009"))
    with pytest.raises(UnknownSubscriber):
        await nudr.set_sqn(supi("001010000000009"), 1)
    # replaced under the same K it goes on, or further up; under a new K it begins again
    await nudr.put(msgspec.structs.replace(someone, enabled=False))
    assert (await nudr.get(someone.supi)).authentication.sqn == 0x1021
    await nudr.put(with_sqn(someone, 0x1042))
    assert await nudr.next_sqn(someone.supi) == 0x1063
    await nudr.put(with_sqn(someone, 0x2010))
    assert await nudr.next_sqn(someone.supi) == 0x2021
    rekeyed = msgspec.structs.replace(someone.authentication, k=bytes(16))
    await nudr.put(msgspec.structs.replace(someone, authentication=rekeyed))
    assert await nudr.next_sqn(someone.supi) == 0x21
    await nudr.set_sqn(someone.supi, 2**48 - 1)
    with pytest.raises(SqnExhausted, match="give it a new K"):
        await nudr.next_sqn(someone.supi)
    assert await nudr.remove(someone.supi)
    assert not await nudr.remove(someone.supi)
    assert await nudr.get(someone.supi) is None
    with pytest.raises(UnknownSubscriber):
        await nudr.next_sqn(someone.supi)


async def resynchronisation(nudr, someone):
    """TS 33.102 6.3.5: nothing is set where the USIM accepts what comes next, so nothing comes again."""
    await nudr.put(with_sqn(someone, sqn_of(50)))
    assert await nudr.next_sqn(someone.supi) == sqn_of(51)
    await nudr.set_sqn(someone.supi, sqn_of(40))
    assert await nudr.next_sqn(someone.supi) == sqn_of(52)
    await nudr.set_sqn(someone.supi, sqn_of(52))
    assert await nudr.next_sqn(someone.supi) == sqn_of(53)
    await nudr.set_sqn(someone.supi, sqn_of(54))
    assert await nudr.next_sqn(someone.supi) == sqn_of(55)
    # provisioned far too high: only this brings it back into the range of the USIM (C.2.1)
    await nudr.put(with_sqn(someone, sqn_of(DELTA + 1000)))
    assert await nudr.next_sqn(someone.supi) == sqn_of(DELTA + 1001)
    await nudr.set_sqn(someone.supi, sqn_of(55))
    assert (await nudr.get(someone.supi)).authentication.sqn == sqn_of(55)
    assert await nudr.next_sqn(someone.supi) == sqn_of(56)
    await nudr.set_sqn(someone.supi, 0)
    assert await nudr.next_sqn(someone.supi) == sqn_of(57)
    # a USIM that takes shorter leaps than most asks again, and is given what it takes
    await nudr.put(with_sqn(someone, sqn_of(RESYNC_RANGE + 100)))
    await nudr.set_sqn(someone.supi, sqn_of(57))
    assert await nudr.next_sqn(someone.supi) == sqn_of(58)


def with_sqn(one, sqn):
    return msgspec.structs.replace(one, authentication=msgspec.structs.replace(one.authentication, sqn=sqn))


@pytest.mark.parametrize("work", [sequence, resynchronisation])
def test_in_memory(work, someone):
    run_virtual(work(MemorySubscribers(), someone))


@pytest.mark.parametrize("work", [sequence, resynchronisation])
def test_in_sqlite(work, opened, someone):
    opened(lambda nudr: work(nudr, someone))


def test_concurrent_authentications_get_different_sequence_numbers(opened, someone):
    """The first ones, and those at the end of a block, which wait for the disk."""

    async def work(nudr):
        await nudr.put(someone)
        return await asyncio.gather(*(nudr.next_sqn(someone.supi) for _ in range(3 * BLOCK)))

    numbers = opened(work)
    assert len(set(numbers)) == 3 * BLOCK
    assert max(numbers) <= sqn_of(3 * BLOCK + 3)


def test_authentications_write_nothing(files, someone):
    many = [msgspec.structs.replace(someone, supi=supi(f"00101{n:010}")) for n in range(20)]

    async def main():
        database = Database(files[0])
        nudr = await open_subscribers(database, files[1], os.urandom)
        await nudr.put(*many)
        statements = []
        database._writer.set_trace_callback(statements.append)
        for _ in range(BLOCK - 1):
            for each in many:
                await nudr.next_sqn(each.supi)
        before = Counter(each.split()[0] for each in statements)
        await nudr.next_sqn(many[0].supi)
        after = Counter(each.split()[0] for each in statements)
        await database.close()
        return before, after

    before, after = asyncio.run(main())
    assert before["UPDATE"] == 1  # the mark that this process gives numbers
    assert before["BEGIN"] == 1
    assert after["UPDATE"] == 2  # the next block of one subscriber


class Life:
    """A process that may end as by kill -9: what it has not written is lost."""

    def __init__(self, folder):
        self.folder = folder

    async def __aenter__(self):
        self.database = Database(self.folder / "pilot.db", gather=0, interval=0)
        self.nudr = await open_subscribers(self.database, self.folder / "pilot.key", os.urandom)
        return self

    async def __aexit__(self, *error):
        self.database._last_jobs.clear()
        await self.database.close()


class Sim:
    """TS 33.102 C.2, said differently than in pilot5g.ran."""

    def __init__(self):
        self.seen = dict.fromkeys(range(32), 0)

    @property
    def top(self):
        return max(self.seen.values())

    def accepts(self, sqn):
        seq, ind = divmod(sqn, 32)
        fresh = self.seen[ind] < seq <= self.top + DELTA and self.top - seq < LIMIT
        if fresh:
            self.seen[ind] = seq
        return fresh


WHO = st.integers(0, 2)
EVENTS = st.one_of(
    st.tuples(st.just("authenticate"), WHO, st.integers(1, 3 * BLOCK)),
    st.tuples(st.just("resynchronise"), WHO, st.integers(-5, 3 * BLOCK)),
    st.tuples(st.just("lose"), WHO, st.integers(1, 40)),
    st.tuples(st.just("crash"), WHO, st.just(0)),
    st.tuples(st.just("end"), WHO, st.just(0)),
    st.tuples(st.just("replace"), WHO, st.integers(-1, 2 * BLOCK)),
)


@given(st.lists(EVENTS, max_size=14))
@settings(max_examples=40, deadline=None)
def test_no_number_comes_twice_whatever_happens(events):
    """Crashes, orderly ends, resynchronisation, lost challenges and provisioning, in any order."""

    async def main(folder):
        keys = AuthenticationSubscription(k=bytes(16), opc=bytes(16))
        some = [Subscriber(supi=supi(f"00101000000000{n}"), authentication=keys) for n in range(3)]
        sims = [Sim() for _ in some]
        given_to = [[0] for _ in some]
        life = await Life(folder).__aenter__()
        await life.nudr.put(*some)
        for event, who, n in events:
            name, sim, numbers = some[who].supi, sims[who], given_to[who]
            if event in ("crash", "end"):
                if event == "crash":
                    await life.__aexit__()
                await life.database.close()
                life = await Life(folder).__aenter__()
                assert (await life.nudr.get(name)).authentication.sqn >= numbers[-1]
            elif event == "replace":
                sqn = numbers[-1] + n * 32
                await life.nudr.put(with_sqn(some[who], max(sqn, 0)))
            elif event == "resynchronise":
                ahead = sqn_of(max(sim.top + n, 0))
                sim.seen[ahead % 32] = max(sim.seen[ahead % 32], ahead >> 5)
                await life.nudr.set_sqn(name, sqn_of(sim.top))
            else:
                for _ in range(n):
                    numbers.append(await life.nudr.next_sqn(name))
                    assert event == "lose" or sim.accepts(numbers[-1])
        await life.database.close()
        for numbers in given_to:
            assert numbers == sorted(set(numbers))

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder)))


def test_what_is_shown(files, someone):
    """The last number used where that can be known, else one that is not below it."""

    async def main():
        database = Database(files[0])
        nudr = await open_subscribers(database, files[1], os.urandom)
        await nudr.put(with_sqn(someone, 0x47))
        fresh = await shown()
        await nudr.next_sqn(someone.supi)
        here, elsewhere = (await nudr.get(someone.supi)).authentication.sqn, await shown()
        assert [each.authentication.sqn async for each in nudr.subscribers()] == [here]
        await database.close()
        return fresh, here, elsewhere, await shown()

    async def shown():
        database = Database(files[0])
        try:
            nudr = await open_subscribers(database, files[1], os.urandom)
            return (await nudr.get(someone.supi)).authentication.sqn
        finally:
            await database.close()

    assert asyncio.run(main()) == (0x47, sqn_of(3), sqn_of(BLOCK - 1), sqn_of(3))


def test_two_networks_on_one_store(files, someone):
    """Both may read and provision; only the first gives numbers."""

    async def main():
        first, second = Database(files[0]), Database(files[0])
        one = await open_subscribers(first, files[1], os.urandom)
        other = await open_subscribers(second, files[1], os.urandom)
        await other.put(someone)
        assert await one.next_sqn(someone.supi) == 0x21
        with pytest.raises(StoreError) as refused:
            await other.next_sqn(someone.supi)
        await first.close()
        assert await other.next_sqn(someone.supi) == 0x42
        await second.close()
        return str(refused.value)

    assert asyncio.run(main()) == (
        f"{files[0]} serves another network already: stop that one, or name another file"
    )


def test_a_database_of_the_first_version(opened, files, someone):
    """It kept the last number used in the row, durably: that is where numbers go on."""
    opened(lambda nudr: nudr.put(with_sqn(someone, sqn_of(700))))
    connection = sqlite3.connect(files[0], isolation_level=None)
    connection.execute("DROP TABLE sequence")
    connection.execute("ALTER TABLE subscriber DROP COLUMN crashes")
    connection.execute("PRAGMA user_version=1")
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()
    assert opened(lambda nudr: nudr.next_sqn(someone.supi)) == sqn_of(701)
    assert len(MIGRATIONS) >= 2

"""Subscribers rest encrypted, come back as they were, and answer for their keys in plain words."""

import asyncio
import os
import sqlite3
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.flow.clock import run_virtual
from pilot5g.model import Ambr, Arp, PduSessionType, Qos, Snssai, SscMode, supi
from pilot5g.service.nudr import (
    ANY_DNN,
    AccessAndMobility,
    AuthenticationSubscription,
    DnnConfiguration,
    SessionManagement,
    Subscriber,
)
from pilot5g.service.store import StoreError
from pilot5g.store.database import Database
from pilot5g.store.memory import MemorySubscribers
from pilot5g.store.subscribers import LOOK, SqliteSubscribers, open_subscribers

SQNS = st.integers(0, 2**48 - 1)
RATES = st.integers(0, 4 * 10**12)
SLICES = st.builds(Snssai, st.integers(0, 255), st.none() | st.integers(0, 2**24 - 1))
TYPES = st.sampled_from(PduSessionType)
CONFIGURATIONS = st.builds(
    DnnConfiguration,
    default_type=TYPES,
    allowed_types=st.lists(TYPES, max_size=3).map(tuple),
    default_ssc=st.sampled_from(SscMode),
    qos=st.builds(Qos, st.integers(1, 254), st.builds(Arp, st.integers(1, 15), st.booleans(), st.booleans())),
    session_ambr=st.builds(Ambr, RATES, RATES),
    static_ipv4=st.none() | st.just("10.45.0.9"),
)
AUTHENTICATIONS = st.one_of(
    st.builds(
        AuthenticationSubscription,
        k=st.binary(min_size=16, max_size=16),
        opc=st.binary(min_size=16, max_size=16),
        amf=st.binary(min_size=2, max_size=2),
        sqn=SQNS,
    ),
    st.builds(
        AuthenticationSubscription,
        k=st.binary(min_size=32, max_size=32),
        opc=st.binary(min_size=32, max_size=32),
        algorithm=st.just("tuak"),
        sqn=SQNS,
    ),
)
SUBSCRIBERS = st.builds(
    Subscriber,
    supi=st.integers(0, 10**15 - 1).map(lambda n: supi(f"{n:015}")),
    authentication=AUTHENTICATIONS,
    access=st.builds(
        AccessAndMobility,
        ue_ambr=st.builds(Ambr, RATES, RATES),
        default_slices=st.lists(SLICES, max_size=8).map(tuple),
        rfsp=st.none() | st.integers(1, 256),
    ),
    sessions=st.lists(
        st.builds(
            SessionManagement,
            slice=SLICES,
            dnns=st.dictionaries(st.sampled_from(["internet", "ims", ANY_DNN]), CONFIGURATIONS),
            default_dnn=st.just("internet"),
        ),
        max_size=2,
    ).map(tuple),
    msisdn=st.none() | st.just("491700000001"),
    enabled=st.booleans(),
)


async def what_is_in(nudr, given_ones):
    await nudr.put(*given_ones)
    for each in given_ones:
        assert await nudr.get(each.supi) == each
    assert await nudr.count() == len(given_ones)
    assert await nudr.known([*(each.supi for each in given_ones), supi("999999")]) == {
        each.supi for each in given_ones
    }
    return [each async for each in nudr.subscribers()]


def in_order(some):
    return sorted(some, key=lambda each: each.supi)


@given(st.lists(SUBSCRIBERS, max_size=4, unique_by=lambda each: each.supi))
@settings(max_examples=25)
def test_both_repositories_give_back_what_they_were_given(some):
    async def in_sqlite(folder):
        database = Database(folder / "pilot.db")
        try:
            return await what_is_in(await open_subscribers(database, folder / "pilot.key", os.urandom), some)
        finally:
            await database.close()

    assert run_virtual(what_is_in(MemorySubscribers(), some)) == in_order(some)
    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(in_sqlite(Path(folder))) == in_order(some)


@given(st.lists(st.tuples(st.sampled_from(["give", "replace", "look"]), st.integers(0, 3)), max_size=40))
@settings(max_examples=15)
def test_what_is_kept_as_it_was_read_is_as_the_database_has_it(steps):
    """Each step in one of two processes that share a file, or a repository that keeps nothing."""

    async def main(folder):
        whole, small = Database(folder / "pilot.db"), Database(folder / "pilot.db")
        one = await open_subscribers(whole, folder / "pilot.key", os.urandom)
        other = await open_subscribers(small, folder / "pilot.key", os.urandom)
        keys = AuthenticationSubscription(k=bytes(16), opc=bytes(16))
        some = [Subscriber(supi=supi(f"00101000000000{n}"), authentication=keys) for n in range(4)]
        await one.put(*some)
        msisdns = dict.fromkeys(range(4))
        try:
            for n, (step, which) in enumerate(steps):
                who = some[which].supi
                if step == "give":
                    sqn = await one.next_sqn(who)
                    assert (await one.get(who)).authentication.sqn == sqn
                elif step == "replace":
                    msisdns[which] = str(n)
                    await (one if n % 2 else other).put(msgspec.structs.replace(some[which], msisdn=str(n)))
                    one._look_at = other._look_at = 0.0
                for repository in (one, other):
                    assert (await repository.get(who)).msisdn == msisdns[which]
        finally:
            await whole.close()
            await small.close()

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(Path(folder)))


def test_another_process_is_seen_after_a_moment(files, someone):
    async def main():
        serving, provisioning = Database(files[0]), Database(files[0])
        nudr = await open_subscribers(serving, files[1], os.urandom)
        cli = await open_subscribers(provisioning, files[1], os.urandom)
        try:
            await nudr.put(someone)
            assert await nudr.get(someone.supi) == someone
            await cli.put(msgspec.structs.replace(someone, enabled=False))
            await asyncio.sleep(LOOK * 1.5)
            barred = await nudr.get(someone.supi)
            await cli.remove(someone.supi)
            await asyncio.sleep(LOOK * 1.5)
            return barred.enabled, await nudr.get(someone.supi), nudr.changes(), cli.changes()
        finally:
            await serving.close()
            await provisioning.close()

    assert asyncio.run(main()) == (False, None, 2, 1)


def test_subscribers_of_one_profile_share_it(opened, someone):
    """A telephone number of their own changes the profile, not its larger parts."""
    data = SessionManagement(slice=Snssai(1), dnns={"internet": DnnConfiguration()}, default_dnn="internet")
    first = msgspec.structs.replace(someone, sessions=(data,))
    second = msgspec.structs.replace(first, supi=supi("001010000000002"), msisdn="491700000001")
    opened(lambda nudr: nudr.put(first, second))

    async def both(nudr):
        return await nudr.get(first.supi), await nudr.get(second.supi)

    read, also = opened(both)
    assert (read, also) == (first, second)
    assert read.access is also.access
    assert read.sessions is also.sessions


def test_no_more_than_the_bound_is_kept(files, someone):
    many = [msgspec.structs.replace(someone, supi=supi(f"00101{n:010}")) for n in range(100)]

    async def main():
        database = Database(files[0])
        try:
            nudr = SqliteSubscribers(database, bytes(32), os.urandom, cached=10)
            await nudr.put(*many)
            for each in many * 2:
                assert await nudr.get(each.supi) == each
            return len(nudr._cache)
        finally:
            await database.close()

    assert 0 < asyncio.run(main()) <= 10


def test_a_named_dnn_goes_before_the_wildcard():
    named, any_other = DnnConfiguration(static_ipv4="10.45.0.9"), DnnConfiguration()
    data = SessionManagement(slice=Snssai(1), dnns={"ims": named, ANY_DNN: any_other}, default_dnn="ims")
    one = Subscriber(
        supi=supi("001010000000001"),
        authentication=AuthenticationSubscription(k=b"", opc=b""),
        sessions=(data,),
    )
    assert one.configuration(Snssai(1, 0xFFFFFF), "IMS") is named
    assert one.configuration(Snssai(1), "internet") is any_other
    assert one.configuration(Snssai(2), "ims") is None
    assert (one.default_dnn(Snssai(1)), one.default_dnn(Snssai(2))) == ("ims", None)


def test_no_key_shows_in_a_repr(someone):
    shown = repr(someone)
    assert someone.authentication.k.hex() not in shown
    assert repr(someone.authentication.k) not in shown


def test_no_key_rests_in_the_clear(opened, files, someone):
    opened(lambda nudr: nudr.put(someone))
    octets = b"".join(path.read_bytes() for path in files[0].parent.glob("pilot.db*"))
    assert someone.supi.encode() in octets
    assert someone.authentication.k not in octets
    assert someone.authentication.opc not in octets


def test_the_key_file_of_another_database(opened, files, someone, tmp_path):
    opened(lambda nudr: nudr.put(someone))
    other = tmp_path / "other.key"
    other.write_text("pilot5g-key-1 " + "00" * 32)
    other.chmod(0o600)
    with pytest.raises(StoreError) as refused:
        opened(lambda nudr: nudr.get(someone.supi), other)
    assert str(refused.value) == (
        f"{other} is not the key file of {files[0]}: name the one it was made with (store.key_file)"
    )


def test_a_lost_key_file_is_not_made_anew(opened, files, someone):
    opened(lambda nudr: nudr.put(someone))
    files[1].unlink()
    with pytest.raises(StoreError, match=r"the key file .* cannot be read: No such file"):
        opened(lambda nudr: nudr.count())
    assert not files[1].exists()


@pytest.mark.parametrize(
    "tampering",
    [
        "sealed = (SELECT sealed FROM subscriber WHERE supi LIKE '%2')",
        "profile = (SELECT profile FROM subscriber WHERE supi LIKE '%2')",
        "sealed = substr(sealed, 1, length(sealed) - 1)",
        "sealed = x''",
    ],
    ids=["keys of another", "profile of another", "cut", "empty"],
)
def test_an_altered_row_does_not_open(opened, files, someone, tampering):
    second = msgspec.structs.replace(someone, supi=supi("001010000000002"), enabled=False)
    opened(lambda nudr: nudr.put(someone, second))
    with sqlite3.connect(files[0]) as connection:
        connection.execute(f"UPDATE subscriber SET {tampering} WHERE supi LIKE '%1'")
    connection.close()
    with pytest.raises(StoreError, match=r"the keys of imsi-001010000000001 in .* do not open: the row was"):
        opened(lambda nudr: nudr.get(someone.supi))
    assert opened(lambda nudr: nudr.get(second.supi)) == second


def test_the_same_keys_are_sealed_differently_each_time(opened, files, someone):
    def sealed():
        opened(lambda nudr: nudr.put(someone))
        connection = sqlite3.connect(files[0])
        row = connection.execute("SELECT sealed FROM subscriber").fetchone()[0]
        connection.close()
        return row

    assert sealed() != sealed()


def test_many_are_put_whole_or_not_at_all(opened, files, someone):
    used = msgspec.structs.replace(someone.authentication, sqn=64)
    opened(lambda nudr: nudr.put(msgspec.structs.replace(someone, authentication=used)))
    connection = sqlite3.connect(files[0], isolation_level=None)
    connection.execute("UPDATE subscriber SET sealed = x'00'")
    connection.close()
    first = msgspec.structs.replace(someone, supi=supi("001010000000000"))
    with pytest.raises(StoreError, match="do not open"):
        opened(lambda nudr: nudr.put(first, someone))
    assert opened(lambda nudr: nudr.count()) == 1

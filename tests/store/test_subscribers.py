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
    SqnExhausted,
    Subscriber,
    UnknownSubscriber,
    sqn_after,
)
from pilot5g.service.store import StoreError
from pilot5g.store.database import Database
from pilot5g.store.memory import MemorySubscribers
from pilot5g.store.subscribers import open_subscribers

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


@given(SQNS)
def test_the_next_sqn_has_the_next_seq_and_the_next_ind(sqn):
    following = sqn_after(sqn)
    if sqn >> 5 == 2**43 - 1:
        assert following is None
    else:
        assert (following >> 5, following & 31) == ((sqn >> 5) + 1, (sqn + 1) & 31)


async def sequence(nudr, someone):
    """What every repository does with sequence numbers."""
    await nudr.put(someone)
    assert [await nudr.next_sqn(someone.supi) for _ in range(3)] == [0x21, 0x42, 0x63]
    await nudr.set_sqn(someone.supi, 0x1000)
    assert await nudr.next_sqn(someone.supi) == 0x1021
    with pytest.raises(UnknownSubscriber, match="imsi-001010000000009 is not a subscriber"):
        await nudr.next_sqn(supi("001010000000009"))
    with pytest.raises(UnknownSubscriber):
        await nudr.set_sqn(supi("001010000000009"), 1)
    # replaced under the same K it goes on, under a new K it begins again
    await nudr.put(msgspec.structs.replace(someone, enabled=False))
    assert (await nudr.get(someone.supi)).authentication.sqn == 0x1021
    rekeyed = msgspec.structs.replace(someone.authentication, k=bytes(16))
    await nudr.put(msgspec.structs.replace(someone, authentication=rekeyed))
    assert await nudr.next_sqn(someone.supi) == 0x21
    await nudr.set_sqn(someone.supi, 2**48 - 1)
    with pytest.raises(SqnExhausted, match="give it a new K"):
        await nudr.next_sqn(someone.supi)
    assert await nudr.remove(someone.supi)
    assert not await nudr.remove(someone.supi)
    assert await nudr.get(someone.supi) is None


def test_sequence_numbers_in_memory(someone):
    run_virtual(sequence(MemorySubscribers(), someone))


def test_sequence_numbers_in_sqlite(opened, someone):
    opened(lambda nudr: sequence(nudr, someone))


def test_concurrent_authentications_get_different_sequence_numbers(opened, someone):
    async def work(nudr):
        await nudr.put(someone)
        return await asyncio.gather(*(nudr.next_sqn(someone.supi) for _ in range(50)))

    assert sorted(opened(work)) == [n << 5 | n % 32 for n in range(1, 51)]


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

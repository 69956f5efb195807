"""Both stores behave as one dictionary does, and tables give back the structs they were given."""

import asyncio
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.flow.clock import run_virtual
from pilot5g.model import Guami, Guti, Plmn, Snssai
from pilot5g.service.store import Change, StoreError, Table
from pilot5g.store.database import Database
from pilot5g.store.memory import MemoryStore
from pilot5g.store.sqlite import SqliteStore, statements

CHANGES = st.lists(
    st.lists(
        st.builds(
            Change, st.sampled_from(["ue", "session"]), st.text(max_size=3), st.none() | st.binary(max_size=8)
        ),
        max_size=4,
    ),
    max_size=8,
)


def expected(commits):
    values = {"ue": {}, "session": {}}
    for each in (change for commit in commits for change in commit):
        if each.value is None:
            values[each.kind].pop(each.key, None)
        else:
            values[each.kind][each.key] = each.value
    return values


async def what_is_in(store, commits):
    for i, commit in enumerate(commits):
        if i % 3:
            store.post(commit)
        else:
            await store.commit(commit)
    await store.delete("none", "none")  # what was posted before is written before
    return {kind: await store.load(kind) for kind in ("ue", "session")}


@given(CHANGES)
def test_memory_is_a_dictionary(commits):
    assert run_virtual(what_is_in(MemoryStore(), commits)) == expected(commits)


@given(CHANGES)
@settings(max_examples=25)
def test_sqlite_is_a_dictionary(commits):
    async def main(path):
        store = SqliteStore(Database(path, gather=0, interval=0))
        try:
            return await what_is_in(store, commits)
        finally:
            await store.close()

    with tempfile.TemporaryDirectory() as folder:
        assert asyncio.run(main(Path(folder) / "pilot.db")) == expected(commits)


class Ue(msgspec.Struct):
    guti: Guti | None
    slices: tuple[Snssai, ...] = ()
    count: int = 0
    key: bytes = b""


GUAMI = Guami(Plmn("001", "01"), 1, 2, 3)
UES = st.builds(
    Ue,
    st.none() | st.builds(Guti, st.just(GUAMI), st.integers(0, 2**32 - 1)),
    st.lists(st.builds(Snssai, st.integers(0, 255), st.none() | st.integers(0, 2**24 - 1))).map(tuple),
    st.integers(0, 2**24),
    st.binary(),
)


@given(st.dictionaries(st.text(), UES))
def test_a_table_gives_back_what_it_was_given(values):
    async def main():
        table = Table(MemoryStore(), "ue", Ue)
        await table.store.commit(table.change(key, value) for key, value in values.items())
        assert {key: await table.get(key) for key in values} == values
        return await table.load()

    assert run_virtual(main()) == values


def test_removing_from_a_table():
    async def main():
        table = Table(MemoryStore(), "ue", Ue)
        await table.put("a", Ue(None))
        await table.put("b", Ue(None))
        await table.delete("a")
        await table.store.commit([table.change("b", None)])
        return await table.get("a"), await table.load()

    assert run_virtual(main()) == (None, {})


class UeOfOld(msgspec.Struct):
    name: str


class UeOfNow(msgspec.Struct):
    names: list[str]
    added: int = 7


def test_an_older_value_is_upgraded_step_by_step():
    async def main():
        store = MemoryStore()
        await Table(store, "ue", UeOfOld).put("a", UeOfOld("x"))
        upgrades = {1: lambda old: {"title": old["name"]}, 2: lambda old: {"names": [old["title"]]}}
        return await Table(store, "ue", UeOfNow, 3, upgrades).get("a")

    assert run_virtual(main()) == UeOfNow(["x"])


@pytest.mark.parametrize("version", [1, 2, 9])
def test_a_value_of_a_version_nobody_knows(version):
    async def main():
        store = MemoryStore()
        await Table(store, "ue", UeOfOld, version).put("a", UeOfOld("x"))
        await Table(store, "ue", UeOfNow, 3).get("a")

    with pytest.raises(StoreError, match=f"ue 'a' .* schema version {version}, this program reads 3"):
        run_virtual(main())


@given(st.binary(max_size=30))
def test_octets_that_are_no_value(octets):
    table = Table(MemoryStore(), "ue", Ue)
    try:
        value = table.decode("a", octets)
    except StoreError:
        return
    assert isinstance(value, Ue)


@given(CHANGES.filter(any))
@settings(max_examples=25)
def test_no_statement_reads_the_whole_table(commits):
    changes = [change for commit in commits for change in commit]
    with tempfile.TemporaryDirectory() as folder:
        database = Database(Path(folder) / "core.db")
        for sql, values in statements(changes):
            plan = database.read(f"EXPLAIN QUERY PLAN {sql}", values)
            assert not any(step.startswith("SCAN context") for *_, step in plan), (sql, plan)
        asyncio.run(database.close())

"""One file, one writer: what is committed stays, what fails leaves no trace, refusals say why."""

import asyncio
import sqlite3
import stat

import pytest

from pilot5g.service.store import Change, StoreError
from pilot5g.store.database import Database
from pilot5g.store.schema import APPLICATION_ID, VERSION
from pilot5g.store.sqlite import SqliteStore


def changes(n, kind="ue"):
    return [Change(kind, str(i), b"%d" % i) for i in range(n)]


def with_store(path, work):
    async def whole():
        store = SqliteStore(Database(path, busy=0.05))
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(whole())


def test_what_was_committed_is_there_after_reopening(files):
    with_store(files[0], lambda store: store.commit(changes(3)))
    assert with_store(files[0], lambda store: store.load("ue")) == {"0": b"0", "1": b"1", "2": b"2"}


def test_the_file_is_for_its_owner_only(files):
    with_store(files[0], lambda store: store.commit(changes(1)))
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_many_callers_share_a_transaction(files):
    async def work(store):
        database = store._database
        begun = []
        database._writer.set_trace_callback(
            lambda sql: begun.append(sql) if sql.startswith("BEGIN") else None
        )
        await asyncio.gather(*(store.commit([each]) for each in changes(200)))
        return len(begun), len(await store.load("ue"))

    transactions, values = with_store(files[0], work)
    assert values == 200
    assert transactions <= 3


def test_changes_in_no_hurry_wait_for_company(files):
    async def main():
        store = SqliteStore(Database(files[0], gather=60))
        begun = []
        store._database._writer.set_trace_callback(lambda sql: begun.append(sql) if "BEGIN" in sql else None)
        tasks = []
        for each in changes(5):
            tasks.append(asyncio.ensure_future(store.commit([each])))
            await asyncio.sleep(0.001)
        await store.close()
        await asyncio.gather(*tasks)
        return len(begun)

    assert asyncio.run(main()) == 1


def test_under_load_transactions_keep_their_distance_unless_somebody_waits(files):
    async def main():
        store = SqliteStore(Database(files[0], gather=0, interval=60))
        statements = []
        store._database._writer.set_trace_callback(statements.append)
        await store.commit(changes(1))
        tasks = [asyncio.ensure_future(store.commit([each])) for each in changes(5, "session")]
        await asyncio.sleep(0.02)
        waiting = [task.done() for task in tasks]
        await store._database.write(lambda connection: None, durable=True)
        await asyncio.sleep(0)
        together = [task.done() for task in tasks]
        await store.close()
        return waiting, together, [each for each in statements if "INSERT" in each]

    waiting, together, inserts = asyncio.run(main())
    assert (any(waiting), all(together)) == (False, True)
    assert len(inserts) == 2


def test_the_newest_value_of_a_key_is_written_once(files):
    async def work(store):
        store._database._interval = 60.0
        rows = []
        store._database._writer.set_trace_callback(rows.append)
        commits = [
            store.commit([Change("ue", "a", b"1"), Change("ue", "b", b"1")]),
            store.commit([Change("ue", "a", b"2"), Change("ue", "b", None), Change("ue", "c", None)]),
            store.commit([Change("ue", "a", b"3"), Change("ue", "c", b"3")]),
        ]
        waiting = asyncio.gather(*commits)
        await asyncio.sleep(0)
        store._database._flush()
        await waiting
        return await store.load("ue"), rows

    values, statements = with_store(files[0], work)
    assert values == {"a": b"3", "c": b"3"}
    written = "".join(each for each in statements if "INSERT" in each)
    assert written.count("'ue'") == 2


@pytest.mark.parametrize("n", [1, 63, 64, 65, 200])
def test_any_number_of_rows(files, n):
    some = changes(n)
    with_store(files[0], lambda store: store.commit(some))
    assert with_store(files[0], lambda store: store.load("ue")) == {each.key: each.value for each in some}
    gone = [Change(each.kind, each.key, None) for each in some[1:]]
    with_store(files[0], lambda store: store.commit(gone))
    assert with_store(files[0], lambda store: store.load("ue")) == {"0": b"0"}


def test_a_job_that_fails_leaves_no_trace_and_does_not_touch_its_neighbours(files):
    def bad(connection):
        connection.execute("INSERT INTO context VALUES ('ue', 'half', x'00')")
        raise ValueError("half done")

    async def work(store):
        outcome = await asyncio.gather(
            store.commit(changes(1)),
            store._database.write(bad),
            store.commit(changes(1, "session")),
            store._database.write(lambda connection: connection.execute("SELECT nonsense")),
            return_exceptions=True,
        )
        return outcome, await store.load("ue"), await store.load("session")

    outcome, ues, sessions = with_store(files[0], work)
    assert [type(each) for each in outcome] == [type(None), ValueError, type(None), StoreError]
    assert (ues, sessions) == ({"0": b"0"}, {"0": b"0"})


def test_closing_commits_what_waits(files):
    async def main():
        store = SqliteStore(Database(files[0], gather=60))
        waiting = asyncio.ensure_future(store.commit(changes(2)))
        await asyncio.sleep(0)
        await store.close()
        await waiting
        with pytest.raises(StoreError, match="is closed"):
            await store.commit(changes(1))

    asyncio.run(main())
    assert len(with_store(files[0], lambda store: store.load("ue"))) == 2


def test_what_is_posted_is_written_when_the_store_is_closed(files):
    async def main():
        store = SqliteStore(Database(files[0], interval=60))
        await store.commit(changes(1))
        store.post(changes(3))
        await store.close()
        with pytest.raises(StoreError, match="is closed"):
            store.post(changes(1))

    asyncio.run(main())
    assert len(with_store(files[0], lambda store: store.load("ue"))) == 3


def test_what_is_posted_and_fails_is_logged(files, caplog):
    async def work(store):
        holder = sqlite3.connect(files[0], isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        store.post(changes(1))
        with pytest.raises(StoreError, match="is locked"):
            await store.commit(changes(1))
        holder.close()
        return await store.load("ue")

    assert with_store(files[0], work) == {}
    assert f"contexts could not be stored, a restart would not know them: {files[0]} is locked" in caplog.text


def test_a_cancelled_caller_does_not_disturb_the_others(files):
    async def work(store):
        first = asyncio.ensure_future(store.commit(changes(1)))
        await asyncio.sleep(0)
        first.cancel()
        await store.commit(changes(1, "session"))
        return await store.load("session")

    assert with_store(files[0], work) == {"0": b"0"}


def test_a_missing_folder(tmp_path):
    with pytest.raises(StoreError) as refused:
        Database(tmp_path / "no" / "pilot.db")
    assert (
        str(refused.value)
        == f"{tmp_path}/no/pilot.db cannot be opened for writing: No such file or directory"
    )


def test_a_file_that_is_no_database(files):
    files[0].write_bytes(b"imsi,k,opc\n" * 100)
    with pytest.raises(StoreError, match=r"is damaged or no SQLite database .* restore a copy"):
        Database(files[0])


def test_a_database_that_is_damaged(files):
    with_store(files[0], lambda store: store.commit(changes(5000)))
    octets = bytearray(files[0].read_bytes())
    octets[4096:] = b"\xff" * (len(octets) - 4096)
    files[0].write_bytes(octets)
    with pytest.raises(StoreError, match="is damaged"):
        with_store(files[0], lambda store: store.load("ue"))


def test_a_database_of_another_program(files):
    other = sqlite3.connect(files[0])
    other.execute("CREATE TABLE moz_places (id)")
    other.close()
    with pytest.raises(StoreError, match="is a database of another program: name another file"):
        Database(files[0])


def test_a_database_of_a_newer_version(files):
    newer = sqlite3.connect(files[0])
    newer.execute("CREATE TABLE future (id)")
    newer.execute(f"PRAGMA application_id={APPLICATION_ID}")
    newer.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(StoreError) as refused:
        Database(files[0])
    assert str(refused.value) == (
        f"{files[0]} was written by a newer version of this program (schema 99, this one knows up to"
        f" {VERSION}): use that version, or name another file"
    )


def test_a_locked_database(files):
    with_store(files[0], lambda store: store.commit(changes(1)))
    holder = sqlite3.connect(files[0], isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(StoreError, match="is locked by another process: stop it"):
            Database(files[0], busy=0.05)
    finally:
        holder.close()


def test_a_database_locked_while_open(files):
    async def work(store):
        holder = sqlite3.connect(files[0], isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is locked"):
            await store.commit(changes(1))
        holder.close()
        await store.commit(changes(1, "session"))
        return await store.load("session")

    assert with_store(files[0], work) == {"0": b"0"}

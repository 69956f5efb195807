"""What the AMF is made of, below its procedures: states, identities, order, memory, configuration."""

import asyncio

import pytest

from pilot5g.core.amf.causes import REGISTRATION, not_forwarded, refusal_of, spelled
from pilot5g.core.amf.config import AmfConfig
from pilot5g.core.amf.context import ALLOWED, Cm, KeySet, Management, Rm, SmContext, UeContext
from pilot5g.core.amf.keeper import COUNT_MARGIN, KIND, Keeper
from pilot5g.core.amf.lane import Lane
from pilot5g.core.amf.ue import COMMITTED_EVERY
from pilot5g.core.amf.ues import KEPT, NO_TMSI, Ues
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Guami, NrCgi, Plmn, Snssai, STmsi, Tai, supi
from pilot5g.service.store import StoreError
from pilot5g.store.memory import MemoryStore
from pilot5g.wire.nas.security import NasSecurity

PLMN = Plmn("001", "01")
GUAMI = Guami(PLMN, 2, 1, 0)
TAI = Tai(PLMN, 1)
SUPI = supi("001010000000001")


@pytest.mark.parametrize("before", ALLOWED)
@pytest.mark.parametrize("after", ALLOWED)
def test_every_move_is_in_the_table_or_a_bug(before, after):
    """TS 23.501 figures 5.3.2.2.4-1 and 5.3.3.2.4-1."""
    state = Management()
    state.rm, state.cm = before
    if after == before or after in ALLOWED[before]:
        state.move(rm=after[0], cm=after[1])
        assert (state.rm, state.cm) == after
    else:
        with pytest.raises(AssertionError):
            state.move(rm=after[0], cm=after[1])


def test_a_phone_never_registers_while_idle():
    with pytest.raises(AssertionError, match="RM-DEREGISTERED/CM-IDLE"):
        Management().move(rm=Rm.REGISTERED)
    assert Management(Rm.REGISTERED).cm is Cm.IDLE


# -- causes


def test_every_problem_has_a_cause():
    assert set(REGISTRATION) == set(Problem)
    for problem in Problem:
        error = ServiceError(problem, "why", "what to do")
        assert refusal_of(error).fix == not_forwarded(error).fix == "what to do"


def test_causes_are_spelled_as_people_look_them_up():
    assert spelled(62) == "#62 no network slices available"
    assert spelled(250) == "#250 unassigned 250"


# -- configuration


def config(**values):
    given = {
        "name": "amf",
        "instance_id": "amf",
        "guami": GUAMI,
        "slices": {PLMN: (Snssai(1),)},
        "tais": (TAI,),
    }
    return AmfConfig(**(given | values))


@pytest.mark.parametrize(
    "wrong",
    [{"integrity": (2, 0)}, {"integrity": ()}, {"ciphering": ()}, {"tais": ()}, {"area_size": 17}],
)
def test_what_can_never_work_is_refused(wrong):
    with pytest.raises(ValueError, match=r"integrity|ciphering|tracking area"):
        config(**wrong)


def test_a_registration_area_begins_with_the_phones_own():
    tais = (*(Tai(PLMN, tac) for tac in range(1, 30)), Tai(Plmn("001", "02"), 1))
    area = config(tais=tais, area_size=4).area_around(tais[9])
    assert [tai.tac for tai in area] == [10, 1, 2, 3]
    assert {tai.plmn for tai in config(tais=tais).area_around(tais[0])} == {PLMN}


# -- identities


class Somebody:
    def __init__(self, number=1):
        self.context = UeContext(supi=supi(f"0010100000000{number:02}"))


def test_a_new_guti_collides_with_none_and_is_never_all_ones():
    """TS 23.003 2.4, TS 33.501 6.12.3."""
    drawn = iter([7, NO_TMSI, 7, 8])
    ues = Ues(GUAMI, lambda n: next(drawn).to_bytes(n, "big"))
    first, second = Somebody(1), Somebody(2)
    assert ues.renew_guti(first).tmsi == 7
    assert ues.renew_guti(second).tmsi == 8


def test_former_gutis_are_valid_until_the_new_one_is_confirmed():
    ues = Ues(GUAMI, seeded(1))
    ue = Somebody()
    ues.add(ue)
    gutis = [ues.renew_guti(ue) for _ in range(KEPT + 3)]
    known = [guti for guti in gutis if ues.find(guti) is ue]
    assert known == gutis[-KEPT - 1 :]
    assert ues.find(STmsi(1, 0, gutis[-1].tmsi)) is ue
    ues.settle_guti(ue)
    assert list(ues.by_tmsi) == [gutis[-1].tmsi]
    ues.remove(ue)
    assert not ues.by_tmsi
    assert not ues.by_supi
    assert ues.find("nothing") is None


# -- order


def test_a_lane_does_one_thing_at_a_time_and_survives_a_failure(caplog):
    async def flow():
        tasks, done = Tasks(), []
        lane = Lane(tasks)

        async def work(name, seconds):
            await asyncio.sleep(seconds)
            if name == "bad":
                raise KeyError(name)
            done.append(name)
            return name

        for name, seconds in (("slow", 3), ("bad", 1), ("quick", 0)):
            lane.put(lambda name=name, seconds=seconds: work(name, seconds))
        assert lane.busy
        assert await lane.do(lambda: work("last", 1)) == "last"
        assert done == ["slow", "quick", "last"]
        await asyncio.sleep(0)
        assert not lane.busy
        with pytest.raises(KeyError):
            await lane.do(lambda: work("bad", 0))

    run_virtual(flow())
    assert "it costs this step" in caplog.text


def test_who_stops_waiting_does_not_stop_the_work():
    async def flow():
        tasks, done = Tasks(), []
        lane = Lane(tasks)

        async def work():
            await asyncio.sleep(2)
            done.append(1)

        waiting = asyncio.get_running_loop().create_task(lane.do(work))
        await asyncio.sleep(1)
        waiting.cancel()
        await asyncio.sleep(2)
        assert done == [1]

    run_virtual(flow())


# -- memory


def context(**values):
    security = NasSecurity(
        ngksi=1, knas_enc=b"e" * 16, knas_int=b"i" * 16, ciphering=2, integrity=2, downlink_count=5
    )
    given = {
        "supi": SUPI,
        "registered": True,
        "keys": KeySet(kamf=b"k" * 32, nas=security),
        "area": (TAI,),
        "tai": TAI,
        "cell": NrCgi(PLMN, 5),
        "allowed_nssai": (Snssai(1), Snssai(2, 3)),
        "sessions": {5: SmContext("ref", "smf-1", "internet", Snssai(1))},
    }
    return UeContext(**(given | values))


def test_a_context_comes_back_as_it_was_but_for_its_counts():
    """TS 33.501 6.4.3.1: no COUNT twice, whatever was sent after the last commit."""

    async def flow():
        store, tasks = MemoryStore(), Tasks()
        keeper = Keeper(store, tasks)
        known = context()
        keeper.keep(known)
        await asyncio.sleep(1)
        (loaded,) = await Keeper(store, tasks).load()
        assert loaded.keys.nas.downlink_count == 5 + COUNT_MARGIN
        loaded.keys.nas.downlink_count = 5
        assert loaded == known
        keeper.forget(SUPI)
        await asyncio.sleep(1)
        assert await store.load(KIND) == {}

    run_virtual(flow())
    assert COMMITTED_EVERY < COUNT_MARGIN < 256


def test_keys_are_in_no_log():
    shown = repr(context())
    assert "SmContext" in shown
    for key in (b"k" * 32, b"n" * 32, b"e" * 16, b"i" * 16):
        assert repr(key)[2:-1] not in shown


def test_changes_of_many_phones_are_written_together():
    class Counting(MemoryStore):
        commits = 0

        async def commit(self, changes):
            self.commits += 1
            await asyncio.sleep(1)
            await super().commit(changes)

    async def flow():
        store, tasks = Counting(), Tasks()
        keeper = Keeper(store, tasks)
        for number in range(100, 150):
            keeper.keep(context(supi=supi(f"00101000000{number:04}")))
        await asyncio.sleep(0.5)
        keeper.keep(context())
        keeper.keep(context())
        await asyncio.sleep(5)
        assert store.commits == 2
        assert len(await store.load(KIND)) == 51

    run_virtual(flow())


def test_what_was_being_written_at_the_end_is_written():
    class Slow(MemoryStore):
        slow = True

        async def commit(self, changes):
            if self.slow:
                await asyncio.sleep(10)
            await super().commit(changes)

    async def flow():
        store, tasks = Slow(), Tasks()
        keeper = Keeper(store, tasks)
        keeper.keep(context())
        await asyncio.sleep(1)
        await tasks.close()
        store.slow = False
        await keeper.flush()
        assert len(await store.load(KIND)) == 1

    run_virtual(flow())


def test_a_store_that_fails_is_said_and_survived(caplog):
    class Full(MemoryStore):
        async def commit(self, changes):
            raise StoreError("the disk is full")

    async def flow():
        keeper = Keeper(Full(), Tasks())
        keeper.keep(context())
        await asyncio.sleep(1)

    run_virtual(flow())
    assert "could not be stored" in caplog.text

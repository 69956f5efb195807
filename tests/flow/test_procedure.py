"""One owner, one inbox, one procedure: who gets what, and what is left afterwards."""

import asyncio
import gc
import weakref

import pytest

from pilot5g.flow.clock import Leak, Stuck, now, run_virtual
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Owner, Verdict
from pilot5g.flow.timer import Timer, Timers

T = Timer("T3560", 6, 5, "TS 24.501 5.4.1.3.7 b)")


class Ping:
    pass


class Pong:
    pass


class Other:
    pass


class Asking:
    """Asks once and remembers the outcome."""

    def __init__(self, owner, verdict=Verdict.IGNORE):
        self.owner, self.verdict, self.sent, self.got = owner, verdict, [], None

    async def run(self):
        try:
            self.got = await self.owner.ask(lambda: self.sent.append(now()), Pong, timer=T)
        except (TimerExpired, Gone) as stopped:
            self.got = stopped

    def collide(self, event):
        return self.verdict


def test_silence_is_asked_five_times_then_given_up():
    async def flow():
        owner = Owner(lambda event: None)
        asking = Asking(owner)
        owner.start(asking)
        await asyncio.sleep(31)
        assert asking.sent == [0, 6, 12, 18, 24]
        assert isinstance(asking.got, TimerExpired)
        assert not owner.busy

    run_virtual(flow())


def test_the_awaited_message_resumes_and_no_timer_is_left():
    async def flow():
        owner = Owner(lambda event: None)
        asking = Asking(owner)
        owner.start(asking)
        await asyncio.sleep(7)
        assert owner.waiting_for == "Pong"
        owner.deliver(Pong())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert isinstance(asking.got, Pong)
        assert len(asking.sent) == 2

    run_virtual(flow())


@pytest.mark.parametrize(
    ("verdict", "begun"), [(Verdict.IGNORE, 0), (Verdict.REPLACE, 1), (Verdict.LATER, 1)]
)
def test_collision(verdict, begun):
    async def flow():
        starts = []
        owner = Owner(lambda event: starts.append((now(), event)))
        owner.start(Asking(owner, verdict))
        await asyncio.sleep(1)
        owner.deliver(Other())
        await asyncio.sleep(60)
        assert len(starts) == begun
        if verdict is Verdict.LATER:
            assert starts[0][0] == 30

    run_virtual(flow())


def test_repeat_sends_again_without_touching_the_timer():
    async def flow():
        owner = Owner(lambda event: None)
        asking = Asking(owner, Verdict.REPEAT)
        owner.start(asking)
        await asyncio.sleep(2)
        owner.deliver(Other())
        await asyncio.sleep(5)
        assert asking.sent == [0, 2, 6]
        owner.stop()

    run_virtual(flow())


def test_refuse_is_answered_by_the_owner():
    async def flow():
        refused = []
        owner = Owner(lambda event: None, refuse=refused.append)
        owner.start(Asking(owner, Verdict.REFUSE))
        await asyncio.sleep(1)
        owner.deliver(Other())
        assert len(refused) == 1
        owner.stop()

    run_virtual(flow())


def test_a_message_kept_for_later_serves_a_later_wait():
    class Two:
        got = ()

        async def run(self):
            first = await owner.wait(Ping, timer=T)
            second = await owner.wait(Pong, timer=T)
            self.got = (first, second)

        def collide(self, event):
            return Verdict.LATER

    async def flow():
        global owner
        owner = Owner(lambda event: None)
        two = Two()
        owner.start(two)
        await asyncio.sleep(1)
        owner.deliver(Pong())
        owner.deliver(Ping())
        await asyncio.sleep(1)
        assert [type(x) for x in two.got] == [Ping, Pong]

    run_virtual(flow())


def test_a_lost_connection_reaches_the_wait():
    async def flow():
        owner = Owner(lambda event: None)
        asking = Asking(owner)
        owner.start(asking)
        await asyncio.sleep(1)
        owner.lost("radio gone")
        await asyncio.sleep(0.1)
        assert isinstance(asking.got, Gone)

    run_virtual(flow())


def test_a_bug_costs_this_owner_alone(caplog):
    class Broken:
        async def run(self):
            raise KeyError("ours")

        def collide(self, event):
            return Verdict.IGNORE

    async def flow():
        failures, ends = [], []
        owner = Owner(lambda event: None, failed=failures.append, ended=ends.append)
        owner.start(Broken())
        await asyncio.sleep(1)
        assert isinstance(failures[0], KeyError)
        assert len(ends) == 1

    run_virtual(flow())


def test_messages_after_a_replacement_reach_the_new_procedure():
    async def flow():
        made = []

        def begin(event):
            made.append(Asking(owner, Verdict.IGNORE))
            return made[-1]

        owner = Owner(begin)
        owner.start(Asking(owner, Verdict.REPLACE))
        await asyncio.sleep(1)
        owner.deliver(Other())
        await asyncio.sleep(0.1)
        owner.deliver(Pong())
        await asyncio.sleep(0.1)
        assert isinstance(made[0].got, Pong)

    run_virtual(flow())


def test_the_virtual_clock_knows_stuck_and_leak():
    async def stuck():
        await asyncio.get_running_loop().create_future()

    async def leak():
        asyncio.get_running_loop().call_later(5, print)

    with pytest.raises(Stuck):
        run_virtual(stuck())
    with pytest.raises(Leak):
        run_virtual(leak())


def test_timers_are_set_by_name():
    assert Timers({"T3560": 1})["T3560"].seconds == 1
    assert Timers()["T3560"].expiries == 5
    with pytest.raises(KeyError):
        Timers({"T9999": 1})


def test_what_a_callback_raises_is_not_lost():
    async def flow():
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        await asyncio.sleep(1)

    with pytest.raises(ZeroDivisionError):
        run_virtual(flow())


def test_a_retired_owner_is_freed_with_its_ue_and_hears_nothing():
    class Ue:
        def __init__(self):
            self.owner = Owner(self.begin)

        def begin(self, event):
            raise AssertionError("nothing begins any more")

    async def flow():
        gc.disable()
        try:
            ue = Ue()
            gone = weakref.ref(ue)
            ue.owner.start(Asking(ue.owner))
            await asyncio.sleep(1)
            ue.owner.retire()
            ue.owner.deliver(Other())
            await asyncio.sleep(1)
            del ue
            assert gone() is None
        finally:
            gc.enable()

    run_virtual(flow())

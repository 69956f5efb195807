"""Waits of one length share a timer of the loop, and nobody can tell."""

import asyncio

import pytest

from pilot5g.flow import timer
from pilot5g.flow.clock import now, run_virtual
from pilot5g.flow.timer import MANY, Alarm, queue


def test_each_rings_at_its_own_time_and_the_stopped_one_never():
    async def flow():
        rung = []
        alarms = [Alarm() for _ in range(4)]
        for i, alarm in enumerate(alarms):
            alarm.start(5, lambda i=i: rung.append((i, now())))
            await asyncio.sleep(1)
        alarms[0].stop()
        alarms[2].stop()
        await asyncio.sleep(10)
        assert rung == [(1, 6), (3, 8)]

    run_virtual(flow())


def test_starting_again_begins_anew():
    async def flow():
        rung = []
        first, second = Alarm(), Alarm()
        first.start(5, lambda: rung.append(("first", now())))
        second.start(5, lambda: rung.append(("second", now())))
        await asyncio.sleep(4)
        first.start(5, lambda: rung.append(("first again", now())))
        await asyncio.sleep(20)
        assert rung == [("second", 5), ("first again", 9)]

    run_virtual(flow())


def test_what_rings_may_wait_and_stop_others():
    async def flow():
        rung = []
        one, two, three = Alarm(), Alarm(), Alarm()

        def ring():
            rung.append(now())
            two.stop()
            one.start(5, lambda: rung.append(now()))

        one.start(5, ring)
        two.start(5, lambda: rung.append("never"))
        three.start(5, lambda: rung.append("three"))
        await asyncio.sleep(20)
        assert rung == [5, "three", 10]

    run_virtual(flow())


def test_one_that_fails_costs_no_other():
    async def flow():
        told, rung = [], []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        Alarm().start(1, lambda: 1 / 0)
        Alarm().start(1, lambda: rung.append(now()))
        await asyncio.sleep(2)
        assert rung == [1]
        assert isinstance(told[0]["exception"], ZeroDivisionError)

    run_virtual(flow())


def test_nothing_is_left_in_the_loop_once_nobody_waits():
    async def flow():
        alarms = [Alarm() for _ in range(3)]
        for alarm in alarms:
            alarm.start(60, lambda: None)
        for alarm in alarms:
            alarm.stop()

    run_virtual(flow())  # raises Leak


def test_lengths_nobody_waits_for_are_forgotten():
    async def flow():
        waiting = Alarm()
        waiting.start(0.5, lambda: None)
        for i in range(3 * MANY):
            queue(1 + i / 1000)
        assert len(timer._LOOPS[asyncio.get_running_loop()]) <= MANY + 1
        assert len(queue(0.5)) == 1
        waiting.stop()

    run_virtual(flow())


def test_loops_that_are_closed_are_forgotten():
    async def flow():
        queue(1)

    for _ in range(5):
        run_virtual(flow())
    assert sum(loop.is_closed() for loop in timer._LOOPS) <= 1


@pytest.mark.parametrize("seconds", [0, 0.1, 0.3, 1e6])
def test_any_length_is_kept_to(seconds):
    async def flow():
        rung = []
        Alarm().start(seconds, lambda: rung.append(now()))
        await asyncio.sleep(seconds + 1)
        assert rung == [pytest.approx(seconds)]

    run_virtual(flow())

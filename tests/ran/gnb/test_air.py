"""The air: order, turns and delays."""

import asyncio

from pilot5g.flow.clock import now, run_virtual
from pilot5g.ran.gnb.air import MOST_AT_ONCE, Air


def test_what_was_said_arrives_in_order_with_what_it_brings_about_in_one_turn():
    async def flow():
        air, heard = Air(), []

        def answer(word):
            heard.append(word)
            if word == "question":
                air.cross(answer, "answer")
                assert heard[-1] == "question", "nobody is called from within his own call"

        air.cross(answer, "question")
        air.cross(answer, "second")
        assert heard == []
        air.settle()
        assert heard == ["question", "second", "answer"]
        air.cross(answer, "later")
        await asyncio.sleep(0)
        assert heard[-1] == "later"

    run_virtual(flow())


def test_settling_within_a_landing_does_nothing():
    async def flow():
        air, heard = Air(), []

        def first():
            air.cross(heard.append, "second")
            air.settle()
            heard.append("first")

        air.cross(first)
        air.settle()
        assert heard == ["first", "second"]

    run_virtual(flow())


def test_endless_talk_lets_others_have_their_turn():
    async def flow():
        air, count = Air(), 0

        def talk():
            nonlocal count
            count += 1
            air.cross(talk)

        air.cross(talk)
        air.settle()
        assert count == MOST_AT_ONCE
        await asyncio.sleep(0)
        assert count == 2 * MOST_AT_ONCE
        air._crossing.clear()
        air.close()

    run_virtual(flow())


def test_with_a_delay_settling_does_not_make_it_shorter():
    async def flow():
        air, heard = Air(0.5), []
        air.cross(lambda: heard.append(now()))
        air.settle()
        assert heard == []
        await asyncio.sleep(1)
        assert heard == [0.5]

    run_virtual(flow())


def test_one_that_fails_costs_no_other(caplog):
    async def flow():
        air, heard = Air(), []
        air.cross(lambda: 1 // 0)
        air.cross(heard.append, "next")
        air.settle()
        assert heard == ["next"]

    run_virtual(flow())
    assert "the others go on" in caplog.text


def test_a_gnb_switched_off_delivers_what_is_under_way_and_no_more():
    async def flow():
        air, heard = Air(), []
        air.cross(heard.append, "under way")
        air.close()
        air.cross(heard.append, "too late")
        await asyncio.sleep(1)
        assert heard == ["under way"]

    run_virtual(flow())

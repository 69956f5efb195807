"""Owners that run their procedures on the spot."""

import asyncio

import pytest

from pilot5g.flow.clock import run_virtual
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.flow.prompt import PromptOwner
from pilot5g.flow.timer import Timer

T = Timer("T", 6, 2, "here")


class Ping:
    pass


class Pong:
    pass


class Scripted:
    """A procedure from a coroutine function of its owner and a log."""

    def __init__(self, owner, steps, log, verdict=Verdict.IGNORE):
        self.owner, self.steps, self.log, self.verdict = owner, steps, log, verdict

    async def run(self):
        try:
            await self.steps(self.owner, self.log)
        except asyncio.CancelledError:
            self.log.append("abandoned")
            raise

    def collide(self, event):
        return self.verdict


def nothing():
    pass


async def one_ask(owner, log):
    log.append("begun")
    await owner.ask(lambda: log.append("sent"), Ping, timer=T)
    log.append("done")


def test_it_runs_to_its_first_wait_and_on_from_each_answer_without_a_turn_of_the_loop():
    async def flow():
        log, ended = [], []
        owner = PromptOwner(lambda event: None, ended=ended.append)
        procedure = Scripted(owner, one_ask, log)
        owner.start(procedure)
        assert log == ["begun", "sent"]
        assert owner.busy
        owner.deliver(Ping())
        assert log[-1] == "done"
        assert ended == [procedure]
        assert not owner.busy

    run_virtual(flow())


def test_silence_is_repeated_and_given_up():
    async def flow():
        log = []

        async def steps(owner, log):
            with pytest.raises(TimerExpired):
                await owner.ask(lambda: log.append("sent"), Ping, timer=T)
            log.append("given up")

        owner = PromptOwner(lambda event: None)
        owner.start(Scripted(owner, steps, log))
        await asyncio.sleep(12.1)
        assert log == ["sent", "sent", "given up"]

    run_virtual(flow())


def test_a_procedure_is_abandoned_at_once_for_another():
    async def flow():
        log = []
        owner = PromptOwner(lambda event: None)
        owner.start(Scripted(owner, one_ask, log))
        owner.start(Scripted(owner, one_ask, log))
        assert log == ["begun", "sent", "abandoned", "begun", "sent"]
        owner.deliver(Ping())
        assert log[-1] == "done"

    run_virtual(flow())


def test_a_procedure_that_starts_its_successor_goes_on_to_its_next_wait():
    async def flow():
        log = []

        async def steps(owner, log):
            owner.start(Scripted(owner, one_ask, log))
            log.append("goes on")
            await owner.wait(Pong, timer=T)

        owner = PromptOwner(lambda event: None)
        owner.start(Scripted(owner, steps, log))
        assert log == ["goes on", "abandoned", "begun", "sent"]
        owner.deliver(Pong())
        owner.deliver(Ping())
        assert log[-1] == "done"

    run_virtual(flow())


def test_a_procedure_that_ends_after_starting_its_successor_leaves_it_running():
    async def flow():
        log = []

        async def steps(owner, log):
            owner.start(Scripted(owner, one_ask, log))
            log.append("ends")

        owner = PromptOwner(lambda event: None)
        owner.start(Scripted(owner, steps, log))
        assert log == ["ends", "begun", "sent"]
        assert owner.busy
        owner.deliver(Ping())
        assert not owner.busy

    run_virtual(flow())


def test_a_procedure_that_stops_its_owner_goes_on_to_its_end():
    async def flow():
        log, ended = [], []

        async def steps(owner, log):
            owner.stop()
            log.append("end")

        owner = PromptOwner(lambda event: None, ended=ended.append)
        owner.start(Scripted(owner, steps, log))
        assert log == ["end"]
        assert not owner.busy
        assert ended == []

    run_virtual(flow())


def test_stopping_abandons_and_leaves_nothing():
    async def flow():
        log = []
        owner = PromptOwner(lambda event: None)
        owner.start(Scripted(owner, one_ask, log))
        owner.stop()
        assert log[-1] == "abandoned"
        owner.deliver(Ping())
        assert log[-1] == "abandoned"

    run_virtual(flow())


def test_a_lost_connection_reaches_the_wait():
    async def flow():
        log = []

        async def steps(owner, log):
            with pytest.raises(Gone):
                await owner.wait(Ping, timer=T)
            log.append("gone")

        owner = PromptOwner(lambda event: None)
        owner.start(Scripted(owner, steps, log))
        owner.lost("the radio")
        assert log == ["gone"]

    run_virtual(flow())


def test_a_bug_costs_this_owner_alone(caplog):
    async def flow():
        failed = []

        async def steps(owner, log):
            raise ValueError("bug")

        owner = PromptOwner(lambda event: None, failed=failed.append)
        owner.start(Scripted(owner, steps, []))
        assert [str(each) for each in failed] == ["bug"]
        assert not owner.busy

    run_virtual(flow())
    assert "this costs one UE" in caplog.text


def test_a_message_kept_for_later_serves_the_next_wait_and_what_begins_after():
    async def flow():
        log, begun = [], []

        async def steps(owner, log):
            await owner.wait(Ping, timer=T)
            await owner.wait(Pong, timer=T)
            log.append("both")

        owner = PromptOwner(begun.append)
        owner.start(Scripted(owner, steps, log, Verdict.LATER))
        owner.deliver(Pong())
        owner.deliver("new")
        owner.deliver(Ping())
        assert log == ["both"]
        assert begun == ["new"]

    run_virtual(flow())

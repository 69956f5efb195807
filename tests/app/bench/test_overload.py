"""Goodput at a core's capacity and beyond: which stages, and what is concluded."""

import asyncio

import pytest

from judges.bench import bench
from pilot5g.app.bench import overload
from pilot5g.app.bench.causes import NO_PHONE, RADIO_REFUSED, unanswered, words
from pilot5g.app.bench.load import Counted, Stage
from pilot5g.app.bench.mix import STANDARD
from pilot5g.app.bench.overload import CAPACITY, Goodput, judged, name_of, stages
from pilot5g.app.bench.report import report
from pilot5g.app.bench.runner import Result
from pilot5g.app.bench.statistics import Series, packed
from pilot5g.ran.radio import RrcRejected
from pilot5g.ran.ue.outcome import Rejected

BASE = Stage(name="load", mix=STANDARD, duration=5.0)
CONGESTED = words(Rejected(22, "the network is congested", "wait"))


class Core:
    """Serves `most` a second; of what is more, all time out (`breaks`) or are refused."""

    measures_core = False

    def __init__(self, most, breaks):
        self.most, self.breaks, self.stages = most, breaks, []

    async def run(self, stage):
        self.stages.append(stage)
        rate = stage.rate or self.most
        served = self.most if rate <= self.most or not self.breaks else 0
        duration = stage.duration if stage.rate else stage.count / rate
        n, lost = int(served * duration), int((rate - served) * duration)
        cause = unanswered(5) if self.breaks else RADIO_REFUSED
        counted = Counted(
            seconds=duration,
            begun=n + lost,
            series={"registration+session": Series(packed([duration / 2] * n), packed([0.02] * n))},
            failures=[("registration", cause, lost)] if lost else [],
        )
        return Result(stage=stage, counted=counted)


def gather(core, base=BASE, phones=10_000, monkeypatch=None):
    async def whole():
        return [each async for each in stages(core, base, phones)]

    return asyncio.run(whole())


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(overload, "PAUSE", 0.0)


def test_the_capacity_is_found_and_offered_once_twice_and_five_times():
    core = Core(100, breaks=False)
    gather(core)
    assert [each.name for each in core.stages] == [CAPACITY, *map(name_of, (1, 2, 5))]
    assert [each.rate for each in core.stages] == [0, 100, 200, 500]
    assert core.stages[0].window > 0
    assert all(each.asks_first for each in core.stages[1:])


def test_a_capacity_that_is_given_is_not_looked_for():
    core = Core(100, breaks=False)
    gather(core, base=Stage(name="load", mix=STANDARD, rate=40.0, duration=5.0))
    assert [each.rate for each in core.stages] == [40, 80, 200]


def test_a_stage_lasts_as_long_as_there_are_phones():
    core = Core(100, breaks=False)
    gather(core, phones=1000)
    assert core.stages[-1].duration == pytest.approx(2.2)


def test_a_core_without_capacity_is_asked_no_more():
    core = Core(0.5, breaks=False)
    assert len(gather(core, phones=10)) == 1


def test_who_stays_at_the_capacity_and_who_does_not():
    good = judged(gather(Core(100, breaks=False)))
    assert [each.kept for each in good] == [1.0, 1.0, 1.0]
    assert [each.radio for each in good] == [0, 500, 2000]
    bad = judged(gather(Core(100, breaks=True)))
    assert [each.kept for each in bad] == [1.0, 0.0, 0.0]
    assert [each.timed_out for each in bad] == [0, 1000, 2500]
    assert bad[1].p99_ms is None


def test_what_ends_after_the_arrivals_is_no_goodput():
    stage = Stage(name=name_of(1), mix=overload.ARRIVE, rate=10, duration=1.0)
    series = {"registration+session": Series(packed([0.5, 1.5]), packed([0.1, 0.2]))}
    counted = Counted(seconds=2.0, begun=10, series=series, failures=[("session", CONGESTED, 3)])
    late = Counted(seconds=2.0, begun=10, late=9, failures=[("session", NO_PHONE, 1), ("session", "x", 2)])
    (found,) = judged([Result(stage=stage, counted=counted)])
    assert found == Goodput(
        times=1.0,
        offered=10.0,
        goodput=1.0,
        kept=1.0,
        congestion=3,
        radio=0,
        timed_out=0,
        other=0,
        p99_ms=pytest.approx(200.0),
        on_time=True,
    )
    (found,) = judged([Result(stage=stage, counted=late)])
    assert not found.on_time  # the generator was overloaded itself
    assert (found.other, found.kept) == (3, None)


def test_the_figures_and_that_a_refusal_is_no_failure_here():
    results = gather(Core(100, breaks=False))
    told = report(results, target="x", seed=1, phones=1, generators=1, parts=[])
    figures = {each.name: each.value for each in told.figures}
    assert figures["goodput at 5x of capacity"] == 100
    assert figures["goodput at 5x of capacity against 1x"] == 1.0
    assert told.failed == 0
    broken = gather(Core(100, breaks=True))
    assert report(broken, target="x", seed=1, phones=1, generators=1, parts=[]).failed == 3500


def test_words_for_an_rrc_reject():
    assert words(RrcRejected("cell 1 of gnb-1: busy", 4)) == RADIO_REFUSED


def test_arrivals_ask_their_radio_first_and_those_turned_away_make_no_phone():
    async def flow(runner):
        network = runner.network
        for gnb in network.radios.gnbs.values():
            gnb._n2s[0].ng.overload = FULL
        stage = Stage(name=name_of(5), mix=overload.ARRIVE, rate=50, duration=1.0, asks_first=True)
        turned_away = await runner.run(stage)
        assert turned_away.counted.failures == [("registration", RADIO_REFUSED, 50)]
        assert runner.crowd._made == 0
        for gnb in network.radios.gnbs.values():
            gnb._n2s[0].ng.overload = HALF
        half = await runner.run(stage)
        done = len(half.counted.series["registration+session"].points)
        (only,) = half.counted.failures
        assert only[:2] == ("registration", RADIO_REFUSED)
        assert done + only[2] == 50  # who was admitted is not asked again
        assert 10 < done < 40

    from pilot5g.ran.gnb.overload import Overload

    FULL, HALF = Overload("reject-rrc-cr-signalling", 100), Overload("reject-rrc-cr-signalling", 50)
    bench(flow, phones=60)

"""Which stages are run, and what is concluded from them."""

import asyncio

import msgspec
import pytest

from judges.bench import bench
from pilot5g.app.bench.arrivals import Constant
from pilot5g.app.bench.load import Counted, Stage
from pilot5g.app.bench.mix import STANDARD, Kind, parse_mix
from pilot5g.app.bench.plans import (
    COME_AND_GO,
    CROWD,
    FAST,
    HALF,
    HOLD,
    IDLE,
    MORE,
    ONE,
    Bench,
    alone,
    alone_name,
    best,
    fill,
    held,
    on_time,
    sustained,
    worst,
)
from pilot5g.app.bench.report import report
from pilot5g.app.bench.runner import Cost, Result
from pilot5g.app.bench.statistics import Series, packed

BASE = Stage(name="load", mix=STANDARD, rate=10.0, duration=2.0)


class Capacity:
    """A core that holds a rate and no more: beyond it, what `breaks` says happens."""

    measures_core = False

    def __init__(self, most, breaks="slow"):
        self.most, self.breaks, self.rates = most, breaks, []

    async def run(self, stage):
        self.rates.append(stage.rate)
        over = stage.rate > self.most
        begun = int(stage.rate * stage.duration)
        took = [0.5 if over and self.breaks == "slow" else 0.01] * begun
        counted = Counted(
            seconds=stage.duration,
            begun=begun,
            series={"registration+session": Series(packed([1.0] * begun), packed(took))},
            failures=[("session", "refused", 1)] if over and self.breaks == "fail" else [],
            late=begun if over and self.breaks == "late" else 0,
        )
        return Result(stage=stage, counted=counted)


def gather(results):
    async def all_of_them():
        return [each async for each in results]

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("breaks", ["slow", "fail", "late"])
@pytest.mark.parametrize("most", [1.5, 10, 77, 1234])
def test_the_search_finds_the_highest_rate(most, breaks):
    core = Capacity(most, breaks)
    results = gather(Bench(core, BASE, 100).find_most(BASE, 100.0, warm_up=False))
    found = best(results, 100.0)
    assert found is not None
    assert most * 0.9 <= found.stage.rate <= most
    assert len(core.rates) < 20


def test_a_core_that_holds_nothing_ends_the_search():
    results = gather(Bench(Capacity(0), BASE, 100).find_most(BASE, 100.0, warm_up=False))
    assert best(results, 100.0) is None
    assert len(results) < 10


def test_steps_are_run_in_order_each_named_by_its_rate():
    core = Capacity(100)
    results = gather(Bench(core, BASE, 100).steps(BASE, [50, 100, 200], warm_up=False))
    assert core.rates == [0, 50, 100, 200], "phones are brought up first"
    assert [each.stage.name for each in results[1:]] == ["50/s", "100/s", "200/s"]
    assert [sustained(each, 100.0) for each in results[1:]] == [True, True, False]
    assert worst(results[-1]) == 500


def test_phones_are_brought_where_the_mix_begins():
    mix = parse_mix("registration=1,session=1,paging=1,deregistration=1")
    stages = fill(mix, 90, msgspec.structs.replace(BASE, mix=mix))
    assert [(each.mix.name, each.count) for each in stages] == [
        ("registration=1", 30),
        ("registration+session=1", 30),
    ]
    assert fill(parse_mix("registration+session+deregistration"), 90, BASE) == []


def test_each_procedure_is_measured_alone_with_what_it_needs_before_it():
    mix = parse_mix("service=1,release=1,registration-guti=1")
    kinds = [each.mix.name.removesuffix("=1") for each in alone(mix.kinds, 10, BASE)]
    assert kinds == [
        "registration",
        "session",
        "service",
        "release",
        "deregistration",
        "registration-guti",
        "deregistration",
    ]


def test_late_arrivals_are_the_generators_fault():
    counted = Counted(seconds=1, begun=100, late=2)
    assert not on_time(Result(stage=BASE, counted=counted))
    assert on_time(Result(stage=BASE, counted=msgspec.structs.replace(counted, late=1)))


@pytest.fixture(scope="module")
def suite():
    """The standard suite on a whole network in virtual time."""

    async def flow(runner):
        async for _ in Bench(runner, BASE, 40).suite():
            pass

    return bench(flow, phones=40, delay=0.05, jitter=0.02).results


def test_the_suite_runs_without_failure(suite):
    assert [each.counted.failures for each in suite] == [[]] * len(suite)
    names = [each.stage.name for each in suite]
    assert names[:2] == [IDLE, ONE]
    assert names[-5] == FAST
    assert names[-4] == names[-2] == "everybody leaves"
    assert names[-3].startswith(HOLD)
    assert names[-1] == HALF
    assert suite[-1].stage.rate == suite[-3].stage.rate / 2
    assert [alone_name(k) for k in (Kind.REGISTRATION, Kind.SESSION, Kind.DEREGISTRATION)] == names[2:5]
    assert suite[-1].stage.arrivals == Constant()


def test_the_suite_comes_to_the_figures_that_people_ask_for(suite):
    found = report(suite, target="x", seed=1, phones=40, generators=1, parts=[])
    names = {each.name for each in found.figures}
    assert {
        "registration on an idle core, p50",
        "registration+session on an idle core, p50",
        "registration+session at half of the sustained rate, p99",
        "registration + session, sustained",
        "registration+session as fast as it goes",
        "core memory per registered phone with a session",
    } <= names


def test_a_rate_that_is_not_held_is_tried_lower():
    async def flow(capacity):
        async for result in Bench(capacity, BASE, 10_000)._hold(100.0, 100.0):
            results.append(result)

    results: list[Result] = []
    asyncio.run(flow(Capacity(85)))
    tried = [each.stage.rate for each in results if each.stage.name.startswith(HOLD)]
    assert tried == pytest.approx([100, 93, 86.5, 80.4], rel=0.01)
    assert results[-1].stage.rate == pytest.approx(tried[-1] / 2)
    found = held(results)
    assert found is not None
    assert found.stage.rate == tried[-1]
    assert found.stage.duration == pytest.approx(15, rel=0.01)
    assert held([each for each in results if each.stage.name != HALF]) is None


def test_a_crowd_arrives_and_some_more_come_and_go_among_it():
    async def flow(runner):
        async for _ in Bench(runner, BASE, 40).crowded():
            pass

    results = bench(flow, phones=40).results
    assert [each.stage.name for each in results] == [CROWD, MORE, COME_AND_GO]
    assert [each.counted.begun for each in results[:2]] == [20, 20]
    assert [each.counted.failures for each in results] == [[], [], []]
    assert results[2].counted.series["deregistration"].points


def test_a_load_with_idle_procedures_runs_after_its_warm_up():
    mix = parse_mix("registration+session=1,service=1,paging=1,deregistration=1")

    async def flow(runner):
        load = msgspec.structs.replace(BASE, mix=mix, rate=4.0, duration=5.0)
        async for _ in Bench(runner, load, 60).one(load, warm_up=True):
            pass

    results = bench(flow, "timers: {X-INACTIVE: 0.3}\n", phones=60).results
    assert [each.counted.failures for each in results] == [[]] * len(results)
    assert results[-1].stage.name == "load"
    assert alone_name(Kind.PAGING) in [each.stage.name for each in results]


def test_the_cost_is_of_nobody_where_the_core_is_not_known():
    assert Cost().core is None

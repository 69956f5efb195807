"""Stages of load on a whole network in virtual time: what is begun, timed, counted and given up."""

import asyncio
from collections import Counter

import pytest

from judges.bench import bench
from pilot5g.app.bench.arrivals import Burst, Poisson, schedule
from pilot5g.app.bench.causes import NO_PHONE
from pilot5g.app.bench.load import HOPELESS, Stage
from pilot5g.app.bench.mix import STANDARD, Kind, Rest, parse_mix, single
from pilot5g.app.bench.statistics import unpacked
from pilot5g.flow.clock import now

IDLE = "timers: {X-INACTIVE: 0.3}\n"
ALL = (
    "registration+session=1,service=0.5,paging=0.5,mobility=0.2,periodic=0.2,release=0.2,session=0.2,"
    "registration-guti=0.2,handover-xn=0.3,handover-n2=0.3,deregistration=1.2"
)


def stage(mix=STANDARD, **fields):
    return Stage(**{"name": "test", "mix": mix, "rate": 5.0, "duration": 4.0, **fields})


def run(*stages, yaml="", **options):
    """The results of stages one after the other."""

    async def flow(runner):
        for each in stages:
            await runner.run(each)

    return bench(flow, yaml, **options).results


def done(result, name):
    series = result.counted.series.get(name)
    return len(series.points) if series else 0


def test_an_open_loop_begins_its_schedule_on_time_and_times_it_at_the_phone():
    """One way over N2 takes 10 ms; a registration is three messages up and three down to the accept."""
    (result,) = run(stage(), delay=0.01)
    assert result.counted.failures == []
    assert [done(result, name) for name in ("registration+session", "deregistration")] == [20, 20]
    assert result.counted.late == 0
    assert max(unpacked(result.counted.lateness)) < 1e-9
    assert result.counted.seconds == pytest.approx(4.0)
    registration = unpacked(result.counted.series["registration"].took)
    session = unpacked(result.counted.series["session"].took)
    both = unpacked(result.counted.series["registration+session"].took)
    assert min(registration) == pytest.approx(0.06)
    assert min(session) == pytest.approx(0.02)
    assert list(both) == pytest.approx([a + b for a, b in zip(registration, session, strict=True)], abs=1e-6)


def test_arrivals_do_not_wait_for_completions():
    """Each takes longer than the gap between arrivals: they overlap, and all come at their time."""
    (result,) = run(stage(single(Kind.REGISTRATION), rate=20.0, duration=1.0), delay=0.05)
    assert done(result, "registration") == 20
    ends = [end - took for end, took in result.counted.series["registration"].points]
    expected = [each.at for each in schedule(single(Kind.REGISTRATION), stage().arrivals, 20.0, 1.0, 1)]
    assert sorted(ends) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("arrivals", [Poisson(), Burst(4)])
def test_the_same_seed_gives_the_same_run(arrivals):
    def once():
        (result,) = run(stage(arrivals=arrivals, seed=7), jitter=0.01)
        return result.counted

    assert once() == once()


def test_every_procedure_there_is_in_one_mix():
    mix = parse_mix(ALL)

    async def flow(runner):
        for chain, count in (((Kind.REGISTRATION, Kind.SESSION), 30), ((Kind.REGISTRATION,), 10)):
            await runner.run(stage(single(*chain), rate=0.0, window=5, count=count))
        await asyncio.sleep(1)
        await runner.run(stage(mix, rate=4.0, duration=10.0))

    result = bench(flow, IDLE + "radios: [{id: 1}, {id: 2}]\n", gnbs=2, phones=60).results[-1]
    assert result.counted.failures == []
    assert {kind for kind in Kind if done(result, kind)} == set(Kind)
    assert done(result, "paging") == 20


def test_phones_are_used_again_and_again():
    results = run(stage(single(*STANDARD.kinds), rate=0.0, window=3, count=100, duration=1000), phones=4)
    assert done(results[0], "registration+session+deregistration") == 100


def test_a_closed_loop_keeps_the_window_and_the_count():
    async def flow(runner):
        most = Counter()
        perform = runner.crowd.take

        def take(entry):
            subject = perform(entry)
            working = runner.crowd.count - sum(runner.crowd.resting(rest) for rest in Rest)
            most["at work"] = max(most["at work"], working)
            return subject

        runner.crowd.take = take
        await runner.run(stage(STANDARD, rate=0.0, window=6, count=50, duration=100))
        assert most["at work"] == 6

    (result,) = bench(flow, delay=0.01).results
    assert result.counted.begun == 50


def test_a_closed_loop_ends_when_no_phone_is_left_that_fits():
    (result,) = run(stage(single(Kind.REGISTRATION), rate=0.0, window=8, count=1000), phones=20)
    assert done(result, "registration") == 20
    assert result.counted.failures == []
    assert result.counted.seconds < 1


def test_an_arrival_that_finds_no_phone_is_a_failure_that_says_so():
    (result,) = run(stage(single(Kind.REGISTRATION), rate=10.0), phones=15)
    assert done(result, "registration") == 15
    assert result.counted.failures == [("registration", NO_PHONE, 25)]


def test_an_amf_that_refuses_everyone_is_reported_by_cause_and_the_stage_ends_early():
    async def flow(runner):
        for sim in runner.network.config.phones.list:
            await runner.network.repository.remove("imsi-" + sim.imsi)
        await runner.run(stage(rate=40.0, duration=60.0))

    (result,) = bench(flow, phones=50).results
    causes = [cause for name, cause, _ in result.counted.failures if name == "registration"]
    assert len(causes) == 1
    assert "refused with cause #3: " in causes[0]
    assert "failures in a row" in result.counted.stopped
    assert result.counted.begun >= HOPELESS
    assert result.counted.seconds < 10


def test_an_amf_that_never_answers_costs_patience_and_no_more():
    async def flow(runner):
        network = runner.network
        network.memory.cut(network.config.n2.address, network.config.radios[0].n2_address, noticed=20)
        began = now()
        await runner.run(stage(rate=5.0, duration=4.0, patience=3.0))
        assert now() - began < 8
        network.memory.heal(network.config.n2.address, network.config.radios[0].n2_address)
        await asyncio.sleep(30)

    (result,) = bench(flow).results
    assert result.counted.series == {}
    silent = "not finished within 3 s: the network did not answer"
    assert sorted(result.counted.failures) == [("deregistration", NO_PHONE, 20), ("registration", silent, 20)]


def test_an_amf_that_dies_mid_run_gives_a_report_of_before_and_after():
    async def flow(runner):
        dying = asyncio.get_running_loop().call_later(3, lambda: asyncio.ensure_future(die(runner.network)))
        await runner.run(stage(rate=5.0, duration=10.0, patience=2.0))
        dying.cancel()
        await runner.network.start_core()

    async def die(network):
        await network.kill_core()

    (result,) = bench(flow, phones=80).results
    assert 10 <= done(result, "registration") <= 16
    causes = " / ".join(cause for _, cause, _ in result.counted.failures)
    assert "did not answer" in causes or "went away" in causes
    assert result.counted.seconds < 15


def test_phones_that_failed_are_as_new_and_work_again():
    """Their network is back: the same phones register."""

    async def flow(runner):
        network = runner.network
        hosts = network.config.n2.address, network.config.radios[0].n2_address
        network.memory.cut(*hosts, noticed=3.5)
        await runner.run(stage(single(Kind.REGISTRATION), rate=5.0, duration=3.0, patience=1.0))
        network.memory.heal(*hosts)
        await asyncio.sleep(5)
        await runner.run(stage(single(Kind.REGISTRATION), rate=0.0, window=4, count=15, duration=30))

    failed, good = bench(flow, phones=15).results
    assert done(failed, "registration") == 0
    assert done(good, "registration") == 15


def test_progress_tells_what_is_under_way():
    from pilot5g.app.bench.load import Load

    seen = []

    async def flow(runner):
        load = Load(stage(rate=20.0, duration=1.0, patience=5), runner.crowd, runner.scene)

        async def beside():
            seen.append(load.progress)

        await load.run(beside)

    bench(flow, phones=40, delay=0.05)
    assert [each.done for each in seen] == sorted(each.done for each in seen)
    assert max(each.working for each in seen) > 1

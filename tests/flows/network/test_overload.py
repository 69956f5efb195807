"""A whole network with more phones than its core can serve, in virtual time.

The core is given a processor on which a message takes two milliseconds, and one of a phone that is refused a
tenth of that, so its capacity is known and the same on every machine.
"""

import asyncio

import pytest

from judges.bench import bench
from judges.network import play
from pilot5g.app.bench.load import Stage
from pilot5g.app.bench.mix import STANDARD
from pilot5g.app.bench.overload import judged, stages
from pilot5g.ran.ue.barring import DEFAULT_RANGE, Barred
from pilot5g.ran.ue.context import State
from pilot5g.wire.ngap import messages as ngap

BARS = "radios: [{bars_in_overload: true}]\n"
PHONES = 1200
MESSAGE, REFUSAL = 0.002, 0.0002
RELEASED = bytes((0x20, ngap.UEContextReleaseComplete.procedure_code))
SMALL = "amf: {overload: {at_least: 16}}"


def slow(network):
    """Give the core a slow processor."""
    amf, loop = network.core.amf, asyncio.get_running_loop()
    receive, spent = amf.on_message, [0.0]

    def on_message(association, data, stream):
        refused = amf.overload.refused
        receive(association, data, stream)
        cheap = amf.overload.refused > refused or data.startswith(RELEASED)
        loop._jumping.now += REFUSAL if cheap else MESSAGE
        spent[0] += REFUSAL if cheap else MESSAGE

    amf.on_message = on_message
    amf.overload._work = lambda: spent[0]


def test_five_times_the_capacity_is_served_at_the_capacity():
    async def flow(runner):
        slow(runner.network)
        base = Stage(name="load", mix=STANDARD, duration=4.0, patience=5.0)
        results = [each async for each in stages(runner, base, PHONES)]
        once, twice, five = judged(results)
        assert once.goodput > 20
        assert twice.kept >= 0.8  # of four seconds, in which it has to be noticed first
        assert five.kept >= 0.9
        assert five.timed_out == twice.timed_out == 0
        assert five.radio > five.congestion > 0  # mostly stopped at the radios
        assert five.p99_ms < 3000
        counts = runner.network.counts
        assert counts["OverloadStart"] > 0
        assert counts["OverloadStop"] > 0

    bench(flow, SMALL, phones=PHONES, gnbs=2)


def test_without_it_five_times_the_capacity_is_hardly_served():
    """What the test above would see of a core that begins whatever it is asked for."""

    async def flow(runner):
        slow(runner.network)
        runner.network.core.amf.overload.turns_away = lambda *_: False
        base = Stage(name="load", mix=STANDARD, duration=4.0, patience=2.0)
        results = [each async for each in stages(runner, base, PHONES)]
        _, _, five = judged(results)
        assert five.kept < 0.5
        assert five.timed_out + five.other > 100

    bench(flow, SMALL, phones=PHONES, gnbs=2)


def test_refused_phones_come_back_each_in_its_own_time():
    async def flow(network):
        network.core.amf.overload.window.size = (
            1  # no more than one at a time, until it is seen to be in time
        )
        phones = [unit.phone for unit in network.units]
        tried = await asyncio.gather(*(phone.register() for phone in phones), return_exceptions=True)
        refused = [phone for phone, how in zip(phones, tried, strict=True) if isinstance(how, Exception)]
        assert len(refused) >= 4
        assert all(phone.context.state is State.DEREGISTERED for phone in refused)
        assert network.counts["InitialUEMessage"] == len(phones)
        low, high = DEFAULT_RANGE  # nobody knew them: they drew T3346 by themselves
        await asyncio.sleep(low - 5)
        assert not any(phone.registered for phone in refused)
        await asyncio.sleep(high - low + 10)
        assert all(phone.registered for phone in phones)
        assert network.core.amf.leftovers() == [] or network.core.amf.overload.under_way == 0
        await asyncio.gather(*(phone.deregister() for phone in phones))

    play(flow, phones=6)


@pytest.mark.parametrize("percent", [99, 50])
def test_phones_that_radios_keep_away_come_when_it_is_over(percent):
    async def flow(network):
        radios = network.core.amf.radios.values()
        start = ngap.OverloadStart(
            amf_overload_response=("overloadAction", "reject-rrc-cr-signalling"),
            amf_traffic_load_reduction_indication=percent,
        )
        for radio in radios:
            radio.send(start)
        await asyncio.sleep(0.1)
        phones = [unit.phone for unit in network.units]
        tried = await asyncio.gather(*(phone.register() for phone in phones), return_exceptions=True)
        assert any(isinstance(how, Exception) for how in tried)
        await asyncio.sleep(60)
        for radio in radios:
            radio.send(ngap.OverloadStop())
        await asyncio.sleep(17)  # the longest that T302 can be
        assert all(phone.registered for phone in phones)
        await asyncio.gather(*(phone.deregister() for phone in phones))

    play(flow, phones=20)


@pytest.mark.parametrize("percent", [99, 50])
def test_phones_that_a_broadcast_keeps_back_do_not_even_ask(percent):
    """Unified access control in place of RRC Reject (TS 38.331 5.3.14): the radio refuses nobody, and all
    come when it is over."""

    async def flow(network):
        radios = network.core.amf.radios.values()
        start = ngap.OverloadStart(
            amf_overload_response=("overloadAction", "reject-rrc-cr-signalling"),
            amf_traffic_load_reduction_indication=percent,
        )
        for radio in radios:
            radio.send(start)
        await asyncio.sleep(0.1)
        phones = [unit.phone for unit in network.units]
        tried = await asyncio.gather(*(phone.register() for phone in phones), return_exceptions=True)
        barred = sum(isinstance(how, Barred) for how in tried)
        assert barred >= (15 if percent == 99 else 4)
        assert network.counts["InitialUEMessage"] == len(phones) - barred
        assert all(gnb.counters.refused == 0 for gnb in network.side.gnbs)
        for radio in radios:
            radio.send(ngap.OverloadStop())
        await asyncio.sleep(1.3 * 8 + 1)
        assert all(phone.registered for phone in phones)
        await asyncio.gather(*(phone.deregister() for phone in phones))

    play(flow, BARS, phones=20)

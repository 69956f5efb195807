"""What subscribers may use: measured by the UPF, granted by the SMF in portions, and over when it is used."""

import asyncio

import pytest

from judges.network import play
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.service.usage import Used, key
from pilot5g.wire.nas import GsmCause

WHERE = pytest.mark.parametrize("upf", ["inside", "external"])
SIZE = 1000
PACKET = SIZE + 28
"""A ping and its answer, each."""


def yaml(upf, usage, more=""):
    return f"n4: {{upf: {upf}}}\ndata_networks: [{{dnn: internet, usage: {usage}}}]\n{more}"


async def pings(unit, most):
    """Ping until there is no answer; how many there were."""
    for answers in range(most):
        try:
            await unit.stack.ping(unit.gateway, size=SIZE, timeout=1)
        except (TimeoutError, ValueError):  # no answer, or no session any more
            return answers
        await asyncio.sleep(0.05)
    return most


@WHERE
def test_a_session_ends_with_the_quota_and_none_begins_after_it(upf):
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        answers = await pings(unit, 200)
        assert 95_000 < answers * 2 * PACKET <= 100_000 + 2 * PACKET
        await asyncio.sleep(2)
        assert not unit.has_session
        supi, smf = f"imsi-{unit.phone.config.imsi}", network.core.smf
        assert 100_000 <= smf.metering.used(supi, "internet").total <= 100_000 + 2 * PACKET
        assert network.core.smf.leftovers() == []
        assert network.core.upf.leftovers() == []
        (ended,) = [entry for entry in network.core.journal.entries if entry.what == "session ended"]
        assert "quota of internet" in ended.reason
        with pytest.raises(Rejected) as refused:
            await unit.open_sessions()
        assert refused.value.cause == GsmCause.OPERATOR_DETERMINED_BARRING
        await unit.deregister()

    play(flow, yaml(upf, "{quota: 100 kB}"))


@WHERE
def test_a_quota_is_granted_in_portions_that_the_phone_does_not_notice(upf):
    """Ten grants of a megabyte; several sessions share the quota."""

    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        (session,) = network.core.smf._sessions.values()
        grants = set()
        for _ in range(30):
            assert await pings(unit, 60) == 60
            grants.add(session.context.granted)
        assert grants == {1_000_000}
        used = await network.core.smf.used(session.context.supi)
        assert used["internet"].total == 30 * 60 * 2 * PACKET
        await unit.deregister()
        assert network.core.smf.metering.used(session.context.supi, "internet") == used["internet"]

    play(flow, yaml(upf, "{quota: 10 MB}"))


def test_use_outlives_the_core_and_a_portion_is_the_most_that_is_forgotten():
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        await pings(unit, 30)
        before = network.core.smf.metering.used(f"imsi-{unit.phone.config.imsi}", "internet")
        assert before.total > 0
        await network.kill_core()
        await network.start_core()
        await unit.phone.until_idle()
        await asyncio.sleep(20)
        after = network.core.smf.metering.used(f"imsi-{unit.phone.config.imsi}", "internet")
        assert after == before
        answers = await pings(unit, 200)
        assert 0 < answers * 2 * PACKET <= 100_000 - before.total + 2 * PACKET
        await unit.deregister()

    play(flow, yaml("inside", "{quota: 100 kB, report_volume: 10 kB}"))


@WHERE
def test_use_is_counted_where_nobody_limits_it(upf):
    """By volume, by time, and at the end of a session."""

    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        assert await pings(unit, 5) == 5
        supi = f"imsi-{unit.phone.config.imsi}"
        metering = network.core.smf.metering
        assert metering.used(supi, "internet") == Used()
        for _ in range(10):
            await pings(unit, 1)
            await asyncio.sleep(1)
        first = metering.used(supi, "internet")
        assert first.total > 0
        assert first.seconds >= 5
        await unit.deregister()
        assert metering.used(supi, "internet").total == 15 * 2 * PACKET
        stored = await network.store.get("usage", key(supi, "internet"))
        assert stored is not None

    play(flow, yaml(upf, "{report_volume: 50 kB, report_time: 5 s}"))

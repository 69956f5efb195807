"""A whole network whose UPF is a process of its own: the same lives of phones, with PFCP in between."""

import asyncio
from collections import Counter

from judges.network import Network, play, registered
from pilot5g.wire import pfcp

YAML = "n4: {upf: external}\ntimers: {X-INACTIVE: 5}\n"


async def ping(unit) -> None:
    await unit.stack.ping(unit.gateway, timeout=5)


def said(network: Network) -> Counter[str]:
    """How many of each PFCP message."""
    return Counter(type(pfcp.decode(octets).message).__name__ for octets in network.n4)


def test_a_whole_life_with_the_upf_elsewhere():
    """Registration, session, traffic, idle, paging, service request, deregistration."""

    async def flow(network):
        async with registered(network) as (unit,):
            await ping(unit)
            await unit.phone.until_idle()
            await unit.arm(20)
            await unit.phone.until_connected()
            await unit.phone.until_idle()
            before = unit.pagings
            await unit.caller.receive(30)
            assert unit.pagings == before + 1
            await unit.phone.until_idle()
            await ping(unit)
        await asyncio.sleep(1)
        counts = said(network)
        assert counts["SessionEstablishmentRequest"] == counts["SessionDeletionResponse"] == 1
        assert counts["SessionReportRequest"] == counts["SessionReportResponse"] >= 1
        assert counts["SessionModificationRequest"] == counts["SessionModificationResponse"] >= 4

    play(flow, YAML)


def test_many_phones_over_a_bad_n4():
    """Loss, repetition and disorder between SMF and UPF: sessions come all the same, and nothing is left."""

    async def flow(network):
        network.memory.jitter = 0.02
        async with registered(network) as units:
            network.memory.duplicate = network.memory.reorder = 0.2
            await asyncio.gather(*(ping(unit) for unit in units))
            await asyncio.gather(*(unit.phone.until_idle() for unit in units))
        await asyncio.sleep(20)

    play(flow, YAML, phones=6, gnbs=2)


def test_kill_9_of_the_upf_loses_no_session():
    """It is noticed by the next heartbeat, every session established again with the tunnel the radio knows,
    and packets flow without a word to any phone (TS 23.527 4.3.2)."""

    async def flow(network):
        async with registered(network) as units:
            await asyncio.gather(*(ping(unit) for unit in units))
            tunnels = {context.context.uplink for context in network.core.smf._sessions.values()}
            ngap = len(network.sent)
            await network.kill_upf()
            network.start_upf()
            await asyncio.sleep(12)
            assert network.function.upf.sessions == len(units)
            assert {pdr.local_fteid for s in network.function.upf._sessions.values() for pdr in s.pdrs} == {
                *tunnels,
                None,
            }
            await asyncio.gather(*(ping(unit) for unit in units))
            assert network.ladder[ngap:] == []
        await asyncio.sleep(1)

    play(flow, "n4: {upf: external}\ntimers: {X-INACTIVE: 60}\n", phones=4, gnbs=2)


def test_kill_9_of_the_core_loses_no_session():
    """The UPF stays, deletes what the core before had when the next one associates, and has it again."""

    async def flow(network):
        await asyncio.gather(*(unit.register() for unit in network.units))
        await asyncio.gather(*(unit.open_sessions() for unit in network.units))
        addresses = [unit.address for unit in network.units]
        for unit in network.units:
            await unit.phone.until_idle()
        await network.kill_core()
        assert network.function.upf.sessions == len(network.units)
        await network.start_core()
        await asyncio.sleep(60)
        assert network.function.upf.sessions == len(network.units)
        await asyncio.gather(*(ping(unit) for unit in network.units))
        assert [unit.address for unit in network.units] == addresses
        await asyncio.gather(*(unit.deregister() for unit in network.units))

    play(flow, YAML, phones=3)


def test_a_core_without_its_upf_refuses_sessions_and_says_so():
    """Phones register; sessions are refused with a cause until the UPF is there."""

    async def flow(network):
        (unit,) = network.units
        await network.kill_upf()
        await asyncio.sleep(30)
        await unit.register()
        refused = await asyncio.gather(unit.open_sessions(), return_exceptions=True)
        assert refused[0] is not None
        told = [str(entry) for entry in network.core.journal.entries if entry.cause]
        assert any("association lost" in line and "see whether the UPF runs" in line for line in told)
        assert any("PDU session refused" in line and "no association" in line for line in told)
        network.start_upf()
        await asyncio.sleep(20)
        await unit.open_sessions()
        await ping(unit)
        await unit.deregister()

    play(flow, "n4: {upf: external}\n")

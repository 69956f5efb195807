"""A radio moves its end of a tunnel under traffic (TS 38.413 8.2.5)."""

import asyncio

import msgspec

from judges.network import play, registered
from pilot5g.ran.gnb.ue import MoveTunnel
from pilot5g.service.n4 import Cause, N4Error


async def pings(unit, count):
    for _ in range(count):
        await unit.stack.ping(unit.gateway, timeout=5)


def test_no_packet_is_lost():
    async def flow(network):
        async with registered(network) as (unit,):
            gnb = network.radios.gnbs["gnb-1"]
            (ue,) = gnb.ues
            (session,) = ue.context.sessions.values()
            running = asyncio.ensure_future(pings(unit, 100))
            seen = {session.downlink_teid}
            for _ in range(5):
                ue.deliver(MoveTunnel(session.id))
                await asyncio.sleep(0.5)
                seen.add(session.downlink_teid)
            await running
            await pings(unit, 1)
            assert len(seen) == 6
            assert not ue.splices
            assert len(gnb._site.userplane) == 1
            assert gnb.user_counters.unknown_tunnel == 0
        assert network.counts["PDUSessionResourceModifyConfirm"] == 5

    play(flow, "phones: {count: 1}\n", gnbs=1, delay=0.01)


def test_a_session_that_cannot_move_stays_where_it_was():
    async def flow(network):
        async with registered(network) as _:
            gnb, smf = network.radios.gnbs["gnb-1"], network.core.smf
            (ue,) = gnb.ues
            (session,) = ue.context.sessions.values()
            before, modify = msgspec.structs.replace(session), smf.upf.modify

            async def refuse(change):
                raise N4Error(Cause.SYSTEM_FAILURE, "as ordered")

            smf.upf.modify = refuse
            ue.deliver(MoveTunnel(session.id))
            ue.deliver(MoveTunnel(9))
            await asyncio.sleep(1)
            smf.upf.modify = modify
            assert session == before
            assert not ue.splices
            await asyncio.sleep(0.5)
            assert len(gnb._site.userplane) == 1

    play(flow, "phones: {count: 1}\n", gnbs=1)

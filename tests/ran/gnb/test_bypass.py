"""An emulated phone's packets go past the process while it has one flow, and the gNB still knows of them."""

import asyncio

from pilot5g.flow.clock import now
from pilot5g.flow.link import TunnelEnds
from pilot5g.wire.ngap import messages as m
from ran.gnb.ladder import UPF, ladder, rig
from ran.gnb.test_contexts import release


class Way:
    """A bypass that takes nothing."""

    def __init__(self):
        self.ends = None
        self.last = 0.0

    def open(self, ends):
        self.ends = ends

    def close(self):
        self.ends = None


async def offered(phone, qfi=1, way=None):
    way = way or Way()
    phone.connection.bypass(1, qfi, way)
    await asyncio.sleep(0.01)
    return way


@ladder
async def test_it_is_told_the_ends_of_the_tunnel_and_closed_with_it():
    async with rig() as r:
        phone, ids, _ = await r.with_session()
        way = await offered(phone)
        assert way.ends == TunnelEnds("127.0.0.11", UPF[0], 2152, 0xAA000001, way.ends.downlink_teid, 1)
        assert way.ends.downlink_teid
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)
        assert way.ends is None


@ladder
async def test_it_is_taken_back_by_the_phone():
    async with rig() as r:
        phone, _, _ = await r.with_session()
        way = await offered(phone)
        assert way.ends is not None
        phone.connection.bypass(1, 0, None)
        await asyncio.sleep(0.01)
        assert way.ends is None


@ladder
async def test_another_flow_than_the_only_one_has_none():
    async with rig() as r:
        phone, _, _ = await r.with_session()
        assert (await offered(phone, qfi=2)).ends is None


@ladder
async def test_a_session_that_the_gnb_has_not_has_none():
    async with rig() as r:
        phone, _ = await r.with_context()
        assert (await offered(phone)).ends is None


@ladder
async def test_what_goes_past_the_process_keeps_a_phone_from_idle():
    async with rig(timers={"X-INACTIVE": 10}) as r:
        phone, _, _ = await r.with_session()
        began = now()
        way = await offered(phone)
        for _ in range(4):
            await asyncio.sleep(6)
            way.last = now()
        request = await r.amf.get(m.UEContextReleaseRequest)
        assert request.cause == ("radioNetwork", "user-inactivity")
        assert 34 <= now() - began <= 35

"""A user plane that is suspended and comes back as it was (TS 23.502 4.8.2)."""

import asyncio

import pytest

from judges.network import play, registered
from pilot5g.flow.errors import ServiceError
from pilot5g.service.nsmf import SmContextUpdate, UpCnxState


def test_packets_wait_for_it():
    async def flow(network):
        async with registered(network) as (unit, other):
            core, phone = network.core, unit.phone
            ue = core.amf.ues.by_supi[phone.config.supi]
            ref, here = ue.context.sessions[1].ref, phone.sessions[1].context.ipv4
            smf = core.smf
            session = smf._session(ref)
            before = session.context.downlink
            session.activating = True  # nobody is to be paged for what waits
            await smf.update_sm_context(ref, SmContextUpdate(up_cnx_state=UpCnxState.SUSPENDED))
            session.activating = True
            assert session.context.downlink is None
            ping = asyncio.ensure_future(other.stack.ping(here, timeout=5))
            await asyncio.sleep(1)
            assert not ping.done()
            await smf.update_sm_context(ref, SmContextUpdate(up_cnx_state=UpCnxState.ACTIVATED))
            assert session.context.downlink == before
            await ping
            with pytest.raises(ServiceError):
                await smf.update_sm_context(ref, SmContextUpdate(up_cnx_state=UpCnxState.ACTIVATED))

    play(flow, "phones: {count: 2}\n", gnbs=1, phones=2)

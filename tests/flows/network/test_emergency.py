"""Calls for help over the whole network: with a SIM, without one, and where there is no service otherwise."""

import asyncio

import msgspec
import pytest

from judges.network import play, registered
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.ran.ue.stack import Stack

SOS = """
emergency: {dnn: sos, anybody: true, numbers: ["112"]}
data_networks: [{dnn: internet}, {dnn: sos}]
phones: {count: 1}
"""
LIMITED = SOS.replace("anybody: true", "anybody: false")


async def talks(session, gateway):
    stack = Stack(session)
    await stack.ping(gateway, timeout=5)


def gateway(network):
    return network.config.data_networks[1].gateway4


def test_a_registered_phone_calls():
    async def flow(network):
        async with registered(network) as (unit,):
            session = await unit.phone.call_for_help()
            assert session.context.dnn == "sos"
            await talks(session, gateway(network))

    play(flow, SOS)


def test_a_phone_that_is_not_registered_calls_by_its_sim():
    async def flow(network):
        phone = network.units[0].phone
        session = await phone.call_for_help()
        await talks(session, gateway(network))
        keys = network.core.amf.ues.by_supi[phone.config.supi].context.keys
        assert keys.nas.integrity != 0
        await phone.deregister()

    play(flow, LIMITED)


@pytest.mark.parametrize("why", ["no SIM", "wrong key"])
def test_a_phone_without_a_sim_or_with_a_wrong_one_calls(why):
    async def flow(network):
        phone = network.units[0].phone
        if why == "no SIM":
            phone.context.usim_valid = False
        else:
            phone.usim._config = msgspec.structs.replace(phone.config, k=bytes(16))
        session = await phone.call_for_help()
        await talks(session, gateway(network))
        assert phone.context.current.nas.integrity == 0
        assert phone.config.supi not in network.core.amf.ues.by_supi
        await asyncio.sleep(20)  # idle, and back by a service request
        await talks(session, gateway(network))
        await phone.deregister()

    play(flow, SOS + "timers: {X-INACTIVE: 5}\n")


def test_without_a_sim_where_only_subscribers_may():
    async def flow(network):
        phone = network.units[0].phone
        phone.context.usim_valid = False
        with pytest.raises(Rejected):
            await phone.call_for_help()
        await asyncio.sleep(20)

    play(flow, LIMITED)


def test_in_a_forbidden_area():
    """Limited service: the cell is not suitable, and acceptable for this."""

    async def flow(network):
        phone = network.units[0].phone
        before = await network.repository.get(phone.config.supi)
        access = msgspec.structs.replace(before.access, forbidden_areas=(1,))
        await network.repository.put(msgspec.structs.replace(before, access=access))
        with pytest.raises(Rejected):
            await phone.register()
        await asyncio.sleep(20)
        session = await phone.call_for_help()
        await talks(session, gateway(network))
        await phone.deregister()

    play(flow, LIMITED)


def test_after_the_call_a_phone_with_a_sim_registers_with_its_subscription():
    async def flow(network):
        phone = network.units[0].phone
        session = await phone.call_for_help()
        assert phone.context.emergency
        await phone.release_session(session.id)
        await phone.until(lambda: phone.registered and not phone.context.emergency)
        assert not network.core.amf.ues.by_supi[phone.config.supi].context.emergency
        await phone.open_session()
        await phone.deregister()

    play(flow, LIMITED + "timers: {X-INACTIVE: 5}\n")

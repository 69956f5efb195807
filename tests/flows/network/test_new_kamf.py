"""A new K_AMF for the next AMF (TS 33.501 6.9.2.3.3, 6.9.3), derived by either half for itself."""

import asyncio

import pytest

from flows.network.test_amfs import SET, SETS, begin_at, home, radio
from judges.network import play
from pilot5g.crypto import kdf
from pilot5g.wire import nas

DERIVING = "\nsecurity: {horizontal_derivation: true}\n"


def keys_at(network, phone):
    """The keys of the phone at the AMF that has it."""
    supi = f"imsi-{phone.config.imsi}"
    (amf,) = (amf for amf in network.amfs if supi in amf.ues.by_supi)
    return amf.ues.by_supi[supi].context.keys


def commands(network):
    """Security mode commands that were sent, as read."""
    pdus = [getattr(message, "nas_pdu", None) or b"" for message in network.ngap]
    told = [nas.decode(pdu[7:]) for pdu in pdus if pdu[1:2] == b"\3"]
    return [message for message in told if isinstance(message, nas.SecurityModeCommand)]


@pytest.mark.parametrize("yaml", [SET, SETS], ids=["set", "sets"])
def test_6_9_3_a_phone_that_registers_with_another_amf_gets_a_new_kamf(yaml):
    async def flow(network):
        (unit,) = network.units
        phone = unit.phone
        await begin_at(network, unit, "gnb-1")
        before = phone.context.current.kamf
        count = keys_at(network, phone).nas.uplink_count
        address = unit.address
        phone.camp(radio(network, "gnb-2"))
        await asyncio.sleep(0.1)
        await phone.register()
        await asyncio.sleep(1)
        assert home(network, phone) == ["amf-2"]
        keys = keys_at(network, phone)
        assert keys.kamf == phone.context.current.kamf == kdf.kamf_prime(before, 0, count)
        assert keys.nas.knas_int == phone.context.current.nas.knas_int
        assert keys.nas.uplink_count < 8
        last = commands(network)[-1].additional_5g_security_information
        assert last.kamf_derivation
        assert last.retransmission_requested
        assert network.counts["InitialContextSetupRequest"] >= 1
        await unit.stack.ping(unit.gateway)
        assert unit.address == address
        await unit.wait_idle(20)
        await unit.stack.ping(unit.gateway)
        assert home(network, phone) == ["amf-2"]
        await unit.deregister()

    play(flow, yaml + DERIVING, gnbs=2)

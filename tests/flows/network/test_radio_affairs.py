"""What radios tell each other through the AMF, and what they know of phones (TS 38.413 8.8, 8.14, 8.16)."""

import asyncio

from judges.network import play, registered
from pilot5g.core.amf import capabilities
from pilot5g.ran.gnb.security import NO_RADIO_CAPABILITY


def test_a_radio_finds_its_neighbours_xn():
    async def flow(network):
        here, there = network.radios.gnbs.values()
        here.discover(there.config.identity, there.cells[0].tai)
        await asyncio.sleep(1)
        assert here.neighbours.addresses == {there.config.identity: (there.config.n3,)}
        assert there.neighbours.addresses == {}
        assert network.counts["UplinkRANConfigurationTransfer"] == 2
        assert network.counts["DownlinkRANConfigurationTransfer"] == 2

    play(flow, "phones: {count: 0}\n", gnbs=2)


def test_a_radio_tells_who_disturbs_it():
    async def flow(network):
        here, there = network.radios.gnbs.values()
        for over, told in ((False, "rs-detected"), (True, "rs-disappeared")):
            there.report_interference(here.config.identity, here.cells[0].tai, over=over)
            await asyncio.sleep(1)
            assert here.neighbours.interference == {there.config.identity: told}

    play(flow, "phones: {count: 0}\n", gnbs=2)


def test_a_phones_capability_is_asked_for_once_and_serves_every_radio():
    """TS 38.413 8.14.1, 8.14.2: kept by the AMF, given back, and checked for voice."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            await phone.until_idle()
            await unit.stack.ping(unit.gateway, timeout=5)
            assert network.counts["UERadioCapabilityInfoIndication"] == 1
            (radio_ue,) = network.radios.gnbs["gnb-1"].ues
            assert radio_ue.context.radio_capability == NO_RADIO_CAPABILITY
            capabilities.check_voice(amf, phone.config.supi)
            await asyncio.sleep(1)
            assert amf.ues.by_supi[phone.config.supi].context.voice_match is False
            assert network.counts["UERadioCapabilityCheckResponse"] == 1

    play(flow, "timers: {X-INACTIVE: 5}\nphones: {count: 1}\n", gnbs=1)

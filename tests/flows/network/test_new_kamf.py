"""A new K_AMF for the next AMF (TS 33.501 6.9.2.3.3, 6.9.3), derived by either half for itself."""

import asyncio

import msgspec
import pytest

from flows.network.test_amfs import APART, SET, SETS, begin_at, elsewhere, home, radio
from flows.network.test_moving import pings
from judges.network import play, registered
from pilot5g.core.amf.colleague import Colleague
from pilot5g.core.amf.events import Reconfigure
from pilot5g.crypto import kdf
from pilot5g.ran.network import HandoverFailed
from pilot5g.ran.ue.procedures.handover import T304
from pilot5g.service.n14 import HandoverRefused
from pilot5g.wire import nas
from pilot5g.wire.nas import transparent
from pilot5g.wire.ngap import messages as ngap

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


def requests(network):
    """Handover Requests that were sent."""
    return [message for message in network.ngap if isinstance(message, ngap.HandoverRequest)]


@pytest.mark.parametrize("yaml", [SET, SETS, APART], ids=["set", "sets", "apart"])
def test_6_9_2_3_3_every_handover_to_another_amf_brings_a_new_kamf(yaml):
    async def flow(network):
        async with registered(network) as (unit,):
            phone, seen = unit.phone, set()
            running = asyncio.ensure_future(pings(unit, 0.01, 5))
            for _ in range(10):
                await asyncio.sleep(0.4)
                before = phone.context.current.kamf
                count = phone.context.current.nas.downlink_count
                await network.radios.hand_over(phone, elsewhere(network, phone))
                await asyncio.sleep(0.05)
                current, keys = phone.context.current, keys_at(network, phone)
                assert current.kamf == keys.kamf == kdf.kamf_prime(before, 1, count)
                assert current.nas.knas_int == keys.nas.knas_int
                assert max(current.nas.uplink_count, current.nas.downlink_count) < 4
                seen.add(current.kamf)
            assert None not in await running
            assert len(seen) == 10
            assert len(home(network, phone)) == 1
            await asyncio.sleep(4)
        for request in requests(network):
            assert request.new_security_context_ind == "true"
            assert request.security_context["nextHopChainingCount"] == 0
            assert transparent.decode(request.nasc).new_kamf
        assert network.counts["HandoverNotify"] == 10
        assert network.counts["ErrorIndication"] == 0

    play(flow, yaml + DERIVING, gnbs=2)


THREE = SETS.replace(", amfs: [amf-2]}]", ", amfs: [amf-2]}, {name: gnb-3, id: 3, tac: 2, amfs: [amf-2]}]")


@pytest.mark.parametrize("via", ["xn", "n2"])
def test_the_key_chain_goes_on_from_a_new_kamf(via):
    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            names = ("gnb-2", "gnb-3", "gnb-2", "gnb-3", "gnb-1", "gnb-2")
            if phone.cell is not radio(network, "gnb-1"):
                names = names[-2:] + names[1:]
            for name in names:
                to = radio(network, name)
                within = home(network, phone) == ["amf-2"] and name != "gnb-1"
                await network.radios.hand_over(phone, to, via if within else "n2")
                await asyncio.sleep(4)
                assert phone.cell is to
                await unit.stack.ping(unit.gateway)
        assert network.counts["ErrorIndication"] == 0

    play(flow, THREE + DERIVING, gnbs=3)


def test_6_9_2_3_3_the_target_amf_selects_other_nas_algorithms():
    """K_AMF stays, and the COUNTs go on."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            if home(network, phone) == ["amf-2"]:
                await network.radios.hand_over(phone, elsewhere(network, phone))
            target = network.core.amfs[1]
            target.config = msgspec.structs.replace(target.config, integrity=(3,), ciphering=(1,))
            before = phone.context.current
            uplink = before.nas.uplink_count
            await network.radios.hand_over(phone, elsewhere(network, phone))
            await asyncio.sleep(0.1)
            current, keys = phone.context.current, keys_at(network, phone)
            assert home(network, phone) == ["amf-2"]
            assert current.kamf == keys.kamf == before.kamf
            assert (keys.nas.integrity, keys.nas.ciphering) == (3, 1)
            assert (current.nas.integrity, current.nas.ciphering) == (3, 1)
            assert current.nas.uplink_count >= uplink
            told = transparent.decode(requests(network)[-1].nasc)
            assert not told.new_kamf
            await asyncio.sleep(1)
            await unit.stack.ping(unit.gateway)
        assert network.counts["ErrorIndication"] == 0

    play(flow, SETS, gnbs=2)


def spoil(monkeypatch):
    """Codes that are wrong by one bit."""
    genuine = transparent.HandoverSecurity.encode

    def encode(self, key):
        octets = genuine(self, key)
        return bytes((octets[0] ^ 1,)) + octets[1:]

    monkeypatch.setattr(transparent.HandoverSecurity, "encode", encode)


def test_a_phone_does_not_follow_a_container_with_a_wrong_code(monkeypatch):
    """It keeps its keys, and gets its connection back where it was (TS 38.331 5.3.5.8.3)."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            before, there = phone.context.current, home(network, phone)
            spoil(monkeypatch)
            with pytest.raises(HandoverFailed, match="came back"):
                await network.radios.hand_over(phone, elsewhere(network, phone))
            await asyncio.sleep(12)
            assert phone.context.current is before
            assert home(network, phone) == there
            assert keys_at(network, phone).kamf == before.kamf
            await unit.stack.ping(unit.gateway)
            monkeypatch.undo()
            await network.radios.hand_over(phone, elsewhere(network, phone))
            await asyncio.sleep(0.1)
            assert home(network, phone) != there
            assert keys_at(network, phone).kamf == phone.context.current.kamf != before.kamf
            await unit.stack.ping(unit.gateway)
            await asyncio.sleep(4)

    play(flow, SET + DERIVING, gnbs=2)


def test_what_is_sent_during_a_preparation_that_fails_comes_after_it(monkeypatch):
    """The COUNT that was set aside for the other AMF is never used; nothing is sent beyond it meanwhile."""

    async def refuse(self, required):
        await asyncio.sleep(1)
        return HandoverRefused(cause=("radioNetwork", "cell-not-available"), reason="a test")

    async def flow(network):
        async with registered(network) as (unit,):
            phone, there = unit.phone, home(network, unit.phone)
            (amf,) = (amf for amf in network.amfs if amf.config.name in there)
            before, guti = phone.context.current, phone.context.guti
            monkeypatch.setattr(Colleague, "create_ue_context", refuse)
            going = asyncio.ensure_future(network.radios.hand_over(phone, elsewhere(network, phone)))
            await asyncio.sleep(0.3)
            amf.ues.by_supi[f"imsi-{phone.config.imsi}"].owner.deliver(Reconfigure(new_guti=True))
            await asyncio.sleep(0.3)
            assert phone.context.guti == guti
            with pytest.raises(HandoverFailed, match="cell-not-available"):
                await going
            await asyncio.sleep(0.1)
            assert phone.context.guti != guti
            assert phone.context.current is before
            monkeypatch.undo()
            await network.radios.hand_over(phone, elsewhere(network, phone))
            await asyncio.sleep(4)
            assert phone.context.current.kamf == keys_at(network, phone).kamf != before.kamf
            await unit.stack.ping(unit.gateway)
            await asyncio.sleep(1)

    play(flow, SET + DERIVING, gnbs=2)


def test_a_phone_that_does_not_get_into_the_target_cell_has_its_keys_as_before():
    """T304 expires (TS 38.331 5.3.5.8.3)."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, there = unit.phone, home(network, unit.phone)
            before, target = phone.context.current, elsewhere(network, phone)
            usual = target.site.config
            target.site.config = msgspec.structs.replace(usual, random_access=5 * T304)
            going = asyncio.ensure_future(network.radios.hand_over(phone, target))
            await asyncio.sleep(T304 / 2)
            assert phone.context.current.kamf != before.kamf
            with pytest.raises(HandoverFailed):
                await going
            assert phone.context.current is before
            target.site.config = usual
            await asyncio.sleep(15)
            assert home(network, phone) == there
            await unit.stack.ping(unit.gateway)

    play(flow, SET + DERIVING, gnbs=2)

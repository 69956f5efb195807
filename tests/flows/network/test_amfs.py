"""Several AMFs in one network: a phone's context follows it (TS 23.502 4.2.2.2.2, 4.9.1.3)."""

import asyncio

import msgspec
import pytest

from flows.network.test_moving import pings
from judges.faults import DEEP
from judges.network import play, registered
from pilot5g.core.amf.procedures.deregistration import let_go
from pilot5g.model import Snssai
from pilot5g.service.nradio import LocationEvent
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap

SET = """
amfs: [{name: amf-2, pointer: 2}]
tracking_areas: [1, 2]
radios: [{name: gnb-1, id: 1, tac: 1, amfs: [amf-1]}, {name: gnb-2, id: 2, tac: 1, amfs: [amf-2]}]
timers: {X-INACTIVE: 3}
"""
"""Two AMFs of one set, each with a radio of its own, in one tracking area."""

APART = SET.replace("pointer: 2", "pointer: 2, process: own")
"""The same with the second AMF as a process of its own."""

SETS = """
amf: {tracking_areas: [1]}
amfs: [{name: amf-2, set: 2, pointer: 1, tracking_areas: [2]}]
tracking_areas: [1, 2]
radios: [{name: gnb-1, id: 1, tac: 1, amfs: [amf-1]}, {name: gnb-2, id: 2, tac: 2, amfs: [amf-2]}]
timers: {X-INACTIVE: 3}
"""
"""Two AMFs of different sets with different tracking areas."""


def radio(network, name):
    """A cell of that radio."""
    return network.radios.gnbs[name].cells[0]


def home(network, phone):
    """The names of the AMFs that have the phone."""
    supi = f"imsi-{phone.config.imsi}"
    return [amf.config.name for amf in network.amfs if supi in amf.ues.by_supi]


async def begin_at(network, unit, name):
    """Registered and with a session, at that radio, and idle."""
    unit.phone.camp(radio(network, name))
    await unit.register()
    await unit.open_sessions()
    await unit.wait_idle(20)


def test_4_2_2_2_2_an_idle_phone_registers_with_an_amf_of_another_set_and_keeps_its_session():
    async def flow(network):
        (unit,) = network.units
        await begin_at(network, unit, "gnb-1")
        assert home(network, unit.phone) == ["amf-1"]
        address = unit.address
        unit.phone.camp(radio(network, "gnb-2"))
        await asyncio.sleep(1)
        assert home(network, unit.phone) == ["amf-2"]
        assert unit.phone.context.guti.guami.amf_set == 2
        assert unit.address == address
        await unit.stack.ping(unit.gateway)
        counts = network.counts
        await unit.wait_idle(20)
        await asyncio.sleep(0.1)
        ue = network.core.amfs[1].ues.by_supi[f"imsi-{unit.phone.config.imsi}"]
        (session,) = network.core.smf._sessions.values()
        assert session.context.amf_id == "amf-2"
        assert list(ue.context.sessions) == [session.context.pdu_session_id]
        assert await paged(network, unit)
        assert counts["ErrorIndication"] == 0
        plain = [getattr(message, "nas_pdu", None) or b"" for message in network.ngap]
        told = [nas.decode(pdu) for pdu in plain if pdu[1:2] == b"\0"]
        assert not [message for message in told if isinstance(message, nas.IdentityRequest)]
        await unit.deregister()

    play(flow, SETS, gnbs=2)


async def paged(network, unit):
    """Whether a packet from the data network reaches the idle phone."""
    before = unit.pagings
    network.n6[0].call(unit.address, 9)
    await asyncio.sleep(1)
    return unit.pagings == before + 1


@pytest.mark.parametrize("yaml", [SET, APART], ids=["set", "apart"])
def test_an_idle_phone_asks_for_service_at_another_amf_of_the_set(yaml):
    async def flow(network):
        (unit,) = network.units
        await begin_at(network, unit, "gnb-1")
        unit.phone.camp(radio(network, "gnb-2"))
        await unit.stack.ping(unit.gateway)
        await asyncio.sleep(0.5)
        assert home(network, unit.phone) == ["amf-2"]
        assert unit.phone.context.guti.guami.pointer == 2
        assert network.counts["InitialContextSetupRequest"] == 2
        await unit.deregister()

    play(flow, yaml, gnbs=2)


def test_a_phone_that_comes_with_wrong_keys_is_authenticated_and_keeps_its_sessions():
    """The old AMF refuses (TS 33.501 6.9.3); the phone proves itself to the new one, which asks by SUPI."""

    async def flow(network):
        (unit,) = network.units
        await begin_at(network, unit, "gnb-1")
        supi = f"imsi-{unit.phone.config.imsi}"
        network.core.amf.ues.by_supi[supi].context.keys.nas.knas_int = bytes(16)
        unit.phone.camp(radio(network, "gnb-2"))
        await asyncio.sleep(1)
        assert home(network, unit.phone) == ["amf-2"]
        assert list(network.core.amfs[1].ues.by_supi[supi].context.sessions) == [1]
        await unit.stack.ping(unit.gateway)
        await unit.deregister()

    play(flow, SETS, gnbs=2)


def test_an_identity_that_its_amf_does_not_know_leads_to_an_identity_request():
    async def flow(network):
        (unit,) = network.units
        await begin_at(network, unit, "gnb-1")
        supi = f"imsi-{unit.phone.config.imsi}"
        await let_go(network.core.amf.ues.by_supi[supi])
        unit.phone.camp(radio(network, "gnb-2"))
        await asyncio.sleep(1)
        assert home(network, unit.phone) == ["amf-2"]
        await unit.deregister()

    play(flow, SETS, gnbs=2)


def elsewhere(network, phone):
    """A cell of the gNB where the phone is not."""
    return next(gnb.cells[0] for gnb in network.radios.gnbs.values() if phone.cell not in gnb.cells)


@pytest.mark.parametrize("yaml", [SET, SETS, APART], ids=["set", "sets", "apart"])
def test_4_9_1_3_a_running_ping_goes_on_through_handovers_between_amfs(yaml):
    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            running = asyncio.ensure_future(pings(unit, 0.005, 10))
            for _ in range(20):
                await asyncio.sleep(0.4)
                before = home(network, phone)
                await network.radios.hand_over(phone, elsewhere(network, phone))
                await asyncio.sleep(0.05)
                assert home(network, phone) != before
                assert len(home(network, phone)) == 1
            took = await running
            assert None not in took
            assert len(took) >= 1900
            assert phone.connected
            await asyncio.sleep(3)
        assert network.counts["HandoverNotify"] == 20
        assert network.counts["ErrorIndication"] == 0

    play(flow, yaml, gnbs=2)


PHONES, CROSSINGS = (100, 50) if DEEP else (16, 6)


def test_phones_cross_between_two_amfs_back_and_forth_under_traffic_and_nothing_is_lost():
    """`HYPOTHESIS_PROFILE=deep`: 100 phones, 50 times each."""

    async def flow(network):
        async with registered(network) as units:
            seconds = 0.4 * CROSSINGS + 1
            running = [asyncio.ensure_future(pings(unit, 0.05, seconds)) for unit in units]
            for k in range(CROSSINGS):
                await asyncio.sleep(0.4)
                targets = [elsewhere(network, unit.phone) for unit in units]
                moved = (network.radios.hand_over(u.phone, to) for u, to in zip(units, targets, strict=True))
                await asyncio.gather(*moved)
                assert {home(network, unit.phone)[0] for unit in units} <= {"amf-1", "amf-2"}, k
            took = [each for one in running for each in await one]
            assert len(took) >= len(units) * (seconds / 0.05 - 10)
            assert None not in took
            for unit in units:
                assert len(home(network, unit.phone)) == 1
                assert len(unit.phone.measurements.handover) == CROSSINGS
            await asyncio.sleep(4)
        assert network.counts["HandoverNotify"] == PHONES * CROSSINGS
        assert network.counts["ErrorIndication"] == 0

    play(flow, SETS, gnbs=2, phones=PHONES)


BOTH = SET.replace(", amfs: [amf-1]", "").replace(", amfs: [amf-2]", "")
"""Two AMFs of one set, and radios with both."""


def test_an_amf_leaves_service_and_its_phones_go_on_with_another_of_the_set():
    """TS 23.501 5.21.2.2.2: idle phones are paged and connected ones come back, by their old identity."""

    async def flow(network):
        first = network.core.amf
        async with registered(network) as units:
            await asyncio.sleep(0.1)
            mine = [unit for unit in units if home(network, unit.phone) == ["amf-1"]]
            assert 0 < len(mine) < len(units)  # both have capacity
            idle, busy = mine[0], mine[-1]
            addresses = [unit.address for unit in units]
            assert await first.operation.withdraw() == len(mine)
            assert not first.ues.by_supi
            assert {home(network, unit.phone)[0] for unit in units} == {"amf-2"}
            assert [unit.address for unit in units] == addresses
            await busy.stack.ping(busy.gateway)
            await asyncio.sleep(5)
            assert await paged(network, idle)
            await asyncio.sleep(0.5)
            assert idle.phone.context.guti.guami.pointer == 2
        assert network.counts["AMFStatusIndication"] == 2
        assert network.counts["ErrorIndication"] == 0

    play(flow, BOTH, gnbs=2, phones=12)


def test_an_amf_fails_and_radios_send_its_phones_to_another_of_the_set():
    async def flow(network):
        async with registered(network) as units:
            await asyncio.sleep(5)
            apart = [unit for unit in units if home(network, unit.phone) == ["amf-2"]]
            assert apart
            await network.kill_amf("amf-2")
            await asyncio.sleep(6)
            for unit in apart:
                with pytest.raises(TimeoutError):
                    await unit.stack.ping(unit.gateway, timeout=3)
            await asyncio.sleep(15)
            assert all(home(network, unit.phone)[0] == "amf-1" for unit in units)
            await network.start_amf("amf-2")  # and forgets whom another has
            await asyncio.sleep(1)
            assert not network.amf_processes["amf-2"].amf.ues.by_supi

    yaml = APART.replace(", amfs: [amf-1]", "").replace(", amfs: [amf-2]", "")
    play(flow, yaml, gnbs=2, phones=8)


SLICED = """
amf: {slices: ["1"]}
amfs: [{name: amf-2, set: 2, pointer: 1, relative_capacity: 0, slices: ["1-010203"]}]
radios: [{name: gnb-1, id: 1}]
timers: {X-INACTIVE: 3}
"""
"""Two AMFs with a slice each; phones that nobody knows go to the first."""


def test_4_2_2_2_3_a_phone_that_asks_for_slices_of_another_amf_is_sent_there():
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        assert home(network, unit.phone) == ["amf-1"]
        assert unit.phone.context.allowed_nssai == (Snssai(1),)
        await unit.wait_idle(20)
        unit.phone.config = msgspec.structs.replace(
            unit.phone.config, requested_slices=(Snssai(1, 0x010203),)
        )
        unit.phone.renewal.begin(nas.RegistrationKind.MOBILITY)
        await asyncio.sleep(1)
        assert home(network, unit.phone) == ["amf-2"]
        assert unit.phone.context.allowed_nssai == (Snssai(1, 0x010203),)
        (request,) = (m for m in network.ngap if isinstance(m, ngap.RerouteNASRequest))
        first, again = [m for m in network.ngap if isinstance(m, ngap.InitialUEMessage)][-2:]
        assert again.amf_set_id == request.amf_set_id == (2, 10)
        assert again.nas_pdu == first.nas_pdu
        assert network.counts["ErrorIndication"] == 0
        await unit.deregister()

    play(flow, SLICED)


def test_a_phone_is_followed_also_when_it_goes_to_another_amf():
    """What radios report of where it is goes along (TS 38.413 8.12.1)."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, supi = unit.phone, f"imsi-{unit.phone.config.imsi}"
            (amf,) = (amf for amf in network.amfs if supi in amf.ues.by_supi)
            amf.operation.locate(supi, LocationEvent.EVERY_CELL)
            for _ in range(2):
                await asyncio.sleep(0.1)
                await network.radios.hand_over(phone, elsewhere(network, phone))
            await asyncio.sleep(3)
        requests = [m for m in network.ngap if isinstance(m, ngap.HandoverRequest)]
        kinds = [m.location_reporting_request_type for m in requests]
        assert [kind and kind["eventType"] for kind in kinds] == ["change-of-serve-cell"] * 2

    play(flow, APART, gnbs=2)

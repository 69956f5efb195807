"""RRC_INACTIVE over both halves: to the AMF the phone is connected (TS 38.300 9.2.2, TS 23.501 5.3.3.2.5)."""

import asyncio

from judges.network import play, registered
from pilot5g.core.amf import inactivity
from pilot5g.service.nradio import InactivityReport
from pilot5g.wire.ngap import messages as ngap


async def suspended(network, unit):
    network.radios.deactivate(unit.phone)
    await asyncio.sleep(0.5)
    assert unit.phone.inactive


def test_the_phone_resumes_when_it_has_something_to_send():
    async def flow(network):
        async with registered(network) as (unit,):
            before = network.counts
            await suspended(network, unit)
            gnb = network.radios.gnbs["gnb-1"]
            assert len(gnb._site.inactives) == 1
            for _ in range(3):
                await unit.stack.ping(unit.gateway, timeout=5)
                assert not unit.phone.inactive
                await suspended(network, unit)
            assert network.counts == before  # the AMF has heard of nothing
            assert (gnb.counters.suspended, gnb.counters.resumed) == (4, 3)
        assert len(gnb._site.inactives) == 0

    play(flow, "phones: {count: 1}\n", gnbs=1)


def test_downlink_data_has_the_radio_page_it():
    async def flow(network):
        async with registered(network) as (unit, other):
            await suspended(network, unit)
            here = unit.phone.sessions[1].context.ipv4
            await other.stack.ping(here, timeout=5)
            assert not unit.phone.inactive
            assert network.counts["Paging"] == 0

    play(flow, "phones: {count: 2}\n", gnbs=1, phones=2)


def test_what_the_amf_says_waits_for_the_phone():
    """NAS and session signalling have it paged by its radio, and arrive in order."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            for _ in range(2):
                await suspended(network, unit)
                before = phone.context.current.kamf
                amf.operation.authenticate(phone.config.supi)
                await asyncio.sleep(2)
                assert phone.context.current.kamf != before
                assert not phone.inactive
                (ue,) = network.radios.gnbs["gnb-1"].ues
                assert ue.context.security.kgnb == phone.radio_keys.chain.kgnb
            await suspended(network, unit)
            await unit.phone.release_session(1)
            assert not phone.inactive

    play(flow, "phones: {count: 1}\n", gnbs=1)


def test_it_resumes_at_another_radio():
    """The context is fetched over Xn and the path is switched; packets that waited follow, and go on."""

    async def flow(network):
        async with registered(network) as (unit, other):
            gnbs = list(network.radios.gnbs.values())
            home = gnbs.index(next(gnb for gnb in gnbs if unit.phone.cell in gnb.cells))
            here = unit.phone.sessions[1].context.ipv4
            for turn in range(1, 5):
                await suspended(network, unit)
                there = gnbs[(home + turn) % 2]
                unit.phone.camp(there.cells[turn % 3])
                if turn % 2:
                    await unit.stack.ping(unit.gateway, timeout=5)
                else:
                    await other.stack.ping(here, timeout=5)
                await asyncio.sleep(1)
                assert not unit.phone.inactive
                assert unit.phone.cell in there.cells
                assert network.counts["PathSwitchRequestAcknowledge"] == turn
                (ue,) = [each for each in there.ues if each.link.phone is unit.phone]
                assert ue.context.security.kgnb == unit.phone.radio_keys.chain.kgnb
                await unit.stack.ping(unit.gateway, timeout=5)
            assert sum(len(gnb._site.inactives) for gnb in gnbs) == 0
            assert network.counts["Paging"] == 0
            assert network.counts["UEContextReleaseCommand"] == 0

    play(flow, "phones: {count: 2}\n", gnbs=2, phones=2)


def test_a_phone_that_does_not_answer_the_radios_paging_is_paged_by_the_amf():
    """TS 23.501 5.3.3.2.5: the radio lets go of it, and the AMF reaches it where it may be."""

    async def flow(network):
        async with registered(network) as (unit, other):
            await suspended(network, unit)
            phone, cell = unit.phone, unit.phone.cell
            here = phone.sessions[1].context.ipv4
            cell.leave(phone)
            lost = asyncio.ensure_future(other.stack.ping(here, timeout=3))
            await asyncio.wait([lost])
            assert isinstance(lost.exception(), TimeoutError)
            assert phone.inactive
            cell.camp(phone)
            await other.stack.ping(here, timeout=20)
            assert not phone.inactive
            assert network.counts["UEContextReleaseRequest"] >= 1
            assert network.counts["Paging"] == 1

    play(flow, "phones: {count: 2}\n", gnbs=1, phones=2)


def test_a_phone_whose_context_is_gone_registers():
    async def flow(network):
        async with registered(network) as (unit,):
            await suspended(network, unit)
            (ue,) = network.radios.gnbs["gnb-1"].ues
            await network.radios.gnbs["gnb-1"].reset([ue])
            with_packet = asyncio.ensure_future(unit.stack.ping(unit.gateway, timeout=20))
            await asyncio.sleep(10)
            assert not unit.phone.inactive
            await asyncio.wait([with_packet])
            with_packet.exception()  # lost with the context, or not
            await unit.stack.ping(unit.gateway, timeout=5)

    play(flow, "phones: {count: 1}\n", gnbs=1)


def test_it_leaves_the_network_from_there():
    async def flow(network):
        async with registered(network) as (unit,):
            await suspended(network, unit)

    play(flow, "phones: {count: 1}\n", gnbs=1)


def test_the_amf_is_told_of_transitions():
    """TS 38.413 8.3.5: every one, at another radio too; one; none any more."""

    async def flow(network):
        async with registered(network) as (unit,):
            amf, supi = network.core.amf, unit.phone.config.supi
            there = network.radios.gnbs["gnb-2"]
            line = amf.ues.by_supi[supi].line()
            inactivity.watch(amf, supi, InactivityReport.EVERY)
            await asyncio.sleep(0.5)
            await suspended(network, unit)
            assert line.inactive
            unit.phone.camp(there.cells[0])
            await unit.stack.ping(unit.gateway, timeout=5)
            await asyncio.sleep(1)
            assert not line.inactive
            await suspended(network, unit)
            assert line.inactive
            await unit.stack.ping(unit.gateway, timeout=5)
            inactivity.watch(amf, supi, InactivityReport.NO_MORE)
            await asyncio.sleep(0.5)
            await suspended(network, unit)
            assert not line.inactive
        reports = [each for each in network.ngap if isinstance(each, ngap.RRCInactiveTransitionReport)]
        states = [each.rrc_state for each in reports]
        assert states == ["connected", "inactive", "connected", "inactive", "connected"]

    play(flow, "phones: {count: 1}\n", gnbs=2)


def test_quiet_phones_go_there_by_themselves():
    """With `rrc_inactive` the AMF tells radios what they need, and quiet phones stay connected to it."""

    async def flow(network):
        async with registered(network) as (unit,):
            for _ in range(2):
                await asyncio.sleep(20)
                assert unit.phone.inactive
                assert network.counts["UEContextReleaseRequest"] == 0
                await unit.stack.ping(unit.gateway, timeout=5)
                assert not unit.phone.inactive
        setups = [each for each in network.ngap if isinstance(each, ngap.InitialContextSetupRequest)]
        assert all(each.core_network_assistance_information_for_inactive for each in setups)

    play(flow, "network: {rrc_inactive: true}\ntimers: {X-INACTIVE: 5}\nphones: {count: 1}\n", gnbs=1)

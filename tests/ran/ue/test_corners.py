"""The rarer turns of a phone's procedures: what collides, what is refused late, where cells are of no use."""

import asyncio

import pytest

from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.timer import Timers
from pilot5g.model import Plmn, Snssai, SscMode, Tai
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.context import State, Substate, UpdateStatus
from pilot5g.ran.ue.interface import Interface
from pilot5g.ran.ue.outcome import Abandoned, Rejected
from pilot5g.ran.ue.session import SessionState
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, GsmCause, RegistrationKind
from pilot5g.wire.nas import SecurityHeaderType as Header
from ran.ue.scripted import GUTI, PLMN, TAI, Cell, Network, doing, play

WRONG_STATE = GmmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE


def deregister(**more):
    values = {"deregistration_type": nas.DeregistrationType()} | more
    return nas.DeregistrationRequestNetwork(**values)


async def idle(net: Network):
    await net.registers()
    net.release()
    await net.phone.until_idle()


# registration


def test_what_collides_with_a_registration_5_5_1_2_7():
    async def flow(net: Network):
        await idle(net)
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.ServiceAccept())
            assert (await net.gets(nas.GmmStatus)).cause == WRONG_STATE
            again = nas.DeregistrationType(re_registration_required=True)
            net.send(deregister(deregistration_type=again))
            net.phone.on_paging(GUTI.s_tmsi)
            await net.silence()
            net.send(net.accept(guti=None))
        assert net.phone.registered

    play(flow)


def test_an_update_without_answer_stays_registered_5_5_1_3_7():
    """In its area and updated: NORMAL-SERVICE; after the fifth, 5U2 and T3502 of the network."""

    async def flow(net: Network):
        await net.registers(t3502_value=nas.GprsTimer(60))
        net.release()
        await net.phone.until_idle()
        async with doing(net.phone.register(), fails=TimerExpired):
            await net.gets(nas.RegistrationRequest)
        context = net.phone.context
        assert (context.state, context.substate) == (State.REGISTERED, Substate.NORMAL_SERVICE)
        for _ in range(4):
            await net.gets(nas.RegistrationRequest, 26)
        await asyncio.sleep(16)
        assert context.substate is Substate.ATTEMPTING_REGISTRATION_UPDATE
        assert context.update_status is UpdateStatus.NOT_UPDATED
        assert context.guti == GUTI
        net.phone.on_paging(GUTI.s_tmsi)  # answered by the registration it owes (5.6.2.2.1)
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.MOBILITY
        await asyncio.sleep(16)
        await net.gets(nas.RegistrationRequest, 61)
        net.send(net.accept(guti=None))
        await asyncio.sleep(0.1)
        assert context.registration_attempts == 0

    play(flow)


def test_t3502_of_a_protected_reject_5_5_1_2_5():
    async def flow(net: Network):
        await idle(net)
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(
                nas.RegistrationReject(cause=GmmCause.PROTOCOL_ERROR, t3502_value=nas.GprsTimer(120)),
            )
            net.release()
        await net.silence(119)
        await net.gets(nas.RegistrationRequest, 2)

    play(flow)


def test_slices_of_the_accept_5_5_1_2_4():
    async def flow(net: Network):
        rejected = (nas.RejectedSnssai(Snssai(9)),)
        await net.registers(
            configured_nssai=(Snssai(1), Snssai(2)),
            rejected_nssai=rejected,
            allowed_nssai=(Snssai(2),),
            equivalent_plmns=(Plmn("001", "02"),),
        )
        context = net.phone.context
        assert context.configured_nssai == (Snssai(1), Snssai(2))
        assert (context.allowed_nssai, context.rejected_nssai) == ((Snssai(2),), (Snssai(9),))
        net.phone.camp(Cell(net, Tai(Plmn("001", "02"), 1), 0x22))
        request = await net.gets(nas.RegistrationRequest)
        whole = nas.decode(net.security.reveal(request.nas_message_container))
        assert whole.requested_nssai == (Snssai(2),)
        net.send(net.accept(guti=None, t3512_value=None))

    play(flow)


# service request


def test_what_collides_with_a_service_request_5_6_1_7():
    async def flow(net: Network):
        await idle(net)
        async with doing(net.phone.service_request(), fails=Abandoned):
            await net.gets(nas.ServiceRequest)
            net.send(net.accept())
            assert (await net.gets(nas.GmmStatus)).cause == WRONG_STATE
            net.send(deregister())
            await net.gets(nas.DeregistrationAcceptNetwork)
        assert net.phone.context.update_status is UpdateStatus.NOT_UPDATED
        assert net.phone.journal.entries[-1].reason == "no cause was given"

    play(flow)


def test_authentication_reject_ends_a_service_request():
    async def flow(net: Network):
        await idle(net)
        async with doing(net.phone.service_request(), fails=Rejected):
            await net.gets(nas.ServiceRequest)
            net.send(net.challenge(ksi=2))
            await net.gets(nas.AuthenticationResponse)
            net.send(nas.AuthenticationReject())
        assert not net.phone.context.usim_valid

    play(flow)


def test_service_refused_with_sessions_gone_5_6_1_5():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.release()
        await net.phone.until_idle()
        async with doing(net.phone.service_request(), fails=Rejected):
            await net.gets(nas.ServiceRequest)
            net.send(
                nas.ServiceReject(cause=GmmCause.PAYLOAD_WAS_NOT_FORWARDED, pdu_session_status=frozenset())
            )
        assert net.phone.registered
        assert not session.active

    play(flow)


def test_service_before_registration():
    async def flow(net: Network):
        with pytest.raises(Abandoned, match="not registered"):
            await net.phone.service_request()

    play(flow)


# deregistration


def test_what_collides_with_a_deregistration():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            net.send(nas.ServiceAccept())
            assert (await net.gets(nas.GmmStatus)).cause == WRONG_STATE
            net.send(nas.DeregistrationAccept())
        await net.phone.deregister()  # nothing to leave: nothing is sent
        await net.silence()

    play(flow)


def test_deregistered_with_a_back_off_5_5_2_3_2():
    async def flow(net: Network):
        await net.registers()
        net.send(deregister(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(60)))
        await net.gets(nas.DeregistrationAcceptNetwork)
        net.release()
        await net.silence(59)
        await net.gets(nas.RegistrationRequest, 2)

    play(flow)


def test_deregistration_of_the_deregistered_is_out_of_state():
    async def flow(net: Network):
        await net.registers()
        net.send(deregister(cause=GmmCause.IMPLICITLY_DEREGISTERED))
        await net.gets(nas.DeregistrationAcceptNetwork)
        net.send(deregister())
        assert (await net.gets(nas.GmmStatus)).cause == WRONG_STATE

    play(flow)


# sessions


@pytest.mark.parametrize(
    ("cause", "gone"),
    [(GsmCause.PTI_ALREADY_IN_USE, False), (GsmCause.INVALID_PDU_SESSION_IDENTITY, True)],
    ids=str,
)
def test_release_refused_6_4_3_4(cause, gone):
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        async with doing(net.phone.release_session(1), fails=Rejected):
            request = await net.session_message(nas.PduSessionReleaseRequest)
            assert session.state is SessionState.INACTIVE_PENDING
            net.send_session(nas.PduSessionReleaseReject(pdu_session_id=1, pti=request.pti, cause=cause))
        assert session.active is not gone

    play(flow)


def test_release_that_is_not_forwarded():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        async with doing(net.phone.release_session(1), fails=Rejected):
            await net.session_message(nas.PduSessionReleaseRequest)
            net.send_session(net.transport.payload_container, cause=GmmCause.PAYLOAD_WAS_NOT_FORWARDED)
        assert not session.active

    play(flow)


def test_what_collides_with_a_release_6_4_3_6():
    async def flow(net: Network):
        await net.registers()
        await net.opens()
        async with doing(net.phone.release_session(1)):
            request = await net.session_message(nas.PduSessionReleaseRequest)
            net.send_session(nas.PduSessionModificationCommand(pdu_session_id=1, pti=0))
            await net.silence()
            accept = net.session_accept(request)
            net.send_session(accept)
            status = await net.session_message(nas.GsmStatus)
            assert status.cause == GsmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE
            with pytest.raises(Abandoned, match="another procedure"):
                await net.phone.release_session(1)
            net.send_session(
                nas.PduSessionReleaseCommand(pdu_session_id=1, pti=request.pti, cause=GsmCause(36))
            )
            await net.session_message(nas.PduSessionReleaseComplete)

    play(flow)


def test_modification_of_options_6_3_2_3():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        options = nas.ProtocolOptions.answer([], mtu=1300)
        net.send_session(
            nas.PduSessionModificationCommand(
                pdu_session_id=1, pti=0, extended_protocol_configuration_options=options
            )
        )
        await net.session_message(nas.PduSessionModificationComplete)
        assert session.mtu == 1300
        assert len(session.dns) == 1
        assert (session.dnn, session.snssai) == ("internet", Snssai(1))
        assert session.context.ssc_mode is SscMode.SSC_1

    play(flow)


def test_a_fault_in_a_session_costs_that_session(monkeypatch, caplog):
    async def flow(net: Network):
        await net.registers()
        other = await net.opens()

        def broken(*_):
            raise KeyError("ours")

        monkeypatch.setattr("pilot5g.ran.ue.procedures.session_establishment._context", broken)
        async with doing(net.phone.open_session(), fails=Abandoned):
            request = await net.session_message(nas.PduSessionEstablishmentRequest)
            net.send_session(net.session_accept(request))
        assert list(net.phone.sessions) == [other]
        assert net.phone.registered

    play(flow)


def test_a_session_that_is_gone_carries_nothing():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.send_session(nas.PduSessionReleaseCommand(pdu_session_id=1, pti=0, cause=GsmCause(36)))
        await net.session_message(nas.PduSessionReleaseComplete)
        session.send([b"x"])
        session.down([b"x"])
        net.phone.send_packets(1, [b"x"])
        assert session.packets_dropped == 2
        assert net.phone.signalling.counters.packets_dropped == 1
        with pytest.raises(ValueError, match="not established"):
            assert session.ipv4
        with pytest.raises(ValueError, match="not established"):
            Interface(session, None)

    play(flow)


# cells and security headers


def test_every_unsuitable_cell_says_why():
    async def flow(net: Network):
        phone = net.phone
        foreign = Cell(net, Tai(Plmn("262", "01"), 1), 0x31)
        regional, roaming = Cell(net, Tai(PLMN, 5), 0x32), Cell(net, Tai(PLMN, 6), 0x33)
        good = Cell(net, Tai(PLMN, 7), 0x34)
        phone.context.forbidden_regional |= {regional.tai}
        phone.context.forbidden_roaming |= {roaming.tai}
        net.cell.in_service = False
        phone.camping.cells += [foreign, regional, roaming]
        with pytest.raises(NoCell) as why:
            await phone.register()
        for words in ("another network", "tracking area that refused", "not in service"):
            assert words in str(why.value)
        phone.camping.cells.append(good)
        async with doing(phone.register(), fails=Gone):
            await net.gets(nas.RegistrationRequest)
            assert phone.cell is good
            assert (net.cell.camping, good.camping) == ([], [phone])
            net.release()
        phone.context.forbidden_plmns |= {PLMN}
        with pytest.raises(NoCell, match="network that refused"):
            await phone.register()
        phone.camping.cells.clear()
        phone.camping.leave()
        with pytest.raises(NoCell, match="hears no cell"):
            await phone.register()
        with pytest.raises(NoCell, match="camps on no cell"):
            assert phone.tai

    play(flow)


def test_a_phone_without_a_cell_of_its_own_camps_by_itself():
    async def flow(net: Network):
        assert net.phone.cell is None
        await net.registers()
        assert net.phone.cell is net.cell
        assert net.phone.serving_plmn == TAI.plmn
        net.phone.camp(net.cell)
        assert net.cell.camping == [net.phone]

    play(flow)


def test_security_headers_that_only_a_phone_may_send():
    async def flow(net: Network):
        await net.registers()
        update = nas.ConfigurationUpdateCommand(full_name_for_network=nas.NetworkName("A"))
        net.send(update, Header.CIPHERED_NEW_CONTEXT)
        net.send(update, Header.NEW_CONTEXT)
        net.phone.on_nas(bytes.fromhex("7e0f000000000000"))
        await net.silence()
        assert net.phone.context.network_name == ""
        counters = net.phone.signalling.counters
        assert (counters.not_protected, counters.unreadable) == (2, 1)

    play(flow)


def test_reject_causes_that_need_protection_4_4_4_2():
    async def flow(net: Network):
        async with doing(net.phone.register(), fails=TimerExpired):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.NOT_AUTHORIZED_FOR_CAG), None)
            net.send(nas.ConfigurationUpdateCommand(), None)
        assert net.phone.signalling.counters.not_protected == 2

    play(flow)


def test_mapped_context_is_refused_5_4_2_5():
    async def flow(net: Network):
        await net.registers()
        net.send(net.command(ngksi=nas.KeySetIdentifier(0, mapped=True)), Header.NEW_CONTEXT)
        assert (await net.gets(nas.SecurityModeReject)).cause == GmmCause.SECURITY_MODE_REJECTED

    play(flow)


def test_radio_security_without_keys_or_integrity():
    async def flow(net: Network):
        assert not net.phone.on_security_mode(net.radio_security(bytes(32)))
        await net.registers()
        command = net.radio_security()
        null = type(command)(0, 0, command.message, command.mac)
        assert not net.phone.on_security_mode(null)

    play(flow)


def test_everything_a_phone_was_asked_for_ends_with_it():
    """Closed with a session under way and another asked to be released."""

    async def flow(net: Network):
        await net.registers()
        await net.opens()
        opening = asyncio.ensure_future(net.phone.open_session())
        releasing = asyncio.ensure_future(net.phone.release_session(1))
        await net.gets(nas.UlNasTransport)
        await net.gets(nas.UlNasTransport)
        await net.phone.close()
        for task in (opening, releasing):
            with pytest.raises(Abandoned):
                await task

    play(flow, timers=Timers({"T3580": 2}))

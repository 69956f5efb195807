"""Idle, paging, deregistration, configuration and security, as TS 24.501 clause 5 tells them."""

import asyncio

import msgspec
import pytest

from pilot5g.crypto import kdf
from pilot5g.flow.entropy import seeded
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.journal import Journal
from pilot5g.model import Snssai, Tai
from pilot5g.ran.radio import EstablishmentCause, NoCell
from pilot5g.ran.ue.context import PhoneContext, State, Substate, UpdateStatus
from pilot5g.ran.ue.outcome import Abandoned, Rejected
from pilot5g.ran.ue.phone import Phone
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind, ServiceType
from pilot5g.wire.nas import SecurityHeaderType as Header
from ran.ue.scripted import GUTI, PLMN, TAI, Cell, Network, doing, play

PACKET = bytes.fromhex("45000014000000004000000a0a2d00020a2d0001")


async def idle_with_session(net: Network):
    """A registered phone with a session, gone idle."""
    await net.registers()
    session = await net.opens()
    net.release()
    await asyncio.sleep(0.01)
    assert not net.phone.connected
    assert not session.bearer
    return session


# service request and paging


def test_packet_from_idle_5_6_1_1_d():
    """The packet waits, service is asked for, and it goes when the bearer is there."""

    async def flow(net: Network):
        session = await idle_with_session(net)
        net.phone.send_packets(session, [PACKET])
        net.phone.send_packets(1, [PACKET])
        request = await net.gets(nas.ServiceRequest)
        assert net.header == Header.INTEGRITY
        assert nas.hidden(request) == ()
        whole = nas.decode(net.security.reveal(request.nas_message_container))
        assert whole.service_type == ServiceType.DATA
        assert whole.uplink_data_status == whole.pdu_session_status == frozenset({1})
        assert whole.s_tmsi == GUTI.s_tmsi
        assert net.setups[-1].cause is EstablishmentCause.MO_DATA
        assert net.setups[-1].s_tmsi == GUTI.s_tmsi
        connection = net.connection
        assert connection.packets == []
        net.bearer(1)
        net.send(nas.ServiceAccept(pdu_session_status=frozenset({1})))
        await asyncio.sleep(0.01)
        assert connection.packets == [(1, 1, PACKET)] * 2
        assert net.phone.measurements.service_request == [pytest.approx(0, abs=0.1)]
        await net.silence()

    play(flow)


def test_kept_packets_are_bounded():
    async def flow(net: Network):
        session = await idle_with_session(net)
        session.send([PACKET] * 10)
        assert session.packets_dropped == 6
        await net.gets(nas.ServiceRequest)
        net.bearer(1)
        net.send(nas.ServiceAccept())
        await asyncio.sleep(0.01)
        assert len(net.connection.packets) == 4

    play(flow, buffered_packets=4)


def test_service_request_without_data_5_6_1_1():
    async def flow(net: Network):
        await net.registers()
        await net.phone.service_request()  # connected already: nothing to do
        net.release()
        async with doing(net.phone.service_request()):
            request = await net.gets(nas.ServiceRequest)
            assert request.service_type == ServiceType.SIGNALLING
            assert net.phone.context.state is State.SERVICE_REQUEST_INITIATED
            net.send(nas.ServiceAccept())
        assert net.phone.context.state is State.REGISTERED

    play(flow)


def test_paging_5_6_2():
    async def flow(net: Network):
        await idle_with_session(net)
        net.phone.on_paging(type(GUTI.s_tmsi)(1, 0, 4711))
        await net.silence()
        net.phone.on_paging(GUTI.s_tmsi)
        net.phone.on_paging(GUTI.s_tmsi)
        request = await net.gets(nas.ServiceRequest)
        assert request.service_type == ServiceType.MOBILE_TERMINATED
        assert net.setups[-1].cause is EstablishmentCause.MT_ACCESS
        await asyncio.sleep(2)
        net.bearer(1)
        net.send(nas.ServiceAccept(pdu_session_status=frozenset({1})))
        await net.phone.until_connected()
        assert net.phone.measurements.paging == [pytest.approx(2)]
        await net.silence()

    play(flow)


def test_session_the_network_lost_is_released_5_6_1_4_1():
    async def flow(net: Network):
        session = await idle_with_session(net)
        async with doing(net.phone.service_request()):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceAccept(pdu_session_status=frozenset()))
        assert not session.active
        assert "gone in the network" in net.phone.journal.entries[-1].what

    play(flow)


def test_t3517_then_t3525_5_6_1_7_c():
    """Five attempts in idle without an answer; then none for T3525."""

    async def flow(net: Network):
        session = await idle_with_session(net)
        for _ in range(5):
            session.send([PACKET])
            await net.gets(nas.ServiceRequest)
            await asyncio.sleep(16)
            assert net.phone.registered
            assert not net.phone.connected
        session.send([PACKET])
        await net.silence(40)
        assert session.packets_dropped == 6
        await asyncio.sleep(20)
        session.send([PACKET])
        await net.gets(nas.ServiceRequest)
        net.send(nas.ServiceAccept())
        await asyncio.sleep(0.1)

    play(flow)


SERVICE_REJECTS = [
    (GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED, True),
    (GmmCause.IMPLICITLY_DEREGISTERED, True),
    (GmmCause.ILLEGAL_UE, False),
    (GmmCause.PLMN_NOT_ALLOWED, False),
    (GmmCause.TRACKING_AREA_NOT_ALLOWED, False),
    (GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA, False),
]


@pytest.mark.parametrize(("cause", "again"), SERVICE_REJECTS, ids=lambda v: str(v))
def test_service_reject_5_6_1_5(cause, again):
    async def flow(net: Network):
        session = await idle_with_session(net)
        async with doing(net.phone.service_request(), fails=Rejected):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceReject(cause=cause))
        assert net.phone.context.state is State.DEREGISTERED
        assert not session.active
        net.release()
        if again:
            request = await net.gets(nas.RegistrationRequest)
            assert request.registration_type.kind == RegistrationKind.INITIAL
        else:
            await net.silence(5000)

    play(flow)


def test_service_reject_congestion_5_6_1_5():
    async def flow(net: Network):
        session = await idle_with_session(net)
        session.send([PACKET])
        await net.gets(nas.ServiceRequest)
        net.send(nas.ServiceReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(120)))
        net.release()
        await asyncio.sleep(1)
        session.send([PACKET])
        await net.silence(100)
        net.phone.on_paging(GUTI.s_tmsi)  # paging is answered in spite of T3346
        await net.gets(nas.ServiceRequest)

    play(flow)


def test_restricted_area_5_6_1_5():
    async def flow(net: Network):
        await idle_with_session(net)
        async with doing(net.phone.service_request(), fails=Rejected):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceReject(cause=GmmCause.RESTRICTED_SERVICE_AREA))
        assert net.phone.context.substate is Substate.NON_ALLOWED_SERVICE
        net.release()
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


def test_radio_loss_and_back():
    async def flow(net: Network):
        await net.registers()
        connection = net.connection
        net.phone.radio_loss()
        assert connection.failed
        assert net.phone.registered
        assert not net.phone.connected
        async with doing(net.phone.service_request()):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceAccept())

    play(flow)


def test_no_cell_for_service():
    async def flow(net: Network):
        await net.registers()
        net.release()
        await net.phone.until_idle()
        net.cell.in_service = False
        with pytest.raises(NoCell):
            await net.phone.service_request()
        assert net.phone.registered

    play(flow)


def test_packets_wait_for_a_cell():
    """Nothing is attempted where there is no cell, nothing counted, and what waits goes when there is one."""

    async def flow(net: Network):
        session = await idle_with_session(net)
        net.cell.in_service = False
        for _ in range(10):
            session.send([PACKET])
            await asyncio.sleep(1)
        assert session.packets_dropped == 0
        assert net.phone.context.service_attempts == 0
        net.cell.in_service = True
        net.phone.on_broadcast()
        await net.gets(nas.ServiceRequest)
        net.bearer(1)
        net.send(nas.ServiceAccept())
        await asyncio.sleep(0.01)
        assert net.connection.packets == [(1, 1, PACKET)] * 10

    play(flow)


# deregistration


def test_deregistration_by_the_phone_5_5_2_2():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        async with doing(net.phone.deregister()):
            request = await net.gets(nas.DeregistrationRequest)
            assert request.mobile_identity == GUTI
            assert request.deregistration_type == nas.DeregistrationType()
            net.send(nas.DeregistrationAccept())
        assert net.phone.context.state is State.DEREGISTERED
        assert not session.active
        net.release()
        await net.silence(10000)
        assert net.phone.context.guti == GUTI  # a later registration may use it (5.5.1.2.2)

    play(flow)


def test_deregistration_from_idle_is_protected():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            assert net.header == Header.INTEGRITY
            net.send(nas.DeregistrationAccept())

    play(flow)


def test_switch_off_waits_for_nothing_5_5_2_2_2():
    async def flow(net: Network):
        await net.registers()
        await net.phone.deregister(switch_off=True)
        request = await net.gets(nas.DeregistrationRequest)
        assert request.deregistration_type.switch_off
        assert not net.phone.connected

    play(flow)


def test_t3521_five_times_5_5_2_2_6_b():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.deregister()):
            for _ in range(5):
                await net.gets(nas.DeregistrationRequest, 16)
        await net.silence(30)
        assert net.phone.context.state is State.DEREGISTERED
        assert not net.phone.connected

    play(flow)


def test_both_sides_deregister_5_5_2_2_6_e():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            net.send(nas.DeregistrationRequestNetwork(deregistration_type=nas.DeregistrationType()))
            await net.gets(nas.DeregistrationAcceptNetwork)
            net.send(nas.DeregistrationAccept())

    play(flow)


def test_deregistration_by_the_network_5_5_2_3():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.send(
            nas.DeregistrationRequestNetwork(
                deregistration_type=nas.DeregistrationType(), cause=GmmCause.ILLEGAL_UE
            )
        )
        await net.gets(nas.DeregistrationAcceptNetwork)
        net.release()
        await net.silence(5000)
        assert not session.active
        assert not net.phone.context.usim_valid
        assert any("by the network" in e.what and e.cause == "#3" for e in net.phone.journal.entries)

    play(flow)


def test_re_registration_required_5_5_2_3_2():
    async def flow(net: Network):
        await net.registers()
        net.send(
            nas.DeregistrationRequestNetwork(
                deregistration_type=nas.DeregistrationType(re_registration_required=True)
            )
        )
        await net.gets(nas.DeregistrationAcceptNetwork)
        net.release()
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.INITIAL
        net.send(net.accept(guti=None))
        await net.phone.until_registered()

    play(flow)


def test_deregistration_during_registration_5_5_1_2_7_g():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.register(), fails=Abandoned):
            await net.gets(nas.RegistrationRequest)
            net.send(
                nas.DeregistrationRequestNetwork(
                    deregistration_type=nas.DeregistrationType(), cause=GmmCause.PLMN_NOT_ALLOWED
                )
            )
            await net.gets(nas.DeregistrationAcceptNetwork)
        assert PLMN in net.phone.context.forbidden_plmns

    play(flow)


# configuration update, identity


def test_configuration_update_5_4_4():
    async def flow(net: Network):
        await net.registers()
        newer = type(GUTI)(GUTI.guami, 9)
        net.send(
            nas.ConfigurationUpdateCommand(
                configuration_update_indication=nas.ConfigurationUpdateIndication(acknowledgement=True),
                guti=newer,
                tai_list=(TAI, Tai(PLMN, 5)),
                allowed_nssai=(Snssai(2),),
                full_name_for_network=nas.NetworkName("Pilot"),
            )
        )
        await net.gets(nas.ConfigurationUpdateComplete)
        context = net.phone.context
        assert (context.guti, context.tai_list) == (newer, (TAI, Tai(PLMN, 5)))
        assert (context.allowed_nssai, context.network_name) == ((Snssai(2),), "Pilot")
        net.send(nas.ConfigurationUpdateCommand(full_name_for_network=nas.NetworkName("Pilot 2")))
        await net.silence()
        assert context.network_name == "Pilot 2"

    play(flow)


def test_configuration_update_asks_for_registration_5_4_4_3():
    async def flow(net: Network):
        await net.registers()
        net.send(
            nas.ConfigurationUpdateCommand(
                configuration_update_indication=nas.ConfigurationUpdateIndication(True, True)
            )
        )
        await net.gets(nas.ConfigurationUpdateComplete)
        net.release()
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.MOBILITY

    play(flow)


@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        (nas.IdentityType.GUTI, GUTI),
        (nas.IdentityType.S_TMSI, GUTI.s_tmsi),
        (nas.IdentityType.IMEISV, nas.Imeisv("4370816125816151")),
        (nas.IdentityType.IMEI, nas.Imei("437081612581614")),
        (nas.IdentityType.EUI_64, nas.NoIdentity()),
    ],
    ids=lambda v: str(v)[:20],
)
def test_identity_5_4_3(kind, identity):
    async def flow(net: Network):
        await net.registers()
        net.send(nas.IdentityRequest(identity_type=kind))
        response = await net.gets(nas.IdentityResponse)
        assert response.mobile_identity == identity

    play(flow)


def test_only_the_suci_is_told_to_anybody_4_4_4_2():
    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            for kind in (nas.IdentityType.IMEISV, nas.IdentityType.IMEI, nas.IdentityType.GUTI):
                net.send(nas.IdentityRequest(identity_type=kind), None)
            await net.silence()
            net.send(nas.IdentityRequest(identity_type=nas.IdentityType.SUCI), None)
            response = await net.gets(nas.IdentityResponse)
            assert response.mobile_identity.scheme == 0
            await net.authenticate()
            await net.secure()
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)

    play(flow)


# security


BIDDING = {
    "capabilities bid down": {"replayed_ue_security_capabilities": nas.UeSecurityCapability.of((0,), (1,))},
    "null integrity": {"selected_nas_security_algorithms": nas.SecurityAlgorithms(0, 0)},
    "an algorithm the phone lacks": {"selected_nas_security_algorithms": nas.SecurityAlgorithms(5, 2)},
}


@pytest.mark.parametrize("name", BIDDING)
def test_security_mode_refused_23_5_4_2_5(name):
    async def flow(net: Network):
        task = asyncio.ensure_future(net.phone.register())
        await net.gets(nas.RegistrationRequest)
        await net.authenticate()
        command = net.command(**BIDDING[name])
        selected = command.selected_nas_security_algorithms
        keys = net.new_security(0, 0, selected.integrity) if name != "an algorithm the phone lacks" else None
        plain = nas.encode(command)
        keys = keys or net.new_security(0, 2, 2)
        net.phone.on_nas(keys.protect(plain, Header.NEW_CONTEXT, uplink=False))
        reject = await net.gets(nas.SecurityModeReject)
        assert reject.cause == GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH
        assert net.header == Header.PLAIN
        assert net.phone.context.current is None
        task.cancel()

    play(flow)


def test_security_mode_with_a_wrong_mac_24_5_4_2_5():
    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            await net.authenticate()
            right, net.kamf = net.kamf, bytes(32)
            wrong = net.new_security()
            net.phone.on_nas(wrong.protect(nas.encode(net.command()), Header.NEW_CONTEXT, uplink=False))
            reject = await net.gets(nas.SecurityModeReject)
            assert reject.cause == GmmCause.SECURITY_MODE_REJECTED
            net.kamf = right
            await net.secure()
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)

    play(flow)


def test_security_mode_before_authentication_is_refused():
    async def flow(net: Network):
        task = asyncio.ensure_future(net.phone.register())
        await net.gets(nas.RegistrationRequest)
        net.kamf = bytes(32)
        keys = net.new_security()
        net.phone.on_nas(keys.protect(nas.encode(net.command()), Header.NEW_CONTEXT, uplink=False))
        assert (await net.gets(nas.SecurityModeReject)).cause == GmmCause.SECURITY_MODE_REJECTED
        task.cancel()

    play(flow)


def test_other_algorithms_for_the_context_in_use_5_4_2_3():
    """The same ngKSI: new keys, and the COUNTs go on."""

    async def flow(net: Network):
        await net.registers()
        old = net.security
        net.security = net.new_security(0, 1, 3)
        net.security.uplink_count, net.security.downlink_count = old.uplink_count, old.downlink_count
        net.send(net.command(0, 1, 3, imeisv_request=None), Header.NEW_CONTEXT)
        complete = await net.gets(nas.SecurityModeComplete)
        assert complete.imeisv is None
        assert net.security.uplink_count == old.uplink_count + 1
        net.send(nas.IdentityRequest(identity_type=nas.IdentityType.GUTI))
        await net.gets(nas.IdentityResponse)

    play(flow)


def test_horizontal_derivation_5_4_2_3():
    """HDP: K_AMF' from the COUNT of the last initial message (TS 33.501 A.13)."""

    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.kamf = kdf.kamf_prime(net.kamf, 0, net.security.last_uplink_count)
            net.security = net.new_security()
            extra = nas.AdditionalSecurityInformation(kamf_derivation=True, retransmission_requested=True)
            net.send(net.command(additional_5g_security_information=extra), Header.NEW_CONTEXT)
            complete = await net.gets(nas.SecurityModeComplete)
            whole = nas.decode(complete.nas_message_container)
            assert whole.registration_type.kind == RegistrationKind.MOBILITY
            net.send(net.accept(guti=None))

    play(flow)


def test_radio_keys_33_501_6_8_1_2_2():
    """K_gNB from Security Mode Complete's COUNT, later from the service request's."""

    async def flow(net: Network):
        await net.registers()
        assert net.phone.on_security_mode(net.radio_security())
        assert not net.phone.on_security_mode(net.radio_security(bytes(32)))
        net.release()
        await net.phone.until_idle()
        assert not net.phone.on_security_mode(net.radio_security())
        async with doing(net.phone.service_request()):
            await net.gets(nas.ServiceRequest)
            net.count_at_kgnb = net.security.last_uplink_count
            assert net.phone.on_security_mode(net.radio_security())
            net.send(nas.ServiceAccept())

    play(flow)


def test_replays_and_forgeries_are_dropped_4_4_3_2():
    async def flow(net: Network):
        await net.registers()
        update = nas.ConfigurationUpdateCommand(full_name_for_network=nas.NetworkName("A"))
        first = net.security.protect(nas.encode(update), Header.CIPHERED, uplink=False)
        net.phone.on_nas(first)
        net.phone.context.network_name = ""
        net.phone.on_nas(first)
        net.phone.on_nas(first[:2] + bytes([first[2] ^ 1]) + first[3:])
        net.phone.on_nas(nas.encode(update))
        net.phone.on_nas(nas.encode(nas.RegistrationReject(cause=GmmCause.ILLEGAL_UE)))
        net.phone.on_nas(nas.encode(nas.AuthenticationReject()))
        await net.silence()
        assert net.phone.context.network_name == ""
        assert net.phone.registered
        counters = net.phone.signalling.counters
        assert (counters.wrong_mac, counters.not_protected) == (2, 3)

    play(flow)


def test_unexpected_and_unreadable_messages_get_a_status_7_4_7_5():
    async def flow(net: Network):
        await net.registers()
        for message, cause in [
            (nas.ServiceAccept(), GmmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE),
            (nas.encode(nas.RegistrationComplete()), GmmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE),
            (b"\x7e\0\xff", GmmCause.MESSAGE_TYPE_NON_EXISTENT),
            (b"\x7e\0\x42", GmmCause.INVALID_MANDATORY_INFORMATION),
            (
                nas.AuthenticationRequest(ngksi=nas.KeySetIdentifier(3), abba=b"\0\0"),
                GmmCause.CONDITIONAL_IE_ERROR,
            ),
        ]:
            net.send(message)
            assert (await net.gets(nas.GmmStatus)).cause == cause
        net.send(nas.GmmStatus(cause=GmmCause.PROTOCOL_ERROR))
        net.send(b"\x7e")
        net.send(b"\x2e\1\1\xc2")
        await net.silence()

    play(flow)


def test_stopped_by_silence_of_a_security_procedure():
    """An AMF that goes silent after authentication: T3510 ends the attempt, and nothing is left."""

    async def flow(net: Network):
        async with doing(net.phone.register(), fails=TimerExpired):
            await net.gets(nas.RegistrationRequest)
            await net.authenticate()
        assert net.phone.context.update_status is UpdateStatus.NOT_UPDATED
        assert net.phone.identity.challenge is None

    play(flow)


def test_closing_in_the_middle_of_everything():
    async def flow(net: Network):
        task = asyncio.ensure_future(net.phone.register())
        await net.gets(nas.RegistrationRequest)
        connection = net.connection
        watching = asyncio.ensure_future(net.phone.until_registered())
        await asyncio.sleep(0)
        await net.phone.close()
        assert connection.failed
        for waiting in (task, watching):
            with pytest.raises(Abandoned):
                await waiting
        with pytest.raises(Abandoned):
            await net.phone.register()
        net.send(net.challenge(), None)
        await net.silence()

    play(flow)


def test_connection_lost_while_a_session_is_asked_for():
    """5GSM goes on: T3580 expires and the request goes again, by a service request."""

    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.open_session()) as task:
            await net.session_message(nas.PduSessionEstablishmentRequest)
            net.release()
            await net.gets(nas.ServiceRequest, 17)
            net.send(nas.ServiceAccept())
            request = await net.session_message(nas.PduSessionEstablishmentRequest)
            net.send_session(net.session_accept(request))
            assert (await task).active

    play(flow)


def test_gone_is_no_answer():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.service_request(), fails=Gone):
            await net.gets(nas.ServiceRequest)
            net.release("radio link failure")
        assert net.phone.registered

    play(flow)


def test_moving_during_a_procedure_registers_afterwards_5_5_1_3_2_a():
    async def flow(net: Network):
        await net.registers()
        net.release()
        await net.phone.until_idle()
        there = Cell(net, Tai(PLMN, 9), 0x19)
        async with doing(net.phone.service_request(), fails=Gone):
            await net.gets(nas.ServiceRequest)
            net.phone.camp(there)
        request = await net.gets(nas.RegistrationRequest)
        assert request.registration_type.kind == RegistrationKind.MOBILITY
        net.send(net.accept(guti=None))  # the area is still not in the list: no second request
        await net.silence(20)

    play(flow)


def test_periodic_registration_lets_the_connection_go_5_3_1_3():
    async def flow(net: Network):
        await net.registers(t3512_value=nas.GprsTimer3(60))
        net.release()
        request = await net.gets(nas.RegistrationRequest, 61)
        assert request.registration_type == nas.RegistrationType(RegistrationKind.PERIODIC)
        net.send(net.accept(guti=None, t3512_value=None))
        await asyncio.sleep(9)
        assert net.phone.connected
        await asyncio.sleep(2)
        assert not net.phone.connected
        assert net.phone.context.t3512 == 60

    play(flow)


def test_a_fault_of_the_phone_costs_this_phone_alone(monkeypatch, caplog):
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()

        def broken(*_):
            raise KeyError("ours")

        monkeypatch.setattr(net.phone.sessions, "keep_only", broken)
        net.release()
        async with doing(net.phone.service_request(), fails=Abandoned):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceAccept(pdu_session_status=frozenset()))
        assert net.phone.context.state is State.DEREGISTERED
        assert not net.phone.connected
        assert not session.active
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            net.send(net.accept(guti=None))

    play(flow)


def test_a_phone_remembers_itself():
    """The context of one run serves the next: 5G-GUTI, keys and the SIM's sequence numbers."""

    async def flow(net: Network):
        await net.registers()
        await net.phone.close()
        octets = msgspec.msgpack.encode(net.phone.context)
        remembered = msgspec.msgpack.decode(octets, type=PhoneContext)
        net.phone = Phone(net.config, Journal(), seeded(2), [net.cell], remembered)
        async with doing(net.phone.register()):
            request = await net.gets(nas.RegistrationRequest)
            assert request.mobile_identity == GUTI
            assert request.registration_type.kind == RegistrationKind.INITIAL
            assert net.header == Header.INTEGRITY
            net.send(net.challenge(sqn=net.sqn, ksi=1))
            failure = await net.gets(nas.AuthenticationFailure)
            assert failure.cause == GmmCause.SYNCH_FAILURE
            await net.authenticate(1, Header.CIPHERED)
            await net.secure(1)
            net.send(net.accept(guti=None))

    play(flow)

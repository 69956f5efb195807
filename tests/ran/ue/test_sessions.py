"""PDU sessions of a phone, as TS 24.501 clause 6 and 7.3 tell it."""

import asyncio
from ipaddress import IPv4Address, IPv6Address

import msgspec
import pytest

from pilot5g.flow.errors import TimerExpired
from pilot5g.model import Ambr, PduSessionType, Snssai
from pilot5g.ran.ue.outcome import Abandoned, Rejected
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, GsmCause
from ran.ue.scripted import RULE, Network, doing, play


def test_establishment_6_4_1():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens(dnn="internet", snssai=Snssai(1))
        assert net.transport.request_type == nas.RequestType.INITIAL
        assert (net.transport.dnn, net.transport.s_nssai) == ("internet", Snssai(1))
        assert net.transport.pdu_session_id == session.id == 1
        assert session.ipv4 == IPv4Address("10.45.0.2")
        assert session.dns == (IPv4Address("10.45.0.1"),)
        assert session.mtu == 1400
        assert session.ambr == Ambr(10_000_000, 20_000_000)
        assert [rule.qfi for rule in session.rules] == [1]
        assert net.phone.measurements.session == [0.0]
        second = await net.opens()
        assert second.id == 2
        assert net.transport.dnn is None

    play(flow)


CAUSES = (8, 26, 27, 28, 29, 31, 32, 33, 38, 50, 51, 54, 67, 68, 69, 70, 111, 200)


@pytest.mark.parametrize("cause", CAUSES)
def test_establishment_rejected_6_4_1_4(cause):
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.open_session("nowhere"), fails=Rejected) as task:
            request = await net.session_message(nas.PduSessionEstablishmentRequest)
            reject = nas.PduSessionEstablishmentReject(
                pdu_session_id=request.pdu_session_id, pti=request.pti, cause=GsmCause(cause)
            )
            net.send_session(reject)
        assert task.exception().cause == cause
        assert task.exception().reason
        assert not list(net.phone.sessions)
        entry = net.phone.journal.entries[-1]
        assert "nowhere" in entry.what

    play(flow)


@pytest.mark.parametrize("cause", [22, 65, 67, 69, 90, 91, 92])
def test_not_forwarded_5_4_5_3(cause):
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.open_session("nowhere"), fails=Rejected) as task:
            await net.session_message(nas.PduSessionEstablishmentRequest)
            net.send_session(net.transport.payload_container, cause=GmmCause(cause))
        assert task.exception().cause == cause
        assert not list(net.phone.sessions)

    play(flow)


def test_t3580_five_times_6_4_1_6_a():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.open_session(), fails=TimerExpired):
            ptis = [
                (await net.session_message(nas.PduSessionEstablishmentRequest)).pti,
                *[(await net.gets(nas.UlNasTransport, 17)).payload_container[2] for _ in range(4)],
            ]
        assert len(set(ptis)) == 1
        await net.silence(100)
        assert not list(net.phone.sessions)

    play(flow)


def test_session_before_registration():
    async def flow(net: Network):
        with pytest.raises(Abandoned, match="not registered"):
            await net.phone.open_session()

    play(flow)


def test_release_by_the_phone_6_4_3():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        told = []
        session.on_released.append(told.append)
        async with doing(net.phone.release_session(1)):
            request = await net.session_message(nas.PduSessionReleaseRequest)
            command = nas.PduSessionReleaseCommand(
                pdu_session_id=1, pti=request.pti, cause=GsmCause.REGULAR_DEACTIVATION
            )
            net.send_session(command)
            complete = await net.session_message(nas.PduSessionReleaseComplete)
            assert complete.pti == request.pti
        assert told == [session]
        assert not session.active

    play(flow)


def test_t3582_and_the_network_is_told_by_registration_6_4_3_6_a():
    async def flow(net: Network):
        await net.registers()
        await net.opens()
        async with doing(net.phone.release_session(1), fails=TimerExpired):
            for _ in range(5):
                await net.gets(nas.UlNasTransport, 17)
        request = await net.gets(nas.RegistrationRequest)
        assert request.pdu_session_status == frozenset()
        net.send(net.accept(guti=None))

    play(flow)


def test_release_by_the_network_6_3_3():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.send_session(
            nas.PduSessionReleaseCommand(pdu_session_id=1, pti=0, cause=GsmCause.REGULAR_DEACTIVATION)
        )
        complete = await net.session_message(nas.PduSessionReleaseComplete)
        assert complete.pti == 0
        assert not session.active
        with pytest.raises(KeyError):
            await net.phone.release_session(1)

    play(flow)


def test_reactivation_requested_6_3_3_3():
    async def flow(net: Network):
        await net.registers()
        await net.opens(dnn="internet")
        net.send_session(
            nas.PduSessionReleaseCommand(pdu_session_id=1, pti=0, cause=GsmCause.REACTIVATION_REQUESTED)
        )
        await net.session_message(nas.PduSessionReleaseComplete)
        request = await net.session_message(nas.PduSessionEstablishmentRequest)
        assert net.transport.dnn == "internet"
        net.send_session(net.session_accept(request))
        await asyncio.sleep(0.1)
        assert net.phone.sessions[1].active

    play(flow)


def test_modification_by_the_network_6_3_2():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        voice = nas.QosRule(
            identifier=2,
            packet_filters=(nas.PacketFilter(1, components=(nas.ProtocolMatch(17),)),),
            precedence=10,
            qfi=5,
        )
        command = nas.PduSessionModificationCommand(
            pdu_session_id=1,
            pti=0,
            session_ambr=Ambr(1_000_000, 2_000_000),
            authorized_qos_rules=(voice,),
            authorized_qos_flow_descriptions=(nas.QosFlowDescription(qfi=5, five_qi=1),),
        )
        net.send_session(command)
        await net.session_message(nas.PduSessionModificationComplete)
        assert session.ambr == Ambr(1_000_000, 2_000_000)
        assert [rule.qfi for rule in session.rules] == [5, 1]
        net.send_session(
            nas.PduSessionModificationCommand(
                pdu_session_id=1,
                pti=0,
                authorized_qos_rules=(
                    nas.QosRule(
                        identifier=9, operation=nas.RuleOperation.MODIFY_WITHOUT_FILTERS, qfi=5, precedence=1
                    ),
                ),
            )
        )
        reject = await net.session_message(nas.PduSessionModificationCommandReject)
        assert reject.cause == GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION
        assert [rule.qfi for rule in session.rules] == [5, 1]

    play(flow)


WRONG = {
    "no default rule": (
        {"authorized_qos_rules": (msgspec.structs.replace(RULE, default=False),)},
        GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION,
    ),
    "two of one precedence": (
        {
            "authorized_qos_rules": (
                RULE,
                nas.QosRule(identifier=2, packet_filters=(nas.PacketFilter(1),), precedence=255, qfi=1),
            )
        },
        GsmCause.SEMANTIC_ERROR_IN_QOS_OPERATION,
    ),
    "no address": ({"pdu_address": None}, GsmCause.CONDITIONAL_IE_ERROR),
    "another type": (
        {"selected_pdu_session_type": PduSessionType.IPV6, "pdu_address": nas.PduAddress(None, b"\1" * 8)},
        GsmCause.SEMANTICALLY_INCORRECT_MESSAGE,
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_accept_of_no_use_is_released_again_6_4_1_3(name):
    changes, cause = WRONG[name]

    async def flow(net: Network):
        await net.registers()
        with pytest.raises(Rejected):
            await net.opens(**changes)
        release = await net.session_message(nas.PduSessionReleaseRequest)
        assert release.cause == cause
        net.send_session(nas.PduSessionReleaseCommand(pdu_session_id=1, pti=release.pti, cause=GsmCause(36)))
        await net.session_message(nas.PduSessionReleaseComplete)
        assert not list(net.phone.sessions)

    play(flow)


def test_unreadable_accept_is_released_again_7_5_1():
    async def flow(net: Network):
        await net.registers()
        async with doing(net.phone.open_session(), fails=Rejected):
            request = await net.session_message(nas.PduSessionEstablishmentRequest)
            net.send_session(nas.encode(net.session_accept(request))[:7])
        release = await net.session_message(nas.PduSessionReleaseRequest)
        assert release.cause == GsmCause.INVALID_MANDATORY_INFORMATION
        net.phone.radio_loss()

    play(flow)


def command(session=1, pti=0):
    return nas.PduSessionReleaseCommand(pdu_session_id=session, pti=pti, cause=GsmCause(36))


UNFORESEEN = {
    "accept, PTI of nobody (7.3.1)": (
        nas.PduSessionEstablishmentReject(pdu_session_id=1, pti=77, cause=GsmCause(26)),
        GsmCause.PTI_MISMATCH,
    ),
    "answer without PTI (7.3.1)": (
        nas.PduSessionEstablishmentReject(pdu_session_id=1, pti=0, cause=GsmCause(26)),
        None,
    ),
    "reserved PTI (7.3.1)": (command(1, 255), None),
    "command, PTI of nobody (7.3.1)": (command(1, 99), GsmCause.PTI_MISMATCH),
    "authentication with PTI (7.3.1)": (
        nas.PduSessionAuthenticationCommand(pdu_session_id=1, pti=4, eap_message=b"\1\2\0\4"),
        GsmCause.INVALID_PTI_VALUE,
    ),
    "unknown session (7.3.2)": (command(9), GsmCause.INVALID_PDU_SESSION_IDENTITY),
    "unknown message type (7.4)": (b"\x2e\1\0\xf0", GsmCause.MESSAGE_TYPE_NON_EXISTENT),
    "malformed (7.5.1)": (b"\x2e\1\0\xd3", GsmCause.INVALID_MANDATORY_INFORMATION),
    "a request (7.4)": (
        nas.PduSessionReleaseRequest(pdu_session_id=1, pti=0),
        GsmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE,
    ),
    "status of nobody": (nas.GsmStatus(pdu_session_id=3, pti=0, cause=GsmCause(111)), None),
    "too short (7.2.1)": (b"\x2e\1\0", None),
    "not NAS": (b"\x45\0\0\0", None),
}


@pytest.mark.parametrize("name", UNFORESEEN)
def test_unforeseen_7_3(name):
    message, cause = UNFORESEEN[name]

    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.send_session(message)
        if cause is not None:
            status = await net.session_message(nas.GsmStatus)
            assert status.cause == cause
        await net.silence()
        assert session.active

    play(flow)


def test_status_43_means_gone_6_5_3():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.send_session(nas.GsmStatus(pdu_session_id=1, pti=0, cause=GsmCause.INVALID_PDU_SESSION_IDENTITY))
        await net.silence()
        assert not session.active

    play(flow)


def test_session_from_idle_asks_for_service_first_5_6_1_1():
    async def flow(net: Network):
        await net.registers()
        net.release()
        async with doing(net.phone.open_session()) as task:
            request = await net.gets(nas.ServiceRequest)
            assert request.service_type == nas.ServiceType.SIGNALLING
            net.send(nas.ServiceAccept())
            request = await net.session_message(nas.PduSessionEstablishmentRequest)
            net.send_session(net.session_accept(request))
            session = await task
        assert session.active

    play(flow)


def test_all_identities_in_use():
    async def flow(net: Network):
        await net.registers()
        for _ in range(15):
            await net.opens()
        assert [session.id for session in net.phone.sessions] == list(range(1, 16))
        with pytest.raises(Abandoned, match="15"):
            await net.phone.open_session()

    play(flow)


def test_what_a_phone_remembers_serialises():
    async def flow(net: Network):
        await net.registers()
        await net.opens()
        octets = msgspec.msgpack.encode(net.phone.context)
        assert msgspec.msgpack.decode(octets, type=type(net.phone.context)) == net.phone.context

    play(flow)


@pytest.mark.parametrize("kind", [PduSessionType.IPV6, PduSessionType.IPV4V6])
def test_ipv6_address_by_router_advertisement(kind):
    """Interface identifier from NAS, prefix from the router; solicited until it answers (RFC 4861 6.3.7)."""
    from pilot5g.wire import ip

    identifier = bytes.fromhex("0000000000000001")

    async def flow(net: Network):
        seen = []
        net.router = lambda session, packets: seen.extend(packets)
        await net.registers()
        address = nas.PduAddress(
            IPv4Address("10.45.0.9") if kind == PduSessionType.IPV4V6 else None, identifier
        )
        session = await net.opens(kind=kind, selected_pdu_session_type=kind, pdu_address=address)
        told = []
        session.on_address.append(lambda s: told.append(s.ipv6))
        await asyncio.sleep(4.1)
        assert [ip.parse_router_solicitation(p).source for p in seen] == [ip.link_local(identifier)] * 2
        assert session.ipv6 is None
        advertisement = ip.build_router_advertisement(
            ip.RouterAdvertisement(
                source=ip.pack("fe80::1"),
                prefixes=(ip.Prefix(prefix=ip.pack("2001:db8:7::")),),
                mtu=1380,
                dns=(ip.pack("2001:db8::53"),),
            )
        )
        net.phone.on_packets(1, [advertisement])
        assert told == [session.ipv6] == [IPv6Address("2001:db8:7::1")]
        assert IPv6Address("2001:db8::53") in session.dns
        await asyncio.sleep(60)
        assert len(seen) == 2
        net.phone.on_packets(1, [advertisement])
        assert len(told) == 1

    play(flow)

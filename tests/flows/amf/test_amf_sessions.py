"""PDU sessions through the AMF (TS 24.501 5.4.5, TS 23.502 4.3.2.2.1, 4.3.4.2, TS 38.413 8.2)."""

import asyncio

import pytest

from flows.amf.world import (
    OTHER_SLICE,
    RELEASE,
    SETUP,
    SETUP_FAILED,
    SLICE,
    TAI,
    Phone,
    play,
    settle,
)
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType, TransferCause
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap

Cause = nas.GmmCause


async def registered(world, **options):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True, **options)
    return gnb, phone


def test_a_session_is_established():
    """TS 23.502 4.3.2.2.1 steps 1 to 16."""

    async def flow(world):
        _, phone = await registered(world)
        answer = await phone.opens(5, dnn="internet", s_nssai=SLICE)
        assert answer.pdu_session_id == 5
        (kind, create), update = world.smf.calls
        assert kind == "create"
        assert (create.supi, create.pdu_session_id, create.dnn) == (phone.supi, 5, "internet")
        assert (create.snssai, create.tai, create.amf_id) == (SLICE, TAI, "amf-1")
        assert create.n1 == b"establish"
        assert update[2].n2.kind is N2SmType.PDU_RES_SETUP_RSP
        request = next(m for m in phone.n2 if isinstance(m, ngap.PDUSessionResourceSetupRequest))
        assert request.ue_aggregate_maximum_bit_rate["uEAggregateMaximumBitRateDL"] == 2 * 10**9
        (item,) = request.pdu_session_resource_setup_list_su_req
        assert item["s-NSSAI"] == {"sST": b"\x01"}
        assert item["pDUSessionResourceSetupRequestTransfer"] == SETUP

    play(flow)


def test_without_dnn_and_slice_the_subscribed_defaults_are_taken():
    """TS 23.501 5.6.1, 5.15.5.3."""

    async def flow(world):
        _, phone = await registered(world)
        await phone.opens(1)
        create = world.smf.calls[0][1]
        assert (create.dnn, create.snssai) == ("internet", SLICE)

    play(flow)


def test_the_first_user_plane_brings_the_context_to_the_radio():
    """TS 38.413 8.3.1: a connection without a context gets it with the first session."""

    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        phone.begins(gnb, phone.registration(kind=nas.RegistrationKind.MOBILITY), context=False)
        await phone.gets(nas.RegistrationAccept)
        phone.says(phone.session(1))
        phone.says(nas.RegistrationComplete())
        answer = await phone.gets(nas.DlNasTransport)
        assert answer.payload_container == b"accept"
        await settle()
        assert phone.planes == {1}
        assert isinstance(phone.n2[-1], ngap.InitialContextSetupRequest)

    play(flow)


@pytest.mark.parametrize(
    ("ies", "cause", "reason"),
    [
        ({"dnn": "elsewhere"}, 91, "elsewhere is not subscribed"),
        ({"dnn": "ims"}, 91, "no SMF serves DNN ims in slice 1"),
        ({"s_nssai": OTHER_SLICE}, 90, "slice 2-010203 is not allowed for it here, only 1"),
    ],
)
def test_a_session_that_no_smf_can_have(ies, cause, reason):
    """TS 24.501 5.4.5.2.4, 5.4.5.3.1: the message comes back with the cause."""

    async def flow(world):
        _, phone = await registered(world)
        phone.says(phone.session(1, **ies))
        answer = await phone.gets(nas.DlNasTransport)
        assert (answer.cause, answer.payload_container) == (cause, b"establish")
        entry = world.reasons()[-1]
        assert entry.reason == reason
        assert entry.fix
        assert not world.smf.calls

    play(flow)


@pytest.mark.parametrize(
    ("problem", "cause"),
    [
        (Problem.DNN_DENIED, 91),
        (Problem.INSUFFICIENT_RESOURCES_SLICE_DNN, 67),
        (Problem.UPF_NOT_RESPONDING, 90),
    ],
)
def test_what_the_smf_refuses(problem, cause):
    async def flow(world):
        _, phone = await registered(world)
        world.smf.problem = problem
        phone.says(phone.session(1))
        assert (await phone.gets(nas.DlNasTransport)).cause == cause
        assert not world.amf.ues.by_supi[phone.supi].context.sessions

    play(flow)


def test_an_smf_that_rejects_by_itself_leaves_no_session():
    """The SMF's reject and its goodbye may come before the answer to the creation."""

    async def flow(world):
        _, phone = await registered(world)
        world.smf.reject = True
        phone.says(phone.session(1))
        assert (await phone.gets(nas.DlNasTransport)).payload_container == b"no"
        await settle()
        assert not world.amf.ues.by_supi[phone.supi].context.sessions

    play(flow)


def test_a_message_for_no_session_comes_back_as_90():
    """TS 24.501 5.4.5.2.4."""

    async def flow(world):
        _, phone = await registered(world)
        for kind in (None, nas.RequestType.EXISTING, nas.RequestType.MODIFICATION):
            phone.says(
                nas.UlNasTransport(
                    payload_container_type=nas.PayloadContainerType.N1_SM,
                    payload_container=b"modify",
                    pdu_session_id=4,
                    request_type=kind,
                )
            )
            assert (await phone.gets(nas.DlNasTransport)).cause == Cause.PAYLOAD_WAS_NOT_FORWARDED
        phone.says(phone.session(0))
        phone.says(
            nas.UlNasTransport(
                payload_container_type=nas.PayloadContainerType.SMS, payload_container=b"hello"
            )
        )
        await phone.hears_nothing(1)

    play(flow)


def test_emergency_sessions_come_back():
    async def flow(world):
        _, phone = await registered(world)
        phone.says(
            nas.UlNasTransport(
                payload_container_type=nas.PayloadContainerType.N1_SM,
                payload_container=b"help",
                pdu_session_id=1,
                request_type=nas.RequestType.INITIAL_EMERGENCY,
            )
        )
        assert (await phone.gets(nas.DlNasTransport)).cause == Cause.PAYLOAD_WAS_NOT_FORWARDED

    play(flow)


def test_release_by_the_phone():
    """TS 23.502 4.3.4.2: N1 and N2 in one message, the answers reach the SMF in their order."""

    async def flow(world):
        _, phone = await registered(world)
        await phone.opens(1)
        for payload in (b"release request", b"release complete"):
            phone.says(
                nas.UlNasTransport(
                    payload_container_type=nas.PayloadContainerType.N1_SM,
                    payload_container=payload,
                    pdu_session_id=1,
                )
            )
            if payload == b"release request":
                assert (await phone.gets(nas.DlNasTransport)).payload_container == b"release command"
                await settle()
        await settle()
        assert not phone.planes
        assert world.smf.updates() == [
            N2SmType.PDU_RES_SETUP_RSP,
            b"release request",
            N2SmType.PDU_RES_REL_RSP,
            b"release complete",
        ]
        ue = world.amf.ues.by_supi[phone.supi]
        assert not ue.context.sessions
        assert not ue.line().active

    play(flow)


def test_the_same_session_again_goes_to_the_same_smf():
    """TS 24.501 5.4.5.2.5: the SMF knows whether the phone repeats itself."""

    async def flow(world):
        _, phone = await registered(world)
        await phone.opens(1)
        phone.says(phone.session(1))
        await phone.gets(nas.DlNasTransport)
        assert [call[0] for call in world.smf.calls].count("create") == 2
        assert len(world.amf.ues.by_supi[phone.supi].context.sessions) == 1

    play(flow)


def test_a_radio_that_refuses_a_session():
    """TS 38.413 8.2.1.2."""

    async def flow(world):
        gnb, phone = await registered(world)
        gnb.auto = False
        await phone.opens(1)
        failed = [{"pDUSessionID": 1, "pDUSessionResourceSetupUnsuccessfulTransfer": SETUP_FAILED}]
        gnb.says(
            ngap.PDUSessionResourceSetupResponse(
                **phone.ids, pdu_session_resource_failed_to_setup_list_su_res=failed
            )
        )
        await settle()
        assert world.smf.updates() == [N2SmType.PDU_RES_SETUP_FAIL]
        assert not world.amf.ues.by_supi[phone.supi].line().active
        gnb.auto = True

    play(flow)


def test_modification_goes_out_and_comes_back():
    """TS 38.413 8.2.3."""
    from pilot5g.wire.ngap.transfers import encode_transfer

    modify = encode_transfer("PDUSessionResourceModifyRequestTransfer", {})
    done = encode_transfer("PDUSessionResourceModifyResponseTransfer", {})

    async def flow(world):
        gnb, phone = await registered(world)
        await phone.opens(1)
        message = N1N2Message(pdu_session_id=1, n1=b"modify", n2=N2Sm(N2SmType.PDU_RES_MOD_REQ, modify))
        assert await world.amf.service.transfer(phone.supi, message) is TransferCause.INITIATED
        await settle()
        request = phone.n2[-1]
        assert isinstance(request, ngap.PDUSessionResourceModifyRequest)
        (item,) = request.pdu_session_resource_modify_list_mod_req
        assert item["pDUSessionResourceModifyRequestTransfer"] == modify
        phone.hears(item["nAS-PDU"])
        assert (await phone.gets(nas.DlNasTransport)).payload_container == b"modify"
        answer = [{"pDUSessionID": 1, "pDUSessionResourceModifyResponseTransfer": done}]
        gnb.says(
            ngap.PDUSessionResourceModifyResponse(
                **phone.ids, pdu_session_resource_modify_list_mod_res=answer
            )
        )
        await settle()
        assert world.smf.updates()[-1] is N2SmType.PDU_RES_MOD_RSP

    play(flow)


def test_a_radio_that_lets_go_of_a_session_says_so():
    """TS 38.413 8.2.4."""
    from pilot5g.wire.ngap.transfers import encode_transfer

    gone = encode_transfer("PDUSessionResourceNotifyReleasedTransfer", {"cause": ("misc", "unspecified")})

    async def flow(world):
        gnb, phone = await registered(world)
        await phone.opens(1)
        items = [{"pDUSessionID": 1, "pDUSessionResourceNotifyReleasedTransfer": gone}]
        gnb.says(ngap.PDUSessionResourceNotify(**phone.ids, pdu_session_resource_released_list_not=items))
        await settle()
        assert world.smf.updates()[-1] is N2SmType.PDU_RES_NTY_REL

    play(flow)


def test_an_n2_release_for_an_inactive_user_plane_goes_to_the_phone_alone():
    async def flow(world):
        gnb, phone = await registered(world)
        await phone.opens(1)
        await phone.idles()
        phone.begins(gnb, phone.service(nas.ServiceType.SIGNALLING))
        await phone.gets(nas.ServiceAccept)
        await settle()
        message = N1N2Message(pdu_session_id=1, n1=b"bye", n2=N2Sm(N2SmType.PDU_RES_REL_CMD, RELEASE))
        await world.amf.service.transfer(phone.supi, message)
        assert (await phone.gets(nas.DlNasTransport)).payload_container == b"bye"
        assert isinstance(phone.n2[-1], ngap.DownlinkNASTransport)

    play(flow)


def test_transfer_to_a_phone_or_session_that_is_not_there():
    """TS 29.518 5.2.2.3.1.2."""

    async def flow(world):
        _, phone = await registered(world)
        for supi, psi in (("imsi-999999999999999", 1), (phone.supi, 9)):
            with pytest.raises(ServiceError) as refused:
                await world.amf.service.transfer(supi, N1N2Message(pdu_session_id=psi, n1=b"x"))
            assert refused.value.problem is Problem.CONTEXT_NOT_FOUND
        await world.amf.service.session_released("imsi-999999999999999", 1)

    play(flow)


def test_session_signalling_before_registration_does_not_fit():
    """TS 24.501 5.4.5.2.1: a registered phone may; clause 7.4 for others."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.gets(nas.SecurityModeCommand)
        phone.says(phone.session(1))  # protected with keys that are not in use yet
        await phone.hears_nothing(1)
        assert not world.smf.calls
        gnb.ask_release(phone)
        await settle()

    play(flow)


def test_what_a_radio_answers_while_the_smf_is_slow_keeps_its_order():
    async def flow(world):
        _, phone = await registered(world)
        world.smf.delay = 2
        phone.says(phone.session(1))
        phone.says(phone.session(2))
        for _ in range(2):
            await phone.gets(nas.DlNasTransport)
        await asyncio.sleep(20)
        world.smf.delay = 0
        assert [c[0] if c[0] == "create" else c[1][-1] for c in world.smf.calls] == [
            "create",
            "create",
            "1",
            "2",
        ]

    play(flow)


def test_a_session_that_is_made_while_its_phone_authenticates_anew():
    """The SMF's answer belongs to the phone, whichever connection that is by then: nothing is left of it."""

    async def flow(world):
        gnb, phone = await registered(world)
        world.smf.delay = 3
        phone.says(phone.session(1))
        await asyncio.sleep(1)
        again = Phone(world)
        again.request = again.registration()
        again.begins(gnb, again.request)
        await again.authenticates()
        await again.secures()
        await again.completes()
        world.smf.delay = 0
        assert world.smf.calls[-1][0] == "release"
        assert not world.smf.sessions
        assert not world.amf.ues.by_supi[again.supi].context.sessions

    play(flow)


def test_a_phone_that_leaves_before_its_session_is_there():
    async def flow(world):
        gnb, phone = await registered(world)
        world.smf.delay = 5
        phone.says(phone.session(1))
        await asyncio.sleep(1)
        await phone.idles()
        await asyncio.sleep(20)
        # it was paged for the accept, and did not come
        assert gnb.paged
        assert world.smf.calls[-1] == ("failed", phone.supi, 1, "UE_NOT_RESPONDING")

    play(flow)

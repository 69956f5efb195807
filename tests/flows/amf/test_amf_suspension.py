"""UE context suspension and resumption (TS 38.413 8.3.11, 8.3.12, TS 23.502 4.8.2)."""

from flows.amf.world import Phone, play, settle
from pilot5g.core.amf.context import Cm
from pilot5g.flow.errors import Problem
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import encode_transfer

SUSPEND = encode_transfer("UEContextSuspendRequestTransfer", {"suspendIndicator": "true"})
RESUME = encode_transfer("UEContextResumeRequestTransfer", {})


async def connected(world, sessions=(1,)):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True)
    for psi in sessions:
        await phone.opens(psi)
    return gnb, phone, world.amf.ues.by_supi[phone.supi]


def suspends(gnb, phone):
    gnb.says(
        ngap.UEContextSuspendRequest(
            **phone.ids,
            pdu_session_resource_suspend_list_sus_req=[
                {"pDUSessionID": 1, "uEContextSuspendRequestTransfer": SUSPEND}
            ],
        )
    )


def resumes(gnb, phone, *sessions):
    items = [{"pDUSessionID": each, "uEContextResumeRequestTransfer": RESUME} for each in sessions]
    gnb.says(
        ngap.UEContextResumeRequest(
            **phone.ids, rrc_resume_cause="mo-Data", pdu_session_resource_resume_list_res_req=items or None
        )
    )


def test_suspended_and_back():
    async def flow(world):
        gnb, phone, ue = await connected(world)
        chain = set()
        for _ in range(2):
            suspends(gnb, phone)
            await settle()
            answer = phone.n2[-1]
            assert isinstance(answer, ngap.UEContextSuspendResponse)
            chain.add(answer.security_context["nextHopNH"])
            assert (ue.state.cm, ue.connected) == (Cm.IDLE, False)
            assert world.smf.updates()[-1] == "SUSPENDED"
            resumes(gnb, phone, 1)
            await settle()
            answer = phone.n2[-1]
            assert isinstance(answer, ngap.UEContextResumeResponse)
            (item,) = answer.pdu_session_resource_resume_list_res_res
            assert item["pDUSessionID"] == 1
            assert (ue.state.cm, ue.connected) == (Cm.CONNECTED, True)
            assert world.smf.updates()[-1] == "ACTIVATED"
        assert len(chain) == 2

    play(flow)


def test_some_sessions_do_not_come_back():
    async def flow(world):
        gnb, phone, ue = await connected(world, (1, 2))
        suspends(gnb, phone)
        await settle()
        resumes(gnb, phone, 9)
        await settle()
        (item,) = phone.n2[-1].pdu_session_resource_failed_to_resume_list_res_res
        assert item["pDUSessionID"] == 9
        assert world.smf.updates()[-2:] == ["DEACTIVATED", "DEACTIVATED"]
        assert not ue.line().active

    play(flow)


def test_a_suspended_phone_is_paged():
    async def flow(world):
        gnb, phone, ue = await connected(world)
        suspends(gnb, phone)
        await settle()
        setup = encode_transfer(
            "PDUSessionResourceReleaseCommandTransfer", {"cause": ("nas", "normal-release")}
        )
        data = N1N2Message(pdu_session_id=1, n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, setup))
        await world.amf.service.transfer(phone.supi, data)
        await settle()
        assert gnb.paged == [phone.guti.s_tmsi]
        heard = len(phone.n2)
        resumes(gnb, phone, 1)
        await settle()
        (answer,) = phone.n2[heard:]
        assert isinstance(answer, ngap.UEContextResumeResponse)
        assert not ue.pending
        assert ue.owner.procedure is None

    play(flow)


def test_a_phone_that_comes_anew_gets_a_new_connection():
    async def flow(world):
        gnb, phone, ue = await connected(world)
        suspends(gnb, phone)
        await settle()
        former = ue.connection
        gnb.auto = False
        phone.begins(gnb, phone.service())
        await settle()
        assert ue.connection is not former
        assert former.releasing

    play(flow)


def test_what_does_not_fit():
    async def flow(world):
        gnb, phone, ue = await connected(world)
        resumes(gnb, phone, 1)
        await settle()
        assert isinstance(phone.n2[-1], ngap.UEContextResumeFailure)
        world.amf.operation.authenticate(phone.supi)
        await settle()
        suspends(gnb, phone)
        await settle()
        assert isinstance(phone.n2[-1], ngap.UEContextSuspendFailure)
        assert ue.connected

    play(flow)


def test_an_smf_that_has_lost_it():
    async def flow(world):
        gnb, phone, _ = await connected(world)
        suspends(gnb, phone)
        await settle()
        world.smf.problem = Problem.UPF_NOT_RESPONDING
        resumes(gnb, phone, 1)
        await settle()
        world.smf.problem = None
        assert phone.n2[-1].pdu_session_resource_failed_to_resume_list_res_res[0]["pDUSessionID"] == 1

    play(flow)

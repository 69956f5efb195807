"""PDU SESSION RESOURCE MODIFY INDICATION at the AMF (TS 38.413 8.2.5)."""

from flows.amf.world import TUNNEL, Phone, play, settle
from pilot5g.flow.errors import Problem
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer

MOVED = encode_transfer(
    "PDUSessionResourceModifyIndicationTransfer",
    {
        "dLQosFlowPerTNLInformation": {
            "uPTransportLayerInformation": TUNNEL,
            "associatedQosFlowList": [{"qosFlowIdentifier": 1}],
        }
    },
)


def indication(phone, *sessions):
    return ngap.PDUSessionResourceModifyIndication(
        **phone.ids,
        pdu_session_resource_modify_list_mod_ind=[
            {"pDUSessionID": each, "pDUSessionResourceModifyIndicationTransfer": MOVED} for each in sessions
        ],
    )


def causes(confirm):
    name = "PDUSessionResourceModifyIndicationUnsuccessfulTransfer"
    return {
        item["pDUSessionID"]: decode_transfer(name, item["p" + name[1:]])["cause"][1]
        for item in confirm.pdu_session_resource_failed_to_modify_list_mod_cfm or ()
    }


def test_8_2_5_2_some_follow_and_some_do_not():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        for psi in (1, 2):
            await phone.opens(psi)
        world.smf.immobile = {2: Problem.UPF_NOT_RESPONDING}
        gnb.says(indication(phone, 1, 2, 9, 4, 4))
        await settle()
        confirm = phone.n2[-1]
        (done,) = confirm.pdu_session_resource_modify_list_mod_cfm
        assert done["pDUSessionID"] == 1
        assert causes(confirm) == {
            2: "transport-resource-unavailable",
            9: "unknown-PDU-session-ID",
            4: "multiple-PDU-session-ID-instances",
        }
        gnb.says(indication(phone, 1))
        gnb.ask_release(phone)  # the answer would come too late
        heard = len(phone.n2)
        await settle()
        assert not any(isinstance(each, ngap.PDUSessionResourceModifyConfirm) for each in phone.n2[heard:])

    play(flow)

"""PDU session resources: setup, modification, release, loss (TS 38.413 8.2)."""

import asyncio

import pytest

from pilot5g.model import Snssai
from pilot5g.ran.gnb.bearers import GUARANTEED
from pilot5g.wire.gtpu import ErrorIndication, encode
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import gtp_tunnel_to
from ran.gnb.ladder import (
    AMBR,
    UPF,
    downlink_teid,
    flow_item,
    judge,
    ladder,
    rig,
    session_item,
    session_setup,
    setup_transfer,
)

RESPONSE = "PDUSessionResourceSetupResponseTransfer"


def why(item, kind="Setup"):
    """Session and cause of a failed item; its transfer judged too."""
    octets = item[f"pDUSessionResource{kind}UnsuccessfulTransfer"]
    name = f"PDUSessionResource{kind}UnsuccessfulTransfer"
    _same_transfer(name, octets)
    return item["pDUSessionID"], decode_transfer(name, octets)["cause"]


def _same_transfer(name, octets):
    if judge().__name__ == "same":
        from judges.pycrate_ngap import same_transfer

        same_transfer(name, octets)


async def asked(r, ids, *items, **ies):
    r.amf.say(session_setup(ids, *items, **ies), 1)
    answer = await r.amf.get(m.PDUSessionResourceSetupResponse)
    await asyncio.sleep(0.01)
    done = answer.pdu_session_resource_setup_list_su_res or []
    failed = answer.pdu_session_resource_failed_to_setup_list_su_res or []
    for item in done:
        _same_transfer(RESPONSE, item[f"pDUSession{RESPONSE[10:]}"])
    return done, [why(item) for item in failed]


@ladder
async def test_8_2_1_2_setup():
    async with rig() as r:
        phone, ids = await r.with_context()
        phone.heard.clear()
        flows = [flow_item(1), flow_item(5, 7)]
        done, failed = await asked(
            r,
            ids,
            session_item(4, setup_transfer(flows=flows), nas=b"accept 4"),
            session_item(5, setup_transfer(0xAA000002), nas=None),
            nas_pdu=b"for all",
            ue_aggregate_maximum_bit_rate=AMBR,
        )
        assert (len(done), failed) == (2, [])
        teids = [downlink_teid(item) for item in done]
        assert len(set(teids)) == 2
        assert min(teids) > 0
        value = decode_transfer(RESPONSE, done[0]["pDUSessionResourceSetupResponseTransfer"])
        flows = value["dLQosFlowPerTNLInformation"]["associatedQosFlowList"]
        assert flows == [{"qosFlowIdentifier": 1}, {"qosFlowIdentifier": 5}]
        assert phone.heard == [
            ("bearers", ((4, (1, 5)), (5, (1,))), ()),
            ("nas", b"for all"),
            ("nas", b"accept 4"),
        ]
        assert r.gnb.counters.sessions == 2


@ladder
async def test_8_2_1_4_an_identity_twice_or_in_use():
    async with rig() as r:
        phone, ids, _ = await r.with_session(number=1)
        two = [session_item(2, setup_transfer(n), nas=b"no") for n in (2, 3)]
        done, failed = await asked(r, ids, *two, session_item(1, nas=b"no"), session_item(3, nas=b"yes"))
        multiple = ("radioNetwork", "multiple-PDU-session-ID-instances")
        assert failed == [(2, multiple), (1, multiple)]
        assert [item["pDUSessionID"] for item in done] == [3]
        assert [item for item in phone.heard if item[0] == "nas"] == [("nas", b"yes")]
        (ue,) = r.gnb.ues
        assert sorted(ue.context.sessions) == [1, 3]  # the one there was goes on


@ladder
async def test_no_bearer_before_as_security():
    async with rig() as r:
        phone, ids = await r.connected()
        _, failed = await asked(r, ids, session_item(1, nas=b"no"))
        assert failed == [(1, ("protocol", "message-not-compatible-with-receiver-state"))]
        assert phone.heard == []


REQUIRED = {"integrityProtectionIndication": "required", "confidentialityProtectionIndication": "not-needed"}
SECRET = {"integrityProtectionIndication": "preferred", "confidentialityProtectionIndication": "required"}
RADIO, PROTOCOL = "radioNetwork", "protocol"
DYNAMIC = {
    "priorityLevelQos": 5,
    "packetDelayBudget": 100,
    "packetErrorRate": {"pERScalar": 1, "pERExponent": 4},
}
RATES = {
    "maximumFlowBitRateDL": 10, "maximumFlowBitRateUL": 10,
    "guaranteedFlowBitRateDL": 5, "guaranteedFlowBitRateUL": 5,
}  # fmt: skip


@pytest.mark.parametrize(
    ("transfer", "cause"),
    [
        (setup_transfer(SecurityIndication=REQUIRED), (RADIO, "up-integrity-protection-not-possible")),
        (setup_transfer(SecurityIndication=SECRET), (RADIO, "up-confidentiality-protection-not-possible")),
        (setup_transfer(PDUSessionAggregateMaximumBitRate=None), (PROTOCOL, "semantic-error")),
        (setup_transfer(flows=[flow_item(1, 1)]), (RADIO, "invalid-qos-combination")),
        (setup_transfer(flows=[flow_item(1), flow_item(1)]), (RADIO, "multiple-qos-flow-ID-instances")),
        (b"\xff\xff", (PROTOCOL, "transfer-syntax-error")),
        (b"", (PROTOCOL, "transfer-syntax-error")),
        (b"\0\0\0", (PROTOCOL, "abstract-syntax-error-reject")),
        (
            setup_transfer(**{"UL-NGU-UP-TNLInformation": gtp_tunnel_to(1, ipv6="2001:db8::1")}),
            ("transport", "transport-resource-unavailable"),
        ),
    ],
)
@ladder
async def test_a_session_that_cannot_be_had_costs_itself_only(transfer, cause):
    async with rig() as r:
        phone, ids = await r.with_context()
        done, failed = await asked(r, ids, session_item(1, transfer, nas=b"no"), session_item(2, nas=b"yes"))
        assert failed == [(1, cause)]
        assert [item["pDUSessionID"] for item in done] == [2]
        assert phone.heard[-1] == ("nas", b"yes")
        assert ("nas", b"no") not in phone.heard
        assert r.journal.entries[-1].reason


@ladder
async def test_a_slice_the_radio_has_not():
    async with rig(slices=(Snssai(1), Snssai(2, 0xFFFFFF))) as r:
        _, ids = await r.with_context()
        items = [session_item(1, slice_=Snssai(3)), session_item(2, slice_=Snssai(2))]
        done, failed = await asked(r, ids, *items)
        assert failed == [(1, ("radioNetwork", "slice-not-supported"))]
        assert len(done) == 1  # no SD and SD FFFFFF are the same slice


@ladder
async def test_8_2_1_4_flows_fail_one_by_one():
    async with rig() as r:
        _, ids = await r.with_context()
        dynamic = flow_item(4)
        dynamic["qosFlowLevelQosParameters"]["qosCharacteristics"] = (
            "dynamic5QI", {**DYNAMIC, "delayCritical": "delay-critical"}
        )  # fmt: skip
        guaranteed = {"gBR-QosInformation": RATES}
        flows = [flow_item(1), flow_item(2, 1), flow_item(3, 1, **guaranteed), dynamic, flow_item(5, 82)]
        done, failed = await asked(r, ids, session_item(1, setup_transfer(flows=flows)))
        assert failed == []
        value = decode_transfer(RESPONSE, done[0]["pDUSessionResourceSetupResponseTransfer"])
        flows = value["dLQosFlowPerTNLInformation"]["associatedQosFlowList"]
        assert flows == [{"qosFlowIdentifier": 1}, {"qosFlowIdentifier": 3}]
        invalid = ("radioNetwork", "invalid-qos-combination")
        assert value["qosFlowFailedToSetupList"] == [
            {"qosFlowIdentifier": qfi, "cause": invalid} for qfi in (2, 4, 5)
        ]


def test_table_5_7_4_1_of_ts_23_501():
    assert not GUARANTEED & {5, 6, 7, 8, 9, 10, 69, 70, 79, 80}
    assert {1, 2, 3, 4, 65, 66, 67, 71, 72, 73, 74, 76, 82, 83, 84, 85, 86, 87, 88, 89, 90} == GUARANTEED


# -- release (8.2.2)


def release_command(ids, *numbers, **ies):
    transfer = encode_transfer(
        "PDUSessionResourceReleaseCommandTransfer", {"cause": ("nas", "normal-release")}
    )
    items = [{"pDUSessionID": n, "pDUSessionResourceReleaseCommandTransfer": transfer} for n in numbers]
    return m.PDUSessionResourceReleaseCommand(
        **ids, pdu_session_resource_to_release_list_rel_cmd=items, **ies
    )


@ladder
async def test_8_2_2_release_with_its_nas_and_repeated_identities():
    async with rig() as r:
        phone, ids, _ = await r.with_session(number=1)
        r.amf.say(release_command(ids, 1, 1, 9, nas_pdu=b"released"), 1)
        answer = await r.amf.get(m.PDUSessionResourceReleaseResponse)
        released = answer.pdu_session_resource_released_list_rel_res
        assert [item["pDUSessionID"] for item in released] == [1, 9]
        await asyncio.sleep(0.01)
        assert phone.heard == [("bearers", (), (1,)), ("nas", b"released")]
        assert len(r.gnb._site.userplane) == 0
        done, _ = await asked(r, ids, session_item(1))  # 8.2.2.2: the identity may come again
        assert len(done) == 1


# -- modification (8.2.3)


def modify_request(ids, *items):
    whole = [
        {
            "pDUSessionID": number,
            "pDUSessionResourceModifyRequestTransfer": encode_transfer(
                "PDUSessionResourceModifyRequestTransfer", value
            )
            if isinstance(value, dict)
            else value,
            "nAS-PDU": b"modified",
        }
        for number, value in items
    ]
    return m.PDUSessionResourceModifyRequest(**ids, pdu_session_resource_modify_list_mod_req=whole)


async def modified(r, ids, *items):
    r.amf.say(modify_request(ids, *items), 1)
    answer = await r.amf.get(m.PDUSessionResourceModifyResponse)
    await asyncio.sleep(0.01)
    done = {}
    for item in answer.pdu_session_resource_modify_list_mod_res or []:
        octets = item["pDUSessionResourceModifyResponseTransfer"]
        _same_transfer("PDUSessionResourceModifyResponseTransfer", octets)
        done[item["pDUSessionID"]] = decode_transfer("PDUSessionResourceModifyResponseTransfer", octets)
    failed = answer.pdu_session_resource_failed_to_modify_list_mod_res or []
    return done, [why(item, "Modify") for item in failed]


def leaving(*qfis):
    return [{"qosFlowIdentifier": qfi, "cause": ("nas", "unspecified")} for qfi in qfis]


@ladder
async def test_8_2_3_2_flows_come_and_go():
    async with rig() as r:
        phone, ids, _ = await r.with_session(transfer=setup_transfer(flows=[flow_item(1), flow_item(2)]))
        change = {
            "QosFlowAddOrModifyRequestList": [
                flow_item(3),
                {"qosFlowIdentifier": 1},
                {"qosFlowIdentifier": 8},
            ],
            "QosFlowToReleaseList": leaving(2),
        }
        done, failed = await modified(r, ids, (1, change))
        assert failed == []
        assert done[1] == {
            "qosFlowAddOrModifyResponseList": [{"qosFlowIdentifier": 3}, {"qosFlowIdentifier": 1}],
            "qosFlowFailedToAddOrModifyList": [
                {"qosFlowIdentifier": 8, "cause": ("radioNetwork", "unkown-qos-flow-ID")}
            ],
        }
        assert phone.heard == [("bearers", ((1, (1, 3)),), ()), ("nas", b"modified")]
        phone.connection.send_packets(1, 3, [b"\x45"])
        phone.connection.send_packets(1, 2, [b"\x45"])
        await asyncio.sleep(0.01)
        assert len(r.upf_heard) == 1
        assert r.gnb.user_counters.up_lost == 1


@ladder
async def test_8_2_3_4_what_cannot_be_modified_stays():
    async with rig() as r:
        phone, ids, _ = await r.with_session()
        (ue,) = r.gnb.ues
        before = ue.context.sessions[1]
        both = {"QosFlowAddOrModifyRequestList": [flow_item(1)], "QosFlowToReleaseList": leaving(1)}
        nothing = {"QosFlowToReleaseList": leaving(1)}
        for change, cause in (
            (both, ("radioNetwork", "multiple-qos-flow-ID-instances")),
            (nothing, ("protocol", "semantic-error")),
            (b"\xff", ("protocol", "transfer-syntax-error")),
        ):
            done, failed = await modified(r, ids, (1, change))
            assert (done, failed) == ({}, [(1, cause)])
        done, failed = await modified(r, ids, (7, {}), (1, {}), (1, {}))
        assert failed == [
            (1, ("radioNetwork", "multiple-PDU-session-ID-instances")),
            (7, ("radioNetwork", "unknown-PDU-session-ID")),
        ]
        assert ue.context.sessions[1] == before
        assert phone.heard == []  # no NAS of a failed modification


@ladder
async def test_8_2_3_2_the_uplink_end_moves():
    async with rig() as r:
        phone, ids, teid = await r.with_session()
        new_upf = r.network.datagram_port(("127.0.0.6", 2152))
        heard = []
        new_upf.on_datagrams(heard.extend)
        move = {
            "uL-NGU-UP-TNLInformation": gtp_tunnel_to(0xBB000001, "127.0.0.6"),
            "dL-NGU-UP-TNLInformation": gtp_tunnel_to(teid, "127.0.0.11"),
        }
        done, _ = await modified(r, ids, (1, {"UL-NGU-UP-TNLModifyList": [move]}))
        assert done == {1: {}}
        phone.connection.send_packets(1, 1, [b"\x45"])
        await asyncio.sleep(0.01)
        assert r.upf_heard == []
        assert heard[0][0][4:8] == bytes.fromhex("bb000001")
        wrong = {**move, "dL-NGU-UP-TNLInformation": gtp_tunnel_to(teid ^ 1, "127.0.0.11")}
        _, failed = await modified(r, ids, (1, {"UL-NGU-UP-TNLModifyList": [wrong]}))
        assert failed == [(1, ("protocol", "semantic-error"))]
        new_upf.close()


# -- loss (8.2.4)


@ladder
async def test_8_2_4_a_tunnel_the_upf_does_not_know_is_released_and_told():
    async with rig() as r:
        phone, _, _ = await r.with_session()
        phone.connection.send_packets(1, 1, [b"\x45"])
        await asyncio.sleep(0.01)
        indication = encode(ErrorIndication(0xAA000001, UPF[0]))
        for _ in range(3):
            r.upf.send(indication, ("127.0.0.11", 2152))
        notify = await r.amf.get(m.PDUSessionResourceNotify)
        (item,) = notify.pdu_session_resource_released_list_not
        value = decode_transfer(
            "PDUSessionResourceNotifyReleasedTransfer", item["pDUSessionResourceNotifyReleasedTransfer"]
        )
        assert value["cause"] == ("transport", "transport-resource-unavailable")
        assert phone.heard == [("bearers", (), (1,))]
        await r.amf.silent()
        assert "restarted" in r.journal.entries[-1].fix


@ladder
async def test_an_error_indication_from_somebody_else_is_not_believed():
    async with rig() as r:
        await r.with_session()
        stranger = r.network.datagram_port(("127.0.0.66", 2152))
        stranger.send(encode(ErrorIndication(0xAA000001, UPF[0])), ("127.0.0.11", 2152))
        stranger.send(encode(ErrorIndication(0xAA000001, "127.0.0.66")), ("127.0.0.11", 2152))
        await r.amf.silent()
        assert r.gnb.user_counters.errors_received == 2
        assert len(r.gnb._site.userplane) == 1
        stranger.close()

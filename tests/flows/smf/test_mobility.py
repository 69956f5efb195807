"""Sessions in a handover at the SMF (TS 23.502 4.9.1.2, 4.9.1.3), with the UPF's rules of each moment."""

import asyncio

import pytest

from flows.smf.test_sessions import established, play
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.n4 import ApplyAction, Cause, FTeid, N4Error, OuterHeader, SourceInterface
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.nsmf import HoState, SmContextUpdate, UpCnxState
from pilot5g.wire.ngap import values
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer

SOURCE, TARGET = OuterHeader(77, "192.0.2.9"), OuterHeader(88, "192.0.2.10")
FORWARD = OuterHeader(99, "192.0.2.10")
HO = "radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system"


def tunnel(header):
    return values.gtp_tunnel_to(header.teid, header.address)


def path_switch(qfi=1):
    value = {
        "dL-NGU-UP-TNLInformation": tunnel(TARGET),
        "qosFlowAcceptedList": [{"qosFlowIdentifier": qfi}],
    }
    return n2(N2SmType.PATH_SWITCH_REQ, "PathSwitchRequestTransfer", value)


def required(*, direct):
    value = {"directForwardingPathAvailability": "direct-path-available"} if direct else {}
    return n2(N2SmType.HANDOVER_REQUIRED, "HandoverRequiredTransfer", value, HoState.PREPARING)


def acknowledged(*, forwarding=True, qfi=1):
    flow = {"qosFlowIdentifier": qfi}
    value = {"dL-NGU-UP-TNLInformation": tunnel(TARGET), "qosFlowSetupResponseList": [flow]}
    if forwarding:
        value["dLForwardingUP-TNLInformation"] = tunnel(FORWARD)
        flow["dataForwardingAccepted"] = "data-forwarding-accepted"
    return n2(N2SmType.HANDOVER_REQ_ACK, "HandoverRequestAcknowledgeTransfer", value, HoState.PREPARED)


def n2(kind, name, value, state=None):
    return SmContextUpdate(n2=N2Sm(kind, encode_transfer(name, value)), ho_state=state)


def command(updated):
    assert updated.n2.kind is N2SmType.HANDOVER_CMD
    return decode_transfer("HandoverCommandTransfer", updated.n2.transfer)


def installed(net):
    (session,) = net.datapath.sessions.values()
    return session


def remember_markers(net):
    """The FARs whose old tunnel got an End Marker, as they are installed."""
    markers, install = [], net.datapath.install

    def note(session, end_markers=(), reinstalled=()):
        markers.extend(end_markers)
        install(session, end_markers, reinstalled)

    net.datapath.install = note
    return markers


def test_path_switch():
    """4.9.1.2.2 steps 2 to 6: downlink goes to the new radio, the old one gets an End Marker."""

    async def flow(net):
        async with established(net) as (ref, _, _):
            markers = remember_markers(net)
            updated = await net.smf.update_sm_context(ref, path_switch())
            assert updated.n2.kind is N2SmType.PATH_SWITCH_REQ_ACK
            assert decode_transfer("PathSwitchRequestAcknowledgeTransfer", updated.n2.transfer) == {}
            assert net.datapath.downlink.outer_header == TARGET
            assert markers == [2]

    play(flow)


def test_path_switch_without_the_default_flow():
    """4.9.1.2.2: a session whose default QoS flow the radio did not take is not switched."""

    async def flow(net):
        async with established(net) as (ref, _, _):
            with pytest.raises(ServiceError) as refused:
                await net.smf.update_sm_context(ref, path_switch(qfi=7))
            assert refused.value.problem is Problem.N2_SM_ERROR
            assert net.datapath.downlink.action & ApplyAction.BUFF

    play(flow)


def test_path_switch_that_cannot_be_read():
    async def flow(net):
        async with established(net) as (ref, _, _):
            broken = SmContextUpdate(n2=N2Sm(N2SmType.PATH_SWITCH_REQ, b""))
            with pytest.raises(ServiceError) as refused:
                await net.smf.update_sm_context(ref, broken)
            assert refused.value.problem is Problem.N2_SM_ERROR
            assert net.datapath.downlink.outer_header == SOURCE

    play(flow)


def test_a_session_that_the_new_radio_has_no_room_for():
    """4.9.1.2.2 step 2: its user plane is deactivated, the session stays."""

    async def flow(net):
        async with established(net) as (ref, _, _):
            failed = n2(
                N2SmType.PATH_SWITCH_SETUP_FAIL,
                "PathSwitchRequestSetupFailedTransfer",
                {"cause": ("radioNetwork", "radio-resources-not-available")},
            )
            assert (await net.smf.update_sm_context(ref, failed)).n2 is None
            assert net.datapath.downlink.action & ApplyAction.BUFF

    play(flow)


def test_handover_with_indirect_forwarding():
    """4.9.1.3.2, 4.9.1.3.3: prepared, forwarded through the UPF, switched, and forwarding ends in time."""

    async def flow(net):
        async with established(net) as (ref, _, setup):
            updated = await net.smf.update_sm_context(ref, required(direct=False))
            assert updated.n2 == setup
            updated = await net.smf.update_sm_context(ref, acknowledged())
            told = command(updated)
            assert told["qosFlowToBeForwardedList"] == [{"qosFlowIdentifier": 1}]
            teid, ipv4, _ = values.gtp_tunnel_from(told["dLForwardingUP-TNLInformation"])
            pdr, far = installed(net).pdrs[2], installed(net).fars[2]
            assert (pdr.source, pdr.local_fteid) == (SourceInterface.ACCESS, FTeid(teid, ipv4))
            assert (far.destination, far.outer_header) == (SourceInterface.ACCESS, FORWARD)
            assert [(qer.qfi, qer.mbr) for qer in installed(net).qers if qer.qer_id in pdr.qer_ids] == [
                (1, None)
            ]
            assert net.datapath.downlink.outer_header == SOURCE
            markers = remember_markers(net)
            await net.smf.update_sm_context(ref, SmContextUpdate(ho_state=HoState.COMPLETED))
            assert (net.datapath.downlink.outer_header, markers) == (TARGET, [2])
            assert len(installed(net).pdrs) == 3
            await asyncio.sleep(3)
            assert len(installed(net).pdrs) == len(installed(net).fars) == 2
            assert len(installed(net).qers) == 1

    play(flow)


@pytest.mark.parametrize("forwarding", [True, False])
def test_handover_with_direct_forwarding_or_none(forwarding):
    """4.9.1.3.2 step 10, 11: the source sends to the target itself, or nothing is forwarded."""

    async def flow(net):
        async with established(net) as (ref, _, _):
            await net.smf.update_sm_context(ref, required(direct=True))
            told = command(await net.smf.update_sm_context(ref, acknowledged(forwarding=forwarding)))
            if forwarding:
                assert values.gtp_tunnel_from(told["dLForwardingUP-TNLInformation"])[0] == FORWARD.teid
            else:
                assert told == {}
            assert len(installed(net).pdrs) == 2
            await net.smf.update_sm_context(ref, SmContextUpdate(ho_state=HoState.COMPLETED))
            assert net.datapath.downlink.outer_header == TARGET

    play(flow)


def test_a_upf_without_room_for_forwarding_does_not_stop_a_handover():
    async def flow(net):
        async with established(net) as (ref, _, _):
            await net.smf.update_sm_context(ref, required(direct=False))
            install = net.datapath.install

            def full(*_):
                raise N4Error(Cause.NO_RESOURCES_AVAILABLE, "full")

            net.datapath.install = full
            assert command(await net.smf.update_sm_context(ref, acknowledged())) == {}
            net.datapath.install = install

    play(flow)


@pytest.mark.parametrize("how", ["cancelled", "not admitted", "deactivated", "path switch"])
def test_a_handover_that_comes_to_nothing_leaves_nothing(how):
    """4.9.1.4, 4.9.1.3.2 step 10, 4.2.6: no forwarding tunnel stays."""
    refused = n2(
        N2SmType.HANDOVER_RES_ALLOC_FAIL,
        "HandoverResourceAllocationUnsuccessfulTransfer",
        {"cause": ("radioNetwork", "radio-resources-not-available")},
    )
    end = {
        "cancelled": SmContextUpdate(ho_state=HoState.CANCELLED),
        "not admitted": refused,
        "deactivated": SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED),
        "path switch": path_switch(),
    }

    async def flow(net):
        async with established(net) as (ref, _, _):
            await net.smf.update_sm_context(ref, required(direct=False))
            await net.smf.update_sm_context(ref, acknowledged())
            assert len(installed(net).pdrs) == 3
            updated = await net.smf.update_sm_context(ref, end[how])
            assert len(installed(net).pdrs) == 2
            if how == "not admitted":
                assert updated.n2.kind is N2SmType.HANDOVER_PREP_FAIL
                told = decode_transfer("HandoverPreparationUnsuccessfulTransfer", updated.n2.transfer)
                assert told["cause"] == HO
            with pytest.raises(ServiceError):
                await net.smf.update_sm_context(ref, SmContextUpdate(ho_state=HoState.COMPLETED))

    play(flow)


@pytest.mark.parametrize("released", [True, False])
def test_a_release_during_a_handover_leaves_nothing(released):
    """With the session go its forwarding tunnel and the timer that would have ended it."""

    async def flow(net):
        async with established(net) as (ref, _, _):
            await net.smf.update_sm_context(ref, required(direct=False))
            await net.smf.update_sm_context(ref, acknowledged())
            if released:
                await net.smf.update_sm_context(ref, SmContextUpdate(ho_state=HoState.COMPLETED))
        await asyncio.sleep(5)

    play(flow)


@pytest.mark.parametrize(
    "update",
    [acknowledged(), SmContextUpdate(ho_state=HoState.COMPLETED)],
    ids=["acknowledged", "completed"],
)
def test_a_step_out_of_order_is_refused(update):
    async def flow(net):
        async with established(net) as (ref, _, _):
            with pytest.raises(ServiceError) as refused:
                await net.smf.update_sm_context(ref, update)
            assert refused.value.problem is Problem.N2_SM_ERROR

    play(flow)


def test_an_unprepared_session_cannot_complete():
    async def flow(net):
        async with established(net) as (ref, _, _):
            await net.smf.update_sm_context(ref, required(direct=True))
            with pytest.raises(ServiceError):
                await net.smf.update_sm_context(ref, acknowledged(qfi=5))
            with pytest.raises(ServiceError):
                await net.smf.update_sm_context(ref, SmContextUpdate(ho_state=HoState.COMPLETED))
            assert net.datapath.downlink.outer_header == SOURCE
            await net.smf.update_sm_context(ref, SmContextUpdate(ho_state=HoState.CANCELLED))

    play(flow)


@pytest.mark.parametrize("value", ["ng-intra-system-handover-triggered", "xn-handover-triggered"])
def test_a_session_that_meets_a_handover_is_asked_for_again(value):
    """TS 23.502 4.9.1.2.1, 4.9.1.3.1: temporarily rejected; the next radio sets it up."""
    octets = encode_transfer(
        "PDUSessionResourceSetupUnsuccessfulTransfer", {"cause": ("radioNetwork", value)}
    )
    moving = SmContextUpdate(n2=N2Sm(N2SmType.PDU_RES_SETUP_FAIL, octets))

    async def flow(net):
        ref = await net.ask()
        await net.smf.update_sm_context(ref, moving)
        assert len(net.amf.carried) == 1
        await asyncio.sleep(1.1)
        assert net.amf.carried[1] == net.amf.carried[0]
        await net.radio_accepts(ref)
        assert net.datapath.downlink.outer_header == SOURCE
        await net.smf.release_sm_context(ref, "test")

    play(flow)


def test_a_session_that_always_meets_a_handover_is_given_up():
    octets = encode_transfer(
        "PDUSessionResourceSetupUnsuccessfulTransfer", {"cause": ("radioNetwork", "xn-handover-triggered")}
    )
    moving = SmContextUpdate(n2=N2Sm(N2SmType.PDU_RES_SETUP_FAIL, octets))

    async def flow(net):
        ref = await net.ask()
        for _ in range(3):
            await net.smf.update_sm_context(ref, moving)
            await asyncio.sleep(1.1)
        assert len(net.amf.carried) == 4
        assert "xn-handover-triggered" in net.journal.entries[-1].reason

    play(flow)

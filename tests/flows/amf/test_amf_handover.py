"""N2 handover between two gNBs of one AMF (TS 23.502 4.9.1.3, TS 38.413 8.4), and what collides with it."""

import asyncio

import pytest

from flows.amf.test_amf_path_switch import ALL, arrives, chain, deregistration, two_radios
from flows.amf.world import PLMN, SETUP, SLICE, drain, play, settle
from pilot5g.core.amf.events import Deregister, Reconfigure
from pilot5g.flow.errors import Problem
from pilot5g.model import NrCgi, Tai
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.service.nsmf import HoState, UpCnxState
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import GnbId, cause, gnb_id_to, gtp_tunnel_to, tai_to

REQUIRED = encode_transfer("HandoverRequiredTransfer", {})
ADMITTED = encode_transfer(
    "HandoverRequestAcknowledgeTransfer",
    {
        "dL-NGU-UP-TNLInformation": gtp_tunnel_to(2, "127.0.0.2"),
        "qosFlowSetupResponseList": [{"qosFlowIdentifier": 1}],
    },
)
NOT_ADMITTED = encode_transfer(
    "HandoverResourceAllocationUnsuccessfulTransfer",
    {"cause": ("radioNetwork", "radio-resources-not-available")},
)
FAILED = ("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system")
WANTED = cause("radioNetwork", "handover-desirable-for-radio-reason")


class Handed:
    """A handover as the two radios drive it: `here` is the source, `there` the target."""

    def __init__(self, world, phone, here, there):
        self.world, self.phone, self.here, self.there = world, phone, here, there
        self.source = dict(phone.ids)
        self.ran_id = 4000 + there.number

    @property
    def ue(self):
        return self.world.amf.ues.by_supi[self.phone.supi]

    def requires(self, sessions=(1,), gnb=None, tai=None, kind="intra5gs"):
        target = {
            "globalRANNodeID": gnb_id_to(GnbId(PLMN, gnb or self.there.number)),
            "selectedTAI": tai_to(tai or self.there.tai),
        }
        self.here.says(
            ngap.HandoverRequired(
                **self.source,
                handover_type=kind,
                cause=WANTED,
                target_id=("targetRANNodeID", target),
                pdu_session_resource_list_ho_rqd=[
                    {"pDUSessionID": psi, "handoverRequiredTransfer": REQUIRED} for psi in sessions
                ],
                source_to_target_transparent_container=b"to target",
            )
        )

    async def requested(self):
        self.request = await self.there.gets(ngap.HandoverRequest)
        self.target = {"amf_ue_ngap_id": self.request.amf_ue_ngap_id, "ran_ue_ngap_id": self.ran_id}
        return self.request

    def acknowledges(self, admitted=(1,), failed=()):
        lost = [
            {"pDUSessionID": psi, "handoverResourceAllocationUnsuccessfulTransfer": NOT_ADMITTED}
            for psi in failed
        ]
        self.there.says(
            ngap.HandoverRequestAcknowledge(
                **self.target,
                pdu_session_resource_admitted_list=[
                    {"pDUSessionID": psi, "handoverRequestAcknowledgeTransfer": ADMITTED} for psi in admitted
                ],
                pdu_session_resource_failed_to_setup_list_ho_ack=lost or None,
                target_to_source_transparent_container=b"to source",
            )
        )

    async def prepared(self, sessions=(1,), failed=()):
        """As far as the HANDOVER COMMAND, which is given."""
        self.requires(sessions)
        await self.requested()
        self.acknowledges([psi for psi in sessions if psi not in failed], failed)
        await settle()
        return self.last(ngap.HandoverCommand)

    def crosses(self):
        """The phone listens to the target from here on."""
        phone = self.phone
        self.here.phones.pop(phone.ran_id, None)
        phone.gnb, phone.ran_id, phone.amf_id = self.there, self.ran_id, self.target["amf_ue_ngap_id"]
        self.there.phones[self.ran_id] = phone

    def notifies(self):
        self.crosses()
        self.there.says(ngap.HandoverNotify(**self.target, user_location_information=self.there.location))

    def last(self, kind):
        (message,) = [m for m in self.phone.n2 if isinstance(m, kind)]
        return message

    async def fails(self, *reason):
        """The source hears of a failed preparation, and nothing is left."""
        await settle()
        assert self.last(ngap.HandoverPreparationFailure).cause == reason
        assert world_is_back(self)

    async def target_is_released(self, *reason):
        """The target is told to let go, by both identities or by the AMF's alone, and does."""
        command = await self.there.gets(ngap.UEContextReleaseCommand)
        assert command.cause == reason
        self.there.says(ngap.UEContextReleaseComplete(**self.target))
        await settle()


def world_is_back(handed):
    ue, world = handed.ue, handed.world
    assert (ue.connection.radio.name, ue.connection.held) == (f"gnb-{handed.here.number}", False)
    return set(world.amf.connections) == {handed.source["amf_ue_ngap_id"]}


def handover(flow, sessions=(1,), **options):
    """Play `flow(world, handed)` with a phone that has sessions at the first of two radios."""

    async def whole(world):
        here, there, phone = await two_radios(world, sessions)
        await flow(world, Handed(world, phone, here, there))

    play(whole, **options)


def test_handover():
    """TS 23.502 figures 4.9.1.3.2-1 and 4.9.1.3.3-1, from HANDOVER REQUIRED to the source's release."""

    async def flow(world, handed):
        phone, kgnb = handed.phone, handed.here.kgnb[handed.phone.supi]
        command = await handed.prepared()
        request = handed.request
        assert request.security_context == next(chain(phone, kgnb))
        assert request.ue_security_capabilities == ALL
        assert request.cause == WANTED
        assert request.source_to_target_transparent_container == b"to target"
        (item,) = request.pdu_session_resource_setup_list_ho_req
        assert (item["pDUSessionID"], item["handoverRequestTransfer"]) == (1, SETUP)
        assert request.amf_ue_ngap_id != handed.source["amf_ue_ngap_id"]
        assert command.target_to_source_transparent_container == b"to source"
        (item,) = command.pdu_session_resource_handover_list
        assert decode_transfer("HandoverCommandTransfer", item["handoverCommandTransfer"]) == {}
        assert command.pdu_session_resource_to_release_list_ho_cmd is None
        source_messages = len(phone.n2)
        handed.notifies()
        await settle()
        assert world.smf.updates() == [
            N2SmType.HANDOVER_REQUIRED,
            N2SmType.HANDOVER_REQ_ACK,
            HoState.COMPLETED,
        ]
        context = handed.ue.context
        assert (context.tai, context.cell) == (Tai(PLMN, 2), NrCgi(PLMN, 2 << 4))
        assert len(phone.n2) == source_messages
        await asyncio.sleep(3)
        release = await handed.here.gets(ngap.UEContextReleaseCommand)
        assert release.cause == ("radioNetwork", "successful-handover")
        handed.here.says(ngap.UEContextReleaseComplete(**handed.source))
        assert set(world.amf.connections) == {handed.target["amf_ue_ngap_id"]}
        await phone.opens(2)

    handover(flow)


def test_back_and_forth_with_path_switches_between():
    """TS 33.501 6.9.2.3: one chain of keys through handovers of both kinds; and no connection is left."""

    async def flow(world, handed):
        phone, here, there = handed.phone, handed.here, handed.there
        expected = chain(phone, here.kgnb[phone.supi])
        for source, target in ((here, there), (there, here)) * 3:
            handed = Handed(world, phone, source, target)
            handed.ran_id += len(world.journal.entries)
            await handed.prepared()
            assert handed.request.security_context == next(expected)
            handed.notifies()
            await asyncio.sleep(5)
            command = await source.gets(ngap.UEContextReleaseCommand)
            assert command.ue_ngap_ids[1]["aMF-UE-NGAP-ID"] == handed.source["amf_ue_ngap_id"]
            source.says(ngap.UEContextReleaseComplete(**handed.source))
            phone.n2.clear()
            arrives(phone, source)
            await settle()
            assert phone.n2[-1].security_context == next(expected)
            arrives(phone, target)
            await settle()
            assert phone.n2[-1].security_context == next(expected)
            phone.n2.clear()
        assert len(world.amf.connections) == 1

    handover(flow)


def test_partial_admission():
    """TS 23.502 4.9.1.3.2 steps 7 and 10: what an SMF or the target does not take stays behind, without
    user plane."""

    async def flow(world, handed):
        world.smf.immobile[3] = Problem.UPF_NOT_RESPONDING
        handed.requires((1, 2, 3, 9))
        request = await handed.requested()
        asked = [item["pDUSessionID"] for item in request.pdu_session_resource_setup_list_ho_req]
        assert asked == [1, 2]
        handed.acknowledges((1,), (2,))
        await settle()
        command = handed.last(ngap.HandoverCommand)
        assert [item["pDUSessionID"] for item in command.pdu_session_resource_handover_list] == [1]
        released = [item["pDUSessionID"] for item in command.pdu_session_resource_to_release_list_ho_cmd]
        assert sorted(released) == [2, 3, 9]
        handed.notifies()
        await settle()
        assert world.smf.updates()[-4:] == [UpCnxState.DEACTIVATED] * 3 + [HoState.COMPLETED]
        assert handed.ue.connection.active == {1}
        assert sorted(handed.ue.context.sessions) == [1, 2, 3, 4]

    handover(flow, sessions=(1, 2, 3, 4))


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"gnb": 77}, "unknown-targetID"),
        ({"tai": Tai(PLMN, 9)}, "unknown-targetID"),
        ({"kind": "fivegs-to-eps"}, "n26-interface-not-available"),
        ({"sessions": (1, 1)}, "multiple-PDU-session-ID-instances"),
        ({"sessions": (8,)}, FAILED[1]),
    ],
)
def test_a_handover_that_cannot_be_prepared(options, value):
    """TS 38.413 8.4.1.3: HANDOVER PREPARATION FAILURE with the cause, and the reason for people."""

    async def flow(world, handed):
        handed.requires(**options)
        await handed.fails("radioNetwork", value)
        entry = world.reasons()[-1]
        assert entry.cause == f"radioNetwork/{value}"
        assert entry.reason
        assert handed.there.inbox.empty()

    handover(flow)


def test_the_target_refuses():
    """TS 38.413 8.4.2.3: its cause goes to the source; it keeps nothing, so nothing is released there."""

    async def flow(world, handed):
        handed.requires()
        request = await handed.requested()
        why = cause("radioNetwork", "no-radio-resources-available-in-target-cell")
        handed.there.says(ngap.HandoverFailure(amf_ue_ngap_id=request.amf_ue_ngap_id, cause=why))
        await handed.fails(*why)
        await settle()
        assert handed.there.inbox.empty()
        assert world.smf.updates() == [N2SmType.HANDOVER_REQUIRED, HoState.CANCELLED]

    handover(flow)


def test_the_target_does_not_answer():
    """X-N2: the source is told; the target is to let go by the one identity that is known, and a late answer
    meets that."""

    async def flow(world, handed):
        handed.requires()
        await handed.requested()
        await asyncio.sleep(11)
        await settle()
        assert handed.last(ngap.HandoverPreparationFailure).cause == FAILED
        handed.acknowledges()
        command = await handed.there.gets(ngap.UEContextReleaseCommand)
        assert command.ue_ngap_ids == ("aMF-UE-NGAP-ID", handed.request.amf_ue_ngap_id)
        handed.there.says(ngap.UEContextReleaseComplete(**handed.target))
        assert world_is_back(handed)

    handover(flow)


@pytest.mark.parametrize("commanded", [False, True])
def test_the_target_is_lost(commanded):
    """Before the command: preparation failure. After it: the phone is taken to be where it was."""

    async def flow(world, handed):
        if commanded:
            await handed.prepared()
        else:
            handed.requires()
            await handed.requested()
        handed.there.down()
        await settle()
        if not commanded:
            assert handed.last(ngap.HandoverPreparationFailure).cause == FAILED
        assert world_is_back(handed)
        assert world.smf.updates()[-1] == HoState.CANCELLED

    handover(flow)


@pytest.mark.parametrize("commanded", [False, True])
def test_cancel(commanded):
    """TS 23.502 4.9.1.4, TS 38.413 8.4.5: before or after the command, all is as before."""

    async def flow(world, handed):
        if commanded:
            await handed.prepared()
        else:
            handed.requires()
            await handed.requested()
        handed.here.says(ngap.HandoverCancel(**handed.source, cause=cause("radioNetwork", "unspecified")))
        await settle()
        assert handed.last(ngap.HandoverCancelAcknowledge)
        await handed.target_is_released("radioNetwork", "handover-cancelled")
        assert world_is_back(handed)
        assert world.smf.updates()[-1] == HoState.CANCELLED
        await handed.phone.opens(2)

    handover(flow)


def test_cancel_of_nothing():
    async def flow(world, handed):
        handed.here.says(ngap.HandoverCancel(**handed.source, cause=cause("radioNetwork", "unspecified")))
        await settle()
        assert handed.last(ngap.HandoverCancelAcknowledge)
        assert world_is_back(handed)

    handover(flow)


def test_the_phone_never_arrives():
    """X-HANDOVER: the target lets go, and what waited goes to the source again."""

    async def flow(world, handed):
        await handed.prepared()
        handed.ue.owner.deliver(Reconfigure(new_guti=True))
        await settle()
        assert handed.phone.inbox.empty()
        await asyncio.sleep(11)
        await handed.target_is_released("radioNetwork", "tngrelocoverall-expiry")
        assert world_is_back(handed)
        assert isinstance(handed.phone.inbox.get_nowait(), nas.ConfigurationUpdateCommand)
        drain(handed.phone.inbox)
        handed.phone.says(nas.ConfigurationUpdateComplete())
        assert world.smf.updates()[-1] == HoState.CANCELLED
        handed.there.says(
            ngap.HandoverNotify(**handed.target, user_location_information=handed.there.location)
        )
        await handed.there.gets(ngap.ErrorIndication)

    handover(flow)


def test_the_source_is_lost_while_the_phone_crosses():
    """It has been told to go: its connection goes on at the target, and no session loses its user plane."""

    async def flow(world, handed):
        await handed.prepared()
        handed.here.down()
        await settle()
        assert handed.ue.connected
        handed.notifies()
        await settle()
        assert world.smf.updates()[-1] == HoState.COMPLETED
        assert set(world.amf.connections) == {handed.target["amf_ue_ngap_id"]}
        await handed.phone.opens(2)

    handover(flow)


def test_the_source_is_lost_and_the_phone_never_arrives():
    """It is nowhere: idle, and its sessions are without user plane."""

    async def flow(world, handed):
        await handed.prepared()
        handed.here.down()
        handed.crosses()
        await asyncio.sleep(12)
        assert not world.amf.connections
        assert handed.ue.registered
        assert world.smf.updates()[-1] == UpCnxState.DEACTIVATED

    handover(flow)


def test_the_source_is_lost_during_the_preparation():
    """Nobody has told the phone: it is idle, and the target is to let go."""

    async def flow(world, handed):
        handed.requires()
        await handed.requested()
        handed.here.down()
        await handed.target_is_released("radioNetwork", "release-due-to-5gc-generated-reason")
        assert not world.amf.connections
        assert world.smf.updates()[-1] == UpCnxState.DEACTIVATED

    handover(flow)


def test_both_radios_are_lost():
    async def flow(world, handed):
        await handed.prepared()
        handed.here.down()
        handed.there.down()
        await settle()
        assert not world.amf.connections
        assert handed.ue.registered

    handover(flow)


def test_status_transfer():
    """TS 38.413 8.4.6, 8.4.7: the counts of the bearers go from source to target, unread."""
    count = {"pDCP-SN18": 5, "hFN-PDCP-SN18": 0}
    container = {
        "dRBsSubjectToStatusTransferList": [
            {
                "dRB-ID": 1,
                "dRBStatusUL": ("dRBStatusUL18", {"uL-COUNTValue": count}),
                "dRBStatusDL": ("dRBStatusDL18", {"dL-COUNTValue": count}),
            }
        ]
    }

    async def flow(world, handed):
        await handed.prepared()
        handed.here.says(
            ngap.UplinkRANStatusTransfer(**handed.source, ran_status_transfer_transparent_container=container)
        )
        told = await handed.there.gets(ngap.DownlinkRANStatusTransfer)
        assert told.ran_status_transfer_transparent_container == container
        assert (told.amf_ue_ngap_id, told.ran_ue_ngap_id) == tuple(handed.target.values())
        handed.notifies()
        await settle()
        handed.here.says(
            ngap.UplinkRANStatusTransfer(**handed.source, ran_status_transfer_transparent_container=container)
        )
        await settle()
        assert handed.there.inbox.empty()

    handover(flow)


def test_what_is_wanted_of_the_phone_waits_until_it_has_arrived():
    """NAS and N2 after the command go to the target, once it has the phone (TS 24.501 5.4.4.6, TS 23.502
    4.9.1.3)."""

    async def flow(world, handed):
        await handed.prepared()
        handed.ue.owner.deliver(Reconfigure(new_guti=True))
        message = N1N2Message(pdu_session_id=1, n1=b"hello")
        await world.amf.service.transfer(handed.phone.supi, message)
        await settle()
        assert handed.phone.inbox.empty()
        handed.notifies()
        await handed.phone.gets(nas.ConfigurationUpdateCommand)
        assert (await handed.phone.gets(nas.DlNasTransport)).payload_container == b"hello"
        handed.phone.says(nas.ConfigurationUpdateComplete())
        await settle()
        assert not handed.ue.owner.busy

    handover(flow)


def test_a_path_switch_overtakes_a_handover():
    """The phone has found another radio by itself: the prepared one lets go."""

    async def flow(world, handed):
        await handed.prepared()
        third = await world.gnb(3).setup()
        arrives(handed.phone, third)
        await handed.target_is_released("radioNetwork", "release-due-to-5gc-generated-reason")
        assert handed.last(ngap.PathSwitchRequestAcknowledge)
        assert len(world.amf.connections) == 1
        await handed.phone.opens(2)

    handover(flow)


@pytest.mark.parametrize("commanded", [False, True])
@pytest.mark.parametrize("who", ["phone", "network", "forgotten", "source", "target"])
def test_the_end_comes_during_a_handover(who, commanded):
    """Deregistration by the phone, by the network, without the phone; release asked for by either radio."""

    async def flow(world, handed):
        phone, ue = handed.phone, handed.ue
        if commanded:
            await handed.prepared()
        else:
            handed.requires()
            await handed.requested()
        match who:
            case "phone":
                phone.says(deregistration(phone))
            case "network":
                ue.owner.deliver(Deregister("SUBSCRIPTION_WITHDRAWN"))
            case "forgotten":
                await world.amf.service.deregister(phone.supi, "UE_INITIAL_REGISTRATION")
            case "source":
                handed.here.says(ngap.UEContextReleaseRequest(**handed.source, cause=WANTED))
            case "target" if commanded:
                handed.there.says(ngap.UEContextReleaseRequest(**handed.target, cause=WANTED))
            case "target":
                handed.there.says(
                    ngap.HandoverFailure(amf_ue_ngap_id=handed.target["amf_ue_ngap_id"], cause=WANTED)
                )
        await asyncio.sleep(60)
        while not handed.there.inbox.empty():
            command = handed.there.inbox.get_nowait()
            assert isinstance(command, ngap.UEContextReleaseCommand)
        if who == "target":
            assert world_is_back(handed)
        else:
            assert not world.amf.connections
            assert ue.registered == (who == "source")
        assert not ue.signalling

    handover(flow)


def test_a_session_is_released_during_the_preparation():
    """Its SMF lets go while the target prepares it: it stays behind, the others go, and the target, which has
    admitted it, releases it."""

    async def flow(world, handed):
        handed.requires((1, 2))
        await handed.requested()
        await world.amf.service.session_released(handed.phone.supi, 2)
        handed.acknowledges((1, 2))
        await settle()
        command = handed.last(ngap.HandoverCommand)
        assert [item["pDUSessionID"] for item in command.pdu_session_resource_handover_list] == [1]
        handed.notifies()
        await settle()
        assert handed.ue.connection.active == {1}
        release = handed.last(ngap.PDUSessionResourceReleaseCommand)
        items = release.pdu_session_resource_to_release_list_rel_cmd
        assert [item["pDUSessionID"] for item in items] == [2]

    handover(flow, sessions=(1, 2))


def test_a_session_is_established_while_the_phone_crosses():
    """Asked for before, answered after: it comes up at the target."""

    async def flow(world, handed):
        await handed.prepared()
        handed.phone.says(handed.phone.session(2, s_nssai=SLICE))
        await settle()
        assert handed.phone.planes == {1}
        handed.notifies()
        answer = await handed.phone.gets(nas.DlNasTransport)
        assert answer.payload_container == b"accept"
        await settle()
        assert handed.phone.planes == {1, 2}
        assert handed.ue.connection.active == {1, 2}

    handover(flow)


def test_a_registration_goes_on_through_a_handover():
    """TS 24.501 5.5.1.3: begun at the source, accepted at the target."""

    async def flow(world, handed):
        await handed.prepared()
        handed.phone.says(handed.phone.registration(kind=nas.RegistrationKind.MOBILITY, follow_on=True))
        await settle()
        assert handed.phone.inbox.empty()
        handed.notifies()
        await handed.phone.completes()
        assert handed.ue.registered
        assert not handed.ue.owner.busy

    handover(flow)


def test_a_service_request_goes_on_through_a_handover():
    """TS 24.501 5.6.1: a second session is wanted while the phone crosses; it comes up at the target."""

    async def flow(world, handed):
        phone = handed.phone
        await phone.idles()
        phone.begins(handed.here, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        handed.source = dict(phone.ids)
        assert phone.planes == {1}
        await handed.prepared()
        phone.says(phone.service(uplink_data_status=frozenset({2})))
        await settle()
        assert phone.inbox.empty()
        handed.notifies()
        await phone.gets(nas.ServiceAccept)
        await settle()
        assert phone.planes == {1, 2}
        assert handed.ue.connection.active == {1, 2}

    handover(flow, sessions=(1, 2))


def test_downlink_data_of_another_session_meets_a_handover():
    """TS 23.502 4.2.3.3: its user plane is asked for while the phone crosses, and comes up at the target."""

    async def flow(world, handed):
        phone = handed.phone
        await phone.idles()
        phone.begins(handed.here, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        await settle()
        handed.source = dict(phone.ids)
        await handed.prepared()
        setup = N1N2Message(pdu_session_id=2, n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP))
        await world.amf.service.transfer(phone.supi, setup)
        await settle()
        assert phone.planes == {1}
        handed.notifies()
        await settle()
        assert phone.planes == {1, 2}

    handover(flow, sessions=(1, 2))


def test_an_idle_phone_cannot_be_handed_over():
    """A HANDOVER REQUIRED for a connection that has ended is answered as clause 10.6 says."""

    async def flow(world, handed):
        await handed.phone.idles()
        await world.amf.service.transfer(handed.phone.supi, N1N2Message(pdu_session_id=1, n1=b"hello"))
        handed.requires()
        error = await handed.here.gets(ngap.ErrorIndication)
        assert error.cause == ("radioNetwork", "unknown-local-UE-NGAP-ID")
        handed.phone.begins(handed.there, handed.phone.service(kind=nas.ServiceType.MOBILE_TERMINATED))
        await handed.phone.gets(nas.ServiceAccept)
        assert (await handed.phone.gets(nas.DlNasTransport)).payload_container == b"hello"
        await handed.phone.gets(nas.ConfigurationUpdateCommand)
        handed.phone.says(nas.ConfigurationUpdateComplete())
        await settle()

    handover(flow)


def test_within_one_radio_its_loss_is_the_loss_of_both():
    async def flow(world, handed):
        handed.there = handed.here
        await handed.prepared()
        handed.here.down()
        await settle()
        assert not world.amf.connections

    handover(flow)


def test_the_phone_comes_back_by_itself_on_a_new_connection():
    """It lost both radios and asks for service at the target: the old connection and the leg go."""

    async def flow(world, handed):
        await handed.prepared()
        phone = handed.phone
        phone.begins(handed.there, phone.service(uplink_data_status=frozenset({1})))
        await phone.gets(nas.ServiceAccept)
        await asyncio.sleep(30)
        assert len(world.amf.connections) == 1
        assert handed.ue.connection.active == {1}

    handover(flow)


def test_before_its_context_is_set_up_a_phone_cannot_be_handed_over():
    async def flow(world):
        here, there, phone = await two_radios(world)
        await phone.idles()
        here.auto = False
        phone.begins(here, phone.service())
        await phone.gets(nas.ServiceAccept)
        handed = Handed(world, phone, here, there)
        handed.requires()
        await settle()
        failure = handed.last(ngap.HandoverPreparationFailure)
        assert failure.cause == ("radioNetwork", "interaction-with-other-procedure")

    play(flow)


def test_a_second_request_is_part_of_the_first():
    async def flow(world, handed):
        handed.requires()
        await handed.requested()
        handed.requires()
        handed.acknowledges()
        await settle()
        assert handed.last(ngap.HandoverCommand)
        assert handed.there.inbox.empty()
        handed.notifies()

    handover(flow)


@pytest.mark.parametrize("kind", [ngap.HandoverRequestAcknowledge, ngap.HandoverFailure])
def test_an_answer_to_no_request(kind):
    """TS 38.413 10.6: the AMF-UE-NGAP-ID is that of nobody who is handed over."""

    async def flow(world, handed):
        handed.target = {"amf_ue_ngap_id": handed.phone.amf_id, "ran_ue_ngap_id": 1}
        if kind is ngap.HandoverFailure:
            handed.there.says(ngap.HandoverFailure(amf_ue_ngap_id=4711, cause=WANTED))
        else:
            handed.acknowledges()
        error = await handed.there.gets(ngap.ErrorIndication)
        assert error.cause == ("radioNetwork", "unknown-local-UE-NGAP-ID")
        assert world_is_back(handed)

    handover(flow)

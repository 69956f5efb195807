"""PDU sessions at the SMF as TS 23.502 4.3 and TS 24.501 clause 6 tell them, in virtual time."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from pilot5g.core.pcf import Pcf
from pilot5g.core.smf import DataNetwork, Smf, SmfConfig
from pilot5g.core.smf.flows import Flow
from pilot5g.core.udm import Udm
from pilot5g.core.upf import Upf
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.journal import Journal
from pilot5g.flow.timer import Timers
from pilot5g.model import Ambr, PduSessionType, Plmn, Qos, Snssai, SscMode, Tai, supi
from pilot5g.service.datapath import Counters
from pilot5g.service.n4 import ApplyAction, FTeid, OuterHeader, SourceInterface
from pilot5g.service.namf import N2Sm, N2SmType, TransferCause
from pilot5g.service.nsmf import SmContextCreate, SmContextUpdate, UpCnxState
from pilot5g.service.nudr import (
    AuthenticationSubscription,
    DnnConfiguration,
    SessionManagement,
    Subscriber,
)
from pilot5g.store.memory import MemoryStore, MemorySubscribers
from pilot5g.wire import nas
from pilot5g.wire.ethernet import Ends, EthernetFilter, Tag, one
from pilot5g.wire.nas import GsmCause
from pilot5g.wire.ngap import values
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer

WHO = supi("001010000000001")
EMBB, VIDEO = Snssai(1), Snssai(1, 0x010203)
TAI = Tai(Plmn("001", "01"), 1)
INTERNET = DataNetwork(
    dnn="internet",
    ipv4_pool="10.45.0.0/29",
    ipv6_pool="2001:db8:45::/48",
    dns=("192.0.2.53", "2001:db8::53"),
)
FOUR_ONLY = DataNetwork(dnn="iot", ipv4_pool="10.46.0.0/24", slices=(VIDEO,))
SIX_ONLY = DataNetwork(dnn="six", ipv6_pool="2001:db8:46::/48")
LAN = DataNetwork(dnn="lan", ethernet=True, mtu=1438)
MACHINE = bytes.fromhex("020000000001")
TO_MACHINE = EthernetFilter(ends=(Ends(destination=one(MACHINE)),), ethertype=0x88B8)
IN_VLAN = EthernetFilter(c_tag=Tag(100, 5, False))
PLANT = DataNetwork(dnn="plant", ethernet=True, flows=(Flow(2, 7, TO_MACHINE), Flow(3, 5, IN_VLAN)))
NETWORKS = (INTERNET, FOUR_ONLY, SIX_ONLY, LAN, PLANT)
EVERY_TYPE = tuple(PduSessionType)


class Datapath:
    """Remembers the sessions it was given."""

    def __init__(self):
        self.sessions, self.history, self.counters = {}, [], Counters()

    def attach(self, reports):
        self.reports = reports

    def install(self, session, end_markers=(), reinstalled=()):
        self.sessions[session.seid] = session
        self.history.append(session)
        return ()

    def remove(self, seid):
        del self.sessions[seid]
        return ()

    def close(self):
        pass

    @property
    def downlink(self):
        (session,) = self.sessions.values()
        return session.fars[1]


class Amf:
    """Carries to nobody, remembers all; `reachable` False answers as for a phone that left."""

    def __init__(self):
        self.carried, self.released, self.reachable = [], [], True

    async def transfer(self, who, message):
        if not self.reachable:
            raise ServiceError(Problem.UE_NOT_REACHABLE, "gone")
        n1 = nas.decode(message.n1) if message.n1 else None
        self.carried.append((n1, message.n2))
        return TransferCause.INITIATED

    async def session_released(self, who, pdu_session_id):
        self.released.append(pdu_session_id)


class Net:
    """An SMF with everything around it, and the phone's and radio's words."""

    def __init__(self, store=None, **subscription):
        configuration = DnnConfiguration(
            session_ambr=Ambr(10**7, 2 * 10**7), **{"allowed_types": EVERY_TYPE, **subscription}
        )
        dnns = dict.fromkeys(("internet", "iot", "six", "lan", "plant"), configuration)
        data = tuple(
            SessionManagement(slice=snssai, dnns=dnns, default_dnn="internet") for snssai in (EMBB, VIDEO)
        )
        keys = AuthenticationSubscription(k=bytes(16), opc=bytes(16))
        subscriber = Subscriber(supi=WHO, authentication=keys, sessions=data)
        self.udm = Udm(MemorySubscribers([subscriber]), TAI.plmn, {}, seeded(1))
        self.pcf, self.amf, self.datapath = Pcf(), Amf(), Datapath()
        self.store = store or MemoryStore()
        self.journal = Journal()
        self.upf = Upf("192.0.2.1", self.datapath, seeded(2))
        self.smf = Smf(
            SmfConfig(
                data_networks=(INTERNET, FOUR_ONLY, SIX_ONLY, LAN, PLANT), timers=Timers(), dscp={5: 26}
            ),
            udm=self.udm,
            pcf=self.pcf,
            upf=self.upf,
            store=self.store,
            journal=self.journal,
            entropy=seeded(3),
        )
        self.smf.serve(self.amf)
        self.upf.attach(self.smf)

    async def ask(self, kind=PduSessionType.IPV4, *, psi=1, dnn="internet", snssai=EMBB, pti=1, **more):
        options = nas.ProtocolOptions.request(0x0003, 0x000D, 0x0010, 0x0020)
        request = nas.PduSessionEstablishmentRequest(
            pdu_session_id=psi,
            pti=pti,
            integrity_protection_maximum_data_rate=nas.IntegrityRate(),
            pdu_session_type=kind,
            extended_protocol_configuration_options=options,
            **more,
        )
        create = SmContextCreate(
            supi=WHO,
            pdu_session_id=psi,
            dnn=dnn,
            snssai=snssai,
            n1=nas.encode(request),
            tai=TAI,
            amf_id="amf-1",
        )
        ref = await self.smf.create_sm_context(create)
        await asyncio.sleep(0.01)
        return ref

    async def radio_accepts(self, ref, teid=77):
        await self.smf.update_sm_context(ref, SmContextUpdate(n2=setup_response(teid)))
        await asyncio.sleep(0.01)

    async def phone(self, ref, message):
        await self.smf.update_sm_context(ref, SmContextUpdate(n1=nas.encode(message)))
        await asyncio.sleep(0.01)

    def nothing_left(self):
        assert self.smf.leftovers() == []
        assert self.upf.leftovers() == []
        assert self.pcf.leftovers() == []
        assert self.udm.leftovers() == []


def setup_response(teid):
    tunnel = values.gtp_tunnel_to(teid, "192.0.2.9")
    flows = [{"qosFlowIdentifier": 1}]
    value = {
        "dLQosFlowPerTNLInformation": {"uPTransportLayerInformation": tunnel, "associatedQosFlowList": flows}
    }
    octets = encode_transfer("PDUSessionResourceSetupResponseTransfer", value)
    return N2Sm(N2SmType.PDU_RES_SETUP_RSP, octets)


def play(flow, *, released=True, **subscription):
    async def main():
        net = Net(**subscription)
        await flow(net)
        await net.smf.close()
        await net.udm.close()
        if released:
            net.nothing_left()

    run_virtual(main())


@asynccontextmanager
async def established(net, kind=PduSessionType.IPV4, **more):
    """A session that is there, and gone afterwards."""
    ref = await net.ask(kind, **more)
    await net.radio_accepts(ref)
    accept, n2 = net.amf.carried.pop(0)
    assert isinstance(accept, nas.PduSessionEstablishmentAccept)
    yield ref, accept, n2
    await net.smf.release_sm_context(ref, "test")
    await asyncio.sleep(0.01)


def test_establishment_of_ipv4():
    """TS 23.502 4.3.2.2.1: the accept, the radio's order, and the rules once the radio answered."""

    async def flow(net):
        async with established(net) as (_, accept, n2):
            assert accept.pti == 1
            assert str(accept.pdu_address.ipv4) == "10.45.0.2"
            assert accept.session_ambr == Ambr(10**7, 2 * 10**7)
            assert accept.authorized_qos_rules[0].default
            assert accept.authorized_qos_flow_descriptions[0].five_qi == 9
            options = accept.extended_protocol_configuration_options
            assert [str(a) for a in options.dns_servers] == ["192.0.2.53", "2001:db8::53"]
            assert options.mtu == 1400
            request = decode_transfer("PDUSessionResourceSetupRequestTransfer", n2.transfer)
            assert request["PDUSessionType"] == "ipv4"
            teid, ipv4, _ = values.gtp_tunnel_from(request["UL-NGU-UP-TNLInformation"])
            (session,) = net.datapath.sessions.values()
            assert session.pdrs[0].local_fteid == FTeid(teid, ipv4)
            assert net.datapath.downlink.outer_header == OuterHeader(77, "192.0.2.9")
            assert session.qers[0].mbr == Ambr(10**7, 2 * 10**7)

    play(flow)


@pytest.mark.parametrize(
    ("kind", "dnn", "snssai", "given", "cause"),
    [
        (PduSessionType.IPV6, "internet", EMBB, PduSessionType.IPV6, None),
        (PduSessionType.IPV4V6, "internet", EMBB, PduSessionType.IPV4V6, None),
        (PduSessionType.IPV4V6, "iot", VIDEO, PduSessionType.IPV4, GsmCause.IPV4_ONLY_ALLOWED),
        (None, "INTERNET", EMBB, PduSessionType.IPV4V6, None),
    ],
)
def test_types(kind, dnn, snssai, given, cause):
    """TS 24.501 6.4.1.3: what is given of what is asked for."""

    async def flow(net):
        async with established(net, kind, dnn=dnn, snssai=snssai) as (_, accept, _n2):
            assert accept.selected_pdu_session_type is given
            assert accept.cause == cause
            address = net.datapath.history[-1].pdrs[1].ue_address
            assert (address.ipv4 is not None) == (given is not PduSessionType.IPV6)
            assert (address.ipv6_prefix is not None) == (given is not PduSessionType.IPV4)
            assert (accept.pdu_address.interface_identifier is not None) == (address.ipv6_prefix is not None)

    play(flow)


@pytest.mark.parametrize(
    ("asked", "cause"),
    [
        ({"dnn": "nowhere"}, GsmCause.MISSING_OR_UNKNOWN_DNN),
        ({"dnn": "iot", "snssai": EMBB}, GsmCause.MISSING_OR_UNKNOWN_DNN_IN_SLICE),
        ({"kind": PduSessionType.IPV6, "dnn": "iot", "snssai": VIDEO}, GsmCause.IPV4_ONLY_ALLOWED),
        ({"kind": PduSessionType.ETHERNET}, GsmCause.IPV4V6_ONLY_ALLOWED),
        ({"kind": PduSessionType.ETHERNET, "dnn": "iot", "snssai": VIDEO}, GsmCause.IPV4_ONLY_ALLOWED),
        ({"kind": PduSessionType.ETHERNET, "dnn": "six"}, GsmCause.IPV6_ONLY_ALLOWED),
        ({"kind": PduSessionType.IPV4, "dnn": "six"}, GsmCause.IPV6_ONLY_ALLOWED),
        ({"kind": PduSessionType.UNSTRUCTURED}, GsmCause.IPV4V6_ONLY_ALLOWED),
        ({"kind": PduSessionType.IPV4, "dnn": "lan"}, GsmCause.ETHERNET_ONLY_ALLOWED),
        ({"kind": PduSessionType.IPV4V6, "dnn": "lan"}, GsmCause.ETHERNET_ONLY_ALLOWED),
        ({"kind": PduSessionType.UNSTRUCTURED, "dnn": "lan"}, GsmCause.ETHERNET_ONLY_ALLOWED),
        ({"ssc_mode": SscMode.SSC_3}, GsmCause.NOT_SUPPORTED_SSC_MODE),
    ],
)
def test_refusals_say_why_and_leave_nothing(asked, cause):
    """TS 24.501 6.4.1.4."""

    async def flow(net):
        await net.ask(**asked)
        ((reject, n2),) = net.amf.carried
        assert isinstance(reject, nas.PduSessionEstablishmentReject)
        assert reject.cause is cause
        assert n2 is None
        assert net.amf.released == [1]
        entry = net.journal.entries[-1]
        assert entry.cause.startswith(f"#{cause.value}")
        assert entry.reason
        assert entry.fix

    play(flow)


@pytest.mark.parametrize(
    ("allowed", "kind", "cause"),
    [
        ((PduSessionType.IPV4,), PduSessionType.ETHERNET, GsmCause.UNKNOWN_PDU_SESSION_TYPE),
        ((PduSessionType.IPV4,), PduSessionType.IPV4, GsmCause.UNKNOWN_PDU_SESSION_TYPE),
    ],
)
def test_a_subscription_without_frames_has_none_of_a_data_network_of_frames(allowed, kind, cause):
    """TS 24.501 6.4.1.4.1: where the subscription and the data network have no type in common."""

    async def flow(net):
        await net.ask(kind, dnn="lan")
        ((reject, _),) = net.amf.carried
        assert reject.cause is cause

    play(flow, allowed_types=allowed)


def test_an_ethernet_session_has_no_address_and_its_rules_are_of_frames():
    """TS 23.501 5.6.10.2, TS 24.501 8.3.2.6: no PDU address; the MTU is that of the payload of a frame."""

    async def flow(net):
        async with established(net, PduSessionType.ETHERNET, dnn="lan") as (_, accept, n2):
            assert accept.selected_pdu_session_type is PduSessionType.ETHERNET
            assert accept.pdu_address is None
            assert accept.cause is None
            (option,) = accept.extended_protocol_configuration_options.options
            assert (option.identifier, option.content) == (0x0020, (1438).to_bytes(2, "big"))
            request = decode_transfer("PDUSessionResourceSetupRequestTransfer", n2.transfer)
            assert request["PDUSessionType"] == "ethernet"
            (session,) = net.datapath.sessions.values()
            assert [(pdr.ethernet, pdr.ue_address) for pdr in session.pdrs] == [(True, None)] * 2
            again = Net(net.store)
            await again.smf.restore()
            (restored,) = again.datapath.sessions.values()
            assert [pdr.ethernet for pdr in restored.pdrs] == [True, True]
            await again.smf.close()

    play(flow)


def test_flows_of_frames_are_told_to_phone_radio_and_upf():
    """TS 23.501 5.7.6.3: filters of MAC address, type and tag on N1 and N4, the flows on N2."""

    async def flow(net):
        async with established(net, PduSessionType.ETHERNET, dnn="plant") as (_, accept, n2):
            default, machine, vlan = accept.authorized_qos_rules
            assert default.default
            assert [(rule.qfi, rule.precedence) for rule in (default, machine, vlan)] == [
                (1, 255),
                (2, 10),
                (3, 20),
            ]
            up, down = nas.Direction.UPLINK, nas.Direction.DOWNLINK
            kind = nas.FieldMatch(135, b"\x88\xb8")
            assert machine.packet_filters == (
                nas.PacketFilter(2, up, (nas.FieldMatch(129, MACHINE), kind)),
                nas.PacketFilter(3, down, (nas.FieldMatch(130, MACHINE), kind)),
            )
            tag = (nas.FieldMatch(131, b"\0\x64"), nas.FieldMatch(133, b"\x0a"))
            assert vlan.packet_filters == (nas.PacketFilter(4, nas.Direction.BIDIRECTIONAL, tag),)
            described = accept.authorized_qos_flow_descriptions
            assert [(each.qfi, each.five_qi) for each in described] == [(1, 9), (2, 7), (3, 5)]
            request = decode_transfer("PDUSessionResourceSetupRequestTransfer", n2.transfer)
            assert [each["qosFlowIdentifier"] for each in request["QosFlowSetupRequestList"]] == [1, 2, 3]
            (session,) = net.datapath.sessions.values()
            assert len({pdr.local_fteid for pdr in session.pdrs if pdr.local_fteid}) == 1
            said = [(pdr.precedence, pdr.source, pdr.qfi, pdr.ethernet_filters) for pdr in session.pdrs[2:]]
            access, core = SourceInterface.ACCESS, SourceInterface.CORE
            assert said == [
                (10, access, 2, (TO_MACHINE,)),
                (10, core, None, (TO_MACHINE.turned(),)),
                (20, access, 3, (IN_VLAN,)),
                (20, core, None, (IN_VLAN,)),
            ]
            qers = {qer.qer_id: qer for qer in session.qers}
            marks = [[qers[qer_id].qfi for qer_id in pdr.qer_ids] for pdr in session.pdrs]
            assert marks == [[1], [1], [2, 1], [2, 1], [3, 1], [3, 1]]
            again = Net(net.store)
            await again.smf.restore()
            (restored,) = again.datapath.sessions.values()
            assert restored.pdrs == session.pdrs
            await again.smf.close()

    play(flow)


def test_an_exhausted_pool_refuses_and_an_address_returns_last():
    async def flow(net):
        refs = [await net.ask(psi=psi) for psi in range(1, 7)]
        last, _ = net.amf.carried[-1]
        assert last.cause is GsmCause.INSUFFICIENT_RESOURCES
        given = [str(accept.pdu_address.ipv4) for accept, _ in net.amf.carried[:-1]]
        assert given == [f"10.45.0.{host}" for host in (2, 3, 4, 5, 6)]
        for ref in refs[:-1]:
            await net.radio_accepts(ref)
        await net.smf.release_sm_context(refs[2], "test")
        await net.smf.release_sm_context(refs[0], "test")
        await net.ask(psi=9)
        assert str(net.amf.carried[-1][0].pdu_address.ipv4) in ("10.45.0.2", "10.45.0.4")
        for psi in (2, 4, 5, 9):
            await net.smf.release_sm_context(
                next(s.context.ref for s in net.smf._sessions.values() if s.context.pdu_session_id == psi), ""
            )

    play(flow)


def test_a_static_address_is_given_and_not_twice():
    async def flow(net):
        async with established(net) as (_, accept, _n2):
            assert str(accept.pdu_address.ipv4) == "10.45.0.5"
            await net.ask(psi=2)
            assert net.amf.carried[-1][0].cause is GsmCause.INSUFFICIENT_RESOURCES

    play(flow, static_ipv4="10.45.0.5")


@pytest.mark.parametrize(
    ("kind", "routes"),
    [
        (PduSessionType.IPV4, ("192.0.2.0/24",)),
        (PduSessionType.IPV6, ("2001:db8:7::/48",)),
        (PduSessionType.IPV4V6, ("192.0.2.0/24", "2001:db8:7::/48")),
    ],
)
def test_networks_behind_the_phone_are_in_both_rules(kind, routes):
    """TS 23.501 5.6.14: those of the families that the session carries, and again after a restart."""

    async def flow(net):
        async with established(net, kind):
            (session,) = net.datapath.sessions.values()
            assert [pdr.framed_routes for pdr in session.pdrs] == [routes, routes]
            again = Net(net.store)
            await again.smf.restore()
            (session,) = again.datapath.sessions.values()
            assert [pdr.framed_routes for pdr in session.pdrs] == [routes, routes]
            await again.smf.close()

    play(flow, framed_routes=("192.0.2.0/24", "2001:db8:7::/48"))


@pytest.mark.parametrize(("five_qi", "marking"), [(5, 26), (9, 0)])
def test_the_tunnel_to_the_radio_is_marked_by_5qi(five_qi, marking):
    """TS 23.501 5.7.1.6: downlink; what goes to the data network has no tunnel to mark."""

    async def flow(net):
        async with established(net):
            (session,) = net.datapath.sessions.values()
            assert [far.marking for far in session.fars] == [0, marking]
            again = Net(net.store)
            await again.smf.restore()
            (context,) = (each.context for each in again.smf._sessions.values())
            assert context.marking == marking
            await again.smf.close()

    play(flow, qos=Qos(five_qi))


def test_the_radio_fails_and_the_phone_is_told():
    async def flow(net):
        ref = await net.ask()
        cause = {"cause": ("radioNetwork", "radio-resources-not-available")}
        octets = encode_transfer("PDUSessionResourceSetupUnsuccessfulTransfer", cause)
        await net.smf.update_sm_context(ref, SmContextUpdate(n2=N2Sm(N2SmType.PDU_RES_SETUP_FAIL, octets)))
        await asyncio.sleep(0.01)
        assert isinstance(net.amf.carried[-1][0], nas.PduSessionReleaseCommand)
        assert "radio-resources-not-available" in net.journal.entries[-1].reason

    play(flow)


def test_a_silent_or_broken_radio_leaves_nothing():
    async def flow(net):
        await net.ask(psi=1)
        ref = await net.ask(psi=2)
        broken = N2Sm(N2SmType.PDU_RES_SETUP_RSP, b"\xff")
        await net.smf.update_sm_context(ref, SmContextUpdate(n2=broken))
        await asyncio.sleep(11)
        assert net.amf.released == [2, 1]

    play(flow)


def test_the_phone_releases():
    """TS 23.502 4.3.4.2: the command carries the request's PTI, the radio is ordered once."""

    async def flow(net):
        ref = await net.ask()
        await net.radio_accepts(ref)
        net.amf.carried.clear()
        await net.phone(ref, nas.PduSessionReleaseRequest(pdu_session_id=1, pti=5))
        ((command, n2),) = net.amf.carried
        assert isinstance(command, nas.PduSessionReleaseCommand)
        assert (command.pti, command.cause) == (5, GsmCause.REGULAR_DEACTIVATION)
        assert n2.kind is N2SmType.PDU_RES_REL_CMD
        assert net.datapath.sessions == {}
        await asyncio.sleep(16)
        assert net.amf.carried[1][1] is None
        await net.phone(ref, nas.PduSessionReleaseComplete(pdu_session_id=1, pti=5))
        assert net.amf.released == [1]

    play(flow)


def test_a_phone_that_never_completes_is_released_after_five_commands():
    """TS 24.501 6.3.3.5 a)."""

    async def flow(net):
        ref = await net.ask()
        await net.radio_accepts(ref)
        net.amf.carried.clear()
        await net.smf.release(WHO, 1, GsmCause.REACTIVATION_REQUESTED)
        await asyncio.sleep(81)
        assert len(net.amf.carried) == 5
        assert net.amf.released == [1]

    play(flow)


def test_idle_then_downlink_data_then_active_again():
    """TS 23.502 4.2.6, 4.2.3.3, 4.2.3.2."""

    async def flow(net):
        async with established(net) as (ref, _, _n2):
            await net.smf.update_sm_context(ref, SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED))
            assert net.datapath.downlink.action == ApplyAction.BUFF | ApplyAction.NOCP
            (seid,) = net.datapath.sessions
            net.datapath.reports.downlink_data(seid, 2, 1)
            await asyncio.sleep(0.01)
            assert net.amf.carried[-1][1].kind is N2SmType.PDU_RES_SETUP_REQ
            answer = await net.smf.update_sm_context(ref, SmContextUpdate(up_cnx_state=UpCnxState.ACTIVATING))
            assert answer.n2.kind is N2SmType.PDU_RES_SETUP_REQ
            await net.radio_accepts(ref, teid=88)
            assert net.datapath.downlink.outer_header == OuterHeader(88, "192.0.2.9")

    play(flow)


def test_unanswered_paging_drops_what_was_kept_and_keeps_on_listening():
    """TS 23.502 4.2.3.3 step 5."""

    async def flow(net):
        async with established(net) as (ref, _, _n2):
            await net.smf.update_sm_context(ref, SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED))
            net.amf.reachable = False
            net.datapath.reports.downlink_data(next(iter(net.datapath.sessions)), 2, 1)
            await asyncio.sleep(0.01)
            actions = [session.fars[1].action for session in net.datapath.history[-2:]]
            assert actions == [ApplyAction.DROP, ApplyAction.BUFF | ApplyAction.NOCP]

    play(flow)


def test_a_radio_that_lost_the_tunnel_is_told_it_anew_by_the_next_packet():
    """TS 23.527 5.3.3."""

    async def flow(net):
        async with established(net):
            seid = next(iter(net.datapath.sessions))
            net.datapath.reports.error_indication(seid, FTeid(77, "192.0.2.9"))
            await asyncio.sleep(0.01)
            assert net.datapath.downlink.action == ApplyAction.BUFF | ApplyAction.NOCP

    play(flow)


def test_the_same_request_again_is_ignored_and_another_replaces():
    """TS 24.501 6.4.1.6 a), 6.4.1.7 c)."""

    async def flow(net):
        first = await net.ask()
        assert await net.ask() == first
        assert len(net.amf.carried) == 1
        await net.radio_accepts(first)
        second = await net.ask(pti=2)
        assert second != first
        assert len(net.datapath.sessions) == 1
        assert net.amf.released == []
        await net.radio_accepts(second)
        await net.smf.release_sm_context(second, "test")

    play(flow)


@pytest.mark.parametrize(
    ("octets", "cause"),
    [
        (bytes.fromhex("2e0105ff"), 97),
        (bytes.fromhex("2e0105c1ffff"), 98),
        (bytes.fromhex("2e"), None),
        (b"", None),
    ],
)
def test_what_a_phone_may_not_send_is_answered_by_status(octets, cause):
    """TS 24.501 7.2 to 7.5."""

    async def flow(net):
        async with established(net) as (ref, _, _n2):
            await net.smf.update_sm_context(ref, SmContextUpdate(n1=octets))
            await asyncio.sleep(0.01)
            told = [n1 for n1, _ in net.amf.carried]
            assert [n1.cause for n1 in told] == ([] if cause is None else [cause])

    play(flow)


def test_sessions_survive_the_process():
    """Design: nothing is lost on kill -9. The phone's address, tunnel and session are there, idle."""

    async def main():
        before = Net()
        ref = await before.ask(PduSessionType.IPV4V6)
        await before.radio_accepts(ref)
        await before.smf.close()
        after = Net(store=before.store)
        assert await after.smf.restore() == 1
        (old,), (new,) = before.datapath.sessions.values(), after.datapath.sessions.values()
        assert new.pdrs == old.pdrs
        assert after.datapath.downlink.action == ApplyAction.BUFF | ApplyAction.NOCP
        second = await after.ask(psi=2)
        assert str(after.amf.carried[-1][0].pdu_address.ipv4) == "10.45.0.3"
        for each in (ref, second):
            await after.smf.release_sm_context(each, "test")
        await asyncio.sleep(0.01)
        after.nothing_left()
        assert await after.store.load("sm_context") == {}
        await after.smf.close()

    run_virtual(main())


def test_what_cannot_begin_a_session_is_a_service_error():
    async def flow(net):
        for n1 in (b"\x2e\x01\x01\xd3", b"\xff"):
            create = SmContextCreate(
                supi=WHO,
                pdu_session_id=1,
                dnn="internet",
                snssai=EMBB,
                n1=n1,
                tai=TAI,
                amf_id="amf-1",
            )
            with pytest.raises(ServiceError) as wrong:
                await net.smf.create_sm_context(create)
            assert wrong.value.problem is Problem.N1_SM_ERROR
        with pytest.raises(ServiceError):
            await net.smf.update_sm_context("smf-1-99", SmContextUpdate())

    play(flow)

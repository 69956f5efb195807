"""Two gNBs of one radio network between a scripted AMF and the port of a UPF, and a phone that goes from one
to the other: what the handover ladders stand on."""

import asyncio
import contextlib

from pilot5g.crypto.kdf import nh
from pilot5g.flow.entropy import seeded
from pilot5g.flow.journal import Journal
from pilot5g.net.memory import MemoryNetwork
from pilot5g.ran import rrc
from pilot5g.ran.network import RadioNetwork
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.security import KeyChain, complete_mac
from pilot5g.wire.gtpu import DlPduSessionInformation, EndMarker, Gpdu
from pilot5g.wire.gtpu import decode as gtpu
from pilot5g.wire.gtpu import encode as gtpu_octets
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import encode
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import gtp_tunnel_from, gtp_tunnel_to, nssai_to, security_key_to, snssai_to
from ran.gnb import ladder
from ran.gnb.ladder import AMBR, AMF, KGNB, NAS, SLICE, UPF, Phone, config, context_setup, session_item

KAMF = bytes(range(100, 132))
NH1 = nh(KAMF, KGNB)
NH2 = nh(KAMF, NH1)


class Handset(Phone):
    """A phone that follows a handover with keys of its own. `deaf`: it does not go; `stranger`: it goes with
    another key."""

    def __init__(self, deaf=False, stranger=False):
        super().__init__()
        self.deaf = deaf
        self.chain = KeyChain(KAMF, bytes(32) if stranger else KGNB, KGNB)
        self.commands = []

    def on_handover(self, command, target):
        self.heard.append(("handover", target.cgi.cell))
        if self.deaf:
            return
        message = rrc.decode(command)
        self.commands.append(message)
        assert message.pci == target.pci
        key = self.chain.handed_over(message.ncc, target.pci, target.arfcn)
        try:
            mac = complete_mac(key, message.integrity)
            self.connection = target.synchronise(self, message.c_rnti, mac)
        except NoCell as refused:
            self.heard.append(("refused", str(refused)))
            self.connection.fail()

    def on_synchronised(self):
        self.heard.append(("synchronised",))

    @property
    def packets(self):
        return [packet for item in self.heard if item[0] == "packets" for packet in item[2]]


class Amf:
    """An AMF of several gNBs: what each said, in order, and judged."""

    def __init__(self, network):
        self.endpoint = network.endpoint()
        self.endpoint.listen(AMF, self)
        self.associations = {}
        self.queues = {}

    def on_up(self, association):
        pass

    def on_down(self, association, reason):
        pass

    def on_message(self, association, data, stream):
        message = ladder.judge()(data)
        if isinstance(message, m.NGSetupRequest):
            self.associations[message.ran_node_name] = association
            self.queues[association] = asyncio.Queue()
            association.send(encode(ladder.setup_response()), 0)
        else:
            self.queues[association].put_nowait(message)

    async def get(self, gnb, kind, within=60.0):
        """The next message of a gNB, which must be of this kind."""
        async with asyncio.timeout(within):
            message = await self.queues[self.associations[gnb]].get()
        assert isinstance(message, kind), f"expected {kind.__name__}, got {message}"
        return message

    def silent(self, gnb):
        """Whether nothing waits of a gNB."""
        return self.queues[self.associations[gnb]].empty()

    def say(self, gnb, message):
        self.associations[gnb].send(encode(message), 1)


class Pair:
    """gnb-1 and gnb-2."""

    def __init__(self, one, two):
        self.network = MemoryNetwork(1)
        self.amf = Amf(self.network)
        self.journal = Journal()
        self.endpoint = self.network.endpoint()
        configs = [
            config(**{"name": "gnb-1", "gnb_id": 1, **one}),
            config(**{"name": "gnb-2", "gnb_id": 2, "n2": ("127.0.0.12", 0), "n3": "127.0.0.12", **two}),
        ]
        self.radios = RadioNetwork.build(
            configs, self.endpoint, self.network.datagram_port, self.journal, seeded(1)
        )
        self.one, self.two = self.radios.gnbs.values()
        self.upf = self.network.datagram_port(UPF)
        self.up = []
        self.upf.on_datagrams(self.up.extend)

    @property
    def uplink(self):
        """What came to the UPF: TEID and packet."""
        return [(each.teid, each.payload) for each in map(gtpu, (data for data, _ in self.up))]

    def down(self, end, *packets, qfi=1):
        """From the UPF into a tunnel."""
        teid, address = end
        for packet in packets:
            data = gtpu_octets(Gpdu(teid, packet, DlPduSessionInformation(qfi)))
            self.upf.send(data, (address, 2152))

    def end_marker(self, end):
        self.upf.send(gtpu_octets(EndMarker(end[0])), (end[1], 2152))

    async def phone(self, handset=None, sessions=1):
        """A phone with a context and sessions at gnb-1: it, its ids, and the tunnel ends there by session."""
        phone, amf = handset or Handset(), self.amf
        phone.connect(self.one.cells[0], nas=NAS)
        initial = await amf.get("gnb-1", m.InitialUEMessage)
        ids = {"amf_ue_ngap_id": 1001, "ran_ue_ngap_id": initial.ran_ue_ngap_id}
        items = [
            session_item(i, ladder.setup_transfer(0xAA000000 + i), nas_name="nAS-PDU")
            for i in range(1, sessions + 1)
        ]
        more = {"pdu_session_resource_setup_list_cxt_req": items} if items else {}
        amf.say("gnb-1", context_setup(ids, ue_aggregate_maximum_bit_rate=AMBR, **more))
        answer = await amf.get("gnb-1", m.InitialContextSetupResponse)
        await amf.get("gnb-1", m.UERadioCapabilityInfoIndication)
        await asyncio.sleep(0.01)
        phone.heard.clear()
        ends = {}
        for item in answer.pdu_session_resource_setup_list_cxt_res or ():
            octets = item["pDUSessionResourceSetupResponseTransfer"]
            value = decode_transfer("PDUSessionResourceSetupResponseTransfer", octets)
            tunnel = value["dLQosFlowPerTNLInformation"]["uPTransportLayerInformation"]
            ends[item["pDUSessionID"]] = gtp_tunnel_from(tunnel)[:2]
        return phone, ids, ends

    async def close(self):
        await self.radios.close()
        await self.endpoint.close()
        await self.amf.endpoint.close()
        self.upf.close()
        self.network.close()


@contextlib.asynccontextmanager
async def pair(one=None, two=None):
    """Two gNBs in service; afterwards nothing may be left of any phone."""
    each = Pair(one or {}, two or {})
    assert await each.radios.start() == ()
    yield each
    await each.close()
    for gnb in (each.one, each.two):
        assert len(gnb.ues) == 0
        assert len(gnb._site.userplane) == 0
        assert not gnb._site.userplane._forwards
        assert not gnb._site.expected
        assert not any(ng._by_amf for ng in gnb._site.ngs)
        assert gnb.counters.bugs == 0


def switch_acknowledge(request, *, ncc=1, key=NH1, released=(), teid=0xBB000000, amf_id=1001, **ies):
    """Path Switch Request Acknowledge with new uplink ends, but for the sessions in `released`."""
    switched = [
        {
            "pDUSessionID": item["pDUSessionID"],
            "pathSwitchRequestAcknowledgeTransfer": encode_transfer(
                "PathSwitchRequestAcknowledgeTransfer",
                {"uL-NGU-UP-TNLInformation": gtp_tunnel_to(teid + item["pDUSessionID"], UPF[0])},
            ),
        }
        for item in request.pdu_session_resource_to_be_switched_dl_list
        if item["pDUSessionID"] not in released
    ]
    unsuccessful = encode_transfer(
        "PathSwitchRequestUnsuccessfulTransfer", {"cause": ("misc", "unspecified")}
    )
    values = {
        "amf_ue_ngap_id": amf_id,
        "ran_ue_ngap_id": request.ran_ue_ngap_id,
        "security_context": {"nextHopChainingCount": ncc, "nextHopNH": security_key_to(key)},
        "pdu_session_resource_switched_list": switched,
        "pdu_session_resource_released_list_ps_ack": [
            {"pDUSessionID": number, "pathSwitchRequestUnsuccessfulTransfer": unsuccessful}
            for number in released
        ]
        or None,
        "allowed_nssai": nssai_to([SLICE]),
    }
    return m.PathSwitchRequestAcknowledge(**{**values, **ies})


def new_ends(request):
    """The downlink ends in a Path Switch Request, by session."""
    return {
        item["pDUSessionID"]: gtp_tunnel_from(
            decode_transfer("PathSwitchRequestTransfer", item["pathSwitchRequestTransfer"])[
                "dL-NGU-UP-TNLInformation"
            ]
        )[:2]
        for item in request.pdu_session_resource_to_be_switched_dl_list
    }


def handover_request(required, *, sessions=(1,), ncc=1, key=NH1, amf_id=2001, teid=0xCC000000, **ies):
    """What an AMF makes of a Handover Required for the target."""
    values = {
        "amf_ue_ngap_id": amf_id,
        "handover_type": "intra5gs",
        "cause": required.cause,
        "ue_aggregate_maximum_bit_rate": AMBR,
        "ue_security_capabilities": context_setup(
            {"amf_ue_ngap_id": 0, "ran_ue_ngap_id": 0}
        ).ue_security_capabilities,
        "security_context": {"nextHopChainingCount": ncc, "nextHopNH": security_key_to(key)},
        "pdu_session_resource_setup_list_ho_req": [
            {
                "pDUSessionID": number,
                "s-NSSAI": snssai_to(SLICE),
                "handoverRequestTransfer": ladder.setup_transfer(teid + number),
            }
            for number in sessions
        ],
        "allowed_nssai": nssai_to([SLICE]),
        "source_to_target_transparent_container": required.source_to_target_transparent_container,
        "guami": context_setup({"amf_ue_ngap_id": 0, "ran_ue_ngap_id": 0}).guami,
    }
    return m.HandoverRequest(**{**values, **ies})


def admitted_ends(acknowledge):
    """The downlink and the forwarding end of each admitted session."""
    ends = {}
    for item in acknowledge.pdu_session_resource_admitted_list:
        value = decode_transfer(
            "HandoverRequestAcknowledgeTransfer", item["handoverRequestAcknowledgeTransfer"]
        )
        forwarding = value.get("dLForwardingUP-TNLInformation")
        ends[item["pDUSessionID"]] = (
            gtp_tunnel_from(value["dL-NGU-UP-TNLInformation"])[:2],
            forwarding and gtp_tunnel_from(forwarding)[:2],
        )
    return ends


def handover_command(required, acknowledge, **ies):
    """The command, with direct forwarding."""
    ends = admitted_ends(acknowledge)
    values = {
        "amf_ue_ngap_id": required.amf_ue_ngap_id,
        "ran_ue_ngap_id": required.ran_ue_ngap_id,
        "handover_type": "intra5gs",
        "pdu_session_resource_handover_list": [
            {
                "pDUSessionID": number,
                "handoverCommandTransfer": encode_transfer(
                    "HandoverCommandTransfer",
                    {"dLForwardingUP-TNLInformation": gtp_tunnel_to(*forwarding)} if forwarding else {},
                ),
            }
            for number, (_, forwarding) in ends.items()
        ],
        "target_to_source_transparent_container": acknowledge.target_to_source_transparent_container,
    }
    return m.HandoverCommand(**{**values, **ies})

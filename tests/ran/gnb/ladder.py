"""What stands around a gNB in a ladder: a scripted AMF, phones, a UPF's port; in memory, in virtual time.

The AMF is built on `wire.ngap` alone. Every message the gNB sends is put before pycrate as it arrives.
"""

import asyncio
import contextlib
import functools

from pilot5g.crypto.kdf import KeyType, algorithm_key
from pilot5g.crypto.nas_algorithms import mac
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.journal import Journal
from pilot5g.flow.timer import Timers
from pilot5g.model import Guami, Plmn, Snssai
from pilot5g.net.memory import MemoryNetwork
from pilot5g.ran.gnb import Gnb, GnbConfig
from pilot5g.ran.radio import EstablishmentCause, SetupRequest
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import (
    gtp_tunnel_to,
    guami_to,
    nssai_to,
    plmn_to,
    security_key_to,
    snssai_to,
    ue_security_capabilities_to,
)

PLMN = Plmn("001", "01")
SLICE = Snssai(1)
GUAMI = Guami(PLMN, 1, 1, 1)
AMF = ("127.0.0.5", 38412)
UPF = ("127.0.0.5", 2152)
KGNB = bytes(range(32))
NAS = bytes.fromhex("7e004179000d0100f110000000000000000010")


@functools.cache
def judge():
    """pycrate's judgement, where it is installed."""
    try:
        from judges import pycrate_ngap
    except ImportError:
        return decode
    return pycrate_ngap.same


def config(**options):
    """A gNB's configuration, with what a test wants different."""
    timers = Timers(options.pop("timers", None))
    values = {
        "name": "gnb-1", "gnb_id": 1, "plmns": (PLMN,), "tac": 1, "slices": (SLICE,),
        "n2": ("127.0.0.11", 0), "amf": AMF, "n3": "127.0.0.11", "timers": timers,
    }  # fmt: skip
    return GnbConfig(**{**values, **options})


class Amf:
    """Listens, records and says what a test tells it to."""

    def __init__(self, network, *, judged=True):
        self.endpoint = network.endpoint()
        self.endpoint.listen(AMF, self)
        self.association = None
        self.received = []  # (message, stream)
        self.downs = []
        self.judged = judged
        self._news = asyncio.Event()
        self._next_id = 1000

    def on_up(self, association):
        self.association = association
        self._news.set()

    def on_message(self, association, data, stream):
        self.received.append((judge()(data) if self.judged else decode(data), stream))
        self._news.set()

    def on_down(self, association, reason):
        self.downs.append(reason)
        if association is self.association:
            self.association = None
        self._news.set()

    def say(self, message, stream=0):
        """Send to the gNB."""
        self.association.send(message if isinstance(message, bytes) else encode(message), stream)

    async def get(self, kind, within=60.0):
        """The next message, which must be of this kind, and its stream."""
        message, stream = await self.any(within)
        assert isinstance(message, kind), f"expected {kind.__name__}, got {message}"
        self.stream = stream
        return message

    async def any(self, within=60.0):
        async with asyncio.timeout(within):
            while not self.received:
                self._news.clear()
                await self._news.wait()
        return self.received.pop(0)

    async def silent(self, seconds=1.0):
        """Assert that nothing comes for so long."""
        await asyncio.sleep(seconds)
        assert not self.received, self.received

    async def up(self):
        """Wait for an association."""
        while self.association is None:
            self._news.clear()
            await self._news.wait()

    # -- usual messages

    async def set_up(self):
        """Answer the next NG Setup Request."""
        await self.up()
        request = await self.get(m.NGSetupRequest)
        self.say(setup_response())
        return request

    def new_id(self):
        self._next_id += 1
        return self._next_id


def setup_response(**ies):
    values = {
        "amf_name": "amf-1",
        "served_guami_list": [{"gUAMI": guami_to(GUAMI)}],
        "relative_amf_capacity": 255,
        "plmn_support_list": [{"pLMNIdentity": plmn_to(PLMN), "sliceSupportList": nssai_to([SLICE])}],
    }
    return m.NGSetupResponse(**{**values, **ies})


AMBR = {"uEAggregateMaximumBitRateDL": 10**9, "uEAggregateMaximumBitRateUL": 10**9}


def context_setup(ids, **ies):
    """An Initial Context Setup Request."""
    values = {
        "guami": guami_to(GUAMI),
        "allowed_nssai": nssai_to([SLICE]),
        "ue_security_capabilities": ue_security_capabilities_to(0xF0, 0x70),
        "security_key": security_key_to(KGNB),
    }
    return m.InitialContextSetupRequest(**ids, **{**values, **ies})


def flow_item(qfi=1, five_qi=9, **more):
    parameters = {
        "qosCharacteristics": ("nonDynamic5QI", {"fiveQI": five_qi}),
        "allocationAndRetentionPriority": {
            "priorityLevelARP": 8,
            "pre-emptionCapability": "shall-not-trigger-pre-emption",
            "pre-emptionVulnerability": "pre-emptable",
        },
        **more,
    }
    return {"qosFlowIdentifier": qfi, "qosFlowLevelQosParameters": parameters}


def setup_transfer(teid=0xAA000001, *, flows=None, address=UPF[0], **ies):
    """A PDU Session Resource Setup Request Transfer."""
    value = {
        "PDUSessionAggregateMaximumBitRate": {
            "pDUSessionAggregateMaximumBitRateDL": 10**8,
            "pDUSessionAggregateMaximumBitRateUL": 10**8,
        },
        "UL-NGU-UP-TNLInformation": gtp_tunnel_to(teid, address),
        "PDUSessionType": "ipv4",
        "QosFlowSetupRequestList": flows or [flow_item()],
        **ies,
    }
    whole = {name: each for name, each in value.items() if each is not None}
    return encode_transfer("PDUSessionResourceSetupRequestTransfer", whole)


def session_item(number=1, transfer=None, nas=b"\x2e\x01", slice_=SLICE, nas_name="pDUSessionNAS-PDU"):
    item = {
        "pDUSessionID": number,
        "s-NSSAI": snssai_to(slice_),
        "pDUSessionResourceSetupRequestTransfer": setup_transfer() if transfer is None else transfer,
    }
    return item if nas is None else {**item, nas_name: nas}


def session_setup(ids, *items, **ies):
    return m.PDUSessionResourceSetupRequest(**ids, pdu_session_resource_setup_list_su_req=list(items), **ies)


class Phone:
    """Records what its radio tells it. `kgnb` is what it derived itself; None: it refuses security."""

    def __init__(self, kgnb=KGNB):
        self.kgnb = kgnb
        self.heard = []  # everything, in order
        self.connection = None
        self.commands = []

    def connect(self, cell, nas=NAS, cause=EstablishmentCause.MO_SIGNALLING, **more):
        request = SetupRequest(cause=cause, nas=nas, **{"selected_plmn": PLMN, **more})
        self.connection = cell.connect(self, request)
        return self.connection

    def on_nas(self, pdu):
        self.heard.append(("nas", pdu))

    def on_security_mode(self, command):
        self.commands.append(command)
        self.heard.append(("security", command.integrity, command.ciphering))
        if self.kgnb is None:
            return False
        key = algorithm_key(self.kgnb, KeyType.RRC_INT, command.integrity)
        return mac(command.integrity, key, 0, 0, 1, command.message) == command.mac

    def on_bearers(self, added, released):
        self.heard.append(("bearers", tuple((b.pdu_session_id, b.qfis) for b in added), released))

    def on_packets(self, pdu_session_id, packets):
        self.heard.append(("packets", pdu_session_id, packets))

    def on_released(self, cause):
        self.heard.append(("released", cause))

    def on_reestablishment(self, ncc):
        return b""

    def on_broadcast(self):
        pass

    def on_paging(self, s_tmsi):
        self.heard.append(("paging", s_tmsi))

    @property
    def released(self):
        return [item[1] for item in self.heard if item[0] == "released"]


class Rig:
    """A gNB between its AMF and UPF."""

    def __init__(self, options, *, judged=True, network=None, **links):
        self.network = network or MemoryNetwork(1, **links)
        self.amf = Amf(self.network, judged=judged)
        self.journal = Journal()
        self.config = config(**options)
        self.endpoint = self.network.endpoint()
        self.n3 = self.network.datagram_port((self.config.n3, 2152))
        self.upf = self.network.datagram_port(UPF)
        self.upf_heard = []
        self.upf.on_datagrams(self.upf_heard.extend)
        self.gnb = Gnb(self.config, self.endpoint, self.n3, self.journal, seeded(7))

    async def start(self):
        """Bring the gNB into service."""
        amf = asyncio.ensure_future(self.amf.set_up())
        assert await self.gnb.start()
        self.setup_request = await amf

    async def connected(self, phone=None, cell=0, **more):
        """A phone with an NG connection, by a Downlink NAS Transport: phone, ids."""
        phone = phone or Phone()
        phone.connect(self.gnb.cells[cell], **more)
        initial = await self.amf.get(m.InitialUEMessage)
        ids = {"amf_ue_ngap_id": self.amf.new_id(), "ran_ue_ngap_id": initial.ran_ue_ngap_id}
        self.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e\x00\x56"), self.amf.stream)
        await asyncio.sleep(0.01 + 2 * self.config.air_delay)
        assert phone.heard.pop(0)[0] == "nas"
        return phone, ids

    async def with_context(self, phone=None, **ies):
        """A phone with a context set up."""
        phone, ids = await self.connected(phone)
        self.amf.say(context_setup(ids, **ies), 1)
        await self.amf.get(m.InitialContextSetupResponse)
        await self.amf.get(m.UERadioCapabilityInfoIndication)
        await asyncio.sleep(0.01 + 2 * self.config.air_delay)
        return phone, ids

    async def with_session(self, phone=None, number=1, transfer=None):
        """A phone with a session; gives the gNB's tunnel end too."""
        phone, ids = await self.with_context(phone)
        self.amf.say(session_setup(ids, session_item(number, transfer)), 1)
        answer = await self.amf.get(m.PDUSessionResourceSetupResponse)
        (item,) = answer.pdu_session_resource_setup_list_su_res
        phone.heard.clear()
        return phone, ids, downlink_teid(item)

    async def close(self):
        await self.gnb.close()
        await self.endpoint.close()
        await self.amf.endpoint.close()
        self.upf.close()
        self.network.close()


def downlink_teid(item):
    """The TEID in a setup response item."""
    from pilot5g.wire.ngap.transfers import decode_transfer
    from pilot5g.wire.ngap.values import gtp_tunnel_from

    octets = item["pDUSessionResourceSetupResponseTransfer"]
    value = decode_transfer("PDUSessionResourceSetupResponseTransfer", octets)
    teid, address, _ = gtp_tunnel_from(value["dLQosFlowPerTNLInformation"]["uPTransportLayerInformation"])
    assert address == "127.0.0.11"
    return teid


@contextlib.asynccontextmanager
async def rig(*, start=True, judged=True, links=None, **options):
    """A rig in service; afterwards nothing may be left of any phone."""
    each = Rig(options, judged=judged, **(links or {}))
    if start:
        await each.start()
    yield each
    await each.close()
    assert len(each.gnb.ues) == 0
    assert len(each.gnb._site.userplane) == 0
    assert not any(ng._by_amf for ng in each.gnb._site.ngs)


def ladder(test):
    """Run an async test in virtual time; no task and no timer may be left."""

    @functools.wraps(test)
    def run(*arguments, **named):
        run_virtual(test(*arguments, **named))

    return run

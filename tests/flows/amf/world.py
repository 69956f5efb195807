"""The AMF's whole surroundings for a ladder: other functions, gNBs and phones, written on the wire codecs.

Phones and AUSF share a toy of 5G AKA (hashes of the key): what is under test is who says what when, not the
algorithms. Every octet string the AMF sends is read back, and judged by pycrate where that is installed.
"""

import asyncio
import hashlib
import importlib.util
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from pilot5g.core.amf import Amf, AmfConfig
from pilot5g.core.nrf import Nrf
from pilot5g.core.nssf import Nssf
from pilot5g.core.pcf import Pcf
from pilot5g.crypto import kdf
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.journal import Journal
from pilot5g.flow.timer import Timers
from pilot5g.model import Ambr, Guami, NrCgi, Plmn, Snssai, Suci, Tai
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.service.nausf import AuthenticationContext, Confirmation
from pilot5g.service.nnrf import NfProfile, NfType
from pilot5g.service.nsmf import SmContextUpdated, UpCnxState
from pilot5g.service.nudm import AccessAndMobility
from pilot5g.store.memory import MemoryStore
from pilot5g.wire import nas
from pilot5g.wire.nas.ies import to_bcd
from pilot5g.wire.nas.security import NasSecurity, SecurityHeaderType, parse_header
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import (
    GnbId,
    cause,
    gnb_id_to,
    gtp_tunnel_to,
    nssai_to,
    plmn_to,
    s_tmsi_from,
    s_tmsi_to,
    tac_to,
    user_location_nr_to,
)

PLMN = Plmn("001", "01")
TAI = Tai(PLMN, 1)
SLICE = Snssai(1)
OTHER_SLICE = Snssai(2, 0x010203)
GUAMI = Guami(PLMN, 2, 1, 0)
TUNNEL = gtp_tunnel_to(1, "127.0.0.1")
FLOW = {
    "qosFlowIdentifier": 1,
    "qosFlowLevelQosParameters": {
        "qosCharacteristics": ("nonDynamic5QI", {"fiveQI": 9}),
        "allocationAndRetentionPriority": {
            "priorityLevelARP": 8,
            "pre-emptionCapability": "shall-not-trigger-pre-emption",
            "pre-emptionVulnerability": "not-pre-emptable",
        },
    },
}
SETUP = encode_transfer(
    "PDUSessionResourceSetupRequestTransfer",
    {"UL-NGU-UP-TNLInformation": TUNNEL, "PDUSessionType": "ipv4", "QosFlowSetupRequestList": [FLOW]},
)
SETUP_DONE = encode_transfer(
    "PDUSessionResourceSetupResponseTransfer",
    {
        "dLQosFlowPerTNLInformation": {
            "uPTransportLayerInformation": TUNNEL,
            "associatedQosFlowList": [{"qosFlowIdentifier": 1}],
        }
    },
)
SETUP_FAILED = encode_transfer(
    "PDUSessionResourceSetupUnsuccessfulTransfer", {"cause": ("radioNetwork", "unspecified")}
)
RELEASE = encode_transfer("PDUSessionResourceReleaseCommandTransfer", {"cause": ("nas", "normal-release")})
RELEASE_DONE = encode_transfer("PDUSessionResourceReleaseResponseTransfer", {})
MOVES = {
    N2SmType.PATH_SWITCH_REQ: N2Sm(
        N2SmType.PATH_SWITCH_REQ_ACK, encode_transfer("PathSwitchRequestAcknowledgeTransfer", {})
    ),
    N2SmType.PDU_RES_MOD_IND: N2Sm(
        N2SmType.PDU_RES_MOD_CFM,
        encode_transfer(
            "PDUSessionResourceModifyConfirmTransfer",
            {"qosFlowModifyConfirmList": [{"qosFlowIdentifier": 1}], "uLNGU-UP-TNLInformation": TUNNEL},
        ),
    ),
    N2SmType.HANDOVER_REQUIRED: N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP),
    N2SmType.HANDOVER_REQ_ACK: N2Sm(N2SmType.HANDOVER_CMD, encode_transfer("HandoverCommandTransfer", {})),
    N2SmType.HANDOVER_RES_ALLOC_FAIL: N2Sm(
        N2SmType.HANDOVER_PREP_FAIL,
        encode_transfer(
            "HandoverPreparationUnsuccessfulTransfer", {"cause": ("radioNetwork", "unspecified")}
        ),
    ),
}
"""What an SMF answers to the steps of a handover."""
CAPABILITY = nas.UeSecurityCapability.of([0, 1, 2, 3], [0, 1, 2, 3])
JUDGE = importlib.util.find_spec("pycrate_asn1dir") is not None


def create_psi(ref):
    """The session that a reference names."""
    return int(ref.rpartition("/")[2])


def judged(octets):
    """What the AMF sent, as both decoders read it."""
    if JUDGE:
        from judges.pycrate_ngap import PDU

        PDU.from_aper(octets)
        assert PDU.to_aper() == octets
    return codec.decode(octets)


def res_star(key, rand):
    return hashlib.sha256(b"res" + key + rand).digest()[:16]


def kseaf(key, rand):
    return hashlib.sha256(b"kseaf" + key + rand).digest()


class FakeAusf:
    """Knows phones by SUPI. `delay` seconds per answer; `problem` refuses; `calls` are what was asked."""

    def __init__(self):
        self.keys, self.challenges, self.calls = {}, {}, []
        self.delay, self.problem, self.count = 0, None, 0

    async def authenticate(self, info):
        self.calls.append(info)
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.problem:
            raise ServiceError(self.problem, "as ordered", "order something else")
        supi = info.identity
        if isinstance(supi, Suci):
            try:
                supi = f"imsi-{PLMN.mcc}{PLMN.mnc}{nas.ies.identity.bcd(supi.output)}"
            except ValueError as wrong:
                raise ServiceError(Problem.INVALID_SCHEME_OUTPUT, str(wrong)) from wrong
        if supi not in self.keys:
            raise ServiceError(Problem.USER_NOT_FOUND, f"{supi} is not a subscriber", "add it")
        self.count += 1
        rand = self.count.to_bytes(16, "big")
        hxres = kdf.hres_star(rand, res_star(self.keys[supi], rand))
        self.challenges[str(self.count)] = (supi, rand)
        return AuthenticationContext(str(self.count), rand, b"n" * 16, hxres)

    async def confirm(self, context_id, response):
        supi, rand = self.challenges.pop(context_id)
        assert response == res_star(self.keys[supi], rand)
        return Confirmation(supi, kseaf(self.keys[supi], rand))

    async def abandon(self, context_id):
        self.challenges.pop(context_id, None)


class FakeUdm:
    def __init__(self):
        self.serving, self.slices, self.dnns, self.problem = {}, (SLICE,), ("internet", "ims"), None
        self.delay = 0

    async def register_amf(self, registration, callback):
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.problem:
            raise ServiceError(self.problem, "as ordered")
        self.serving[registration.supi] = callback

    async def deregister_amf(self, supi, amf_id):
        self.serving.pop(supi, None)

    async def access_and_mobility(self, supi):
        return AccessAndMobility(Ambr(10**9, 2 * 10**9), self.slices)

    async def default_dnn(self, supi, snssai):
        if not self.dnns:
            raise ServiceError(Problem.DATA_NOT_FOUND, "no DNN")
        return self.dnns[0]

    async def session_management(self, supi, snssai, dnn):
        if dnn not in self.dnns:
            raise ServiceError(Problem.DNN_NOT_SUPPORTED, f"{dnn} is not subscribed", "subscribe to it")


class FakeSmf:
    """Establishes every session, and answers every reactivation, with opaque transfers."""

    def __init__(self, world):
        self.world, self.calls, self.sessions = world, [], {}
        self.problem, self.reject, self.delay = None, False, 0
        self.immobile = {}

    @property
    def namf(self):
        return self.world.amf.service

    async def create_sm_context(self, create):
        self.calls.append(("create", create))
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.problem:
            raise ServiceError(self.problem, "as ordered", "order something else")
        if self.reject:
            await self.namf.transfer(create.supi, N1N2Message(pdu_session_id=create.pdu_session_id, n1=b"no"))
            await self.namf.session_released(create.supi, create.pdu_session_id)
            return "nothing"
        ref = f"{create.supi}/{create.pdu_session_id}"
        self.sessions[ref] = create
        message = N1N2Message(
            pdu_session_id=create.pdu_session_id, n1=b"accept", n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP)
        )
        await self.namf.transfer(create.supi, message)
        return ref

    async def update_sm_context(self, ref, update):
        self.calls.append(("update", ref, update))
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.problem:
            raise ServiceError(self.problem, "as ordered", "order something else")
        if ref not in self.sessions:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, ref)
        if update.up_cnx_state is UpCnxState.ACTIVATING:
            return SmContextUpdated(n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP))
        if update.n2 is not None and (answer := MOVES.get(update.n2.kind)) is not None:
            return self.move(create_psi(ref), answer)
        if update.n1 == b"release request":
            return SmContextUpdated(n1=b"release command", n2=N2Sm(N2SmType.PDU_RES_REL_CMD, RELEASE))
        if update.n1 == b"release complete":
            create = self.sessions.pop(ref)
            await self.namf.session_released(create.supi, create.pdu_session_id)
        return SmContextUpdated()

    def move(self, psi, answer):
        """A step of a handover: every session can be moved but those that are `immobile`."""
        if psi in self.immobile:
            raise ServiceError(self.immobile[psi], "as ordered")
        return SmContextUpdated(n2=answer)

    async def release_sm_context(self, ref, why):
        self.calls.append(("release", ref, why))
        self.sessions.pop(ref, None)

    async def transfer_failed(self, supi, pdu_session_id, why):
        self.calls.append(("failed", supi, pdu_session_id, why))

    def updates(self):
        """What was updated, shortened: a state, an N2 kind, or an N1 message."""
        found = []
        for call in self.calls:
            if call[0] == "update":
                update = call[2]
                n2 = update.n2.kind if update.n2 else None
                found.append(update.up_cnx_state or n2 or update.ho_state or update.n1)
        return found


class World:
    """`async with World() as world`: an AMF that has started, and everything around it."""

    def __init__(self, store=None, timers=None, **config):
        self.ausf, self.udm, self.smf = FakeAusf(), FakeUdm(), FakeSmf(self)
        self.nrf, self.pcf = Nrf(), Pcf()
        self.journal, self.store = Journal(), store or MemoryStore()
        settings = {
            "name": "amf-1",
            "instance_id": "amf-1",
            "guami": GUAMI,
            "slices": {PLMN: (SLICE, OTHER_SLICE)},
            "tais": (TAI, Tai(PLMN, 2)),
            "timers": Timers(timers),
        }
        self.config = AmfConfig(**(settings | config))
        self.nssf = Nssf({tai: frozenset({SLICE, OTHER_SLICE}) for tai in self.config.tais})
        self.amf = Amf(
            self.config,
            nausf=self.ausf,
            nudm=self.udm,
            nnrf=self.nrf,
            smf_of=lambda name: self.smf if name == "smf-1" else None,
            npcf=self.pcf,
            nnssf=self.nssf,
            journal=self.journal,
            entropy=seeded(1),
            store=self.store,
        )
        self.gnbs, self.orderly = [], True

    async def __aenter__(self):
        await self.nrf.register(
            NfProfile(instance_id="smf-1", nf_type=NfType.SMF, slices=(SLICE,), dnns=("internet",))
        )
        await self.amf.start()
        return self

    async def __aexit__(self, kind, error, trace):
        if kind is None and self.orderly:
            self.smf.delay = 0
            for gnb in self.gnbs:
                gnb.down()
            await settle()
            assert self.amf.leftovers() == []
            assert not self.amf.connections
            assert not self.ausf.challenges
        await self.amf.close()

    def gnb(self, number=1, **options):
        gnb = Gnb(self, number, **options)
        self.gnbs.append(gnb)
        return gnb

    def reasons(self):
        return [entry for entry in self.journal.entries if entry.cause or entry.reason]


async def settle(turns=30):
    """Let everything that can happen at this instant happen."""
    for _ in range(turns):
        await asyncio.sleep(0)


class Gnb:
    """A gNB and its association. It does what is asked of it unless `auto` is False."""

    streams = 4

    def __init__(self, world, number=1, tac=1, plmn=PLMN, slices=(SLICE,), address=None):
        self.world, self.number, self.auto, self.alive = world, number, True, True
        self.peer = (address or f"10.0.0.{number}", 38412)
        self.tai, self.slices = Tai(plmn, tac), slices
        self.inbox, self.phones, self.next_ran_id, self.paged = asyncio.Queue(), {}, 0, []
        self.kgnb = {}
        world.amf.on_up(self)

    # -- the association, as the AMF holds it

    def send(self, data, stream):
        if not self.alive:
            return
        message = judged(data)
        both = (getattr(message, "amf_ue_ngap_id", None), getattr(message, "ran_ue_ngap_id", None))
        of_phone = None not in both or isinstance(
            message, ngap.UEContextReleaseCommand | ngap.HandoverRequest
        )
        assert (stream != 0) == of_phone, f"{message.name} on stream {stream}"
        asyncio.get_running_loop().call_soon(self._receive, message)

    def close(self):
        self.alive = False

    abort = close

    def down(self, reason="cut"):
        self.alive = False
        self.world.amf.on_down(self, reason)

    def up(self):
        self.alive = True
        self.world.amf.on_up(self)

    # -- what it says

    def says(self, message):
        self.octets(codec.encode(message))

    def octets(self, data, stream=0):
        self.world.amf.on_message(self, data, stream)

    def setup_request(self):
        areas = [
            {
                "tAC": tac_to(self.tai.tac),
                "broadcastPLMNList": [
                    {"pLMNIdentity": plmn_to(self.tai.plmn), "tAISliceSupportList": nssai_to(self.slices)}
                ],
            }
        ]
        return ngap.NGSetupRequest(
            global_ran_node_id=gnb_id_to(GnbId(self.tai.plmn, self.number)),
            ran_node_name=f"gnb-{self.number}",
            supported_ta_list=areas,
            default_paging_drx="v128",
        )

    async def setup(self):
        self.says(self.setup_request())
        await self.gets(ngap.NGSetupResponse)
        return self

    @property
    def location(self):
        return user_location_nr_to(NrCgi(self.tai.plmn, self.number << 4), self.tai)

    # -- what it hears

    async def gets(self, kind, within=100):
        """The next message that is not for a phone, which has to be a `kind`."""
        async with asyncio.timeout(within):
            message = await self.inbox.get()
        assert isinstance(message, kind), f"{message} instead of {kind.__name__}"
        return message

    def _receive(self, message):
        if not self.alive:
            return
        if isinstance(message, ngap.Paging):
            self.paged.append(s_tmsi_from(message.ue_paging_identity[1]))
            return
        if isinstance(message, ngap.ErrorIndication):
            self.inbox.put_nowait(message)
            return
        kind, pair = getattr(message, "ue_ngap_ids", (None, None))
        if kind == "aMF-UE-NGAP-ID":
            self.inbox.put_nowait(message)
            return
        ran_id = pair["rAN-UE-NGAP-ID"] if pair else getattr(message, "ran_ue_ngap_id", None)
        phone = self.phones.get(ran_id)
        if ran_id is None or phone is None:
            self.inbox.put_nowait(message)
            return
        phone.amf_id = pair["aMF-UE-NGAP-ID"] if pair else message.amf_ue_ngap_id
        phone.n2.append(message)
        self._serve(phone, message)

    def _serve(self, phone, message):
        match message:
            case ngap.DownlinkNASTransport():
                phone.hears(message.nas_pdu)
            case ngap.InitialContextSetupRequest():
                self._set_up(phone, message)
            case ngap.PDUSessionResourceSetupRequest():
                items = message.pdu_session_resource_setup_list_su_req
                self._user_planes(phone, items, "pDUSessionNAS-PDU")
                if self.auto:
                    self.says(
                        ngap.PDUSessionResourceSetupResponse(
                            **phone.ids, pdu_session_resource_setup_list_su_res=_done(items)
                        )
                    )
            case ngap.PDUSessionResourceReleaseCommand():
                self._release(phone, message)
            case ngap.UEContextReleaseCommand():
                if self.auto:
                    ids = phone.ids
                    self.forget(phone)
                    self.says(ngap.UEContextReleaseComplete(**ids))

    def _set_up(self, phone, message):
        self.kgnb[phone.supi] = message.security_key[0].to_bytes(32, "big")
        items = message.pdu_session_resource_setup_list_cxt_req or []
        if message.nas_pdu is not None:
            phone.hears(message.nas_pdu)
        self._user_planes(phone, items, "nAS-PDU")
        if self.auto:
            done = _done(items) or None
            self.says(
                ngap.InitialContextSetupResponse(**phone.ids, pdu_session_resource_setup_list_cxt_res=done)
            )

    def _user_planes(self, phone, items, key):
        for item in items:
            phone.planes.add(item["pDUSessionID"])
            if key in item:
                phone.hears(item[key])

    def _release(self, phone, message):
        items = message.pdu_session_resource_to_release_list_rel_cmd
        phone.planes -= {item["pDUSessionID"] for item in items}
        if message.nas_pdu is not None:
            phone.hears(message.nas_pdu)
        done = [
            {
                "pDUSessionID": item["pDUSessionID"],
                "pDUSessionResourceReleaseResponseTransfer": RELEASE_DONE,
            }
            for item in items
        ]
        if self.auto:
            self.says(
                ngap.PDUSessionResourceReleaseResponse(
                    **phone.ids, pdu_session_resource_released_list_rel_res=done
                )
            )

    # -- connections

    def connect(self, phone, pdu, *, context=True, s_tmsi=None, cause="mo-Signalling"):
        self.next_ran_id += 1
        if phone.gnb is not None:
            phone.gnb.phones.pop(phone.ran_id, None)
        phone.gnb, phone.ran_id, phone.amf_id, phone.planes = self, self.next_ran_id, None, set()
        phone.secure = False
        self.phones[phone.ran_id] = phone
        self.says(
            ngap.InitialUEMessage(
                ran_ue_ngap_id=phone.ran_id,
                nas_pdu=pdu,
                user_location_information=self.location,
                rrc_establishment_cause=cause,
                five_g_s_tmsi=None if s_tmsi is None else s_tmsi_to(s_tmsi),
                ue_context_request="requested" if context else None,
            )
        )

    def forget(self, phone):
        self.phones.pop(phone.ran_id, None)
        phone.gnb, phone.planes = None, set()

    def ask_release(self, phone, why=("radioNetwork", "user-inactivity")):
        self.says(ngap.UEContextReleaseRequest(**phone.ids, cause=cause(*why)))


def _done(items):
    return [
        {
            "pDUSessionID": item["pDUSessionID"],
            "pDUSessionResourceSetupResponseTransfer": SETUP_DONE,
        }
        for item in items
    ]


class Phone:
    """A phone: what it says is built here, what it hears waits in `inbox`."""

    def __init__(self, world, number=1, key=None):
        self.world, self.msin = world, f"{number:010}"
        self.supi = f"imsi-{PLMN.mcc}{PLMN.mnc}{self.msin}"
        self.key = key or self.supi.encode()
        world.ausf.keys.setdefault(self.supi, self.supi.encode())
        self.gnb = self.ran_id = self.amf_id = self.guti = self.keys = self.kamf = self.accept = None
        self.planes, self.inbox, self.n2 = set(), asyncio.Queue(), []
        self.capability, self.request, self.secure = CAPABILITY, None, False

    @property
    def ids(self):
        return {"amf_ue_ngap_id": self.amf_id, "ran_ue_ngap_id": self.ran_id}

    @property
    def suci(self):
        return Suci(PLMN, "0", 0, 0, to_bcd(self.msin))

    def hears(self, pdu):
        secured = parse_header(pdu)
        if secured is None:
            message = nas.decode(pdu)
        elif secured.header_type == SecurityHeaderType.NEW_CONTEXT:
            message = nas.decode(secured.payload)
            self.take_keys(message)
            self.keys.unprotect(pdu, uplink=False)
            self.secure = True
        else:
            self.secure = True
            message = nas.decode(self.keys.unprotect(pdu, uplink=False))
        self.inbox.put_nowait(message)

    def take_keys(self, command):
        chosen = command.selected_nas_security_algorithms
        self.keys = NasSecurity(
            ngksi=command.ngksi.value,
            knas_enc=kdf.nas_key(self.kamf, kdf.KeyType.NAS_ENC, chosen.ciphering),
            knas_int=kdf.nas_key(self.kamf, kdf.KeyType.NAS_INT, chosen.integrity),
            ciphering=chosen.ciphering,
            integrity=chosen.integrity,
        )

    async def gets(self, kind, within=100):
        """The next NAS message, which has to be a `kind`."""
        async with asyncio.timeout(within):
            message = await self.inbox.get()
        assert isinstance(message, kind), f"{message} instead of {kind.__name__}"
        return message

    async def hears_nothing(self, seconds):
        await asyncio.sleep(seconds)
        assert self.inbox.empty(), self.inbox.get_nowait()

    # -- sending

    def says(self, message, header=...):
        """On the connection it has; plain without keys, ciphered once exchange is secure (4.4.2.5)."""
        plain = nas.encode(message)
        if header is ...:
            header = SecurityHeaderType.CIPHERED if self.secure else SecurityHeaderType.INTEGRITY
        pdu = plain if self.keys is None or header is None else self.keys.protect(plain, header, uplink=True)
        self.raw(pdu)

    def raw(self, pdu):
        self.gnb.says(
            ngap.UplinkNASTransport(**self.ids, nas_pdu=pdu, user_location_information=self.gnb.location)
        )

    def begins(self, gnb, message, **options):
        """The first message of a connection: protected where it has keys (TS 24.501 4.4.6)."""
        if self.keys is None:
            pdu = (
                nas.encode(nas.initial.cleartext(message))
                if options.pop("hide", True)
                else nas.encode(message)
            )
        else:
            pdu = self.keys.protect_initial(message)
        gnb.connect(self, pdu, **options)

    def registration(self, kind=nas.RegistrationKind.INITIAL, follow_on=False, **ies):
        return nas.RegistrationRequest(
            registration_type=nas.RegistrationType(kind, follow_on),
            ngksi=nas.KeySetIdentifier(self.keys.ngksi if self.keys else 7),
            mobile_identity=self.guti or self.suci,
            gmm_capability=nas.GmmCapability(b"\x00") if kind != nas.RegistrationKind.PERIODIC else None,
            ue_security_capability=self.capability if kind != nas.RegistrationKind.PERIODIC else None,
            **ies,
        )

    def service(self, kind=nas.ServiceType.DATA, **ies):
        return nas.ServiceRequest(
            ngksi=nas.KeySetIdentifier(self.keys.ngksi), service_type=kind, s_tmsi=self.guti.s_tmsi, **ies
        )

    def session(self, psi=1, **ies):
        return nas.UlNasTransport(
            payload_container_type=nas.PayloadContainerType.N1_SM,
            payload_container=b"establish",
            pdu_session_id=psi,
            request_type=nas.RequestType.INITIAL,
            **ies,
        )

    # -- steps

    async def authenticates(self, key=None):
        """Answers a challenge; K_AMF follows."""
        challenge = await self.gets(nas.AuthenticationRequest)
        self.answers(challenge, key)
        return challenge

    def answers(self, challenge, key=None):
        key = key or self.key
        self.kamf = kdf.kamf(kseaf(key, challenge.rand), self.supi)
        self.says(nas.AuthenticationResponse(response=res_star(key, challenge.rand)))

    async def secures(self, container=True):
        """Takes the security mode; the whole request goes with the completion."""
        command = await self.gets(nas.SecurityModeCommand)
        whole = nas.encode(self.request) if container and self.request is not None else None
        self.says(
            nas.SecurityModeComplete(imeisv=nas.Imeisv("1234567890123456"), nas_message_container=whole),
            SecurityHeaderType.CIPHERED_NEW_CONTEXT,
        )
        return command

    async def register(self, gnb, **options):
        """A whole registration, from the first message to the completion. Gives the accept."""
        context = options.pop("context", True)
        known = self.keys is not None and options.pop("known", True)
        self.request = self.registration(**options)
        self.begins(gnb, self.request, context=context)
        if not known:
            await self.authenticates()
            await self.secures()
        return await self.completes()

    async def completes(self):
        self.accept = await self.gets(nas.RegistrationAccept)
        self.guti = self.accept.guti
        self.says(nas.RegistrationComplete())
        await settle()
        return self.accept

    async def opens(self, psi=1, **ies):
        """A whole session establishment."""
        self.says(self.session(psi, **ies))
        answer = await self.gets(nas.DlNasTransport)
        await settle()
        assert answer.payload_container == b"accept"
        assert psi in self.planes
        return answer

    async def idles(self):
        """Its radio lets go of it for want of traffic."""
        self.gnb.ask_release(self)
        await settle()
        assert self.gnb is None


Flow = Callable[[World], Awaitable[None]]


def play(flow: Flow, **options) -> None:
    """Run a flow in a world on the virtual clock; it has to leave nothing behind."""

    async def whole():
        async with World(**options) as world:
            await flow(world)

    bugs = Bugs()
    logging.getLogger("pilot5g").addHandler(bugs)
    try:
        run_virtual(whole())
    finally:
        logging.getLogger("pilot5g").removeHandler(bugs)
    assert not bugs.records, bugs.records[0].getMessage()


class Bugs(logging.Handler):
    """Collects what is logged as an error: the AMF survives its bugs, a ladder must not."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.records = []

    def emit(self, record):
        self.records.append(record)


def drain(queue: asyncio.Queue) -> deque:
    """What waits in an inbox, taken out."""
    found = deque()
    while not queue.empty():
        found.append(queue.get_nowait())
    return found

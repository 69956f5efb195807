"""A network that does what a test tells it: cells, an AMF's NAS and keys, written from the specification.

It shares with the phone only the codec and the primitives, never a decision. Everything a phone sends is put
before the judge.
"""

import asyncio
import contextlib
from ipaddress import IPv4Address
from typing import Any

import msgspec
import pytest

from pilot5g.crypto import kdf
from pilot5g.crypto.aka import autn, parse_auts, xor
from pilot5g.crypto.milenage import Milenage
from pilot5g.crypto.nas_algorithms import DOWNLINK, mac
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.journal import Journal
from pilot5g.model import (
    Ambr,
    Guami,
    Guti,
    NrCgi,
    PduSessionType,
    Plmn,
    Snssai,
    SscMode,
    Tai,
    serving_network_name,
)
from pilot5g.ran.radio import Bearer, NoCell, SecurityModeCommand
from pilot5g.ran.ue.config import PhoneConfig
from pilot5g.ran.ue.phone import Phone
from pilot5g.wire import nas
from pilot5g.wire.nas import SecurityHeaderType as Header

try:
    from judges import pycrate_nas
except ImportError:
    pycrate_nas = None  # type: ignore[assignment]

PLMN = Plmn("001", "01")
TAI = Tai(PLMN, 1)
GUTI = Guti(Guami(PLMN, 1, 1, 0), 0xC0FFEE01)
K = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc")
OPC = bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
IMSI = "001010000000001"
SNN = serving_network_name(PLMN)
RULE = nas.QosRule(identifier=1, default=True, packet_filters=(nas.PacketFilter(1),), precedence=255, qfi=1)


def config(**changes: Any) -> PhoneConfig:
    """A phone's configuration with these changes."""
    base = PhoneConfig(name="phone-1", imsi=IMSI, home_plmn=PLMN, k=K, opc=OPC)
    return msgspec.structs.replace(base, **changes)


class Connection:
    """The gNB's end of an RRC connection; NAS goes straight to the scripted AMF."""

    def __init__(self, cell: "Cell", phone: Any, request: Any) -> None:
        self.cell, self.phone, self.request = cell, phone, request
        self.failed = False
        self.packets: list[tuple[int, int, bytes]] = []

    def send_nas(self, pdu: bytes) -> None:
        self.cell.network.arrives(pdu)

    def send_packets(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None:
        self.packets += [(pdu_session_id, qfi, packet) for packet in packets]
        self.cell.network.user_packets(pdu_session_id, packets)

    def suspend(self) -> None:
        pass

    def fail(self) -> None:
        self.failed = True
        self.cell.network.connection = None


class Cell:
    """A cell of the scripted network."""

    def __init__(self, network: "Network", tai: Tai = TAI, number: int = 0x10) -> None:
        self.network, self.tai = network, tai
        self.cgi = NrCgi(tai.plmn, number)
        self.plmns = (tai.plmn,)
        self.in_service = True
        self.access_control: dict[int, Any] = {}
        self.camping: list[Any] = []
        self.names: list[Any] = []

    def camp(self, phone: Any) -> None:
        self.camping.append(phone)

    def leave(self, phone: Any) -> None:
        if phone in self.camping:
            self.camping.remove(phone)

    def listen_for(self, phone: Any, s_tmsi: Any, before: Any) -> None:
        self.names.append(s_tmsi)

    def connect(self, phone: Any, request: Any) -> Connection:
        if not self.in_service:
            raise NoCell("out of service")
        connection = Connection(self, phone, request)
        self.network.connection = connection
        self.network.setups.append(request)
        self.network.arrives(request.nas)
        return connection


class Network:
    """The AMF, SMF and home network of the script."""

    def __init__(self, **changes: Any) -> None:
        self.config = config(**changes)
        self.home = Milenage(K, OPC)
        self.connection: Connection | None = None
        self.setups: list[Any] = []
        self.uplink: asyncio.Queue[bytes] = asyncio.Queue()
        self.log: list[str] = []
        self.security: nas.NasSecurity | None = None
        self.kamf = b""
        self.sqn = 0x20
        self.rand_count = 0
        self.count_at_kgnb = 0
        self.sent_plain: list[bytes] = []
        self.pti = 0
        self.router: Any = None
        self.cell = Cell(self)
        self.phone = Phone(self.config, Journal(), seeded(1), [self.cell])

    # transport

    def arrives(self, pdu: bytes) -> None:
        self.uplink.put_nowait(pdu)

    def user_packets(self, session: int, packets: list[bytes]) -> None:
        if self.router is not None:
            self.router(session, packets)

    def send(self, message: Any, header: Header | None = Header.CIPHERED) -> None:
        """To the phone; header None: plain."""
        plain = message if isinstance(message, bytes) else nas.encode(message)
        if header is None or self.security is None:
            pdu = plain
        else:
            pdu = self.security.protect(plain, header, uplink=False)
        self.phone.on_nas(pdu)

    async def gets(self, kind: type, within: float = 1.0) -> Any:
        """The next message, which must be of this kind; protected ones are checked."""
        async with asyncio.timeout(within):
            pdu = await self.uplink.get()
        message = self.read(pdu)
        self.log.append(type(message).__name__)
        assert isinstance(message, kind), f"{message} instead of {kind.__name__}"
        return message

    def read(self, pdu: bytes) -> Any:
        """A message of the phone, its MAC checked where it has one that this network can check."""
        secured = nas.parse_header(pdu)
        self.header = Header.PLAIN if secured is None else secured.header_type
        if secured is None:
            plain = pdu
        elif self.security is None:
            assert not secured.header_type.ciphered
            plain = secured.payload
        else:
            plain = self.security.unprotect(pdu, uplink=True)
        if pycrate_nas is not None:
            pycrate_nas.same(plain)
        return nas.decode(plain)

    async def silence(self, seconds: float = 1.0) -> None:
        """Nothing arrives for a while."""
        await asyncio.sleep(seconds)
        assert self.uplink.empty(), self.read(self.uplink.get_nowait())

    def release(self, cause: str = "normal") -> None:
        """UE Context Release and RRC Release."""
        self.connection = None
        self.phone.on_released(cause)

    # authentication and security

    def challenge(
        self,
        *,
        sqn: int | None = None,
        amf: bytes = b"\x80\x00",
        ksi: int = 0,
        spoil: bool = False,
        **more: Any,
    ) -> nas.AuthenticationRequest:
        """The next authentication vector's challenge; the network keeps what it expects."""
        self.sqn = self.sqn + 0x20 if sqn is None else sqn
        self.rand_count += 1
        rand = bytes([self.rand_count]) * 16
        keys = self.home.f2345(rand)
        octets = self.sqn.to_bytes(6)
        token = autn(octets, keys.ak, amf, self.home.f1(rand, octets, amf))
        if spoil:
            token = token[:-1] + bytes([token[-1] ^ 1])
        kausf = kdf.kausf(keys.ck, keys.ik, SNN, xor(octets, keys.ak))
        self.next_kamf = kdf.kamf(kdf.kseaf(kausf, SNN), "imsi-" + IMSI)
        self.xres_star = kdf.res_star(keys.ck, keys.ik, SNN, rand, keys.res)
        self.rand = rand
        values = {"ngksi": nas.KeySetIdentifier(ksi), "abba": b"\0\0", "rand": rand, "autn": token} | more
        return nas.AuthenticationRequest(**values)

    def new_security(self, ksi: int = 0, ciphering: int = 2, integrity: int = 2) -> nas.NasSecurity:
        return nas.NasSecurity(
            ngksi=ksi,
            knas_enc=kdf.nas_key(self.kamf, kdf.KeyType.NAS_ENC, ciphering),
            knas_int=kdf.nas_key(self.kamf, kdf.KeyType.NAS_INT, integrity),
            ciphering=ciphering,
            integrity=integrity,
        )

    def command(self, ksi: int = 0, ciphering: int = 2, integrity: int = 2, **more: Any) -> Any:
        values = {
            "selected_nas_security_algorithms": nas.SecurityAlgorithms(ciphering, integrity),
            "ngksi": nas.KeySetIdentifier(ksi),
            "replayed_ue_security_capabilities": nas.UeSecurityCapability.of((0, 1, 2, 3), (1, 2, 3)),
            "imeisv_request": True,
        } | more
        return nas.SecurityModeCommand(**values)

    async def authenticate(self, ksi: int = 0, header: Header | None = None) -> None:
        """A successful 5G AKA (TS 24.501 5.4.1.3)."""
        self.send(self.challenge(ksi=ksi), header)
        response = await self.gets(nas.AuthenticationResponse)
        assert response.response == self.xres_star
        self.kamf = self.next_kamf

    async def secure(self, ksi: int = 0, ciphering: int = 2, integrity: int = 2) -> nas.SecurityModeComplete:
        """A successful security mode control (5.4.2)."""
        self.security = self.new_security(ksi, ciphering, integrity)
        self.send(self.command(ksi, ciphering, integrity), Header.NEW_CONTEXT)
        complete = await self.gets(nas.SecurityModeComplete)
        assert self.header == Header.CIPHERED_NEW_CONTEXT
        self.count_at_kgnb = self.security.last_uplink_count
        return complete

    def accept(self, **more: Any) -> nas.RegistrationAccept:
        values: dict[str, Any] = {
            "registration_result": nas.RegistrationResult(),
            "guti": GUTI,
            "tai_list": (TAI,),
            "allowed_nssai": (Snssai(1),),
            "t3512_value": nas.GprsTimer3(3600),
        } | more
        return nas.RegistrationAccept(**values)

    async def registers(self, **more: Any) -> Any:
        """The whole of initial registration of a phone without context; returns Security Mode Complete."""
        task = asyncio.ensure_future(self.phone.register())
        try:
            self.request = await self.gets(nas.RegistrationRequest)
            await self.authenticate()
            complete = await self.secure()
            self.send(self.accept(**more))
            if more.get("guti", GUTI) is not None:
                await self.gets(nas.RegistrationComplete)
            await task
        finally:
            task.cancel()
        return complete

    def radio_security(self, kgnb: bytes | None = None) -> SecurityModeCommand:
        """RRC Security Mode Command with K_gNB from the network's side."""
        key = kgnb if kgnb is not None else kdf.kgnb(self.kamf, self.count_at_kgnb)
        message = b"\x00\x01\x02"
        rrc_int = kdf.algorithm_key(key, kdf.KeyType.RRC_INT, 2)
        return SecurityModeCommand(2, 2, message, mac(2, rrc_int, 0, 0, DOWNLINK, message))

    # sessions

    async def session_message(self, kind: type) -> Any:
        """The next 5GSM message of the phone."""
        transport = await self.gets(nas.UlNasTransport)
        self.transport = transport
        message = nas.decode(transport.payload_container)
        self.log.append(type(message).__name__)
        assert isinstance(message, kind), f"{message} instead of {kind.__name__}"
        return message

    def send_session(self, message: Any, **more: Any) -> None:
        payload = message if isinstance(message, bytes) else nas.encode(message)
        session = payload[1] if len(payload) > 1 else 1
        self.send(
            nas.DlNasTransport(
                payload_container_type=nas.PayloadContainerType.N1_SM,
                payload_container=payload,
                pdu_session_id=session or 1,
                **more,
            )
        )

    def session_accept(self, request: Any, **more: Any) -> nas.PduSessionEstablishmentAccept:
        values: dict[str, Any] = {
            "pdu_session_id": request.pdu_session_id,
            "pti": request.pti,
            "selected_pdu_session_type": PduSessionType.IPV4,
            "selected_ssc_mode": SscMode.SSC_1,
            "authorized_qos_rules": (RULE,),
            "session_ambr": Ambr(10_000_000, 20_000_000),
            "pdu_address": nas.PduAddress(IPv4Address("10.45.0.2")),
            "s_nssai": Snssai(1),
            "dnn": "internet",
            "extended_protocol_configuration_options": nas.ProtocolOptions.answer(
                [IPv4Address("10.45.0.1")], mtu=1400
            ),
        } | more
        return nas.PduSessionEstablishmentAccept(**values)

    async def opens(self, *, bearer: bool = True, **more: Any) -> Any:
        """A session from request to accept; returns the phone's Session."""
        wish = {k: more.pop(k) for k in ("dnn", "snssai", "kind") if k in more}
        task = asyncio.ensure_future(self.phone.open_session(**wish))
        try:
            request = await self.session_message(nas.PduSessionEstablishmentRequest)
            self.send_session(self.session_accept(request, **more))
            if bearer:
                self.bearer(request.pdu_session_id)
            return await task
        finally:
            task.cancel()

    def bearer(self, *sessions: int) -> None:
        self.phone.on_bearers(tuple(Bearer(session, (1,)) for session in sessions), ())


def auts_sqn(network: Network, auts: bytes) -> int:
    """The SQN in an AUTS, its MAC-S checked (TS 33.102 6.3.5)."""
    parts = parse_auts(auts)
    sqn = xor(parts.sqn_xor_ak, network.home.f5star(network.rand))
    assert network.home.f1star(network.rand, sqn, b"\0\0") == parts.mac
    return int.from_bytes(sqn)


def play(flow: Any, **changes: Any) -> Network:
    """Run a flow against a fresh phone in virtual time; nothing may be left behind."""

    async def main() -> Network:
        network = Network(**changes)
        try:
            await flow(network)
        finally:
            await network.phone.close()
        assert network.phone.alarms.running("T3512") is False
        assert not network.cell.camping
        return network

    return run_virtual(main())


@contextlib.asynccontextmanager
async def doing(work: Any, fails: type[BaseException] | None = None):
    """Something the phone does while the network answers; it has ended, as expected, when the block has."""
    task = asyncio.ensure_future(work)
    try:
        yield task
        await asyncio.wait([task], timeout=400)
        assert task.done(), "the phone is still at it"
        if fails is None:
            await task
        else:
            with pytest.raises(fails):
                await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

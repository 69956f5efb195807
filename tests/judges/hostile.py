"""Octets that wish the network ill: bent copies of real ones, and a radio that nobody controls.

`bend` spoils octets as radios, cables and attackers do. `Rogue` is an association of its own to the AMF that
sends whatever it is told and collects what comes back; `unharmed` is what every attack must leave behind.
"""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any

import msgspec

from judges.faults import Fated, ping, recovered
from pilot5g.flow.link import Association
from pilot5g.ran.gnb.procedures.ng_setup import setup_request
from pilot5g.ran.ue.phone import Phone
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.values import gnb_id_to

EDGES = (0, 1, 0x7E, 0x7F, 0x80, 0xFE, 0xFF)
ROGUE = "127.0.0.66"
"""Where the rogue radio is."""


def bend(octets: bytes, chance: Random, times: int = 0) -> bytes:
    """The same octets, spoiled in one to four places."""
    bent = bytearray(octets)
    for _ in range(times or chance.randint(1, 4)):
        _spoil(bent, chance)
    return bytes(bent)


def _spoil(bent: bytearray, chance: Random) -> None:
    at = chance.randrange(len(bent) + 1)
    match chance.randrange(8):
        case 0 if bent:
            bent[at % len(bent)] ^= 1 << chance.randrange(8)
        case 1 if bent:
            bent[at % len(bent)] = chance.choice(EDGES)
        case 2:
            del bent[at:]
        case 3:
            del bent[at : at + chance.randint(1, 8)]
        case 4:
            bent[at:at] = chance.randbytes(chance.randint(1, 8))
        case 5:
            bent[at:at] = bent[max(0, at - chance.randint(1, 40)) : at]
        case 6 if bent:
            bent[at % len(bent)] = (bent[at % len(bent)] + chance.choice((-1, 1))) & 255
        case _:
            bent[at : at + 4] = bytes(4)


def with_nas(octets: bytes, change: Any) -> bytes:
    """An NGAP message with another NAS message in it, as `change` makes it of the one there is."""
    message = decode(octets)
    pdu = getattr(message, "nas_pdu", None)
    return octets if pdu is None else encode(msgspec.structs.replace(message, nas_pdu=change(pdu)))


def sender_is_radio(octets: bytes) -> bool:
    """Whether a message is one that radios send about a phone or themselves."""
    return type(decode(octets)).__name__ in UPLINK


UPLINK = frozenset(
    {
        "NGSetupRequest",
        "InitialUEMessage",
        "UplinkNASTransport",
        "InitialContextSetupResponse",
        "InitialContextSetupFailure",
        "UERadioCapabilityInfoIndication",
        "UEContextReleaseRequest",
        "UEContextReleaseComplete",
        "PDUSessionResourceSetupResponse",
        "PDUSessionResourceReleaseResponse",
        "PDUSessionResourceNotify",
        "NGReset",
        "NGResetAcknowledge",
        "ErrorIndication",
    }
)


class Rogue:
    """A radio that sends what it likes. It answers nothing by itself."""

    def __init__(self, network: Fated, host: str = ROGUE) -> None:
        self.network = network
        self.host = host
        self.got: list[Message] = []
        self.unreadable = 0
        self.up = self.down = False
        self.endpoint = network.memory.endpoint()
        remote = (str(network.config.n2.address), network.config.n2.port)
        self.association = self.endpoint.connect((host, 0), remote, self)

    def on_up(self, association: Association) -> None:
        self.up = True

    def on_down(self, association: Association, reason: str) -> None:
        self.down = True

    def on_message(self, association: Association, data: bytes, stream: int) -> None:
        self.got.append(decode(data))  # the AMF says nothing that cannot be read

    async def set_up(self, number: int = 66) -> Rogue:
        """A proper NG Setup under a gNB ID of its own."""
        site = self.network.gnbs[0]._site
        identity = gnb_id_to(msgspec.structs.replace(site.config.identity, value=number))
        self.says(msgspec.structs.replace(setup_request(site), global_ran_node_id=identity))
        await asyncio.sleep(0.1)
        assert isinstance(self.got.pop(), ngap.NGSetupResponse)
        return self

    def says(self, message: Message, stream: int = 0) -> None:
        """Send a message that is one."""
        self.octets(encode(message), stream)

    def octets(self, data: bytes, stream: int = 0) -> None:
        """Send anything; where the AMF has hung up, on a new association."""
        if self.down:
            remote = (str(self.network.config.n2.address), self.network.config.n2.port)
            self.down = False
            self.association = self.endpoint.connect((self.host, 0), remote, self)
        self.association.send(data, stream)

    def takes(self) -> list[Message]:
        """What has come since the last time."""
        got, self.got = self.got, []
        return got

    async def leave(self) -> None:
        """Hang up."""
        await self.endpoint.close()


async def unharmed(network: Fated, *phones: Phone) -> None:
    """The phones are still registered by their first registration and ping in their first session, and a
    phone that was never here can register."""
    for phone in phones:
        registered = len(phone.measurements.registration)
        assert phone.registered, f"{phone.config.name} was thrown out"
        await ping(network, phone, tries=1)
        assert len(phone.measurements.registration) == registered
    new = network.units[-1].phone
    if not new.registered:
        await recovered(network, new)
        await new.deregister()


def understood(octets: bytes) -> bool:
    """Whether octets are an NGAP message after all."""
    try:
        decode(octets)
    except DecodeError:
        return False
    return True

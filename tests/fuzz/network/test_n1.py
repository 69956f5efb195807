"""N1 of the whole network under attack by somebody with keys: what is protected well and says nonsense.

A phone of the network itself, real and registered, sends bent plain text under valid protection, in every
state of its life; so does an AMF towards its phone. Replays, wrong codes and plain messages come in between.
`HYPOTHESIS_PROFILE=deep` goes through fifty times as many lives.
"""

from random import Random

import msgspec
import pytest

from judges.faults import DEEP, Fated, recovered, through
from judges.hostile import bend, with_nas
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.nas.security import NasSecurity
from pilot5g.wire.ngap.codec import decode

SEEDS = range(100 if DEEP else 3)


@pytest.mark.parametrize("uplink", [True, False], ids=["phone", "AMF"])
@pytest.mark.parametrize("seed", SEEDS)
def test_nonsense_under_valid_protection(seed, uplink, monkeypatch):
    """One message in six of the first phone, or of the AMF to it, says something else than was meant."""
    chance, truth = Random(seed), NasSecurity.protect
    lies: list[Fated] = []

    def protect(keys, plain, header_type, *, uplink_now):  # type: ignore[no-untyped-def]
        if lies and uplink_now is uplink and keys.knas_int != honest(lies[0]) and chance.randrange(6) == 0:
            plain = garbled(plain, chance)
        return truth(keys, plain, header_type, uplink=uplink_now)

    async def begin(network: Fated) -> None:
        lies.append(network)

    async def afterwards(network: Fated) -> None:
        lies.clear()
        await recovered(network, network.phone)

    with monkeypatch.context() as patch:
        patch.setattr(
            NasSecurity, "protect", lambda self, p, h, *, uplink: protect(self, p, h, uplink_now=uplink)
        )
        through({}, seed=seed, before=begin, instead_of_recovery=afterwards)


def honest(network: Fated) -> bytes:
    """The key of the bystander, of whom nobody tells lies."""
    current = network.bystander.context.current
    return current.nas.knas_int if current is not None and current.nas is not None else b""


def garbled(plain: bytes, chance: Random) -> bytes:
    """Bent octets, a 5GSM message bent inside its transport, another message altogether."""
    match chance.randrange(4):
        case 0:
            return chance.choice(STRANGE)
        case 1:
            try:
                message = nas.decode(plain)
                inner = getattr(message, "payload_container", None)
                if inner:
                    changed = {"payload_container": bend(inner, chance)}
                    return nas.encode(msgspec.structs.replace(message, **changed))
            except (DecodeError, EncodeError):
                pass
    return bend(plain, chance)


STRANGE = (
    *(
        bytes.fromhex(text)
        for text in (
            "7e",  # nothing but a discriminator
            "7e00",
            "7e0041",  # a registration request without anything
            "7e004171",
            "7e004179000101",  # truncated SUCI
            "7e004179000d0100f110f0ff000000000000",
            "7e004c",  # a service request without anything
            "7e004c00",
            "7e0045",
            "7e004509",
            "7e005e",  # security mode complete, nothing in it
            "7e005e7100027e00",
            "7e0057",  # authentication response without RES*
            "7e00572d0100",
            "7e005915300e" + "00" * 14,  # synch failure at the wrong time
            "7e005c00",  # an identity of length nothing
            "7e005c000100",
            "7e0067",  # transport of nothing
            "7e00670100002e0000c1",
            "7e006701000412000000" + "00" * 4,
            "7e00670100042e0101c11201",  # a session request cut off
            "7e00670100042e00ffc112008191",
            "7e00670100042eff00c112ff8191",
            "7e00670f00012e1201",
            "7e0043",  # registration complete, unasked
            "7e0046",
            "7e0054",
            "7e0068",
            "7e00ff",  # no such message
            "2e0101c1ffff",  # 5GSM without a transport
            "2e0000d6",
            "0741",  # EPS
            "7e007e0041",
            "7e047e047e047e047e047e04",
            "7e0056",
            "7e005d",
            "7e005d0200",
            "7e0042",
            "7e004201",
            "7e0042010177000bf200f110010041deadbeef",
            "7e0044",
            "7e004e",
            "7e004d",
            "7e0047",
            "7e00641f",
            "7e0065",
        )
    ),
    b"\x7e\x00\x41" + bytes(3000),
    bytes(9000),
    b"\x7e\x00\x67\x01\xff\xff" + bytes(65535),
)


GUTI = "000bf200f110010041deadbeef"
WHOLE = {
    "nothing": "",
    "one octet": "7e",
    "a service request": "7e004c100007f40041deadbeef",
    "a farewell": "7e004501" + GUTI,
    "a transport": "7e00670100042e0101c1",
    "a session request": "2e0101c1ffff91",
    "a security mode complete": "7e005e",
    "one of its own kind within": "7e004179" + GUTI + "2e04f070f07071000b7e004179000100",
    "a registration by somebody else": "7e004179" + GUTI + "2e04f070f070",
    "an emergency": "7e00417c" + GUTI + "2e04f070f070",
    "other algorithms": "7e004179" + GUTI + "2e028080",
    "no slice that exists": "7e004179" + GUTI + "2e04f070f0702f0504fffffffe",
    "slices without end": "7e004179" + GUTI + "2e04f070f0702f48" + "04010203ff" * 14 + "0102",
    "a status of every session": "7e00417b" + GUTI + "2e04f070f0705002ffff4002ffff",
    "an octet too few": "7e004179000bf200f110010041deadbe",
    "random octets": "9f3c0f7e11",
}


@pytest.mark.parametrize("name", WHOLE)
def test_the_whole_initial_message_is(name, monkeypatch):
    """In Security Mode Complete the phone says that its initial message was another (TS 24.501 4.4.6)."""
    truth = NasSecurity.protect
    lies = [True]

    def protect(keys, plain, header_type, *, uplink):  # type: ignore[no-untyped-def]
        if lies and uplink and plain[2:3] == b"\x5e":
            lies.clear()
            whole = bytes.fromhex(WHOLE[name])
            plain = b"\x7e\x00\x5e\x71" + len(whole).to_bytes(2) + whole
        return truth(keys, plain, header_type, uplink=uplink)

    async def begin(network: Fated) -> None:
        monkeypatch.setattr(NasSecurity, "protect", protect)

    through({}, before=begin)
    assert lies == []


@pytest.mark.parametrize("towards", ["core", "radio"])
@pytest.mark.parametrize("seed", SEEDS)
def test_replays_wrong_codes_and_plain_messages(seed, towards):
    """Beside a phone's messages come old ones again, its own ones with a wrong code, and plain ones, on the
    same connection: none of them counts, so the life goes on as if they were not there."""
    chance = Random(seed)
    heard: list[bytes] = []

    def fate(association, data, deliver) -> None:
        message = decode(data)
        to_radio = association.peer[1] == 38412
        pdu = getattr(message, "nas_pdu", None)
        if pdu is None or to_radio != (towards == "radio") or not protected(message):
            deliver()
            return
        heard.append(pdu)
        for _ in range(chance.randrange(3)):
            deliver(with_nas(data, lambda _: harmless(chance, heard[:-1], pdu)))
        deliver()
        for _ in range(chance.randrange(3)):
            deliver(with_nas(data, lambda _: harmless(chance, heard, pdu)))

    network = through({}, fate=fate, seed=seed)
    assert network.happened == []
    assert len(network.phone.measurements.registration) == 3  # initial, periodic, and that of `recovered`


def protected(message: object) -> bool:
    """Whether a NAS transport is one in which secure exchange is established already."""
    pdu = getattr(message, "nas_pdu", b"")
    return type(message).__name__ in ("UplinkNASTransport", "DownlinkNASTransport") and pdu[1:2] == b"\x02"


def harmless(chance: Random, old: list[bytes], pdu: bytes) -> bytes:
    """A NAS message that must not count after security."""
    match chance.randrange(3):
        case 0 if old:
            return chance.choice(old)
        case 1:
            spoiled = bytearray(pdu)
            spoiled[chance.randrange(2, len(spoiled))] ^= 1 << chance.randrange(8)
            return bytes(spoiled)
        case _:
            return chance.choice([text for text in STRANGE if len(text) < 100 and text[1:2] == b"\0"])

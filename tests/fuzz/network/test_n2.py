"""N2 of the whole network under attack: bent NGAP, whole NGAP with bent NAS, other radios' identities.

Whatever arrives, phones on other radios notice nothing, new ones can register, every answer is one that
TS 38.413 clause 10 or the procedure knows, and when the attacker has gone nothing is left of it.
`HYPOTHESIS_PROFILE=deep` sends fifty times as much.
"""

import asyncio
from random import Random

import msgspec
import pytest

from judges.faults import DEEP, Fated, empty, no_bug, ping, through
from judges.hostile import Rogue, bend, sender_is_radio, unharmed, with_nas
from pilot5g.flow.clock import run_virtual
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ngap.codec import decode, encode

SEEDS = range(100 if DEEP else 2)
ANSWERS = frozenset(
    {
        "DownlinkNASTransport",
        "ErrorIndication",
        "InitialContextSetupRequest",
        "NGResetAcknowledge",
        "NGSetupFailure",
        "NGSetupResponse",
        "PDUSessionResourceReleaseCommand",
        "PDUSessionResourceSetupRequest",
        "Paging",
        "RANConfigurationUpdateAcknowledge",
        "RANConfigurationUpdateFailure",
        "UEContextReleaseCommand",
    }
)
"""All that an AMF may say to a radio, however that behaves."""


def beset(attack, *, seed: int) -> None:
    """`attack(rogue, chance, captured)` while two phones are there; afterwards all is as it should be."""

    async def main() -> None:
        network = Fated(phones=3, seed=seed)
        await network.start()
        phones = (network.phone, network.bystander)
        for phone in phones:
            await phone.register()
            await ping(network, phone)
        rogue = await Rogue(network).set_up()
        captured = [octets for octets in network.sent if sender_is_radio(octets)]
        await attack(rogue, Random(seed), captured)
        await asyncio.sleep(0.5)
        assert {type(message).__name__ for message in rogue.takes()} <= ANSWERS
        await unharmed(network, *phones)
        await asyncio.sleep(60)
        assert [c for c in network.core.amf.connections.values() if c.radio.name not in NAMES] == []
        assert network.core.ausf.open_challenges <= 2
        await rogue.leave()
        await unharmed(network, *phones)
        await empty(network)

    with no_bug():
        run_virtual(main())


NAMES = ("gnb-1", "gnb-2")


@pytest.mark.parametrize("seed", SEEDS)
def test_bent_ngap(seed):
    async def attack(rogue: Rogue, chance: Random, captured: list[bytes]) -> None:
        for i in range(600):
            rogue.octets(bend(chance.choice(captured), chance), chance.randrange(16))
            if i % 50 == 0:
                await asyncio.sleep(0.05)

    beset(attack, seed=seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_whole_ngap_with_bent_nas(seed):
    """Every message can be read as NGAP, and names a connection of the rogue's own or a new one."""

    async def attack(rogue: Rogue, chance: Random, captured: list[bytes]) -> None:
        first = [octets for octets in captured if type(decode(octets)).__name__ == "InitialUEMessage"]
        others = [octets for octets in captured if type(decode(octets)).__name__ == "UplinkNASTransport"]
        for number in range(200, 260):
            message = decode(with_nas(chance.choice(first), lambda pdu: maybe(pdu, chance)))
            rogue.says(msgspec.structs.replace(message, ran_ue_ngap_id=number), 1)
            await asyncio.sleep(0.01)
            ours = [m for m in rogue.got if getattr(m, "ran_ue_ngap_id", None) == number]
            for _ in range(8 if ours else 0):
                message = decode(with_nas(chance.choice(others), lambda pdu: maybe(pdu, chance)))
                ids = {"amf_ue_ngap_id": ours[0].amf_ue_ngap_id, "ran_ue_ngap_id": number}
                rogue.says(msgspec.structs.replace(message, **ids), 1)
                await asyncio.sleep(0.003)

    beset(attack, seed=seed)


def maybe(pdu: bytes, chance: Random) -> bytes:
    """As it is (a replay), bent, or anything."""
    match chance.randrange(8):
        case 0:
            return pdu
        case 1:
            return chance.randbytes(chance.randrange(40))
        case _:
            return bend(pdu, chance)


@pytest.mark.parametrize("seed", SEEDS)
def test_identities_of_other_radios_phones(seed):
    """Every captured message of the honest radios with identities mixed anew: what is not the rogue's own
    is unknown to it (TS 38.413 10.6), and costs the owner nothing."""

    async def attack(rogue: Rogue, chance: Random, captured: list[bytes]) -> None:
        for _ in range(300):
            message = decode(chance.choice(captured))
            change = {
                name: chance.choice((0, 1, 2, 3, 77, 2**32 - 1))
                for name in ("amf_ue_ngap_id", "ran_ue_ngap_id")
                if getattr(message, name, None) is not None
            }
            rogue.octets(encode(msgspec.structs.replace(message, **change)), chance.randrange(16))
            await asyncio.sleep(0.002)

    beset(attack, seed=seed)


@pytest.mark.parametrize("towards", ["core", "radio"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_life_with_bent_copies_of_its_messages(towards, seed):
    """Beside every message of a phone's radio come bent copies of it: the phone may have to try again, and
    comes through; the other notices nothing."""
    chance = Random(seed)

    def fate(association, data, deliver) -> None:
        before = chance.random() < 0.5
        if not before:
            deliver()
        if (association.peer[1] == 38412) == (towards == "radio"):
            for _ in range(chance.randrange(3)):
                deliver(twisted(data, chance))
        if before:
            deliver()

    through({}, fate=fate, seed=seed)


@pytest.mark.parametrize("towards", ["core", "radio"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_life_with_one_message_in_ten_bent(towards, seed):
    """Here the message itself is spoiled."""
    chance = Random(seed)

    def fate(association, data, deliver) -> None:
        hit = (association.peer[1] == 38412) == (towards == "radio") and chance.random() < 0.1
        deliver(twisted(data, chance) if hit else data)

    through({}, fate=fate, seed=seed)


def twisted(data: bytes, chance: Random) -> bytes:
    """Bent as octets, in its NAS, or in its identities."""
    try:
        match chance.randrange(3):
            case 0:
                return with_nas(data, lambda pdu: bend(pdu, chance))
            case 1:
                message = decode(data)
                if getattr(message, "ran_ue_ngap_id", None) is not None:
                    number = chance.choice((message.ran_ue_ngap_id, 1, 0, 5))
                    message = msgspec.structs.replace(message, ran_ue_ngap_id=number)
                return encode(message)
    except (DecodeError, EncodeError):
        pass
    return bend(data, chance)

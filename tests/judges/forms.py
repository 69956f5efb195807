"""What one form of the hot modules makes of bent inputs, as a digest: `python -m judges.forms SEED EACH`.

From the seed come valid NGAP messages and transfers, NAS messages with real tags, G-PDUs, keys; their octets
are bent, decoded, and what came out is encoded again. Every result and the words of every error are digested,
so that two forms with one digest agree on all of them. It prints how many inputs that were, and the digest.
"""

import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from random import Random
from typing import Any

from judges import ngap_values
from pilot5g.crypto import kdf
from pilot5g.crypto.milenage import Milenage
from pilot5g.crypto.nas_algorithms import cipher, mac
from pilot5g.crypto.tuak import Tuak
from pilot5g.wire import gtpu, nas
from pilot5g.wire.nas.table import FIXED, FLAG, HALF, SHORT, Row
from pilot5g.wire.ngap import codec, errors, messages, transfers

EACH = int(sys.argv[2])
"""Inputs made of every NGAP message and transfer; the other parts take multiples of it."""


def bent(random: Random, octets: bytes) -> bytes:
    """The octets, or some of them turned, replaced, cut out, doubled or added."""
    out = bytearray(octets)
    for _ in range(random.randrange(4)):
        at = random.randrange(len(out)) if out else 0
        match random.randrange(5):
            case 0 if out:
                out[at] ^= 0x80 >> random.randrange(8)
            case 1 if out:
                out[at] = random.choice((0x00, 0xFF, 0x80, 0xC4, random.randrange(256)))
            case 2:
                del out[at : at + random.randint(1, 8)]
            case 3:
                out[at:at] = out[at : at + random.randint(1, 16)]
            case _:
                out[at:at] = random.randbytes(random.randint(1, 4))
    return bytes(out)


def outcome(call: Callable[..., object], *arguments: object) -> str:
    """What a call gives, or what it raises and says."""
    try:
        return repr(call(*arguments))
    except ValueError as error:
        more = errors.criticality_diagnostics(error) if isinstance(error, errors.NgapError) else ""
        return f"{type(error).__name__}: {error} {getattr(error, 'cause', '')} {more}"


def ngap_again(octets: bytes) -> bytes:
    """An NGAP message decoded and encoded."""
    return codec.encode(codec.decode(octets, any_order=True))


def transfer_again(name: str, octets: bytes) -> bytes:
    """A transfer decoded and encoded."""
    return transfers.encode_transfer(name, transfers.decode_transfer(name, octets))


def nas_again(octets: bytes) -> bytes:
    """A NAS message decoded and encoded."""
    return nas.encode(nas.decode(octets))


def unprotected(receiver: nas.NasSecurity, octets: bytes) -> bytes:
    """The plain message."""
    return receiver.unprotect(octets, uplink=True)


def vector(algorithm: Callable[..., Any], k: bytes, op: bytes, rand: bytes, sqn: bytes, amf: bytes) -> object:
    """All functions of an algorithm set."""
    one = algorithm(k, op)
    return one.f1(rand, sqn, amf), one.f1star(rand, sqn, amf), one.f2345(rand), one.f5star(rand)


def ngap(random: Random) -> Iterator[str]:
    """Every NGAP message and transfer."""
    maker = ngap_values.Maker(random)
    for kind in messages.MESSAGES:
        for _ in range(EACH):
            octets = bent(random, codec.encode(maker.message(kind, optional=random.random())))
            yield outcome(codec.decode, octets)
            yield outcome(ngap_again, octets)
    for name in sorted(transfers.NAMES):
        for _ in range(EACH):
            octets = bent(random, transfers.encode_transfer(name, maker.transfer(name, rest=random.random())))
            yield outcome(transfers.decode_transfer, name, octets)
            yield outcome(transfer_again, name, octets)


def element(random: Random, row: Row) -> bytes:
    """An element of this row with any content; half octets fill theirs."""
    tag = b"" if row.iei is None else bytes((row.iei,))
    if row.framing == HALF:
        return bytes(((row.iei or random.randrange(16) << 4) | random.randrange(16),))
    content = random.randbytes(random.randint(row.low, min(row.high, row.low + 12)))
    if row.framing in (FIXED, FLAG):
        return tag + content
    return tag + len(content).to_bytes(1 if row.framing == SHORT else 2) + content


def nas_messages(random: Random) -> Iterator[str]:
    """Every NAS message with some of its elements, plain and protected."""
    for cls in (*nas.GMM.values(), *nas.GSM.values()):
        gsm = issubclass(cls, nas.GsmMessage)
        head = bytes((0x2E, 5, 1, cls.MESSAGE_TYPE) if gsm else (0x7E, 0, cls.MESSAGE_TYPE))
        for _ in range(EACH * 3):
            there = [row for row in cls.TABLE.rows if row.iei is None or random.random() < 0.4]
            octets = bent(random, head + b"".join(element(random, row) for row in there))
            yield outcome(nas.decode, octets)
            yield outcome(nas_again, octets)


def protection(random: Random) -> Iterator[str]:
    """Protected messages, bent and not, under every pair of algorithms."""
    for _ in range(EACH * 10):
        key, plain = random.randbytes(16), random.randbytes(random.randrange(80))
        security = {"ngksi": 0, "knas_enc": key, "knas_int": key[::-1]}
        security |= {"ciphering": random.randrange(4), "integrity": random.randrange(4)}
        sender, receiver = nas.NasSecurity(**security), nas.NasSecurity(**security)
        kind = nas.SecurityHeaderType(random.randrange(1, 5))
        octets = sender.protect(plain, kind, uplink=True)
        yield octets.hex()
        octets = random.choice((octets, bent(random, octets)))
        yield outcome(unprotected, receiver, octets)
        yield repr((sender, receiver))


def packets(random: Random) -> Iterator[str]:
    """G-PDUs with and without PDU session container."""
    for _ in range(EACH * 100):
        kinds = (None, gtpu.UlPduSessionInformation(9), gtpu.DlPduSessionInformation(5, True))
        wrap = gtpu.Encapsulation(random.randrange(2**32), random.choice(kinds))
        octets = bent(random, wrap(random.randbytes(random.randrange(60))))
        yield outcome(gtpu.decapsulate, octets)
        yield outcome(gtpu.decode, octets)


def keys(random: Random) -> Iterator[str]:
    """Algorithms and derivations with any input, of wrong sizes as well."""
    for _ in range(EACH * 20):
        k, op, rand = (random.randbytes(random.choice((16, 16, 16, 32, 5))) for _ in range(3))
        sqn, amf, data = random.randbytes(6), random.randbytes(2), random.randbytes(random.randrange(70))
        where = (random.randrange(2**32), random.randrange(32), random.randrange(2))
        bits = random.choice((None, random.randrange(len(data) * 8 + 1)))
        for n in range(4):
            yield outcome(cipher, n, k, *where, data, bits)
            yield outcome(mac, n, k, *where, data, bits)
        for algorithm in (Milenage, Tuak):
            yield outcome(vector, algorithm, k, random.choice((op, op * 2)), rand, sqn, amf)
        yield kdf.kdf(k, random.randrange(256), op, rand).hex()
        yield kdf.res_star(k, op, "5G:mnc001.mcc001.3gppnetwork.org", rand, sqn).hex()


def main() -> None:
    """Print the number of outcomes and their digest."""
    random = Random(int(sys.argv[1]))
    found, count = sha256(), 0
    for part in (ngap, nas_messages, protection, packets, keys):
        for each in part(random):
            found.update(each.encode())
            count += 1
    print(count, found.hexdigest())


if __name__ == "__main__":
    main()

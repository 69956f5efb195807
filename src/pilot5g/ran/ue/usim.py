"""The SIM: who the subscriber is, how it is concealed, and how a challenge is checked.

The USIM checks the network first (MAC, then the sequence number by the array of TS 33.102 annex C.2), and
only a challenge that passes gives keys. SQN is SEQ || IND with five bits of IND: the array remembers for
every IND the highest SEQ it took, so that vectors fetched by two servers may come out of order.
"""

from __future__ import annotations

import hmac
from functools import lru_cache

import msgspec

from pilot5g.crypto import kdf
from pilot5g.crypto.aka import auts, parse_autn, xor
from pilot5g.crypto.algorithm import AkaAlgorithm
from pilot5g.crypto.milenage import Milenage
from pilot5g.crypto.suci import SuciError, conceal, msin_to_bcd
from pilot5g.crypto.tuak import Tuak
from pilot5g.flow.entropy import Entropy
from pilot5g.model import Suci
from pilot5g.ran.ue.config import Algorithm, PhoneConfig

IND_BITS = 5
DELTA = 1 << 28
"""How far SEQ may jump ahead (TS 33.102 C.2.1 with the value of C.3.1)."""
LIMIT = 1 << 28
"""How far below the highest SEQ an unused one may lie (the optional L of TS 33.102 C.2.2)."""
RESYNC_AMF = b"\0\0"
"""AMF of a resynchronisation is all zero (TS 33.102 6.3.3)."""
SEPARATION_BIT = 0x80
"""Bit 0 of AMF: the vector is for EPS or 5GS use (TS 33.102 annex H)."""


class AkaResult(msgspec.Struct, frozen=True):
    """The challenge is genuine and fresh: what f2 to f5 give."""

    res: bytes
    ck: bytes
    ik: bytes
    sqn_xor_ak: bytes

    def __repr__(self) -> str:
        """Without the keys, which belong into no log."""
        return "AkaResult()"


class Authenticated(msgspec.Struct, frozen=True):
    """The network is genuine: what to answer and the key the answer binds both to."""

    res_star: bytes
    kausf: bytes
    kseaf: bytes


class MacFailure(msgspec.Struct, frozen=True):
    """MAC-A is wrong: whoever made this does not know K (cause #20)."""


class SynchFailure(msgspec.Struct, frozen=True):
    """SQN was used before or is out of range (cause #21): AUTS tells where the SIM stands."""

    auts: bytes


class NotFor5g(msgspec.Struct, frozen=True):
    """The separation bit of AMF is 0: a vector of another system (cause #26, TS 24.501 5.4.1.3.6)."""


Refusal = MacFailure | SynchFailure | NotFor5g
Challenge = Authenticated | Refusal


class Usim:
    """A SIM in a phone. `seq` is its memory of sequence numbers, one SEQ for each IND."""

    __slots__ = ("_config", "seq")

    def __init__(self, config: PhoneConfig, seq: list[int] | None = None) -> None:
        """`seq`: the memory of a SIM that was used before. Raises ValueError for keys that are none."""
        self._config = config
        _check_keys(config)
        self.seq = seq if seq is not None else [0] * (1 << IND_BITS)

    def check(self, rand: bytes, autn: bytes) -> AkaResult | Refusal:
        """Check a challenge of 16 octets each (TS 33.102 6.3.3). Raises ValueError on other lengths."""
        parts = parse_autn(autn)
        algorithm = _algorithm(self._config)
        keys = algorithm.f2345(rand)
        sqn = xor(parts.sqn_xor_ak, keys.ak)
        if not hmac.compare_digest(algorithm.f1(rand, sqn, parts.amf), parts.mac):
            return MacFailure()
        if not self._fresh(int.from_bytes(sqn)):
            return SynchFailure(self._resynchronise(algorithm, rand))
        if not parts.amf[0] & SEPARATION_BIT:
            return NotFor5g()
        return AkaResult(keys.res, keys.ck, keys.ik, parts.sqn_xor_ak)

    def authenticate(self, rand: bytes, autn: bytes, snn: str) -> Challenge:
        """5G AKA (TS 33.501 6.1.3.2) for serving network `snn`. Raises ValueError as `check` does."""
        keys = self.check(rand, autn)
        if not isinstance(keys, AkaResult):
            return keys
        kausf = kdf.kausf(keys.ck, keys.ik, snn, keys.sqn_xor_ak)
        res_star = kdf.res_star(keys.ck, keys.ik, snn, rand, keys.res)
        return Authenticated(res_star, kausf, kdf.kseaf(kausf, snn))

    def conceal(self, entropy: Entropy) -> Suci:
        """A fresh SUCI (TS 33.501 6.12.2)."""
        c = self._config
        plain = msin_to_bcd(c.msin)
        output = plain if c.scheme == 0 else _concealed(c, plain, entropy)
        return Suci(c.home_plmn, c.routing_indicator, c.scheme, c.home_key_id if c.scheme else 0, output)

    def _fresh(self, sqn: int) -> bool:
        """Whether SQN is acceptable; if so it is used up (TS 33.102 C.2.1, C.2.2)."""
        seq, ind = sqn >> IND_BITS, sqn & ((1 << IND_BITS) - 1)
        highest = max(self.seq)
        if seq - highest > DELTA or highest - seq >= LIMIT or seq <= self.seq[ind]:
            return False
        self.seq[ind] = seq
        return True

    def _resynchronise(self, algorithm: AkaAlgorithm, rand: bytes) -> bytes:
        """AUTS over the highest SQN that was ever accepted (TS 33.102 6.3.3, C.2.2)."""
        highest = max(self.seq)
        sqn = (highest << IND_BITS | self.seq.index(highest)).to_bytes(6)
        return auts(sqn, algorithm.f5star(rand), algorithm.f1star(rand, sqn, RESYNC_AMF))


def _check_keys(config: PhoneConfig) -> None:
    """What is no key is found when the SIM is made, not at its first registration."""
    if config.algorithm is Algorithm.TUAK or len(config.k) != 16 or len(config.opc) != 16:
        _algorithm(config)
    if config.scheme:
        _check_home_key(config.scheme, config.home_public_key)


@lru_cache(maxsize=64)
def _check_home_key(scheme: int, key: bytes) -> None:
    """One computation a key, for networks have few and phones are many."""
    conceal(scheme, key, b"\0", bytes(31) + b"\1")


def _algorithm(config: PhoneConfig) -> AkaAlgorithm:
    """Made for each challenge: a context of AES is larger than all else that a SIM remembers.

    Raises ValueError for keys that are none.
    """
    if config.algorithm is Algorithm.TUAK:
        return Tuak(config.k, config.opc)
    return Milenage(config.k, config.opc)


def _concealed(config: PhoneConfig, plain: bytes, entropy: Entropy) -> bytes:
    """The scheme output; an ephemeral key that is none (1 in 2^32 for profile B) is drawn again."""
    for _ in range(3):
        try:
            return conceal(config.scheme, config.home_public_key, plain, entropy(32))
        except SuciError as refused:
            last = refused
    raise last

"""Keys of a phone: from a challenge to NAS and radio keys (TS 33.501 6.2, annex A; TS 24.501 4.4.2)."""

from __future__ import annotations

import hmac
from functools import lru_cache

import msgspec

from pilot5g.crypto import kdf
from pilot5g.crypto.nas_algorithms import DOWNLINK, UPLINK, Integrity
from pilot5g.model import Supi
from pilot5g.ran.radio import SecurityModeCommand
from pilot5g.ran.rrc import RECONFIGURATION_COMPLETE, short_mac_input
from pilot5g.ran.ue.context import SecurityContext
from pilot5g.ran.ue.usim import Authenticated
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import NasSecurity, SecurityAlgorithms, UeSecurityCapability, transparent

NULL = 0
"""NIA0 and NEA0."""
SRB1 = 0
"""BEARER for signalling radio bearer 1: its identity less one (TS 38.323 5.9)."""


@lru_cache(maxsize=256)
def capability(ciphering: tuple[int, ...], integrity: tuple[int, ...]) -> UeSecurityCapability:
    """What a phone says it can do; phones of one kind share it."""
    return UeSecurityCapability.of(ciphering, integrity)


def partial(challenge: Authenticated, supi: Supi, ngksi: int, abba: bytes) -> SecurityContext:
    """The partial native context that an authentication makes (TS 24.501 5.4.1.3.2)."""
    return SecurityContext(ngksi=ngksi, kamf=kdf.kamf(challenge.kseaf, supi, abba), abba=abba)


def nas_keys(context: SecurityContext, algorithms: SecurityAlgorithms) -> NasSecurity:
    """NAS keys for the selected algorithms, COUNTs at zero (TS 33.501 A.8, TS 24.501 5.4.2.3)."""
    return NasSecurity(
        ngksi=context.ngksi,
        knas_enc=kdf.nas_key(context.kamf, kdf.KeyType.NAS_ENC, algorithms.ciphering),
        knas_int=kdf.nas_key(context.kamf, kdf.KeyType.NAS_INT, algorithms.integrity),
        ciphering=algorithms.ciphering,
        integrity=algorithms.integrity,
    )


def told_in_handover(context: SecurityContext, octets: bytes) -> SecurityContext:
    """The context that an intra N1 mode NAS transparent container makes of the current one: other algorithms,
    or a new K_AMF as well, with COUNTs at zero then (TS 33.501 6.9.2.3.4, A.13). The current one stays as it
    is. Raises DecodeError where the container is not genuine."""
    told = transparent.decode(octets)
    if context.nas is None or told.mapped or told.ngksi != context.ngksi:
        raise DecodeError("the NAS container is for another security context")
    count = context.nas.estimate(told.sequence, uplink=False)
    new = msgspec.structs.replace(context)
    if told.new_kamf:
        new.kamf = kdf.kamf_prime(context.kamf, DOWNLINK, count)
        new.kgnb_count = transparent.NO_COUNT
    if not (0 <= told.ciphering <= 3 and 1 <= told.integrity <= 3):
        raise DecodeError(f"the NAS container selects NEA{told.ciphering} and NIA{told.integrity}")
    keys = nas_keys(new, SecurityAlgorithms(told.ciphering, told.integrity))
    if not told.is_genuine(octets, keys.knas_int):
        raise DecodeError("the NAS container has a wrong message authentication code")
    if not told.new_kamf:
        keys.uplink_count, keys.downlink_count = context.nas.uplink_count, count + 1
    new.nas = keys
    return new


class KeyChain(msgspec.Struct):
    """K_gNB and what the next ones are made of, the same as its AMF and gNBs have (TS 33.501 6.9.2.1.1).

    `nh` is that of `ncc`, and before there is one the K_gNB that the first is derived with (A.10).
    """

    kamf: bytes
    kgnb: bytes
    nh: bytes
    ncc: int = 0

    @classmethod
    def begun(cls, context: SecurityContext, count: int) -> KeyChain:
        """As RRC Security Mode Command left it; `count` is the uplink NAS COUNT of its K_gNB."""
        kgnb = kdf.kgnb(context.kamf, count)
        return cls(context.kamf, kgnb, kgnb)

    def handed_over(self, ncc: int, pci: int, arfcn: int) -> bytes:
        """The K_gNB of a target cell: from the K_gNB in use where the NCC is the same, else from the NH of
        that NCC (TS 33.501 6.9.2.3.4)."""
        base = self.kgnb if ncc == self.ncc else b""
        while ncc != self.ncc:
            self.nh = base = kdf.nh(self.kamf, self.nh)
            self.ncc = (self.ncc + 1) % 8
        self.kgnb = kdf.kng_ran_star(base, pci, arfcn)
        return self.kgnb


def complete_mac(kgnb: bytes, integrity: int) -> bytes:
    """The MAC-I of RRC Reconfiguration Complete, the first message under a new key: COUNT 0, SRB1, uplink.
    Raises DecodeError for an algorithm that is none."""
    if not 1 <= integrity <= 3:
        raise DecodeError(f"NIA{integrity} protects nothing")
    key = kdf.algorithm_key(kgnb, kdf.KeyType.RRC_INT, integrity)
    return Integrity(integrity, key).mac(0, SRB1, UPLINK, RECONFIGURATION_COMPLETE)


def short_mac(kgnb: bytes, integrity: int, pci: int, cell: int) -> bytes:
    """ShortMAC-I of RRC Reestablishment Request: all ones for COUNT, BEARER and DIRECTION (TS 38.331
    5.3.7.4)."""
    key = kdf.algorithm_key(kgnb, kdf.KeyType.RRC_INT, integrity)
    return Integrity(integrity, key).mac(0xFFFFFFFF, 31, DOWNLINK, short_mac_input(pci, cell))[-2:]


def radio_mac_is_right(context: SecurityContext, command: SecurityModeCommand) -> bool:
    """Check the MAC-I of RRC Security Mode Command with the phone's own K_gNB (TS 38.331 5.3.4.3).

    It is the first message under the key: COUNT 0, downlink, SRB1.
    """
    if command.integrity == NULL:  # for emergency services without authentication (TS 33.501 10.2.2)
        return context.nas is not None and context.nas.integrity == NULL
    if not 1 <= command.integrity <= 3:
        return False
    kgnb = kdf.kgnb(context.kamf, context.kgnb_count)
    key = kdf.algorithm_key(kgnb, kdf.KeyType.RRC_INT, command.integrity)
    mac = Integrity(command.integrity, key).mac(0, SRB1, DOWNLINK, command.message)
    return hmac.compare_digest(mac, command.mac)

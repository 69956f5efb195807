"""AS security as far as it shows: algorithms are chosen, and RRC Security Mode Command is real.

The command is the octets that TS 38.331 gives it (UPER), and its MAC is computed with K_RRCint from the K_gNB
that the AMF sent (TS 33.501 6.7.4, A.8). A phone that derived another K_gNB refuses it, so both ends cannot
be wrong about keys unnoticed. As the first message under the key it has COUNT 0, on SRB1, downlink.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from pilot5g.crypto.kdf import KeyType, algorithm_key, kng_ran_star
from pilot5g.crypto.nas_algorithms import DOWNLINK, UPLINK, mac
from pilot5g.ran.gnb.context import AsSecurity
from pilot5g.ran.radio import SecurityModeCommand
from pilot5g.ran.rrc import RECONFIGURATION_COMPLETE, short_mac_input

NULL = 0
SRB1_BEARER = 0
"""The BEARER input of SRB1: the radio bearer's identity less one (TS 38.323 5.9)."""

NO_RADIO_CAPABILITY = bytes.fromhex("000800")
"""UERadioAccessCapabilityInformation with an empty list of containers (TS 38.331 11.2.2): what an emulated
phone's radio can do is nothing that anybody measures."""


def choose(preferred: Sequence[int], supported: int) -> int | None:
    """The first of `preferred` that the UE supports; `supported` is a NAS octet, algorithm 0 in its most
    significant bit (TS 33.501 6.7.3.0, TS 24.501 9.11.3.54). None where there is none."""
    return next((number for number in preferred if supported & 0x80 >> number), None)


def choose_integrity(preferred: Sequence[int], supported: int, ciphering: int) -> int | None:
    """As `choose`; null integrity where the AMF names no algorithm of either kind, which it does of a phone
    that registers for emergency services without a SIM (TS 33.501 10.2.2.2)."""
    return choose(preferred, supported) if (supported | ciphering) & 0x7F else NULL


def security_mode_command(security: AsSecurity) -> SecurityModeCommand:
    """RRC Security Mode Command under this security (TS 38.331 5.3.4.2)."""
    message = _encoded(security.ciphering, security.integrity)
    key = algorithm_key(security.kgnb, KeyType.RRC_INT, security.integrity)
    tag = mac(security.integrity, key, 0, SRB1_BEARER, DOWNLINK, message)
    return SecurityModeCommand(security.integrity, security.ciphering, message, tag)


def handed_over(security: AsSecurity, pci: int, arfcn: int) -> tuple[bytes, int]:
    """K_NG-RAN* for a target cell, and its NCC: from the NH at hand, else from K_gNB (TS 33.501
    6.9.2.3.2)."""
    if security.next_hop is not None:
        ncc, nh = security.next_hop
        return kng_ran_star(nh, pci, arfcn), ncc
    return kng_ran_star(security.kgnb, pci, arfcn), security.ncc


def complete_is_right(security: AsSecurity, tag: bytes) -> bool:
    """Whether the MAC of RRC Reconfiguration Complete is right: the first message under the new key, and so
    the proof that the phone has it (TS 38.331 5.3.5.3). COUNT 0, on SRB1, uplink."""
    key = algorithm_key(security.kgnb, KeyType.RRC_INT, security.integrity)
    expected = mac(security.integrity, key, 0, SRB1_BEARER, UPLINK, RECONFIGURATION_COMPLETE)
    return hmac.compare_digest(expected, tag)


def short_mac_is_right(security: AsSecurity, pci: int, cell: int, tag: bytes) -> bool:
    """Check ShortMAC-I: the last 16 bits of a MAC with COUNT, BEARER and DIRECTION all ones (TS 38.331
    5.3.7.4)."""
    key = algorithm_key(security.kgnb, KeyType.RRC_INT, security.integrity)
    expected = mac(security.integrity, key, 0xFFFFFFFF, 31, DOWNLINK, short_mac_input(pci, cell))
    return hmac.compare_digest(expected[-2:], tag)


def _encoded(ciphering: int, integrity: int) -> bytes:
    """DL-DCCH-Message with SecurityModeCommand, UPER (TS 38.331 6.2.1, 6.2.2, 6.3.3).

    c1; the fifth of its alternatives; transaction 0; securityModeCommand; no late and no non-critical
    extension; securityConfigSMC and its securityAlgorithmConfig not extended; integrityProtAlgorithm there;
    two enumerations of four bits each, the first an extension bit; zeros to the octet.
    """
    bits = f"0{4:04b}{0:02b}0{0:02b}001{ciphering:04b}{integrity:04b}000"
    return int(bits, 2).to_bytes(3, "big")

"""Keys of a phone: from a challenge to NAS and radio keys (TS 33.501 6.2, annex A; TS 24.501 4.4.2)."""

from __future__ import annotations

import hmac

from pilot5g.crypto import kdf
from pilot5g.crypto.nas_algorithms import DOWNLINK, Integrity
from pilot5g.model import Supi
from pilot5g.ran.radio import SecurityModeCommand
from pilot5g.ran.ue.context import SecurityContext
from pilot5g.ran.ue.usim import Authenticated
from pilot5g.wire.nas import NasSecurity, SecurityAlgorithms

SRB1 = 0
"""BEARER for signalling radio bearer 1: its identity less one (TS 38.323 5.9)."""


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


def radio_mac_is_right(context: SecurityContext, command: SecurityModeCommand) -> bool:
    """Check the MAC-I of RRC Security Mode Command with the phone's own K_gNB (TS 38.331 5.3.4.3).

    It is the first message under the key: COUNT 0, downlink, SRB1.
    """
    if not 1 <= command.integrity <= 3:
        return False
    kgnb = kdf.kgnb(context.kamf, context.kgnb_count)
    key = kdf.algorithm_key(kgnb, kdf.KeyType.RRC_INT, command.integrity)
    mac = Integrity(command.integrity, key).mac(0, SRB1, DOWNLINK, command.message)
    return hmac.compare_digest(mac, command.mac)

"""Emergency services: who may have them, and what an AMF knows without any subscription (TS 23.501 5.16.4).

The emergency configuration data are one data network in one slice, and the numbers that phones shall take for
emergency calls. A phone without a SIM, or whose SIM the network does not take, is let in where the network is
configured so; then nothing is proved, and null algorithms protect nothing (TS 33.501 10.2.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pilot5g.core.amf.context import KeySet
from pilot5g.model import Ambr, Snssai, Supi
from pilot5g.wire import nas
from pilot5g.wire.nas.ies import to_bcd
from pilot5g.wire.nas.security import NasSecurity

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

EVERY_SERVICE = 0b11111
"""Emergency service category: police, ambulance, fire brigade, marine guard, mountain rescue (TS 24.008
10.5.4.33)."""
UNPROVED = "imei-"
"""How the names of phones begin that have proved nothing."""
NULL = 0
"""NIA0 and NEA0."""


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """What a network has for emergencies. `anybody`: phones without a SIM as well, and those that fail
    authentication."""

    dnn: str
    snssai: Snssai
    anybody: bool = False
    numbers: tuple[str, ...] = ()
    ue_ambr: Ambr = Ambr(uplink=10_000_000, downlink=10_000_000)

    @property
    def number_list(self) -> bytes | None:
        """Emergency number list without its tag (TS 24.008 10.5.3.13); None where there is none."""
        entries = (bytes((EVERY_SERVICE,)) + to_bcd(number) for number in self.numbers)
        return b"".join(bytes((len(each),)) + each for each in entries) or None


def features(emergency: Emergency | None) -> nas.NetworkFeatureSupport:
    """5GS network feature support (TS 24.501 9.11.3.5): EMC over NR where there are emergency services."""
    return nas.NetworkFeatureSupport.of(emergency=0 if emergency is None else 1)


def unproved_name(ue: Ue, identity: nas.MobileIdentity) -> Supi:
    """What to call a phone that has proved nothing: by its equipment where it tells it (TS 23.502 4.2.2.2.2
    step 1), never by a subscriber's identity."""
    if isinstance(identity, nas.Imei | nas.Imeisv):
        return Supi(f"{UNPROVED}{identity.digits}")
    return Supi(f"{UNPROVED}unknown-{ue.amf.entropy(8).hex()}")


def null_keys(ue: Ue, ngksi: int) -> KeySet:
    """Keys that nobody shares, with the null algorithms (TS 33.501 10.2.2.2, TS 24.501 5.4.2.2)."""
    security = NasSecurity(
        ngksi=ngksi, knas_enc=bytes(16), knas_int=bytes(16), ciphering=NULL, integrity=NULL
    )
    return KeySet(kamf=ue.amf.entropy(32), nas=security)

"""The home network's half of AKA: authentication vectors, resynchronisation, and the SUCI's secret.

The phone's half is in pilot5g.ran; the two share the algorithms, which published vectors judge, and nothing
else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from pilot5g.crypto import kdf
from pilot5g.crypto.aka import autn, parse_auts, xor
from pilot5g.crypto.algorithm import AkaAlgorithm
from pilot5g.crypto.eap_aka import prime
from pilot5g.crypto.milenage import Milenage
from pilot5g.crypto.suci import HomeKey, bcd_to_msin
from pilot5g.crypto.tuak import Tuak
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.recent import Recent
from pilot5g.model import Plmn, Suci, Supi, supi
from pilot5g.service.nausf import Resynchronisation
from pilot5g.service.nudm import AuthenticationVector, EapAkaPrimeVector
from pilot5g.service.nudr import AuthenticationSubscription, Nudr

RESYNC_AMF = b"\0\0"
"""The AMF that MAC-S is computed with (TS 33.102 6.3.3)."""


KEYED: Final = 1 << 6
"""Subscribers whose keyed algorithm is kept, about a kilobyte each: for those who try again at once. It is
made in some microseconds, and a phone that authenticates every few hours is not worth a kilobyte."""


class _Keyed(msgspec.Struct, frozen=True, gc=False):
    k: bytes
    opc: bytes
    name: str
    aka: AkaAlgorithm


class Algorithms:
    """The algorithm sets, keyed, of the subscribers that authenticated last."""

    __slots__ = ("_recent",)

    def __init__(self, bound: int = KEYED) -> None:
        self._recent: Recent[Supi, _Keyed] = Recent(bound)

    def of(self, who: Supi, subscription: AuthenticationSubscription) -> AkaAlgorithm:
        """The algorithm set of a subscriber, keyed with what the subscription says now."""
        k, opc, name = subscription.k, subscription.opc, subscription.algorithm
        kept = self._recent.get(who)
        if kept is not None and kept.k == k and kept.opc == opc and kept.name == name:
            return kept.aka
        aka: AkaAlgorithm = Tuak(k, opc) if name == "tuak" else Milenage(k, opc)
        self._recent.put(who, _Keyed(k, opc, name, aka))
        return aka


def vector(
    who: Supi, aka: AkaAlgorithm, how: AuthenticationSubscription, sqn: int, snn: str, entropy: Entropy
) -> AuthenticationVector | EapAkaPrimeVector:
    """A 5G HE authentication vector (TS 33.501 6.1.3.2 step 1), or one of EAP-AKA' (6.1.3.1 step 1)."""
    rand, sequence = entropy(16), sqn.to_bytes(6)
    mac, keys = aka.f12345(rand, sequence, how.amf)
    token = autn(sequence, keys.ak, how.amf, mac)
    if how.method == "EAP_AKA_PRIME":
        ck, ik = prime(keys.ck, keys.ik, snn, token[:6])
        return EapAkaPrimeVector(who, rand, token, keys.res, ck, ik)
    return AuthenticationVector(
        supi=who,
        rand=rand,
        autn=token,
        xres_star=kdf.res_star(keys.ck, keys.ik, snn, rand, keys.res),
        kausf=kdf.kausf(keys.ck, keys.ik, snn, token[:6]),
    )


async def resynchronise(who: Supi, aka: AkaAlgorithm, resync: Resynchronisation, repository: Nudr) -> None:
    """Take over SQN_MS where MAC-S proves that it is the USIM's (TS 33.102 6.3.5).

    Raises ServiceError where it does not: the stored SQN stays.
    """
    given = parse_auts(resync.auts)
    sqn_ms = xor(given.sqn_xor_ak, aka.f5star(resync.rand))
    if aka.f1star(resync.rand, sqn_ms, RESYNC_AMF) != given.mac:
        raise ServiceError(
            Problem.AUTHENTICATION_REJECTED,
            f"{who} asked for resynchronisation with a wrong MAC-S",
            "K or OPc of the SIM differs from the subscriber's: compare both",
        )
    await repository.set_sqn(who, int.from_bytes(sqn_ms))


SCHEMES = (1, 2)
"""Profile A and profile B (TS 33.501 C.3.4); 0 is the null scheme."""


class Concealment:
    """The home network keys that open SUCIs (TS 33.501 6.12.5, the SIDF)."""

    def __init__(self, plmn: Plmn, keys: Mapping[int, HomeKey]) -> None:
        """`keys` by home network public key identifier."""
        self._plmn = plmn
        self._keys = dict(keys)

    def reveal(self, suci: Suci) -> Supi:
        """The SUPI of a SUCI. Raises ServiceError with the cause of TS 29.503 table 6.3.7.3-1."""
        if suci.plmn != self._plmn:
            raise ServiceError(
                Problem.USER_NOT_FOUND,
                f"the SIM belongs to PLMN {suci.plmn}, this is {self._plmn}",
                "change `network.plmn` or the SIM",
            )
        try:
            return supi(self._plmn.mcc + self._plmn.mnc + bcd_to_msin(self._plain(suci)))
        except ValueError as wrong:
            raise ServiceError(
                Problem.INVALID_SCHEME_OUTPUT,
                f"the concealed identity does not open: {wrong}",
                "the SIM holds another home network public key than this network's: write the current one",
            ) from wrong

    def _plain(self, suci: Suci) -> bytes:
        if suci.scheme == 0:
            return suci.output
        if suci.scheme not in SCHEMES:
            raise ServiceError(
                Problem.UNSUPPORTED_PROTECTION_SCHEME,
                f"the SIM conceals its identity by scheme {suci.scheme}, which is not standardised",
                "give the SIM the null scheme, profile A or profile B",
            )
        key = self._keys.get(suci.key_id)
        if key is None:
            raise ServiceError(
                Problem.INVALID_HN_PUBLIC_KEY_IDENTIFIER,
                f"the SIM used home network key {suci.key_id}, which this network does not have",
                f"add key {suci.key_id} under `security.home_network_keys`",
            )
        if key.scheme != suci.scheme:
            raise ServiceError(
                Problem.UNSUPPORTED_PROTECTION_SCHEME,
                f"the SIM used scheme {suci.scheme} with key {suci.key_id}, a key of scheme {key.scheme}",
                "give the SIM the key's own profile",
            )
        return key.reveal(suci.output)

"""The EAP server of EAP-AKA' (RFC 9048, RFC 4187, TS 33.501 6.1.3.1): one authentication of one phone.

It is asked for the first request and told each response; it does no I/O and has no clock. What a peer says
that cannot be read or does not fit ends the authentication, for the AMF's transport is reliable and repeats
by itself (TS 24.501 5.4.1.2.4).
"""

from __future__ import annotations

import hmac

import msgspec

from pilot5g.crypto.eap_aka import KDF_PRIME, PrimeKeys, mac, prime_keys
from pilot5g.service.nudm import EapAkaPrimeVector
from pilot5g.wire import eap
from pilot5g.wire.eap import AkaMessage, At, EapCode, Subtype
from pilot5g.wire.errors import DecodeError

WRONG_SIM = "K or OPc of the SIM differs from the subscriber's: compare both"
WRONG_PHONE = "the phone does not follow RFC 9048; try another, or 5G-AKA"
OFFERED = eap.number(At.KDF, KDF_PRIME)


class Genuine(msgspec.Struct, frozen=True):
    """The phone knows the key."""


class OutOfStep(msgspec.Struct, frozen=True):
    """The SIM has seen this sequence number: `auts` says where it stands (RFC 4187 6.3.1)."""

    auts: bytes


class Told(msgspec.Struct, frozen=True):
    """It has failed; the phone is told so by a notification first, and has to confirm that."""


class Failed(msgspec.Struct, frozen=True):
    """It is over, for a reason in plain words."""

    reason: str
    fix: str


Heard = Genuine | OutOfStep | Told | Failed

GENERAL_FAILURE = 0x4000
"""A notification code: failure, outside of any protected exchange (RFC 4187 10.19)."""


class EapSession:
    """One EAP-AKA' authentication; `vector` is that of the challenge under way."""

    __slots__ = ("_failed", "_identifier", "_keys", "_nai", "_snn", "resynchronised", "vector")

    def __init__(self, vector: EapAkaPrimeVector, nai: str, snn: str, identifier: int) -> None:
        """`nai` is the SUPI as a NAI, `snn` the serving network name, `identifier` any first one."""
        self._nai = nai
        self._snn = snn
        self._identifier = identifier
        self._failed: Failed | None = None
        self.resynchronised = False
        self.challenge(vector)

    def challenge(self, vector: EapAkaPrimeVector) -> None:
        """The next request is by this vector."""
        self.vector = vector
        self._keys: PrimeKeys = prime_keys(vector.ck_prime, vector.ik_prime, self._nai)
        self._identifier = (self._identifier + 1) % 256

    @property
    def kausf(self) -> bytes:
        """K_AUSF of the challenge under way."""
        return self._keys.kausf

    def request(self) -> bytes:
        """What the phone is to answer next."""
        return self._challenge() if self._failed is None else self._notification()

    def _notification(self) -> bytes:
        """EAP-Request/AKA'-Notification (RFC 4187 9.10)."""
        told = (eap.number(At.NOTIFICATION, GENERAL_FAILURE),)
        return AkaMessage(EapCode.REQUEST, self._identifier, Subtype.NOTIFICATION, told).encode()

    def _challenge(self) -> bytes:
        """EAP-Request/AKA'-Challenge (RFC 4187 9.3, RFC 9048 3.1 and 3.2)."""
        bare = AkaMessage(
            EapCode.REQUEST,
            self._identifier,
            Subtype.CHALLENGE,
            (
                eap.fixed(At.RAND, self.vector.rand),
                eap.fixed(At.AUTN, self.vector.autn),
                OFFERED,
                eap.sized(At.KDF_INPUT, self._snn.encode()),
                eap.MAC_ZERO,
            ),
        ).encode()
        return bare[:-16] + mac(self._keys.aut, bare)

    def success(self) -> bytes:
        """EAP-Success (RFC 3748 4.2)."""
        return eap.EapPacket(EapCode.SUCCESS, self._identifier).encode()

    def failure(self) -> bytes:
        """EAP-Failure."""
        return eap.EapPacket(EapCode.FAILURE, self._identifier).encode()

    def hear(self, octets: bytes) -> Heard:
        """What a response comes to."""
        try:
            message = AkaMessage.decode(octets)
            if (message.code, message.identifier) != (EapCode.RESPONSE, self._identifier):
                return Failed("it answered another EAP request than the one it was sent", WRONG_PHONE)
            return self._understood(message, octets)
        except DecodeError as wrong:
            return Failed(f"its EAP response cannot be read: {wrong}", WRONG_PHONE)

    def _understood(self, message: AkaMessage, octets: bytes) -> Heard:
        if self._failed is not None:
            return self._failed  # the notification is confirmed, or was not understood
        match message.subtype:
            case Subtype.CHALLENGE:
                return self._answered(message, octets)
            case Subtype.SYNCHRONIZATION_FAILURE:
                return self._out_of_step(message)
            case Subtype.AUTHENTICATION_REJECT:
                return Failed("it does not accept the challenge", WRONG_SIM)
            case Subtype.CLIENT_ERROR:
                return Failed("it could not process the challenge", WRONG_SIM)
            case other:
                return Failed(f"it answered with EAP-AKA' message {other}", WRONG_PHONE)

    def _answered(self, message: AkaMessage, octets: bytes) -> Heard:
        """AT_RES under AT_MAC (RFC 4187 6.2, 9.4)."""
        given, res = message.fixed(At.MAC, 16), message.sized(At.RES, 8)
        if res is None and message.kdfs:
            asked = ", ".join(str(each) for each in message.kdfs)
            return Failed(f"it asks for key derivation function {asked}, which was not offered", WRONG_PHONE)
        if given is None or res is None:
            return Failed("its answer lacks AT_RES or AT_MAC", WRONG_PHONE)
        if not hmac.compare_digest(given, mac(self._keys.aut, eap.without_mac(octets))):
            return self._tell("the MAC of its answer is wrong")
        if not hmac.compare_digest(res, self.vector.xres):
            return self._tell("its answer to the challenge is wrong")
        return Genuine()

    def _tell(self, reason: str) -> Told:
        """RFC 4187 6.3.2: a server error is notified before the failure."""
        self._failed = Failed(reason, WRONG_SIM)
        self._identifier = (self._identifier + 1) % 256
        return Told()

    def _out_of_step(self, message: AkaMessage) -> Heard:
        """AT_AUTS, once; the key derivation functions that were offered come back with it (RFC 9048 3.2)."""
        auts = message.one(At.AUTS)
        if auts is None or len(auts) != 14 or message.kdfs != (KDF_PRIME,):
            return Failed("its request for resynchronisation lacks AT_AUTS or AT_KDF", WRONG_PHONE)
        if self.resynchronised:
            return Failed(
                "its sequence number does not fit the subscriber's, even after resynchronisation",
                "check that no other network or SIM uses the same subscriber, and its AMF field",
            )
        self.resynchronised = True
        return OutOfStep(auts)

"""The EAP peer of EAP-AKA' (RFC 9048, RFC 4187): what a SIM and its phone answer to an EAP request.

Nothing is kept here: what a negotiation of the key derivation function needs, its caller keeps. The network
is checked in the order of the book: the attributes, AUTN by the SIM, the name of the network, and then the
MAC over the whole request.
"""

from __future__ import annotations

import hmac

import msgspec

from pilot5g.crypto.eap_aka import KDF_PRIME, PrimeKeys, mac, prime, prime_keys
from pilot5g.ran.ue.usim import AkaResult, MacFailure, NotFor5g, SynchFailure, Usim
from pilot5g.wire import eap
from pilot5g.wire.eap import AkaMessage, At, EapCode, Subtype
from pilot5g.wire.errors import DecodeError

UNDERSTOOD = frozenset({At.RAND, At.AUTN, At.MAC, At.KDF, At.KDF_INPUT})
UNABLE = 0
"""Client error: unable to process packet (RFC 4187 10.20)."""


class Answered(msgspec.Struct, frozen=True):
    """The network is genuine; `response` proves the phone, and both have K_AUSF."""

    response: bytes
    kausf: bytes

    def __repr__(self) -> str:
        """Without the key, which belongs into no log."""
        return "Answered()"


class Declined(msgspec.Struct, frozen=True):
    """The challenge is not acceptable, for a reason in words; `response` says so."""

    response: bytes
    reason: str


class Negotiating(msgspec.Struct, frozen=True):
    """Another key derivation function of those `offered` is asked for (RFC 9048 3.2)."""

    response: bytes
    offered: tuple[int, ...]


class Noted(msgspec.Struct, frozen=True):
    """The network says how it stands; `response` confirms that it was heard (RFC 4187 6.1)."""

    response: bytes
    code: int


Heard = Answered | Declined | Negotiating | Noted


def hear(usim: Usim, octets: bytes, nai: str, snn: str, offered: tuple[int, ...] = ()) -> Heard:
    """What a request comes to. `offered` are the functions of a negotiation that is under way."""
    try:
        message = AkaMessage.decode(octets)
        if message.code != EapCode.REQUEST:
            raise DecodeError("it is no request")
    except DecodeError as wrong:
        identifier = octets[1] if len(octets) > 1 else 0
        return _error(identifier, str(wrong))
    try:
        if message.subtype == Subtype.NOTIFICATION:
            return _notified(message)
        if message.subtype != Subtype.CHALLENGE:
            return _error(message.identifier, f"EAP-AKA' message {message.subtype} is not expected")
        return _challenged(usim, message, octets, nai, snn, offered)
    except DecodeError as wrong:
        return _error(message.identifier, str(wrong))


def _challenged(
    usim: Usim, message: AkaMessage, octets: bytes, nai: str, snn: str, offered: tuple[int, ...]
) -> Heard:
    """EAP-Request/AKA'-Challenge (RFC 4187 9.3, RFC 9048 3.1, 3.2). Raises DecodeError."""
    rand, autn = message.fixed(At.RAND, 16), message.fixed(At.AUTN, 16)
    given, name = message.fixed(At.MAC, 16), message.sized(At.KDF_INPUT)
    if unknown := message.unknown(UNDERSTOOD):
        raise DecodeError(f"attribute {unknown[0]} is unknown and must be understood")
    if rand is None or autn is None or given is None or name is None:
        raise DecodeError("AT_RAND, AT_AUTN, AT_KDF_INPUT or AT_MAC is missing")
    if (choice := _chosen(message, offered)) is not None:
        return choice
    match usim.check(rand, autn):
        case SynchFailure(auts):
            back = (
                eap.Attribute(At.AUTS, auts),
                *(each for each in message.attributes if each.type == At.KDF),
            )
            response = _response(message, Subtype.SYNCHRONIZATION_FAILURE, back)
            return Declined(response, "the sequence number is used")
        case MacFailure() | NotFor5g():
            return _rejected(message, "the challenge does not fit the SIM")
        case result:
            if name != snn.encode():
                return _rejected(message, f"the challenge is for network {name.decode(errors='replace')}")
            return _proved(message, octets, given, result, _keys(result, nai, snn))


def _keys(result: AkaResult, nai: str, snn: str) -> PrimeKeys:
    ck, ik = prime(result.ck, result.ik, snn, result.sqn_xor_ak)
    return prime_keys(ck, ik, nai)


def _chosen(message: AkaMessage, offered: tuple[int, ...]) -> Heard | None:
    """RFC 9048 3.2: the first function offered is taken, another one asked for once; None to go on."""
    kdfs = message.kdfs
    negotiated = bool(offered)
    if negotiated and kdfs != (KDF_PRIME, *offered):
        return _rejected(message, "the network changed the key derivation functions that it offers")
    if not negotiated and len(set(kdfs)) != len(kdfs):
        return _rejected(message, "a key derivation function is offered twice")
    if kdfs[:1] == (KDF_PRIME,):
        return None
    if KDF_PRIME not in kdfs:
        return _rejected(message, "no key derivation function is in common")
    response = _response(message, Subtype.CHALLENGE, (eap.number(At.KDF, KDF_PRIME),))
    return Negotiating(response, kdfs)


def _proved(message: AkaMessage, octets: bytes, given: bytes, result: AkaResult, keys: PrimeKeys) -> Heard:
    if not hmac.compare_digest(given, mac(keys.aut, eap.without_mac(octets))):
        return _error(message.identifier, "the MAC of the request is wrong")
    bare = _response(message, Subtype.CHALLENGE, (eap.sized(At.RES, result.res, 8), eap.MAC_ZERO))
    return Answered(bare[:-16] + mac(keys.aut, bare), keys.kausf)


def _notified(message: AkaMessage) -> Heard:
    """EAP-Request/AKA'-Notification (RFC 4187 6.1, 9.10). One that comes after the challenge would need a MAC
    under keys that a success alone makes last; it is answered all the same, for nothing depends on it."""
    value = message.one(At.NOTIFICATION)
    if value is None or len(value) != 2:
        raise DecodeError("a notification without its code")
    return Noted(_response(message, Subtype.NOTIFICATION, ()), int.from_bytes(value))


def _response(message: AkaMessage, subtype: Subtype, attributes: tuple[eap.Attribute, ...]) -> bytes:
    return AkaMessage(EapCode.RESPONSE, message.identifier, subtype, attributes).encode()


def _rejected(message: AkaMessage, reason: str) -> Declined:
    return Declined(_response(message, Subtype.AUTHENTICATION_REJECT, ()), reason)


def _error(identifier: int, reason: str) -> Declined:
    error = (eap.number(At.CLIENT_ERROR_CODE, UNABLE),)
    response = AkaMessage(EapCode.RESPONSE, identifier, Subtype.CLIENT_ERROR, error).encode()
    return Declined(response, reason)

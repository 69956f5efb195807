"""Security protected NAS messages (TS 24.501 4.4 and 9.1.1, TS 33.501 6.4).

Layout (figure 9.1.1.2): discriminator, security header type, message authentication code (4), sequence
number (1), then the plain or ciphered message. The code covers the sequence number and what follows it.

A NAS COUNT has 24 bits: 16 of overflow counter, 8 of sequence number, of which the message carries the
sequence number alone. `NasSecurity` keeps for either direction the COUNT that comes next, so a COUNT is never
used or accepted twice (4.4.3.2): a sequence number below the expected one is read as the next round, and a
repeated message then fails its integrity check. A new context starts both at zero; the owner of the old one
makes a new `NasSecurity`.
"""

from __future__ import annotations

import msgspec

from pilot5g.crypto.nas_algorithms import DOWNLINK, UPLINK
from pilot5g.wire.nas.codec import encode
from pilot5g.wire.nas.errors import CountExhausted, IntegrityError
from pilot5g.wire.nas.grammar import GmmMessage
from pilot5g.wire.nas.ies import CodePoint
from pilot5g.wire.nas.initial import cleartext, hidden
from pilot5g.wire.nas.sealing import Seal, header_type, seal

LAST_COUNT = 0xFFFFFF
"""The highest NAS COUNT (4.4.3.1)."""
RENEW_COUNT = LAST_COUNT - 0xFFFF
"""From this COUNT on the keys should be replaced: the overflow counter is in its last round (4.4.3.5)."""

THREE_GPP_ACCESS = 1
"""The NAS connection identifier of 3GPP access, which the algorithms take as BEARER (TS 33.501 6.4.2.2)."""


class SecurityHeaderType(CodePoint):
    """Security header type (table 9.3.1)."""

    PLAIN = 0
    INTEGRITY = 1
    CIPHERED = 2
    NEW_CONTEXT = 3
    CIPHERED_NEW_CONTEXT = 4

    @property
    def ciphered(self) -> bool:
        """Whether the message is ciphered as well as integrity protected."""
        return self in (2, 4)


class Secured(msgspec.Struct, frozen=True):
    """The parts of a security protected message; `payload` may be ciphered."""

    header_type: SecurityHeaderType
    mac: bytes
    sequence: int
    payload: bytes


def parse_header(octets: bytes) -> Secured | None:
    """The parts of a security protected message, None where the message is plain.

    Raises NasError for what is neither: to be ignored.
    """
    kind = header_type(octets)
    if kind == 0:
        return None
    return Secured(_TYPES[kind], octets[2:6], octets[6], octets[7:])


_TYPES = tuple(SecurityHeaderType(kind) for kind in range(5))


class NasSecurity(msgspec.Struct, kw_only=True, gc=False):
    """A 5G NAS security context in use, of either end. Plain data: it is stored with its UE.

    `uplink_count` and `downlink_count` are the COUNTs that come next.
    """

    ngksi: int
    knas_enc: bytes
    knas_int: bytes
    ciphering: int
    integrity: int
    uplink_count: int = 0
    downlink_count: int = 0
    bearer: int = THREE_GPP_ACCESS

    def __repr__(self) -> str:
        """Without the keys: contexts end up in logs."""
        counts = f"uplink_count={self.uplink_count}, downlink_count={self.downlink_count}"
        algorithms = f"ciphering={self.ciphering}, integrity={self.integrity}"
        return f"NasSecurity(ngksi={self.ngksi}, {algorithms}, {counts}, bearer={self.bearer})"

    @property
    def last_uplink_count(self) -> int:
        """The COUNT of the last uplink message, which K_gNB is derived with (TS 33.501 A.9)."""
        return max(self.uplink_count - 1, 0)

    @property
    def must_renew(self) -> bool:
        """Whether a COUNT is so high that the network should run authentication again (4.4.3.5)."""
        return max(self.uplink_count, self.downlink_count) >= RENEW_COUNT

    def protect(self, plain: bytes, kind: SecurityHeaderType, *, uplink: bool) -> bytes:
        """The message as it is sent, and one COUNT used up. Raises CountExhausted and ValueError."""
        count = self.uplink_count if uplink else self.downlink_count
        if count > LAST_COUNT:
            raise CountExhausted("the NAS COUNT has been used up: a new security context is needed")
        if not 1 <= kind <= 4:
            raise ValueError(f"security header type {int(kind)} does not protect")
        octets = self._seal().close(kind, count, self.bearer, UPLINK if uplink else DOWNLINK, plain)
        self._advance(uplink, count)
        return octets

    def unprotect(self, octets: bytes, *, uplink: bool) -> bytes:
        """The plain message of one that was received, and its COUNT marked as used.

        Raises IntegrityError where it is not protected or its code is wrong, for a repeated one as well, and
        NasError where it is no message at all. Nothing changes then.
        """
        if header_type(octets) == 0:
            raise IntegrityError("a plain NAS message where a protected one is expected")
        count = self.estimate(octets[6], uplink=uplink)
        if count > LAST_COUNT:
            raise IntegrityError("the NAS COUNT has been used up: a new security context is needed")
        plain = self._seal().open(octets, count, self.bearer, UPLINK if uplink else DOWNLINK)
        if plain is None:
            raise IntegrityError(f"wrong message authentication code (sequence number {octets[6]})")
        self._advance(uplink, count)
        return plain

    def estimate(self, sequence: int, *, uplink: bool) -> int:
        """The lowest COUNT not used yet that has this sequence number (4.4.3.1); may lie past LAST_COUNT."""
        expected = self.uplink_count if uplink else self.downlink_count
        count = expected & ~255 | sequence
        return count if count >= expected else count + 256

    def protect_initial(self, message: GmmMessage) -> bytes:
        """An initial message of a UE that has a context: what is not cleartext goes ciphered in a container.

        Integrity protected with the current context, header type 1 (4.4.6 case b).
        """
        container = None
        if hidden(message):
            container = self._apply(self.uplink_count, True, encode(message))
        plain = encode(cleartext(message, container))
        return self.protect(plain, SecurityHeaderType.INTEGRITY, uplink=True)

    def reveal(self, container: bytes) -> bytes:
        """The complete message in the NAS message container of the initial message just accepted."""
        return self._apply(self.last_uplink_count, True, container)

    def _seal(self) -> Seal:
        return seal(self.ciphering, self.knas_enc, self.integrity, self.knas_int)

    def _apply(self, count: int, uplink: bool, data: bytes) -> bytes:
        return self._seal().apply(count, self.bearer, UPLINK if uplink else DOWNLINK, data)

    def _advance(self, uplink: bool, count: int) -> None:
        if uplink:
            self.uplink_count = count + 1
        else:
            self.downlink_count = count + 1

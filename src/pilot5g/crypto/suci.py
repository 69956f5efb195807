"""How a phone conceals its permanent identity and the home network reveals it (TS 33.501 annex C).

Profile A is X25519, profile B secp256r1 with compressed points; both then run ECIES with the ANSI X9.63 KDF
over SHA-256, AES-128 in counter mode and HMAC-SHA-256 cut to 8 octets (C.3.4). The ephemeral key comes from
the caller, because randomness is injected. `HomeKey` keeps the parsed private key: parsing costs as much as
the key agreement.
"""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NULL_SCHEME: Final = 0
PROFILE_A: Final = 1
PROFILE_B: Final = 2

_MAC_OCTETS = 8
_POINT_OCTETS = {PROFILE_A: 32, PROFILE_B: 33}
_CURVE = ec.SECP256R1()

_PrivateKey = X25519PrivateKey | ec.EllipticCurvePrivateKey


class SuciError(ValueError):
    """A scheme output, key or digit string that cannot be used."""


def msin_to_bcd(msin: str) -> bytes:
    """MSIN digits as the null scheme carries them: two an octet, low nibble first, 0xF fills (TS 24.501
    9.11.3.4). Raises SuciError."""
    if not (msin.isascii() and msin.isdigit()):
        raise SuciError("an MSIN has decimal digits only")
    digits = msin + "f" * (len(msin) % 2)
    return bytes(int(digits[i + 1] + digits[i], 16) for i in range(0, len(digits), 2))


_SWAPPED = bytes(octet >> 4 | (octet & 15) << 4 for octet in range(256))
"""Every octet with its halves exchanged."""


def bcd_to_msin(octets: bytes) -> str:
    """The MSIN digits of a plaintext scheme output. Raises SuciError where it holds anything else."""
    digits = octets.translate(_SWAPPED).hex().removesuffix("f")
    if not digits.isdigit():
        raise SuciError("the concealed identity is no string of decimal digits")
    return digits


def conceal(scheme: int, home_public_key: bytes, plaintext: bytes, ephemeral_private: bytes) -> bytes:
    """The scheme output for `plaintext`, the MSIN in BCD or the user name of an NAI (TS 33.501 C.3.2).

    `home_public_key` has 32 octets for profile A, and is a compressed or uncompressed point for profile B;
    `ephemeral_private` has 32 octets, used once and never again. Raises SuciError.
    """
    if scheme == NULL_SCHEME:
        return plaintext
    key = _private(scheme, ephemeral_private)
    point = _public_octets(key)
    enc_key, counter, mac_key = _keys(_agree(key, home_public_key), point)
    ciphertext = _aes_ctr(enc_key, counter, plaintext)
    return point + ciphertext + _tag(mac_key, ciphertext)


def reveal(scheme: int, home_private_key: bytes, output: bytes) -> bytes:
    """The plaintext of a scheme output (TS 33.501 C.3.3). Raises SuciError on a bad length, point or MAC."""
    return output if scheme == NULL_SCHEME else HomeKey(scheme, home_private_key).reveal(output)


class HomeKey:
    """A private key of the home network for profile A or B (32 octets), parsed once. Raises SuciError."""

    __slots__ = ("_key", "scheme")

    def __init__(self, scheme: int, private_key: bytes) -> None:
        self.scheme = scheme
        self._key = _private(scheme, private_key)

    @property
    def public(self) -> bytes:
        """What phones are provisioned with: 32 octets for profile A, a compressed point for profile B."""
        return _public_octets(self._key)

    def reveal(self, output: bytes) -> bytes:
        """The plaintext of a scheme output. Raises SuciError on a bad length, point or MAC."""
        size = _POINT_OCTETS[self.scheme]
        if len(output) < size + _MAC_OCTETS:
            raise SuciError(f"a scheme output of {len(output)} octets is too short for scheme {self.scheme}")
        point, ciphertext, tag = output[:size], output[size:-_MAC_OCTETS], output[-_MAC_OCTETS:]
        enc_key, counter, mac_key = _keys(_agree(self._key, point), point)
        if not hmac.compare_digest(_tag(mac_key, ciphertext), tag):
            raise SuciError(
                "the MAC of the concealed identity is wrong: another home network key, or altered"
            )
        return _aes_ctr(enc_key, counter, ciphertext)


def _private(scheme: int, octets: bytes) -> _PrivateKey:
    if scheme not in _POINT_OCTETS:
        raise SuciError(f"no protection scheme {scheme}")
    if len(octets) != 32:
        raise SuciError(f"a private key has 32 octets, not {len(octets)}")
    if scheme == PROFILE_A:
        return X25519PrivateKey.from_private_bytes(octets)
    try:
        return ec.derive_private_key(int.from_bytes(octets), _CURVE)
    except ValueError as e:
        raise SuciError("a secp256r1 private key is out of range") from e


def _public_octets(key: _PrivateKey) -> bytes:
    if isinstance(key, X25519PrivateKey):
        return key.public_key().public_bytes_raw()
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def _agree(key: _PrivateKey, point: bytes) -> bytes:
    try:
        if isinstance(key, X25519PrivateKey):
            return key.exchange(X25519PublicKey.from_public_bytes(point))
        return key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point))
    except (ValueError, UnsupportedAlgorithm) as e:
        raise SuciError("a public key is no usable point of its curve") from e


def _keys(shared: bytes, point: bytes) -> tuple[bytes, bytes, bytes]:
    """Encryption key, initial counter block and MAC key (TS 33.501 C.3.4.1; the X9.63 KDF of SEC 1 3.6.1)."""
    first = sha256(shared + b"\0\0\0\1" + point).digest()
    return first[:16], first[16:], sha256(shared + b"\0\0\0\2" + point).digest()


def _aes_ctr(key: bytes, counter: bytes, data: bytes) -> bytes:
    """AES-128 in counter mode whose counter has 32 bits and wraps in them (TS 33.501 C.3.4.0)."""
    low = int.from_bytes(counter[12:])
    blocks = [counter[:12] + (low + i & 0xFFFFFFFF).to_bytes(4) for i in range((len(data) + 15) // 16)]
    stream = Cipher(AES(key), ECB()).encryptor().update(b"".join(blocks))[: len(data)]
    return (int.from_bytes(stream) ^ int.from_bytes(data)).to_bytes(len(data))


def _tag(key: bytes, ciphertext: bytes) -> bytes:
    return hmac.digest(key, ciphertext, "sha256")[:_MAC_OCTETS]

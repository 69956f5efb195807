"""Slices as NAS writes them: S-NSSAI, NSSAI, rejected NSSAI (TS 24.501 9.11.2.8, 9.11.3.37, 9.11.3.46)."""

from __future__ import annotations

import msgspec

from pilot5g.model import Snssai
from pilot5g.wire.nas.ies.base import CodePoint
from pilot5g.wire.nas.table import Ie


class MappedSnssai(Snssai, frozen=True):
    """A slice of the serving network and the slice of the home network it stands for, in roaming."""

    mapped_sst: int = 0
    mapped_sd: int | None = None


class RejectedSnssaiCause(CodePoint):
    """Why a slice was refused (TS 24.501 table 9.11.3.46.1)."""

    NOT_AVAILABLE_IN_PLMN = 0
    NOT_AVAILABLE_IN_REGISTRATION_AREA = 1
    AUTHENTICATION_FAILED_OR_REVOKED = 2


class RejectedSnssai(msgspec.Struct, frozen=True):
    """A slice the network refused, and why."""

    s_nssai: Snssai
    cause: RejectedSnssaiCause = RejectedSnssaiCause.NOT_AVAILABLE_IN_PLMN


def decode_s_nssai(octets: bytes) -> Snssai:
    """Read the value of an S-NSSAI; its length says which parts are there. Raises ValueError."""
    size = len(octets)
    if size == 1:
        return Snssai(octets[0])
    if size == 4:
        return Snssai(octets[0], int.from_bytes(octets[1:4], "big"))
    if size == 2:
        return MappedSnssai(octets[0], None, octets[1])
    if size == 5:
        return MappedSnssai(octets[0], int.from_bytes(octets[1:4], "big"), octets[4])
    if size == 8:
        sd = int.from_bytes(octets[1:4], "big")
        return MappedSnssai(octets[0], sd, octets[4], int.from_bytes(octets[5:8], "big"))
    raise ValueError(f"an S-NSSAI of {size} octets; 1, 2, 4, 5 or 8 are allowed")


def encode_s_nssai(value: Snssai) -> bytes:
    """Write the value of an S-NSSAI. Raises ValueError for a mapped SD without an SD."""
    out = bytes((value.sst,))
    if value.sd is not None:
        out += value.sd.to_bytes(3, "big")
    if isinstance(value, MappedSnssai):
        out += bytes((value.mapped_sst,))
        if value.mapped_sd is not None:
            if value.sd is None:
                raise ValueError("a mapped SD has no coding without an SD")
            out += value.mapped_sd.to_bytes(3, "big")
    return out


S_NSSAI: Ie[Snssai] = Ie(decode_s_nssai, encode_s_nssai, kept=True)


def decode_nssai(octets: bytes) -> tuple[Snssai, ...]:
    """Read a list of S-NSSAIs, each with its length (9.11.3.37). Raises ValueError."""
    slices: list[Snssai] = []
    at = 0
    while at < len(octets):
        end = at + 1 + octets[at]
        if end > len(octets):
            raise ValueError("an S-NSSAI runs past the end of the NSSAI")
        slices.append(decode_s_nssai(octets[at + 1 : end]))
        at = end
    return tuple(slices)


def encode_nssai(slices: tuple[Snssai, ...]) -> bytes:
    """Write a list of S-NSSAIs."""
    out = bytearray()
    for value in slices:
        octets = encode_s_nssai(value)
        out.append(len(octets))
        out += octets
    return bytes(out)


NSSAI: Ie[tuple[Snssai, ...]] = Ie(decode_nssai, encode_nssai, kept=True)


def decode_rejected(octets: bytes) -> tuple[RejectedSnssai, ...]:
    """Read a rejected NSSAI: length and cause share an octet (9.11.3.46). Raises ValueError."""
    rejected: list[RejectedSnssai] = []
    at = 0
    while at < len(octets):
        end = at + 1 + (octets[at] >> 4)
        if end > len(octets):
            raise ValueError("a rejected S-NSSAI runs past the end")
        value = decode_s_nssai(octets[at + 1 : end])
        rejected.append(RejectedSnssai(value, RejectedSnssaiCause(octets[at] & 15)))
        at = end
    return tuple(rejected)


def encode_rejected(rejected: tuple[RejectedSnssai, ...]) -> bytes:
    """Write a rejected NSSAI."""
    out = bytearray()
    for entry in rejected:
        octets = encode_s_nssai(entry.s_nssai)
        out.append(len(octets) << 4 | entry.cause)
        out += octets
    return bytes(out)


REJECTED_NSSAI: Ie[tuple[RejectedSnssai, ...]] = Ie(decode_rejected, encode_rejected, kept=True)

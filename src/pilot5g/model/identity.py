"""Who is who: PLMNs, subscribers, temporary identities, areas and cells (TS 23.003).

Values only. Their NAS and NGAP encodings live in `wire`; the three octets of a PLMN are here because every
protocol uses the same ones.
"""

from __future__ import annotations

import functools
from typing import NewType, Self

import msgspec

Supi = NewType("Supi", str)
"""A subscription permanent identifier, `imsi-<15 digits>` (TS 23.003 2.2A, TS 29.571 5.3.2)."""


def supi(imsi: str) -> Supi:
    """The SUPI of an IMSI given as digits (with or without the `imsi-` prefix). Raises ValueError."""
    digits = imsi.removeprefix("imsi-")
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15):
        raise ValueError(f"an IMSI is 6 to 15 digits, not {imsi!r}")
    return Supi(f"imsi-{digits}")


class Plmn(msgspec.Struct, frozen=True, order=True, gc=False):
    """A public land mobile network: MCC of three digits, MNC of two or three (TS 23.003 2.2)."""

    mcc: str
    mnc: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """`00101`, `001-01` or `001/01` as a PLMN. Raises ValueError."""
        digits = text.replace("-", "").replace("/", "").replace(" ", "")
        if not (digits.isascii() and digits.isdigit() and len(digits) in (5, 6)):
            raise ValueError(f"a PLMN is an MCC of 3 and an MNC of 2 or 3 digits, not {text!r}")
        return cls(digits[:3], digits[3:])

    @classmethod
    def from_octets(cls, octets: bytes) -> Self:
        """Three octets of digit pairs (TS 24.008 10.5.1.13). Raises ValueError."""
        return cls(*_digits(octets))

    def to_octets(self) -> bytes:
        """Three octets of digit pairs (TS 24.008 10.5.1.13)."""
        return _octets(self.mcc, self.mnc)

    def __str__(self) -> str:
        return f"{self.mcc}-{self.mnc}"


# Every message names a PLMN, and a network sees few of them.


@functools.lru_cache(maxsize=256)
def _digits(octets: bytes) -> tuple[str, str]:
    if len(octets) != 3:
        raise ValueError("a PLMN is three octets")
    mcc1, mcc2 = octets[0] & 15, octets[0] >> 4
    mcc3, mnc3 = octets[1] & 15, octets[1] >> 4
    mnc1, mnc2 = octets[2] & 15, octets[2] >> 4
    digits = (mcc1, mcc2, mcc3, mnc1, mnc2)
    if max(digits) > 9 or (mnc3 > 9 and mnc3 != 15):
        raise ValueError(f"a PLMN has decimal digits only: {octets.hex()}")
    third = "" if mnc3 == 15 else str(mnc3)
    return f"{mcc1}{mcc2}{mcc3}", f"{mnc1}{mnc2}{third}"


@functools.lru_cache(maxsize=256)
def _octets(mcc: str, mnc: str) -> bytes:
    third = int(mnc[2]) if len(mnc) == 3 else 15
    low = int(mcc[1]) << 4 | int(mcc[0])
    return bytes((low, third << 4 | int(mcc[2]), int(mnc[1]) << 4 | int(mnc[0])))


def serving_network_name(plmn: Plmn) -> str:
    """The serving network name that keys are bound to (TS 24.501 9.12.1, TS 33.501 6.1.1.4)."""
    return f"5G:mnc{plmn.mnc.zfill(3)}.mcc{plmn.mcc}.3gppnetwork.org"


def network_access_identifier(supi: Supi, home: Plmn) -> str:
    """The SUPI of a home network as a NAI (TS 23.003 28.7.2, RFC 9048 5.3.1.1)."""
    digits = supi.removeprefix("imsi-")
    return f"{digits}@nai.5gc.mnc{home.mnc.zfill(3)}.mcc{home.mcc}.3gppnetwork.org"


class Guami(msgspec.Struct, frozen=True, order=True, gc=False):
    """A globally unique AMF identifier: region 8 bits, set 10 bits, pointer 6 bits (TS 23.003 2.10.1)."""

    plmn: Plmn
    region: int
    amf_set: int
    pointer: int


class STmsi(msgspec.Struct, frozen=True, order=True, gc=False):
    """The 5G-S-TMSI, what radio and paging use of a 5G-GUTI (TS 23.003 2.11)."""

    amf_set: int
    pointer: int
    tmsi: int


class Guti(msgspec.Struct, frozen=True, order=True, gc=False):
    """A 5G-GUTI: the GUAMI of the AMF that gave it and a 5G-TMSI of 32 bits (TS 23.003 2.10)."""

    guami: Guami
    tmsi: int

    @property
    def s_tmsi(self) -> STmsi:
        """The short form used on the radio and in paging."""
        return STmsi(self.guami.amf_set, self.guami.pointer, self.tmsi)

    def __str__(self) -> str:
        g = self.guami
        return f"{g.plmn}/{g.region:02x}-{g.amf_set:03x}-{g.pointer:02x}/{self.tmsi:08x}"


class Suci(msgspec.Struct, frozen=True, gc=False):
    """A subscription concealed identifier of IMSI type (TS 23.003 2.2B, TS 24.501 9.11.3.4).

    `scheme` is the protection scheme (0 null, 1 profile A, 2 profile B); `output` is the scheme output as it
    is carried in NAS: for the null scheme the MSIN in BCD, else ephemeral key, ciphertext and MAC.
    """

    plmn: Plmn
    routing_indicator: str
    scheme: int
    key_id: int
    output: bytes


class Tai(msgspec.Struct, frozen=True, order=True, gc=False):
    """A tracking area of one PLMN; `tac` has 24 bits (TS 23.003 28.6)."""

    plmn: Plmn
    tac: int

    def __str__(self) -> str:
        return f"{self.plmn}/{self.tac}"


class NrCgi(msgspec.Struct, frozen=True, order=True, gc=False):
    """An NR cell global identity; `cell` has 36 bits (TS 38.413 9.3.1.7)."""

    plmn: Plmn
    cell: int

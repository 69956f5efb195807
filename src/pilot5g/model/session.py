"""Slices, session types and rates, as subscription, signalling and user plane share them (TS 23.501)."""

from __future__ import annotations

from enum import IntEnum
from typing import Self

import msgspec

NO_SD = 0xFFFFFF
"""The slice differentiator that means "none" (TS 23.003 28.4.2)."""


class Snssai(msgspec.Struct, frozen=True, gc=False):
    """A single network slice selection assistance information (TS 23.003 28.4.2). `sd` None where absent.

    SD absent and SD FFFFFF name the same slice; `canonical` makes them equal.
    """

    sst: int
    sd: int | None = None

    @property
    def canonical(self) -> Snssai:
        """The form to compare and look up with: FFFFFF as absent."""
        return Snssai(self.sst) if self.sd == NO_SD else self

    @classmethod
    def parse(cls, text: str) -> Self:
        """`1` or `1-010203` (SST decimal, SD hex). Raises ValueError."""
        sst, _, sd = text.partition("-")
        value = cls(int(sst), int(sd, 16) if sd else None)
        if not 0 <= value.sst <= 255 or (sd and len(sd) != 6):
            raise ValueError(f"a slice is SST 0-255 and an SD of six hex digits, like 1-010203, not {text!r}")
        return value

    def __lt__(self, other: Snssai) -> bool:
        """By SST, then by SD, an absent one first: None is no number."""
        return (self.sst, -1 if self.sd is None else self.sd) < (
            other.sst,
            -1 if other.sd is None else other.sd,
        )

    def __str__(self) -> str:
        return str(self.sst) if self.sd is None else f"{self.sst}-{self.sd:06x}"


class PduSessionType(IntEnum):
    """TS 24.501 9.11.4.11."""

    IPV4 = 1
    IPV6 = 2
    IPV4V6 = 3
    UNSTRUCTURED = 4
    ETHERNET = 5


class SscMode(IntEnum):
    """Session and service continuity (TS 24.501 9.11.4.16)."""

    SSC_1 = 1
    SSC_2 = 2
    SSC_3 = 3


class Ambr(msgspec.Struct, frozen=True, gc=False):
    """An aggregate maximum bit rate in bit/s, for a session or a UE (TS 23.501 5.7.2.6)."""

    uplink: int
    downlink: int


class Arp(msgspec.Struct, frozen=True):
    """Allocation and retention priority (TS 23.501 5.7.2.2); priority 1 is the highest of 15."""

    priority: int = 8
    may_preempt: bool = False
    preemptable: bool = True


class Qos(msgspec.Struct, frozen=True):
    """What a QoS flow is promised: its 5QI and ARP (TS 23.501 5.7.2)."""

    five_qi: int = 9
    arp: Arp = Arp()

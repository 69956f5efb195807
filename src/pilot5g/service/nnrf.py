"""Nnrf: which network function serves what (TS 29.510 5.2, 5.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.model import Snssai


class NfType(StrEnum):
    """TS 29.510 6.1.6.3.3, the ones this network has."""

    AMF = "AMF"
    SMF = "SMF"
    UPF = "UPF"
    AUSF = "AUSF"
    UDM = "UDM"
    UDR = "UDR"
    PCF = "PCF"
    NSSF = "NSSF"


class NfProfile(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.510 6.1.6.2.2, cut to what selection looks at. Empty slices or DNNs: serves all."""

    instance_id: str
    nf_type: NfType
    slices: tuple[Snssai, ...] = ()
    dnns: tuple[str, ...] = ()
    priority: int = 0
    capacity: int = 100


class Nnrf(Protocol):
    async def register(self, profile: NfProfile) -> None: ...
    async def deregister(self, instance_id: str) -> None: ...
    async def discover(
        self, nf_type: NfType, snssai: Snssai | None = None, dnn: str | None = None
    ) -> tuple[NfProfile, ...]:
        """Candidates, the best first (priority, then capacity). Empty where there is none."""
        ...

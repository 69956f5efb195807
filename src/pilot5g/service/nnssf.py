"""Nnssf_NSSelection: which slices a phone may use here (TS 29.531 5.2)."""

from __future__ import annotations

from enum import IntEnum
from typing import Protocol

import msgspec

from pilot5g.model import Snssai, Tai


class RejectedCause(IntEnum):
    """TS 24.501 9.11.3.46, cause value of a rejected S-NSSAI."""

    NOT_AVAILABLE_IN_PLMN = 0
    NOT_AVAILABLE_IN_REGISTRATION_AREA = 1


class SliceSelection(msgspec.Struct, frozen=True):
    """What the phone is told: allowed, configured for this PLMN, rejected with cause."""

    allowed: tuple[Snssai, ...]
    configured: tuple[Snssai, ...]
    rejected: tuple[tuple[Snssai, RejectedCause], ...] = ()


class Nnssf(Protocol):
    async def select(
        self,
        requested: tuple[Snssai, ...],
        subscribed: tuple[Snssai, ...],
        default: tuple[Snssai, ...],
        tai: Tai,
    ) -> SliceSelection:
        """TS 23.501 5.15.5.2.1. Requested none: the default subscribed ones. `allowed` may be empty."""
        ...

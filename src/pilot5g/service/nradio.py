"""What is asked of radios beyond the phones' own affairs, and what they report: location, positioning, trace,
public warning (TS 38.413 8.8 to 8.12).

In 3GPP's words these are Namf_Location, Namf_Communication's non-UE N2 messages (TS 29.518 5.2.2.4, 5.5), and
operation. The AMF carries them and understands as little of them as it can.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.model import NrCgi, Supi, Tai


class LocationEvent(StrEnum):
    """When a radio is to say where a phone is (EventType, TS 38.413 9.3.1.65)."""

    NOW = "direct"
    EVERY_CELL = "change-of-serve-cell"
    NO_MORE = "stop-change-of-serve-cell"


class InactivityReport(StrEnum):
    """When a radio is to say that a phone is in RRC_INACTIVE, or no longer (TS 38.413 9.3.1.91)."""

    EVERY = "subsequent-state-transition-report"
    CONNECTED = "single-rrc-connected-state-report"
    NO_MORE = "cancel-report"


class PublicWarning(msgspec.Struct, frozen=True, kw_only=True):
    """A warning to broadcast (TS 23.041 9.4.1.2). `period` in seconds; `broadcasts` 0 means until cancelled.
    `contents` are the pages as TS 23.041 9.4.2.2.5 has them, in the data coding scheme `coding`."""

    identifier: int
    serial: int
    contents: bytes
    coding: int = 0x0F
    period: int = 10
    broadcasts: int = 0
    tais: tuple[Tai, ...] = ()
    """Where; none: everywhere."""


class RadioNews(Protocol):
    """Who hears what radios report. Nothing here may take long or raise."""

    def located(self, supi: Supi, cell: NrCgi, tai: Tai) -> None:
        """LOCATION REPORT."""
        ...

    def positioned(self, radio: str, supi: Supi | None, routing_id: bytes, nrppa: bytes) -> None:
        """An NRPPa message for the LMF behind the routing identity, of a phone or of the radio itself."""
        ...

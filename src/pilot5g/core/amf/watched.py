"""What is to be reported of a phone: it follows the phone from radio to radio, and to its next connection."""

from __future__ import annotations

from typing import Any, Final

import msgspec


class Watched(msgspec.Struct, frozen=True):
    """What radios were asked to report: where the phone is (`reporting`, Location Reporting Request Type,
    TS 38.413 9.3.1.65), when it is in RRC_INACTIVE (`transitions`, 9.3.1.91), a `trace` (Trace Activation,
    9.3.1.14)."""

    reporting: dict[str, str] | None = None
    transitions: str | None = None
    trace: dict[str, Any] | None = None


NOTHING_WATCHED: Final = Watched()
"""Most phones."""

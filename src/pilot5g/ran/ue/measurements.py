"""How long a phone's procedures took, for reports. Seconds on the loop's clock, in order of completion."""

from __future__ import annotations

import msgspec


class Measurements(msgspec.Struct):
    """From the phone's first message to the network's last, or from the page to the accept."""

    registration: list[float] = msgspec.field(default_factory=list)
    session: list[float] = msgspec.field(default_factory=list)
    service_request: list[float] = msgspec.field(default_factory=list)
    paging: list[float] = msgspec.field(default_factory=list)
    handover: list[float] = msgspec.field(default_factory=list)
    """From leaving one cell to being heard in the next: nothing goes up or down meanwhile."""
    reestablishment: list[float] = msgspec.field(default_factory=list)
    """From losing a connection to having it again."""

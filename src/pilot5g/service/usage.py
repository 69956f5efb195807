"""What subscribers have used of data networks: plain data that outlives sessions and processes."""

from __future__ import annotations

import msgspec

from pilot5g.model import Supi

KIND = "usage"
"""Under which a store has it, by `key`."""


class Used(msgspec.Struct, frozen=True):
    """Octets each way, and seconds in which packets passed where those are measured."""

    uplink: int = 0
    downlink: int = 0
    seconds: int = 0

    @property
    def total(self) -> int:
        """Octets of both directions, as a quota counts them."""
        return self.uplink + self.downlink


def key(supi: Supi, dnn: str) -> str:
    """Whose, and of which data network."""
    return f"{supi}/{dnn}"

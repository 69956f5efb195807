"""What a configuration says of emergency services (TS 23.501 5.16.4)."""

from __future__ import annotations

import msgspec

from pilot5g.app import config_values as v


class Emergency(msgspec.Struct, frozen=True, kw_only=True):
    """Emergency services: registration and sessions for them, which no subscription restricts."""

    dnn: v.Dnn | None = None
    """None: there are no emergency services. The data network that emergency sessions go to."""
    anybody: v.Flag = False
    """Whether phones without a SIM have them too, and those that fail authentication; nothing of theirs is
    protected (TS 33.501 10.2)."""
    numbers: tuple[v.EmergencyNumber, ...] = ()
    """What phones shall take for an emergency call beside the numbers that they know (TS 24.501 5.3.12)."""

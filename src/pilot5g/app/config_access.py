"""What radios broadcast to keep phones back, in the configuration."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pilot5g.app import config_values as v


class AccessControl(msgspec.Struct, frozen=True, kw_only=True):
    """What a radio broadcasts for one access category: phones keep themselves back (TS 38.331 5.3.14)."""

    category: Annotated[int, v.integer(1, 63, 3)]
    """3: signalling, 4: voice, 5: video, 6: SMS, 7: data (TS 24.501 table 4.5.2.2)."""
    percent: Annotated[int, v.integer(0, 95, 50)]
    """Of accesses that are let through, of which the broadcast can say 0 to 30 and 70 to 95 in fives, 40, 50
    and 60."""
    seconds: Annotated[int, v.integer(4, 512, 16)] = 16
    """That the others wait, more or less."""
    identities: tuple[Annotated[int, v.integer(1, 15, 1)], ...] = ()
    """Access identities that are let through always."""

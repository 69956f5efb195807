"""What the configuration says of measuring what subscribers use."""

from __future__ import annotations

import msgspec

from pilot5g.app import config_values as v


class UsageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a data network is used, and may be. Any of these has the use of every subscriber counted,
    for `pilot5g subscriber usage`."""

    quota: v.Octets | None = None
    """What each subscriber may use of it, up and down together, where the subscription does not say. At its
    end the session is ended, and a new one refused."""
    report_volume: v.Octets | None = None
    """A session's use is reported after so much."""
    report_time: v.Seconds | None = None
    """And after so long, where packets passed."""

"""An overloaded AMF, and which phones its gNBs turn away for it (TS 38.413 8.7.7.2)."""

from __future__ import annotations

import msgspec

from pilot5g.ran.radio import ACCESS_CATEGORY, AccessBarring
from pilot5g.ran.radio import EstablishmentCause as Cause

_MO_DATA = frozenset({Cause.MO_DATA, Cause.MO_SMS, Cause.MO_VIDEO_CALL, Cause.MO_VOICE_CALL})
_EVERY = frozenset(Cause)
_PRIORITY = frozenset(
    {
        Cause.HIGH_PRIORITY_ACCESS,
        Cause.MPS_PRIORITY_ACCESS,
        Cause.MCS_PRIORITY_ACCESS,
        Cause.MT_ACCESS,
    }
)
BARRED = 8
"""Seconds that a phone barred by broadcast waits, more or less (uac-BarringTime)."""
WAIT = 4, 16
"""Seconds that a rejected phone is to wait, drawn between these: RRC Reject has 1 to 16 (TS 38.331 6.2.2)."""

REJECTED: dict[str, frozenset[Cause]] = {
    "reject-non-emergency-mo-dt": _MO_DATA,
    "reject-rrc-cr-signalling": _MO_DATA | {Cause.MO_SIGNALLING},
    "permit-emergency-sessions-and-mobile-terminated-services-only": _EVERY
    - {Cause.EMERGENCY, Cause.MT_ACCESS},
    "permit-high-priority-sessions-and-mobile-terminated-services-only": _EVERY - _PRIORITY,
}
"""Establishment causes that each Overload Action rejects."""


PERCENTS = (0, 5, 10, 15, 20, 25, 30, 40, 50, 60, 70, 75, 80, 85, 90, 95)
"""What uac-BarringFactor can say (TS 38.331 6.3.2)."""


class Overload(msgspec.Struct, frozen=True):
    """What the AMF asked for: the action, and by how many percent to reduce what it concerns (100: all).

    Without an action that is known, the percentage counts for every cause but emergency.
    """

    action: str = ""
    percent: int = 100

    def concerns(self, cause: Cause) -> bool:
        """Whether a connection for this cause is among those to reduce."""
        return cause in REJECTED.get(self.action, _EVERY - {Cause.EMERGENCY})

    def access_control(self) -> dict[int, AccessBarring]:
        """The same as broadcast to all phones: it keeps them from asking. Answers to pages are never barred,
        and phones with priority where the action spares them."""
        percent = max(each for each in PERCENTS if each <= 100 - self.percent)
        spared = frozenset(range(16)) - {0} if self.concerns(Cause.HIGH_PRIORITY_ACCESS) is False else ()
        barring = AccessBarring(percent=percent, seconds=BARRED, identities=frozenset(spared))
        return {
            category: barring
            for cause, category in ACCESS_CATEGORY.items()
            if category and self.concerns(cause)
        }

"""What every procedure of a UE does with a message it is not waiting for."""

from __future__ import annotations

from typing import Any

from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.ue import Idle, RadioLost
from pilot5g.wire.ngap import messages as m


def collide(event: Any) -> Verdict:
    """An order to release ends it; a lost radio is dealt with at its end; all else keeps its place in line,
    so that the phone sees NAS messages in the AMF's order."""
    if isinstance(event, m.UEContextReleaseCommand):
        return Verdict.REPLACE
    if isinstance(event, RadioLost | Idle):
        return Verdict.IGNORE
    return Verdict.LATER

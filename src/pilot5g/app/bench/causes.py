"""Why a procedure failed, in words that are the same for every phone, so that failures can be counted."""

from __future__ import annotations

from pilot5g.flow.errors import Gone, Stopped, TimerExpired
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.outcome import Abandoned, Rejected

NO_PHONE = "no phone was free in the right state: the network is slower than the load, or --phones too few"


class NotReached(Exception):
    """Something the load relies on beside the AMF did not do its part; the text says what."""


def unanswered(patience: float) -> str:
    """Nobody spoke for so long."""
    return f"not finished within {patience:g} s: the network did not answer"


def words(error: BaseException) -> str:
    """The cause of a failure."""
    match error:
        case Rejected():
            fix = f" ({error.fix})" if error.fix else ""
            return f"refused with cause #{int(error.cause)}: {error.reason}{fix}"
        case TimerExpired():
            return f"no answer: {error}"
        case Gone():
            return f"the connection went away: {error}"
        case NoCell():
            return "no cell: " + (_after_colon(str(error)) or "none is in service")
        case Abandoned():
            return f"given up: {error}"
        case Stopped() | NotReached() | OSError():
            return str(error) or type(error).__name__
        case TimeoutError():
            return "it took too long"
    return f"a fault of the generator: {error!r}"


def _after_colon(text: str) -> str:
    """The reason without the phone or cell it was given for."""
    reason = text.rpartition(": ")[2]
    return reason.partition("; ")[0]

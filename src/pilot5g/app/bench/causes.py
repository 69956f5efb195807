"""Why a procedure failed, in words that are the same for every phone, so that failures can be counted."""

from __future__ import annotations

from pilot5g.flow.errors import Gone, Stopped, TimerExpired
from pilot5g.ran.radio import NoCell, RrcRejected
from pilot5g.ran.ue.outcome import Abandoned, Rejected
from pilot5g.wire.nas import GmmCause

NO_PHONE = "no phone was free in the right state: the network is slower than the load, or --phones too few"


RADIO_REFUSED = "turned away by the radio: the AMF is overloaded and asked for fewer (Overload Start)"
_SILENT = "no answer: "
_UNANSWERED = "not finished within "
_REFUSED = "refused with cause #"


class NotReached(Exception):
    """Something the load relies on beside the AMF did not do its part; the text says what."""


def unanswered(patience: float) -> str:
    """Nobody spoke for so long."""
    return f"{_UNANSWERED}{patience:g} s: the network did not answer"


def is_unanswered(cause: str) -> bool:
    """Whether a phone waited in vain."""
    return cause.startswith((_UNANSWERED, _SILENT))


def is_overload(cause: str) -> bool:
    """Whether a phone was refused because core or radio had too much to do."""
    return cause == RADIO_REFUSED or is_congestion(cause)


def is_congestion(cause: str) -> bool:
    """Whether the core refused for want of capacity."""
    return cause.startswith(f"{_REFUSED}{int(GmmCause.CONGESTION)}:")


def words(error: BaseException) -> str:
    """The cause of a failure."""
    match error:
        case Rejected():
            fix = f" ({error.fix})" if error.fix else ""
            return f"{_REFUSED}{int(error.cause)}: {error.reason}{fix}"
        case TimerExpired():
            return f"{_SILENT}{error}"
        case Gone():
            return f"the connection went away: {error}"
        case RrcRejected():
            return RADIO_REFUSED
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

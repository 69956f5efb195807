"""Why a procedure stopped short, and what each kind of stop owes to whom.

Stopped
  Refused        we decided no; carries the cause the peer is told, the reason in words, and the fix
  TimerExpired   the peer went silent; it is told nothing, its connection is released
  ServiceError   another function said no or did not answer; a table maps its problem to a cause
  Gone           the connection to the peer went away under the procedure
A bug is never one of these.
"""

from __future__ import annotations

from enum import StrEnum

from pilot5g.flow.timer import Timer


class Stopped(Exception):
    """Base of everything that ends a procedure early on purpose."""


class Refused(Stopped):
    """Carries the 3GPP `cause` (of the protocol at hand), the `reason` in plain words, and the `fix`."""

    def __init__(self, cause: int, reason: str, fix: str = "") -> None:
        super().__init__(f"cause {cause}: {reason}" + (f" ({fix})" if fix else ""))
        self.cause = cause
        self.reason = reason
        self.fix = fix


class TimerExpired(Stopped):
    """No answer at any expiry of the timer."""

    def __init__(self, timer: Timer) -> None:
        super().__init__(f"{timer.name} expired {timer.expiries} times")
        self.timer = timer


class Gone(Stopped):
    """The connection the procedure was using is no more."""


class Problem(StrEnum):
    """Application errors of the service based interfaces (`cause` of a ProblemDetails, TS 29.500 5.2.7.2).

    The first group is TS 29.503 6.3.7.3 and 6.1.7.3, the second TS 29.509 6.1.7.3, the third TS 29.502
    6.1.7.3, the fourth TS 29.518 6.1.7.3, the last TS 29.500 table 5.2.7.2-1.
    """

    USER_NOT_FOUND = "USER_NOT_FOUND"
    DATA_NOT_FOUND = "DATA_NOT_FOUND"
    INVALID_SCHEME_OUTPUT = "INVALID_SCHEME_OUTPUT"
    INVALID_HN_PUBLIC_KEY_IDENTIFIER = "INVALID_HN_PUBLIC_KEY_IDENTIFIER"
    UNSUPPORTED_PROTECTION_SCHEME = "UNSUPPORTED_PROTECTION_SCHEME"
    UNKNOWN_5GS_SUBSCRIPTION = "UNKNOWN_5GS_SUBSCRIPTION"

    AUTHENTICATION_REJECTED = "AUTHENTICATION_REJECTED"
    SERVING_NETWORK_NOT_AUTHORIZED = "SERVING_NETWORK_NOT_AUTHORIZED"

    SNSSAI_DENIED = "SNSSAI_DENIED"
    DNN_DENIED = "DNN_DENIED"
    DNN_NOT_SUPPORTED = "DNN_NOT_SUPPORTED"
    PDUTYPE_DENIED = "PDUTYPE_DENIED"
    PDUTYPE_NOT_SUPPORTED = "PDUTYPE_NOT_SUPPORTED"
    SSC_NOT_SUPPORTED = "SSC_NOT_SUPPORTED"
    SUBSCRIPTION_DENIED = "SUBSCRIPTION_DENIED"
    INSUFFICIENT_RESOURCES_SLICE_DNN = "INSUFFICIENT_RESOURCES_SLICE_DNN"
    N1_SM_ERROR = "N1_SM_ERROR"
    N2_SM_ERROR = "N2_SM_ERROR"
    UPF_NOT_RESPONDING = "UPF_NOT_RESPONDING"

    CONTEXT_NOT_FOUND = "CONTEXT_NOT_FOUND"
    UE_NOT_REACHABLE = "UE_NOT_REACHABLE"
    HIGHER_PRIORITY_REQUEST_ONGOING = "HIGHER_PRIORITY_REQUEST_ONGOING"
    UE_IN_NON_ALLOWED_AREA = "UE_IN_NON_ALLOWED_AREA"
    INTEGRITY_CHECK_FAIL = "INTEGRITY_CHECK_FAIL"

    SYSTEM_FAILURE = "SYSTEM_FAILURE"


class ServiceError(Stopped):
    """A network function answered with a problem; `reason` and `fix` are for people."""

    def __init__(self, problem: Problem, reason: str = "", fix: str = "") -> None:
        super().__init__(f"{problem}: {reason}" if reason else problem)
        self.problem = problem
        self.reason = reason or str(problem)
        self.fix = fix

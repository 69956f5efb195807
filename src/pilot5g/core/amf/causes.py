"""What a phone is told when another function said no: one table, total over the problems (TS 29.524 5.2)."""

from __future__ import annotations

from collections.abc import Mapping

from pilot5g.flow.errors import Problem, Refused, ServiceError
from pilot5g.wire.nas import GmmCause

REGISTRATION: Mapping[Problem, GmmCause] = {
    Problem.USER_NOT_FOUND: GmmCause.ILLEGAL_UE,
    Problem.DATA_NOT_FOUND: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.INVALID_SCHEME_OUTPUT: GmmCause.ILLEGAL_UE,
    Problem.INVALID_HN_PUBLIC_KEY_IDENTIFIER: GmmCause.ILLEGAL_UE,
    Problem.UNSUPPORTED_PROTECTION_SCHEME: GmmCause.ILLEGAL_UE,
    Problem.UNKNOWN_5GS_SUBSCRIPTION: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.AUTHENTICATION_REJECTED: GmmCause.ILLEGAL_UE,
    Problem.SERVING_NETWORK_NOT_AUTHORIZED: GmmCause.SERVING_NETWORK_NOT_AUTHORIZED,
    Problem.SNSSAI_DENIED: GmmCause.NO_NETWORK_SLICES_AVAILABLE,
    Problem.DNN_DENIED: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.DNN_NOT_SUPPORTED: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.PDUTYPE_DENIED: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.PDUTYPE_NOT_SUPPORTED: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.SSC_NOT_SUPPORTED: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.SUBSCRIPTION_DENIED: GmmCause.SERVICES_NOT_ALLOWED,
    Problem.INSUFFICIENT_RESOURCES_SLICE_DNN: GmmCause.CONGESTION,
    Problem.N1_SM_ERROR: GmmCause.PROTOCOL_ERROR,
    Problem.N2_SM_ERROR: GmmCause.PROTOCOL_ERROR,
    Problem.UPF_NOT_RESPONDING: GmmCause.CONGESTION,
    Problem.CONTEXT_NOT_FOUND: GmmCause.PROTOCOL_ERROR,
    Problem.UE_NOT_REACHABLE: GmmCause.PROTOCOL_ERROR,
    Problem.HIGHER_PRIORITY_REQUEST_ONGOING: GmmCause.CONGESTION,
    Problem.UE_IN_NON_ALLOWED_AREA: GmmCause.RESTRICTED_SERVICE_AREA,
    Problem.INTEGRITY_CHECK_FAIL: GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED,
    Problem.SYSTEM_FAILURE: GmmCause.CONGESTION,
}
"""The cause of a Registration or Service Reject."""

NOT_FORWARDED: Mapping[Problem, GmmCause] = {
    Problem.DNN_DENIED: GmmCause.DNN_NOT_SUPPORTED_OR_NOT_SUBSCRIBED_IN_SLICE,
    Problem.DNN_NOT_SUPPORTED: GmmCause.DNN_NOT_SUPPORTED_OR_NOT_SUBSCRIBED_IN_SLICE,
    Problem.DATA_NOT_FOUND: GmmCause.DNN_NOT_SUPPORTED_OR_NOT_SUBSCRIBED_IN_SLICE,
    Problem.INSUFFICIENT_RESOURCES_SLICE_DNN: GmmCause.INSUFFICIENT_RESOURCES_FOR_SLICE_AND_DNN,
}
"""The cause that comes back with a 5GSM message that was not forwarded (TS 24.501 5.4.5.3.1); else #90."""


def refusal_of(problem: ServiceError) -> Refused:
    """The refusal of a registration or service that another function's problem amounts to."""
    return Refused(REGISTRATION[problem.problem], problem.reason, problem.fix)


def not_forwarded(problem: ServiceError) -> Refused:
    """Why a 5GSM message goes back to the phone."""
    cause = NOT_FORWARDED.get(problem.problem, GmmCause.PAYLOAD_WAS_NOT_FORWARDED)
    return Refused(cause, problem.reason, problem.fix)


def spelled(cause: int) -> str:
    """A 5GMM cause as people look it up: `#62 no network slices available`."""
    known = GmmCause(cause)
    return f"#{int(known)} {known.name.lower().replace('_', ' ')}"

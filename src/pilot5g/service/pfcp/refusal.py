"""The response that refuses a request, for each kind of request (TS 29.244 7.2.3.2, 7.6)."""

from __future__ import annotations

from pilot5g.service.pfcp.endpoint import Identity, Reply
from pilot5g.wire import pfcp
from pilot5g.wire.pfcp import messages as m
from pilot5g.wire.pfcp.ies.node import FailedRule

UNKNOWN_SEID = 0
"""Where the peer's SEID is not known (TS 29.244 7.2.2.4.2)."""


def refusal(
    identity: Identity,
    kind: int,
    cause: int,
    *,
    seid: int = UNKNOWN_SEID,
    offending: int | None = None,
    failed: FailedRule | None = None,
) -> Reply | None:
    """The answer to a request of type `kind`; None where its answer cannot say no (a heartbeat's)."""
    node = identity.node_id
    offending = offending or None
    match kind:
        case m.AssociationSetupRequest.TYPE:
            setup = m.AssociationSetupResponse(
                node_id=node, cause=cause, recovery_time_stamp=identity.recovery
            )
            return setup, None
        case m.AssociationUpdateRequest.TYPE:
            return m.AssociationUpdateResponse(node_id=node, cause=cause), None
        case m.AssociationReleaseRequest.TYPE:
            return m.AssociationReleaseResponse(node_id=node, cause=cause), None
        case m.PfdManagementRequest.TYPE:
            return m.PfdManagementResponse(cause=cause, offending_ie=offending), None
        case m.NodeReportRequest.TYPE:
            return m.NodeReportResponse(node_id=node, cause=cause, offending_ie=offending), None
        case m.SessionSetDeletionRequest.TYPE:
            return m.SessionSetDeletionResponse(node_id=node, cause=cause, offending_ie=offending), None
        case m.SessionEstablishmentRequest.TYPE:
            established = m.SessionEstablishmentResponse(
                node_id=node, cause=cause, offending_ie=offending, failed_rule=failed
            )
            return established, seid
        case m.SessionModificationRequest.TYPE:
            return m.SessionModificationResponse(
                cause=cause, offending_ie=offending, failed_rule=failed
            ), seid
        case m.SessionDeletionRequest.TYPE:
            return m.SessionDeletionResponse(cause=cause, offending_ie=offending), seid
        case m.SessionReportRequest.TYPE:
            return m.SessionReportResponse(cause=cause, offending_ie=offending), seid
    return None


def certain(identity: Identity, pdu: pfcp.Pdu, cause: int, seid: int = UNKNOWN_SEID) -> Reply:
    """The same for a request that came to an endpoint's user: all of those can be refused."""
    reply = refusal(identity, type(pdu.message).TYPE, cause, seid=seid)
    assert reply is not None, "heartbeats do not come here"
    return reply

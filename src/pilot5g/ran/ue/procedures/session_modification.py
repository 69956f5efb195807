"""Network-requested PDU session modification, on the phone's side (TS 24.501 6.3.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.ran.ue.rules import WrongRules, change, change_flows
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.ran.ue.session import Session


def modify(session: Session, command: nas.PduSessionModificationCommand) -> None:
    """PDU SESSION MODIFICATION COMMAND: take all of it, or refuse all of it (6.3.2.3, 6.3.2.4)."""
    phone, context = session.phone, session.context
    assert context is not None
    answer: nas.GsmMessage
    try:
        rules = change(context.rules, command.authorized_qos_rules or ())
        flows = change_flows(context.flows, command.authorized_qos_flow_descriptions or ())
    except WrongRules as wrong:
        answer = nas.PduSessionModificationCommandReject(
            pdu_session_id=session.id, pti=command.pti, cause=wrong.cause
        )
        phone.journal.refuse(
            phone.config.name,
            f"refused to modify PDU session {session.id}",
            cause=f"#{int(wrong.cause)}",
            reason=str(wrong),
        )
        phone.sessions.send(session, answer)
        return
    context.set_qos(rules, flows)
    if command.session_ambr is not None:
        context.ambr = command.session_ambr
    options = command.extended_protocol_configuration_options
    if options is not None:
        context.dns = tuple(map(str, options.dns_servers)) or context.dns
        context.mtu = options.mtu or context.mtu
    session.rules_changed()
    answer = nas.PduSessionModificationComplete(pdu_session_id=session.id, pti=command.pti)
    phone.sessions.send(session, answer)
    phone.changed()

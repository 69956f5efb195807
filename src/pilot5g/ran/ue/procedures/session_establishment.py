"""UE-requested PDU session establishment, on the phone's side (TS 24.501 6.4.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pilot5g.flow.errors import Stopped, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.model import PduSessionType
from pilot5g.ran.ue.config import SessionWish
from pilot5g.ran.ue.context import SessionContext
from pilot5g.ran.ue.events import NotForwarded, Unreadable
from pilot5g.ran.ue.outcome import Outcome, Rejected
from pilot5g.ran.ue.rejections import words
from pilot5g.ran.ue.rules import WrongRules, change, change_flows
from pilot5g.ran.ue.session import SessionState
from pilot5g.wire import nas
from pilot5g.wire.nas import GsmCause

if TYPE_CHECKING:
    from pilot5g.ran.ue.session import Session

OPTIONS = nas.ProtocolOptions.request(nas.ies.DNS_IPV4, nas.ies.DNS_IPV6, nas.ies.IPV4_LINK_MTU)
"""What the phone asks the network to tell it (TS 24.008 10.5.6.3)."""
FRAME_OPTIONS = nas.ProtocolOptions.request(nas.ies.ETHERNET_PAYLOAD_MTU)
"""The same for a session of Ethernet frames."""

WORDS: Mapping[GsmCause, tuple[str, str]] = {
    GsmCause.OPERATOR_DETERMINED_BARRING: ("the operator bars this service", "lift the barring"),
    GsmCause.INSUFFICIENT_RESOURCES: (
        "the network has no resources left",
        "look at its address pools and load",
    ),
    GsmCause.MISSING_OR_UNKNOWN_DNN: (
        "the network does not know the DNN",
        "use a DNN that the network serves, or add it",
    ),
    GsmCause.UNKNOWN_PDU_SESSION_TYPE: ("the session type is not to be had", "ask for another session type"),
    GsmCause.USER_AUTHENTICATION_FAILED: ("the data network refused the user", "check its credentials"),
    GsmCause.REQUEST_REJECTED: ("the network gave no reason", "look at the network's log"),
    GsmCause.SERVICE_OPTION_NOT_SUBSCRIBED: (
        "the subscription does not have it",
        "add DNN and slice to the subscription",
    ),
    GsmCause.NETWORK_FAILURE: ("something failed in the network", "look at the network's log"),
    GsmCause.IPV4_ONLY_ALLOWED: ("only IPv4 is allowed here", "ask for an IPv4 session"),
    GsmCause.IPV6_ONLY_ALLOWED: ("only IPv6 is allowed here", "ask for an IPv6 session"),
    GsmCause.IPV4V6_ONLY_ALLOWED: ("only IP is allowed here", "ask for an IPv4v6 session"),
    GsmCause.UNSTRUCTURED_ONLY_ALLOWED: (
        "only unstructured sessions are allowed here",
        "ask for an unstructured session",
    ),
    GsmCause.ETHERNET_ONLY_ALLOWED: ("only Ethernet is allowed here", "ask for an Ethernet session"),
    GsmCause.PDU_SESSION_DOES_NOT_EXIST: ("the network does not know the session", ""),
    GsmCause.INSUFFICIENT_RESOURCES_FOR_SLICE_AND_DNN: ("slice and DNN are congested", "try again later"),
    GsmCause.INSUFFICIENT_RESOURCES_FOR_SLICE: ("the slice is congested", "try again later"),
    GsmCause.NOT_SUPPORTED_SSC_MODE: ("the SSC mode is not to be had", ""),
    GsmCause.MISSING_OR_UNKNOWN_DNN_IN_SLICE: (
        "the DNN is not in this slice",
        "use a DNN that the slice has, or add it",
    ),
}


def gsm_words(cause: GsmCause) -> tuple[str, str]:
    """Reason and fix for people."""
    default = cause.name.lower().replace("_", " ") if cause.assigned else f"cause {int(cause)}"
    return WORDS.get(cause, (default, ""))


def describe(wish: SessionWish) -> str:
    """A wish in words."""
    where = f" in slice {wish.snssai}" if wish.snssai is not None else ""
    return f"{wish.kind.name} to {wish.dnn or 'the default data network'}{where}"


class Establishment:
    """One request for a session, repeated by T3580."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.outcome: Outcome[Session] = Outcome()

    async def run(self) -> None:
        session, phone = self.session, self.session.phone
        began = phone.now()
        session.pti = phone.sessions.new_transaction()
        session.state = SessionState.ACTIVE_PENDING
        request = self._request()
        try:
            answer = await self._ask(request)
        except TimerExpired as silence:
            self._over(silence, "no answer", "")
            return
        match answer:
            case nas.PduSessionEstablishmentAccept():
                self._accepted(answer)
                if self.outcome.done and session.active:
                    phone.measurements.session.append(phone.now() - began)
            case nas.PduSessionEstablishmentReject(cause=cause):
                reason, fix = gsm_words(cause)
                self._over(Rejected(cause, reason, fix), reason, fix, f"#{int(cause)}")
            case NotForwarded(cause=gmm):
                reason, fix = words(gmm)
                self._over(Rejected(gmm, reason, fix), reason, fix, f"5GMM #{int(gmm)}")
            case Unreadable(cause=cause):
                self._unusable(cause, "the accept cannot be read")

    async def _ask(self, request: nas.PduSessionEstablishmentRequest) -> Any:
        """Accept, reject, or what comes in their place. `Any`, for `ask` spells out three kinds at most."""
        session = self.session
        kinds: tuple[type[Any], ...] = (
            nas.PduSessionEstablishmentAccept,
            nas.PduSessionEstablishmentReject,
            NotForwarded,
            Unreadable,
        )
        ask: Any = session.owner.ask
        timer = session.phone.config.timers["T3580"]
        return await ask(lambda: session.phone.sessions.send(session, request), *kinds, timer=timer)

    def _request(self) -> nas.PduSessionEstablishmentRequest:
        frames = self.session.wish.kind is PduSessionType.ETHERNET
        return nas.PduSessionEstablishmentRequest(
            pdu_session_id=self.session.id,
            pti=self.session.pti,
            integrity_protection_maximum_data_rate=nas.IntegrityRate(),
            pdu_session_type=self.session.wish.kind,
            extended_protocol_configuration_options=FRAME_OPTIONS if frames else OPTIONS,
        )

    def _accepted(self, message: nas.PduSessionEstablishmentAccept) -> None:
        """6.4.1.3. What makes no sense is released again with the cause that says why."""
        session, phone = self.session, self.session.phone
        try:
            context = _context(session, message)
        except WrongRules as wrong:
            self._unusable(wrong.cause, str(wrong))
            return
        session.pti = 0
        session.established(context)
        phone.journal.note(
            phone.config.name,
            f"PDU session {session.id} ({context.kind.name} to {context.dnn}) established"
            + (f", address {context.ipv4}" if context.ipv4 else ""),
        )
        phone.changed()
        self.outcome.succeed(session)

    def _unusable(self, cause: GsmCause, what: str) -> None:
        """The network has a session that the phone cannot use: it is released (6.4.1.3, 7.5.1)."""
        session, phone = self.session, self.session.phone
        reason = gsm_words(cause)[0]
        phone.journal.refuse(
            phone.config.name, f"PDU session {session.id} is of no use", cause=f"#{int(cause)}", reason=what
        )
        self.outcome.fail(Rejected(cause, reason))
        phone.sessions.release(session, cause)

    def _over(self, error: Stopped, reason: str, fix: str, cause: str = "") -> None:
        session, phone = self.session, self.session.phone
        what = f"PDU session {session.id} ({describe(session.wish)}) not established"
        phone.journal.refuse(phone.config.name, what, cause=cause, reason=reason, fix=fix)
        session.pti = 0
        phone.sessions.remove(session)
        self.outcome.fail(error)

    def collide(self, event: Any) -> Verdict:
        return Verdict.IGNORE if isinstance(event, nas.GsmStatus) else Verdict.REFUSE


def _context(session: Session, message: nas.PduSessionEstablishmentAccept) -> SessionContext:
    """The session as the accept describes it. Raises WrongRules."""
    address, kind = message.pdu_address, message.selected_pdu_session_type
    wants_address = kind in (PduSessionType.IPV4, PduSessionType.IPV6, PduSessionType.IPV4V6)
    if wants_address and (address is None or address.session_type != kind):
        raise WrongRules(GsmCause.CONDITIONAL_IE_ERROR, "the PDU address does not fit the session type")
    if not _wished(session.wish.kind, kind):
        raise WrongRules(GsmCause.SEMANTICALLY_INCORRECT_MESSAGE, "another session type than asked for")
    options = message.extended_protocol_configuration_options
    context = SessionContext(
        id=session.id,
        kind=kind,
        ssc_mode=message.selected_ssc_mode,
        dnn=message.dnn or session.wish.dnn,
        snssai=message.s_nssai or session.wish.snssai,
        ambr=message.session_ambr,
        rule_octets=b"",
        flow_octets=b"",
        ipv4=str(address.ipv4) if address is not None and address.ipv4 is not None else None,
        interface_identifier=address.interface_identifier if address is not None else None,
        dns=tuple(map(str, options.dns_servers)) if options is not None else (),
        mtu=options.mtu if options is not None else None,
    )
    flows = change_flows((), message.authorized_qos_flow_descriptions or ())
    context.set_qos(change((), message.authorized_qos_rules), flows)
    return context


def _wished(asked: PduSessionType, given: PduSessionType) -> bool:
    """An IPv4v6 request may be given one of both (6.4.1.3, causes #50 and #51)."""
    one_of_both = (PduSessionType.IPV4, PduSessionType.IPV6)
    return asked == given or (asked == PduSessionType.IPV4V6 and given in one_of_both)

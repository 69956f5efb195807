"""PDU session establishment (TS 23.502 4.3.2.2.1, TS 24.501 6.4.1): all of it or nothing."""

from __future__ import annotations

import contextlib
import functools
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any

from pilot5g.core.smf import flows, metering, rules, transfers
from pilot5g.core.smf.config import DataNetwork
from pilot5g.core.smf.context import SessionState
from pilot5g.core.smf.session import N2Answer, Session
from pilot5g.flow.errors import Gone, Problem, Refused, ServiceError, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.model import Ambr, Arp, PduSessionType, Qos, SscMode
from pilot5g.service.n4 import N4Error
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.npcf import SmPolicyContext
from pilot5g.service.nudm import SessionManagement
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import GsmCause
from pilot5g.wire.nas.ies.options import DNS_IPV4, DNS_IPV6, ETHERNET_PAYLOAD_MTU, IPV4_LINK_MTU

CAUSE_OF: dict[Problem, GsmCause] = {
    Problem.DNN_NOT_SUPPORTED: GsmCause.MISSING_OR_UNKNOWN_DNN,
    Problem.DNN_DENIED: GsmCause.MISSING_OR_UNKNOWN_DNN,
    Problem.DATA_NOT_FOUND: GsmCause.MISSING_OR_UNKNOWN_DNN,
    Problem.SNSSAI_DENIED: GsmCause.MISSING_OR_UNKNOWN_DNN_IN_SLICE,
    Problem.USER_NOT_FOUND: GsmCause.USER_AUTHENTICATION_FAILED,
    Problem.SUBSCRIPTION_DENIED: GsmCause.SERVICE_OPTION_NOT_SUBSCRIBED,
    Problem.INSUFFICIENT_RESOURCES_SLICE_DNN: GsmCause.INSUFFICIENT_RESOURCES,
}
"""What the phone is told when a service refuses (TS 29.524 annex); anything else is a network failure."""

ONLY = {
    PduSessionType.IPV4: GsmCause.IPV4_ONLY_ALLOWED,
    PduSessionType.IPV6: GsmCause.IPV6_ONLY_ALLOWED,
    PduSessionType.IPV4V6: GsmCause.IPV4V6_ONLY_ALLOWED,
    PduSessionType.UNSTRUCTURED: GsmCause.UNSTRUCTURED_ONLY_ALLOWED,
    PduSessionType.ETHERNET: GsmCause.ETHERNET_ONLY_ALLOWED,
}
"""What a phone is told that asked for another type than the one to be had (TS 24.501 annex B)."""
IP = (PduSessionType.IPV4V6, PduSessionType.IPV4, PduSessionType.IPV6)


EMERGENCY_QOS = Qos(5, Arp(1, True, False))
"""IMS signalling (TS 23.501 table 5.7.4-1) that no other session may take resources from."""
EMERGENCY_RATE = Ambr(uplink=10_000_000, downlink=10_000_000)


class _Nothing:
    """Never arrives."""


class Establishment:
    """One phone's request for a session; for an `emergency` session no subscription is asked."""

    def __init__(
        self, session: Session, request: nas.PduSessionEstablishmentRequest, *, emergency: bool = False
    ) -> None:
        self.session = session
        self.request = request
        self.emergency = emergency
        self.cause: GsmCause | None = None

    async def run(self) -> None:
        """In the order of figure 4.3.2.2.1-1."""
        context, smf = self.session.context, self.session.smf
        try:
            network = self._network()
            subscription = await self._subscription(network)
            self._choose(network, subscription)
            await self._authorise(subscription)
            await self._install(subscription)
            await smf.udm.register_smf(context.supi, context.pdu_session_id, context.dnn, context.snssai)
            await self._connect(self._accept(network), transfers.setup_request(context))
        except Refused as refused:
            await self._reject(GsmCause(refused.cause), refused.reason, refused.fix)
        except ServiceError as problem:
            cause = CAUSE_OF.get(problem.problem, GsmCause.NETWORK_FAILURE)
            await self._reject(cause, problem.reason, problem.fix)
        except N4Error as failure:
            await self._reject(GsmCause.INSUFFICIENT_RESOURCES, str(failure), "look at the UPF's log")

    async def _subscription(self, network: DataNetwork) -> SessionManagement:
        """Step 4; the emergency configuration data in its place (TS 23.501 5.16.4.8)."""
        context = self.session.context
        if not self.emergency:
            return await self.session.smf.udm.session_management(context.supi, context.snssai, context.dnn)
        return SessionManagement(
            dnn=context.dnn,
            default_type=network.types[0],
            allowed_types=network.types,
            session_ambr=EMERGENCY_RATE,
            qos=EMERGENCY_QOS,
        )

    def _network(self) -> DataNetwork:
        """Step 2 and 3: the data network asked for, if there is one in this slice."""
        context = self.session.context
        network = self.session.smf.network(context.dnn)
        if network is None:
            raise Refused(
                GsmCause.MISSING_OR_UNKNOWN_DNN,
                f"there is no data network {context.dnn}",
                "add it under `data_networks`, or correct the phone's APN",
            )
        if not network.serves(context.snssai):
            raise Refused(
                GsmCause.MISSING_OR_UNKNOWN_DNN_IN_SLICE,
                f"data network {context.dnn} is not offered in slice {context.snssai}",
                f"add slice {context.snssai} to that data network",
            )
        return network

    def _choose(self, network: DataNetwork, subscription: SessionManagement) -> None:
        """The session type and SSC mode (TS 24.501 6.4.1.3, TS 23.501 5.8.2.2.1)."""
        context, wanted = self.session.context, self.request.pdu_session_type
        usable = [kind for kind in network.types if kind in subscription.allowed_types]
        if wanted is None:
            wanted = subscription.default_type
        if wanted in usable:
            context.pdu_session_type = wanted
        elif wanted is PduSessionType.IPV4V6 and (one := next((kind for kind in usable if kind in IP), None)):
            context.pdu_session_type = one
            self.cause = ONLY[one]
        else:
            raise _unknown_type(wanted, usable)
        mode = self.request.ssc_mode or subscription.default_ssc_mode
        if mode is not SscMode.SSC_1 or mode not in subscription.allowed_ssc_modes:
            raise Refused(
                GsmCause.NOT_SUPPORTED_SSC_MODE,
                f"SSC mode {mode.value} is not offered",
                "ask for SSC mode 1",
            )
        context.ssc_mode = mode
        context.flows = network.flows

    async def _authorise(self, subscription: SessionManagement) -> None:
        """Step 7b: what the PCF grants of what is subscribed."""
        context = self.session.context
        decision = await self.session.smf.pcf.create_sm_policy(
            SmPolicyContext(
                supi=context.supi,
                pdu_session_id=context.pdu_session_id,
                dnn=context.dnn,
                snssai=context.snssai,
                pdu_session_type=context.pdu_session_type,
                subscribed_ambr=subscription.session_ambr,
                subscribed_qos=subscription.qos,
            )
        )
        context.policy = decision.association_id
        context.session_ambr, context.qos = decision.session_ambr, decision.qos
        context.marking = self.session.smf.config.dscp.get(context.qos.five_qi, 0)

    async def _install(self, subscription: SessionManagement) -> None:
        """Steps 8 to 10: addresses, a tunnel, and the rules at the UPF."""
        if self.session.context.pdu_session_type in IP:
            self._address(subscription)
        context = self.session.context
        self._meter(subscription)
        chosen = await self.session.smf.upf.establish(rules.session(context))
        context.uplink = chosen[rules.UPLINK]
        context.installed = True

    def _meter(self, subscription: SessionManagement) -> None:
        """What is measured, and the first part of the quota that the UPF lets pass."""
        context, smf = self.session.context, self.session.smf
        network = smf.network(context.dnn)
        context.metered = None if network is None else metering.metered(network, subscription.quota)
        if not smf.metering.begin(context):
            raise Refused(
                GsmCause.OPERATOR_DETERMINED_BARRING,
                f"the subscriber has used up the quota of {context.dnn}",
                "raise the quota: `subscriber add --replace --quota …`",
            )

    def _address(self, subscription: SessionManagement) -> None:
        """Step 8: addresses of the types that the session has, and the networks behind the phone."""
        context, smf = self.session.context, self.session.smf
        pool = smf.pool(context.dnn)
        kind = context.pdu_session_type
        four = subscription.static_ipv4 if kind is not PduSessionType.IPV6 else None
        six = subscription.static_ipv6_prefix if kind is not PduSessionType.IPV4 else None
        pool.claim(four, six)
        context.ipv4, context.ipv6_prefix, context.in_pool = four, six, True
        context.framed_routes = _of_type(subscription.framed_routes, kind)
        if kind is not PduSessionType.IPV6 and four is None:
            context.ipv4 = pool.ipv4()
        if kind is not PduSessionType.IPV4:
            context.ipv6_prefix = six or pool.ipv6()
            context.interface_identifier = _interface_identifier(smf.entropy(8))

    def _accept(self, network: DataNetwork) -> nas.PduSessionEstablishmentAccept:
        """Step 11: PDU Session Establishment Accept (TS 24.501 8.3.2, 6.4.1.3)."""
        context = self.session.context
        return nas.PduSessionEstablishmentAccept(
            pdu_session_id=context.pdu_session_id,
            pti=self.request.pti,
            selected_pdu_session_type=context.pdu_session_type,
            selected_ssc_mode=context.ssc_mode,
            authorized_qos_rules=_rules(context.qfi) + flows.qos_rules(context.flows),
            session_ambr=context.session_ambr,
            cause=self.cause,
            pdu_address=self._pdu_address(),
            s_nssai=context.snssai,
            authorized_qos_flow_descriptions=_flows(context.qfi, context.qos.five_qi)
            + flows.descriptions(context.flows),
            extended_protocol_configuration_options=self._options(network),
            dnn=context.dnn,
        )

    def _pdu_address(self) -> nas.PduAddress | None:
        """Of IP sessions (TS 24.501 8.3.2.6)."""
        context = self.session.context
        if context.pdu_session_type not in IP:
            return None
        return nas.PduAddress(
            IPv4Address(context.ipv4) if context.ipv4 else None, context.interface_identifier
        )

    def _options(self, network: DataNetwork) -> nas.ProtocolOptions | None:
        """What the phone asked to be told (TS 24.501 6.2.4, TS 24.008 10.5.6.3)."""
        asked = self.request.extended_protocol_configuration_options
        if asked is None:
            return None
        if self.session.context.pdu_session_type is PduSessionType.ETHERNET:
            return _frame_answer(network.mtu) if asked.asks(ETHERNET_PAYLOAD_MTU) else None
        return _answer(network, asked.asks(DNS_IPV4), asked.asks(DNS_IPV6), asked.asks(IPV4_LINK_MTU))

    async def _connect(self, accept: nas.PduSessionEstablishmentAccept, request: N2Sm) -> None:
        """Steps 11 to 16: phone and radio are told; the radio answers with its end of the tunnel."""
        try:
            accepted = self._accepted(await self._ask_radio(accept, request))
        except (TimerExpired, Gone, DecodeError) as failed:
            await self._abort(f"the radio did not set it up: {failed}")
            return
        self.session.context.downlink = accepted.tunnel
        self.session.context.state = SessionState.ACTIVE
        await self.session.set_downlink()

    async def _ask_radio(self, accept: nas.PduSessionEstablishmentAccept, request: N2Sm) -> N2Answer:
        """What the radio answers; one that is just handing the phone over is asked again, or the next one is
        (TS 23.502 4.9.1.2.1, 4.9.1.3.1). Raises TimerExpired, Gone, DecodeError."""
        owner, timers = self.session.owner, self.session.smf.config.timers
        for _ in range(timers["X-RETRY"].expiries):
            await self.session.carry(accept, request)
            answer = await owner.wait(N2Answer, timer=timers["X-N2"])
            if not transfers.moving(answer.n2):
                break
            with contextlib.suppress(TimerExpired):
                await owner.wait(_Nothing, timer=timers["X-RETRY"])
        return answer

    def _accepted(self, answer: N2Answer) -> transfers.Accepted:
        if answer.n2.kind is not N2SmType.PDU_RES_SETUP_RSP:
            raise Gone(transfers.unsuccessful_cause(answer.n2.transfer))
        return transfers.setup_response(answer.n2.transfer)

    async def _abort(self, reason: str) -> None:
        """The radio has no resources: the phone, which was told of the session, is told that it is gone."""
        context = self.session.context
        self.session.smf.journal.refuse(
            context.name,
            "PDU session lost",
            cause=GsmCause.INSUFFICIENT_RESOURCES.name,
            reason=reason,
            fix="look at the radio's log for this phone",
        )
        await self.session.transfer(
            nas.PduSessionReleaseCommand(
                pdu_session_id=context.pdu_session_id, pti=0, cause=GsmCause.INSUFFICIENT_RESOURCES
            )
        )
        await self.session.end()

    async def _reject(self, cause: GsmCause, reason: str, fix: str) -> None:
        """PDU Session Establishment Reject (TS 24.501 6.4.1.4)."""
        context = self.session.context
        self.session.smf.journal.refuse(
            context.name, "PDU session refused", cause=f"#{cause.value} {cause.name}", reason=reason, fix=fix
        )
        await self.session.transfer(
            nas.PduSessionEstablishmentReject(
                pdu_session_id=context.pdu_session_id, pti=self.request.pti, cause=cause
            )
        )
        await self.session.end()

    def collide(self, event: Any) -> Verdict:
        """The phone's repetition is answered by what is under way (TS 24.501 6.4.1.6 a); a release waits."""
        if isinstance(event, nas.PduSessionEstablishmentRequest):
            return Verdict.IGNORE
        if isinstance(event, nas.PduSessionReleaseRequest | N2Answer):
            return Verdict.LATER
        return Verdict.REFUSE


# What all sessions of a flow or data network are told alike.


@functools.lru_cache(maxsize=64)
def _rules(qfi: int) -> tuple[nas.QosRule, ...]:
    """The default QoS rule: everything into one flow (TS 24.501 6.2.5.1.1.2)."""
    everything = nas.PacketFilter(1)
    return (nas.QosRule(identifier=1, default=True, packet_filters=(everything,), precedence=255, qfi=qfi),)


@functools.lru_cache(maxsize=1024)
def _flows(qfi: int, five_qi: int) -> tuple[nas.QosFlowDescription, ...]:
    return (nas.QosFlowDescription(qfi=qfi, five_qi=five_qi),)


@functools.lru_cache(maxsize=1024)
def _answer(network: DataNetwork, dns4: bool, dns6: bool, mtu: bool) -> nas.ProtocolOptions:
    servers = [ip_address(text) for text in network.dns]
    dns = [server for server in servers if (dns4 if server.version == 4 else dns6)]
    return nas.ProtocolOptions.answer(dns, mtu=network.mtu if mtu else None)


@functools.lru_cache(maxsize=64)
def _frame_answer(mtu: int) -> nas.ProtocolOptions:
    return nas.ProtocolOptions.answer(ethernet_mtu=mtu)


def _unknown_type(wanted: PduSessionType, usable: list[PduSessionType]) -> Refused:
    """Which cause tells the phone what it may ask for instead (TS 24.501 6.4.1.4.1, annex B: #57 stands for
    all types of IP)."""
    fix = "ask for a type that the data network and the subscription have"
    first = PduSessionType.IPV4V6 if PduSessionType.IPV4V6 in usable else usable[0] if usable else None
    if first is None or (len(usable) > 1 and first is not PduSessionType.IPV4V6):
        text = f"session type {wanted.name} is not offered here"
        return Refused(GsmCause.UNKNOWN_PDU_SESSION_TYPE, text, fix)
    return Refused(ONLY[first], f"only {first.name} is offered, {wanted.name} was asked for", fix)


def _of_type(routes: tuple[str, ...], kind: PduSessionType) -> tuple[str, ...]:
    """The framed routes that a session of this type can carry."""
    without = {PduSessionType.IPV4: 6, PduSessionType.IPV6: 4}.get(kind)
    return tuple(each for each in routes if ip_network(each).version != without)


def _interface_identifier(octets: bytes) -> bytes:
    """A random interface identifier with the universal/local bit 0 (RFC 4291 2.5.1), never all zero."""
    return bytes((octets[0] & 0xFD | 0x04,)) + octets[1:]

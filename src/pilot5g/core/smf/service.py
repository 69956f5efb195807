"""Nsmf_PDUSession, and what the UPF reports: the doors of an SMF (TS 29.502, TS 29.244 7.5.8)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import count
from sys import intern
from typing import Any

from pilot5g.core.smf import mobility, rules, transfers
from pilot5g.core.smf.addresses import AddressPool
from pilot5g.core.smf.config import DataNetwork, SmfConfig
from pilot5g.core.smf.context import SessionState, SmContext
from pilot5g.core.smf.metering import Metering, Next
from pilot5g.core.smf.procedures.establishment import Establishment
from pilot5g.core.smf.procedures.release import Release
from pilot5g.core.smf.recovery import Recovery
from pilot5g.core.smf.session import N2Answer, Session
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.journal import Journal
from pilot5g.flow.procedure import Procedure
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Supi
from pilot5g.service.n4 import N4, FTeid, Modification, N4Error, Usage
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType, Namf
from pilot5g.service.npcf import Npcf
from pilot5g.service.nsmf import SmContextCreate, SmContextUpdate, SmContextUpdated, UpCnxState
from pilot5g.service.nudm import Nudm
from pilot5g.service.store import Store, Table
from pilot5g.service.usage import Used
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import GsmCause

log = logging.getLogger(__name__)

TRANSACTIONS = range(1, 255)
"""Procedure transaction identities that a phone may choose (TS 24.007 11.2.3.1a)."""
RESERVED = 255
"""The one that nobody has: such a message is ignored (TS 24.501 7.3.1)."""
REQUESTS = (
    nas.PduSessionEstablishmentRequest,
    nas.PduSessionModificationRequest,
    nas.PduSessionReleaseRequest,
)
"""Messages by which a phone begins a transaction, so that they name one (7.3.1)."""


class Smf:
    """One SMF over one UPF. Its AMFs are told by whoever composes the network, before the first session."""

    def __init__(
        self,
        config: SmfConfig,
        *,
        udm: Nudm,
        pcf: Npcf,
        upf: N4,
        store: Store,
        journal: Journal,
        entropy: Entropy,
    ) -> None:
        self.config = config
        self.udm = udm
        self.pcf = pcf
        self.upf = upf
        self.journal = journal
        self.entropy = entropy
        self.tasks = Tasks()
        self.recovery = Recovery(upf, journal, self.tasks)
        self.metering = Metering(store)
        self._amfs: dict[str, Namf] = {}
        self._networks = {network.dnn: network for network in config.data_networks}
        self._pools = {network.dnn: AddressPool(network) for network in config.data_networks}
        self._sessions: dict[int, Session] = {}
        """By SEID, which is also the number in a session's reference."""
        self._by_phone: dict[tuple[Supi, int], Session] = {}
        self._seids = count(1)
        self._store = store
        self._table = Table(store, "sm_context", SmContext)

    def amf(self, amf_id: str) -> Namf:
        """The AMF that carries messages for phones that this one serves; where it is not known any more, the
        first one, which says so."""
        assert self._amfs, "the SMF was used before it had an AMF"
        return self._amfs.get(amf_id) or next(iter(self._amfs.values()))

    def serve(self, amf: Namf, amf_id: str = "") -> None:
        """Say which AMF carries messages to phones and radios under this name, the first one also under any
        other."""
        self._amfs[amf_id] = amf

    @property
    def sessions(self) -> int:
        """PDU sessions known."""
        return len(self._sessions)

    def network(self, dnn: str) -> DataNetwork | None:
        """A data network by DNN, whatever its case (TS 23.003 9.1)."""
        return self._networks.get(dnn.lower())

    def pool(self, dnn: str) -> AddressPool:
        """The addresses of a data network that exists."""
        return self._pools[dnn.lower()]

    async def create_sm_context(self, create: SmContextCreate) -> str:
        """TS 29.502 5.2.2.2: begins the session; the outcome goes to the phone by the AMF."""
        request = self._decode(create.n1)
        if not isinstance(request, nas.PduSessionEstablishmentRequest):
            raise ServiceError(Problem.N1_SM_ERROR, f"{type(request).__name__} cannot begin a session")
        if request.pdu_session_id != create.pdu_session_id or request.pti not in TRANSACTIONS:
            what = f"a request for session {request.pdu_session_id}, transaction {request.pti}"
            raise ServiceError(Problem.N1_SM_ERROR, f"{what} came as one for session {create.pdu_session_id}")
        before = self._by_phone.get((create.supi, create.pdu_session_id))
        if before is not None:
            if _repeats(before, request):
                return before.context.ref
            await self._let_go(before)
        seid = next(self._seids)
        context = SmContext(
            ref=f"{self.config.instance_id}-{seid}",
            supi=create.supi,
            pdu_session_id=create.pdu_session_id,
            dnn=intern(create.dnn.lower()),  # many sessions keep the same few names
            snssai=create.snssai.canonical,
            amf_id=create.amf_id,
            seid=seid,
        )
        session = self._adopt(context)
        session.start(Establishment(session, request, emergency=create.emergency))
        return context.ref

    async def update_sm_context(self, ref: str, update: SmContextUpdate) -> SmContextUpdated:
        """TS 29.502 5.2.2.3: messages of the phone, answers of the radio, the user plane's state."""
        session = self._session(ref)
        if update.amf_id is not None and update.amf_id != session.context.amf_id:
            session.context.amf_id = intern(update.amf_id)
            self.commit(session)
        if update.release:
            await self._let_go(session)
            return SmContextUpdated()
        if update.n1 is not None:
            self._uplink(session, update.n1)
        if update.ho_state is not None or (update.n2 is not None and update.n2.kind in mobility.KINDS):
            return await self._moved(session, update)
        if update.n2 is not None:
            await self._from_radio(session, update.n2)
        match update.up_cnx_state:
            case UpCnxState.SUSPENDED:
                tunnel = session.context.downlink
                await self._n4(session.deactivate())
                session.suspended = tunnel
                self.commit(session)
                return SmContextUpdated(up_cnx_state=UpCnxState.SUSPENDED)
            case UpCnxState.ACTIVATED:
                return await self._resumed(session)
            case UpCnxState.DEACTIVATED:
                session.suspended = None
                await self._n4(session.deactivate())
                self.commit(session)
                return SmContextUpdated(up_cnx_state=UpCnxState.DEACTIVATED)
            case UpCnxState.ACTIVATING if session.context.installed:
                session.activating = True
                n2 = transfers.setup_request(session.context)
                return SmContextUpdated(n2=n2, up_cnx_state=UpCnxState.ACTIVATING)
        return SmContextUpdated()

    async def release_sm_context(self, ref: str, cause: str) -> None:
        """TS 29.502 5.2.2.4: the phone is gone, nobody is told."""
        await self._let_go(self._session(ref))

    async def release(self, supi: Supi, pdu_session_id: int, cause: GsmCause) -> None:
        """The network ends a session (TS 23.502 4.3.4.2 step 1b to 1f). Raises ServiceError."""
        session = self._by_phone.get((supi, pdu_session_id))
        if session is None:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} has no session {pdu_session_id}")
        session.start(Release(session, cause))

    def downlink_data(self, seid: int, pdr_id: int, qfi: int | None) -> None:
        """Downlink Data Report: reach the phone (TS 23.502 4.2.3.3 steps 2 and 3). Where the user plane is
        about to come, or there meanwhile, what was kept goes out with it: the radio is not asked twice."""
        session = self._sessions.get(seid)
        if session is None or session.activating or session.context.downlink is not None:
            return
        if session.context.state is SessionState.ACTIVE:
            session.activating = True
            self.tasks.spawn(self._reach(session), f"reach {session.context.name}")

    def error_indication(self, seid: int, remote: FTeid) -> None:
        """The radio lost the tunnel: keep packets, and have the radio let go of what it may still have, so
        that the next packet brings it back (TS 23.527 5.3.3)."""
        session = self._sessions.get(seid)
        tunnel = session.context.downlink if session is not None else None
        if session is None or tunnel is None or tunnel.teid != remote.teid:
            return
        self.journal.note(session.context.name, f"the radio at {remote.address} lost tunnel {remote.teid:#x}")
        self.tasks.spawn(self._lost(session), f"error indication for {session.context.name}")

    async def _lost(self, session: Session) -> None:
        await session.deactivate()
        await session.transfer(n2=transfers.release_command("transport", "transport-resource-unavailable"))

    def usage(self, seid: int, usage: Usage) -> None:
        """Usage Report: counted; at the end of what was granted there is more, or the session ends."""
        if (session := self._sessions.get(seid)) is not None:
            log.info("%s used %d up, %d down", session.context.name, usage.uplink, usage.downlink)
            self._after(session, self.metering.report(session.context, usage))

    def _after(self, session: Session, what: Next) -> None:
        context = session.context
        if what is Next.GRANT:
            self.tasks.spawn(self._n4(session.set_grant()), f"grant for {context.name}")
            self.commit(session)
        elif what is Next.END and context.state is SessionState.ACTIVE:
            cause = GsmCause.OPERATOR_DETERMINED_BARRING
            self.journal.refuse(
                context.name,
                "session ended",
                cause=f"#{cause.value} {cause.name}",
                reason=f"its subscriber has used up the quota of {context.dnn}",
                fix="raise the quota: `subscriber add --replace --quota …`",
            )
            session.start(Release(session, cause))

    async def used(self, supi: Supi) -> dict[str, Used]:
        """What a subscriber has used until now, by the data networks of its sessions (Query URR)."""
        sessions = [each for (whose, _), each in self._by_phone.items() if whose == supi]
        for session in sessions:
            if session.at_upf and session.context.metered is not None:
                change = Modification(seid=session.context.seid, query_all=True)
                for usage in (await self.upf.modify(change)).usages:
                    self._after(session, self.metering.report(session.context, usage))
        dnns = {each.context.dnn for each in sessions}
        return {dnn: self.metering.used(supi, dnn) for dnn in sorted(dnns)}

    def inactive(self, seid: int) -> None:
        """User Plane Inactivity Report: let go of the radio's resources (TS 23.502 4.3.7)."""
        session = self._sessions.get(seid)
        if session is None or session.context.downlink is None:
            return
        self.journal.note(session.context.name, "no packet for the inactivity time")
        self.tasks.spawn(self._unused(session), f"inactivity of {session.context.name}")

    async def _unused(self, session: Session) -> None:
        await session.deactivate()
        await session.transfer(n2=transfers.release_command("radioNetwork", "user-inactivity"))

    def sessions_lost(self, concerns: Callable[[str], bool] | None = None) -> None:
        """The UPF is there and knows nothing: what is to go on is established again (TS 23.527 4.3.2)."""
        every = self._sessions.values()
        self.recovery.lose(each for each in every if concerns is None or concerns(each.context.dnn))
        if self.recovery.lost:
            self.journal.note("SMF", f"{len(self.recovery.lost)} sessions are established again at the UPF")
            self.recovery.begin()

    async def transfer_failed(self, supi: Supi, pdu_session_id: int, cause: str) -> None:
        """The phone did not answer paging: what was kept for it goes (TS 23.502 4.2.3.3 step 5)."""
        session = self._by_phone.get((supi, pdu_session_id))
        if session is None or not session.context.installed or session.context.downlink is not None:
            return
        if session.context.seid in self.recovery.lost:
            return
        self.journal.note(session.context.name, f"kept packets dropped: {cause}")
        session.activating = False
        await self._n4(self.upf.modify(Modification(seid=session.context.seid, fars=(rules.discard(),))))
        await self._n4(session.set_downlink())

    async def restore(self) -> int:
        """Take over the sessions of a process before, as idle; how many."""
        await self.metering.restore()
        for context in (await self._table.load()).values():
            if context.state is not SessionState.ACTIVE or self.network(context.dnn) is None:
                continue
            context.downlink = None
            context.policy = None
            context.marking = self.config.dscp.get(context.qos.five_qi, 0)
            self.pool(context.dnn).claim(context.ipv4, context.ipv6_prefix)
            self._adopt(context)
            self.metering.adopt(context)
            await self.udm.register_smf(context.supi, context.pdu_session_id, context.dnn, context.snssai)
            self._seids = count(max(self._sessions) + 1)
        self.recovery.lose(self._sessions.values())
        await self.recovery.establish()
        return len(self._sessions)

    async def close(self) -> None:
        """Stop what runs; sessions stay in the store."""
        for session in list(self._sessions.values()):
            session.stop()
        await self.tasks.close()

    def forget(self, session: Session) -> None:
        """Drop a session that has given everything back."""
        context = session.context
        session.stop()
        self._sessions.pop(context.seid, None)
        if self._by_phone.get((context.supi, context.pdu_session_id)) is session:
            del self._by_phone[context.supi, context.pdu_session_id]
        self._store.post((self._table.change(context.ref, None),))

    def leftovers(self) -> list[str]:
        """Sessions and addresses still held, for leak checks."""
        held = [session.context.name for session in self._sessions.values()]
        return held + [f"{dnn}: {pool.used} addresses" for dnn, pool in self._pools.items() if pool.used]

    def _adopt(self, context: SmContext) -> Session:
        session = Session(context, self)
        self._sessions[context.seid] = session
        self._by_phone[context.supi, context.pdu_session_id] = session
        return session

    def begin(self, session: Session, event: Any) -> Procedure | None:
        """What an event starts in a session where nothing runs (TS 24.501 6.1.3.3)."""
        match event:
            case nas.PduSessionReleaseRequest():
                return Release(session, event.cause or GsmCause.REGULAR_DEACTIVATION, event.pti)
            case nas.PduSessionModificationRequest():
                self._refuse_modification(session, event)
            case nas.PduSessionReleaseComplete() | N2Answer() | nas.GsmStatus():
                pass
            case _:
                self.refuse(session, event)
        return None

    def refuse(self, session: Session, message: Any) -> None:
        """5GSM STATUS for a message that fits no state (TS 24.501 7.4), but not for another STATUS."""
        if isinstance(message, nas.GsmMessage) and not isinstance(message, nas.GsmStatus):
            cause = GsmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE
            session.tell(nas.GsmStatus(pdu_session_id=message.pdu_session_id, pti=message.pti, cause=cause))

    def _refuse_modification(self, session: Session, request: nas.PduSessionModificationRequest) -> None:
        """Modification by the phone is not offered (TS 24.501 6.4.2.4)."""
        cause = GsmCause.SERVICE_OPTION_NOT_SUBSCRIBED
        self.journal.refuse(
            session.context.name,
            "modification refused",
            cause=f"#{cause.value} {cause.name}",
            reason="sessions here cannot be modified by the phone",
        )
        session.tell(
            nas.PduSessionModificationReject(
                pdu_session_id=request.pdu_session_id, pti=request.pti, cause=cause
            )
        )

    def _uplink(self, session: Session, octets: bytes) -> None:
        """A 5GSM message of the phone; what cannot be read or used: STATUS or silence (7.2 to 7.5)."""
        try:
            message = nas.decode(octets)
        except nas.NasError as wrong:
            status_itself = wrong.message_type == nas.GsmStatus.MESSAGE_TYPE
            if wrong.cause is not None and wrong.pti != RESERVED and not status_itself:
                context = session.context
                status = nas.GsmStatus(
                    pdu_session_id=context.pdu_session_id, pti=wrong.pti or 0, cause=GsmCause(wrong.cause)
                )
                session.tell(status)
            return
        if not isinstance(message, nas.GsmMessage):
            return
        if message.pdu_session_id != session.context.pdu_session_id or message.pti == RESERVED:
            self.journal.note(
                session.context.name, f"{type(message).__name__} of another session was ignored"
            )
        elif isinstance(message, REQUESTS) and not message.pti:
            cause = GsmCause.INVALID_PTI_VALUE
            session.tell(nas.GsmStatus(pdu_session_id=message.pdu_session_id, pti=0, cause=cause))
        else:
            session.deliver(message)

    async def _moved(self, session: Session, update: SmContextUpdate) -> SmContextUpdated:
        """A step of a handover (TS 23.502 4.9.1)."""
        try:
            return SmContextUpdated(n2=await mobility.step(session, update))
        except DecodeError as wrong:
            raise ServiceError(Problem.N2_SM_ERROR, str(wrong), "look at the radio's log") from wrong
        except N4Error as failed:
            raise ServiceError(Problem.UPF_NOT_RESPONDING, str(failed), "look at the UPF's log") from failed
        finally:
            self.commit(session)

    async def _from_radio(self, session: Session, n2: N2Sm) -> None:
        context = session.context
        if context.state is SessionState.ACTIVE_PENDING:
            session.deliver(N2Answer(n2))
        elif n2.kind is N2SmType.PDU_RES_SETUP_RSP and context.state is SessionState.ACTIVE:
            await self._connected(session, n2)
        elif n2.kind in (N2SmType.PDU_RES_SETUP_FAIL, N2SmType.PDU_RES_NTY_REL):
            await self._n4(session.deactivate())
        else:
            session.deliver(N2Answer(n2))

    async def _resumed(self, session: Session) -> SmContextUpdated:
        """The radio has its end of the user plane again, as it was (TS 23.502 4.8.2.3)."""
        tunnel, session.suspended = session.suspended, None
        if tunnel is None or not session.context.installed:
            raise ServiceError(Problem.N2_SM_ERROR, f"{session.context.name} was not suspended")
        session.context.downlink, session.activating = tunnel, False
        await self._n4(session.set_downlink())
        self.commit(session)
        return SmContextUpdated(up_cnx_state=UpCnxState.ACTIVATED)

    async def _connected(self, session: Session, n2: N2Sm) -> None:
        """The radio's end of a user plane that was activated again (TS 23.502 4.2.3.2 step 15)."""
        try:
            session.context.downlink = transfers.setup_response(n2.transfer).tunnel
        except DecodeError as wrong:
            await self._n4(session.deactivate())
            raise ServiceError(Problem.N2_SM_ERROR, str(wrong), "look at the radio's log") from wrong
        session.activating = False
        await self._n4(session.set_downlink())
        self.commit(session)

    async def _reach(self, session: Session) -> None:
        message = N1N2Message(
            pdu_session_id=session.context.pdu_session_id,
            n2=transfers.setup_request(session.context),
            five_qi=session.context.qos.five_qi,
            arp=session.context.qos.arp.priority,
        )
        try:
            await self.amf(session.context.amf_id).transfer(session.context.supi, message)
        except ServiceError as unreachable:
            await self.transfer_failed(
                session.context.supi, session.context.pdu_session_id, unreachable.reason
            )

    async def _let_go(self, session: Session) -> None:
        """Release without telling the phone, which has let go already (TS 24.501 6.4.1.7 c, 5.5.2)."""
        session.stop()
        await session.release_resources()
        self.forget(session)

    def commit(self, session: Session) -> None:
        """Have a session that was granted outlive this process."""
        known = self._sessions.get(session.context.seid) is session
        if known and session.context.state is SessionState.ACTIVE:
            self._store.post((self._table.change(session.context.ref, session.context),))

    async def _n4(self, work: Any) -> None:
        try:
            await work
        except N4Error as failed:
            raise ServiceError(Problem.UPF_NOT_RESPONDING, str(failed), "look at the UPF's log") from failed

    def _session(self, ref: str) -> Session:
        number = ref.rpartition("-")[2]
        session = self._sessions.get(int(number)) if number.isdecimal() else None
        if session is None or session.context.ref != ref:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"no session {ref}")
        return session

    def _decode(self, octets: bytes) -> nas.GmmMessage | nas.GsmMessage:
        try:
            return nas.decode(octets)
        except nas.NasError as wrong:
            raise ServiceError(Problem.N1_SM_ERROR, str(wrong), "look at the phone's log") from wrong


def _repeats(session: Session, request: nas.PduSessionEstablishmentRequest) -> bool:
    """Whether the phone's T3580 sent again what is under way already (TS 24.501 6.4.1.6 a)."""
    running = session.procedure
    return isinstance(running, Establishment) and running.request == request

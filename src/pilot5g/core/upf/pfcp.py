"""The UPF's end of PFCP: a `Upf` offered to SMFs elsewhere (TS 29.244 5.8, 6.2, 6.3).

Sessions keep forwarding while their SMF is away: nothing but a new association of that SMF, or its word, ends
them. Each gets a SEID here that nobody can guess; the SMF's own SEID is only used to talk to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from ipaddress import IPv4Address, ip_address

import msgspec

from pilot5g.core.upf.service import Upf
from pilot5g.flow.entropy import Entropy, integer
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Address, DatagramPort
from pilot5g.flow.tasks import Tasks
from pilot5g.flow.timer import Alarm, Timers
from pilot5g.service.n4 import Cause, FTeid, Modification, N4Error, Usage
from pilot5g.service.pfcp import reports
from pilot5g.service.pfcp.endpoint import Endpoint, Identity, NoAnswer, Reply
from pilot5g.service.pfcp.inward import RuleRefused, establishment, modification
from pilot5g.service.pfcp.outward import fteid as element
from pilot5g.service.pfcp.refusal import certain, refusal
from pilot5g.wire import pfcp
from pilot5g.wire.pfcp import messages as m
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.reports import CreatedPdr

FEATURES = (
    f.UpFunctionFeatures.FTUP
    | f.UpFunctionFeatures.EMPU
    | f.UpFunctionFeatures.FRRT
    | f.UpFunctionFeatures.MNOP
)
"""F-TEIDs are chosen here, End Markers sent, framed routes routed, packets counted (8.2.25)."""


class _Association(msgspec.Struct):
    """One SMF, and the sessions it has here, by their SEID here."""

    node_id: a.NodeId
    recovery: int
    sessions: set[int]


class _Owned(msgspec.Struct):
    """Whose session it is, what it is called there, and of each URR that has reported the next number of a
    report and since when it measures; those that have not do so since the session began."""

    peer: str
    cp_seid: int
    since: int
    urrs: dict[int, tuple[int, int]] = {}

    def next_report(self, urr_id: int, now: int) -> tuple[int, int, int]:
        """Number (UR-SEQN, TS 29.244 8.2.71), begin and end of a URR's next report."""
        number, start = self.urrs.get(urr_id, (0, self.since))
        self.urrs[urr_id] = (number + 1, now)
        return number, start, now


class PfcpServer:
    """`upf` over PFCP, for the SMFs at the addresses of `peers` only."""

    def __init__(
        self,
        upf: Upf,
        port: DatagramPort,
        peers: Iterable[Address],
        identity: Identity,
        *,
        default_dnn: str,
        clock: Callable[[], int],
        timers: Timers,
        journal: Journal,
        entropy: Entropy,
    ) -> None:
        """`clock` gives seconds since 1900; `default_dnn` is the data network of a session that names
        none."""
        self._upf = upf
        self._identity = identity
        self._default_dnn = default_dnn
        self._clock = clock
        self._journal = journal
        self._entropy = entropy
        self._address = ip_address(port.local[0])
        self._associations: dict[str, _Association] = {}
        self._owned: dict[int, _Owned] = {}
        self._tasks = Tasks()
        self._endpoint = Endpoint(
            port, peers, self, identity, timer=timers["N4-T1"], journal=journal, entropy=entropy
        )
        self._settling = timers["X-N4-SETTLE"].seconds
        self._settled = Alarm()
        self._when_settled: Callable[[], None] | None = None
        upf.attach(self)

    def when_settled(self, call: Callable[[], None]) -> None:
        """Have that called once, a while after the first association: sessions of a UPF before this one that
        go on are here again by then, and what a data path still has of others can go."""
        self._when_settled = call

    @property
    def associations(self) -> int:
        """SMFs that are associated."""
        return len(self._associations)

    async def close(self) -> None:
        """Stop answering; sessions and what they forward stay as they are."""
        self._settled.stop()
        await self._tasks.close()
        await self._endpoint.close()

    def heard(self, peer: str, recovery: int) -> None:
        """A restarted SMF is noticed; its sessions forward until it associates anew, which it does next."""
        association = self._associations.get(peer)
        if association is not None and recovery > association.recovery:
            association.recovery = recovery
            self._journal.note(f"SMF {peer}", "began anew")

    def refuse(self, peer: str, fault: pfcp.Faulty) -> Reply | None:
        """A request that cannot be used (7.6)."""
        fix = "the SMF sends what TS 29.244 does not allow: look for a newer one"
        self._tell(peer, "request refused", fault.cause, str(fault), fix)
        owned = self._owned.get(fault.header.seid or 0)
        seid = owned.cp_seid if owned is not None and owned.peer == peer else 0
        return refusal(self._identity, fault.header.type, fault.cause, seid=seid, offending=fault.ie)

    async def answer(self, peer: str, pdu: pfcp.Pdu) -> Reply:
        """What an SMF asks."""
        match pdu.message:
            case m.AssociationSetupRequest() as setup:
                return await self._associate(peer, setup), None
            case m.AssociationReleaseRequest() if peer in self._associations:
                await self._release(peer)
                node = self._identity.node_id
                return m.AssociationReleaseResponse(node_id=node, cause=pfcp.Cause.REQUEST_ACCEPTED), None
            case m.AssociationUpdateRequest() if peer in self._associations:
                node = self._identity.node_id
                return m.AssociationUpdateResponse(node_id=node, cause=pfcp.Cause.REQUEST_ACCEPTED), None
            case m.PfdManagementRequest() | m.SessionSetDeletionRequest() | m.NodeReportRequest():
                what = type(pdu.message).__name__
                self._tell(peer, f"{what} refused", Cause.SERVICE_NOT_SUPPORTED, "it is not offered", "")
                return certain(self._identity, pdu, pfcp.Cause.SERVICE_NOT_SUPPORTED)
        if peer not in self._associations:
            reason, fix = "it is not associated", "the SMF sets up an association first (TS 29.244 5.8.1)"
            self._tell(peer, "request refused", Cause.NO_ESTABLISHED_PFCP_ASSOCIATION, reason, fix)
            return certain(self._identity, pdu, pfcp.Cause.NO_ESTABLISHED_PFCP_ASSOCIATION)
        return await self._session_request(peer, pdu)

    async def _associate(self, peer: str, setup: m.AssociationSetupRequest) -> m.AssociationSetupResponse:
        """TS 29.244 6.2.6.2.2: an association that is there already gives way, and its sessions go unless
        they are to be retained."""
        before = self._associations.get(peer)
        retained = before is not None and setup.session_retention is not None
        if before is not None and not retained:
            await self._release(peer)
        sessions = before.sessions if before is not None and retained else set()
        self._associations[peer] = _Association(setup.node_id, setup.recovery_time_stamp, sessions)
        self._journal.note(f"SMF {peer}", f"associated as {setup.node_id}")
        if self._when_settled is not None:
            self._settled.start(self._settling, self._when_settled)
            self._when_settled = None
        return m.AssociationSetupResponse(
            node_id=self._identity.node_id,
            cause=pfcp.Cause.REQUEST_ACCEPTED,
            recovery_time_stamp=self._identity.recovery,
            up_function_features=FEATURES,
            as_rsp_flags=f.AsRspFlags.PSREI if retained else None,
        )

    async def _release(self, peer: str) -> None:
        """Delete an association with its sessions (TS 29.244 6.2.8)."""
        association = self._associations.pop(peer)
        for seid in association.sessions:
            del self._owned[seid]
            await self._upf.delete(seid)
        if association.sessions:
            self._journal.note(f"SMF {peer}", f"{len(association.sessions)} sessions deleted")

    async def _session_request(self, peer: str, pdu: pfcp.Pdu) -> Reply:
        """One of TS 29.244 7.5, refused by what goes wrong in it."""
        owned = None
        kind = type(pdu.message).TYPE
        failed: n.FailedRule | None
        try:
            match pdu.message:
                case m.SessionEstablishmentRequest() as request:
                    return await self._establish(peer, request)
                case m.SessionModificationRequest() as request:
                    owned = self._own(peer, pdu.seid or 0)
                    return await self._modify(owned, pdu.seid or 0, request)
                case m.SessionDeletionRequest():
                    owned = self._own(peer, pdu.seid or 0)
                    return await self._delete(peer, owned, pdu.seid or 0)
            return certain(self._identity, pdu, pfcp.Cause.SERVICE_NOT_SUPPORTED)
        except RuleRefused as wrong:
            cause, offending, failed = wrong.cause, wrong.offending, wrong.failed
            self._tell(peer, "rule refused", cause, str(wrong), "see what the reference says of N4")
        except N4Error as wrong:
            cause, offending = wrong.cause, None
            failed = n.FailedRule(*wrong.rule) if wrong.rule is not None else None
            self._tell(peer, "session request refused", cause, str(wrong), "look at the SMF's log")
        seid = owned.cp_seid if owned is not None else 0
        if isinstance(pdu.message, m.SessionEstablishmentRequest):
            seid = pdu.message.cp_fseid.seid
        reply = refusal(self._identity, kind, cause, seid=seid, offending=offending, failed=failed)
        assert reply is not None, "every session request can be refused"
        return reply

    def _own(self, peer: str, seid: int) -> _Owned:
        owned = self._owned.get(seid)
        if owned is None or owned.peer != peer:
            raise N4Error(Cause.SESSION_CONTEXT_NOT_FOUND, f"no session {seid:#x} of {peer}")
        return owned

    async def _establish(self, peer: str, request: m.SessionEstablishmentRequest) -> Reply:
        """TS 29.244 6.3.2. F-TEIDs are given by an SMF only for a session that it restores (5.5.1)."""
        seid = self._seid()
        session = establishment(request, seid, self._default_dnn)
        given = any(pdr.local_fteid is not None for pdr in session.pdrs)
        if given and not request.se_req_flags:
            why = "the SMF gave an F-TEID of its own, and restores no session by it"
            raise N4Error(Cause.INVALID_F_TEID_ALLOCATION_OPTION, why)
        if given:
            await self._give_way(peer, request.cp_fseid.seid)
        chosen = await self._upf.establish(session)
        self._owned[seid] = _Owned(peer, request.cp_fseid.seid, self._clock())
        self._associations[peer].sessions.add(seid)
        answer = m.SessionEstablishmentResponse(
            node_id=self._identity.node_id,
            cause=pfcp.Cause.REQUEST_ACCEPTED,
            up_fseid=self._fseid(seid),
            created_pdrs=_created(chosen),
        )
        return answer, request.cp_fseid.seid

    async def _give_way(self, peer: str, cp_seid: int) -> None:
        """A session that was retained goes when its SMF restores it: it has its F-TEIDs."""
        sessions = self._associations[peer].sessions
        for seid in [each for each in sessions if self._owned[each].cp_seid == cp_seid]:
            sessions.discard(seid)
            del self._owned[seid]
            await self._upf.delete(seid)

    async def _modify(self, owned: _Owned, seid: int, request: m.SessionModificationRequest) -> Reply:
        """TS 29.244 6.3.3."""
        if request.cp_fseid is not None:
            owned.cp_seid = request.cp_fseid.seid
        before = self._upf.session(seid)
        change = modification(request, before)
        made = await self._upf.modify(change)
        now, reference = self._clock(), request.query_urr_reference
        used = tuple(
            reports.asked_usage(each, *owned.next_report(each.urr_id, now), reference) for each in made.usages
        )
        for id_ in change.removed_urrs:
            owned.urrs.pop(id_, None)
        known = {urr.urr_id for urr in before.urrs}
        owned.urrs.update((urr.urr_id, (0, now)) for urr in change.urrs if urr.urr_id not in known)
        answer = m.SessionModificationResponse(
            cause=pfcp.Cause.REQUEST_ACCEPTED, created_pdrs=_created(made.chosen), usage_reports=used
        )
        return answer, owned.cp_seid

    async def _delete(self, peer: str, owned: _Owned, seid: int) -> Reply:
        """TS 29.244 6.3.4."""
        used = await self._upf.delete(seid)
        del self._owned[seid]
        self._associations[peer].sessions.discard(seid)
        now = self._clock()
        last = tuple(reports.last_usage(each, *owned.next_report(each.urr_id, now)) for each in used)
        answer = m.SessionDeletionResponse(cause=pfcp.Cause.REQUEST_ACCEPTED, usage_reports=last)
        return answer, owned.cp_seid

    def _seid(self) -> int:
        while True:
            seid = integer(self._entropy, 64)
            if seid and seid not in self._owned:
                return seid

    def _fseid(self, seid: int) -> a.FSeid:
        if isinstance(self._address, IPv4Address):
            return a.FSeid(seid, self._address, None)
        return a.FSeid(seid, None, self._address)

    def _tell(self, peer: str, what: str, cause: int, reason: str, fix: str) -> None:
        self._journal.refuse(f"SMF {peer}", what, cause=pfcp.Cause(int(cause)).name, reason=reason, fix=fix)

    def downlink_data(self, seid: int, pdr_id: int, qfi: int | None) -> None:
        """See service.n4.N4Reports."""
        self._report(seid, reports.downlink_data(pdr_id, qfi))

    def error_indication(self, seid: int, remote: FTeid) -> None:
        """See service.n4.N4Reports."""
        self._report(seid, reports.error_indication(remote))

    def usage(self, seid: int, usage: Usage) -> None:
        """See service.n4.N4Reports."""
        if (owned := self._owned.get(seid)) is not None:
            self._report(seid, reports.usage(usage, *owned.next_report(usage.urr_id, self._clock())))

    def inactive(self, seid: int) -> None:
        """See service.n4.N4Reports."""
        self._report(seid, reports.inactivity())

    def sessions_lost(self, concerns: Callable[[str], bool] | None = None) -> None:
        """See service.n4.N4Reports: a UPF of one process never says so."""

    def _report(self, seid: int, request: m.SessionReportRequest) -> None:
        owned = self._owned.get(seid)
        if owned is not None:
            self._tasks.spawn(self._deliver(seid, owned, request), f"report of session {seid:#x}")

    async def _deliver(self, seid: int, owned: _Owned, request: m.SessionReportRequest) -> None:
        """TS 29.244 6.3.5. A session that its SMF does not know is deleted: nobody else would."""
        try:
            answer = await self._endpoint.ask(owned.peer, request, owned.cp_seid)
        except NoAnswer as silence:
            self._journal.note(f"SMF {owned.peer}", f"a report was lost: {silence}")
            return
        assert isinstance(answer, m.SessionReportResponse), "the path lets no other answer through"
        if answer.cause == pfcp.Cause.SESSION_CONTEXT_NOT_FOUND and self._owned.get(seid) is owned:
            self._journal.note(f"SMF {owned.peer}", f"does not know session {owned.cp_seid}: deleted")
            del self._owned[seid]
            self._associations[owned.peer].sessions.discard(seid)
            await self._upf.delete(seid)
        elif answer.sr_rsp_flags and self._owned.get(seid) is owned:  # DROBU (7.5.9.1)
            await self._upf.modify(Modification(seid=seid, drop_buffered=True))


def _created(chosen: Mapping[int, FTeid]) -> tuple[CreatedPdr, ...]:
    return tuple(CreatedPdr(pdr_id=pdr_id, local_fteid=element(fteid)) for pdr_id, fteid in chosen.items())

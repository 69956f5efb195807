"""A UPF elsewhere, as its SMF sees it: `service.n4.N4` over PFCP (TS 29.244 5.8, 6.2, 6.3).

One association to one UPF, kept as long as this end lives: set up, watched by heartbeats, set up again after
either side began anew (TS 23.527 4). Each time it is new the UPF has no session of ours, and the SMF is told,
which establishes again what is to go on.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeVar

import msgspec

from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Address, DatagramPort
from pilot5g.flow.tasks import Tasks
from pilot5g.flow.timer import Timers
from pilot5g.service.n4 import Cause, FTeid, Modification, Modified, N4Error, N4Reports, Session, Usage
from pilot5g.service.pfcp.endpoint import Endpoint, Identity, NoAnswer, Reply
from pilot5g.service.pfcp.outward import Known, Outward, after, known
from pilot5g.service.pfcp.refusal import certain, refusal
from pilot5g.service.pfcp.reports import tell, usages
from pilot5g.wire import pfcp
from pilot5g.wire.pfcp import messages as m
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.reports import CreatedPdr

T = TypeVar("T")
INFINITE = float("inf")
ACCEPTED = range(1, 64)
"""Causes that accept (TS 29.244 8.2.1)."""


class _Remote(msgspec.Struct, frozen=True, gc=False):
    """A session as the UPF has it: its SEID there, and which rules."""

    seid: int
    known: Known


class PfcpUpf:
    """N4 (`service.n4.N4`) to the UPF at one address."""

    def __init__(
        self,
        port: DatagramPort,
        upf: Address,
        identity: Identity,
        *,
        timers: Timers,
        journal: Journal,
        entropy: Entropy,
        ipv6_n3: bool = False,
    ) -> None:
        """`port` is bound to this SMF's N4 address; `ipv6_n3`: the UPF's N3 address is an IPv6 one."""
        self._upf = upf[0]
        self._name = f"UPF {upf[0]}"
        self._identity = identity
        self._journal = journal
        self._heartbeat = timers["X-N4-HEARTBEAT"].seconds
        self._retry = timers["X-N4-RETRY"].seconds
        self._address = ip_address(port.local[0])
        self._ipv6_n3 = ipv6_n3
        self._outward = Outward(ipv6=ipv6_n3)
        self._endpoint = Endpoint(
            port, [upf], self, identity, timer=timers["N4-T1"], journal=journal, entropy=entropy
        )
        self._tasks = Tasks()
        self._reports: N4Reports | None = None
        self._recovery: int | None = None
        """The UPF's recovery time stamp while there is an association."""
        self._there = asyncio.Event()
        self._news = asyncio.Event()
        self._sessions: dict[int, _Remote] = {}
        self._running: dict[int, asyncio.Future[None]] = {}
        self._silent = False
        self._leaving: asyncio.Event | None = None
        """While the UPF is about to leave; set when its last session has ended."""

    def attach(self, reports: N4Reports) -> None:
        """Say which SMF hears the reports."""
        self._reports = reports

    def start(self) -> None:
        """Keep the association from now on."""
        self._tasks.spawn(self._keep(), f"association with {self._name}")

    async def close(self) -> None:
        """Let go of the UPF without a word: sessions are to outlive this process."""
        await self._tasks.close()
        await self._endpoint.close()

    def leftovers(self) -> list[str]:
        """Sessions at the UPF, for leak checks."""
        return [f"session {seid}" for seid in self._sessions]

    @property
    def associated(self) -> bool:
        """Whether there is an association."""
        return self._recovery is not None

    async def until_associated(self, patience: float) -> bool:
        """Wait for the association, but not longer than that; whether it is there."""
        try:
            await asyncio.wait_for(self._there.wait(), patience)
        except TimeoutError:
            return False
        return True

    async def establish(self, session: Session) -> Mapping[int, FTeid]:
        """TS 29.244 6.3.2. Raises N4Error."""
        return await self._in_turn(session.seid, lambda: self._establish(session))

    async def modify(self, change: Modification) -> Modified:
        """TS 29.244 6.3.3. Raises N4Error."""
        return await self._in_turn(change.seid, lambda: self._modify(change))

    async def delete(self, seid: int) -> tuple[Usage, ...]:
        """TS 29.244 6.3.4. Raises N4Error."""
        return await self._in_turn(seid, lambda: self._delete(seid))

    async def _in_turn(self, seid: int, work: Callable[[], Awaitable[T]]) -> T:
        """One request of a session at a time: two in flight could arrive in another order."""
        while (before := self._running.get(seid)) is not None:
            await asyncio.wait([before])  # whoever stops waiting does not stop what it waits for
        done = self._running[seid] = asyncio.get_running_loop().create_future()
        try:
            return await work()
        finally:
            del self._running[seid]
            done.set_result(None)

    async def _establish(self, session: Session) -> Mapping[int, FTeid]:
        self._check_association()
        if self._leaving is not None:
            raise N4Error(Cause.NO_RESOURCES_AVAILABLE, f"{self._name} is about to leave")
        fseid = _fseid(session.seid, self._address)
        request = self._outward.establishment(session, self._identity.node_id, fseid)
        answer = await self._ask(request, 0, m.SessionEstablishmentResponse)
        self._accepted(answer.cause, answer.offending_ie, answer.failed_rule)
        if answer.up_fseid is None:
            raise N4Error(Cause.CONDITIONAL_IE_MISSING, f"{self._name} accepted and gave no F-SEID")
        self._sessions[session.seid] = _Remote(answer.up_fseid.seid, _shared(known(session)))
        wanted = {pdr.pdr_id for pdr in session.pdrs if pdr.choose is not None}
        chosen = self._chosen(answer.created_pdrs)
        if wanted - chosen.keys():
            await self._delete(session.seid)
            raise N4Error(Cause.CONDITIONAL_IE_MISSING, f"{self._name} chose no F-TEID for a PDR")
        return chosen

    async def _modify(self, change: Modification) -> Modified:
        remote = self._remote(change.seid)
        request = self._outward.modification(change, remote.known)
        answer = await self._ask(request, remote.seid, m.SessionModificationResponse)
        self._accepted(answer.cause, answer.offending_ie, answer.failed_rule)
        self._sessions[change.seid] = _Remote(remote.seid, _shared(after(remote.known, change)))
        return Modified(self._chosen(answer.created_pdrs), usages(answer.usage_reports))

    async def _delete(self, seid: int) -> tuple[Usage, ...]:
        remote = self._remote(seid)
        del self._sessions[seid]
        answer = await self._ask(m.SessionDeletionRequest(), remote.seid, m.SessionDeletionResponse)
        if self._leaving is not None and not self._sessions:
            self._leaving.set()
        self._accepted(answer.cause, answer.offending_ie, None)
        return usages(answer.usage_reports)

    def _check_association(self) -> None:
        if not self.associated:
            why = f"there is no association with {self._name}"
            raise N4Error(Cause.NO_ESTABLISHED_PFCP_ASSOCIATION, why)

    def _remote(self, seid: int) -> _Remote:
        self._check_association()
        if (remote := self._sessions.get(seid)) is None:
            raise N4Error(Cause.SESSION_CONTEXT_NOT_FOUND, f"{self._name} has no session {seid}")
        return remote

    async def _ask(self, message: pfcp.Message, seid: int, kind: type[T]) -> T:
        try:
            answer = await self._endpoint.ask(self._upf, message, seid)
        except NoAnswer as silence:
            raise N4Error(Cause.SYSTEM_FAILURE, f"{self._name}: {silence}") from silence
        assert isinstance(answer, kind), "the path lets no other kind of answer through"
        return answer

    def _accepted(self, cause: int, offending: int | None, failed: object) -> None:
        """Raises N4Error unless the cause accepts, whole."""
        if cause in ACCEPTED and cause != pfcp.Cause.REQUEST_PARTIALLY_ACCEPTED:
            return
        if cause == pfcp.Cause.NO_ESTABLISHED_PFCP_ASSOCIATION:
            self._lost("the UPF says that there is none", "nothing: it is set up again")
        known_cause = cause in set(Cause)
        why = f"{self._name} refused with cause {cause}"
        why += f", offending element {offending}" if offending else ""
        why += f", {failed}" if failed is not None else ""
        raise N4Error(Cause(cause) if known_cause else Cause.REQUEST_REJECTED, why)

    def _chosen(self, created: Iterable[CreatedPdr]) -> dict[int, FTeid]:
        """The F-TEIDs that the UPF chose, with the address of the family that was asked for."""
        chosen = {}
        for each in created:
            if isinstance(fteid := each.local_fteid, a.FTeid):
                first = (fteid.ipv6, fteid.ipv4) if self._ipv6_n3 else (fteid.ipv4, fteid.ipv6)
                address = first[0] or first[1]
                chosen[each.pdr_id] = FTeid(fteid.teid, str(address))
        return chosen

    async def _keep(self) -> None:
        """Set the association up, watch it, and begin again where it ends."""
        while True:
            self._news.clear()
            if self.associated:
                if not await self._pause(self._heartbeat):
                    await self._beat()
            elif not await self._associate():
                await self._pause(self._retry)

    async def _pause(self, seconds: float) -> bool:
        """Wait; whether something happened to the association meanwhile."""
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _beat(self) -> None:
        try:
            await self._endpoint.heartbeat(self._upf)
        except NoAnswer as silence:
            self._lost(f"heartbeats are not answered: {silence}", "see whether the UPF runs and N4 is up")

    async def _associate(self) -> bool:
        """TS 29.244 6.2.6.2; whether it is there."""
        request = m.AssociationSetupRequest(
            node_id=self._identity.node_id, recovery_time_stamp=self._identity.recovery
        )
        try:
            answer = await self._endpoint.ask(self._upf, request)
        except NoAnswer as silence:
            self._unanswered(str(silence))
            return False
        assert isinstance(answer, m.AssociationSetupResponse), "the path lets no other answer through"
        self._silent = False
        if answer.cause not in ACCEPTED:
            self._refused(pfcp.Cause(answer.cause).name if answer.cause in set(pfcp.Cause) else "?")
            return False
        return self.associated or self._up(answer.recovery_time_stamp, answer.up_function_features)

    def _up(self, recovery: int, features: f.UpFunctionFeatures | None) -> bool:
        features = features or f.UpFunctionFeatures(0)
        if not features & f.UpFunctionFeatures.FTUP:
            self._refused("FTUP", "it does not choose F-TEIDs", "use a UPF that does (TS 29.244 5.5.1)")
            return False
        self._outward = Outward(ipv6=self._ipv6_n3, packets=bool(features & f.UpFunctionFeatures.MNOP))
        self._recovery = recovery
        self._sessions.clear()
        self._there.set()
        self._news.set()
        self._journal.note(self._name, "associated")
        if self._reports is not None:
            self._reports.sessions_lost()
        return True

    def _unanswered(self, silence: str) -> None:
        """Told once: a UPF that is not there yet is no news every few seconds."""
        if not self._silent:
            self._silent = True
            self._refused("none", silence, "start the UPF, and have it know this SMF's N4 address as a peer")

    def _refused(
        self, cause: str, reason: str = "the UPF said so", fix: str = "look at the UPF's log"
    ) -> None:
        self._journal.refuse(self._name, "no association", cause=cause, reason=reason, fix=fix)

    def _lost(self, reason: str, fix: str) -> None:
        if self.associated:
            self._recovery = None
            self._sessions.clear()
            self._there.clear()
            self._news.set()
            if self._leaving is not None:
                self._leaving.set()
            self._journal.refuse(self._name, "association lost", cause="none", reason=reason, fix=fix)

    def heard(self, peer: str, recovery: int) -> None:
        """A greater time stamp than before: the UPF began anew (TS 23.527 4.2)."""
        if self._recovery is not None and recovery > self._recovery:
            self._lost("the UPF began anew", "nothing: its sessions are established again")

    def refuse(self, peer: str, fault: pfcp.Faulty) -> Reply | None:
        """A request of the UPF that cannot be used (7.6)."""
        self._journal.refuse(
            self._name,
            "request refused",
            cause=fault.cause.name,
            reason=str(fault),
            fix="the UPF sends what TS 29.244 does not allow: look for a newer one",
        )
        return refusal(self._identity, fault.header.type, fault.cause, offending=fault.ie)

    async def answer(self, peer: str, pdu: pfcp.Pdu) -> Reply:
        """What a UPF asks: reports, and changes of the association."""
        node = self._identity.node_id
        match pdu.message:
            case m.SessionReportRequest() as report:
                return self._report(report, pdu.seid or 0, pdu)
            case m.AssociationSetupRequest() as setup:
                return self._invited(setup), None
            case m.AssociationUpdateRequest() as update:
                flags = update.release_request or f.AssociationReleaseRequestFlags(0)
                if flags & f.AssociationReleaseRequestFlags.SARR and self._leaving is None:
                    period = update.graceful_release_period
                    leave = self._leave(period.seconds if period is not None else 0.0)
                    self._tasks.spawn(leave, f"release {self._name}")
                return m.AssociationUpdateResponse(node_id=node, cause=pfcp.Cause.REQUEST_ACCEPTED), None
            case m.NodeReportRequest() as report:
                for each in (report.path_failure, report.path_recovery):
                    peers = ", ".join(str(p.ipv4 or p.ipv6) for p in each.peers) if each else ""
                    if peers:
                        what = "failed" if each is report.path_failure else "recovered"
                        self._journal.note(self._name, f"the user plane path to {peers} {what}")
                return m.NodeReportResponse(node_id=node, cause=pfcp.Cause.REQUEST_ACCEPTED), None
        return certain(self._identity, pdu, pfcp.Cause.SERVICE_NOT_SUPPORTED)

    def _report(self, report: m.SessionReportRequest, seid: int, pdu: pfcp.Pdu) -> Reply:
        """TS 29.244 6.3.5."""
        remote = self._sessions.get(seid)
        if remote is None or self._reports is None:
            return certain(self._identity, pdu, pfcp.Cause.SESSION_CONTEXT_NOT_FOUND)
        tell(self._reports, seid, report)
        return m.SessionReportResponse(cause=pfcp.Cause.REQUEST_ACCEPTED), remote.seid

    def _invited(self, setup: m.AssociationSetupRequest) -> m.AssociationSetupResponse:
        """The UPF begins the association (TS 29.244 6.2.6.3)."""
        if self.associated:
            self._lost("the UPF associates anew", "nothing: its sessions are established again")
        cause = pfcp.Cause.REQUEST_ACCEPTED
        if not self._up(setup.recovery_time_stamp, setup.up_function_features):
            cause = pfcp.Cause.REQUEST_REJECTED
        return m.AssociationSetupResponse(
            node_id=self._identity.node_id, cause=cause, recovery_time_stamp=self._identity.recovery
        )

    async def _leave(self, period: float) -> None:
        """The UPF wants to be rid of us (TS 29.244 6.2.7.3, 6.2.8), and its sessions to end within a graceful
        release period, in which it gets no new ones. It is asked again after a while."""
        if period and self._sessions:
            self._leaving = asyncio.Event()
            self._journal.note(self._name, "is about to leave: it gets no new sessions")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), None if period == INFINITE else period)
            self._leaving = None
        if not self.associated:
            return
        self._lost("the UPF asked for its release", "nothing, if that is wanted")
        request = m.AssociationReleaseRequest(node_id=self._identity.node_id)
        try:
            await self._endpoint.ask(self._upf, request)
        except NoAnswer as silence:
            self._journal.note(self._name, f"the release was not confirmed: {silence}")


def _fseid(seid: int, address: IPv4Address | IPv6Address) -> a.FSeid:
    if isinstance(address, IPv4Address):
        return a.FSeid(seid, address, None)
    return a.FSeid(seid, None, address)


_patterns: dict[Known, Known] = {}


def _shared(pattern: Known) -> Known:
    """One value for all sessions with the same rule ids; they are few."""
    return _patterns.setdefault(pattern, pattern)

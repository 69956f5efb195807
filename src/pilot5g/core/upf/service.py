"""N4 as the UPF offers it: F-TEIDs, sessions that are whole or not at all, reports to the SMF.

The data path beneath is replaced without a word of this changing. A session is checked here, before the data
path sees it, so a rule that names what does not exist is refused with a PFCP cause (TS 29.244 7.5.3) and
leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from pilot5g.core.upf.check import check, check_fars
from pilot5g.core.upf.teid import TeidPool
from pilot5g.flow.entropy import Entropy
from pilot5g.service.datapath import Counters, Datapath
from pilot5g.service.n4 import (
    ApplyAction,
    Cause,
    Choose,
    Far,
    FTeid,
    Modification,
    Modified,
    N4Error,
    N4Reports,
    Pdr,
    Qer,
    RuleKind,
    Session,
    Urr,
    Usage,
)

R = TypeVar("R", Pdr, Far, Qer, Urr)


class Upf:
    """A UPF with one N3 address over one data path, serving one SMF."""

    def __init__(self, address: str, datapath: Datapath, entropy: Entropy) -> None:
        """`address` is the N3 address, in text, that gNBs send to."""
        self._address = address
        self._is_ipv6 = ":" in address
        self._datapath = datapath
        self._teids = TeidPool(entropy)
        self._sessions: dict[int, Session] = {}
        self._reports: N4Reports | None = None
        datapath.attach(self)

    def attach(self, reports: N4Reports) -> None:
        """Say which SMF hears the reports."""
        self._reports = reports

    @property
    def counters(self) -> Counters:
        """What the data path counted."""
        return self._datapath.counters

    @property
    def sessions(self) -> int:
        """N4 sessions installed."""
        return len(self._sessions)

    @property
    def associated(self) -> bool:
        """In one process there is nothing to associate."""
        return True

    async def establish(self, session: Session) -> Mapping[int, FTeid]:
        """TS 29.244 7.5.2. Raises N4Error; nothing is installed then."""
        if session.seid in self._sessions:
            raise N4Error(Cause.REQUEST_REJECTED, f"session {session.seid} exists")
        chosen = self._choose(session.pdrs)
        try:
            if chosen:
                session = msgspec.structs.replace(session, pdrs=_with(session.pdrs, chosen))
            check(session)
            self._install(session)
        except N4Error:
            self._give_back(fteid.teid for fteid in chosen.values())
            raise
        return chosen

    async def modify(self, change: Modification) -> Modified:
        """TS 29.244 7.5.4. Raises N4Error; nothing is changed then."""
        before = self.session(change.seid)
        chosen = self._choose(change.pdrs)
        pdrs = _with(change.pdrs, chosen) if chosen else change.pdrs
        after = Session(
            seid=before.seid,
            dnn=before.dnn,
            pdrs=_merge(before.pdrs, pdrs, change.removed_pdrs, lambda rule: rule.pdr_id),
            fars=_merge(before.fars, change.fars, change.removed_fars, lambda rule: rule.far_id),
            qers=_merge(before.qers, change.qers, change.removed_qers, lambda rule: rule.qer_id),
            urrs=_merge(before.urrs, change.urrs, change.removed_urrs, lambda rule: rule.urr_id),
            inactivity=before.inactivity if change.inactivity is None else change.inactivity or None,
        )
        try:
            usages = self._replace(before, after, change)
        except N4Error:
            self._give_back(fteid.teid for fteid in chosen.values())
            raise
        asked = tuple(urr.urr_id for urr in after.urrs) if change.query_all else change.queried
        if asked:
            usages += self._datapath.query(change.seid, asked)
        return Modified(chosen, usages)

    def _replace(self, before: Session, after: Session, change: Modification) -> tuple[Usage, ...]:
        untouched = (
            after.pdrs is before.pdrs
            and after.qers is before.qers
            and after.urrs is before.urrs
            and not change.removed_fars
        )
        if untouched:
            check_fars(change.fars)
        else:
            check(after)
        if change.drop_buffered:
            self._datapath.install(_dropping(before))
        markers = tuple(far.far_id for far in change.fars if far.send_end_marker)
        try:
            usages = self._install(after, markers, tuple(far.far_id for far in change.fars))
        except N4Error:
            if change.drop_buffered:
                self._datapath.install(before)
            raise
        if after.pdrs is not before.pdrs:
            self._give_back(_local(before) - _local(after))
        return usages

    async def delete(self, seid: int) -> tuple[Usage, ...]:
        """TS 29.244 7.5.6. Raises N4Error where the session is not known."""
        session = self.session(seid)
        del self._sessions[seid]
        self._give_back(_local(session))
        return self._datapath.remove(seid)

    def downlink_data(self, seid: int, pdr_id: int, qfi: int | None) -> None:
        """From the data path: a packet waits for an idle phone."""
        if self._reports is not None and seid in self._sessions:
            self._reports.downlink_data(seid, pdr_id, qfi)

    def error_indication(self, seid: int, remote: FTeid) -> None:
        """From the data path: the gNB does not know this tunnel."""
        if self._reports is not None and seid in self._sessions:
            self._reports.error_indication(seid, remote)

    def usage(self, seid: int, usage: Usage) -> None:
        """From the data path: a volume threshold was reached."""
        if self._reports is not None and seid in self._sessions:
            self._reports.usage(seid, usage)

    def inactive(self, seid: int) -> None:
        """From the data path: no packet for the session's time."""
        if self._reports is not None and seid in self._sessions:
            self._reports.inactive(seid)

    def leftovers(self) -> list[str]:
        """Sessions and F-TEIDs still held, for leak checks."""
        held = [f"session {seid}" for seid in self._sessions]
        return held + [f"TEID {teid:#x}" for teid in self._teids.held]

    def session(self, seid: int) -> Session:
        """A session with all its rules. Raises N4Error where there is none."""
        if (session := self._sessions.get(seid)) is None:
            raise N4Error(Cause.SESSION_CONTEXT_NOT_FOUND, f"no session {seid}")
        return session

    def _choose(self, pdrs: tuple[Pdr, ...]) -> dict[int, FTeid]:
        """F-TEIDs for the PDRs that ask for one, by PDR id (TS 29.244 5.5.3)."""
        chosen: dict[int, FTeid] = {}
        shared: dict[int, FTeid] = {}
        for pdr in pdrs:
            if pdr.choose is None:
                continue
            id_ = pdr.choose.id
            fteid = shared.get(id_) if id_ is not None else None
            if fteid is None:
                try:
                    self._check_family(pdr, pdr.choose)
                    fteid = FTeid(self._teids.take(), self._address)
                except N4Error:
                    self._give_back(each.teid for each in chosen.values())
                    raise
            if id_ is not None:
                shared[id_] = fteid
            chosen[pdr.pdr_id] = fteid
        return chosen

    def _check_family(self, pdr: Pdr, choose: Choose) -> None:
        """Raises N4Error where the N3 address is of no family that is wanted."""
        if not (choose.ipv6 if self._is_ipv6 else choose.ipv4):
            why = f"PDR {pdr.pdr_id} wants an IPv{4 if self._is_ipv6 else 6} address, N3 is {self._address}"
            raise N4Error(Cause.RULE_CREATION_FAILURE, why, (RuleKind.PDR, pdr.pdr_id))

    def _give_back(self, teids: Iterable[int]) -> None:
        for teid in teids:
            self._teids.give_back(teid)

    def _install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> tuple[Usage, ...]:
        usages = self._datapath.install(session, end_markers, reinstalled)
        self._sessions[session.seid] = session
        for teid in _local(session):
            self._teids.hold(teid)
        return usages


def _with(pdrs: tuple[Pdr, ...], chosen: Mapping[int, FTeid]) -> tuple[Pdr, ...]:
    """The same rules with the F-TEIDs that were chosen for them."""
    return tuple(
        msgspec.structs.replace(pdr, local_fteid=chosen[pdr.pdr_id], choose=None) if pdr.choose else pdr
        for pdr in pdrs
    )


def _dropping(session: Session) -> Session:
    """The session with nothing kept for its phone."""
    fars = tuple(
        msgspec.structs.replace(far, action=ApplyAction.DROP) if far.action & ApplyAction.BUFF else far
        for far in session.fars
    )
    return msgspec.structs.replace(session, fars=fars)


def _local(session: Session) -> set[int]:
    return {pdr.local_fteid.teid for pdr in session.pdrs if pdr.local_fteid is not None}


def _merge(
    before: tuple[R, ...], given: tuple[R, ...], removed: tuple[int, ...], key: Callable[[R], int]
) -> tuple[R, ...]:
    """Rules by id: those given replace or join, those removed go. Untouched rules stay the very same tuple,
    by which a data path sees that it need not look at them."""
    if not given and not removed:
        return before
    rules = {key(rule): rule for rule in before}
    rules.update((key(rule), rule) for rule in given)
    return tuple(rule for id_, rule in rules.items() if id_ not in removed)

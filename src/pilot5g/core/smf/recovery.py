"""Sessions that their UPF no longer has, and how they come back (TS 23.527 4.3.2).

A UPF that starts anew, or an SMF that does, leaves the SMF with sessions that no UPF knows. They are
established again as they are, with the F-TEIDs that radios already use; one that the UPF refuses is released,
and its phone asked to begin again. Until it is back nothing is said to the UPF about such a session: what it
is told then is its state of that moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pilot5g.core.smf import rules
from pilot5g.core.smf.procedures.release import Release
from pilot5g.core.smf.session import Session
from pilot5g.flow.journal import Journal
from pilot5g.flow.tasks import Tasks
from pilot5g.service.n4 import N4, Cause, N4Error
from pilot5g.wire.nas import GsmCause

AT_ONCE: Final = 16
"""Establishments under way at a time: thousands would be more than a UPF's socket holds."""


class Recovery:
    """What is lost, by SEID, and the way back."""

    def __init__(self, upf: N4, journal: Journal, tasks: Tasks) -> None:
        self.lost: dict[int, Session] = {}
        self._waiting: list[Session] = []
        self._upf = upf
        self._journal = journal
        self._tasks = tasks

    def lose(self, sessions: Iterable[Session]) -> None:
        """These are not at the UPF."""
        for session in sessions:
            if session.context.installed and session.context.seid not in self.lost:
                self.lost[session.context.seid] = session
        self._waiting = list(self.lost.values())

    def begin(self) -> None:
        """Establish what is lost, beside everything else."""
        for _ in range(min(AT_ONCE, len(self._waiting))):
            self._tasks.spawn(self.establish(), "establish lost sessions")

    async def establish(self) -> None:
        """Establish what is lost, one after the other, as long as there is a UPF."""
        while self._waiting and self._upf.associated:
            await self._one(self._waiting.pop())

    async def _one(self, session: Session) -> None:
        context = session.context
        if not context.installed:
            self.lost.pop(context.seid, None)
            return
        told = rules.session(context)
        try:
            await self._upf.establish(told)
        except N4Error as refused:
            if refused.cause is not Cause.NO_ESTABLISHED_PFCP_ASSOCIATION and self._upf.associated:
                self._give_up(session, refused)
            return
        self.lost.pop(context.seid, None)
        if not context.installed:
            await self._upf.delete(context.seid)
        elif rules.downlink_far(context) not in told.fars:
            await session.set_downlink()

    def _give_up(self, session: Session, refused: N4Error) -> None:
        self.lost.pop(session.context.seid, None)
        session.context.installed = False
        self._journal.refuse(
            session.context.name,
            "session lost",
            cause=refused.cause.name,
            reason=f"the UPF did not take it again: {refused}",
            fix="look at the UPF's log; the phone is asked to begin anew",
        )
        session.start(Release(session, GsmCause.REACTIVATION_REQUESTED))

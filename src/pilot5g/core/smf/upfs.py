"""Several UPFs, as one SMF sees them: which serves a data network, and which two do (TS 23.501 6.3.3).

To the rest of the SMF they are one N4. A session is at the UPF of its data network, or, where that has an
uplink classifier, at two: the one the radio reaches, and its anchor. What a UPF loses is told by DNN.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Protocol

import msgspec

from pilot5g.core.smf import classifier
from pilot5g.service.n4 import (
    N4,
    Cause,
    FTeid,
    Modification,
    Modified,
    N4Error,
    N4Reports,
    Session,
    Usage,
)


class Way(msgspec.Struct, frozen=True):
    """How sessions of a data network go, by the names of UPFs: to `upf`, or by it to an `anchor`, but for
    what is sent to the `local` networks."""

    upf: str
    anchor: str | None = None
    local: tuple[str, ...] = ()


class ManagedUpf(N4, Protocol):
    """A UPF whose association is kept here."""

    def attach(self, reports: N4Reports) -> None: ...
    def start(self) -> None: ...
    async def close(self) -> None: ...
    async def until_associated(self, patience: float) -> bool: ...
    def leftovers(self) -> list[str]: ...


class Upfs:
    """service.n4.N4 over UPFs by name."""

    def __init__(self, upfs: Mapping[str, ManagedUpf], ways: Mapping[str, Way], default: Way) -> None:
        """`ways` by DNN, `default` for those that have none of their own."""
        self._upfs = upfs
        self._ways = ways
        self._default = default
        self._sessions: dict[int, Way] = {}
        self._reports: N4Reports | None = None

    def attach(self, reports: N4Reports) -> None:
        """Say which SMF hears the reports."""
        self._reports = reports
        for name, upf in self._upfs.items():
            upf.attach(_Heard(reports, partial(self._goes_by, name)))

    def _goes_by(self, name: str, dnn: str) -> bool:
        way = self._ways.get(dnn, self._default)
        return name in (way.upf, way.anchor)

    def start(self) -> None:
        """Keep the associations from now on."""
        for upf in self._upfs.values():
            upf.start()

    async def close(self) -> None:
        """Let go of every UPF without a word."""
        for upf in self._upfs.values():
            await upf.close()

    async def until_associated(self, patience: float) -> bool:
        """Wait for all, but not longer than that; whether they are there."""
        waiting = (upf.until_associated(patience) for upf in self._upfs.values())
        return all(await asyncio.gather(*waiting))

    def leftovers(self) -> list[str]:
        """Sessions at any of them, for leak checks."""
        return [f"{name}: {each}" for name, upf in self._upfs.items() for each in upf.leftovers()]

    @property
    def associated(self) -> bool:
        """Whether there is any; a session whose own is missing is refused for that."""
        return any(upf.associated for upf in self._upfs.values())

    async def establish(self, session: Session) -> Mapping[int, FTeid]:
        """See service.n4.N4."""
        way = self._ways.get(session.dnn, self._default)
        before = self._sessions.pop(session.seid, None)
        if before is not None and before.anchor is not None:  # one of the two has lost it
            await self._end(self._upfs[before.upf], self._upfs[before.anchor], session.seid)
        if way.anchor is None:
            chosen = await self._upfs[way.upf].establish(session)
        else:
            chosen = await self._over_two(session, way, way.anchor)
        self._sessions[session.seid] = way
        return chosen

    async def _over_two(self, session: Session, way: Way, name: str) -> Mapping[int, FTeid]:
        """The anchor first: the classifier has to know where to send, and then the anchor the way back."""
        if len(session.pdrs) != len((classifier.UPLINK, classifier.DOWNLINK)):
            raise N4Error(Cause.SERVICE_NOT_SUPPORTED, "over a classifier a session has one QoS flow")
        near, anchor, seid = self._upfs[way.upf], self._upfs[name], session.seid
        far = (await anchor.establish(classifier.at_anchor(session)))[classifier.UPLINK]
        try:
            chosen = await near.establish(classifier.at_classifier(session, way.local, far))
            back = Modification(seid=seid, fars=(classifier.to_classifier(chosen[classifier.N9]),))
            await anchor.modify(back)
        except N4Error:
            await self._end(near, anchor, seid)
            raise
        return chosen

    async def _end(self, near: N4, anchor: N4, seid: int) -> None:
        """Take what there is of a session off both; what it used is told."""
        with suppress(N4Error):
            await anchor.delete(seid)
        with suppress(N4Error):
            for usage in await near.delete(seid):
                if self._reports is not None:
                    self._reports.usage(seid, usage)

    async def modify(self, change: Modification) -> Modified:
        """See service.n4.N4: whatever changes, changes at the radio's side."""
        way = self._way(change.seid)
        if way.anchor is not None and any(pdr.far_id == classifier.UPLINK for pdr in change.pdrs):
            raise N4Error(Cause.SERVICE_NOT_SUPPORTED, "over a classifier a session has one QoS flow")
        return await self._upfs[way.upf].modify(change)

    async def delete(self, seid: int) -> tuple[Usage, ...]:
        """See service.n4.N4."""
        way = self._way(seid)
        del self._sessions[seid]
        if way.anchor is not None:
            with suppress(N4Error):
                await self._upfs[way.anchor].delete(seid)
        return await self._upfs[way.upf].delete(seid)

    def _way(self, seid: int) -> Way:
        if (way := self._sessions.get(seid)) is None:
            raise N4Error(Cause.SESSION_CONTEXT_NOT_FOUND, f"no UPF has session {seid}")
        return way


class _Heard:
    """The reports of one UPF: those of sessions go on as they are, and what is lost with whom it concerns."""

    def __init__(self, reports: N4Reports, concerns: Callable[[str], bool]) -> None:
        self.downlink_data = reports.downlink_data
        self.error_indication = reports.error_indication
        self.usage = reports.usage
        self.inactive = reports.inactive
        self._reports = reports
        self._concerns = concerns

    def sessions_lost(self, concerns: Callable[[str], bool] | None = None) -> None:
        """See service.n4.N4Reports."""
        self._reports.sessions_lost(self._concerns)

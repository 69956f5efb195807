"""What a session is measured by, what subscribers have used, and how much more they may.

A subscriber's quota of a data network is one, whatever sessions use it. It is granted to them in portions:
each is a quota at the UPF (TS 29.244 5.2.2.2), which reports before it ends and stops what goes beyond. The
SMF then grants the next one, or ends the session. So neither several sessions nor a process that is killed
can use much more than the quota: a portion each, at most.
"""

from __future__ import annotations

import functools
from enum import Enum

from pilot5g.core.smf.config import DataNetwork
from pilot5g.core.smf.context import Metered, SmContext
from pilot5g.model import Supi
from pilot5g.service.n4 import Urr, Usage
from pilot5g.service.store import Store, Table
from pilot5g.service.usage import KIND, Used, key

USAGE_URR = 1
PORTIONS = 20
"""So many grants a quota is given in, about."""
LEAST = 1_000_000
"""Octets of a grant, unless fewer are left."""


class Next(Enum):
    """What comes of a report."""

    NOTHING = 0
    GRANT = 1
    """The session has a new grant, of which the UPF is to be told."""
    END = 2
    """Nothing is left."""


@functools.lru_cache(maxsize=1024)
def metered(network: DataNetwork, quota: int | None) -> Metered | None:
    """How sessions of a data network are measured; None where nobody wants to know."""
    if quota is None and network.report_volume is None and network.report_seconds is None:
        return None
    return Metered(network.report_volume, network.report_seconds, quota)


_PLAIN = (Urr(urr_id=USAGE_URR),)


def urrs(context: SmContext) -> tuple[Urr, ...]:
    """What the UPF is told of it. A grant is a value of its own each time, for it is a new one though it be
    as much as the last."""
    wanted = context.metered
    if wanted is None:
        return _PLAIN
    return _limited(wanted, context.granted) if context.granted is not None else _reported(wanted)


@functools.lru_cache(maxsize=64)
def _reported(wanted: Metered) -> tuple[Urr, ...]:
    return _limited(wanted, None)


def _limited(wanted: Metered, granted: int | None) -> tuple[Urr, ...]:
    early = None if granted is None else granted * 4 // 5
    urr = Urr(
        urr_id=USAGE_URR,
        threshold=min((each for each in (wanted.report_volume, early) if each), default=None),
        time_threshold=wanted.report_seconds,
        volume_quota=granted,
    )
    return (urr,)


class Metering:
    """The accounts of all subscribers, by subscriber and data network."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._table = Table(store, KIND, Used)
        self._used: dict[str, Used] = {}
        self._granted: dict[str, dict[int, int]] = {}
        """What sessions may still use of what they were granted, by SEID."""

    async def restore(self) -> None:
        """Take over what a process before has counted."""
        self._used = await self._table.load()

    def used(self, supi: Supi, dnn: str) -> Used:
        """All of it until now, as far as it has been reported."""
        return self._used.get(key(supi, dnn), Used())

    def begin(self, context: SmContext) -> bool:
        """Grant a new session its first portion, where there is a quota; False where nothing is left."""
        return context.metered is None or context.metered.quota is None or self._grant(context)

    def adopt(self, context: SmContext) -> None:
        """A session of a process before goes on, with the grant that it had."""
        if context.granted is not None:
            self._granted.setdefault(_key(context), {})[context.seid] = context.granted

    def report(self, context: SmContext, usage: Usage) -> Next:
        """Count what a session used, and say what is to be done about it."""
        self._count(context, usage)
        if context.metered is None or context.metered.quota is None:
            return Next.NOTHING
        return Next.GRANT if self._grant(context) else Next.END

    def end(self, context: SmContext, usages: tuple[Usage, ...]) -> None:
        """A session's last usage; what it was granted and has not used is free for others."""
        if context.metered is None:
            return
        for usage in usages:
            self._count(context, usage)
        granted = self._granted.get(_key(context))
        if granted is not None:
            granted.pop(context.seid, None)
            if not granted:
                del self._granted[_key(context)]

    def _count(self, context: SmContext, usage: Usage) -> None:
        if context.metered is None or not (usage.uplink or usage.downlink or usage.seconds):
            return
        name = _key(context)
        before = self._used.get(name, Used())
        self._used[name] = now = Used(
            before.uplink + usage.uplink, before.downlink + usage.downlink, before.seconds + usage.seconds
        )
        self._store.post((self._table.change(name, now),))

    def _grant(self, context: SmContext) -> bool:
        assert context.metered is not None
        assert context.metered.quota is not None
        name, quota = _key(context), context.metered.quota
        grants = self._granted.setdefault(name, {})
        grants.pop(context.seid, None)
        left = quota - self._used.get(name, Used()).total - sum(grants.values())
        if left <= 0:
            context.granted = 0
            return False
        context.granted = grants[context.seid] = min(left, max(LEAST, quota // PORTIONS))
        return True


def _key(context: SmContext) -> str:
    return key(context.supi, context.dnn)

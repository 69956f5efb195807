"""Policy control (TS 29.507, TS 29.512): grants what is subscribed, within what the network allows."""

from __future__ import annotations

from itertools import count

from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Ambr, Supi
from pilot5g.service.npcf import AmPolicy, SmPolicyContext, SmPolicyDecision


def _least(a: Ambr, b: Ambr | None) -> Ambr:
    return a if b is None else Ambr(min(a.uplink, b.uplink), min(a.downlink, b.downlink))


class Pcf:
    """Decides AMBRs; `limits` by DNN, `ue_limit` for the whole phone, bound what a subscription may give."""

    def __init__(self, limits: dict[str, Ambr] | None = None, ue_limit: Ambr | None = None) -> None:
        self._limits = limits or {}
        self._ue_limit = ue_limit
        self._associations: set[str] = set()
        self._ids = count(1)

    async def create_am_policy(self, supi: Supi, subscribed_ambr: Ambr) -> AmPolicy:
        """TS 29.507 4.2.2."""
        return AmPolicy(self._new("am"), _least(subscribed_ambr, self._ue_limit))

    async def delete_am_policy(self, association_id: str) -> None:
        """TS 29.507 4.2.5."""
        self._forget(association_id)

    async def create_sm_policy(self, context: SmPolicyContext) -> SmPolicyDecision:
        """TS 29.512 4.2.2."""
        association = self._new("sm")
        ambr = _least(context.subscribed_ambr, self._limits.get(context.dnn))
        return SmPolicyDecision(association_id=association, session_ambr=ambr, qos=context.subscribed_qos)

    async def delete_sm_policy(self, association_id: str) -> None:
        """TS 29.512 4.2.5."""
        self._forget(association_id)

    def leftovers(self) -> list[str]:
        """Policy associations still open."""
        return sorted(self._associations)

    def _new(self, prefix: str) -> str:
        association = f"{prefix}-{next(self._ids)}"
        self._associations.add(association)
        return association

    def _forget(self, association_id: str) -> None:
        if association_id not in self._associations:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"no policy association {association_id}")
        self._associations.discard(association_id)

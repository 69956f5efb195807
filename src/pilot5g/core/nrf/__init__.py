"""Network function repository (TS 29.510): who serves which slice and DNN."""

from __future__ import annotations

import functools

from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Snssai
from pilot5g.service.nnrf import NfProfile, NfType


class Nrf:
    """Profiles by instance; discovery filters and orders them (TS 29.510 6.2.3.2.3.1)."""

    def __init__(self) -> None:
        self._profiles: dict[str, NfProfile] = {}
        self._found = functools.lru_cache(maxsize=1024)(self._search)

    async def register(self, profile: NfProfile) -> None:
        """Add or replace a profile (TS 29.510 5.2.2.2)."""
        self._profiles[profile.instance_id] = profile
        self._found.cache_clear()

    async def deregister(self, instance_id: str) -> None:
        """TS 29.510 5.2.2.4. Raises ServiceError for an instance nobody registered."""
        if self._profiles.pop(instance_id, None) is None:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"no network function {instance_id}")
        self._found.cache_clear()

    async def discover(
        self, nf_type: NfType, snssai: Snssai | None = None, dnn: str | None = None
    ) -> tuple[NfProfile, ...]:
        """TS 29.510 5.3.2.2: the lowest priority value first, then the larger capacity."""
        return self._found(nf_type, snssai, dnn)

    def _search(self, nf_type: NfType, snssai: Snssai | None, dnn: str | None) -> tuple[NfProfile, ...]:
        found = [p for p in self._profiles.values() if p.nf_type is nf_type and _serves(p, snssai, dnn)]
        return tuple(sorted(found, key=lambda p: (p.priority, -p.capacity, p.instance_id)))


def _serves(profile: NfProfile, snssai: Snssai | None, dnn: str | None) -> bool:
    slices = {own.canonical for own in profile.slices}
    if snssai is not None and slices and snssai.canonical not in slices:
        return False
    return dnn is None or not profile.dnns or dnn.lower() in profile.dnns

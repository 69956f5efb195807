"""Nausf_UEAuthentication: keeps XRES* and K_AUSF of a challenge until the phone has answered it.

TS 33.501 6.1.3.2: the AUSF gives the AMF HXRES* alone, so that an AMF that never saw the phone's answer
cannot claim it did; K_SEAF is handed over only against RES*.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import msgspec

from pilot5g.crypto import kdf
from pilot5g.flow.clock import now
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Plmn, Supi, serving_network_name
from pilot5g.service.nausf import AuthenticationContext, AuthenticationInfo, Confirmation
from pilot5g.service.nudm import Nudm

LIFETIME = 60.0
"""Seconds a challenge may stay unanswered: T3560 gives up after 30."""


class _Challenge(msgspec.Struct, frozen=True):
    supi: Supi
    xres_star: bytes
    kseaf: bytes
    expires: float


class Ausf:
    """5G-AKA for the serving networks in `plmns`."""

    def __init__(self, udm: Nudm, plmns: Iterable[Plmn]) -> None:
        self._udm = udm
        self._networks = frozenset(serving_network_name(plmn) for plmn in plmns)
        self._count = 0
        self._challenges: dict[str, _Challenge] = {}

    @property
    def open_challenges(self) -> int:
        """Challenges given and not yet answered, abandoned or expired."""
        return len(self._challenges)

    async def authenticate(self, info: AuthenticationInfo) -> AuthenticationContext:
        """A fresh challenge (TS 33.501 6.1.3.2 steps 1 to 5)."""
        snn = info.serving_network_name
        if snn not in self._networks:
            raise ServiceError(
                Problem.SERVING_NETWORK_NOT_AUTHORIZED,
                f"{snn} is not a network this home network serves",
                "check `network.plmn`",
            )
        vector = await self._udm.generate_auth_data(info.identity, snn, info.resynchronisation)
        self._expire()
        self._count += 1
        context_id = str(self._count)
        self._challenges[context_id] = _Challenge(
            vector.supi, vector.xres_star, kdf.kseaf(vector.kausf, snn), now() + LIFETIME
        )
        hxres_star = kdf.hres_star(vector.rand, vector.xres_star)
        return AuthenticationContext(context_id, vector.rand, vector.autn, hxres_star)

    async def confirm(self, context_id: str, res_star: bytes) -> Confirmation:
        """Compare RES* with XRES* and hand over K_SEAF (TS 33.501 6.1.3.2 steps 10 to 12)."""
        challenge = self._challenges.pop(context_id, None)
        if challenge is None or challenge.expires < now():
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, "the challenge is unknown or too old")
        if not hmac.compare_digest(res_star, challenge.xres_star):
            raise ServiceError(
                Problem.AUTHENTICATION_REJECTED,
                f"{challenge.supi} answered the challenge with a wrong RES*",
                "K or OPc of the SIM differs from the subscriber's: compare both",
            )
        return Confirmation(challenge.supi, challenge.kseaf)

    async def abandon(self, context_id: str) -> None:
        """Forget a challenge."""
        self._challenges.pop(context_id, None)

    def _expire(self) -> None:
        """Challenges are kept in order of age; drop the old ones from the front."""
        time = now()
        while self._challenges:
            oldest = next(iter(self._challenges))
            if self._challenges[oldest].expires >= time:
                return
            del self._challenges[oldest]

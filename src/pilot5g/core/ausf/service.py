"""Nausf_UEAuthentication: keeps what a challenge is to be answered with until the phone has answered it.

TS 33.501 6.1.3.2: in 5G AKA the AUSF gives the AMF HXRES* alone, so that an AMF that never saw the phone's
answer cannot claim it did; K_SEAF is handed over only against RES*. In EAP-AKA' the AUSF is the EAP server,
and the AMF carries messages that it does not understand (6.1.3.1).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import msgspec

from pilot5g.core.ausf.eap_session import EapSession as Eap
from pilot5g.core.ausf.eap_session import Failed, OutOfStep, Told
from pilot5g.crypto import kdf
from pilot5g.flow.clock import now
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Plmn, Supi, network_access_identifier, serving_network_name
from pilot5g.service.nausf import (
    AuthenticationContext,
    AuthenticationInfo,
    AuthResult,
    Confirmation,
    EapContext,
    EapSession,
    Resynchronisation,
)
from pilot5g.service.nudm import EapAkaPrimeVector, Nudm

LIFETIME = 60.0
"""Seconds a challenge may stay unanswered: T3560 gives up after 30."""


class _Challenge(msgspec.Struct, frozen=True):
    supi: Supi
    xres_star: bytes
    kseaf: bytes
    expires: float


class _EapChallenge(msgspec.Struct, frozen=True):
    session: Eap
    snn: str
    expires: float


class Ausf:
    """5G AKA and EAP-AKA' for the serving networks in `plmns`, of which one is a subscriber's home."""

    def __init__(self, udm: Nudm, plmns: Iterable[Plmn]) -> None:
        self._udm = udm
        self._plmns = tuple(plmns)
        self._networks = frozenset(serving_network_name(plmn) for plmn in self._plmns)
        self._count = 0
        self._challenges: dict[str, _Challenge | _EapChallenge] = {}

    @property
    def open_challenges(self) -> int:
        """Challenges given and not yet answered, abandoned or expired."""
        return len(self._challenges)

    async def authenticate(self, info: AuthenticationInfo) -> AuthenticationContext | EapContext:
        """A fresh challenge (TS 33.501 6.1.3.2 steps 1 to 5, 6.1.3.1 steps 1 to 3)."""
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
        if isinstance(vector, EapAkaPrimeVector):
            session = Eap(vector, self._nai(vector.supi), snn, vector.rand[0])
            self._challenges[context_id] = _EapChallenge(session, snn, now() + LIFETIME)
            return EapContext(context_id, session.request())
        self._challenges[context_id] = _Challenge(
            vector.supi, vector.xres_star, kdf.kseaf(vector.kausf, snn), now() + LIFETIME
        )
        hxres_star = kdf.hres_star(vector.rand, vector.xres_star)
        return AuthenticationContext(context_id, vector.rand, vector.autn, hxres_star)

    async def confirm(self, context_id: str, res_star: bytes) -> Confirmation:
        """Compare RES* with XRES* and hand over K_SEAF (TS 33.501 6.1.3.2 steps 10 to 12)."""
        challenge = self._challenges.pop(context_id, None)
        if not isinstance(challenge, _Challenge) or challenge.expires < now():
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, "the challenge is unknown or too old")
        if not hmac.compare_digest(res_star, challenge.xres_star):
            raise ServiceError(
                Problem.AUTHENTICATION_REJECTED,
                f"{challenge.supi} answered the challenge with a wrong RES*",
                "K or OPc of the SIM differs from the subscriber's: compare both",
            )
        return Confirmation(challenge.supi, challenge.kseaf)

    async def eap(self, context_id: str, response: bytes) -> EapSession:
        """One EAP response (TS 33.501 6.1.3.1 steps 7 to 10)."""
        challenge = self._challenges.get(context_id)
        if not isinstance(challenge, _EapChallenge) or challenge.expires < now():
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, "the EAP session is unknown or too old")
        session, heard = challenge.session, challenge.session.hear(response)
        if isinstance(heard, OutOfStep):
            return await self._again(context_id, challenge, heard)
        if isinstance(heard, Told):
            return EapSession(result=AuthResult.ONGOING, message=session.request())
        self._challenges.pop(context_id, None)
        who = session.vector.supi
        if isinstance(heard, Failed):
            return _failed(session, heard)
        return EapSession(
            result=AuthResult.SUCCESS,
            message=session.success(),
            supi=who,
            kseaf=kdf.kseaf(session.kausf, challenge.snn),
        )

    async def _again(self, context_id: str, challenge: _EapChallenge, heard: OutOfStep) -> EapSession:
        """Another challenge after resynchronisation (RFC 4187 6.3.1)."""
        session = challenge.session
        resync = Resynchronisation(session.vector.rand, heard.auts)
        try:
            vector = await self._udm.generate_auth_data(session.vector.supi, challenge.snn, resync)
        except ServiceError as problem:
            self._challenges.pop(context_id, None)
            if problem.problem is not Problem.AUTHENTICATION_REJECTED:
                raise
            return _failed(session, Failed(problem.reason, problem.fix))
        if not isinstance(vector, EapAkaPrimeVector):
            self._challenges.pop(context_id, None)
            return _failed(session, Failed("its subscription was changed to 5G-AKA meanwhile", "try again"))
        session.challenge(vector)
        self._challenges.pop(context_id, None)  # the youngest again
        self._challenges[context_id] = _EapChallenge(session, challenge.snn, now() + LIFETIME)
        return EapSession(result=AuthResult.ONGOING, message=session.request())

    def _nai(self, who: Supi) -> str:
        """The SUPI as a NAI of its home network, which is one of ours."""
        digits = who.removeprefix("imsi-")
        home = next((each for each in self._plmns if digits.startswith(each.mcc + each.mnc)), self._plmns[0])
        return network_access_identifier(who, home)

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


def _failed(session: Eap, failed: Failed) -> EapSession:
    """EAP-Failure, and why."""
    return EapSession(
        result=AuthResult.FAILURE, message=session.failure(), reason=failed.reason, fix=failed.fix
    )

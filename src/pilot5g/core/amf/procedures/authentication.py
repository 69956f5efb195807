"""5G AKA (TS 33.501 6.1.3.2, TS 24.501 5.4.1.3): is the phone who it says, and the keys that come of it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

import msgspec

from pilot5g.core.amf.procedures.identification import identify
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Problem, Refused, ServiceError
from pilot5g.model import Suci, Supi, serving_network_name
from pilot5g.service.nausf import AuthenticationContext, AuthenticationInfo, Resynchronisation
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

ABBA = b"\0\0"
"""The anti-bidding-down parameter of this release (TS 33.501 A.7.1)."""

KEY_SETS = 7
"""ngKSI 0 to 6 name a key set, 7 says there is none (TS 24.501 9.11.3.32)."""


class AuthenticationRefused(Refused):
    """The phone is told by Authentication Reject, not by the reject of the procedure around it."""


class Proof(msgspec.Struct, frozen=True):
    """A phone that has authenticated, and its keys."""

    supi: Supi
    kamf: bytes
    ksi: int

    def __repr__(self) -> str:
        """Without the key, which belongs into no log."""
        return f"Proof({self.supi}, ksi={self.ksi})"


class Authentication:
    """One run of 5G AKA with what TS 24.501 5.4.1.3.7 allows to go wrong once: a lost sequence number (f), a
    key set identifier in use (e), and a temporary identity that was somebody else's (c, d)."""

    def __init__(self, ue: Ue, identity: Supi | Suci, ksi_of_phone: int) -> None:
        self.ue = ue
        self.amf = ue.amf
        self.identity = identity
        self.ksi = self._fresh(ksi_of_phone)
        self.resynchronised = False
        self.renumbered = False

    def _fresh(self, of_phone: int) -> int:
        """A key set identifier that neither side uses now."""
        used = {of_phone}
        for ue in (self.ue, self.amf.ues.by_supi.get(self.ue.claimed) if self.ue.claimed else None):
            if ue is not None and ue.context.keys is not None:
                used.add(ue.context.keys.nas.ngksi)
        return next(ksi for ksi in range(KEY_SETS) if ksi not in used)

    async def run(self) -> Proof:
        """Raises Refused, AuthenticationRefused, ServiceError, TimerExpired, Gone."""
        resync: Resynchronisation | None = None
        while True:
            challenge = await self._challenge(resync)
            resync = None
            answer = await self._answered(challenge)
            if isinstance(answer, nas.AuthenticationFailure):
                resync = await self._failed(challenge, answer)
            elif (proof := await self._confirmed(challenge, answer)) is not None:
                return proof

    async def _challenge(self, resync: Resynchronisation | None) -> AuthenticationContext:
        line = self.ue.line()
        assert line.tai is not None
        info = AuthenticationInfo(self.identity, serving_network_name(line.tai.plmn), resync)
        try:
            return await self.amf.nausf.authenticate(info)
        except ServiceError as problem:
            if resync is None or problem.problem is not Problem.AUTHENTICATION_REJECTED:
                raise
            raise AuthenticationRefused(nas.GmmCause.ILLEGAL_UE, problem.reason, problem.fix) from problem

    async def _answered(
        self, challenge: AuthenticationContext
    ) -> nas.AuthenticationResponse | nas.AuthenticationFailure:
        """The phone's answer; the AUSF need not wait for one that does not come."""
        answered = False
        try:
            while True:
                answer = await self.ue.owner.ask(
                    lambda: self._request(challenge),
                    nas.AuthenticationResponse,
                    nas.AuthenticationFailure,
                    timer=self.amf.config.timers["T3560"],
                )
                if not self._number_in_use(answer):
                    answered = isinstance(answer, nas.AuthenticationResponse)
                    return answer
        finally:
            if not answered:
                self.amf.tasks.spawn(self.amf.nausf.abandon(challenge.context_id), "challenge abandoned")

    def _request(self, challenge: AuthenticationContext) -> None:
        self.ue.send(
            nas.AuthenticationRequest(
                ngksi=nas.KeySetIdentifier(self.ksi),
                abba=ABBA,
                rand=challenge.rand,
                autn=challenge.autn,
            )
        )

    def _number_in_use(self, answer: nas.AuthenticationResponse | nas.AuthenticationFailure) -> bool:
        """Cause #71: the same challenge again with another ngKSI (5.4.1.3.7 e)."""
        if self.renumbered or not isinstance(answer, nas.AuthenticationFailure):
            return False
        if answer.cause != nas.GmmCause.NGKSI_ALREADY_IN_USE:
            return False
        self.renumbered = True
        self.ksi = self._fresh(self.ksi)
        return True

    async def _failed(
        self, challenge: AuthenticationContext, failure: nas.AuthenticationFailure
    ) -> Resynchronisation | None:
        """What is left to try after an Authentication Failure (5.4.1.3.7 c, d, f)."""
        cause = failure.cause
        if cause == nas.GmmCause.SYNCH_FAILURE and failure.auts is not None and not self.resynchronised:
            self.resynchronised = True
            return Resynchronisation(challenge.rand, failure.auts)
        if cause == nas.GmmCause.SYNCH_FAILURE:
            raise AuthenticationRefused(
                nas.GmmCause.ILLEGAL_UE,
                "its sequence number does not fit the subscriber's, even after resynchronisation",
                "check that no other network or SIM uses the same subscriber, and its AMF field",
            )
        await self._ask_who(
            f"it does not accept the challenge ({cause.name.lower()})",
            "K, OPc or the algorithm of the SIM differs from the subscriber's: compare them",
        )
        return None

    async def _confirmed(
        self, challenge: AuthenticationContext, answer: nas.AuthenticationResponse
    ) -> Proof | None:
        """TS 33.501 6.1.3.2 steps 9 to 12; None where a SUCI gets a second try (TS 24.501 5.4.1.3.5)."""
        res_star = answer.response or b""
        hres_star = kdf.hres_star(challenge.rand, res_star)
        if not hmac.compare_digest(hres_star, challenge.hxres_star):
            await self.amf.nausf.abandon(challenge.context_id)
            await self._ask_who(
                "its answer to the challenge is wrong",
                "K or OPc of the SIM differs from the subscriber's: compare both",
            )
            return None
        try:
            done = await self.amf.nausf.confirm(challenge.context_id, res_star)
        except ServiceError as problem:
            if problem.problem is not Problem.AUTHENTICATION_REJECTED:
                raise
            raise AuthenticationRefused(nas.GmmCause.ILLEGAL_UE, problem.reason, problem.fix) from problem
        return Proof(done.supi, kdf.kamf(done.kseaf, done.supi, ABBA), self.ksi)

    async def _ask_who(self, reason: str, fix: str) -> None:
        """The temporary identity may have been wrong: the SUCI decides. Raises where it was one."""
        if isinstance(self.identity, Suci):
            raise AuthenticationRefused(nas.GmmCause.ILLEGAL_UE, reason, fix)
        self.identity = await identify(self.ue)

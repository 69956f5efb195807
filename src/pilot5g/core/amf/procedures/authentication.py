"""Primary authentication (TS 33.501 6.1.3, TS 24.501 5.4.1): is the phone who it says, and the keys of it.

The home network chooses between 5G AKA, in which the AMF checks the answer itself, and EAP-AKA', in which it
carries EAP messages between phone and AUSF. Either way the keys are in use once the phone has taken a
security mode command, which brings the EAP success as well.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from pilot5g.core.amf.procedures.identification import identify
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Problem, Refused, ServiceError
from pilot5g.model import Suci, Supi, serving_network_name
from pilot5g.service.nausf import (
    AuthenticationContext,
    AuthenticationInfo,
    AuthResult,
    EapContext,
    Resynchronisation,
)
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

ABBA = b"\0\0"
"""The anti-bidding-down parameter of this release (TS 33.501 A.7.1)."""

KEY_SETS = 7
"""ngKSI 0 to 6 name a key set, 7 says there is none (TS 24.501 9.11.3.32)."""


class AuthenticationRefused(Refused):
    """The phone is told by `reject`, not by the reject of the procedure around it."""

    def __init__(self, reason: str, fix: str, eap: bytes | None = None) -> None:
        super().__init__(nas.GmmCause.ILLEGAL_UE, reason, fix)
        self.reject = nas.AuthenticationReject(eap_message=eap)


class Proof(msgspec.Struct, frozen=True):
    """A phone that has authenticated, and its keys; `eap` is the EAP success that it is still owed."""

    supi: Supi
    kamf: bytes
    ksi: int
    eap: bytes | None = None

    def __repr__(self) -> str:
        """Without the key, which belongs into no log."""
        return f"Proof({self.supi}, ksi={self.ksi})"


class Authentication:
    """One run with what TS 24.501 5.4.1.3.7 allows to go wrong once: a lost sequence number (f), a key set
    identifier in use (e), and a temporary identity that was somebody else's (c, d)."""

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
            if isinstance(challenge, EapContext):
                proof = await self._by_eap(challenge)
            else:
                answer = await self._answered(challenge.context_id, lambda c=challenge: self._of_aka(c))  # type: ignore[misc]
                if isinstance(answer, nas.AuthenticationFailure):
                    resync = await self._failed(challenge, answer)
                    continue
                proof = await self._confirmed(challenge, answer)
            if proof is not None:
                return proof

    async def _challenge(self, resync: Resynchronisation | None) -> AuthenticationContext | EapContext:
        line = self.ue.line()
        assert line.tai is not None
        info = AuthenticationInfo(self.identity, serving_network_name(line.tai.plmn), resync)
        try:
            return await self.amf.nausf.authenticate(info)
        except ServiceError as problem:
            if resync is None or problem.problem is not Problem.AUTHENTICATION_REJECTED:
                raise
            raise AuthenticationRefused(problem.reason, problem.fix) from problem

    async def _answered(
        self, context_id: str, request: Callable[[], nas.AuthenticationRequest]
    ) -> nas.AuthenticationResponse | nas.AuthenticationFailure:
        """The phone's answer; the AUSF need not wait for one that does not come."""
        answered = False
        try:
            while True:
                answer = await self.ue.owner.ask(
                    lambda: self.ue.send(request()),
                    nas.AuthenticationResponse,
                    nas.AuthenticationFailure,
                    timer=self.amf.config.timers["T3560"],
                )
                if not self._number_in_use(answer):
                    answered = isinstance(answer, nas.AuthenticationResponse)
                    return answer
        finally:
            if not answered:
                self.amf.tasks.spawn(self.amf.nausf.abandon(context_id), "challenge abandoned")

    def _of_aka(self, challenge: AuthenticationContext) -> nas.AuthenticationRequest:
        return nas.AuthenticationRequest(
            ngksi=nas.KeySetIdentifier(self.ksi), abba=ABBA, rand=challenge.rand, autn=challenge.autn
        )

    def _number_in_use(self, answer: nas.AuthenticationResponse | nas.AuthenticationFailure) -> bool:
        """Cause #71: the same challenge again with another ngKSI (5.4.1.3.7 e, 5.4.1.2.4.5)."""
        if self.renumbered or not isinstance(answer, nas.AuthenticationFailure):
            return False
        if answer.cause != nas.GmmCause.NGKSI_ALREADY_IN_USE:
            return False
        self.renumbered = True
        self.ksi = self._fresh(self.ksi)
        return True

    # -- 5G AKA (5.4.1.3)

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
            raise AuthenticationRefused(problem.reason, problem.fix) from problem
        return Proof(done.supi, kdf.kamf(done.kseaf, done.supi, ABBA), self.ksi)

    # -- EAP-AKA' (5.4.1.2)

    async def _by_eap(self, context: EapContext) -> Proof | None:
        """EAP messages to and fro until the AUSF is content (TS 33.501 6.1.3.1); None where a SUCI gets a
        second try (TS 24.501 5.4.1.2.2.11)."""
        message = context.request
        while True:
            answer = await self._answered(context.context_id, lambda eap=message: self._of_eap(eap))  # type: ignore[misc]
            if isinstance(answer, nas.AuthenticationFailure):
                await self._ask_who(
                    f"it does not accept the challenge ({answer.cause.name.lower()})",
                    "the phone does not follow TS 24.501 5.4.1.2.4; try another",
                )
                return None
            session = await self.amf.nausf.eap(context.context_id, answer.eap_message or b"")
            if session.result is AuthResult.FAILURE:
                await self._ask_who(session.reason, session.fix, session.message)
                return None
            message = session.message
            if session.result is AuthResult.SUCCESS:
                assert session.supi is not None
                return Proof(session.supi, kdf.kamf(session.kseaf, session.supi, ABBA), self.ksi, message)

    def _of_eap(self, message: bytes) -> nas.AuthenticationRequest:
        return nas.AuthenticationRequest(ngksi=nas.KeySetIdentifier(self.ksi), abba=ABBA, eap_message=message)

    async def _ask_who(self, reason: str, fix: str, eap: bytes | None = None) -> None:
        """The temporary identity may have been wrong: the SUCI decides. Raises where it was one. `eap` is
        the EAP failure that the phone is told in the end."""
        if isinstance(self.identity, Suci):
            raise AuthenticationRefused(reason, fix, eap)
        self.identity = await identify(self.ue)


def conclude(ue: Ue, proof: Proof) -> None:
    """AUTHENTICATION RESULT: the EAP success where no security mode command follows (5.4.1.2.5)."""
    if proof.eap is not None:
        ue.send(
            nas.AuthenticationResult(ngksi=nas.KeySetIdentifier(proof.ksi), eap_message=proof.eap, abba=ABBA)
        )

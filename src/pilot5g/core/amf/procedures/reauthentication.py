"""A registered phone authenticates anew at the network's wish (TS 33.501 6.1.2), and the keys of its radio
change on the fly (6.9.4.4).

The new K_AMF is in use once the phone has taken a security mode command. Its radio then gets a K_gNB of it in
a UE CONTEXT MODIFICATION REQUEST; where the phone is being handed over, the next radio gets it (`move`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.causes import refusal_of, spelled
from pilot5g.core.amf.procedures.authentication import Authentication, AuthenticationRefused
from pilot5g.core.amf.procedures.deregistration import let_go
from pilot5g.core.amf.procedures.security_mode import SecurityMode, SecurityModeRefused, capability_of
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Gone, Refused, ServiceError, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, security_key_to

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


class Reauthentication:
    """One run. A phone that does not prove who it is, is none of ours; one that is silent loses its
    connection (TS 24.501 5.4.1.3.7 b), one that refuses the security mode goes on with the keys it has
    (5.4.2.5)."""

    def __init__(self, ue: Ue) -> None:
        self.ue = ue
        self.connection = ue.line()

    async def run(self) -> None:
        """To the end, whichever."""
        ue = self.ue
        try:
            await self.authenticate()
        except AuthenticationRefused as refusal:
            self.note(refusal)
            if ue.connected:
                ue.send(refusal.reject)
            await let_go(ue)  # 5.4.1.3.5
            self.leave(cause("nas", "authentication-failure"))
        except Refused as refusal:
            self.note(refusal)
            if not isinstance(refusal, SecurityModeRefused):
                self.leave(cause("nas", "unspecified"))
        except ServiceError as problem:
            self.note(refusal_of(problem))  # the keys there are still do
        except TimerExpired as silent:
            ue.amf.journal.note(ue.name, f"authentication given up: {silent}")
            self.leave(cause("radioNetwork", "unspecified"))
        except Gone as gone:
            ue.amf.journal.note(ue.name, f"authentication interrupted: {gone}")

    async def authenticate(self) -> None:
        """Steps 1 to 12 of TS 33.501 6.1.3, security mode control, and the radio's keys."""
        ue = self.ue
        keys = ue.context.keys
        assert keys is not None, "secured"
        proof = await Authentication(ue, ue.supi, keys.nas.ngksi).run()
        if proof.supi != ue.context.supi:
            raise AuthenticationRefused(
                f"it is {proof.supi} now, and was {ue.context.supi} before",
                "the SIM was changed while the phone was on: switch it off and on",
            )
        await SecurityMode.of_proof(ue, proof, capability_of(ue)).run()
        await rekey(ue)
        ue.amf.journal.note(ue.name, "authenticated anew")

    def leave(self, why: tuple[str, str]) -> None:
        """The connection is of no more use."""
        self.ue.amf.release(self.connection, why)

    def note(self, refusal: Refused) -> None:
        """For people."""
        self.ue.amf.journal.refuse(
            self.ue.name,
            "authentication",
            cause=spelled(refusal.cause),
            reason=refusal.reason,
            fix=refusal.fix,
        )

    def collide(self, event: Any) -> Verdict:
        """A registration, service request or deregistration goes first, as in TS 24.501 5.4.2.7 c; what the
        network wants besides waits."""
        match event:
            case nas.RegistrationRequest() | nas.ServiceRequest() | nas.DeregistrationRequest():
                return Verdict.REPLACE
            case nas.AuthenticationResponse() | nas.AuthenticationFailure() | nas.IdentityResponse():
                return Verdict.IGNORE  # to a question that was repeated meanwhile
            case nas.GmmMessage():
                return Verdict.REFUSE
            case ngap.UEContextModificationResponse() | ngap.UEContextModificationFailure():
                return Verdict.IGNORE
            case _:
                return Verdict.LATER


async def rekey(ue: Ue) -> None:
    """AS key re-keying (TS 33.501 6.9.4.4, TS 38.413 8.3.4). A radio that cannot is left: its keys are old.

    Raises Gone, TimerExpired.
    """
    line, keys = ue.line(), ue.context.keys
    if not line.has_context or keys is None or line.held or line.as_kamf == keys.kamf:
        return
    kgnb = kdf.kgnb(keys.kamf, line.kgnb_count)
    line.as_kamf = keys.kamf
    if line.move is not None:
        line.move.rekeyed()
    request = ngap.UEContextModificationRequest(
        amf_ue_ngap_id=line.amf_ue_ngap_id,
        ran_ue_ngap_id=line.ran_ue_ngap_id,
        security_key=security_key_to(kgnb),
    )
    answer = await ue.owner.ask(
        lambda: line.send(request),
        ngap.UEContextModificationResponse,
        ngap.UEContextModificationFailure,
        timer=ue.amf.config.timers["X-N2"],
    )
    if isinstance(answer, ngap.UEContextModificationFailure):
        ue.amf.journal.refuse(
            str(line),
            "UE Context Modification",
            cause="/".join(str(part) for part in answer.cause or ()),
            reason="the radio could not take the new keys of a phone",
            fix="look into the radio's log; the phone is released, and comes back with the new keys",
        )
        ue.amf.release(line, cause("radioNetwork", "failure-in-radio-interface-procedure"))

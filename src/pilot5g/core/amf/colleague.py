"""What other AMFs ask of this one: `service.n14.N14` (TS 29.518 5.2.2)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pilot5g.core.amf import ngap_mobility
from pilot5g.core.amf.keeper import COUNT_MARGIN
from pilot5g.core.amf.move import TargetLost
from pilot5g.core.amf.moving import adopted, derived, exported, hand_away, quieten, tell_smfs
from pilot5g.core.amf.procedures.relocation import Relocation
from pilot5g.core.amf.procedures.relocation_arrival import RelocationArrival
from pilot5g.core.amf.ue import Ue
from pilot5g.crypto.nas_algorithms import UPLINK
from pilot5g.flow.errors import Gone, Problem, ServiceError
from pilot5g.model import Supi
from pilot5g.service import n14
from pilot5g.service.namf import N1N2Message, TransferCause
from pilot5g.service.nudm import AmfRegistration
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf


class Colleague:
    """One AMF, as the others see it."""

    def __init__(self, amf: Amf) -> None:
        self._amf = amf

    # -- a phone turns to another AMF (TS 23.502 4.2.2.2.2)

    async def transfer_ue_context(self, request: n14.ContextRequest) -> n14.UeContext:
        """UEContextTransfer: only for whom the phone itself has turned to (TS 33.501 6.9.3), or who has
        authenticated it."""
        amf = self._amf
        validated = request.reason is n14.TransferReason.VALIDATED
        if validated:
            ue = amf.ues.by_supi.get(request.supi) if request.supi is not None else None
        else:
            ue = amf.ues.find(request.identity)
        if ue is None or not ue.registered:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, "nobody is registered here by this identity")
        registers = not validated and self._check(ue, request.message)
        keys = None if validated else ue.context.keys
        updates = registers and request.reason is n14.TransferReason.MOBILITY
        changed = updates and amf.config.horizontal_derivation
        if changed and keys is not None:
            keys = derived(keys, UPLINK, keys.nas.last_uplink_count)
        given = ue.context
        await ue.lane.do(lambda: quieten(ue))
        if amf.ues.by_supi.get(given.supi or Supi("")) is not ue or ue.context is not given:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, "it has left meanwhile")
        return exported(given, keys=keys, changed=changed)

    def _check(self, ue: Ue, message: bytes) -> bool:
        """Whether the phone registers: it can derive a new K_AMF then. Raises ServiceError."""
        keys = ue.context.keys
        try:
            if keys is None or keys.nas.must_renew:
                raise nas.IntegrityError("its keys are not to be used any more")
            plain = keys.nas.unprotect(message, uplink=True)
            return isinstance(nas.decode(plain), nas.RegistrationRequest)
        except (nas.NasError, nas.IntegrityError) as wrong:
            raise ServiceError(Problem.INTEGRITY_CHECK_FAIL, str(wrong)) from wrong

    async def registration_status(self, supi: Supi, amf_id: str, transferred: bool) -> None:
        """RegistrationStatusUpdate: the phone is the other AMF's now, with what waits for it, or is not."""
        ue = self._amf.ues.by_supi.get(supi)
        if ue is None:
            return
        if not transferred:
            if ue.context.keys is not None:
                ue.context.keys.nas.downlink_count += COUNT_MARGIN  # the other may have used some
            self._amf.journal.note(supi, f"did not go to {amf_id}")
            return
        self._amf.journal.note(supi, f"is registered with {amf_id} now")
        pending = tuple(ue.pending.values())
        hand_away(ue)
        if pending:
            self._amf.tasks.spawn(self._forward(supi, amf_id, pending), f"what waited for {supi}")

    async def _forward(self, supi: Supi, amf_id: str, pending: tuple[N1N2Message, ...]) -> None:
        """Session signalling that waited for a phone goes after it."""
        peer = self._amf.peers.named(amf_id)
        for message in pending:
            try:
                if peer is not None:
                    await peer.n14.transfer(supi, message)
            except ServiceError as problem:
                self._amf.journal.note(supi, f"what waited for it could not follow: {problem}")

    async def transfer(self, supi: Supi, message: N1N2Message) -> TransferCause:
        """As for an SMF."""
        return await self._amf.service.transfer(supi, message)

    # -- handover (TS 23.502 4.9.1.3)

    async def create_ue_context(
        self, required: n14.HandoverRequired
    ) -> n14.HandoverPrepared | n14.HandoverRefused:
        """A phone is to come to a radio of this AMF."""
        origin = self._amf.peers.named(required.amf_id)
        if origin is None:
            raise ServiceError(Problem.SYSTEM_FAILURE, f"AMF {required.amf_id} is not known here")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[n14.HandoverPrepared | n14.HandoverRefused] = loop.create_future()

        def tell(what: n14.HandoverPrepared | n14.HandoverRefused) -> None:
            if not answer.done():
                answer.set_result(what)

        RelocationArrival(self._amf, required, origin, tell).begin(ngap_mobility.begin)
        return await answer

    async def release_ue_context(self, supi: Supi, cause: n14.Cause) -> None:
        """It does not come after all."""
        arrival = self._amf.arrivals.get(supi)
        if arrival is not None:
            self._amf.journal.note(supi, f"does not come: {'/'.join(cause)}")
            arrival.call_off(cause)

    async def handed_over(self, supi: Supi, amf_id: str) -> n14.HandoverDone:
        """A phone that was told to go has arrived there."""
        relocation = self._relocation(supi)
        if relocation is None or relocation.asked is None or relocation.asked.amf_id != amf_id:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} is not being handed over to {amf_id}")
        try:
            return await relocation.arrived()
        except Gone as gone:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, str(gone)) from gone

    async def handover_lost(self, supi: Supi, reason: str) -> None:
        """It will not arrive there."""
        relocation = self._relocation(supi)
        if relocation is not None:
            relocation.move.deliver(TargetLost(reason))

    def _relocation(self, supi: Supi) -> Relocation | None:
        ue = self._amf.ues.by_supi.get(supi)
        line = ue.connection if ue is not None else None
        procedure = line.move.procedure if line is not None and line.move is not None else None
        return procedure if isinstance(procedure, Relocation) and procedure.commanded else None

    async def status_transfer(self, supi: Supi, message: bytes) -> None:
        """What the source radio says of the order of packets."""
        arrival = self._amf.arrivals.get(supi)
        if arrival is not None:
            arrival.status(message)

    # -- an AMF leaves service (TS 23.501 5.21.2.2.2)

    async def take_over(self, context: n14.UeContext, amf_id: str) -> None:
        """An idle phone of it is registered here from now on, keeping its identity until it next appears."""
        amf = self._amf
        stale = amf.ues.by_supi.get(context.supi)
        if stale is not None:
            hand_away(stale)
        kept = adopted(context)
        kept.registered = True
        ue = Ue(amf, kept)
        amf.ues.add(ue)
        registration = AmfRegistration(ue.supi, amf.config.instance_id, initial=False)
        await amf.nudm.register_amf(registration, amf.service)
        tell_smfs(ue)
        ue.watch()
        ue.commit()

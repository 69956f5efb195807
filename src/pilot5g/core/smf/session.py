"""One live PDU session: its context, its one running procedure, and its way to phone, radio and UPF.

Nothing runs in nearly all sessions at nearly all times, and there are many: what a procedure needs to run, an
`Owner`, a session has only as long as one does.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from pilot5g.core.smf import rules
from pilot5g.core.smf.addresses import AddressPool
from pilot5g.core.smf.config import DataNetwork, SmfConfig
from pilot5g.core.smf.context import SmContext
from pilot5g.core.smf.metering import Metering, urrs
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import Gone, ServiceError
from pilot5g.flow.journal import Journal
from pilot5g.flow.procedure import Owner, Procedure
from pilot5g.flow.tasks import Tasks
from pilot5g.flow.timer import Alarm
from pilot5g.service.n4 import N4, Modification, N4Error, OuterHeader, Usage
from pilot5g.service.namf import N1N2Message, N2Sm, Namf
from pilot5g.service.npcf import Npcf
from pilot5g.service.nudm import Nudm
from pilot5g.wire import nas

log = logging.getLogger(__name__)


class N2Answer(msgspec.Struct, frozen=True):
    """N2 SM information that a radio sent, on its way into a session's inbox."""

    n2: N2Sm


class Handover:
    """An N2 handover of one session (TS 23.502 4.9.1.3): `target` is the radio to come, once it is known;
    `forwards` whether the UPF has a forwarding tunnel for it."""

    __slots__ = ("direct", "forwarding_ends", "forwards", "target")

    def __init__(self, *, direct: bool) -> None:
        self.direct = direct
        self.target: OuterHeader | None = None
        self.forwards = False
        self.forwarding_ends = Alarm()


class LostSessions(Protocol):
    """What the UPF has lost, by SEID; nothing is said to it of these until they are back."""

    @property
    def lost(self) -> Mapping[int, Session]: ...


class Environment(Protocol):
    """What a session needs of its SMF."""

    config: SmfConfig
    udm: Nudm
    pcf: Npcf
    upf: N4
    journal: Journal
    entropy: Entropy
    tasks: Tasks
    metering: Metering

    @property
    def recovery(self) -> LostSessions: ...
    def amf(self, amf_id: str) -> Namf: ...
    def network(self, dnn: str) -> DataNetwork | None: ...
    def pool(self, dnn: str) -> AddressPool: ...
    def begin(self, session: Session, event: Any) -> Procedure | None: ...
    def refuse(self, session: Session, message: Any) -> None: ...
    def commit(self, session: Session) -> None: ...
    def forget(self, session: Session) -> None: ...


class Session:
    """A PDU session at its SMF. `activating`: the radio was asked for a user plane and has not answered.
    `handover`: what an N2 handover under way, or just over, has of it. `suspended` is the radio's end of the
    tunnel while the phone's connection is suspended."""

    __slots__ = ("_owner", "activating", "context", "handover", "smf", "suspended")

    def __init__(self, context: SmContext, smf: Environment) -> None:
        self.activating = False
        self.handover: Handover | None = None
        self.suspended: OuterHeader | None = None
        self.context = context
        self.smf = smf
        self._owner: Owner | None = None

    @property
    def owner(self) -> Owner:
        """Where the running procedure waits; only it may ask."""
        assert self._owner is not None, "no procedure runs"
        return self._owner

    @property
    def procedure(self) -> Procedure | None:
        """What runs."""
        return None if self._owner is None else self._owner.procedure

    def deliver(self, event: Any) -> None:
        """A message of the phone or the radio: for the running procedure, or to begin one."""
        if self._owner is not None:
            self._owner.deliver(event)
        elif (procedure := self.smf.begin(self, event)) is not None:
            self.start(procedure)

    def start(self, procedure: Procedure) -> None:
        """Run a procedure, abandoning the one that runs."""
        if self._owner is None:
            self._owner = Owner(self.deliver, self._refuse, self._failed, self._ended)
        self._owner.start(procedure)

    def stop(self) -> None:
        """Abandon what runs, and let go of it."""
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.retire()

    def _refuse(self, message: Any) -> None:
        self.smf.refuse(self, message)

    def _failed(self, bug: BaseException) -> None:
        self.smf.tasks.spawn(self.end(), f"clean up {self.context.name}")

    def _ended(self, procedure: Procedure) -> None:
        """What arrived meanwhile, for later, comes here by `deliver` as if it came now."""
        self._owner = None
        self.smf.commit(self)

    def tell(self, message: nas.GsmMessage | None = None, n2: N2Sm | None = None) -> None:
        """Carry a 5GSM message and N2 SM information to phone and radio by the AMF, beside the procedure."""
        self.smf.tasks.spawn(self.transfer(message, n2), f"transfer for {self.context.name}")

    async def transfer(self, message: nas.GsmMessage | None = None, n2: N2Sm | None = None) -> None:
        """The same, until the AMF has taken it: the last word of a session, which the AMF would not carry for
        one that it knows to be released."""
        try:
            await self.carry(message, n2)
        except Gone as gone:
            if self._owner is not None:
                self._owner.lost(str(gone))

    async def carry(self, message: nas.GsmMessage | None = None, n2: N2Sm | None = None) -> None:
        """The same within the procedure that needs it. Raises Gone where the AMF does not carry it."""
        n1 = nas.encode(message) if message is not None else None
        carried = N1N2Message(pdu_session_id=self.context.pdu_session_id, n1=n1, n2=n2)
        try:
            await self.smf.amf(self.context.amf_id).transfer(self.context.supi, carried)
        except ServiceError as refused:
            log.info("%s: the AMF did not carry a message: %s", self.context.name, refused)
            raise Gone(str(refused)) from refused

    @property
    def at_upf(self) -> bool:
        """Whether the UPF has it, and may be told of it."""
        return self.context.installed and self.context.seid not in self.smf.recovery.lost

    async def set_downlink(self) -> None:
        """Tell the UPF where downlink packets go now. Raises N4Error."""
        if self.at_upf:
            change = Modification(seid=self.context.seid, fars=(rules.downlink_far(self.context),))
            await self.smf.upf.modify(change)

    async def set_grant(self) -> None:
        """Tell the UPF how much more may pass. Raises N4Error."""
        if self.at_upf:
            await self.smf.upf.modify(Modification(seid=self.context.seid, urrs=urrs(self.context)))

    async def deactivate(self) -> None:
        """The radio has no tunnel: packets are kept from now on, and the next one is reported whatever was
        reported before (TS 23.502 4.2.6 step 6)."""
        self.activating = False
        self.context.downlink = None
        await self.set_downlink()
        await self.end_handover()

    async def end_handover(self) -> None:
        """A handover is over, or comes to nothing: nothing is forwarded any more. Raises N4Error."""
        handover, self.handover = self.handover, None
        if handover is None:
            return
        handover.forwarding_ends.stop()
        if handover.forwards and self.at_upf:
            gone = (rules.FORWARDING,)
            seid = self.context.seid
            change = Modification(seid=seid, removed_pdrs=gone, removed_fars=gone, removed_qers=gone)
            await self.smf.upf.modify(change)

    async def release_resources(self) -> None:
        """Give back everything the session holds: rules, tunnel, addresses, policy, registration."""
        context, smf = self.context, self.smf
        context.uplink = None
        handover, self.handover = self.handover, None
        if handover is not None:
            handover.forwarding_ends.stop()
        used: tuple[Usage, ...] = ()
        if context.installed:
            context.installed = False
            used = await self._quietly_delete()
        smf.metering.end(context, used)
        if context.in_pool:
            context.in_pool = False
            smf.pool(context.dnn).give_back(context.ipv4, context.ipv6_prefix)
        policy, context.policy = context.policy, None
        if policy is not None:
            await smf.pcf.delete_sm_policy(policy)
        await smf.udm.deregister_smf(context.supi, context.pdu_session_id)

    async def _quietly_delete(self) -> tuple[Usage, ...]:
        try:
            return await self.smf.upf.delete(self.context.seid)
        except N4Error as gone:
            log.warning("%s: %s", self.context.name, gone)
            return ()

    async def end(self) -> None:
        """Release everything and be forgotten; the AMF is told."""
        await self.release_resources()
        self.smf.forget(self)
        try:
            amf = self.smf.amf(self.context.amf_id)
            await amf.session_released(self.context.supi, self.context.pdu_session_id)
        except ServiceError as unknown:
            log.info("%s: %s", self.context.name, unknown)

"""The AMF put together: what arrives from radios goes to the phone it concerns, or to the radio itself.

Nothing here decides: `ngap_nodes` and `ngap_ue` read N2, `nas_uplink` reads N1, `procedures` decide. Whatever
a peer sends, the worst it can cost is the phone or the radio that sent it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from pilot5g.core.amf import ngap_dispatch
from pilot5g.core.amf.capabilities import Capabilities
from pilot5g.core.amf.colleague import Colleague
from pilot5g.core.amf.config import AmfConfig
from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.context import UeContext
from pilot5g.core.amf.events import Forget
from pilot5g.core.amf.keeper import Keeper
from pilot5g.core.amf.move import Move
from pilot5g.core.amf.operation import Operation
from pilot5g.core.amf.overload import Overload, Work
from pilot5g.core.amf.peers import Peers
from pilot5g.core.amf.procedures import begin
from pilot5g.core.amf.procedures.deregistration import let_go
from pilot5g.core.amf.procedures.relocation_arrival import RelocationArrival
from pilot5g.core.amf.ran import Radio
from pilot5g.core.amf.service import AmfService, Smf
from pilot5g.core.amf.ue import Ue
from pilot5g.core.amf.ues import Ues
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Association
from pilot5g.flow.procedure import Procedure
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Supi, Tai
from pilot5g.service.n1 import N1User
from pilot5g.service.nausf import Nausf
from pilot5g.service.nnrf import NfProfile, NfType, Nnrf
from pilot5g.service.nnssf import Nnssf
from pilot5g.service.npcf import Npcf
from pilot5g.service.nradio import RadioNews
from pilot5g.service.nudm import AmfRegistration, Nudm
from pilot5g.service.store import Store
from pilot5g.wire.nas import UniversalTime
from pilot5g.wire.ngap import messages as ngap

log = logging.getLogger(__name__)

LAST_ID = 2**40 - 1
"""The highest AMF-UE-NGAP-ID (TS 38.413 9.3.3.1)."""


class Amf:
    """One AMF. `smf_of` gives the SMF of an instance id, or None where it is gone. `work` tells how many
    seconds this process has had work for; without it only the event loop's lateness shows an overload.

    Give `listen_user` to an `AssociationEndpoint`, hold `service` where an SMF or UDM wants the AMF.
    """

    def __init__(
        self,
        config: AmfConfig,
        *,
        nausf: Nausf,
        nudm: Nudm,
        nnrf: Nnrf,
        smf_of: Callable[[str], Smf | None],
        npcf: Npcf,
        nnssf: Nnssf,
        journal: Journal,
        entropy: Entropy,
        store: Store,
        work: Work | None = None,
    ) -> None:
        self.config = config
        self.nausf = nausf
        self.nudm = nudm
        self.nnrf = nnrf
        self.npcf = npcf
        self.nnssf = nnssf
        self.journal = journal
        self.entropy = entropy
        self._smf_of = smf_of
        self.tasks = Tasks()
        self.keeper = Keeper(store, self.tasks, config.kept_as)
        self.ues = Ues(config.guami, entropy)
        self.radios: dict[Association, Radio] = {}
        """By the first association of each."""
        self.further: dict[Association, Radio] = {}
        """By those that radios have besides (`ngap_nodes.join`)."""
        self.connections: dict[int, Connection] = {}
        """By AMF-UE-NGAP-ID."""
        self.capabilities = Capabilities()
        self.overload = Overload(self, work)
        self.service = AmfService(self)
        self.colleague = Colleague(self)
        """What other AMFs get of this one."""
        self.peers = Peers(config.guami)
        self.arrivals: dict[Supi, RelocationArrival] = {}
        """Phones that are handed over here by other AMFs."""
        self.operation = Operation(self)
        self.wall_clock: Callable[[], UniversalTime] | None = None
        """What the time of day is, for phones (NITZ); set by whoever knows it."""
        self.n1_user: N1User | None = None
        """Who serves SMS, positioning and UE policies, if anybody; set by whoever composes the network."""
        self.news: RadioNews | None = None
        """Who hears of locations and NRPPa, if anybody; set by whoever composes the network."""
        self._areas: dict[Tai, tuple[Tai, ...]] = {}
        self._last_id = 0
        self._closed = False

    # -- life

    async def start(self) -> None:
        """Read the contexts of the last life and be found in the NRF."""
        for context in await self.keeper.load():
            ue = Ue(self, context)
            self.ues.add(ue)
            ue.watch()
            await self._register_again(ue)
        if self.ues.by_supi:
            self.journal.note(self.config.name, f"{len(self.ues.by_supi)} registered phones from the store")
        profile = NfProfile(instance_id=self.config.instance_id, nf_type=NfType.AMF)
        await self.nnrf.register(profile)

    async def renew(self) -> None:
        """The functions that know of this AMF's phones have begun anew: they are told again. Raises
        ServiceError."""
        await self.nnrf.register(NfProfile(instance_id=self.config.instance_id, nf_type=NfType.AMF))
        for ue in list(self.ues.by_supi.values()):
            if ue.registered:
                await self._register_again(ue)

    async def _register_again(self, ue: Ue) -> None:
        """The UDM hears that this AMF has a phone; where another has it by now, this one forgets it."""
        registration = AmfRegistration(ue.supi, self.config.instance_id, initial=False, restored=True)
        try:
            await self.nudm.register_amf(registration, self.service)
        except ServiceError as problem:
            if problem.problem is not Problem.CONTEXT_NOT_FOUND:
                raise
            ue.owner.deliver(Forget(problem.reason))

    async def close(self) -> None:
        """End everything; what is registered stays so in the store."""
        self._closed = True
        strangers = (connection.ue for connection in self.connections.values())
        for ue in [*self.ues.by_supi.values(), *(ue for ue in strangers if ue is not None)]:
            ue.owner.stop()
        for radio in list(self.radios.values()):
            radio.association.close()
            self.lose(radio, "the AMF ends")
        self.radios.clear()
        self.overload.stop()
        for ue in self.ues.by_supi.values():
            ue.owner.stop()
            ue.unwatch()
        await self.tasks.close()
        await self.keeper.flush()
        with contextlib.suppress(ServiceError):  # one that cannot be reached need not know
            await self.nnrf.deregister(self.config.instance_id)

    @property
    def listen_user(self) -> Amf:
        """What takes the associations of radios."""
        return self

    # -- AssociationUser

    def on_up(self, association: Association) -> None:
        """A radio, or something that may be one, is there."""
        if not self._closed:
            self.radios[association] = Radio(association)

    def on_down(self, association: Association, reason: str) -> None:
        """The radio has gone, and with it the connections of its phones."""
        radio = self.radios.pop(association, None) or self.further.pop(association, None)
        if radio is None:
            return
        if radio.leave(association):
            self.further.pop(radio.association, None)
            self.radios[radio.association] = radio
            self.journal.note(radio.name, f"one of its associations is gone: {reason}")
        else:
            self.lose(radio, reason)

    def on_message(self, association: Association, data: bytes, stream: int) -> None:
        """One NGAP message."""
        radio = self.radios.get(association) or self.further.get(association)
        if radio is None:
            return
        radio.heard = association
        try:
            ngap_dispatch.receive(self, radio, data)
        except Exception:
            log.exception("a message of %s failed; this costs that message", radio.name)

    # -- connections

    def connect(self, radio: Radio, ran_ue_ngap_id: int) -> Connection:
        """A new connection. A RAN-UE-NGAP-ID used again means that the radio has forgotten the old one."""
        former = radio.connections.get(ran_ue_ngap_id)
        if former is not None:
            self.drop(former, "the radio uses the connection's identity for another")
        connection = Connection(radio, self.new_id(), ran_ue_ngap_id)
        connection.tnla = radio.heard
        self.connections[connection.amf_ue_ngap_id] = connection
        radio.connections[ran_ue_ngap_id] = connection
        return connection

    def expect(self, radio: Radio) -> Connection:
        """A connection that a radio is asked to take over; what it will call it is not known yet, and no
        radio gives a negative identity."""
        named = self.new_id()
        leg = Connection(radio, named, -named)
        self.connections[named] = radio.connections[-named] = leg
        return leg

    def move(self, connection: Connection, radio: Radio, ran_ue_ngap_id: int) -> None:
        """Another radio has this connection now, under a RAN-UE-NGAP-ID of its own."""
        taken = radio.connections.get(ran_ue_ngap_id)
        if taken is not None and taken is not connection:
            self.drop(taken, "the radio uses the connection's identity for another")
        connection.radio.connections.pop(connection.ran_ue_ngap_id, None)
        connection.radio, connection.ran_ue_ngap_id = radio, ran_ue_ngap_id
        radio.connections[ran_ue_ngap_id] = connection

    def exchange(self, one: Connection, other: Connection) -> None:
        """Two connections change their radios and identities."""
        one.radio, other.radio = other.radio, one.radio
        one.ran_ue_ngap_id, other.ran_ue_ngap_id = other.ran_ue_ngap_id, one.ran_ue_ngap_id
        one.amf_ue_ngap_id, other.amf_ue_ngap_id = other.amf_ue_ngap_id, one.amf_ue_ngap_id
        for connection in (one, other):
            connection.radio.connections[connection.ran_ue_ngap_id] = connection
            self.connections[connection.amf_ue_ngap_id] = connection

    def new_id(self) -> int:
        """An AMF-UE-NGAP-ID that no connection has."""
        self._last_id += 1
        while self._last_id in self.connections or self._last_id > LAST_ID:
            self._last_id = 0 if self._last_id >= LAST_ID else self._last_id + 1
        return self._last_id

    def release(self, connection: Connection, why: tuple[str, str]) -> None:
        """AN release (TS 23.502 4.2.6 steps 2 to 4): it ends with the radio's word, or without it in time."""
        if connection.releasing or self.connections.get(connection.amf_ue_ngap_id) is not connection:
            return
        connection.releasing = True
        if connection.move is not None:
            self._moves_no_more(connection, connection.move, "released")
        connection.send(ngap.UEContextReleaseCommand(ue_ngap_ids=connection.identities, cause=why))
        seconds = self.config.timers["X-N2"].seconds
        connection.guard(seconds, lambda: self.drop(connection, "the release was not confirmed"))
        if connection.ue is not None:
            connection.ue.owner.lost("the connection is being released")

    def drop(self, connection: Connection, reason: str) -> None:
        """The connection is no more: on this side at once, nobody is told (TS 38.413 8.3.3, 8.7.4, 10.6)."""
        if connection.move is not None:
            connection = self._moves_no_more(connection, connection.move, reason)
        connection.unguard()
        connection.releasing = True
        if self.connections.pop(connection.amf_ue_ngap_id, None) is None:
            return
        if connection.began:
            self.overload.ended(connection)
        if connection.radio.connections.get(connection.ran_ue_ngap_id) is connection:
            del connection.radio.connections[connection.ran_ue_ngap_id]
        ue, connection.ue = connection.ue, None
        if ue is not None:
            ue.detached(connection, reason)

    def _moves_no_more(self, connection: Connection, move: Move, reason: str) -> Connection:
        """A connection in a handover ends. That of a phone which has been told to go to another radio goes on
        there; what ends is then the one it leaves behind."""
        if move.connection is not connection:
            move.leg_lost(reason)
        elif move.crosses() and not connection.releasing:
            return move.cross()
        else:
            move.retire()
            connection.move = None
        return connection

    def drop_connections(self, radio: Radio, reason: str) -> None:
        """All phones of a radio go CM-IDLE."""
        for connection in list(radio.connections.values()):
            self.drop(connection, reason)

    def lose(self, radio: Radio, reason: str) -> None:
        """A radio's association has gone."""
        if radio.ready:
            self.journal.note(radio.name, f"association lost: {reason}")
        radio.gnb = None
        radio.supported = {}
        radio.resetting.stop()
        for association in radio.part():
            self.further.pop(association, None)
            association.abort()
        self.drop_connections(radio, reason)

    # -- phones

    def begin(self, ue: Ue, event: Any) -> Procedure | None:
        """The procedure an event starts."""
        return begin(ue, event)

    def keep(self, context: UeContext) -> None:
        """Write the context of a phone that is registered."""
        if context.registered:
            self.keeper.keep(context)

    def area_around(self, tai: Tai) -> tuple[Tai, ...]:
        """The registration area of all phones that register in a tracking area we serve."""
        area = self._areas.get(tai)
        if area is None:
            area = self._areas[tai] = self.config.area_around(tai)
        return area

    def abandon(self, ue: Ue) -> None:
        """Give back what a registration that failed by a bug of ours had begun at other functions."""
        self.tasks.spawn(let_go(ue), f"clean up {ue.name}")

    def smf(self, instance_id: str) -> Smf:
        """An SMF by instance. Raises ServiceError where it is gone."""
        found = self._smf_of(instance_id)
        if found is None:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"SMF {instance_id} is gone", "start it again")
        return found

    # -- introspection

    def leftovers(self) -> list[str]:
        """What is under way: connections, procedures, session signalling. Empty when all is idle."""
        found = [f"connection {connection}" for connection in self.connections.values()]
        for supi, ue in self.ues.by_supi.items():
            if ue.owner.procedure is not None:
                found.append(f"{supi}: {type(ue.owner.procedure).__name__}")
            if ue.signalling:
                found.append(f"{supi}: session signalling")
            if ue.pending or ue.wanted:
                found.append(f"{supi}: undelivered")
        return found

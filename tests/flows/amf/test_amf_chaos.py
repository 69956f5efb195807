"""Everything at once, from a seed: whatever phones, radios and other functions do, nothing is left of them.

Phones act at random and answer most of what they are asked; radios reset, vanish and come back; functions
are slow. Then all fall silent, and when the AMF's own timers have run out, no context, session, policy,
challenge, identity or stored value may remain anywhere.
"""

import asyncio
import contextlib
import random

import pytest

from flows.amf.world import SETUP, Phone, play, settle
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas.security import SecurityHeaderType
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause

Kind = nas.RegistrationKind


class Wild(Phone):
    """Answers by itself, mostly; acts at random."""

    def __init__(self, world, number, source):
        super().__init__(world, number)
        self.source, self.quiet = source, False

    def hears(self, pdu):
        try:
            super().hears(pdu)
        except (DecodeError, AttributeError):  # with keys it has dropped meanwhile
            return
        message = self.inbox.get_nowait()
        if not self.quiet and self.source.random() < 0.93:
            asyncio.get_running_loop().call_later(self.source.random(), self.answer, message, self.ran_id)

    def answer(self, message, ran_id):
        if self.gnb is None or self.amf_id is None or self.ran_id != ran_id:
            return
        match message:
            case nas.AuthenticationRequest():
                if self.source.random() < 0.1:
                    failure = self.source.choice(
                        [
                            nas.GmmCause.SYNCH_FAILURE,
                            nas.GmmCause.MAC_FAILURE,
                            nas.GmmCause.NGKSI_ALREADY_IN_USE,
                        ]
                    )
                    self.says(nas.AuthenticationFailure(cause=failure, auts=b"s" * 14))
                else:
                    self.answers(message)
            case nas.IdentityRequest():
                self.says(nas.IdentityResponse(mobile_identity=self.suci))
            case nas.SecurityModeCommand():
                whole = nas.encode(self.request)
                self.says(
                    nas.SecurityModeComplete(nas_message_container=whole),
                    SecurityHeaderType.CIPHERED_NEW_CONTEXT,
                )
            case nas.RegistrationAccept():
                self.guti = message.guti
                self.says(nas.RegistrationComplete())
            case nas.ConfigurationUpdateCommand(guti=guti) if guti is not None:
                self.guti = guti
                self.says(nas.ConfigurationUpdateComplete())
            case nas.DeregistrationRequestNetwork():
                self.says(nas.DeregistrationAcceptNetwork())
                self.keys = self.guti = None
            case nas.RegistrationReject() | nas.AuthenticationReject() | nas.ServiceReject():
                self.keys = self.guti = None

    # -- acts

    def act(self, gnbs):
        gnb = self.source.choice(gnbs)
        name = self.source.choice(
            ["register"] * 3
            + ["update", "serve", "serve", "open", "open", "close", "leave", "forget", "again"]
        )
        getattr(self, name)(gnb)

    def register(self, gnb):
        self.request = self.registration(Kind.INITIAL, self.source.random() < 0.7)
        self.begins(gnb, self.request, context=self.source.random() < 0.8)

    def update(self, gnb):
        if self.keys and self.guti:
            kind = self.source.choice([Kind.MOBILITY, Kind.PERIODIC])
            status = frozenset(self.source.sample(range(1, 4), 2))
            self.request = self.registration(kind, pdu_session_status=status, uplink_data_status=status)
            self.begins(gnb, self.request)

    def again(self, gnb):
        if self.gnb and self.amf_id and self.request:
            self.says(self.request)

    def serve(self, gnb):
        if self.keys and self.guti:
            kind = self.source.choice([nas.ServiceType.DATA, nas.ServiceType.MOBILE_TERMINATED])
            request = self.service(kind, uplink_data_status=frozenset({1, 2}))
            if self.gnb and self.amf_id and self.source.random() < 0.3:
                self.says(request)
            else:
                self.begins(gnb, request)

    def open(self, gnb):
        if self.gnb and self.amf_id:
            self.says(self.session(self.source.randrange(1, 4)))

    def close(self, gnb):
        if self.gnb and self.amf_id:
            payload = self.source.choice([b"release request", b"release complete"])
            self.says(
                nas.UlNasTransport(
                    payload_container_type=nas.PayloadContainerType.N1_SM,
                    payload_container=payload,
                    pdu_session_id=self.source.randrange(1, 4),
                )
            )

    def leave(self, gnb):
        request = nas.DeregistrationRequest(
            deregistration_type=nas.DeregistrationType(switch_off=self.source.random() < 0.5),
            ngksi=nas.KeySetIdentifier(self.keys.ngksi if self.keys else 7),
            mobile_identity=self.guti or self.suci,
        )
        if self.gnb and self.amf_id and self.source.random() < 0.5:
            self.says(request)
        else:
            self.begins(gnb, request)

    def forget(self, gnb):
        """A new SIM context: keys and GUTI are gone."""
        self.keys = self.guti = None
        self.secure = False


async def disturb(world, gnbs, phones, source):
    """What the network does to them."""
    gnb, phone = source.choice(gnbs), source.choice(phones)
    match source.randrange(11):
        case 0 if phone.gnb and phone.amf_id:
            phone.gnb.ask_release(phone)
        case 1:
            gnb.says(
                ngap.NGReset(cause=cause("misc", "unspecified"), reset_type=("nG-Interface", "reset-all"))
            )
            for other in list(gnb.phones.values()):
                gnb.forget(other)
        case 2:
            gnb.down()
            for other in list(gnb.phones.values()):
                gnb.forget(other)
            gnb.up()
            gnb.says(gnb.setup_request())
        case 3:
            message = N1N2Message(
                pdu_session_id=source.randrange(1, 4), n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP)
            )
            with contextlib.suppress(ServiceError):
                await world.amf.service.transfer(phone.supi, message)
        case 4:
            reason = source.choice(
                ["SUBSCRIPTION_WITHDRAWN", "REREGISTRATION_REQUIRED", "UE_INITIAL_REGISTRATION"]
            )
            await world.amf.service.deregister(phone.supi, reason)
        case 5:
            world.smf.delay = source.choice([0, 0, 0.3, 3])
        case 6:
            world.ausf.delay = source.choice([0, 0, 0.3, 3])
        case 7:
            gnb.auto = source.random() < 0.7
        case 8:
            world.smf.problem = source.choice([None, None, Problem.UPF_NOT_RESPONDING])
        case 9:
            world.udm.problem = source.choice([None, None, Problem.SYSTEM_FAILURE])
        case 10:
            world.udm.delay = source.choice([0, 0, 0.2, 4])


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_left_of_anything(seed):
    async def flow(world):
        source = random.Random(seed)
        gnbs = [await world.gnb(n).setup() for n in (1, 2)]
        phones = [Wild(world, n, source) for n in range(1, 7)]
        for _ in range(400):
            if source.random() < 0.8:
                source.choice(phones).act(gnbs)
            else:
                await disturb(world, gnbs, phones, source)
            await asyncio.sleep(source.choice([0, 0, 0.1, 0.5, 2, 8]))
        world.smf.delay = world.ausf.delay = world.udm.delay = 0
        world.smf.problem = world.udm.problem = None
        for phone in phones:
            phone.quiet = True
        for gnb in gnbs:
            gnb.auto = True
        await asyncio.sleep(60)
        consistent(world)
        for gnb in gnbs:
            gnb.down()
        await asyncio.sleep(3 * 3600)
        await settle()
        empty(world)
        assert await world.store.load("ue") == {}

    play(flow)


def consistent(world):
    """The functions agree about who is there."""
    amf = world.amf
    assert set(amf.ues.by_supi) == set(world.udm.serving)
    assert all(ue.registered for ue in amf.ues.by_supi.values())
    kept = {f"{supi}/{psi}" for supi, ue in amf.ues.by_supi.items() for psi in ue.context.sessions}
    assert kept == set(world.smf.sessions), kept ^ set(world.smf.sessions)
    known = {
        guti.tmsi for ue in amf.ues.by_supi.values() for guti in (ue.context.guti, *ue.context.former_gutis)
    }
    assert known == set(amf.ues.by_tmsi)
    assert len(world.pcf.leftovers()) == len(amf.ues.by_supi)
    for connection in amf.connections.values():
        assert connection.ue is None or connection.ue.connection is connection
        if connection.ue is not None and not connection.releasing:
            assert amf.ues.by_supi[connection.ue.supi] is connection.ue


def empty(world):
    amf = world.amf
    assert not amf.connections
    assert not amf.ues.by_supi
    assert not amf.ues.by_tmsi
    assert not world.smf.sessions
    assert not world.udm.serving
    assert not world.pcf.leftovers()
    assert not world.ausf.challenges
    assert amf.leftovers() == []

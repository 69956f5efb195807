"""Service interfaces over a link: the same answers as in process, and nothing worse than an error."""

import asyncio

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.app.sbi import Sbi
from pilot5g.core.amf.service import Smf
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.journal import Journal
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Guami, Guti, Plmn, Snssai, Suci, Supi, Tai
from pilot5g.net.memory import MemoryNetwork
from pilot5g.service.n14 import N14, ContextRequest, HandoverPrepared, TransferReason
from pilot5g.service.namf import Namf
from pilot5g.service.nausf import AuthenticationContext, AuthenticationInfo, EapContext, Nausf
from pilot5g.service.nnrf import Nnrf
from pilot5g.service.nnssf import Nnssf
from pilot5g.service.npcf import Npcf
from pilot5g.service.nudm import AmfRegistration, Deregistered, Nudm
from pilot5g.service.remote import Link, Offered, far
from pilot5g.service.remote.link import Call, decode, hello
from pilot5g.service.remote.operations import operations
from pilot5g.wire.errors import DecodeError

CORE = ("127.0.0.8", 7777)
SUPI = Supi("imsi-001010000000001")
PLMN = Plmn("001", "01")
INTERFACES = (Namf, N14, Nausf, Nudm, Nnrf, Nnssf, Npcf, Smf, Deregistered)


class Ausf:
    """Answers by what is asked."""

    async def authenticate(self, info):
        if isinstance(info.identity, Suci):
            raise ServiceError(Problem.USER_NOT_FOUND, "nobody", "add it")
        if info.serving_network_name == "eap":
            return EapContext("2", b"eap")
        if info.serving_network_name == "slow":
            await asyncio.sleep(1000)
        if info.serving_network_name == "bug":
            raise ZeroDivisionError
        return AuthenticationContext("1", b"r" * 16, b"a" * 16, b"x" * 16)


class Udm:
    """Keeps who is to be told."""

    async def register_amf(self, registration, callback):
        self.registration, self.callback = registration, callback


class Amf:
    """Hears of deregistrations."""

    async def deregister(self, supi, reason):
        self.heard = supi, reason


class User:
    """The AMF's end."""

    def __init__(self, name, offered, tasks):
        self.name, self.link, self.reason = name, Link("the core", offered, tasks), None

    def on_up(self, association):
        self.association = association
        association.send(hello(self.name), 0)
        self.link.attach(association)

    def on_message(self, association, data, stream):
        self.link.receive(decode(data))

    def on_down(self, association, reason):
        self.reason = reason
        self.link.detach(association, reason)


class World:
    """A core with an AUSF and a UDM, and an AMF that is connected to it."""

    def __init__(self, name="amf-2", address="127.0.0.221"):
        self.memory = MemoryNetwork(1)
        self.journal, self.tasks = Journal(), Tasks()
        self.udm, self.amf = Udm(), Amf()
        offered, own = Offered(), Offered()
        offered.add(Nausf, "", Ausf())
        offered.add(Nudm, "", self.udm)
        own.add(Deregistered, "amf-2", self.amf)
        self.sbi = Sbi({"amf-2": "127.0.0.221"}, offered, self.journal)
        self.endpoint = self.memory.endpoint()
        self.endpoint.listen(CORE, self.sbi)
        self.user = User(name, own, self.tasks)
        self.endpoint.connect((address, 0), CORE, self.user)

    async def close(self):
        await self.sbi.close()
        await asyncio.sleep(0.1)
        await self.tasks.close()
        await self.endpoint.close()
        self.memory.close()


def play(flow, **options):
    async def main():
        world = World(**options)
        await asyncio.sleep(0.1)
        await flow(world)
        await world.close()

    run_virtual(main())


def asked(kind="aka", identity=SUPI):
    return AuthenticationInfo(identity, kind)


def test_answers_errors_and_call_backs_are_as_in_process():
    async def flow(world):
        ausf, udm = far(Nausf, world.user.link, ""), far(Nudm, world.user.link, "")
        assert await ausf.authenticate(asked()) == AuthenticationContext("1", b"r" * 16, b"a" * 16, b"x" * 16)
        assert await ausf.authenticate(info=asked("eap")) == EapContext("2", b"eap")
        with pytest.raises(ServiceError) as told:
            await ausf.authenticate(asked(identity=Suci(PLMN, "0", 0, 0, b"\1")))
        assert (told.value.problem, told.value.fix) == (Problem.USER_NOT_FOUND, "add it")
        await udm.register_amf(AmfRegistration(SUPI, "amf-2"), object())
        assert world.udm.registration == AmfRegistration(SUPI, "amf-2")
        await world.udm.callback.deregister(SUPI, "SUBSCRIPTION_WITHDRAWN")
        assert world.amf.heard == (SUPI, "SUBSCRIPTION_WITHDRAWN")

    play(flow)


def test_what_is_not_offered_fails_slowly_or_is_a_bug_is_a_service_error():
    async def flow(world):
        link = world.user.link
        for producer, operation in ((far(Nnrf, link, ""), "deregister"), (far(Nausf, link, "x"), "abandon")):
            with pytest.raises(ServiceError, match="not offered"):
                await getattr(producer, operation)("1")
        with pytest.raises(ServiceError, match="an error of that process"):
            await far(Nausf, link, "").authenticate(asked("bug"))
        with pytest.raises(ServiceError, match="not answered"):
            await far(Nausf, link, "").authenticate(asked("slow"))
        waiting = asyncio.ensure_future(far(Nausf, link, "").authenticate(asked("slow")))
        await asyncio.sleep(0.1)
        world.user.association.abort()
        with pytest.raises(ServiceError, match="cannot be reached"):
            await waiting
        with pytest.raises(AttributeError):
            far(Nausf, link, "").nothing  # noqa: B018

    play(flow)


@pytest.mark.parametrize(("name", "address"), [("amf-3", "127.0.0.221"), ("amf-2", "127.0.0.222")])
def test_who_is_not_configured_is_turned_away(name, address):
    async def flow(world):
        assert world.user.reason is not None
        assert not world.sbi.links["amf-2"].up
        assert "amfs" in world.journal.entries[-1].fix

    play(flow, name=name, address=address)


@given(st.binary(max_size=64))
def test_no_octets_are_worse_than_an_end_of_the_association(octets):
    async def flow(world):
        world.user.association.send(octets, 0)
        await asyncio.sleep(0.1)
        call = msgspec.msgpack.encode(Call(1, "Nausf", "", "authenticate", [octets]))
        world.user.association.send(call, 0)
        await asyncio.sleep(0.1)

    play(flow)


def test_values_of_every_interface_survive():
    for interface in INTERFACES:
        assert operations(interface)
    guti = Guti(Guami(PLMN, 1, 2, 3), 4)
    request = ContextRequest(guti=guti, reason=TransferReason.MOBILITY, message=b"nas", amf_id="amf-1")
    takes = operations(N14)["transfer_ue_context"]
    assert takes.decode(takes.encode((request,), {}), lambda kind: kind) == {"request": request}
    prepared = HandoverPrepared(container=b"c", commands={1: b"x"}, left_behind={2: ("misc", "unspecified")})
    gives = operations(N14)["create_ue_context"].gives
    assert gives.decode(gives.encode(prepared)) == prepared
    select = operations(Nnssf)["select"]
    arguments = ((Snssai(1),), (Snssai(1, 2),), (), Tai(PLMN, 7))
    assert tuple(select.decode(select.encode(arguments, {}), lambda kind: kind).values()) == arguments
    with pytest.raises(DecodeError):
        gives.decode(b"")
    with pytest.raises(DecodeError):
        takes.decode([], lambda kind: kind)

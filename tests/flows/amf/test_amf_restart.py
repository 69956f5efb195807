"""What a restarted AMF knows: every registered phone, with its keys and sessions."""

import asyncio

from flows.amf.world import Phone, World, settle
from pilot5g.flow.clock import run_virtual
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.store.memory import MemoryStore
from pilot5g.wire import nas


def moved(phone, world):
    """The same phone, before another life of the network."""
    phone.world = world
    world.ausf.keys[phone.supi] = phone.supi.encode()


def killed(world):
    """The end of a process: nothing is said or written any more."""
    for gnb in world.gnbs:
        gnb.alive = False


def test_a_guti_is_known_after_a_restart():
    """It is proved by keys out of the store, no authentication runs; a session is still there."""

    async def flow():
        store = MemoryStore()
        async with World(store) as world:
            gnb = await world.gnb().setup()
            phone = Phone(world)
            await phone.register(gnb, follow_on=True)
            await phone.opens(1)
            sessions = world.smf.sessions
            killed(world)
        async with World(store) as world:
            moved(phone, world)
            world.smf.sessions = sessions
            gnb = await world.gnb().setup()
            assert phone.supi in world.udm.serving
            accept = await phone.register(
                gnb, kind=nas.RegistrationKind.MOBILITY, pdu_session_status=frozenset({1})
            )
            assert accept.pdu_session_status == frozenset({1})
            assert world.ausf.count == 0
            await phone.idles() if phone.gnb else None
            await settle()

    run_virtual(flow())


def test_service_and_paging_after_a_restart():
    async def flow():
        store = MemoryStore()
        async with World(store) as world:
            gnb = await world.gnb().setup()
            phone = Phone(world)
            await phone.register(gnb, follow_on=True)
            answer = await phone.opens(1)
            assert answer
            sessions = world.smf.sessions
            killed(world)
        async with World(store) as world:
            moved(phone, world)
            world.smf.sessions = sessions
            gnb = await world.gnb().setup()
            setup = sessions[f"{phone.supi}/1"]
            assert setup.pdu_session_id == 1
            from flows.amf.world import SETUP

            message = N1N2Message(pdu_session_id=1, n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, SETUP))
            await world.amf.service.transfer(phone.supi, message)
            await settle()
            assert gnb.paged == [phone.guti.s_tmsi]
            phone.begins(gnb, phone.service())
            await phone.gets(nas.ServiceAccept)
            await settle()
            assert phone.planes == {1}

    run_virtual(flow())


def test_a_phone_from_the_store_is_supervised():
    """TS 24.501 5.3.7: it has a whole period to show itself."""

    async def flow():
        store = MemoryStore()
        async with World(store) as world:
            gnb = await world.gnb().setup()
            phone = Phone(world)
            await phone.register(gnb)
        async with World(store) as world:
            assert phone.supi in world.amf.ues.by_supi
            await asyncio.sleep(3600 + 481)
            assert not world.amf.ues.by_supi
        assert await store.load("ue") == {}

    run_virtual(flow())


def test_a_phone_that_was_registering_is_not_remembered():
    async def flow():
        store = MemoryStore()
        async with World(store) as world:
            gnb = await world.gnb().setup()
            phone = Phone(world)
            phone.begins(gnb, phone.registration())
            await phone.authenticates()
        assert await store.load("ue") == {}

    run_virtual(flow())

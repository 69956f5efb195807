"""Every message that a radio may send, to a connection in every state of a handover: none is a bug, none
keeps the handover from ending, and none leaves anything behind."""

import asyncio
from random import Random

import msgspec
import pytest

from flows.amf.test_amf_handover import Handed, two_radios
from flows.amf.test_amf_path_switch import arrives
from flows.amf.world import play, settle
from judges.ngap_values import Maker
from pilot5g.core.amf.ngap_dispatch import NODES, PHONES
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap

STATUS = nas.encode(nas.GmmStatus(cause=nas.GmmCause.CONGESTION))
MESSAGES = [kind for kind in (*NODES, *PHONES) if kind is not ngap.NGSetupRequest]
"""A second NG Setup is the loss of a radio, which has ladders of its own."""


async def switching(world, handed):
    world.smf.delay = 1
    arrives(handed.phone, handed.there)
    await asyncio.sleep(0.5)
    handed.target = handed.phone.ids


async def preparing(world, handed):
    handed.requires()
    await handed.requested()


async def prepared(world, handed):
    handed.requires()
    await handed.requested()
    handed.acknowledges()
    await settle()


async def crossed(world, handed):
    await prepared(world, handed)
    handed.notifies()
    await settle()


@pytest.mark.parametrize("state", [switching, preparing, prepared, crossed], ids=lambda state: state.__name__)
@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_a_message_during_a_handover(kind, side, state):
    async def flow(world):
        here, there, phone = await two_radios(world, (1, 2))
        handed = Handed(world, phone, here, there)
        await state(world, handed)
        message = Maker(Random(1)).message(kind)
        names = {name for name in ("amf_ue_ngap_id", "ran_ue_ngap_id") if hasattr(message, name)}
        ids = handed.source if side == "source" else handed.target
        message = msgspec.structs.replace(message, **{name: ids[name] for name in names})
        if hasattr(message, "nas_pdu"):
            message = msgspec.structs.replace(message, nas_pdu=STATUS)
        (here if side == "source" else there).says(message)
        await asyncio.sleep(60)
        for connection in world.amf.connections.values():
            assert not connection.held or connection.setting_up
            assert connection.move is None or not connection.move.busy
        ue = world.amf.ues.by_supi.get(phone.supi)
        assert ue is None or not ue.signalling

    play(flow)

"""A hostile AMF: whatever octets come over N2, the gNB goes on and its other phones do not notice."""

import asyncio
from random import Random

import pytest

from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import encode
from pilot5g.wire.ngap.messages import MESSAGES
from pilot5g.wire.ngap.values import security_key_to
from ran.gnb.ladder import (
    AMBR,
    KGNB,
    Phone,
    context_setup,
    ladder,
    rig,
    session_item,
    session_setup,
    setup_transfer,
)
from ran.gnb.test_contexts import release
from ran.gnb.test_node import paging
from ran.gnb.test_sessions import modify_request, release_command


def believable(ids):
    """What an AMF says to this phone, well formed."""
    return [
        m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e\0"),
        context_setup(
            ids,
            nas_pdu=b"\x7e\1",
            ue_aggregate_maximum_bit_rate=AMBR,
            pdu_session_resource_setup_list_cxt_req=[session_item(1, nas_name="nAS-PDU")],
        ),
        session_setup(ids, session_item(2, setup_transfer(2)), ue_aggregate_maximum_bit_rate=AMBR),
        modify_request(
            ids, (1, {"QosFlowToReleaseList": [{"qosFlowIdentifier": 1, "cause": ("nas", "unspecified")}]})
        ),
        release_command(ids, 1, nas_pdu=b"\x7e"),
        m.UEContextModificationRequest(**ids, security_key=security_key_to(KGNB), new_amf_ue_ngap_id=5),
        paging(1, 2),
        m.NGReset(cause=("misc", "unspecified"), reset_type=("partOfNG-Interface", [{"rAN-UE-NGAP-ID": 9}])),
        m.AMFConfigurationUpdate(amf_name="x"),
        m.OverloadStart(amf_traffic_load_reduction_indication=5),
        m.ErrorIndication(**ids, cause=("protocol", "semantic-error")),
        release(ids),
    ]


def mutated(random, octets):
    data = bytearray(octets)
    for _ in range(random.randrange(1, 5)):
        match random.randrange(4):
            case 0 if data:
                data[random.randrange(len(data))] = random.randrange(256)
            case 1 if data:
                del data[random.randrange(len(data)) :]
            case 2:
                data.insert(random.randrange(len(data) + 1), random.randrange(256))
            case _ if data:
                data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
@ladder
async def test_mutated_messages(seed):
    random = Random(seed)
    async with rig(judged=False) as r:
        for _ in range(60):
            r.amf.say(m.OverloadStop())
            await asyncio.sleep(0.01)
            phone = Phone()
            phone.connect(r.gnb.cells[0])
            ids = {"amf_ue_ngap_id": r.amf.new_id(), "ran_ue_ngap_id": r.gnb.ues._last + 1}
            for message in believable(ids):
                for _ in range(4):
                    r.amf.say(mutated(random, encode(message)), random.randrange(16))
                if random.random() < 0.5:
                    r.amf.say(message, 1)
            await asyncio.sleep(0.05)
            r.amf.received.clear()
            if r.amf.association is None:
                await r.amf.set_up()
        assert r.gnb.counters.bugs == 0
        await _still_works(r)


@ladder
async def test_every_message_there_is_with_random_values():
    maker = pytest.importorskip("judges.ngap_values").Maker(Random(11))
    async with rig(judged=False) as r:
        for kind in MESSAGES:
            for optional in (0.0, 0.5, 1.0):
                r.amf.say(encode(maker.message(kind, optional=optional)), 1)
        await asyncio.sleep(1)
        r.amf.received.clear()
        assert r.gnb.counters.bugs == 0
        await _still_works(r)


@ladder
async def test_every_message_there_is_for_a_phone_that_is_there():
    maker = pytest.importorskip("judges.ngap_values").Maker(Random(12))
    async with rig(judged=False) as r:
        for kind in MESSAGES:
            if not {"ran_ue_ngap_id", "amf_ue_ngap_id"} <= {ie.attribute for ie in kind.ies}:
                continue
            for optional in (0.0, 1.0):
                r.amf.say(m.OverloadStop())
                phone, ids = await r.connected()
                made = maker.message(kind, optional=optional)
                values = {name: getattr(made, name) for name in made.__struct_fields__}
                r.amf.say(kind(**{**values, **ids}), 1)
                await asyncio.sleep(0.05)
                phone.connection.fail()
                await asyncio.sleep(0.05)
                r.amf.received.clear()
        assert r.gnb.counters.bugs == 0
        await _still_works(r)


@ladder
async def test_random_octets():
    random = Random(5)
    async with rig(judged=False) as r:
        for _ in range(3000):
            r.amf.say(random.randbytes(random.randrange(1, 60)), random.randrange(16))
        await asyncio.sleep(1)
        r.amf.received.clear()
        assert r.gnb.counters.ngap_unusable > 2900
        await _still_works(r)


async def _still_works(r):
    """A new phone gets a session."""
    r.amf.say(m.OverloadStop())
    r.amf.say(m.NGReset(cause=("misc", "unspecified"), reset_type=("nG-Interface", "reset-all")))
    await asyncio.sleep(5)
    r.amf.received.clear()
    assert r.gnb.in_service
    phone, _, _ = await r.with_session()
    phone.connection.send_packets(1, 1, [b"\x45"])
    await asyncio.sleep(0.01)
    assert r.upf_heard

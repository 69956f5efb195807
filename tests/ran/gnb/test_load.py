"""Two hundred phones on one gNB, and what is left afterwards."""

import asyncio

import pytest

from pilot5g.flow.clock import run_virtual
from pilot5g.wire.gtpu import Gpdu, encode
from pilot5g.wire.ngap import messages as m
from ran.gnb.ladder import (
    AMBR,
    Phone,
    context_setup,
    downlink_teid,
    rig,
    session_item,
    setup_transfer,
)
from ran.gnb.test_contexts import release

PHONES = 200


async def serve(r, teids, sessions):
    """An AMF that gives every phone a context with a session, and releases whoever asks."""
    while True:
        message, stream = await r.amf.any(1e9)
        if isinstance(message, m.InitialUEMessage):
            ids = {"amf_ue_ngap_id": r.amf.new_id(), "ran_ue_ngap_id": message.ran_ue_ngap_id}
            teid = 0xAA000000 + ids["ran_ue_ngap_id"]
            request = context_setup(
                ids,
                nas_pdu=b"accept",
                ue_aggregate_maximum_bit_rate=AMBR,
                pdu_session_resource_setup_list_cxt_req=[
                    session_item(1, setup_transfer(teid), nas_name="nAS-PDU")
                ],
            )
            r.amf.say(request, stream)
        elif isinstance(message, m.InitialContextSetupResponse):
            (item,) = message.pdu_session_resource_setup_list_cxt_res
            teids[message.ran_ue_ngap_id] = downlink_teid(item)
            sessions.release()
        elif isinstance(message, m.UEContextReleaseRequest):
            ids = {"amf_ue_ngap_id": message.amf_ue_ngap_id, "ran_ue_ngap_id": message.ran_ue_ngap_id}
            r.amf.say(release(ids), stream)
        elif isinstance(message, m.UEContextReleaseComplete):
            sessions.release()


@pytest.mark.parametrize("links", [{}, {"jitter": 0.05, "loss": 0.05, "delay": 0.01}])
def test_200_phones_get_a_session_each_and_go_idle(links):
    async def flow():
        teids = {}
        done = asyncio.Semaphore(0)
        async with rig(judged=False, links=links, air_delay=0.002) as r:
            amf = asyncio.ensure_future(serve(r, teids, done))
            phones = [Phone() for _ in range(PHONES)]
            for i, phone in enumerate(phones):
                phone.connect(r.gnb.cells[i % 3])
            for _ in phones:
                await done.acquire()
            assert len(set(teids.values())) == PHONES
            assert len({ue.context.stream for ue in r.gnb.ues}) == 15
            assert r.gnb.counters.contexts == PHONES
            await asyncio.sleep(1)
            for teid in teids.values():
                r.gnb._site.userplane.receive([(encode(Gpdu(teid, teid.to_bytes(4))), ("127.0.0.5", 2152))])
            await asyncio.sleep(1)
            for phone, teid in zip(phones, teids.values(), strict=True) if not links else ():
                assert phone.heard[-1] == ("packets", 1, [teid.to_bytes(4)])
            for _ in phones:  # X-INACTIVE sends them all to idle
                await done.acquire()
            await asyncio.sleep(1)
            assert all(phone.released == ["normal-release"] for phone in phones)
            assert len(r.gnb.ues) == 0
            assert r.gnb.counters.inactive == PHONES
            assert r.gnb.counters.bugs == r.gnb.counters.errors_sent == 0
            amf.cancel()
            await asyncio.wait([amf])

    run_virtual(flow())

"""NG Setup, and the association kept up (TS 38.413 8.7.1)."""

import asyncio
import itertools

import pytest

from pilot5g.flow.clock import now
from pilot5g.ran.gnb import GnbConfig
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.values import gnb_id_from
from ran.gnb.ladder import AMF, PLMN, SLICE, Phone, ladder, rig, setup_response

SLICES = [{"s-NSSAI": {"sST": b"\x01"}}]


@ladder
async def test_8_7_1_2_setup_request_says_who_the_radio_is():
    async with rig() as r:
        request = r.setup_request
        assert gnb_id_from(request.global_ran_node_id) == r.config.identity
        assert request.ran_node_name == "gnb-1"
        assert request.default_paging_drx == "v128"
        assert request.supported_ta_list == [
            {
                "tAC": b"\0\0\x01",
                "broadcastPLMNList": [
                    {"pLMNIdentity": b"\x00\xf1\x10", "tAISliceSupportList": [{"s-NSSAI": {"sST": b"\x01"}}]}
                ],
            }
        ]
        assert r.amf.stream == 0
        assert r.gnb.amf.name == "amf-1"
        assert [cell.in_service for cell in r.gnb.cells] == [True] * 3


@ladder
async def test_8_7_1_3_time_to_wait_is_kept_and_the_refusal_explained():
    async with rig(start=False) as r:
        started = asyncio.ensure_future(r.gnb.start())
        await r.amf.get(m.NGSetupRequest)
        refused = now()
        r.amf.say(m.NGSetupFailure(cause=("misc", "unknown-PLMN-or-SNPN"), time_to_wait="v20s"))
        await r.amf.get(m.NGSetupRequest)
        assert 20 <= now() - refused < 20.1
        entry = next(e for e in r.journal.entries if e.cause)
        assert entry.cause == "unknown-PLMN-or-SNPN"
        assert "001-01" in entry.reason
        assert entry.fix
        assert not r.gnb.in_service
        r.amf.say(setup_response())
        assert await started


@ladder
async def test_8_7_1_3_without_time_to_wait_it_tries_again_after_a_while():
    async with rig(start=False) as r:
        asked = asyncio.ensure_future(r.gnb.start(5))
        await r.amf.get(m.NGSetupRequest)
        r.amf.say(m.NGSetupFailure(cause=("misc", "control-processing-overload")))
        assert await asked is False
        await r.amf.get(m.NGSetupRequest)
        r.amf.say(setup_response())
        assert await r.gnb.serving()


@ladder
async def test_silence_is_asked_again_and_then_a_new_association_tried():
    async with rig(start=False) as r:
        r.gnb._n2s[0].connect()
        for _ in range(3):
            await r.amf.get(m.NGSetupRequest)
        assert now() > 20
        await r.amf.up()
        await asyncio.sleep(10)
        assert r.amf.downs
        await r.amf.set_up()
        assert await r.gnb.serving()


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        ("2015000403000056", None),  # four mandatory IEs are missing: local error handling (10.3.5)
        ("20150004030000", ("protocol", "transfer-syntax-error")),
        ("2015000a000001000100030000", ("protocol", "transfer-syntax-error")),  # 10.2
    ],
)
@ladder
async def test_10_3_an_unusable_response_is_a_failed_setup(octets, told):
    async with rig(start=False) as r:
        asked = asyncio.ensure_future(r.gnb.start(60))
        await r.amf.get(m.NGSetupRequest)
        r.amf.say(bytes.fromhex(octets))
        if told:
            assert (await r.amf.get(m.ErrorIndication)).cause == told
        await r.amf.get(m.NGSetupRequest)
        r.amf.say(
            setup_response(plmn_support_list=[{"pLMNIdentity": b"\xaa" * 3, "sliceSupportList": SLICES}])
        )
        await r.amf.get(m.NGSetupRequest)  # digits that are none
        r.amf.say(setup_response())
        assert await asked


@ladder
async def test_an_amf_that_is_not_there_is_tried_again_with_growing_waits():
    async with rig(start=False) as r:
        await r.amf.endpoint.close()
        assert await r.gnb.start(100) is False
        tries = [e.at for e in r.journal.entries if "no association" in e.what]
        waits = [b - a for a, b in itertools.pairwise(tries)]
        assert waits[0] < waits[1] < waits[2]
        assert max(waits) <= 15 * 1.25 + 1
        assert "listens" in r.journal.entries[0].fix
        r.amf.endpoint.listen(AMF, r.amf)
        await r.amf.set_up()
        assert await r.gnb.serving()


@ladder
async def test_a_lost_association_releases_phones_and_comes_back():
    async with rig() as r:
        phone, _ = await r.connected()
        waiting = Phone()
        r.amf.association.abort()
        await asyncio.sleep(0.01)
        assert phone.released == ["the radio lost its AMF"]
        assert not r.gnb.cells[0].in_service
        with pytest.raises(Exception, match="has no AMF"):
            waiting.connect(r.gnb.cells[0])
        await r.amf.set_up()
        assert await r.gnb.serving()
        await r.connected()


@ladder
async def test_a_restarted_peer_gets_ng_setup_on_the_same_association():
    """flow.link: a restart is `on_down` followed by `on_up`; the wait for a new association is over then."""
    async with rig() as r:
        phone, _ = await r.connected()
        n2 = r.gnb._n2s[0]
        association = n2.association
        n2.on_down(association, "restarted by the peer")
        n2.on_up(association)
        await r.amf.set_up()
        assert await r.gnb.serving()
        assert phone.released
        await r.amf.silent(60)
        assert n2.association is association
        assert r.amf.downs == []


@ladder
async def test_retry_waits_for_nothing_and_trouble_says_what_is_wrong():
    async with rig(start=False) as r:
        assert r.gnb.trouble == "it was not started"
        await r.amf.endpoint.close()
        assert await r.gnb.start(60) is False
        assert "127.0.0.5 port 38412" in r.gnb.trouble
        r.amf.endpoint.listen(AMF, r.amf)
        r.gnb.retry()
        before = now()
        await r.amf.get(m.NGSetupRequest)
        r.amf.say(m.NGSetupFailure(cause=("misc", "unknown-PLMN-or-SNPN"), time_to_wait="v60s"))
        await asyncio.sleep(0.01)
        assert "001-01" in r.gnb.trouble
        r.gnb.retry()
        await r.amf.get(m.NGSetupRequest)
        r.amf.say(setup_response())
        assert await r.gnb.serving()
        assert now() - before < 1
        assert r.gnb.trouble == ""


@ladder
async def test_a_radio_that_was_switched_off_is_silent():
    async with rig(air_delay=0.01) as r:
        phone, _, _ = await r.with_session()
        await r.gnb.close()
        assert phone.released == ["the radio is switched off"]
        phone.connection.send_nas(b"too late")
        r.gnb.retry()
        await asyncio.sleep(60)
        assert len(r.amf.downs) == 1
        assert r.amf.association is None


@ladder
async def test_a_setup_response_nobody_asked_for_changes_nothing():
    async with rig() as r:
        phone, _ = await r.connected()
        r.amf.say(setup_response(amf_name="impostor"))
        await r.amf.silent()
        assert r.gnb.amf.name == "amf-1"
        assert not phone.released


@pytest.mark.parametrize(
    "wrong",
    [
        {"gnb_id": 1 << 24},
        {"gnb_id_bits": 21},
        {"plmns": ()},
        {"slices": ()},
        {"paging_drx": 5},
        {"cells": (1,)},
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(wrong):
    good = {
        "name": "g", "gnb_id": 1, "plmns": (PLMN,), "tac": 1, "slices": (SLICE,),
        "n2": ("127.0.0.11", 0), "amf": AMF, "n3": "127.0.0.11",
    }  # fmt: skip
    assert GnbConfig(**good).cells == (0x1001, 0x1002, 0x1003)
    with pytest.raises(ValueError, match="g: "):
        GnbConfig(**{**good, **wrong})

"""Faults of the gNB itself and of what it stands on: each costs one UE, or a wait, and is said."""

import asyncio

import pytest

from pilot5g.ran.gnb.words import setup_refused
from pilot5g.wire.ngap import messages as m
from ran.gnb.ladder import Phone, config, context_setup, ladder, rig
from ran.gnb.test_contexts import release


def bug(*_):
    raise RuntimeError("a bug of the gNB, for this test")


def with_bugs(ue, *names):
    """This UE alone fails in these methods."""
    ue.__class__ = type("Faulty", (type(ue),), {"__slots__": (), **dict.fromkeys(names, bug)})


@ladder
async def test_a_bug_in_a_procedure_costs_its_ue_only():
    async with rig() as r:
        other, theirs = await r.connected()
        phone, ids = await r.connected()
        ue = r.gnb.ues.by_ran(ids["ran_ue_ngap_id"])
        with_bugs(ue, "secure")
        r.amf.say(context_setup(ids), 1)
        r.amf.say(m.DownlinkNASTransport(**theirs, nas_pdu=b"fine"), 1)
        request = await r.amf.get(m.UEContextReleaseRequest)
        assert request.cause == ("radioNetwork", "release-due-to-ngran-generated-reason")
        r.amf.say(release(ids), 1)
        await r.amf.get(m.UEContextReleaseComplete)
        await asyncio.sleep(0.01)
        assert phone.released == ["normal-release"]
        assert other.heard == [("nas", b"fine")]
        assert r.gnb.counters.bugs == 1


@ladder
async def test_a_bug_while_giving_up_ends_it_locally():
    async with rig() as r:
        phone, ids = await r.connected()
        ue = r.gnb.ues.by_ran(ids["ran_ue_ngap_id"])
        with_bugs(ue, "secure", "send")
        r.amf.say(context_setup(ids), 1)
        await r.amf.silent()
        assert phone.released == ["a bug of the gNB"]
        assert len(r.gnb.ues) == 0
        assert r.gnb.counters.bugs == 2


@ladder
async def test_a_bug_on_the_spot_costs_its_ue_only():
    async with rig() as r:
        await r.connected()
        phone, ids = await r.connected()
        with_bugs(r.gnb.ues.by_ran(ids["ran_ue_ngap_id"]), "nas")
        r.amf.say(m.DownlinkNASTransport(**ids, nas_pdu=b"\x7e"), 1)
        await asyncio.sleep(0.01)
        assert phone.released == ["a bug of the gNB"]
        assert len(r.gnb.ues) == 1


@ladder
async def test_an_address_that_is_not_to_be_had_is_tried_again():
    async with rig(start=False) as r:
        real, tries = r.gnb._n2s[0]._endpoint, []

        class Busy:
            def connect(self, *arguments):
                tries.append(arguments)
                if len(tries) < 3:
                    raise OSError("the address is in use")
                return real.connect(*arguments)

        r.gnb._n2s[0]._endpoint = Busy()
        setup = asyncio.ensure_future(r.amf.set_up())
        assert await r.gnb.start()
        await setup
        assert "in use" in r.journal.entries[0].reason


@pytest.mark.parametrize(
    "cause",
    [
        ("misc", "unknown-PLMN-or-SNPN"),
        ("misc", "control-processing-overload"),
        ("misc", "om-intervention"),
        ("misc", "unspecified"),
        ("radioNetwork", "slice-not-supported"),
        ("protocol", "semantic-error"),
        None,
    ],
)
def test_every_refusal_has_a_reason_and_a_fix(cause):
    reason, fix = setup_refused(config(), cause)
    assert reason
    assert fix


@ladder
async def test_a_cut_cable_is_noticed_and_mended():
    async with rig() as r:
        phone, _ = await r.connected()
        r.network.cut("127.0.0.11", "127.0.0.5", noticed=3)
        await asyncio.sleep(10)
        assert phone.released
        assert not r.gnb.in_service
        with pytest.raises(Exception, match="no AMF"):
            Phone().connect(r.gnb.cells[0])
        r.network.heal("127.0.0.11", "127.0.0.5")
        await r.amf.set_up()
        assert await r.gnb.serving()

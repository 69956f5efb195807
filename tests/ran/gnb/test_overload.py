"""What a gNB makes of Overload Start, whatever is in it (TS 38.413 8.7.7.2)."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.ran.gnb.overload import REJECTED, Overload
from pilot5g.ran.radio import EstablishmentCause as Cause
from pilot5g.ran.radio import RrcRejected
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.errors import NgapError
from ran.gnb.ladder import Phone, ladder, rig

ACTION = ("overloadAction", "reject-rrc-cr-signalling")
NEVER = (Cause.EMERGENCY, Cause.MT_ACCESS)


def asked(cell, cause=Cause.MO_SIGNALLING):
    """The wait time a phone is given, 0 where it is taken."""
    try:
        cell.admit(cause)
    except RrcRejected as rejected:
        return rejected.wait
    return 0


async def told(r, **ies):
    r.amf.say(m.OverloadStart(**ies))
    await asyncio.sleep(0.01)


@ladder
async def test_a_rejected_phone_is_given_a_wait_time_that_can_be_said():
    async with rig() as r:
        await told(r, amf_overload_response=ACTION)
        waits = {asked(r.gnb.cells[0]) for _ in range(300)}
        assert len(waits) > 5
        assert min(waits) >= 1
        assert max(waits) <= 16  # RejectWaitTime of TS 38.331


@ladder
@pytest.mark.parametrize("percent", [1, 50, 80, 99])
async def test_the_percentage_is_kept(percent):
    async with rig() as r:
        await told(r, amf_overload_response=ACTION, amf_traffic_load_reduction_indication=percent)
        refused = sum(asked(r.gnb.cells[0]) > 0 for _ in range(2000))
        assert abs(refused / 20 - percent) < 6


@ladder
async def test_what_is_said_last_counts_and_who_was_admitted_may_connect():
    async with rig() as r:
        cell = r.gnb.cells[0]
        await told(r, amf_overload_response=ACTION)
        phone = Phone()
        with pytest.raises(RrcRejected):
            phone.connect(cell)
        await told(r, amf_overload_response=ACTION, amf_traffic_load_reduction_indication=1)
        assert sum(asked(cell) > 0 for _ in range(200)) < 20
        r.amf.say(m.OverloadStop())
        await asyncio.sleep(0.01)
        assert not any(asked(cell) for _ in range(200))


@ladder
async def test_an_overload_start_that_says_nothing_changes_nothing():
    async with rig() as r:
        await told(r)
        assert not any(asked(r.gnb.cells[0]) for _ in range(100))
        await told(r, amf_overload_response=ACTION)
        await told(r)
        assert all(asked(r.gnb.cells[0]) for _ in range(100))


@ladder
async def test_slices_alone_turn_nobody_away():
    async with rig() as r:
        overload = {
            "sliceOverloadList": [{"s-NSSAI": {"sST": b"\x01"}}],
            "sliceTrafficLoadReductionIndication": 99,
        }
        await told(r, overload_start_nssai_list=[overload])
        assert not any(asked(r.gnb.cells[0]) for _ in range(100))


@pytest.mark.parametrize("action", ["", "something-new", 7, *REJECTED])
@pytest.mark.parametrize("cause", Cause)
def test_an_action_that_is_unknown_is_none_and_spares_who_calls_for_help(action, cause):
    overload = Overload(str(action), 100)
    if action not in REJECTED:
        assert overload.concerns(cause) == (cause is not Cause.EMERGENCY)
    elif cause is Cause.MT_ACCESS:
        assert not overload.concerns(cause)


@given(at=st.integers(0, 40), value=st.integers(0, 255), cut=st.integers(0, 40))
def test_octets_that_are_almost_an_overload_start(at, value, cut):
    """A value, a recorded defect, or a DecodeError; and whatever it is, the radio can act on it."""
    octets = bytearray(
        encode(m.OverloadStart(amf_overload_response=ACTION, amf_traffic_load_reduction_indication=50))
    )
    octets[at % len(octets)] = value
    try:
        message = decode(bytes(octets[: len(octets) - cut % 3]))
    except (NgapError, DecodeError):
        return

    async def flow():
        async with rig() as r:
            r.amf.say(message) if isinstance(message, m.OverloadStart) else None
            await asyncio.sleep(0.01)
            for cause in NEVER:
                assert not asked(r.gnb.cells[0], cause) or cause is Cause.EMERGENCY
            assert r.gnb.counters.bugs == 0

    ladder_run(flow)


def ladder_run(flow):
    from pilot5g.flow.clock import run_virtual

    run_virtual(flow())

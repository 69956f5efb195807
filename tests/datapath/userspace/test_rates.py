"""Rates: what exceeds them waits its turn, in order, in bounded queues."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datapath.userspace.rig import (
    DOWN4,
    DOWNLINK_FAR,
    GNB,
    PEER4,
    TEID,
    UP4,
    UPF,
    V4,
    Plane,
    changed,
    rate,
    session,
    udp,
    urr,
)
from pilot5g.datapath.userspace import rate as rates
from pilot5g.model import Ambr
from pilot5g.service.n4 import (
    ApplyAction,
    Far,
    FTeid,
    OuterHeader,
    Pdr,
    Qer,
    SourceInterface,
    Trigger,
    UeAddress,
    Usage,
)
from pilot5g.wire import gtpu, ip

FULL_UP, FULL_DOWN = udp(V4, PEER4, bytes(1372)), udp(PEER4, V4, bytes(1372))


@pytest.fixture
def plane():
    return Plane()


def numbered(count, start=0, size=1372, ends=(PEER4, V4), ports=(1000, 2000)):
    return [udp(*ends, i.to_bytes(4, "big") + bytes(size - 4), ports) for i in range(start, start + count)]


def offer(plane, direction, packet, rate, seconds):
    """Twice the rate for so long; what passed, in octets."""
    passed, batch = 0, 20 if rate > 10**6 else 5
    interval = batch * len(packet) * 8 / (2 * rate)
    for _ in range(max(1, int(seconds / interval))):
        passed += len((plane.up if direction == "up" else plane.down)(*[packet] * batch))
        plane.advance(interval)
    passed += len(plane.n6.taken() if direction == "up" else plane.tunnelled())
    return passed * len(packet)


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("bits", [64_000, 10**6, 10**7, 10**8, 10**9])
def test_a_rate_is_kept_in_both_directions(plane, direction, bits):
    other = 10**9
    plane.path.install(session(qers=(rate(*((bits, other) if direction == "up" else (other, bits))),)))
    seconds = 60 if bits < 10**6 else 10 if bits < 10**8 else 1
    passed = offer(plane, direction, FULL_UP if direction == "up" else FULL_DOWN, bits, seconds)
    allowed = bits / 8 * seconds
    assert 0.98 * allowed <= passed <= allowed + max(rates.BURST * bits / 8, rates.LEAST_BURST)
    assert plane.counters.shaped > 0
    assert plane.counters.dropped_rate > 0


def test_a_late_timer_costs_no_rate():
    """The loop was busy for 10 ms, again and again."""
    plane = Plane(later=lambda delay, call: None)
    plane.path.install(session(qers=(rate(10**7, 10**7),)))
    passed = 0
    for _ in range(100):
        passed += len(plane.down(*[FULL_DOWN] * 20))
        plane.now += 0.01
        plane.path._agenda._fire()
    assert passed * 1400 >= 0.98 * 10**7 / 8


def test_what_waits_keeps_its_order_and_nothing_passes_it(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    sent = numbered(10)
    got = [message.payload for message in plane.down(*sent[:6])]
    plane.advance(0.03)
    got += [message.payload for message in plane.down(*sent[6:])]
    plane.advance(2)
    got += [message.payload for message in plane.tunnelled()]
    assert got == sent
    assert plane.counters.downlink == 10
    assert plane.counters.dropped_rate == 0


def test_a_small_packet_does_not_pass_a_large_one_that_waits(plane):
    plane.path.install(session(qers=(rate(64_000, 64_000),)))
    sent = [*numbered(8), udp(PEER4, V4, b"small")]
    plane.down(*sent)
    plane.advance(5)
    assert plane.counters.downlink == 9
    assert [m.payload for m in plane.tunnelled()][-1] == sent[-1]


def test_a_queue_is_bounded_and_keeps_the_oldest(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    sent = numbered(100)
    got = [message.payload for message in plane.down(*sent)]
    plane.advance(10)
    got += [message.payload for message in plane.tunnelled()]
    assert got == sent[: len(got)]
    assert rates.LEAST_QUEUE - 1400 <= len(got) * 1400 <= rates.LEAST_QUEUE + rates.LEAST_BURST
    assert plane.counters.dropped_rate == 100 - len(got)


def test_all_queues_together_are_bounded(monkeypatch):
    monkeypatch.setattr("pilot5g.datapath.userspace.plane.QUEUED_OCTETS", 30_000)
    plane = Plane()
    for n in range(5):
        plane.path.install(
            session(seid=n + 1, teid=n + 1, ipv4=f"10.45.0.{n + 2}", qers=(rate(10**6, 10**6),))
        )
        plane.down(*numbered(20, ends=(PEER4, ip.pack(f"10.45.0.{n + 2}"))))
    assert plane.path._shaper.octets <= 30_000
    plane.advance(10)
    assert plane.path._shaper.octets == 0


def test_the_other_direction_has_its_own_rate(plane):
    plane.path.install(session(qers=(rate(1000, 10**9),)))
    plane.up(*[UP4] * 2000)
    assert plane.counters.dropped_rate > 0
    assert len(plane.down(*[DOWN4] * 100)) == 100


def test_a_packet_must_fit_the_flow_and_the_session(plane):
    """MBR of the flow and session AMBR are two QERs: a packet takes from both or from none."""
    narrow, wide = rate(10**6, 10**6), changed(rate(10**8, 10**8), qer_id=2, qfi=None)
    plane.path.install(session(qers=(narrow, wide)))
    passed = offer(plane, "up", FULL_UP, 10**6, 2.0)
    assert 0.98 * 250_000 <= passed <= 250_000 + rates.LEAST_BURST
    plane.path.install(session(qers=(changed(narrow, mbr=None), wide)))
    plane.n6.taken()
    assert len(plane.up(*[FULL_UP] * 100)) == 100, "what the flow's rate held cost the session's nothing"


def test_a_rate_outlives_another_installation(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    plane.up(*[FULL_UP] * 200)
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    plane.n6.taken()
    assert plane.up(FULL_UP) == []


def two_flows(**qers):
    """The default flow, and one for UDP port 5000; QERs 1 and 5, and 2 that both are subject to."""
    pdr = Pdr(
        pdr_id=9,
        precedence=10,
        source=SourceInterface.CORE,
        far_id=DOWNLINK_FAR,
        qer_ids=(5, 2),
        ue_address=UeAddress("10.45.0.2", None),
        sdf_filters=("permit out 17 from any 5000 to assigned",),
    )
    both = session(qers=(Qer(qer_id=1, qfi=9), qers["common"]), extra=(pdr,), prefix=None)
    return changed(both, qers=(*both.qers, qers["other"]))


def test_flows_that_share_a_rate_take_turns(plane):
    common = Qer(qer_id=2, mbr=Ambr(10**6, 10**6))
    plane.path.install(two_flows(common=common, other=Qer(qer_id=5, qfi=5)))
    counts = {5: 0, 9: 0}
    for _ in range(40):
        messages = plane.down(*numbered(5, ports=(5000, 1)), *numbered(5, ports=(6000, 1)))
        plane.advance(0.05)
        for message in messages + plane.tunnelled():
            counts[message.information.qfi] += 1
    assert 0.98 * 250_000 <= sum(counts.values()) * 1400 <= 250_000 + 2 * rates.LEAST_BURST
    assert 0.6 <= counts[5] / counts[9] <= 1.7


def test_a_guaranteed_flow_comes_first(plane):
    """It gets its rate though another flow would fill what they share (TS 23.501 5.7.2.5)."""
    common = Qer(qer_id=2, mbr=Ambr(10**6, 10**6))
    other = Qer(qer_id=5, qfi=5, mbr=Ambr(800_000, 800_000), gbr=Ambr(800_000, 800_000))
    plane.path.install(two_flows(common=common, other=other))
    counts = {5: 0, 9: 0}
    for _ in range(80):
        messages = plane.down(*numbered(20, ports=(6000, 1)), *numbered(5, ports=(5000, 1)))
        plane.advance(0.05)
        for message in messages + plane.tunnelled():
            counts[message.information.qfi] += 1
    assert counts[5] * 1400 * 8 / 4 >= 0.9 * 800_000
    assert sum(counts.values()) * 1400 <= 500_000 + 2 * rates.LEAST_BURST


def test_correlated_rates_hold_for_the_sessions_together(plane):
    """UE-AMBR: one rate over all sessions of a phone (QER Correlation ID)."""
    limit = Qer(qer_id=1, qfi=9, mbr=Ambr(10**6, 10**6), correlation=77)
    plane.path.install(session(qers=(limit,)))
    plane.path.install(session(seid=2, teid=2, ipv4="10.45.0.3", prefix=None, qers=(limit,)))
    other = udp(PEER4, ip.pack("10.45.0.3"), bytes(1372))
    passed = []
    for _ in range(40):
        passed += plane.down(*[FULL_DOWN, other] * 5)
        plane.advance(0.05)
        passed += plane.tunnelled()
    assert 0.98 * 250_000 <= len(passed) * 1400 <= 250_000 + 2 * rates.LEAST_BURST
    shares = [
        sum(ip.destination(m.payload) == address for m in passed) for address in (V4, ip.pack("10.45.0.3"))
    ]
    assert min(shares) > 0.3 * sum(shares)


def test_a_changed_tunnel_gets_what_waited_for_the_rate(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    sent = numbered(8)
    before = plane.down(*sent)
    plane.path.install(
        session(qers=(rate(10**6, 10**6),), peer=OuterHeader(0x900, GNB[0])), end_markers=(DOWNLINK_FAR,)
    )
    plane.advance(5)
    messages = plane.tunnelled()
    assert isinstance(messages[0], gtpu.EndMarker)
    assert {m.teid for m in messages[1:]} == {0x900}
    assert [m.payload for m in before + messages[1:]] == sent


def test_what_waited_for_a_rate_is_buffered_when_the_phone_sleeps(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    sent = numbered(8)
    got = [m.payload for m in plane.down(*sent)]
    plane.path.install(session(qers=(rate(10**6, 10**6),), action=ApplyAction.BUFF))
    plane.advance(5)
    assert plane.tunnelled() == []
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    plane.advance(5)
    assert got + [m.payload for m in plane.tunnelled()] == sent


def test_uplink_that_waits_goes_by_the_new_rules(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    sent = numbered(8, ends=(V4, PEER4))
    got = plane.up(*sent)
    plane.path.install(session(qers=(rate(10**9, 10**9),)))
    assert got + plane.n6.taken() == sent


def test_a_removed_session_leaves_nothing_waiting(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),)))
    plane.down(*numbered(8))
    plane.path.remove(1)
    assert plane.path._shaper.octets == 0
    plane.advance(5)
    assert plane.tunnelled() == []


def test_only_what_passed_is_measured(plane):
    plane.path.install(session(qers=(rate(10**6, 10**6),), urrs=(urr(),)))
    passed = len(plane.down(*numbered(100)))
    plane.advance(5)
    passed += len(plane.tunnelled())
    end = Usage(7, 0, passed * 1400, 0, passed, trigger=Trigger.TERMINATION)
    assert plane.path.remove(1) == (end,)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 30), st.integers(20, 1400), st.floats(0, 0.2), st.booleans()), max_size=20
    ),
    st.sampled_from([64_000, 10**6, 20_000_000]),
)
def test_whatever_is_offered_order_and_rate_hold(steps, bits):
    plane = Plane()
    plane.path.install(session(qers=(rate(bits, bits),)))
    got, number, start = {True: [], False: []}, 0, plane.now
    for count, size, pause, up in steps:
        packets = numbered(count, number, max(size - 28, 4), ends=(V4, PEER4) if up else (PEER4, V4))
        number += count
        got[up] += plane.up(*packets) if up else [m.payload for m in plane.down(*packets)]
        plane.advance(pause)
        got[True] += plane.n6.taken()
        got[False] += [m.payload for m in plane.tunnelled()]
    longest = plane.now - start
    for packets in got.values():
        order = [int.from_bytes(packet[28:32], "big") for packet in packets]
        assert order == sorted(order)
        assert (
            sum(map(len, packets))
            <= bits / 8 * longest + max(rates.BURST * bits / 8, rates.LEAST_BURST) + 1400
        )


def test_a_forwarding_tunnel_is_subject_to_no_address():
    """A packet that is none, in a tunnel from gNB to gNB, is carried and does no harm."""

    plane = Plane()
    pdr = Pdr(
        pdr_id=3,
        precedence=1,
        source=SourceInterface.ACCESS,
        far_id=3,
        qer_ids=(1,),
        local_fteid=FTeid(TEID + 1, UPF),
    )
    far = Far(
        far_id=3,
        action=ApplyAction.FORW,
        destination=SourceInterface.ACCESS,
        outer_header=OuterHeader(0x999, GNB[0]),
    )
    plane.path.install(session(extra=(pdr,), fars=(far,)))
    plane.up(b"x", b"", teid=TEID + 1)
    assert [m.payload for m in plane.tunnelled()] == [b"x", b""]

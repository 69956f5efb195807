"""What is measured, when it is told, and what ends with a quota."""

import pytest

from datapath.userspace.rig import DOWN4, IDLE, UP4, Plane, changed, session
from pilot5g.datapath.userspace.usage import COUNTED, DUE, REFUSED, Meter
from pilot5g.service.n4 import Trigger, Urr, Usage

SIZE = len(UP4)


@pytest.fixture
def plane():
    return Plane()


def measured(plane, **fields):
    plane.path.install(session(urrs=(Urr(urr_id=7, **fields),)))


def test_a_volume_quota_ends_what_passes_and_says_so(plane):
    """TS 29.244 5.2.2.2.1: the packet that uses it up passes, the next one does not."""
    measured(plane, volume_quota=3 * SIZE)
    assert plane.up(*[UP4] * 5) == [UP4] * 3
    assert plane.heard.taken() == [("usage", 1, Usage(7, 3 * SIZE, 0, 3, trigger=Trigger.VOLUME_QUOTA))]
    assert plane.down(DOWN4) == []
    assert plane.counters.dropped_quota == 3
    assert plane.heard.taken() == []
    measured(plane, volume_quota=3 * SIZE)
    assert plane.up(*[UP4] * 5) == [UP4] * 3, "given again, though it be equal"


def test_thresholds_come_before_the_quota_and_take_from_it(plane):
    measured(plane, threshold=2 * SIZE, volume_quota=5 * SIZE)
    for _ in range(6):
        plane.up(UP4)
    triggers = [usage.trigger for _, _, usage in plane.heard.news]
    assert triggers == [Trigger.VOLUME_THRESHOLD] * 2 + [Trigger.VOLUME_QUOTA]
    assert [usage.uplink for _, _, usage in plane.heard.news] == [2 * SIZE, 2 * SIZE, SIZE]
    assert plane.counters.uplink == 5


def test_a_quota_of_nothing_lets_nothing_pass(plane):
    measured(plane, volume_quota=0)
    assert plane.up(UP4) == []


def test_a_time_threshold_is_told_though_no_packet_comes(plane):
    measured(plane, time_threshold=10)
    plane.advance(100)
    plane.up(UP4)
    plane.advance(9.9)
    assert plane.heard.taken() == []
    plane.advance(0.2)
    assert plane.heard.taken() == [
        ("usage", 1, Usage(7, SIZE, 0, 1, seconds=10, trigger=Trigger.TIME_THRESHOLD))
    ]
    plane.advance(10)
    assert plane.heard.taken() == [("usage", 1, Usage(7, 0, 0, seconds=10, trigger=Trigger.TIME_THRESHOLD))]


def test_a_time_quota_ends_what_passes(plane):
    measured(plane, time_quota=5)
    plane.up(UP4)
    plane.advance(4)
    assert plane.up(UP4) == [UP4]
    plane.advance(1.1)
    assert [news[2].trigger for news in plane.heard.taken()] == [Trigger.TIME_QUOTA]
    assert plane.up(UP4) == []
    plane.advance(100)
    assert plane.heard.taken() == []


def test_a_pause_longer_than_the_inactivity_time_does_not_count(plane):
    measured(plane, time_threshold=10, inactivity=3)
    for pause in (2, 2, 50, 2, 2, 50, 1.5):
        plane.up(UP4)
        plane.advance(pause)
    assert plane.heard.taken() == []
    plane.up(UP4)
    plane.advance(0.6)
    assert plane.heard.taken() == []
    plane.up(UP4)
    (told,) = plane.heard.taken()
    assert told[2].trigger is Trigger.TIME_THRESHOLD
    assert told[2].seconds == 10


def test_the_time_of_a_removed_session_is_told_at_its_end_only(plane):
    measured(plane, time_threshold=10)
    plane.up(UP4)
    plane.advance(4)
    plane.up(UP4)
    (end,) = plane.path.remove(1)
    assert (end.seconds, end.uplink_packets, end.trigger) == (4, 2, Trigger.TERMINATION)
    plane.advance(100)
    assert plane.heard.news == []
    assert not [timer for timer in plane.timers if timer.call]


def test_silence_is_told_once_and_again_after_packets(plane):
    plane.path.install(changed(session(), inactivity=10))
    plane.advance(6)
    plane.down(DOWN4)
    plane.advance(9)
    assert plane.heard.taken() == []
    plane.advance(2)
    assert plane.heard.taken() == [("inactive", 1)]
    plane.advance(100)
    assert plane.heard.taken() == []
    plane.up(UP4)
    plane.advance(11)
    assert plane.heard.taken() == [("inactive", 1)]


def test_silence_goes_on_over_another_installation_and_ends_with_its_timer(plane):
    plane.path.install(changed(session(), inactivity=10))
    plane.advance(6)
    plane.path.install(changed(session(action=IDLE), inactivity=10))
    plane.advance(5)
    assert plane.heard.taken() == [("inactive", 1)]
    plane.up(UP4)
    plane.path.install(session())
    plane.advance(100)
    assert plane.heard.taken() == []


def test_a_session_without_any_of_it_keeps_no_timer(plane):
    plane.path.install(session(urrs=(Urr(urr_id=7),)))
    plane.up(UP4)
    assert plane.timers == []


def test_a_meter_says_what_comes_of_a_packet():
    meter = Meter(Urr(urr_id=1, threshold=100, volume_quota=150))
    assert [meter.add(50, 0.0, True), meter.add(50, 0.0, False)] == [COUNTED, DUE]
    assert meter.why() is Trigger.VOLUME_THRESHOLD
    meter.take()
    assert [meter.add(60, 0.0, True), meter.add(1, 0.0, True)] == [DUE, REFUSED]
    assert meter.why() is Trigger.VOLUME_QUOTA

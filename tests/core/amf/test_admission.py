"""How much an AMF takes on, and how much it has its radios keep away: both controllers, alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.core.amf.admission import CALM, FEW, LEAST_KEPT, OverloadLimits, Reduction, Window

LIMITS = OverloadLimits(late=0.02, least=10)
LATE, IN_TIME = 0.1, 0.0
PERIODS = st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 1)), max_size=200)


def test_as_long_as_it_is_in_time_anything_goes():
    window = Window(LIMITS)
    for _ in range(100):
        window.observe(0.019, 100_000)
    assert window.size == math.inf


def test_late_it_takes_less_than_there_is_and_in_time_more_again():
    window = Window(LIMITS)
    for _ in range(5):
        window.observe(LATE, 300)
    assert 10 < window.size < 300
    for _ in range(100):
        window.observe(LATE, 300)
    assert window.size == 10
    for _ in range(200):
        window.observe(IN_TIME, 10)
    assert window.size > 10_000


def test_one_pause_of_the_machine_is_no_overload():
    window = Window(LIMITS)
    window.observe(0.06, 300)
    window.observe(IN_TIME, 300)
    assert window.size == math.inf


@given(st.lists(st.tuples(st.floats(0, 10), st.integers(0, 100_000)), max_size=300))
def test_some_are_always_let_in(looks):
    window = Window(LIMITS)
    for late, under_way in looks:
        window.observe(late, under_way)
        assert window.size >= LIMITS.least


@pytest.mark.parametrize("wrong", [{"late": 0}, {"least": 0}, {"back_off": (1, 5)}, {"back_off": (9, 8)}])
def test_limits_that_cannot_be(wrong):
    with pytest.raises(ValueError, match=r"."):
        OverloadLimits(**wrong)


# -- the radios' part


def rush(reduction, times, periods=40, takes=300):
    """So many times of what can be taken, offered to radios that do as they are told. What was taken."""
    taken = []
    for _ in range(periods):
        kept = 1 - reduction.percent / 100 if reduction.active else 1
        came = round(times * takes * kept)
        taken.append(min(came, takes))
        reduction.judge(came, came - taken[-1])
    return taken


@pytest.mark.parametrize("times", [1.3, 2, 5, 20, 60])
def test_it_converges_to_what_can_be_taken_and_little_more(times):
    reduction = Reduction()
    taken = rush(reduction, times)
    assert min(taken[5:]) == 300  # the AMF stays at its capacity
    came = 300 * times * (1 - reduction.percent / 100)
    assert came < 300 * 1.5


@pytest.mark.parametrize("times", [0.5, 1.0, 1.02])
def test_what_can_be_taken_is_no_overload(times):
    reduction = Reduction()
    rush(reduction, times)
    assert not reduction.active


def test_the_end_of_a_rush_is_noticed():
    reduction = Reduction()
    rush(reduction, 5)
    assert reduction.active
    rush(reduction, 0.3, periods=20)
    assert not reduction.active


def test_nothing_comes_any_more():
    reduction = Reduction()
    rush(reduction, 20)
    for _ in range(20):
        reduction.judge(0, 0)
    assert not reduction.active


def test_a_few_refusals_are_not_worth_telling():
    reduction = Reduction()
    reduction.judge(FEW - 1, FEW - 1)
    assert not reduction.active
    reduction.judge(FEW, FEW)
    assert reduction.active


@given(PERIODS)
def test_what_radios_are_told_can_be_told(periods):
    reduction = Reduction()
    for came, part in periods:
        reduction.judge(came, int(came * part))
        assert 1 <= reduction.percent <= 99
        assert reduction._kept >= LEAST_KEPT


@given(PERIODS)
def test_it_does_not_flap(periods):
    """Once begun, an overload lasts until nobody has been refused for CALM periods in a row."""
    reduction = Reduction()
    calm = 0
    for came, part in periods:
        before = reduction.active
        refused = int(came * part)
        reduction.judge(came, refused)
        calm = 0 if refused or not before else calm + 1
        if before and not reduction.active:
            assert calm >= CALM
            calm = 0

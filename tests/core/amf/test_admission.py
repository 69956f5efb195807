"""How much an AMF takes on, and how much it has its radios keep away: both controllers, alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.core.amf.admission import CALM, FEW, LEAST_KEPT, OverloadLimits, Reduction, Window

LIMITS = OverloadLimits(busy=0.97, late=0.02, least=10)
LATE, BUSY, IN_TIME = (0.0, 0.1), (1.0, 0.0), (0.5, 0.0)
PERIODS = st.lists(st.tuples(st.integers(0, 5000), st.floats(0, 1)), max_size=200)


def test_as_long_as_it_is_in_time_anything_goes():
    window = Window(LIMITS)
    for _ in range(100):
        window.observe(0.96, 0.019, 100_000)
    assert window.size == math.inf


@pytest.mark.parametrize("behind", [LATE, BUSY])
def test_behind_it_takes_less_than_there_is_and_in_time_more_again(behind):
    window = Window(LIMITS)
    for _ in range(15):
        window.observe(*behind, 300)
    assert 10 < window.size < 300
    for _ in range(100):
        window.observe(*behind, 300)
    assert window.size == 10
    for _ in range(200):
        window.observe(*IN_TIME, 10)
    assert window.size > 10_000


def test_one_pause_of_the_machine_is_no_overload():
    window = Window(LIMITS)
    window.observe(1.0, 0.06, 300)
    window.observe(*IN_TIME, 300)
    assert window.size == math.inf


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10), st.integers(0, 100_000)), max_size=300))
def test_some_are_always_let_in(looks):
    window = Window(LIMITS)
    for look in looks:
        window.observe(*look)
        assert window.size >= LIMITS.least


@pytest.mark.parametrize(
    "wrong", [{"late": 0}, {"busy": 1.1}, {"least": 0}, {"back_off": (1, 5)}, {"back_off": (9, 8)}]
)
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
        reduction.judge(came, came - taken[-1], taken[-1])
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
        reduction.judge(0, 0, 0)
    assert not reduction.active


def test_a_backlog_is_no_reason_to_keep_more_away():
    """While the AMF works off what it has, it lets in nobody, but it finishes as many as ever."""
    reduction = Reduction()
    for _ in range(4):
        reduction.judge(1500, 1500, 300)
    assert reduction.percent < 95


def test_a_few_refusals_are_not_worth_telling():
    reduction = Reduction()
    reduction.judge(FEW - 1, FEW - 1, 0)
    assert not reduction.active
    reduction.judge(FEW, FEW, 0)
    assert reduction.active


@given(PERIODS)
def test_what_radios_are_told_can_be_told(periods):
    reduction = Reduction()
    for came, part in periods:
        reduction.judge(came, int(came * part), 10)
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
        reduction.judge(came, refused, 10)
        calm = 0 if refused or not before else calm + 1
        if before and not reduction.active:
            assert calm >= CALM
            calm = 0

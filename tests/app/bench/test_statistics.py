"""Percentiles by the nearest rank, and times that travel packed."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.app.bench.statistics import Series, packed, percentile, spread, unpacked

TIMES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


def test_percentiles_of_a_hundred():
    values = list(range(1, 101))
    assert [percentile(values, p) for p in (0, 1, 50, 90, 99, 99.5, 100)] == [1, 1, 50, 90, 99, 100, 100]


def test_one_value_is_every_percentile():
    found = spread([0.25])
    assert (found.count, found.p50, found.p90, found.p99, found.most) == (1, 250, 250, 250, 250)


def test_nothing_has_no_spread():
    assert spread([]) is None


@given(TIMES, st.sampled_from([1, 25, 50, 90, 99, 99.9]))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values, percent):
    ordered = sorted(values)
    found = percentile(ordered, percent)
    enough = math.ceil(len(values) * percent / 100 - 1e-9)
    assert sum(value <= found for value in values) >= enough
    assert sum(value < found for value in values) < enough


@given(TIMES)
def test_order_does_not_matter_and_percentiles_rise(values):
    found = spread(values)
    assert found == spread(reversed(values))
    assert found.p50 <= found.p90 <= found.p99 <= found.most
    assert found.most == pytest.approx(max(values) * 1000)


@given(TIMES, TIMES)
def test_series_of_two_generators_are_one(a, b):
    one, two = (Series(packed(each), packed(each)) for each in (a, b))
    joined = one.joined(two)
    assert list(unpacked(joined.took)) == a + b
    assert joined.points == [(value, value) for value in a + b]

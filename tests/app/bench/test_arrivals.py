"""When arrivals come: every kind, from a seed, in shares."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.app.bench.arrivals import (
    ArrivalsError,
    Burst,
    Constant,
    Poisson,
    Recorded,
    Share,
    parse_arrivals,
    schedule,
)
from pilot5g.app.bench.mix import parse_mix

MIX = parse_mix("registration+session=1,service=0.5,deregistration=1")
KINDS = [Constant(), Poisson(), Burst(7), Recorded((0.0, 0.5, 0.5, 2.0))]


def of(arrivals, rate=20.0, duration=10.0, seed=1, share=None, mix=MIX):
    return list(schedule(mix, arrivals, rate, duration, seed, share))


@pytest.mark.parametrize("arrivals", KINDS)
def test_the_same_seed_gives_the_same_schedule_in_order(arrivals):
    first = of(arrivals)
    assert first == of(arrivals)
    assert first == sorted(first)
    assert all(0 <= each.at < 10 for each in first)


def test_another_seed_gives_another_poisson_schedule():
    assert of(Poisson(), seed=1) != of(Poisson(), seed=2)


def test_every_entry_comes_at_the_rate_times_its_weight():
    by_entry = [sum(each.entry == i for each in of(Constant())) for i in range(3)]
    assert by_entry == [200, 100, 200]


def test_constant_arrivals_are_evenly_spaced_and_entries_do_not_coincide():
    first = [each.at for each in of(Constant()) if each.entry == 0]
    gaps = {round(b - a, 9) for a, b in pairwise(first)}
    assert gaps == {0.05}
    times = [each.at for each in of(Constant())]
    assert len(set(times)) == len(times)


def test_poisson_arrivals_have_the_rate_and_exponential_gaps():
    """Mean and variance of 20,000 gaps: for an exponential both are the mean."""
    times = [each.at for each in of(Poisson(), rate=100.0, duration=200.0, mix=parse_mix("registration"))]
    gaps = [b - a for a, b in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(0.01, rel=0.03)
    assert deviation == pytest.approx(mean, rel=0.03)


def test_bursts_come_at_once_and_keep_the_rate():
    times = [each.at for each in of(Burst(10), rate=20.0, mix=parse_mix("registration"))]
    assert len(times) == 200
    assert len(set(times)) == 20


def test_a_recorded_shape_is_replayed_and_scaled():
    mix = parse_mix("registration")
    shape = Recorded((0.0, 1.0, 2.0, 3.0))
    assert [each.at for each in of(shape, rate=1.0, mix=mix)] == [0, 1, 2, 3]
    assert [each.at for each in of(shape, rate=0.5, mix=mix)] == [1, 3]
    assert [each.at for each in of(shape, rate=2.0, mix=mix)] == [0, 0, 1, 1, 2, 2, 3, 3]


@given(
    arrivals=st.sampled_from(KINDS),
    of_them=st.integers(1, 5),
    rate=st.floats(0.5, 40),
    seed=st.integers(0, 1000),
)
def test_shares_together_are_the_whole(arrivals, of_them, rate, seed):
    shares = [of(arrivals, rate, 5.0, seed, Share(i, of_them)) for i in range(of_them)]
    assert sorted(each for share in shares for each in share) == of(arrivals, rate, 5.0, seed)
    if len(shares) > 1:
        assert abs(len(shares[0]) - len(shares[1])) <= len(MIX.entries)


def test_what_is_written_is_read(tmp_path):
    assert parse_arrivals("constant") == Constant()
    assert parse_arrivals("poisson") == Poisson()
    assert parse_arrivals("burst:50") == Burst(50)
    path = tmp_path / "shape.csv"
    path.write_text("seconds,what\n2.5,x\n0,y\n\n1e0,z\n")
    assert parse_arrivals(str(path)) == Recorded((0.0, 1.0, 2.5))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("seconds\n1\nsoon\n", "row 3: 'soon' is no time"),
        ("1\n-1\n", "row 2: '-1' is no time"),
        ("1\nnan\n", "row 2: 'nan' is no time"),
        ("seconds\n", "holds 0 arrivals"),
        ("", "holds 0 arrivals"),
    ],
)
def test_a_file_that_is_no_shape_is_refused(tmp_path, content, why):
    path = tmp_path / "shape.csv"
    path.write_text(content)
    with pytest.raises(ArrivalsError, match=why):
        parse_arrivals(str(path))


@pytest.mark.parametrize("text", ["burst", "burst:0", "burst:x", "nowhere.csv", "constant:5", "burst:-1"])
def test_what_is_no_arrivals_is_refused_with_what_there_is(text):
    with pytest.raises(ArrivalsError, match="there are constant, poisson, burst:K"):
        parse_arrivals(text)

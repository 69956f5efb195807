"""Handovers as a load, in virtual time."""

import pytest

from app.bench.test_load import done, run, stage
from pilot5g.app.bench.mix import parse_mix
from pilot5g.app.bench.statistics import unpacked

TWO = "radios: [{id: 1}, {id: 2}]\n"


@pytest.mark.parametrize(("kind", "trips"), [("handover-xn", 2), ("handover-n2", 4)])
def test_phones_are_handed_over_and_the_amf_is_timed(kind, trips):
    """N2 takes 10 ms one way: a path switch is there and back, a preparation is that with both radios."""
    _, moves = run(
        stage(parse_mix("registration+session"), rate=0.0, window=4, count=10),
        stage(parse_mix(kind), rate=20.0, duration=3.0),
        yaml=TWO, gnbs=2, delay=0.01,
    )  # fmt: skip
    assert moves.counted.failures == []
    assert done(moves, kind) == 60
    assert max(unpacked(moves.counted.series[kind].took)) == pytest.approx(trips * 0.01)


def test_one_gnb_is_not_enough():
    _, moves = run(
        stage(parse_mix("registration+session"), rate=0.0, window=4, count=4),
        stage(parse_mix("handover-xn"), rate=5.0, duration=1.0),
    )
    causes = {cause for _, cause, _ in moves.counted.failures}
    assert "a handover needs two gNBs in service: --gnbs 2" in causes

"""Causes of failures in words that are the same for every phone."""

import pytest

from pilot5g.app.bench.causes import NotReached, words
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.timer import DEFAULTS
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.outcome import Abandoned, Rejected


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Rejected(22, "the network is congested", "try later"), "refused with cause #22: the network is con"),
        (TimerExpired(DEFAULTS["T3510"]), "no answer: T3510 expired 1 times"),
        (Gone("radio link failure"), "the connection went away: radio link failure"),
        (Abandoned("another procedure took its place"), "given up: another procedure took its place"),
        (NotReached("no address"), "no address"),
        (OSError(101, "Network is unreachable"), "[Errno 101] Network is unreachable"),
        (KeyError("x"), "a fault of the generator: KeyError('x')"),
    ],
)
def test_every_kind_of_failure_has_words(error, text):
    assert words(error).startswith(text)


def test_the_same_trouble_of_two_cells_is_one_cause():
    one = words(NoCell("cell 000001001 of gnb-1: its gNB has no AMF"))
    two = words(NoCell("cell 000002001 of gnb-2: its gNB has no AMF"))
    assert one == two == "no cell: its gNB has no AMF"

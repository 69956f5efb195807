"""Every NGAP message, octet for octet against pycrate (TS 38.413 9.4).

`HYPOTHESIS_PROFILE=deep` judges more than 100,000 messages, which takes some minutes.
"""

import os
from random import Random

import pytest

from judges import ngap_values
from pilot5g.wire.ngap.codec import encode
from pilot5g.wire.ngap.messages import MESSAGES
from pilot5g.wire.ngap.transfers import NAMES, encode_transfer

pytestmark = pytest.mark.judge
EACH = 900 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 12


@pytest.fixture(scope="module")
def judge():
    return pytest.importorskip("judges.pycrate_ngap")


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
def test_random_messages_are_the_same_to_both(kind, judge):
    maker = ngap_values.Maker(Random(kind.__name__))
    for i in range(EACH):
        message = maker.message(kind, optional=i / (EACH - 1))
        octets = encode(message)
        assert judge.same(octets) == message


@pytest.mark.parametrize("name", sorted(NAMES))
def test_random_transfers_are_the_same_to_both(name, judge):
    maker = ngap_values.Maker(Random(name))
    for i in range(EACH):
        value = maker.transfer(name, rest=i / (EACH - 1))
        assert judge.same_transfer(name, encode_transfer(name, value)) == value

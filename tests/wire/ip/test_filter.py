"""IPFilterRule (TS 29.212 5.4.2)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire import ip
from pilot5g.wire.errors import DecodeError

UE, FAR = ip.pack("10.45.0.2"), ip.pack("198.51.100.7")
FAR6, UE6 = ip.pack("2001:db8::7"), ip.pack("2001:db8:45::1")


def down(protocol=17, remote=FAR, local=UE, ports=(80, 5000)):
    return ip.Flow(remote, local, protocol, *ports)


@pytest.mark.parametrize(
    ("rule", "flow", "fits"),
    [
        ("permit out ip from any to assigned", down(), True),
        ("permit out 17 from any to assigned", down(), True),
        ("permit out 6 from any to assigned", down(), False),
        ("permit out ip from 198.51.100.7 to assigned", down(), True),
        ("permit out ip from 198.51.100.0/24 to assigned", down(), True),
        ("permit out ip from 198.51.101.0/24 to assigned", down(), False),
        ("permit out ip from 0.0.0.0/0 to assigned", down(), True),
        ("permit out ip from 0.0.0.0/0 to assigned", down(remote=FAR6, local=UE6), False),
        ("permit out ip from 2001:db8::/32 to assigned", down(remote=FAR6, local=UE6), True),
        ("permit out ip from 2001:db8::/32 to assigned", down(), False),
        ("permit out 17 from any 80 to assigned", down(), True),
        ("permit out 17 from any 81 to assigned", down(), False),
        ("permit out 17 from any 1-79,80,90-99 to assigned 5000-5001", down(), True),
        ("permit out 17 from any to assigned 80", down(), False),
        ("permit out 17 from any 80 to assigned", down(ports=(None, None)), False),
        ("permit out ip from any to 10.45.0.2/32", down(), True),
        ("permit in ip from 10.45.0.2 5000 to 198.51.100.7 80", down(), True),
    ],
)
def test_rules(rule, flow, fits):
    parsed = ip.parse_filter(rule)
    assert parsed.matches(flow, uplink=False) is fits
    back = ip.Flow(flow.destination, flow.source, flow.protocol, flow.destination_port, flow.source_port)
    assert parsed.matches(back, uplink=True) is fits


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "deny out ip from any to any",
        "permit both ip from any to any",
        "permit out tcp from any to any",
        "permit out 256 from any to any",
        "permit out ip from any",
        "permit out ip from any or to any",
        "permit out ip from any 1 2 to any",
        "permit out ip from any 65536 to any",
        "permit out ip from any 1- to",
        "permit out ip from nowhere to any",
        "permit out ip from 10.0.0.0/33 to any",
        "permit out ip from any ٣ to any",
    ],
)
def test_what_is_no_rule(rule):
    with pytest.raises(DecodeError):
        ip.parse_filter(rule)


WORDS = ["permit", "out", "in", "ip", "17", "from", "to", "any", "assigned", "10.0.0.0/8", "1-2", "-", ","]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_no_words_raise_anything_else(words):
    with contextlib.suppress(DecodeError):
        assert isinstance(ip.parse_filter(" ".join(words)), ip.IpFilter)

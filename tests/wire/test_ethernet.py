"""Frames (IEEE 802.3, 802.1Q) and the filters that tell their flows apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire.ethernet import HEADER, Ends, EthernetFilter, Frame, Range, Tag, one, parse, payload_size

TO, FROM = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\x02"


@pytest.mark.parametrize(
    ("tags", "s_tag", "c_tag", "kind", "at"),
    [
        ("", None, None, 0x0800, 14),
        ("8100 6064", None, 0x6064, 0x0800, 18),
        ("88a8 0007", 0x0007, None, 0x0800, 18),
        ("88a8 0007 8100 6064", 0x0007, 0x6064, 0x0800, 22),
        ("8100 6064 8100 0007", None, 0x6064, 0x8100, 18),
    ],
)
def test_the_head_of_a_frame(tags, s_tag, c_tag, kind, at):
    frame = TO + FROM + bytes.fromhex(tags) + b"\x08\0" + b"payload"
    assert parse(frame) == Frame(TO, FROM, s_tag, c_tag, kind, at)
    assert payload_size(frame) == len(frame) - at


@given(st.binary(max_size=64))
def test_whatever_comes_is_a_frame_or_none(octets):
    head = parse(octets)
    if head is None:
        assert len(octets) < HEADER + 8
        assert payload_size(octets) == 0
    else:
        assert HEADER <= head.at <= len(octets)
        assert payload_size(octets) == len(octets) - head.at


@pytest.mark.parametrize("size", range(22))
def test_a_head_that_is_cut_is_none(size):
    whole = TO + FROM + bytes.fromhex("88a8 0007 8100 6064 0800")
    assert parse(whole[:size]) is None


MACS = st.binary(min_size=6, max_size=6)
ENDS = st.builds(Ends, st.none() | st.builds(Range, MACS, MACS), st.none() | st.builds(Range, MACS, MACS))


@given(st.lists(ENDS, max_size=3).map(tuple), MACS, MACS)
def test_a_turned_filter_fits_the_frames_back(ends, source, destination):
    wanted = EthernetFilter(ends=ends)
    there, back = parse(destination + source + b"\x88\xb5"), parse(source + destination + b"\x88\xb5")
    assert wanted.turned().turned() == wanted
    assert wanted.turned().fits(back) is wanted.fits(there)


def test_a_tag_that_says_nothing_asks_for_a_tag():
    assert Tag().fits(0)
    assert not Tag().fits(None)
    assert one(TO).holds(TO)
    assert not one(TO).holds(FROM)

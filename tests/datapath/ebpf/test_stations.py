"""What the programs are told of Ethernet sessions: plans, and where stations are."""

import pytest

from datapath.userspace import rig
from pilot5g.datapath.ebpf.plan import plan
from pilot5g.datapath.ebpf.records import Flag, Rare
from pilot5g.datapath.ebpf.stations import AGE, KEY, OUTSIDE, PLACE, UNIT, Stations
from pilot5g.wire.ethernet import EthernetFilter

A, B = b"\2\0\0\0\0\1", b"\2\0\0\0\0\2"
FAST = Flag.FAST_UP | Flag.FAST_DOWN


class Table:
    """A map; `room` for so many."""

    def __init__(self, room=100):
        self.held, self.room = {}, room

    def update(self, key, value):
        if key not in self.held and len(self.held) >= self.room:
            raise OSError
        self.held[key] = value

    def delete(self, key):
        if key not in self.held:
            raise FileNotFoundError
        del self.held[key]

    def lookup(self, key):
        if key not in self.held:
            raise FileNotFoundError
        return self.held[key]

    def keys(self):
        return list(self.held)

    def places(self):
        return {KEY.unpack(key)[1]: PLACE.unpack(value) for key, value in self.held.items()}


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_stations_follow_their_session():
    table, clock = Table(), Clock()
    stations = Stations(table, 7, clock)
    stations.learnt(A, 1)
    assert table.places() == {}, "the programs do not have the session yet"
    stations.put(1, 17)
    stations.learnt(B, -1)
    assert table.places() == {A: (17, 0), B: (OUTSIDE, 0)}
    assert stations.seid_of(A + B) == 1
    assert stations.seid_of(B + A) is None
    stations.put(1, 18)
    assert table.places()[A] == (18, 0)
    stations.put(1, None)
    assert table.places() == {B: (OUTSIDE, 0)}
    stations.forgotten(A)
    stations.forgotten(B)
    assert table.places() == {}


def test_a_station_is_alive_as_long_as_the_programs_hear_of_it():
    table, clock = Table(), Clock()
    stations = Stations(table, 7, clock)
    stations.learnt(A, -1)
    clock.now = (AGE + 0.5) * UNIT
    assert stations.heard(A)
    clock.now = (AGE + 1) * UNIT
    assert not stations.heard(A)
    assert not stations.heard(B)
    table.held[KEY.pack(7, A, 0)] = PLACE.pack(OUTSIDE, AGE)
    assert stations.heard(A)


def test_what_finds_no_room_is_left_to_user_space():
    table = Table(room=0)
    stations = Stations(table, 7, Clock())
    stations.learnt(A, -1)
    stations.forgotten(A)
    assert table.held == {}


def test_what_a_process_before_has_learnt_is_forgotten():
    table = Table()
    other = KEY.pack(8, A, 0)
    table.held = {KEY.pack(7, A, 0): PLACE.pack(1, 0), other: PLACE.pack(1, 0)}
    stations = Stations(table, 7, Clock())
    stations.learnt(B, -1)
    stations.sweep()
    assert set(table.held) == {KEY.pack(7, B, 0), other}


def session(**changes):
    plain = rig.session(dnn="lan", ipv4=None, prefix=None)
    return rig.changed(plain, pdrs=tuple(rig.changed(each, ethernet=True, **changes) for each in plain.pdrs))


def test_frames_are_fast_where_there_is_a_tap_and_one_flow():
    record = plan(session(), mtu=1500, tap=5).record
    assert record.flags & FAST == FAST
    assert record.rare == Rare.FRAMES
    assert int.from_bytes(record.ipv4, "little") == 5 or int.from_bytes(record.ipv4, "big") == 5


@pytest.mark.parametrize(
    ("changes", "tap"),
    [
        ({}, 0),
        ({"ethernet_filters": (EthernetFilter(),)}, 5),
        ({"sdf_filters": ("permit out ip from any to any",)}, 5),
    ],
)
def test_other_frames_are_left_to_user_space(changes, tap):
    assert not plan(session(**changes), mtu=1500, tap=tap).record.flags & FAST

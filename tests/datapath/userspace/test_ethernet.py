"""Ethernet sessions: which session a frame is for."""

import pytest

from datapath.userspace.rig import GNB, IDLE, Heard, Recorded, Timer, changed, session, udp
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.datapath.userspace.ethernet import STATIONS
from pilot5g.service.n4 import N4Error, OuterHeader
from pilot5g.wire import gtpu, ip

A, B, C, OUTSIDE = (bytes((2, 0, 0, 0, 0, n)) for n in range(1, 5))
ALL = b"\xff" * 6


def frame(destination, source, payload=b"x" * 46, kind=b"\x88\xb5"):
    return destination + source + kind + payload


class Lan:
    """A UPF with one data network of Ethernet, and three sessions 1 to 3 with TEIDs of their numbers."""

    def __init__(self, **options):
        self.n3, self.n6 = Recorded("10.53.1.1"), Recorded("lan")
        self.path = UserspaceDatapath(
            self.n3, {"lan": self.n6}, lambda: 0.0, later=Timer, ethernet=["lan"], **options
        )
        self.path.attach(Heard())
        for number in (1, 2, 3):
            self.path.install(rules(number))

    def up(self, number, *frames):
        """What a phone sends; what reaches the data network, and (session, frame) of those that do phones."""
        wrap = gtpu.Encapsulation(number, gtpu.UlPduSessionInformation(9))
        self.n3.receive([(wrap(each), GNB) for each in frames])
        return self.n6.taken(), self.down_sent()

    def down(self, *frames):
        self.n6.receive(list(frames))
        return self.down_sent()

    def down_sent(self):
        messages = [gtpu.decode(data) for data, _ in self.n3.taken()]
        return sorted((message.teid, message.payload) for message in messages)


def rules(number, **options):
    plain = session(
        seid=number,
        teid=number,
        ipv4=None,
        prefix=None,
        dnn="lan",
        **{"peer": OuterHeader(number, GNB[0]), **options},
    )
    return changed(plain, pdrs=tuple(changed(pdr, ethernet=True) for pdr in plain.pdrs))


@pytest.fixture
def lan():
    return Lan()


def test_a_broadcast_goes_to_everybody_else(lan):
    hello = frame(ALL, A)
    assert lan.up(1, hello) == ([hello], [(2, hello), (3, hello)])
    arp = frame(ALL, OUTSIDE)
    assert lan.down(arp) == [(1, arp), (2, arp), (3, arp)]


def test_a_station_that_has_spoken_is_known(lan):
    lan.up(1, frame(ALL, A))
    lan.up(2, frame(ALL, B))
    answer, between = frame(A, OUTSIDE), frame(A, B)
    assert lan.down(answer) == [(1, answer)]
    assert lan.up(2, between) == ([], [(1, between)])


def test_nobody_known_is_looked_for_everywhere(lan):
    question = frame(C, A)
    assert lan.up(1, question) == ([question], [(2, question), (3, question)])


def test_a_station_that_moved_is_where_it_spoke_last(lan):
    lan.up(1, frame(ALL, A))
    lan.up(2, frame(ALL, A))
    answer = frame(A, OUTSIDE)
    assert lan.down(answer) == [(2, answer)]
    lan.path.remove(2)
    assert lan.down(answer) == [(1, answer), (3, answer)]


def test_a_session_has_so_many_stations_and_no_more(lan):
    for n in range(STATIONS + 1):
        lan.up(1, frame(ALL, bytes((2, 1)) + n.to_bytes(4, "big")))
    first, last = (frame(bytes((2, 1)) + n.to_bytes(4, "big"), OUTSIDE) for n in (0, STATIONS))
    assert len(lan.down(first)) == 3
    assert lan.down(last) == [(1, last)]


def test_phones_that_may_not_reach_each_other_reach_the_data_network():
    lan = Lan(ue_to_ue=False)
    hello = frame(ALL, A)
    assert lan.up(1, hello) == ([hello], [])
    assert lan.path.counters.dropped_ue_to_ue == 2


@pytest.mark.parametrize("octets", [b"", frame(A, B)[:13], frame(A, ALL)])
def test_what_is_no_frame_of_a_station_is_counted(lan, octets):
    assert lan.up(1, octets) == ([], [])
    assert lan.path.counters.hostile == {"no Ethernet frame": 1}


def test_frames_for_an_idle_phone_wait_and_go_to_it_alone(lan):
    lan.up(1, frame(ALL, A))
    lan.path.install(rules(1, action=IDLE))
    frames = [frame(A, OUTSIDE, b"%d" % n) for n in range(5)]
    assert lan.down(*frames) == []
    lan.path.install(rules(1))
    assert lan.down_sent() == [(1, each) for each in frames]


def test_filters_look_into_the_frame(lan):
    one = rules(1, filters=("permit out 17 from any 1000 to assigned",))
    lan.path.install(one)
    inside = udp(ip.pack("198.51.100.7"), ip.pack("10.7.0.2"))
    passes, misses = frame(ALL, OUTSIDE, inside, b"\x08\0"), frame(ALL, OUTSIDE)
    assert (1, passes) in lan.down(passes)
    assert 1 not in dict(lan.down(misses))


def test_frames_and_packets_do_not_meet(lan):
    with pytest.raises(N4Error, match="carries Ethernet frames"):
        lan.path.install(session(seid=9, teid=9, dnn="lan"))

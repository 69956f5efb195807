"""Ethernet sessions: which session a frame is for."""

import pytest

from datapath.userspace.rig import GNB, IDLE, Heard, Recorded, Timer, changed, session, udp
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.datapath.userspace.ethernet import AGE, STATIONS
from pilot5g.service.n4 import N4Error, OuterHeader
from pilot5g.wire import gtpu, ip
from pilot5g.wire.ethernet import Ends, EthernetFilter, Range, Tag, one

A, B, C, OUTSIDE = (bytes((2, 0, 0, 0, 0, n)) for n in range(1, 5))
ALL = b"\xff" * 6


def frame(destination, source, payload=b"x" * 46, kind=b"\x88\xb5"):
    return destination + source + kind + payload


class Lan:
    """A UPF with one data network of Ethernet, and three sessions 1 to 3 with TEIDs of their numbers."""

    def __init__(self, mtu=1500, **options):
        self.n3, self.n6 = Recorded("10.53.1.1"), Recorded("lan")
        self.now = 0.0
        self.path = UserspaceDatapath(
            self.n3, {"lan": self.n6}, lambda: self.now, later=Timer, ethernet={"lan": mtu}, **options
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


def rules(number, frames=(), **options):
    plain = session(
        seid=number,
        teid=number,
        ipv4=None,
        prefix=None,
        dnn="lan",
        **{"peer": OuterHeader(number, GNB[0]), **options},
    )
    return changed(
        plain, pdrs=tuple(changed(pdr, ethernet=True, ethernet_filters=frames) for pdr in plain.pdrs)
    )


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
    assert lan.down(frame(ALL, OUTSIDE)) != []
    assert lan.up(1, question) == ([question], [(2, question), (3, question)])


def test_a_station_of_the_data_network_is_known_as_well(lan):
    lan.down(frame(ALL, OUTSIDE))
    answer = frame(OUTSIDE, A)
    assert lan.up(1, answer) == ([answer], [])
    between = frame(OUTSIDE, C)
    assert lan.down(between) == []
    assert lan.path.counters.dropped_no_session == 1


def test_who_is_silent_for_long_is_forgotten(lan):
    lan.up(1, frame(ALL, A))
    answer = frame(A, OUTSIDE)
    lan.now = AGE
    assert lan.down(answer) == [(1, answer)]
    lan.now = AGE + 0.1
    assert lan.down(answer) == [(1, answer), (2, answer), (3, answer)]
    lan.up(1, frame(ALL, A))
    assert lan.down(answer) == [(1, answer)]


class Onlooker:
    """Hears of stations; has forwarded frames of `busy` ones."""

    def __init__(self):
        self.heard_of, self.busy = [], set()

    def learnt(self, station, seid):
        self.heard_of.append((station, seid))

    def forgotten(self, station):
        self.heard_of.append((station, None))

    def heard(self, station):
        return station in self.busy


def test_who_forwards_beside_hears_of_stations_and_says_which_are_alive(lan):
    onlooker = Onlooker()
    lan.path.watch_stations("lan", onlooker)
    for _ in range(2):
        lan.up(1, frame(ALL, A))
        lan.down(frame(ALL, OUTSIDE))
    assert onlooker.heard_of == [(A, 1), (OUTSIDE, -1)]
    lan.now, onlooker.busy = AGE + 1, {A}
    answer = frame(A, OUTSIDE)
    assert lan.down(answer) == [(1, answer)]
    lan.now, onlooker.busy = 2 * AGE + 2, set()
    lan.down(answer)
    lan.path.remove(1)
    assert onlooker.heard_of[2:] == [(A, None)]


def test_a_frame_longer_than_the_mtu_is_dropped_tags_not_counted():
    lan = Lan(mtu=1300)
    fits, tagged = frame(ALL, OUTSIDE, bytes(1300)), frame(ALL, OUTSIDE, TAGGED[2:] + bytes(1300), TAGGED[:2])
    assert len(lan.down(fits, tagged)) == 6
    assert lan.down(frame(ALL, OUTSIDE, bytes(1301))) == []
    assert lan.path.counters.dropped_too_big == 3


TAGGED = bytes.fromhex("8100 6064 0800")
"""C-TAG: PCP 3, VID 100, and an IPv4 packet."""
PACKET = udp(ip.pack("198.51.100.7"), ip.pack("10.7.0.2"))


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (EthernetFilter(ethertype=0x0800), True),
        (EthernetFilter(ethertype=0x8100), False),
        (EthernetFilter(c_tag=Tag(vid=100)), True),
        (EthernetFilter(c_tag=Tag(vid=101)), False),
        (EthernetFilter(c_tag=Tag(vid=100, pcp=3, dei=False)), True),
        (EthernetFilter(c_tag=Tag(pcp=2)), False),
        (EthernetFilter(c_tag=Tag(dei=True)), False),
        (EthernetFilter(s_tag=Tag(vid=100)), False),
        (EthernetFilter(ends=(Ends(source=one(OUTSIDE)),)), True),
        (EthernetFilter(ends=(Ends(destination=one(OUTSIDE)),)), False),
        (EthernetFilter(ends=(Ends(source=one(B)), Ends(source=Range(C, OUTSIDE)))), True),
        (EthernetFilter(ends=(Ends(source=Range(A, C)),)), False),
        (EthernetFilter(ethertype=0x0800, sdf_filters=("permit out 17 from any 1000 to any",)), True),
        (EthernetFilter(ethertype=0x0800, sdf_filters=("permit out 17 from any 1001 to any",)), False),
        (EthernetFilter(sdf_filters=("permit out 6 from any to any",)), False),
    ],
)
def test_filters_of_frames(lan, wanted, fits):
    """TS 29.244 7.5.2.2-3: addresses, tags and type, and the packet inside."""
    lan.path.install(rules(1, frames=(wanted,)))
    tagged = frame(ALL, OUTSIDE, TAGGED[2:] + PACKET, TAGGED[:2])
    assert ((1, tagged) in lan.down(tagged)) is fits


def test_a_filter_of_a_tag_in_a_tag(lan):
    both = EthernetFilter(s_tag=Tag(vid=7), c_tag=Tag(vid=100), ethertype=0x0800)
    lan.path.install(rules(1, frames=(both,)))
    double = frame(ALL, OUTSIDE, bytes.fromhex("0007") + TAGGED + PACKET, bytes.fromhex("88a8"))
    assert (1, double) in lan.down(double)
    assert 1 not in dict(lan.down(frame(ALL, OUTSIDE, b"", b"\x88\xa8")))


def test_filters_of_frames_are_refused_where_packets_come(lan):
    plain = session(seid=9, teid=9, dnn="lan")
    odd = tuple(changed(pdr, ethernet_filters=(EthernetFilter(),)) for pdr in plain.pdrs)
    with pytest.raises(N4Error, match="no Ethernet frames"):
        lan.path.install(changed(plain, pdrs=odd))
    wrong = EthernetFilter(sdf_filters=("nonsense",))
    with pytest.raises(N4Error, match="nonsense"):
        lan.path.install(rules(1, frames=(wrong,)))


def test_a_sleeping_session_takes_a_frame_that_looks_like_ipv6(lan):
    """The first octet of a frame is of its destination, whatever that begins with."""
    group = b"\x60" + bytes(23) + b"\xff\x02" + bytes(14)
    assert lan.up(3, frame(b"\x60\0\0\0\0\1", A, group))[0] != []


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

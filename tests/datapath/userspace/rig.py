"""A user plane between two recorded ports, and the rules a session usually has."""

import msgspec

from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.model import Ambr
from pilot5g.service.n4 import (
    ApplyAction,
    Far,
    FTeid,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    UeAddress,
    Urr,
)
from pilot5g.wire import gtpu, ip

UPF = "10.53.1.1"
GNB = ("10.53.1.11", 2152)
GNB_TEID = 0x700
TEID = 0x55667788
IDLE = ApplyAction.BUFF | ApplyAction.NOCP

PEER = OuterHeader(GNB_TEID, GNB[0])
FLOW_9 = (Qer(qer_id=1, qfi=9),)

UPLINK_PDR, DOWNLINK_PDR = 1, 2
UPLINK_FAR, DOWNLINK_FAR = 1, 2


class Recorded:
    """A DatagramPort or a PacketPort that keeps what is sent."""

    def __init__(self, name):
        self.name = name
        self.local = (name, 2152)
        self.sent = []
        self.markings = []
        self.receive = None
        self.closed = False

    def on_datagrams(self, receive):
        self.receive = receive

    on_packets = on_datagrams

    def send(self, *what):
        self.sent.append(what[0] if len(what) == 1 else what)

    def send_many(self, many, marking=0):
        self.sent.extend(many)
        self.markings.extend(marking for _ in many)

    def close(self):
        self.closed = True

    def taken(self):
        """What was sent since the last look."""
        sent, self.sent = self.sent, []
        return sent


class Heard:
    """DatapathReports that keeps what is told."""

    def __init__(self):
        self.news = []

    def downlink_data(self, seid, pdr_id, qfi):
        self.news.append(("data", seid, pdr_id, qfi))

    def error_indication(self, seid, remote):
        self.news.append(("error", seid, remote))

    def usage(self, seid, usage):
        self.news.append(("usage", seid, usage))

    def inactive(self, seid):
        self.news.append(("inactive", seid))

    def taken(self):
        """What was told since the last look."""
        news, self.news = self.news, []
        return news


class Timer:
    """A call that is to come."""

    def __init__(self, at, call):
        self.at, self.call = at, call

    def cancel(self):
        self.call = None


class Plane:
    """The user plane with everything around it, and a clock that jumps."""

    def __init__(self, **options):
        self.now = 1000.0
        self.n3 = Recorded(UPF)
        self.n6 = Recorded("internet")
        self.heard = Heard()
        self.timers = []
        options.setdefault("later", self.later)
        self.path = UserspaceDatapath(self.n3, {"internet": self.n6}, lambda: self.now, **options)
        self.path.attach(self.heard)

    def later(self, delay, call):
        timer = Timer(self.now + delay, call)
        self.timers.append(timer)
        return timer

    def advance(self, seconds):
        """Let time pass, and what is to happen in it."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer.call and timer.at <= end]:
            first = min(due, key=lambda timer: timer.at)
            self.now = max(self.now, first.at)
            call, first.call = first.call, None
            call()
            self.timers = [timer for timer in self.timers if timer.call]
        self.now = end

    @property
    def counters(self):
        return self.path.counters

    def up(self, *packets, teid=TEID, qfi=9, sender=GNB):
        """User packets from a gNB; what reached N6."""
        wrap = gtpu.Encapsulation(teid, None if qfi is None else gtpu.UlPduSessionInformation(qfi))
        self.n3.receive([(wrap(packet), sender) for packet in packets])
        return self.n6.taken()

    def down(self, *packets):
        """Packets from N6; the G-PDUs that left, as values, all to the one gNB."""
        self.n6.receive(list(packets))
        return self.tunnelled()

    def tunnelled(self):
        sent = self.n3.taken()
        assert all(to == GNB for _, to in sent)
        return [gtpu.decode(data) for data, _ in sent]


def session(
    *,
    seid=1,
    teid=TEID,
    ipv4="10.45.0.2",
    prefix="2001:db8:45:2::/64",
    action=ApplyAction.FORW,
    peer=PEER,
    qers=FLOW_9,
    urrs=(),
    extra=(),
    fars=(),
    filters=(),
    dnn="internet",
):
    """A session of one QoS flow, as an SMF sets it up; `extra` PDRs and FARs beside."""
    address = UeAddress(ipv4, prefix)
    common = {
        "precedence": 255,
        "qer_ids": tuple(q.qer_id for q in qers),
        "urr_ids": tuple(u.urr_id for u in urrs),
        "ue_address": address,
        "sdf_filters": filters,
    }
    forwards = action == ApplyAction.FORW
    return Session(
        seid=seid,
        dnn=dnn,
        pdrs=(
            Pdr(
                pdr_id=UPLINK_PDR,
                source=SourceInterface.ACCESS,
                far_id=UPLINK_FAR,
                local_fteid=FTeid(teid, UPF),
                **common,
            ),
            Pdr(pdr_id=DOWNLINK_PDR, source=SourceInterface.CORE, far_id=DOWNLINK_FAR, **common),
            *extra,
        ),
        fars=(
            Far(far_id=UPLINK_FAR, action=ApplyAction.FORW, destination=SourceInterface.CORE),
            Far(
                far_id=DOWNLINK_FAR,
                action=action,
                destination=SourceInterface.ACCESS if forwards else None,
                outer_header=peer if forwards else None,
            ),
            *fars,
        ),
        qers=qers,
        urrs=urrs,
    )


def changed(rules, **fields):
    """A session with some fields other."""
    return msgspec.structs.replace(rules, **fields)


V4, PEER4 = ip.pack("10.45.0.2"), ip.pack("198.51.100.7")
V6, PEER6 = ip.pack("2001:db8:45:2::5"), ip.pack("2001:db8::7")


def udp(source, destination, payload=b"data", ports=(1000, 2000)):
    return ip.build_udp(ip.Datagram(source, ports[0], destination, ports[1], payload))


UP4, DOWN4 = udp(V4, PEER4), udp(PEER4, V4)
UP6, DOWN6 = udp(V6, PEER6), udp(PEER6, V6)


def rate(uplink, downlink):
    return Qer(qer_id=1, qfi=9, mbr=Ambr(uplink, downlink))


def urr(threshold=None, **more):
    return Urr(urr_id=7, threshold=threshold, **more)

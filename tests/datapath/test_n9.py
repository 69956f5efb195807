"""Between UPFs (TS 23.501 5.6.4): an uplink classifier and the anchor behind it, on both data paths alike."""

import msgspec
import pytest

from datapath import test_both as both
from datapath import wires as w
from pilot5g.datapath.userspace.checks import check_rules
from pilot5g.service.n4 import (
    ApplyAction,
    Cause,
    Far,
    FTeid,
    N4Error,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    UeAddress,
    Urr,
)
from pilot5g.wire import gtpu, ip

pytestmark = [
    pytest.mark.root,
    pytest.mark.parametrize("kind", ["userspace", "ebpf"]),
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
]

ANCHOR = w.OTHER_RADIO
"""Where the other UPF is: on the same wire as the radio."""
N9_TEID, ANCHOR_TEID = 0x11223344, 0x900
INTERNET = ip.pack("203.0.113.9")
IDLE = ApplyAction.BUFF | ApplyAction.NOCP
UP_LOCAL, UP_FAR = both.UP4, both.udp(both.UE4, INTERNET)
DOWN_LOCAL, DOWN_FAR = both.DOWN4, both.udp(INTERNET, both.UE4)


def classifier(*, local=True, action=ApplyAction.FORW, ethernet=False, back=True):
    """What the data network near by is sent goes to N6, all else to the anchor; both ways lead back."""
    address = UeAddress(w.UE4, both.PREFIX)
    common = {"qer_ids": (1,), "urr_ids": (7,), "ue_address": address, "network_instance": "internet"}
    tunnel, forwards = FTeid(both.TEID, w.UPF), action == ApplyAction.FORW
    pdrs = [
        Pdr(pdr_id=1, precedence=255, source=SourceInterface.ACCESS, far_id=2, local_fteid=tunnel, **common),
        Pdr(
            pdr_id=3,
            precedence=255,
            source=SourceInterface.CORE,
            far_id=3,
            local_fteid=FTeid(N9_TEID, w.UPF),
            qfi=9,
            **common,
        ),
    ]
    if local:
        near = ("permit out ip from 10.99.6.0/24 to assigned",)
        source = SourceInterface.ACCESS
        pdrs.append(
            Pdr(
                pdr_id=2,
                precedence=10,
                source=source,
                far_id=1,
                local_fteid=tunnel,
                sdf_filters=near,
                **common,
            )
        )
        pdrs.append(Pdr(pdr_id=4, precedence=255, source=SourceInterface.CORE, far_id=3, **common))
    to_phone = Far(
        far_id=3,
        action=action,
        destination=SourceInterface.ACCESS if forwards else None,
        outer_header=both.PEER if forwards and back else None,
    )
    return Session(
        seid=1,
        dnn="internet",
        pdrs=tuple(msgspec.structs.replace(pdr, ethernet=ethernet) for pdr in pdrs),
        fars=(
            Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),
            Far(
                far_id=2,
                action=ApplyAction.FORW,
                destination=SourceInterface.CORE,
                outer_header=OuterHeader(ANCHOR_TEID, ANCHOR),
            ),
            to_phone,
        ),
        qers=(Qer(qer_id=1, qfi=9),),
        urrs=(Urr(urr_id=7),),
    )


def from_anchor(packet, qfi=9, teid=N9_TEID):
    """A user packet as the anchor sends it."""
    wrap = gtpu.Encapsulation(teid, gtpu.DlPduSessionInformation(qfi))
    return both.outer(wrap(packet), source=ANCHOR)


async def over_n9(bench, *datagrams, out):
    """IP packets on the wire of radio and anchor; what came back there."""
    return await bench.over(bench.wires.n3, bench.wires.n3, datagrams, out)


def test_uplink_goes_to_the_network_near_by_or_to_the_anchor(kind):
    async def body(bench):
        bench.path.install(classifier())
        (near,) = await bench.up(both.outer(both.gpdu(UP_LOCAL)))
        assert near[16:] == both.with_hops(UP_LOCAL, 63)[16:]
        (far,) = await over_n9(bench, both.outer(both.gpdu(UP_FAR)), out=1)
        inner = both.tunnelled(far, radio=ANCHOR)
        assert (inner.teid, inner.payload) == (ANCHOR_TEID, UP_FAR)
        assert inner.information == gtpu.UlPduSessionInformation(9)
        assert bench.news() == {"uplink": 2}

    both.on(kind, body)


def test_downlink_comes_from_the_anchor_and_from_near_by(kind):
    async def body(bench):
        bench.path.install(classifier())
        (near,) = await bench.down(DOWN_LOCAL)
        (far,) = await over_n9(bench, from_anchor(DOWN_FAR), out=1)
        for got, sent in ((near, both.with_hops(DOWN_LOCAL, 63)), (far, DOWN_FAR)):
            inner = both.tunnelled(got)
            assert (inner.teid, inner.payload) == (both.RADIO_TEID, sent)
            assert inner.information == gtpu.DlPduSessionInformation(9)
        assert bench.news() == {"downlink": 2}
        (usage,) = bench.path.remove(1)
        assert (usage.uplink_packets, usage.downlink_packets) == (0, 2)

    both.on(kind, body)


def test_what_is_not_the_phones_does_not_pass_either_way(kind):
    """Another source than the phone's, another destination, another flow, and a tunnel that is nobody's."""

    async def body(bench):
        bench.path.install(classifier())
        other = ip.pack("10.45.0.99")
        assert await over_n9(bench, both.outer(both.gpdu(both.udp(other, INTERNET))), out=0) == []
        assert bench.news() == {"dropped_spoofed": 1}
        assert await over_n9(bench, from_anchor(both.udp(INTERNET, other)), out=0) == []
        assert await over_n9(bench, from_anchor(DOWN_FAR, qfi=5), out=0) == []
        assert bench.news() == {"dropped_no_rule": 2}

    both.on(kind, body)


def test_an_idle_phone_s_packets_from_both_sides_wait_and_leave_in_order(kind):
    async def body(bench):
        bench.path.install(classifier(action=IDLE))
        near = [both.udp(both.DN4, both.UE4, b"near %d" % i) for i in range(20)]
        far = [both.udp(INTERNET, both.UE4, b"far %d" % i) for i in range(20)]
        assert await bench.down(*near, out=0) == []
        assert await over_n9(bench, *map(from_anchor, far), out=0) == []
        assert bench.heard.news == [("data", 1, 4, 9)], "the phone is called once"
        assert bench.news() == {"buffered": 40}
        got = []
        bench.path.install(classifier())
        await bench.until(lambda: got.extend(bench.wires.n3.received()) or len(got) == 40)
        payloads = [both.tunnelled(each).payload for each in got]
        assert [each for each in payloads if b"far" in each] == far
        assert [each for each in payloads if b"near" in each] == [both.with_hops(each, 63) for each in near]
        assert bench.news() == {"downlink": 40}

    both.on(kind, body)


def test_a_relay_without_a_network_near_by_leaves_n6_alone(kind):
    """A packet for the phone that comes from N6 is nobody's; what it sends goes to the anchor, all of it."""

    async def body(bench):
        bench.path.install(classifier(local=False))
        counted = bench.path.counters.dropped_no_session
        (got,) = await over_n9(bench, both.outer(both.gpdu(UP_LOCAL)), out=1)
        assert both.tunnelled(got, radio=ANCHOR).payload == UP_LOCAL
        bench.wires.n6.send(DOWN_LOCAL)
        await bench.until(lambda: bench.path.counters.dropped_no_session > counted)
        (got,) = await over_n9(bench, from_anchor(DOWN_FAR), out=1)
        assert both.tunnelled(got).payload == DOWN_FAR

    both.on(kind, body)


def test_the_anchors_end_marker_goes_on_to_the_radio(kind):
    """TS 23.501 5.8.2.9: a path that was switched behind this UPF ends at the radio."""

    async def body(bench):
        bench.path.install(classifier())
        marker = both.outer(gtpu.encode(gtpu.EndMarker(N9_TEID)), source=ANCHOR)
        (got,) = await over_n9(bench, marker, out=1)
        assert both.tunnelled(got) == gtpu.EndMarker(both.RADIO_TEID)
        assert bench.news() == {"end_markers_sent": 1}

    both.on(kind, body)


def test_an_anchor_takes_a_classifier_for_a_radio(kind):
    """TS 29.244 8.2.2: Access is the uplink's side, whoever is there."""

    async def body(bench):
        bench.path.install(both.session(peer=OuterHeader(N9_TEID, ANCHOR)))
        (got,) = await bench.up(both.outer(both.gpdu(UP_LOCAL), source=ANCHOR))
        assert got[16:] == both.with_hops(UP_LOCAL, 63)[16:]
        (got,) = await bench.down(DOWN_LOCAL)
        inner = both.tunnelled(got, radio=ANCHOR)
        assert (inner.teid, inner.information) == (N9_TEID, gtpu.DlPduSessionInformation(9))

    both.on(kind, body)


def test_rules_that_come_and_go_leave_no_tunnel(kind):
    """From no classifier to one and back, as the SMF inserts and removes it (TS 23.502 4.3.5.4, 4.3.5.5)."""

    async def body(bench):
        for made in (both.session(urrs=(Urr(urr_id=7),)), classifier(), both.session(), classifier()):
            bench.path.install(made)
            await bench.up(both.outer(both.gpdu(UP_LOCAL)))
            (got,) = await bench.down(DOWN_LOCAL)
            assert both.tunnelled(got).teid == both.RADIO_TEID
        bench.path.install(both.session())
        bench.news()
        await over_n9(bench, from_anchor(DOWN_FAR), out=1)
        assert bench.news() == {"dropped_unknown_teid": 1, "error_indications_sent": 1}

    both.on(kind, body)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ethernet": True}, "Ethernet frames over N9"),
        ({"back": False}, "into a tunnel to it"),
    ],
)
def test_what_cannot_be_relayed_is_refused(kind, change, why):
    with pytest.raises(N4Error, match=why) as refused:
        check_rules(classifier(**change))
    assert refused.value.cause is Cause.RULE_CREATION_FAILURE
    assert refused.value.rule == (0, 3)


def test_a_tunnel_is_for_one_direction(kind):
    made = classifier()
    twice = msgspec.structs.replace(made.pdrs[1], local_fteid=made.pdrs[0].local_fteid)
    with pytest.raises(N4Error, match="not both"):
        check_rules(msgspec.structs.replace(made, pdrs=(made.pdrs[0], twice, *made.pdrs[2:])))

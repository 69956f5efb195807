"""What an SMF tells of an Ethernet session, read by tshark: elements and values by Wireshark's names."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from judges import tshark
from pilot5g.service.n4 import ApplyAction, Choose, Far, Pdr, Session, SourceInterface
from pilot5g.service.pfcp.outward import Outward
from pilot5g.wire import pfcp
from pilot5g.wire.ethernet import Ends, EthernetFilter, Range, Tag, one
from pilot5g.wire.pfcp.ies import addresses as a

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev"),
]

NODE = IPv4Address("192.0.2.1")
FILTER = EthernetFilter(
    ends=(
        Ends(source=one(bytes.fromhex("020000000001"))),
        Ends(destination=Range(bytes.fromhex("020000000010"), bytes.fromhex("02000000001f"))),
    ),
    ethertype=0x88B5,
    c_tag=Tag(vid=100, pcp=3, dei=True),
    s_tag=Tag(vid=7),
    sdf_filters=("permit out 17 from any to assigned",),
)
SESSION = Session(
    seid=1,
    dnn="lan",
    pdrs=(
        Pdr(
            pdr_id=1,
            precedence=10,
            source=SourceInterface.ACCESS,
            far_id=1,
            choose=Choose(),
            ethernet=True,
            ethernet_filters=(FILTER,),
        ),
    ),
    fars=(Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),),
)
SEEN = {
    "pfcp.pdn_type": "5",
    "pfcp.ethernet_pdu_session_information.flags.ethi": "1",
    "pfcp.mac_address.sour": "020000000001",
    "pfcp.mac_address.dest": "020000000010",
    "pfcp.mac_address.udes": "02000000001f",
    "pfcp.ethertype": "0x88b5",
    "pfcp.c_tag.cvid": "0x0064",
    "pfcp.c_tag.pcp": "3",
    "pfcp.c_tag.dei_flag": "1",
    "pfcp.s_tag.svid": "0x0007",
    "pfcp.s_tag.flags.pcp": "0",
    "pfcp.flow_desc": "permit out 17 from any to assigned",
}


def test_filters_of_frames_are_seen_as_meant(tmp_path: Path) -> None:
    capture = tmp_path / "frames.pcap"
    request = Outward(ipv6=False, packets=False).establishment(SESSION, NODE, a.FSeid(1, NODE))
    tshark.written(capture, [pfcp.encode(pfcp.Pdu(request, 1, 0))], pfcp.PORT)
    assert tshark.faults(capture) == []
    (seen,) = tshark.fields(capture, *SEEN)
    assert dict(zip(SEEN, seen, strict=True)) == SEEN

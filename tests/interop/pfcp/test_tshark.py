"""tshark as judge of PFCP: arbitrary messages of every type, none malformed, and the values that we meant."""

import shutil
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from judges import pfcp_values as values
from judges import tshark
from pilot5g.wire import pfcp
from pilot5g.wire.pfcp.grammar import MESSAGES
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import numbers as u
from pilot5g.wire.pfcp.ies import traffic as t
from pilot5g.wire.pfcp.messages import SessionEstablishmentRequest
from pilot5g.wire.pfcp.rules import CreateFar, CreatePdr, CreateQer, CreateUrr, ForwardingParameters, Pdi

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark: apt install tshark"),
]

WRONG = "_ws.malformed || (_ws.expert && !(pfcp.packet_rate.aprc == 1))"
"""Malformed, or anything to remark. Additional packet rates are beyond today's tshark."""


def test_every_message_is_well_formed(tmp_path: Path) -> None:
    """A capture with thirty messages of each type."""
    octets: list[bytes] = []
    for number in sorted(MESSAGES):

        @settings(max_examples=30, suppress_health_check=list(HealthCheck))
        @given(values.pdus(MESSAGES[number]))
        def collect(pdu: pfcp.Pdu) -> None:
            octets.append(pfcp.encode(pdu))

        collect()
    capture = tmp_path / "pfcp.pcap"
    tshark.written(capture, octets, pfcp.PORT)
    assert len(octets) >= len(MESSAGES)
    assert tshark.fields(capture, "frame.number", "_ws.expert.message", only=WRONG) == []
    kinds = [int(row[0]) for row in tshark.fields(capture, "pfcp.msg_type")]
    assert kinds == [each[1] for each in octets]


ESTABLISHMENT = SessionEstablishmentRequest(
    node_id="smf.example",
    cp_fseid=a.FSeid(0x1122334455667788, IPv4Address("192.0.2.1")),
    create_pdrs=(
        CreatePdr(
            pdr_id=1,
            precedence=255,
            pdi=Pdi(
                source_interface=u.Interface.ACCESS,
                local_fteid=a.ChooseFTeid(True, True, 7),
                network_instance=b"internet",
                ue_ip_addresses=(
                    a.UeIpAddress(ipv4=IPv4Address("10.45.0.2"), ipv6=IPv6Address("2001:db8:45:1::")),
                ),
                sdf_filters=(t.SdfFilter(description="permit out ip from any to assigned", id=9),),
                qfis=(1,),
            ),
            outer_header_removal=a.OuterHeaderRemoval(0),
            far_id=2,
            urr_ids=(3,),
            qer_ids=(4,),
        ),
    ),
    create_fars=(
        CreateFar(
            far_id=2,
            apply_action=f.ApplyAction.FORW,
            forwarding=ForwardingParameters(
                destination_interface=u.Interface.ACCESS,
                outer_header_creation=a.OuterHeaderCreation(
                    description=a.OuterHeader.GTPU_UDP_IPV4, teid=0xABCD, ipv4=IPv4Address("192.0.2.9")
                ),
            ),
        ),
    ),
    create_urrs=(
        CreateUrr(
            urr_id=3,
            measurement_method=f.MeasurementMethod.VOLUM,
            reporting_triggers=f.ReportingTriggers.VOLTH | f.ReportingTriggers.QUVTI,
        ),
    ),
    create_qers=(CreateQer(qer_id=4, gate_status=t.GateStatus(0, 1), mbr=t.BitRate(64, 5_000_000), qfi=1),),
    pdn_type=u.PdnType.IPV4V6,
    dnn="internet",
)
SEEN = {
    "pfcp.seid": "0x0000000000000000,0x1122334455667788",
    "pfcp.node_id_fqdn": "smf.example",
    "pfcp.pdr_id": "1",
    "pfcp.precedence": "255",
    "pfcp.source_interface": "0",
    "pfcp.f_teid_flags.ch": "1",
    "pfcp.f_teid.choose_id": "07",
    "pfcp.network_instance": "internet",
    "pfcp.ue_ip_addr_ipv4": "10.45.0.2",
    "pfcp.ue_ip_addr_ipv6": "2001:db8:45:1::",
    "pfcp.flow_desc": "permit out ip from any to assigned",
    "pfcp.sdf_filter_id": "9",
    "pfcp.qfi_value": "0x01,0x01",
    "pfcp.out_hdr_desc": "0",
    "pfcp.far_id": "2,2",
    "pfcp.apply_action.forw": "1",
    "pfcp.apply_action.drop": "0",
    "pfcp.dst_interface": "0",
    "pfcp.outer_hdr_creation.teid": "0x0000abcd",
    "pfcp.outer_hdr_creation.ipv4": "192.0.2.9",
    "pfcp.reporting_triggers_flags.volth": "1",
    "pfcp.reporting_triggers_flags.quvti": "1",
    "pfcp.reporting_triggers_flags.perio": "0",
    "pfcp.gate_status.ulgate": "0",
    "pfcp.gate_status.dlgate": "1",
    "pfcp.ul_mbr": "64",
    "pfcp.dl_mbr": "5000000",
    "pfcp.pdn_type": "3",
    "pfcp.apn_dnn": "internet",
}


def test_values_are_seen_as_meant(tmp_path: Path) -> None:
    """The elements of a session, by the names Wireshark has for them."""
    capture = tmp_path / "pfcp.pcap"
    tshark.written(capture, [pfcp.encode(pfcp.Pdu(ESTABLISHMENT, 1, 0))], pfcp.PORT)
    (seen,) = tshark.fields(capture, *SEEN)
    assert dict(zip(SEEN, seen, strict=True)) == SEEN

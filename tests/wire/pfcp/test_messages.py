"""PFCP octet by octet, and what becomes of a message in which something is wrong (TS 29.244 7.6)."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given, settings

from judges import pfcp_values as values
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.pfcp import Cause, Faulty, Pdu, UnknownVersion, decode, encode, split
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.ies import traffic as t
from pilot5g.wire.pfcp.ies.flags import ApplyAction
from pilot5g.wire.pfcp.messages import (
    AssociationSetupRequest,
    HeartbeatRequest,
    SessionDeletionRequest,
    SessionModificationRequest,
)
from pilot5g.wire.pfcp.rules import RemoveFar, UpdateFar, UpdateForwardingParameters, UpdateQer

HEARTBEAT = bytes.fromhex("2001000c 0102030 0 0060 0004 e6cb7c80".replace(" ", ""))


def modification(*elements: str) -> bytes:
    """A session modification request with those elements, in hex."""
    body = bytes.fromhex("".join(elements).replace(" ", ""))
    return bytes((0x21, 52)) + (len(body) + 12).to_bytes(2, "big") + bytes(7) + b"\xff\0\0\x09\0" + body


def test_a_heartbeat_octet_by_octet() -> None:
    """8 octets of header and one element of 8."""
    pdu = Pdu(HeartbeatRequest(recovery_time_stamp=0xE6CB7C80), 0x010203)
    assert encode(pdu) == HEARTBEAT
    assert decode(HEARTBEAT) == pdu


def test_a_session_message_carries_a_seid() -> None:
    """16 octets of header, and a group within."""
    pdu = Pdu(SessionModificationRequest(remove_fars=(RemoveFar(far_id=2),)), 9, 0xFF)
    assert encode(pdu) == modification("0010 0008 006c 0004 00000002")
    assert decode(encode(pdu)) == pdu


def test_a_seid_belongs_to_session_messages_only() -> None:
    """Neither sent nor taken otherwise."""
    with pytest.raises(EncodeError, match="SEID"):
        encode(Pdu(HeartbeatRequest(recovery_time_stamp=1), 1, 5))
    with pytest.raises(EncodeError, match="SEID"):
        encode(Pdu(SessionDeletionRequest(), 1))
    with pytest.raises(DecodeError, match="SEID"):
        decode(bytes.fromhex("2036000400000100"))


def test_message_priority() -> None:
    """Four bits of the last octet of the header."""
    octets = encode(Pdu(SessionDeletionRequest(), 1, 2, 5))
    assert octets == bytes.fromhex("2336000c 0000000000000002 000001 50".replace(" ", ""))
    assert decode(octets).priority == 5


@settings(max_examples=150)
@given(values.ANY)
def test_round_trip(pdu: Pdu) -> None:
    """Any message, through octets and back."""
    assert decode(encode(pdu)) == pdu


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        (a.ChooseFTeid(True, True), "07"),
        (a.ChooseFTeid(True, False, 3), "0d03"),
        (a.FTeid(1, IPv4Address("192.0.2.1")), "0100000001c0000201"),
    ],
)
def test_f_teid(value: a.FTeid | a.ChooseFTeid, octets: str) -> None:
    """8.2.3: CHOOSE and CHOOSE ID."""
    assert a.F_TEID.encode(value).hex() == octets
    assert a.F_TEID.decode(bytes.fromhex(octets)) == value


@pytest.mark.parametrize(
    ("ie", "value", "octets"),
    [
        (t.MBR, t.BitRate(1, 2), "0000000001 0000000002"),
        (t.GATE_STATUS, t.GateStatus(1, 0), "04"),
        (t.C_TAG, t.VlanTag(pcp=5, dei=1, vid=0xABC), "07 ad bc"),
        (n.DROPPED_DL_TRAFFIC_THRESHOLD, n.DroppedDlTraffic(packets=3), "01 0000000000000003"),
        (t.HEADER_ENRICHMENT, t.HeaderEnrichment(0, b"X", b"ab"), "00 01 58 02 6162"),
        (t.REDIRECT_INFORMATION, t.RedirectInformation(4, b"1", b"2"), "04 0001 31 0001 32"),
        (a.NODE_ID, "upf.example", "02 03 757066 07 6578616d706c65"),
        (a.F_SEID, a.FSeid(1, IPv4Address("192.0.2.1")), "02 0000000000000001 c0000201"),
        (
            a.UE_IP_ADDRESS,
            a.UeIpAddress(ipv4=IPv4Address("10.45.0.2"), destination=True),
            "06 0a2d0002",
        ),
    ],
)
def test_elements_octet_by_octet(ie: object, value: object, octets: str) -> None:
    """Those of which one judge or the other is in doubt."""
    assert ie.encode(value) == bytes.fromhex(octets.replace(" ", ""))  # type: ignore[attr-defined]
    assert ie.decode(ie.encode(value)) == value  # type: ignore[attr-defined]


def test_octets_of_later_releases_are_not_looked_at() -> None:
    """A longer element is read as far as it is known (8.1.1)."""
    pdu = decode(modification("0010 000a 006c 0006 00000002 ffff"))
    assert pdu.message == SessionModificationRequest(remove_fars=(RemoveFar(far_id=2),))


def test_unknown_elements_are_kept_and_sent_again() -> None:
    """7.6: an unknown type, a vendor's element, and one that has no place here."""
    strange = ("7fff 0001 aa", "8001 0003 1234 bb", "0060 0004 00000001")
    octets = modification("0010 0008 006c 0004 00000002", *strange)
    pdu = decode(octets)
    assert [each.hex() for each in pdu.message.unknown] == [each.replace(" ", "") for each in strange]
    assert encode(pdu) == octets


def test_a_second_element_where_one_is_allowed_is_ignored() -> None:
    """The first counts (7.6)."""
    pdu = decode(modification("000a 0013 006c 0004 00000002 002c 0001 02 002c 0002 0400".replace(" ", "")))
    assert pdu.message.update_fars[0].apply_action == ApplyAction.FORW  # type: ignore[attr-defined]
    assert len(pdu.message.update_fars[0].unknown) == 1  # type: ignore[attr-defined]


def test_an_empty_element_of_an_update_removes() -> None:
    """5.6.3: the MBR goes."""
    octets = modification("000e 000c 006d 0004 00000001 001a 0000")
    update = UpdateQer(qer_id=1, removed=(26,))
    assert decode(octets).message == SessionModificationRequest(update_qers=(update,))
    assert encode(decode(octets)) == octets


@pytest.mark.parametrize(
    ("octets", "cause", "ie"),
    [
        (modification("0010 0000"), Cause.MANDATORY_IE_MISSING, 108),
        (modification("0010 0006 006c 0002 0000"), Cause.INVALID_LENGTH, 108),
        (modification("0010 0009 006c 0005 0000"), Cause.INVALID_LENGTH, 16),
        (modification("0010 0002 0000"), Cause.INVALID_LENGTH, 0),
        (modification("0039 0001 00"), Cause.MANDATORY_IE_INCORRECT, 57),
        (modification("0039 0005 0200000000"), Cause.INVALID_LENGTH, 57),
        (modification("000a 0012 006c 0004 00000002 000b 0006 0054 0002 0100"), Cause.INVALID_LENGTH, 84),
        (HEARTBEAT + b"x", Cause.INVALID_LENGTH, 0),
        (HEARTBEAT[:-1], Cause.INVALID_LENGTH, 0),
        (bytes.fromhex("20010004 00000100".replace(" ", "")), Cause.MANDATORY_IE_MISSING, 96),
        (
            bytes.fromhex("20060013 00000100 003c0005 00c0000201 00130001 00 ".replace(" ", "")) + b"\0",
            Cause.MANDATORY_IE_INCORRECT,
            19,
        ),
    ],
)
def test_what_the_peer_is_told(octets: bytes, cause: Cause, ie: int) -> None:
    """The cause and the offending element of what makes a message unusable."""
    with pytest.raises(Faulty) as caught:
        decode(octets)
    assert (caught.value.cause, caught.value.ie) == (cause, ie)
    assert caught.value.header.type == octets[1]


def test_a_faulty_optional_element_is_a_defect() -> None:
    """As if it were absent (7.6), and whoever reads the message can see it."""
    node = "003c 0005 00 c0000201"
    octets = bytes.fromhex(
        f"20050020 00000100 {node} 0060 0004 00000001 00b7 0007 00b9 0003 02 c000".replace(" ", "")
    )
    message = decode(octets).message
    assert isinstance(message, AssociationSetupRequest)
    assert message.session_retention is not None
    assert message.session_retention.cp_addresses == ()
    assert [defect.ie for defect in message.session_retention.defects] == [185]


def test_another_version() -> None:
    """With the sequence number that the answer needs (7.6.2)."""
    with pytest.raises(UnknownVersion) as caught:
        decode(bytes.fromhex("4001000c00000700006000040000 0001".replace(" ", "")))
    assert caught.value.sequence == 7


@pytest.mark.parametrize(
    "octets", ["", "20", "2001000400", "213400", "20ff000400000100", "2163000c" + "00" * 12]
)
def test_dropped_in_silence(octets: str) -> None:
    """No header, or a message that nobody knows (7.6.3, 7.6.4)."""
    with pytest.raises(DecodeError) as caught:
        decode(bytes.fromhex(octets))
    assert not isinstance(caught.value, Faulty | UnknownVersion)


def test_several_messages_in_a_datagram() -> None:
    """The follow-on flag (6.5); a length that lies ends it."""
    first = bytes((HEARTBEAT[0] | 4,)) + HEARTBEAT[1:]
    assert split(first + HEARTBEAT) == [first, HEARTBEAT]
    assert split(HEARTBEAT) == [HEARTBEAT]
    assert split(first) == [first]
    assert split(b"") == [b""]
    assert decode(split(first + HEARTBEAT)[0]).sequence == 0x010203


def test_values_that_do_not_fit() -> None:
    """A fault of this side."""
    wrong = UpdateForwardingParameters(
        outer_header_creation=a.OuterHeaderCreation(description=a.OuterHeader.GTPU_UDP_IPV4, teid=1)
    )
    for bad in (UpdateFar(far_id=1 << 32), UpdateFar(far_id=1, forwarding=wrong)):
        with pytest.raises(EncodeError):
            encode(Pdu(SessionModificationRequest(update_fars=(bad,)), 1, 1))
    with pytest.raises(EncodeError):
        encode(Pdu(HeartbeatRequest(recovery_time_stamp=1), 1 << 24))

"""Router solicitation and advertisement (RFC 4861, RFC 8106)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire import ip

PHONE = ip.link_local(bytes(7) + b"\x05")
ROUTER = ip.link_local(bytes(7) + b"\x01")
PREFIX = ip.pack("2001:db8:45:7::")

# As captured from Linux 6 on a TUN whose link-local address is fe80::1.
LINUX_SOLICITATION = bytes.fromhex(
    "6000000000083afffe800000000000000000000000000001ff02000000000000000000000000000285007d3600000000"
)


def test_the_kernels_solicitation_is_ours():
    assert ip.parse_router_solicitation(LINUX_SOLICITATION) == ip.RouterSolicitation(ROUTER)
    assert ip.build_router_solicitation(ROUTER) == LINUX_SOLICITATION


@given(
    mtu=st.none() | st.integers(1280, 0xFFFFFFFF),
    prefix=st.binary(min_size=16, max_size=16),
    valid=st.integers(0, 0xFFFFFFFF),
    flags=st.tuples(*[st.booleans()] * 4),
    dns=st.lists(st.binary(min_size=16, max_size=16), max_size=3),
    lifetime=st.integers(0, 0xFFFF),
)
def test_advertisement_round_trip(mtu, prefix, valid, flags, dns, lifetime):
    value = ip.RouterAdvertisement(
        source=ROUTER,
        prefixes=(ip.Prefix(prefix=prefix, valid=valid, preferred=7, on_link=flags[0], autonomous=flags[1]),),
        mtu=mtu,
        dns=tuple(dns),
        lifetime=lifetime,
        managed=flags[2],
        other=flags[3],
    )
    assert ip.parse_router_advertisement(ip.build_router_advertisement(value, PHONE)) == value


@pytest.mark.judge
def test_tshark_reads_our_advertisement(judged):
    value = ip.RouterAdvertisement(
        source=ROUTER, prefixes=(ip.Prefix(prefix=PREFIX),), mtu=1456, dns=(ip.pack("2001:db8::53"),)
    )
    fields = judged(
        ip.build_router_advertisement(value, PHONE),
        "icmpv6.type",
        "icmpv6.checksum.status",
        "icmpv6.opt.prefix",
        "icmpv6.opt.prefix.length",
        "icmpv6.opt.prefix.flag.a",
        "icmpv6.opt.prefix.flag.l",
        "icmpv6.opt.mtu",
        "icmpv6.opt.rdnss",
        "icmpv6.nd.ra.router_lifetime",
    )
    assert fields == ["134", "1", "2001:db8:45:7::", "64", "1", "0", "1456", "2001:db8::53", "9000", ""]


def test_what_rfc_4861_6_1_forbids_is_no_solicitation():
    packet = bytearray(ip.build_router_solicitation(PHONE))
    forwarded = packet.copy()
    forwarded[7] = 254
    wrong_checksum = packet.copy()
    wrong_checksum[42] ^= 1
    assert ip.parse_router_solicitation(bytes(forwarded)) is None
    assert ip.parse_router_solicitation(bytes(wrong_checksum)) is None
    assert ip.parse_router_solicitation(bytes(packet[:-1])) is None


def test_an_option_of_length_zero_voids_the_message():
    from pilot5g.wire.ip.icmp import build_icmp

    message = bytes((133, 0, 0, 0, 0, 0, 0, 0)) + bytes((1, 0)) + bytes(6)
    assert ip.parse_router_solicitation(build_icmp(PHONE, ip.ALL_ROUTERS, message, hop_limit=255)) is None
    lengthy = message[:9] + b"\x02" + bytes(6)
    assert ip.parse_router_solicitation(build_icmp(PHONE, ip.ALL_ROUTERS, lengthy, hop_limit=255)) is None


def test_an_advertisement_from_elsewhere_is_none():
    value = ip.RouterAdvertisement(source=ip.pack("2001:db8::1"))
    assert ip.parse_router_advertisement(ip.build_router_advertisement(value, PHONE)) is None

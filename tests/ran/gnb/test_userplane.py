"""N3 of a gNB: packets up and down, and everything that is no packet (TS 29.281, TS 38.415)."""

import asyncio
import shutil
import subprocess

import pytest

from pilot5g.wire.gtpu import (
    DlPduSessionInformation,
    EchoRequest,
    EchoResponse,
    EndMarker,
    ErrorIndication,
    Gpdu,
    SupportedExtensionHeaders,
    UlPduSessionInformation,
    decode,
    encode,
)
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import decode_transfer
from pilot5g.wire.ngap.values import gtp_tunnel_from, transport_address_to
from ran.gnb.ladder import UPF, ladder, rig, session_item, session_setup, setup_transfer

GNB = ("127.0.0.11", 2152)
PING = bytes.fromhex("450000140000400040010000 0a2d0002 0a2d0001")


@ladder
async def test_uplink_octets():
    async with rig() as r:
        phone, _, _ = await r.with_session()
        phone.connection.send_packets(1, 1, [PING, PING[:4]])
        await asyncio.sleep(0.01)
        # TS 29.281 5.1: version 1, GTP, E; G-PDU; length; TEID; then sequence, N-PDU and the next type 85;
        # a PDU session container of 4 octets: type 1 (UL), QFI 1, no more
        expected = "34ff 001c aa000001 0000 00 85 01 10 01 00".replace(" ", "") + PING.hex()
        assert [(data.hex(), sender) for data, sender in r.upf_heard] == [
            (expected, GNB),
            (expected[:4] + "000c" + expected[8:32] + PING[:4].hex(), GNB),
        ]
        assert decode(r.upf_heard[0][0]) == Gpdu(0xAA000001, PING, UlPduSessionInformation(1))
        counters = r.gnb.user_counters
        assert (counters.up_packets, counters.up_octets, counters.up_lost) == (2, 24, 0)


@pytest.mark.judge
@pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark")
def test_uplink_by_tshark(tmp_path):
    sent = []

    @ladder
    async def flow():
        async with rig() as r:
            phone, _, _ = await r.with_session(transfer=setup_transfer(0x12345678))
            phone.connection.send_packets(1, 1, [PING])
            await asyncio.sleep(0.01)
            sent.extend(r.upf_heard)

    flow()
    hexdump = tmp_path / "packet.txt"
    hexdump.write_text("0000 " + " ".join(f"{octet:02x}" for octet in sent[0][0]) + "\n")
    pcap = tmp_path / "packet.pcap"
    subprocess.run(["text2pcap", "-q", "-u", "2152,2152", hexdump, pcap], check=True, capture_output=True)
    container = "gtp.ext_hdr.pdu_ses_con"
    fields = ["gtp.teid", f"{container}.pdu_type", f"{container}.qos_flow_id", "ip.dst"]
    wanted = [word for name in fields for word in ("-e", name)]
    out = tshark(pcap, "-T", "fields", *wanted).split("\t")
    assert [each.strip() for each in out[:3]] == ["0x12345678", "1", "1"]
    assert out[3].strip().endswith("10.45.0.1")
    assert tshark(pcap, "-Y", "_ws.malformed") == ""


def tshark(pcap, *options):
    done = subprocess.run(["tshark", "-r", pcap, *options], check=True, capture_output=True, text=True)
    return done.stdout


@ladder
async def test_downlink_in_batches_with_and_without_a_container():
    async with rig() as r:
        phone, _, teid = await r.with_session()
        packets = [bytes((0x45, i)) for i in range(6)]
        for i, packet in enumerate(packets):
            r.upf.send(encode(Gpdu(teid, packet, DlPduSessionInformation(1) if i % 2 else None)), GNB)
        await asyncio.sleep(0.01)
        assert phone.heard == [("packets", 1, packets)]  # one list, in order
        assert r.gnb.user_counters.down_packets == 6


@ladder
async def test_two_sessions_are_kept_apart():
    async with rig() as r:
        one, _, teid_one = await r.with_session()
        two, _, teid_two = await r.with_session(transfer=setup_transfer(0xAA000002))
        for i in range(4):
            r.upf.send(encode(Gpdu(teid_two if i % 2 else teid_one, bytes((i,)))), GNB)
        await asyncio.sleep(0.01)
        assert one.heard == [("packets", 1, [b"\0", b"\2"])]
        assert two.heard == [("packets", 1, [b"\1", b"\3"])]


@ladder
async def test_7_3_1_an_unknown_tunnel_is_indicated_once_a_batch():
    async with rig() as r:
        for _ in range(5):
            r.upf.send(encode(Gpdu(0xDEAD, b"\x45")), GNB)
        r.upf.send(encode(Gpdu(0, b"\x45")), GNB)
        await asyncio.sleep(0.01)
        ((data, _),) = r.upf_heard
        assert decode(data) == ErrorIndication(0xDEAD, GNB[0], UPF[1])
        assert r.gnb.user_counters.unknown_tunnel == 6


@ladder
async def test_7_2_2_echo_is_answered_to_the_port_it_came_from():
    async with rig() as r:
        prober = r.network.datagram_port(("127.0.0.5", 40000))
        heard = []
        prober.on_datagrams(heard.extend)
        prober.send(encode(EchoRequest(4711)), GNB)
        await asyncio.sleep(0.01)
        assert [decode(data) for data, _ in heard] == [EchoResponse(4711, 0)]
        prober.close()


@ladder
async def test_7_2_3_an_extension_that_must_be_understood():
    async with rig() as r:
        _, _, teid = await r.with_session()
        r.upf.send(bytes.fromhex("34ff0009") + teid.to_bytes(4) + bytes.fromhex("000000c101000000 45"), GNB)
        await asyncio.sleep(0.01)
        ((data, _),) = r.upf_heard
        assert decode(data) == SupportedExtensionHeaders((0x85, 0x40))


@ladder
async def test_end_marker_and_answers_change_nothing():
    async with rig() as r:
        phone, _, teid = await r.with_session()
        for message in (EndMarker(teid), EchoResponse(1), SupportedExtensionHeaders((0x85,))):
            r.upf.send(encode(message), GNB)
        r.upf.send(encode(Gpdu(teid, b"\x45")), GNB)
        await asyncio.sleep(0.01)
        assert phone.heard == [("packets", 1, [b"\x45"])]
        assert r.gnb.user_counters.end_markers == 1
        assert r.upf_heard == []


@ladder
async def test_packets_without_a_bearer_are_lost_and_counted():
    async with rig() as r:
        phone, _, _ = await r.with_session()
        phone.connection.send_packets(2, 1, [b"\x45", b"\x45"])
        phone.connection.send_packets(1, 9, [b"\x45"])
        phone.connection.send_packets(1, 1, [bytes(70_000), b"\x45"])
        await asyncio.sleep(0.01)
        assert r.gnb.user_counters.up_lost == 4
        assert r.gnb.user_counters.up_packets == 1
        assert len(r.upf_heard) == 1


@ladder
async def test_hostile_octets_on_n3_cost_nothing():
    from random import Random

    random = Random(3)
    async with rig() as r:
        phone, _, teid = await r.with_session()
        good = encode(Gpdu(teid, b"\x45\0", DlPduSessionInformation(1)))
        for _ in range(3000):
            data = bytearray(good if random.random() < 0.7 else random.randbytes(random.randrange(40)))
            for _ in range(random.randrange(4)):
                if data:
                    data[random.randrange(len(data))] = random.randrange(256)
            r.gnb._site.userplane.receive([(bytes(data[: random.randrange(len(data) + 1)]), UPF)])
        await asyncio.sleep(0.1)
        phone.heard.clear()
        r.upf.send(good, GNB)
        await asyncio.sleep(0.1)
        assert phone.heard == [("packets", 1, [b"\x45\0"])]


@ladder
async def test_an_ipv6_user_plane():
    both = {
        "transportLayerAddress": transport_address_to("127.0.0.5", "2001:db8::5"),
        "gTP-TEID": b"\0\0\0\7",
    }
    async with rig(n3="2001:db8::11") as r:
        upf = r.network.datagram_port(("2001:db8::5", 2152))
        heard = []
        upf.on_datagrams(heard.extend)
        phone, ids = await r.with_context()
        transfer = setup_transfer(**{"UL-NGU-UP-TNLInformation": ("gTPTunnel", both)})
        r.amf.say(session_setup(ids, session_item(1, transfer)), 1)
        answer = await r.amf.get(m.PDUSessionResourceSetupResponse)
        (item,) = answer.pdu_session_resource_setup_list_su_res
        octets = item["pDUSessionResourceSetupResponseTransfer"]
        value = decode_transfer("PDUSessionResourceSetupResponseTransfer", octets)
        ours = gtp_tunnel_from(value["dLQosFlowPerTNLInformation"]["uPTransportLayerInformation"])
        assert ours[1:] == (None, "2001:db8::11")
        phone.connection.send_packets(1, 1, [b"\x60"])
        await asyncio.sleep(0.01)
        assert len(heard) == 1
        upf.close()

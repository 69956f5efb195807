"""Ethernet sessions through the whole network, in virtual time (TS 23.501 5.6.10.2), and what judges read."""

import asyncio

import pytest

from flows.network.test_judged import write
from judges import pycrate_ngap, tshark
from judges.network import Network, play, registered
from pilot5g.flow.link import GTPU_PORT
from pilot5g.model import PduSessionType
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.wire import gtpu, pfcp
from pilot5g.wire.nas import GsmCause

YAML = """
security: {ciphering: [NEA0]}
timers: {X-INACTIVE: 5}
data_networks:
- dnn: internet
- {dnn: lan, session_types: [ethernet], mtu: 1438}
phones: {count: 2, sessions: [{dnn: lan, type: ethernet}]}
"""
ELSEWHERE = f"n4: {{upf: external}}{YAML}"
A, B, ROUTER = (bytes((2, 0, 0, 0, 0, n)) for n in (1, 2, 3))
ALL = b"\xff" * 6


def frame(destination: bytes, source: bytes, payload: bytes = b"arp") -> bytes:
    return destination + source + b"\x08\x06" + payload.ljust(46, b"\0")


class Lan:
    """What reaches the data network and the phones, and how a host of the data network sends."""

    def __init__(self, network: Network) -> None:
        self.n6 = network.n6[1]
        self.outside: list[bytes] = []
        self.n6.send_many = self.outside.extend
        self.phones: list[list[bytes]] = []
        for unit in network.units:
            got: list[bytes] = []
            unit.sessions[0].receive_with(got.extend)
            self.phones.append(got)

    async def settled(self) -> tuple[list[bytes], list[list[bytes]]]:
        """What came to the data network and to each phone since the last look."""
        await asyncio.sleep(0.5)
        found = list(self.outside), [list(each) for each in self.phones]
        for each in (self.outside, *self.phones):
            each.clear()
        return found

    def send(self, *frames: bytes) -> None:
        self.n6._receive(list(frames))


async def talk(network: Network) -> None:
    """Stations look for each other, find each other, fall idle, are called, and move."""
    lan = Lan(network)
    one, two = (unit.sessions[0] for unit in network.units)
    assert (one.kind, one.mtu, one.ipv4, one.ipv6) == (PduSessionType.ETHERNET, 1438, None, None)
    ask, answer = frame(ALL, A), frame(A, B)
    one.send([ask])
    assert await lan.settled() == ([ask], [[], [ask]])
    two.send([answer])
    assert await lan.settled() == ([], [[answer], []])
    lan.send(frame(B, ROUTER))
    assert await lan.settled() == ([], [[], [frame(B, ROUTER)]])
    one.send([frame(ROUTER, A)])
    assert await lan.settled() == ([frame(ROUTER, A)], [[], []])
    await network.units[0].phone.until_idle()
    await asyncio.sleep(0.5)
    kept = [frame(A, ROUTER, b"%d" % n) for n in range(3)]
    lan.send(*kept)
    await network.units[0].phone.until_connected()
    assert await lan.settled() == ([], [kept, []])
    assert network.units[0].pagings == 1


@pytest.mark.parametrize("yaml", [YAML, ELSEWHERE], ids=["inside", "elsewhere"])
def test_stations_behind_phones_and_in_the_data_network(yaml):
    async def flow(network):
        async with registered(network):
            await talk(network)

    play(flow, yaml, phones=2)


class Tunnels:
    """What goes through GTP-U."""

    def __init__(self, network: Network) -> None:
        self.seen: list[gtpu.Gpdu] = []
        before = network.memory.tap

        def tap(at, source, to, stream, data):
            before(at, source, to, stream, data)
            if to[1] == GTPU_PORT:
                self.seen.append(gtpu.decode(data))

        network.memory.tap = tap

    def flows(self) -> tuple[list[int], list[int]]:
        """The QoS flows of frames up and down since the last look."""
        seen, self.seen = self.seen, []
        up = [
            each.information.qfi
            for each in seen
            if isinstance(each.information, gtpu.UlPduSessionInformation)
        ]
        down = [
            each.information.qfi
            for each in seen
            if isinstance(each.information, gtpu.DlPduSessionInformation)
        ]
        return sorted(up), sorted(down)


FLOWS = """
security: {ciphering: [NEA0]}
timers: {X-INACTIVE: 5}
data_networks:
- dnn: internet
- dnn: lan
  session_types: [ethernet]
  mtu: 1438
  flows: [{five_qi: 7, vlan: 100}, {five_qi: 5, ethertype: "0x88b8", station: "02:00:00:00:00:03"}]
phones: {count: 2, sessions: [{dnn: lan, type: ethernet}]}
"""


@pytest.mark.parametrize("n4", ["", "n4: {upf: external}\n"], ids=["inside", "elsewhere"])
def test_frames_go_by_the_flows_that_they_belong_to(n4):
    """TS 23.501 5.7.6.3: classified by the phone and by the UPF, each by what the SMF told it."""

    async def flow(network):
        async with registered(network) as (unit, _):
            lan, tunnels = Lan(network), Tunnels(network)
            vlan = ALL + A + bytes.fromhex("81000064") + b"\x08\x06" + bytes(46)
            machine = ROUTER + A + b"\x88\xb8" + bytes(46)
            for sent, qfi in ((vlan, 2), (machine, 3), (frame(ALL, A), 1)):
                unit.sessions[0].send([sent])
                found = await lan.settled()
                assert found[0] == [sent]
                assert tunnels.flows()[0] == [qfi]
            lan.send(
                ALL + ROUTER + vlan[12:],
                A + ROUTER + b"\x88\xb8" + bytes(46),
                A + B + b"\x88\xb8" + bytes(46),
            )
            await lan.settled()
            assert tunnels.flows() == ([], [1, 2, 2, 3])

    play(flow, n4 + FLOWS, phones=2)


@pytest.mark.parametrize("via", ["xn", "n2"])
def test_frames_follow_a_phone_to_another_radio(via):
    async def flow(network):
        async with registered(network) as (unit, _):
            lan = Lan(network)
            unit.sessions[0].send([frame(ALL, A)])
            await lan.settled()
            await network.side.hand_over(unit, via)
            lan.send(frame(A, ROUTER))
            unit.sessions[0].send([frame(ROUTER, A)])
            assert await lan.settled() == ([frame(ROUTER, A)], [[frame(A, ROUTER)], []])
        await asyncio.sleep(5)  # the source's connection goes a little later

    play(flow, YAML, phones=2, gnbs=2)


@pytest.mark.parametrize(
    ("dnn", "kind", "cause"),
    [
        ("lan", PduSessionType.IPV4, GsmCause.ETHERNET_ONLY_ALLOWED),
        ("lan", PduSessionType.IPV4V6, GsmCause.ETHERNET_ONLY_ALLOWED),
        ("lan", PduSessionType.UNSTRUCTURED, GsmCause.ETHERNET_ONLY_ALLOWED),
        ("internet", PduSessionType.ETHERNET, GsmCause.IPV4V6_ONLY_ALLOWED),
    ],
)
def test_who_asks_for_the_wrong_type_hears_the_right_one(dnn, kind, cause):
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        with pytest.raises(Rejected) as refused:
            await unit.phone.open_session(dnn, None, kind)
        assert refused.value.cause is cause
        assert refused.value.reason
        assert refused.value.fix
        await unit.deregister()

    play(flow, YAML, phones=1)


def said(yaml: str) -> Network:
    """A network in which stations talked."""
    kept: list[Network] = []

    async def flow(network):
        kept.append(network)
        async with registered(network):
            await talk(network)

    play(flow, yaml, phones=2)
    return kept[0]


@pytest.mark.judge
@pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev")
@pytest.mark.parametrize(("yaml", "filters"), [(YAML, []), (FLOWS, ["131", "129", "135", "130", "135"])])
def test_judges_read_what_was_said_on_n1_and_n2(tmp_path, yaml, filters):
    spoken = list(dict.fromkeys(said(yaml).sent))
    path = tmp_path / "frames.pcap"
    write(path, spoken)
    assert tshark.faults(path) == []
    kinds = tshark.fields(path, "nas_5gs.sm.pdu_session_type", only="nas_5gs.sm.pdu_session_type")
    assert {value for (line,) in kinds for value in line.split(",")} == {"5"}
    types = tshark.fields(path, "ngap.PDUSessionType", only="ngap.PDUSessionType")
    assert {value for (line,) in types for value in line.split(",")} == {"3"}
    mtu = "gsm_a.gm.sm.pco.eth_frame_payload_mtu"
    assert tshark.fields(path, mtu, only=mtu) == [["1438"]] * 2
    for octets in spoken:
        pycrate_ngap.same(octets)
    seen = tshark.fields(path, "nas_5gs.sm.pf_type", only=mtu)
    assert [line.split(",") for (line,) in seen] == [["1", *filters]] * 2


@pytest.mark.judge
@pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev")
def test_a_judge_reads_what_the_upf_is_told_of_frames(tmp_path):
    """N4: sessions of Ethernet without an address, and the filters of their flows."""
    path = tmp_path / "n4.pcap"
    tshark.written(path, said(f"n4: {{upf: external}}{FLOWS}").n4, pfcp.PORT)
    assert tshark.faults(path) == []
    asked = "pfcp.msg_type == 50"
    names = ("pfcp.pdn_type", "pfcp.ethernet_pdu_session_information.flags.ethi", "pfcp.c_tag.cvid")
    for kind, ethernet, vlan in tshark.fields(path, *names, only=asked):
        assert kind == "5"
        assert ethernet == ",".join("1" * 6)
        assert vlan == "0x0064,0x0064"
    ends = tshark.fields(path, "pfcp.mac_address.dest", "pfcp.mac_address.sour", only=asked)
    assert ends == [["020000000003", "020000000003"]] * 2
    assert tshark.fields(path, "pfcp.ue_ip_addr_ipv4", "pfcp.ue_ip_addr_ipv6", only=asked) == [["", ""]] * 2

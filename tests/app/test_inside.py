"""The data network inside the program: it answers echoes and calls back."""

import asyncio

import pytest

from pilot5g.app.config import Config
from pilot5g.app.inside import CALLBACK_PORT, ECHO_PORT, InsideNetwork
from pilot5g.flow.clock import now, run_virtual
from pilot5g.wire import ip

NETWORK = Config().data_networks[0]
PHONE4, PHONE6 = ip.pack("10.45.0.2"), ip.pack("2001:db8:45:1::2")
OWN4, OWN6 = ip.pack(NETWORK.gateway4), ip.pack(NETWORK.gateway6)


def play(flow):
    async def main():
        network, got = InsideNetwork(NETWORK), []
        network.on_packets(lambda packets: got.extend((now(), packet) for packet in packets))
        await flow(network, got)
        network.close()

    run_virtual(main())


@pytest.mark.parametrize(("phone", "own"), [(PHONE4, OWN4), (PHONE6, OWN6)])
def test_echo(phone, own):
    async def flow(network, got):
        network.send(ip.build_echo(phone, own, ip.Echo(True, 7, 1, b"hello")))
        network.send(ip.build_udp(ip.Datagram(phone, 5000, own, ECHO_PORT, b"data")))
        await asyncio.sleep(0.01)
        (_, reply), (_, datagram) = got
        assert ip.parse_echo(reply) == ip.Echo(False, 7, 1, b"hello")
        assert ip.destination(reply) == phone
        assert ip.parse_udp(datagram) == ip.Datagram(own, ECHO_PORT, phone, 5000, b"data")

    play(flow)


def test_it_calls_back_when_asked():
    async def flow(network, got):
        network.send(ip.build_udp(ip.Datagram(PHONE4, 5000, OWN4, CALLBACK_PORT, b"2000 now")))
        await asyncio.sleep(3)
        ((when, packet),) = got
        assert when == 2
        assert ip.parse_udp(packet).payload == b"2000 now"

    play(flow)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x45" + bytes(30),
        bytes(100),
        ip.build_udp(ip.Datagram(PHONE4, 1, OWN4, CALLBACK_PORT, b"forever")),
        ip.build_udp(ip.Datagram(PHONE4, 1, OWN4, CALLBACK_PORT, b"99999999")),
        ip.build_udp(ip.Datagram(PHONE4, 1, ip.pack("10.9.9.9"), ECHO_PORT, b"x")),
    ],
)
def test_what_it_does_not_answer(packet):
    async def flow(network, got):
        network.send(packet)
        await asyncio.sleep(1)
        assert got == []

    play(flow)

"""N3 of the whole network under attack: bent GTP-U, unknown tunnels, wrong inner addresses.

Nothing of it gets through, sessions go on, and a stranger is told what TS 29.281 7.3.1 asks for, and no more.
"""

import asyncio
from random import Random

import pytest

from judges.faults import DEEP, Fated, call, empty, no_bug, ping
from judges.hostile import bend
from pilot5g.flow.clock import run_virtual
from pilot5g.wire import gtpu, ip
from pilot5g.wire.errors import DecodeError

SEEDS = range(100 if DEEP else 2)
STRANGER = ("127.0.0.77", 2152)


def beset(attack, seed: int, again: int = 0) -> None:
    """`attack(network, stranger, captured, got)` while two phones have a session each, which they keep; the
    radio is asked for one `again` so many times."""

    async def main() -> None:
        network = Fated(seed=seed)
        captured: list[tuple[str, bytes]] = []
        count = network.memory.tap

        def tap(at, source, to, stream, data) -> None:
            count(at, source, to, stream, data)
            if to[1] == 2152 and STRANGER not in (source, to):
                captured.append((to[0], data))

        network.memory.tap = tap
        await network.start()
        phones = (network.phone, network.bystander)
        for phone in phones:
            await phone.register()
            await ping(network, phone)
        setups = network.counts["PDUSessionResourceSetupRequest"]
        network.memory.tap = count
        stranger = network.memory.datagram_port(STRANGER)
        got: list[bytes] = []
        stranger.on_datagrams(lambda batch: got.extend(data for data, _ in batch))
        await attack(network, stranger, captured, got)
        for phone in phones:
            await ping(network, phone, tries=1)
        assert network.counts["PDUSessionResourceSetupRequest"] == setups + again
        assert network.counts["PDUSessionResourceNotify"] == 0
        stranger.close()
        await empty(network)

    with no_bug():
        run_virtual(main())


@pytest.mark.parametrize("seed", SEEDS)
def test_bent_tunnel_packets(seed):
    """From a stranger to UPF and radios. What still is a packet of a phone may go on, all else is dropped."""

    async def attack(network: Fated, stranger, captured, got) -> None:
        chance = Random(seed)
        assert {host for host, _ in captured} == {"127.0.0.5", "127.0.0.11", "127.0.0.12"}
        for i in range(1500):
            host, data = chance.choice(captured)
            stranger.send(bend(data, chance), (host, 2152))
            if i % 100 == 0:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        kinds = {type(gtpu.decode(data)).__name__ for data in got}  # all of it can be read
        assert kinds <= {"ErrorIndication", "SupportedExtensionHeaders", "EchoResponse"}

    beset(attack, seed)


def test_random_datagrams_and_every_message_type():
    async def attack(network: Fated, stranger, captured, got) -> None:
        chance = Random(1)
        for kind in range(256):
            for flags in (0x30, 0x32, 0x34, 0x36, 0x37, 0x10, 0x50, 0xFF):
                for host in ("127.0.0.5", "127.0.0.11"):
                    body = chance.randbytes(chance.randrange(12))
                    stranger.send(bytes((flags, kind)) + body, (host, 2152))
                    head = bytes((flags, kind)) + len(body).to_bytes(2) + bytes(4)
                    stranger.send(head + body, (host, 2152))
            await asyncio.sleep(0.01)

    beset(attack, 1)


def test_unknown_tunnels_are_told_so_but_not_without_bound():
    async def attack(network: Fated, stranger, captured, got) -> None:
        for teid in range(1, 5001):
            stranger.send(gtpu.Encapsulation(teid, gtpu.UlPduSessionInformation(1))(bytes(20)), UPF)
        await asyncio.sleep(0.5)
        assert 1 <= len(got) <= 2000
        assert all(isinstance(gtpu.decode(data), gtpu.ErrorIndication) for data in got)

    beset(attack, 1)


UPF = ("127.0.0.5", 2152)


def test_inner_addresses_that_are_not_the_phones():
    """A phone sends from its own address only, whoever knows its tunnel."""

    async def attack(network: Fated, stranger, captured, got) -> None:
        uplink = next(data for host, data in captured if host == UPF[0])
        teid, _, packet = gtpu.decapsulate(uplink)
        own = ip.source(packet)
        reached: list[bytes] = []
        network.n6[0].send_many = reached.extend  # type: ignore[method-assign]
        victims = [bytes((10, 45, 0, last)) for last in range(256)] + [
            b"\x08\x08\x08\x08",
            bytes(4),
            b"\xff" * 4,
        ]
        for victim in victims:
            if victim != own:
                spoofed = ip.build_udp(ip.Datagram(victim, 9, ip.pack("10.45.0.1"), 9, b"spoofed"))
                stranger.send(gtpu.Encapsulation(teid, gtpu.UlPduSessionInformation(1))(spoofed), UPF)
        await asyncio.sleep(0.1)
        assert reached == []
        assert network.datapath.counters.dropped_spoofed == len(victims) - 1
        del network.n6[0].send_many

    beset(attack, 1)


def test_error_indications_by_strangers_cost_nobody_a_session():
    """Neither end believes a third about its tunnels; nor does one about tunnels that are not there."""

    async def attack(network: Fated, stranger, captured, got) -> None:
        for host, data in captured:
            try:
                teid, _, _ = gtpu.decapsulate(data)
            except DecodeError:
                continue
            for peer in ("127.0.0.5", "127.0.0.11", "127.0.0.12", STRANGER[0]):
                for to in ("127.0.0.5", "127.0.0.11", "127.0.0.12"):
                    if host != to:  # the tunnel's far end, as seen by the one who sends into it
                        stranger.send(gtpu.encode(gtpu.ErrorIndication(teid, peer, None)), (to, 2152))
        await asyncio.sleep(0.1)

    beset(attack, 1)


def test_a_radio_that_lost_a_tunnel_gets_it_back():
    """A real Error Indication (TS 23.527 5.3.3): the session's resources are set up again by the next packet,
    in either direction, also where the radio still had them."""

    async def attack(network: Fated, stranger, captured, got) -> None:
        phone, radio = network.phone, network.gnbs[0]
        (ue,) = radio.ues
        (tunnel,) = ue.tunnels.values()
        indication = gtpu.encode(gtpu.ErrorIndication(tunnel.downlink_teid, "127.0.0.11", None))
        for _ in range(3):
            radio._site.userplane._port.send(indication, UPF)
            await asyncio.sleep(0.1)
            call(network)
            await asyncio.sleep(0.1)
            await ping(network, phone, tries=1)
            await asyncio.sleep(0.1)
            (tunnel,) = ue.tunnels.values()
            indication = gtpu.encode(gtpu.ErrorIndication(tunnel.downlink_teid, "127.0.0.11", None))
        assert network.counts["PDUSessionResourceReleaseCommand"] == 3

    beset(attack, 1, again=3)

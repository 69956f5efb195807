"""Links in memory: order, seeds, loss, cuts and the one `on_down`, on the virtual clock."""

from __future__ import annotations

import asyncio
from functools import wraps

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.flow.clock import now, run_virtual
from pilot5g.flow.link import NGAP_PORT
from pilot5g.net.memory import MemoryNetwork

AMF = ("10.0.0.1", NGAP_PORT)
GNB = ("10.0.0.2", 0)


def virtual(test):
    """The test body is a flow in virtual time."""

    @wraps(test)
    def run(*args, **kwargs):
        return run_virtual(test(*args, **kwargs))

    return run


class User:
    """Writes down what it is told."""

    def __init__(self, echo=False):
        self.echo, self.up, self.messages, self.down, self.trace = echo, [], [], [], []

    def on_up(self, association):
        self.up.append(association)
        self.trace.append(("up", round(now(), 6)))

    def on_message(self, association, data, stream):
        self.messages.append((data, stream))
        self.trace.append((data, stream, round(now(), 6)))
        if self.echo:
            association.send(data, stream)

    def on_down(self, association, reason):
        self.down.append((association, reason))
        self.trace.append(("down", reason, round(now(), 6)))


async def pair(network, *, echo=False):
    """A listener and one association to it, up."""
    server, client = User(echo), User()
    amf, gnb = network.endpoint(), network.endpoint()
    amf.listen(AMF, server)
    association = gnb.connect(GNB, AMF, client)
    await asyncio.sleep(1)
    assert client.up == [association]
    return amf, gnb, server, client, association


@virtual
async def test_comes_up_after_two_round_trips_and_says_who_is_there():
    network = MemoryNetwork(1, delay=0.01)
    amf, gnb, server, client, association = await pair(network)
    assert client.trace == [("up", 0.04)]
    assert server.trace == [("up", 0.03)]
    assert association.peer == AMF
    assert server.up[0].peer[0] == GNB[0]
    assert association.streams == 16
    await gnb.close()
    await amf.close()


@virtual
async def test_what_is_sent_before_it_is_up_arrives_after():
    network = MemoryNetwork(1)
    server, client = User(), User()
    amf, gnb = network.endpoint(), network.endpoint()
    amf.listen(AMF, server)
    gnb.connect(GNB, AMF, client).send(b"early", 0)
    await asyncio.sleep(1)
    assert server.messages == [(b"early", 0)]
    await gnb.close()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), loss=st.sampled_from([0.0, 0.1, 0.5]), jitter=st.sampled_from([0.0, 0.05]))
def test_streams_keep_order_and_lose_nothing(seed, loss, jitter):
    async def flow():
        network = MemoryNetwork(seed, loss=loss, jitter=jitter, dead_after=60)
        _, gnb, server, _, association = await pair_slow(network)
        for i in range(300):
            association.send(i.to_bytes(2, "big"), i % 16)
        await asyncio.sleep(120)
        for stream in range(16):
            got = [int.from_bytes(data, "big") for data, on in server.messages if on == stream]
            assert got == list(range(stream, 300, 16))
        await gnb.close()

    async def pair_slow(network):
        server, client = User(), User()
        amf, gnb = network.endpoint(), network.endpoint()
        amf.listen(AMF, server)
        association = gnb.connect(GNB, AMF, client)
        await asyncio.sleep(300)
        return amf, gnb, server, client, association

    run_virtual(flow())


@virtual
async def test_jitter_reorders_across_streams_only():
    network = MemoryNetwork(3, jitter=0.05)
    _, gnb, server, _, association = await pair(network)
    for i in range(100):
        association.send(bytes([i]), i % 2)
    await asyncio.sleep(1)
    order = [data[0] for data, _ in server.messages]
    assert order != sorted(order)
    assert [i for i in order if i % 2] == list(range(1, 100, 2))
    await gnb.close()


def weather(seed):
    """A trace of associations and datagrams in bad weather."""

    async def flow():
        seen = []
        network = MemoryNetwork(
            seed, jitter=0.02, loss=0.2, duplicate=0.1, reorder=0.1, tap=lambda *event: seen.append(event)
        )
        _, gnb, _, _, association = await pair(network, echo=True)
        left, right = network.datagram_port(("10.0.0.3", 2152)), network.datagram_port(("10.0.0.4", 2152))
        right.on_datagrams(lambda batch: None)
        for i in range(100):
            association.send(bytes([i]), i % 16)
            left.send(bytes([i]), right.local)
        await asyncio.sleep(30)
        await gnb.close()
        return seen

    return run_virtual(flow())


def test_the_same_seed_gives_the_same_trace():
    assert weather(7) == weather(7)
    assert weather(7) != weather(8)


@virtual
async def test_loss_is_a_retransmission_delay():
    network = MemoryNetwork(5, delay=0.001)
    _, gnb, server, _, association = await pair(network)
    network.loss = 0.5
    start = now()
    for i in range(16):
        association.send(b"x", i)
    await asyncio.sleep(10)
    late = [entry[2] - start for entry in server.trace if entry[0] == b"x"]
    assert len(late) == 16
    assert any(delay < 0.01 for delay in late)
    assert any(delay > 0.2 for delay in late)
    network.loss = 0.0
    await gnb.close()


@virtual
async def test_close_delivers_everything_and_both_ends_are_told_once():
    network = MemoryNetwork(1, jitter=0.1)
    _, _, server, client, association = await pair(network)
    for i in range(50):
        association.send(bytes([i]), i % 16)
        server.up[0].send(bytes([i]), i % 16)
    association.close()
    association.close()
    association.send(b"too late", 0)
    await asyncio.sleep(1)
    assert len(server.messages) == len(client.messages) == 50
    assert [reason for _, reason in client.down] == ["shut down"]
    assert [reason for _, reason in server.down] == ["shut down by the peer"]
    association.send(b"much too late", 0)
    association.abort()


@virtual
async def test_both_ends_close_at_once():
    network = MemoryNetwork(1, jitter=0.1)
    _, _, server, client, association = await pair(network)
    association.send(b"a", 0)
    server.up[0].send(b"b", 0)
    association.close()
    server.up[0].close()
    await asyncio.sleep(1)
    assert (server.messages, client.messages) == ([(b"a", 0)], [(b"b", 0)])
    assert len(server.down) == len(client.down) == 1


@virtual
async def test_abort_is_at_once_but_never_inside_the_call():
    network = MemoryNetwork(1)
    _, _, server, client, association = await pair(network)
    server.up[0].send(b"lost", 0)
    association.abort()
    association.abort()
    assert client.down == []
    await asyncio.sleep(1)
    assert client.messages == []
    assert [reason for _, reason in client.down] == ["aborted here"]
    assert [reason for _, reason in server.down] == ["aborted by the peer"]


@virtual
async def test_abort_before_it_is_up():
    network = MemoryNetwork(1, delay=0.01)
    server, client = User(), User()
    amf, gnb = network.endpoint(), network.endpoint()
    amf.listen(AMF, server)
    for wait in (0.0, 0.035):
        association = gnb.connect(GNB, AMF, client)
        await asyncio.sleep(wait)
        association.abort()
        await asyncio.sleep(1)
    assert client.up == []
    assert len(client.down) == 2
    assert len(server.up) == len(server.down) == 1


@virtual
async def test_nobody_listens():
    network = MemoryNetwork(1)
    client = User()
    gnb = network.endpoint()
    association = gnb.connect(GNB, AMF, client)
    await asyncio.sleep(1)
    assert client.down == [(association, "refused: nobody listens there")]


@virtual
async def test_cut_takes_both_ends_down_and_heal_lets_them_return():
    network = MemoryNetwork(1, dead_after=2.0)
    _, gnb, server, client, association = await pair(network)
    association.send(b"lost on the way", 0)
    network.cut(GNB[0], AMF[0], noticed=0.5)
    association.send(b"lost too", 0)
    again = gnb.connect(GNB, AMF, client)
    await asyncio.sleep(3)
    assert server.messages == []
    assert [reason for _, reason in server.down] == ["the peer is unreachable"]
    assert client.down == [(association, "the peer is unreachable"), (again, "the peer does not answer")]
    network.heal(GNB[0], AMF[0])
    gnb.connect(GNB, AMF, client)
    await asyncio.sleep(1)
    assert len(server.up) == 2
    await gnb.close()


@virtual
async def test_a_crash_is_noticed_late_and_a_restart_at_once():
    network = MemoryNetwork(1, dead_after=5.0)
    server, client, again = User(), User(), User()
    amf, gnb = network.endpoint(), network.endpoint()
    amf.listen(AMF, server)
    for port in (5000, 5001):
        gnb.connect((GNB[0], port), AMF, client)
    await asyncio.sleep(1)
    gnb.crash()
    reborn = network.endpoint()
    reborn.connect((GNB[0], 5000), AMF, again)
    await asyncio.sleep(1)
    assert [reason for _, reason in server.down] == ["restarted by the peer"]
    assert [entry[0] for entry in server.trace] == ["up", "up", "down", "up"]
    await asyncio.sleep(5)
    assert [reason for _, reason in server.down][1:] == ["the peer does not answer"]
    assert client.down == []
    await reborn.close()


@virtual
async def test_addresses_are_held_once_and_given_back():
    network = MemoryNetwork(1)
    one, two = network.endpoint(), network.endpoint()
    one.listen(AMF, User())
    with pytest.raises(OSError, match="in use"):
        two.listen(AMF, User())
    await one.close()
    two.listen(AMF, User())
    port = network.datagram_port(("10.0.0.1", 2152))
    with pytest.raises(OSError, match="in use"):
        network.datagram_port(("10.0.0.1", 2152))
    port.close()
    network.datagram_port(("10.0.0.1", 2152))


@virtual
async def test_a_listener_at_any_address():
    network = MemoryNetwork(1)
    client = User()
    amf, gnb = network.endpoint(), network.endpoint()
    amf.listen(("0.0.0.0", NGAP_PORT), User())
    gnb.connect(GNB, AMF, client)
    await asyncio.sleep(1)
    assert len(client.up) == 1
    await gnb.close()


@virtual
async def test_closing_the_endpoint_ends_what_cannot_end_gracefully():
    network = MemoryNetwork(1, dead_after=1.0)
    _, gnb, _, client, _ = await pair(network)
    network.cut(GNB[0], AMF[0], noticed=1000)
    await gnb.close()
    assert [reason for _, reason in client.down] == ["aborted here"]
    network.close()


@virtual
async def test_a_stream_that_was_not_agreed_is_our_bug():
    network = MemoryNetwork(1)
    _, gnb, _, _, association = await pair(network)
    with pytest.raises(ValueError, match="stream 16 of 16"):
        association.send(b"", 16)
    await gnb.close()


@virtual
async def test_a_receiver_that_fails_costs_itself_only():
    network = MemoryNetwork(1)
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: failures.append(what["exception"]))
    _, gnb, server, _, association = await pair(network)
    server.on_message = lambda association, data, stream: (
        server.messages.append((data, stream)) or 1 // stream
    )
    for stream in (0, 1):
        association.send(b"x", stream)
    await asyncio.sleep(1)
    assert server.messages == [(b"x", 0), (b"x", 1)]
    assert [type(failure) for failure in failures] == [ZeroDivisionError]
    await gnb.close()


@virtual
async def test_datagrams_come_in_batches_and_may_be_lost_twinned_and_overtaken():
    network = MemoryNetwork(1, delay=0.001)
    left, right = network.datagram_port(("10.0.0.1", 0)), network.datagram_port(("10.0.0.2", 2152))
    batches = []
    right.on_datagrams(batches.append)
    left.send_many([(bytes([i]), right.local) for i in range(10)])
    await asyncio.sleep(1)
    assert batches == [[(bytes([i]), left.local) for i in range(10)]]
    network.loss, network.duplicate, network.reorder, network.jitter = 0.1, 0.1, 0.1, 0.001
    left.send_many([(bytes([i]), right.local) for i in range(200)])
    await asyncio.sleep(1)
    got = [data[0] for batch in batches[1:] for data, _ in batch]
    assert got != sorted(got)
    assert len(set(got)) < 200
    assert len(got) > len(set(got))
    batches.clear()
    left.send(b"", ("10.0.0.9", 1))
    network.cut("10.0.0.1", "10.0.0.2")
    left.send(b"", right.local)
    network.heal("10.0.0.1", "10.0.0.2")
    right.close()
    left.send(b"", right.local)
    right.send(b"", left.local)
    await asyncio.sleep(1)
    assert batches == []


@virtual
async def test_a_packet_pair_is_a_perfect_cable():
    network = MemoryNetwork(1, loss=0.9, jitter=1.0)
    left, right = network.packet_pair(("n6", "tun0"), delay=0.002)
    batches, back = [], []
    right.on_packets(batches.append)
    left.on_packets(back.append)
    left.send_many([bytes([i]) for i in range(100)])
    await asyncio.sleep(0.01)
    right.send(b"answer")
    await asyncio.sleep(0.01)
    assert batches == [[bytes([i]) for i in range(100)]]
    assert back == [[b"answer"]]
    assert (left.name, right.name) == ("n6", "tun0")
    right.close()
    left.send(b"nobody")
    await asyncio.sleep(0.01)
    assert len(batches) == 1


@virtual
async def test_an_answer_without_delay_does_not_starve_the_loop():
    network = MemoryNetwork(1, delay=0.0)
    _, gnb, _, client, association = await pair(network, echo=True)
    client.echo = True
    association.send(b"for ever", 0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(client.messages) > 5
    association.abort()
    await gnb.close()

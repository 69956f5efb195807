"""usrsctp over UDP on loopback: what an association promises, and how it ends."""

from __future__ import annotations

import asyncio
import errno
import random
import socket
import sys
from pathlib import Path

import msgspec
import pytest

from pilot5g.net.sctp import SctpOptions, SctpUnavailable, library, open_endpoint
from pilot5g.net.sctp import stack as stack_module
from pilot5g.net.sctp.usrsctp import UsrsctpAssociation, UsrsctpEndpoint

PEER = Path(__file__).parent / "peer.py"
HELLO = b"hello"


async def test_messages_of_all_sizes_come_back_as_they_were(bench):
    _, _, _, here, association = await bench.pair(echo=True)
    assert association.streams == 16
    assert association.peer == (bench.HOST, 38412)
    draw = random.Random(1)
    sent = [
        draw.randbytes(n)
        for n in (1, 2, 3, 4, 5, 1000, 1355, 1356, 1357, 20_000, 200_000, 300_000, 4, 500_000, 5)
    ]
    for data in sent:
        association.send(data, 5)
    await here.until(lambda: len(here.messages) == len(sent))
    assert here.messages == [(data, 5) for data in sent]


async def test_sixteen_streams_each_in_order(bench):
    _, _, there, _, association = await bench.pair()
    for i in range(3200):
        association.send(i.to_bytes(2, "big") + bytes(i % 200), i % 16)
    await there.until(lambda: len(there.messages) == 3200)
    for stream in range(16):
        got = [int.from_bytes(data[:2], "big") for data, on in there.messages if on == stream]
        assert got == list(range(stream, 3200, 16))


async def test_order_holds_with_one_percent_lost_in_both_directions(bench):
    server, client, there, _, association = await bench.pair()
    draw, lost = random.Random(3), []

    def weather(packet):
        if draw.random() < 0.01:
            lost.append(packet)
            return False
        return True

    bench.watch(server, weather)
    bench.watch(client, weather)
    for i in range(4000):
        association.send(i.to_bytes(2, "big") + bytes(400), i % 16)
        if i % 100 == 99:
            await asyncio.sleep(0)
    await there.until(lambda: len(there.messages) == 4000, 20)
    for stream in range(16):
        got = [int.from_bytes(data[:2], "big") for data, on in there.messages if on == stream]
        assert got == list(range(stream, 4000, 16))
    assert len(lost) > 5


async def test_the_wire_says_ngap(bench):
    _, client, there, _, association = await bench.pair()
    data = []
    bench.watch(client, lambda packet: data.extend(body for kind, body in bench.chunks(packet) if kind == 0))
    association.send(HELLO, 3)
    await there.until(lambda: there.messages)
    [body] = data
    assert body[1] & 3 == 3  # one whole message
    assert body[8:10] == b"\x00\x03"  # stream
    assert body[12:16] == b"\x00\x00\x00\x3c"  # TS 38.412 7: PPID 60 on the wire
    assert body[16:21] == HELLO


async def test_a_message_of_another_protocol_is_dropped_and_counted(bench, caplog):
    server, client, there, _, association = await bench.pair()
    sent = client.stack.library._sent
    sent.snd_ppid, ngap = socket.htonl(18), sent.snd_ppid
    association.send(b"s1ap", 0)
    association.send(b"s1ap", 0)
    sent.snd_ppid = ngap
    association.send(HELLO, 0)
    await there.until(lambda: there.messages)
    assert there.messages == [(HELLO, 0)]
    assert server.foreign == 2
    assert [record.getMessage() for record in caplog.records] == [
        f"127.0.0.1:{there.up[0].peer[1]} sends payload protocol 18, not NGAP's 60: dropped"
    ]


async def test_two_hundred_associations(bench):
    server, client = await bench.open(), None
    client = await bench.open(peer=server)
    there, here = bench.User(echo=True), bench.User()
    server.listen((bench.HOST, 38412), there)
    made = [client.connect((bench.HOST, 0), (bench.HOST, 38412), here) for _ in range(200)]
    await here.until(lambda: len(here.up) == 200)
    assert set(here.up) == set(made)
    for i, association in enumerate(made):
        association.send(b"%d" % i, i % 16)
    await here.until(lambda: len(here.messages) == 200)
    assert sorted(data for data, _ in here.messages) == sorted(b"%d" % i for i in range(200))
    for association in made:
        association.close()
    await here.until(lambda: len(here.down) == 200)
    await there.until(lambda: len(there.down) == 200)
    assert set(here.reasons) == {"shut down"}
    assert set(there.reasons) == {"shut down by the peer"}
    assert len(client.stack._routes) == 2  # one address each way, and no more


async def test_close_first_delivers_everything(bench):
    _, _, there, here, association = await bench.pair()
    for i in range(60):
        association.send(bytes([i]) * 100_000, i % 16)
    association.close()
    association.close()
    association.send(b"too late", 0)
    await there.until(lambda: there.down)
    await here.until(lambda: here.down)
    assert sorted(data[0] for data, _ in there.messages) == list(range(60))
    assert (here.reasons, there.reasons) == (["shut down"], ["shut down by the peer"])
    association.send(b"much too late", 0)
    association.abort()
    await asyncio.sleep(0)
    assert len(here.down) == 1


async def test_abort_is_at_once_but_never_inside_the_call(bench):
    _, _, there, here, association = await bench.pair()
    association.abort()
    association.abort()
    assert here.down == []
    await there.until(lambda: there.down)
    assert (here.reasons, there.reasons) == (["aborted here"], ["aborted by the peer"])


async def test_nobody_listens(bench):
    server = await bench.open()
    server.listen((bench.HOST, 38412), bench.User())
    client = await bench.open(peer=server)
    here = bench.User()
    association = client.connect((bench.HOST, 0), (bench.HOST, 38413), here)
    await here.until(lambda: here.down)
    assert here.down == [(association, "refused: nobody listens there")]
    assert here.up == []


async def test_nobody_answers(bench):
    client = await bench.open(msgspec.structs.replace(bench.FAST, init_attempts=2))
    client._peer_udp_port = 9  # discard
    here = bench.User()
    client.connect((bench.HOST, 0), (bench.HOST, 38412), here).send(HELLO, 0)
    await here.until(lambda: here.down)
    assert here.reasons == ["the peer does not answer"]


async def test_what_is_sent_before_it_is_up_arrives_after(bench):
    server = await bench.open()
    client = await bench.open(peer=server)
    there, here = bench.User(), bench.User()
    server.listen((bench.HOST, 38412), there)
    association = client.connect((bench.HOST, 0), (bench.HOST, 38412), here)
    for i in range(16):
        association.send(bytes([i]), i)
    await there.until(lambda: len(there.messages) == 16)
    given_up = client.connect((bench.HOST, 0), (bench.HOST, 38412), here)
    given_up.send(HELLO, 0)
    given_up.close()
    await here.until(lambda: here.down)
    assert here.down == [(given_up, "aborted here")]


async def test_more_than_the_library_takes_waits_here(bench):
    _, _, there, _, association = await bench.pair()
    for i in range(100):
        association.send(bytes([i]) * 100_000, 0)
    assert association._queue
    await there.until(lambda: len(there.messages) == 100, 10)
    assert [data[0] for data, _ in there.messages] == list(range(100))


async def test_a_peer_that_takes_nothing_is_given_up(bench):
    options = msgspec.structs.replace(bench.FAST, max_queue=50)
    server, _, _, here, association = await bench.pair(options)
    bench.watch(server, lambda packet: False)
    for _ in range(200):
        association.send(bytes(50_000), 0)
    await here.until(lambda: here.down)
    assert here.reasons == ["the peer does not take its messages"]


async def test_a_message_longer_than_any_ends_the_association(bench):
    server, client, there, here, association = await bench.pair()
    server.options = msgspec.structs.replace(server.options, max_message=300_000)
    with pytest.raises(ValueError, match="a message of 524289 octets"):
        association.send(bytes((1 << 19) + 1), 0)
    with pytest.raises(ValueError, match="a message of 0 octets"):
        association.send(b"", 0)
    with pytest.raises(ValueError, match="stream 16 of 16"):
        association.send(HELLO, 16)
    association.send(bytes(400_000), 0)
    await here.until(lambda: here.down)
    assert there.reasons == ["the peer sends a message longer than any"]
    assert there.messages == []
    assert client.options.max_message == 1 << 19


async def test_fewer_streams_are_agreed_if_the_peer_has_fewer(bench):
    server = await bench.open(msgspec.structs.replace(bench.FAST, streams=4))
    client = await bench.open(peer=server)
    there, here = bench.User(), bench.User()
    server.listen((bench.HOST, 38412), there)
    association = client.connect((bench.HOST, 0), (bench.HOST, 38412), here)
    await here.until(lambda: here.up)
    assert association.streams == 4
    with pytest.raises(ValueError, match="stream 4 of 4"):
        association.send(HELLO, 4)


async def start(*arguments):
    return await asyncio.create_subprocess_exec(
        sys.executable, str(PEER), *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )


async def end(process):
    if process.returncode is None:
        process.kill()
    await process.communicate()
    process._transport.close()


async def test_a_killed_peer_is_noticed_and_a_restarted_one_at_once(bench):
    server = await bench.open()
    there = bench.User()
    server.listen((bench.HOST, 38412), there)
    port = bench.free_udp_port()
    call = ("usrsctp-udp", bench.HOST, port, server.udp, "call", 5000, bench.HOST, 38412, 16)

    first = await start(*call)  # nobody echoes, so it stays
    await there.until(lambda: len(there.messages) == 16)
    await end(first)
    second = await start(*call)
    await there.until(lambda: len(there.messages) == 32)
    assert there.reasons == ["restarted by the peer"]
    assert len(there.up) == 2
    assert there.down[0][0] is there.up[0] is not there.up[1]
    assert there.up[1].peer == (bench.HOST, 5000)

    there.up[0].send(b"nobody", 0)
    await end(second)
    await there.until(lambda: len(there.down) == 2)
    assert there.down[1] == (there.up[1], "given up here: the peer does not answer, or broke the protocol")


async def test_heartbeats_keep_a_quiet_association_while_the_clock_ticks_slowly(bench):
    _, client, there, here, association = await bench.pair(
        msgspec.structs.replace(bench.FAST, rto_min=0.2, rto_initial=0.2, heartbeat=0.8)
    )
    heartbeats = []
    bench.watch(
        client, lambda packet: heartbeats.extend(kind for kind, _ in bench.chunks(packet) if kind == 4)
    )
    await bench.poll(lambda: client.stack._wait == stack_module._QUIET)
    await bench.poll(lambda: len(heartbeats) == 2)
    association.send(HELLO, 0)
    assert client.stack._wait == stack_module._BUSY
    await there.until(lambda: there.messages)
    assert here.down == []


async def test_the_library_is_told_of_the_time_before_it_is_given_work(bench):
    """Or its timers would start in the past, and a retransmission come too early."""
    _, client, _, _, association = await bench.pair()
    stack, loop, told = client.stack, asyncio.get_running_loop(), []
    handle = stack.library.handle_timers
    stack.library.handle_timers = lambda elapsed: told.append(elapsed) or handle(elapsed)
    while loop.time() - stack._clock < 0.003:
        pass  # no tick can come between: the loop does not run
    association.send(HELLO, 0)
    stack.library.handle_timers = handle
    [elapsed] = told
    assert elapsed >= 3


async def test_a_bug_of_ours_does_not_stop_the_clock(bench):
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: failures.append(what["exception"]))
    _, client, there, _, association = await bench.pair()
    receive = client.stack.library.receive

    def broken(of):
        client.stack.library.receive = receive
        raise ZeroDivisionError

    client.stack.library.receive = broken
    await bench.poll(lambda: failures)
    association.send(HELLO, 0)
    await there.until(lambda: there.messages)


async def test_one_port_at_two_addresses_has_two_users(bench):
    server, client = await bench.open(), None
    client = await bench.open(peer=server)
    one, two, here = bench.User(), bench.User(), bench.User()
    server.listen(("127.0.0.1", 38412), one)
    server.listen(("127.0.0.2", 38412), two)
    with pytest.raises(OSError, match="in use"):
        server.listen(("127.0.0.2", 38412), two)
    for host in ("127.0.0.2", "127.0.0.1", "127.0.0.3"):
        if host != "127.0.0.3":
            client.connect((bench.HOST, 0), (host, 38412), here).send(host.encode(), 0)
    await one.until(lambda: one.messages)
    await two.until(lambda: two.messages)
    assert (one.messages, two.messages) == ([(b"127.0.0.1", 0)], [(b"127.0.0.2", 0)])


async def test_the_port_of_another_address_is_nobodys_here(bench):
    server = await bench.open()
    client = await bench.open(peer=server)
    here, there, heartbeats = bench.User(), bench.User(), []
    server.listen(("127.0.0.1", 38412), there)
    server.listen(("127.0.0.2", 38413), there)
    client.connect((bench.HOST, 0), ("127.0.0.2", 38412), here)
    bench.watch(
        client, lambda packet: heartbeats.extend(kind for kind, _ in bench.chunks(packet) if kind == 4)
    )
    await here.until(lambda: here.down)
    assert there.up == there.down == heartbeats == []


async def test_endpoints_share_the_library_and_a_local_address(bench):
    server = await bench.open()
    there, here = bench.User(echo=True), bench.User()
    server.listen((bench.HOST, 38412), there)
    first = await bench.open(peer=server)
    second = await open_endpoint("usrsctp-udp", udp_port=first.udp, peer_udp_port=server.udp)
    bench.endpoints.append(second)
    made = [endpoint.connect((bench.HOST, 0), (bench.HOST, 38412), here) for endpoint in (first, second)]
    await here.until(lambda: len(here.up) == 2)
    await first.close()
    await first.close()
    assert here.down == [(made[0], "shut down")]
    made[1].send(HELLO, 0)
    await here.until(lambda: here.messages)
    with pytest.raises(OSError, match="closed"):
        first.connect((bench.HOST, 0), (bench.HOST, 38412), here)
    with pytest.raises(OSError, match="closed"):
        first.listen((bench.HOST, 38413), here)


async def test_what_nobody_marked_is_read_all_the_same(bench):
    """What a timer brings about may come without an upcall."""

    class Deaf(dict):
        def __setitem__(self, key, value):
            pass

    _, client, there, _, association = await bench.pair()
    client.stack._ready = Deaf()
    association.send(HELLO, 0)
    await there.until(lambda: there.messages)


async def test_who_never_came_up_is_not_told_of_to_a_listener(bench):
    server, *_ = await bench.pair()
    user, stack, key = bench.User(), server.stack, server.stack.key()
    [carrier] = server._carriers.values()
    route = stack.route(carrier, ("192.0.2.1", 9899))
    UsrsctpAssociation(server, user, route, 5000, stack.library.socket(key, bench.FAST), key).abort()
    await asyncio.sleep(0)
    assert user.down == []


async def test_addresses_of_the_past_are_forgotten(bench):
    server = await bench.open()
    client = await bench.open(peer=server)
    there, here = bench.User(), bench.User()
    server.listen((bench.HOST, 38412), there)
    for i in range(1, 80):
        client.connect((f"127.0.1.{i}", 0), (bench.HOST, 38412), here).send(HELLO, 0)
        await there.until(lambda count=i: len(there.messages) == count)
        there.up[-1].abort()
        await here.until(lambda count=i: len(here.down) == count)
    assert len(client.stack._routes) <= 64


async def test_addresses_that_are_not_to_be_had(bench):
    _, client, *_ = await bench.pair()
    with pytest.raises(OSError, match=r"192\.0\.2\.1:\d+: Cannot assign requested address"):
        client.listen(("192.0.2.1", 38412), bench.User())
    with pytest.raises(OSError, match="SCTP port 38412") as refused:
        client.connect((bench.HOST, 38412), (bench.HOST, 38412), bench.User())
    assert refused.value.errno == errno.EADDRINUSE


async def test_a_user_that_fails_costs_itself_only(bench):
    failures = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, what: failures.append(what["exception"]))
    _, _, there, _, association = await bench.pair()
    there.on_message = lambda association, data, stream: there.messages.append(data) or 1 // stream
    for stream in (0, 1):
        association.send(HELLO, stream)
    await bench.poll(lambda: len(there.messages) == 2)
    assert [type(failure) for failure in failures] == [ZeroDivisionError]


def test_a_loop_closed_with_associations_open_leaves_no_trap(bench):
    """A test or a service that crashed must not take the library from the next one."""
    held = []

    class Nobody:
        def on_up(self, association):
            held.append(association)

        def on_down(self, association, reason):
            pytest.fail("its loop is closed")

    async def crash():
        endpoint = await open_endpoint("usrsctp-udp", udp_port=0)
        endpoint.listen(("127.0.0.1", 38412), Nobody())
        [carrier] = endpoint._carriers.values()
        endpoint._peer_udp_port = carrier.socket.getsockname()[1]
        endpoint.connect(("127.0.0.1", 0), ("127.0.0.1", 38412), Nobody())
        await bench.poll(lambda: len(held) == 2)
        return endpoint

    async def again(stale):
        endpoint = await open_endpoint("usrsctp-udp", udp_port=0)
        endpoint.listen(("127.0.0.1", 38412), Nobody())
        for association in held:
            association.send(HELLO, 0)
            association.close()
        await stale.close()
        await endpoint.close()

    stale = asyncio.run(crash())
    asyncio.run(again(stale))
    assert not any(association._held for association in held)
    assert stack_module.stack().loop is None


async def test_one_loop_at_a_time(bench):
    await bench.open()

    async def other():
        with pytest.raises(RuntimeError, match="another event loop"):
            await open_endpoint("usrsctp-udp")

    await asyncio.to_thread(asyncio.run, other())
    await asyncio.get_running_loop().shutdown_default_executor()


def test_without_the_library_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(library, "NAMES", ("libnothere.so.1",))
    with pytest.raises(SctpUnavailable, match="install the Debian package libusrsctp2"):
        library.Library(lambda token, packet: None, lambda key: None)


def test_after_a_fork_it_is_not_used(monkeypatch):
    stack_module.stack()
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(SctpUnavailable, match="fork"):
        UsrsctpEndpoint(SctpOptions(), udp_port=9899)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rto_min": 3.0}, "rto_min <= rto_initial"),
        ({"streams": 0}, "streams from 1"),
        ({"mtu": 100}, "mtu from 576"),
    ],
)
def test_options_no_association_can_live_with(wrong, told):
    with pytest.raises(ValueError, match=told):
        SctpOptions(**wrong)

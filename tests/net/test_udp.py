"""UDP in batches, on loopback."""

import asyncio
import errno
import os
import socket

import pytest

from pilot5g.net import namespace as ns
from pilot5g.net import receive
from pilot5g.net.udp import BATCH, open_udp

PREFIX = f"p5gv{os.getpid()}"


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is a list
            await asyncio.sleep(0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("segmented", [True, False])
def test_datagrams_arrive_in_order_and_in_batches(host, segmented):
    async def run():
        a, b = open_udp((host, 0), segmented=segmented), open_udp((host, 0))
        batches = []
        b.on_datagrams(batches.append)
        a.send_many([(b"%d" % i, b.local) for i in range(200)])
        await until(lambda: sum(map(len, batches)) == 200)
        assert [data for batch in batches for data, _ in batch] == [b"%d" % i for i in range(200)]
        assert {sender for batch in batches for _, sender in batch} == {a.local}
        assert segmented or max(map(len, batches)) == BATCH
        assert len(batches) <= 4
        answers = []
        a.on_datagrams(answers.extend)
        b.send(b"back", a.local)
        await until(lambda: answers)
        assert answers == [(b"back", b.local)]
        a.close()
        b.close()

    asyncio.run(run())


@pytest.mark.parametrize("segmented", [True, False])
def test_a_batch_is_the_datagrams_it_was_made_of(segmented):
    """Runs of one size go out segmented: sizes and order, per receiver, are those of single sends."""
    sizes = [100] * 70 + [0, 1400, 1400, 1400, 20, 1400, 7, 7] + [60_000, 60_000] + [1] * 3
    datagrams = [bytes((n,)) * size for n, size in enumerate(sizes)]

    async def run():
        a = open_udp(("127.0.0.1", 0), segmented=segmented)
        ports = [open_udp(("127.0.0.1", 0)) for _ in range(2)]
        got = [[], []]
        for port, mine in zip(ports, got, strict=True):
            port.on_datagrams(lambda batch, mine=mine: mine.extend(data for data, _ in batch))
        a.send_many([(data, ports[n % 50 // 25].local) for n, data in enumerate(datagrams)])
        a.send_many([])
        await until(lambda: sum(map(len, got)) == len(datagrams))
        for which in (0, 1):
            assert got[which] == [data for n, data in enumerate(datagrams) if n % 50 // 25 == which]
        assert a.dropped == 0
        for port in (a, *ports):
            port.close()

    asyncio.run(run())


@pytest.mark.root
def test_what_is_longer_than_the_mtu_goes_unsegmented():
    async def run():
        a = open_udp(("10.9.0.1", 0), namespace=f"{PREFIX}-a")
        b = open_udp(("10.9.0.2", 0), namespace=f"{PREFIX}-b")
        got = []
        b.on_datagrams(lambda batch: got.extend(len(data) for data, _ in batch))
        sizes = [2000] * 3 + [1000] * 3
        a.send_many([(bytes(size), b.local) for size in sizes])
        await until(lambda: len(got) == len(sizes))
        assert got == sizes
        assert a.dropped == 0
        a.close()
        b.close()

    try:
        for end in ("a", "b"):
            ns.create(f"{PREFIX}-{end}")
        ns.connect(f"{PREFIX}-a", "link", f"{PREFIX}-b", "link", mtu=1500)
        ns.configure(f"{PREFIX}-a", "link", ["10.9.0.1/24"])
        ns.configure(f"{PREFIX}-b", "link", ["10.9.0.2/24"])
        asyncio.run(run())
    finally:
        ns.remove_all(PREFIX)


def test_a_forked_process_has_buffers_of_its_own():
    box = receive.mailbox()
    child = os.fork()
    if child == 0:
        box._octets[:4] = b"ours"
        os._exit(0)
    os.waitpid(child, 0)
    assert box._octets[:4] != b"ours"


def test_the_largest_datagram_is_whole():
    async def run():
        a, b = open_udp(("127.0.0.1", 0)), open_udp(("127.0.0.1", 0))
        got = []
        b.on_datagrams(got.extend)
        a.send(bytes(65_507), b.local)
        await until(lambda: got)
        assert len(got[0][0]) == 65_507
        a.close()
        b.close()

    asyncio.run(run())


def test_what_cannot_be_sent_is_a_drop_and_counted():
    async def run():
        port = open_udp(("127.0.0.1", 0))
        port.send(bytes(65_508), port.local)
        port.send_many([(b"", ("::1", 1)), (b"x", ("127.0.0.1", 9))])
        assert port.dropped == 2
        port.close()
        port.send(b"late", ("127.0.0.1", 9))
        assert port.dropped == 3
        port.close()

    asyncio.run(run())


def test_an_error_between_two_datagrams_loses_neither():
    """ICMP's "port unreachable" of an earlier send shows as an error of a receive."""

    async def run():
        a, b = open_udp(("127.0.0.1", 0)), open_udp(("127.0.0.1", 0))
        got = []
        a.on_datagrams(got.extend)
        vacant = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        vacant.bind(("127.0.0.1", 0))
        address = vacant.getsockname()
        vacant.close()
        a.send(b"to nobody", address)
        b.send(b"one", a.local)
        b.send(b"two", a.local)
        await until(lambda: len(got) == 2)
        assert [data for data, _ in got] == [b"one", b"two"]
        a.close()
        b.close()

    asyncio.run(run())


def test_an_address_in_use_is_an_error():
    async def run():
        port = open_udp(("127.0.0.1", 0))
        with pytest.raises(OSError) as caught:
            open_udp(port.local)
        assert caught.value.errno == errno.EADDRINUSE
        port.close()

    asyncio.run(run())

"""Messages over TCP on loopback: in order, whole, and no longer than they may be."""

import asyncio

from pilot5g.flow.clock import run_real
from pilot5g.net.tcp import LONGEST, TcpEndpoint


class User:
    def __init__(self):
        self.got, self.ups, self.downs = [], [], []
        self.heard = asyncio.Event()

    def on_up(self, association):
        self.ups.append(association)
        self.heard.set()

    def on_message(self, association, data, stream):
        self.got.append((data, stream))
        self.heard.set()

    def on_down(self, association, reason):
        self.downs.append(reason)
        self.heard.set()

    async def until(self, condition):
        while not condition():
            self.heard.clear()
            await asyncio.wait_for(self.heard.wait(), 10)


def play(flow):
    async def main():
        here, there = TcpEndpoint(), TcpEndpoint()
        server, client = User(), User()
        there.listen(("127.0.0.9", 7779), server)
        await asyncio.sleep(0)
        connection = here.connect(("127.0.0.10", 0), ("127.0.0.9", 7779), client)
        await client.until(lambda: client.ups)
        await server.until(lambda: server.ups)
        await flow(connection, client, server)
        await here.close()
        await there.close()
        await client.until(lambda: client.downs)
        await server.until(lambda: server.downs)
        await asyncio.sleep(0)

    run_real(main())


def test_messages_are_whole_and_in_order():
    async def flow(connection, client, server):
        sent = [b"", b"a", b"b" * 100_000, b"c" * 7]
        for each in sent:
            connection.send(each, 0)
        await server.until(lambda: len(server.got) == len(sent))
        assert [data for data, _ in server.got] == sent
        assert server.ups[0].peer[0] == "127.0.0.10"
        assert connection.streams == 1
        server.ups[0].send(b"back", 0)
        await client.until(lambda: client.got)

    play(flow)


def test_too_long_a_message_ends_it():
    async def flow(connection, client, server):
        connection._transport.write((LONGEST + 1).to_bytes(4))
        await client.until(lambda: client.downs)
        assert server.downs
        connection.send(b"into nowhere", 0)

    play(flow)


def test_nobody_there():
    async def main():
        endpoint, user = TcpEndpoint(), User()
        endpoint.connect(("127.0.0.10", 0), ("127.0.0.9", 7780), user)
        await user.until(lambda: user.downs)
        assert not user.ups
        await endpoint.close()

    run_real(main())

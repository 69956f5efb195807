"""A hostile neighbour, in a process of its own because what is attacked is a C library.

Throws random octets, mutated packets of a real association with a right checksum, and forged INITs at an
endpoint, then sees whether it still serves and what it has kept. Says a JSON line at the end.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import struct
import sys

from pilot5g.net.sctp import SctpOptions, open_endpoint

HOST, PORT = "127.0.0.1", 38412
OPTIONS = SctpOptions(rto_min=0.05, rto_initial=0.1, rto_max=0.2, heartbeat=0.2, max_retrans=2)


class User:
    """Echoes, and counts."""

    def __init__(self, echo):
        self.echo, self.up, self.got, self.down = echo, [], [], []

    def on_up(self, association):
        self.up.append(association)

    def on_message(self, association, data, stream):
        self.got.append(data)
        if self.echo:
            association.send(data, min(stream, association.streams - 1))

    def on_down(self, association, reason):
        assert association not in self.down, "told twice"
        self.down.append(association)


class Storm:
    """The attacked server, an honest client, and the packets they exchanged."""

    def __init__(self, server, client, seed):
        self.server, self.client = server, client
        self.there, self.here = User(True), User(False)
        self.packets = []
        self.answers = 0
        self.draw = random.Random(seed)
        server.listen((HOST, PORT), self.there)
        client._carrier(HOST)
        for carrier in (*server._carriers.values(), *client._carriers.values()):
            self.record(carrier)

    def record(self, carrier):
        send = carrier.send

        def recorded(packet, to):
            self.answers += packet[12:13] == b"\x02"  # INIT ACK
            if len(self.packets) < 300:
                self.packets.append(bytes(packet))
            if to[0] == HOST:
                send(packet, to)

        carrier.send = recorded

    async def serves(self):
        """A new association carries a message there and back."""
        association = self.client.connect((HOST, 0), (HOST, PORT), self.here)
        self.here.got.clear()
        association.send(bytes(3000), 3)
        for _ in range(200):
            if bytes(3000) in self.here.got:
                break
            await asyncio.sleep(0.01)
        else:
            return False
        for i in range(20):
            association.send(bytes([i]) * (1 + 97 * i), i % 16)
        await asyncio.sleep(0.02)
        return True

    def throw(self, packet, address):
        [carrier] = self.server._carriers.values()
        self.server.stack.touch()
        self.server.stack._feed(carrier, address, memoryview(packet))
        self.server.stack.work()

    def sealed(self, packet):
        """With the CRC32c that the library expects (RFC 9260 6.8)."""
        library = self.server.stack.library
        body = bytearray(packet)
        body[8:12] = bytes(4)
        crc = library.lib.usrsctp_crc32c(library.ffi.from_buffer(body), len(body))
        body[8:12] = struct.pack("=I", crc)
        return bytes(body)

    def mutated(self):
        packet = bytearray(self.draw.choice(self.packets))
        for _ in range(self.draw.randint(1, 4)):
            if len(packet) < 16:
                break
            at = self.draw.randrange(8 if self.draw.random() < 0.1 else 12, len(packet))
            way = self.draw.random()
            if way < 0.5:
                packet[at] = self.draw.choice((0, 1, 4, 0x7F, 0x80, 0xFF, self.draw.randrange(256)))
            elif way < 0.7:
                del packet[at : at + self.draw.randint(1, 40)]
            elif way < 0.9:
                packet[at:at] = self.draw.randbytes(self.draw.randint(1, 40))
            else:
                packet[12:12] = bytes(self.draw.choice(self.packets)[12:])
        return self.sealed(packet) if len(packet) >= 12 else bytes(packet)


def init(tag, source):
    return struct.pack("!HHII", source, PORT, 0, 0) + struct.pack(
        "!BBHIIHHI", 1, 0, 20, tag, 1 << 16, 16, 16, tag
    )


async def main(count, seed=5):
    server = await open_endpoint("usrsctp-udp", udp_port=0, options=OPTIONS)
    client = await open_endpoint("usrsctp-udp", udp_port=0, options=OPTIONS)
    storm = Storm(server, client, seed)
    [carrier] = server._carriers.values()
    client._peer_udp_port = carrier.socket.getsockname()[1]
    [other] = client._carriers.values()
    honest = (HOST, other.socket.getsockname()[1])
    assert await storm.serves()
    assert all(storm.sealed(packet) == packet for packet in storm.packets)

    draw = storm.draw
    for i in range(count):
        packet = draw.randbytes(draw.choice((0, 1, 11, 12, 15, 16, 20, 100, 1400)))
        sealed = storm.sealed(packet) if i % 2 and len(packet) >= 12 else packet
        storm.throw(sealed, ("192.0.2.1", i % 65535 + 1))
        storm.throw(storm.mutated(), honest)
        storm.throw(storm.mutated(), (f"192.0.2.{i % 250}", 9899))
        if i % 200 == 199:
            storm.packets.clear()
            assert await storm.serves()  # and new packets to mutate, of an association that lives
    after_octets = await storm.serves()

    storm.answers = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for i in range(4 * count):
        peer = f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"
        storm.throw(storm.sealed(init(draw.getrandbits(32) | 1, 1 + i % 60000)), (peer, 9899))
    answers = storm.answers
    report = {
        "unanswered": 4 * count - answers,
        "after_octets": after_octets,
        "after_flood": await storm.serves(),
        "routes": len(server.stack._routes),
        "kilobytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
    }
    await client.close()
    await server.close()
    report["told"] = [
        len(storm.here.up) <= len(storm.here.down),
        len(storm.there.up) == len(storm.there.down),
    ]
    print(json.dumps(report))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:])))

"""The other end of an association in a process of its own, to be killed, restarted or put in a namespace.

    peer.py MODE HOST UDP_PORT PEER_UDP_PORT serve SCTP_PORT
    peer.py MODE HOST UDP_PORT PEER_UDP_PORT call SCTP_PORT REMOTE_HOST REMOTE_SCTP_PORT [MESSAGES]

A server echoes until it is killed. A caller sends MESSAGES over 16 streams and ends when all are back.
What happens is said a line each on stdout.
"""

from __future__ import annotations

import asyncio
import sys

from pilot5g.net.sctp import SctpOptions, open_endpoint

OPTIONS = SctpOptions(rto_min=0.05, rto_initial=0.1, rto_max=0.2, heartbeat=0.2, max_retrans=2)


def say(*words: object) -> None:
    print(*words, flush=True)


class Echo:
    """Sends everything back."""

    def on_up(self, association):
        say("up", association.peer[0])

    def on_message(self, association, data, stream):
        association.send(data, stream)

    def on_down(self, association, reason):
        say("down", reason)


class Caller:
    """Sends numbered messages and checks that each stream brings them back in order."""

    def __init__(self, messages):
        self.messages, self.next, self.left = messages, list(range(16)), messages
        self.done = asyncio.get_running_loop().create_future()

    def on_up(self, association):
        say("up", association.peer[0])
        for i in range(self.messages):
            association.send(i.to_bytes(4, "big") * (1 + i % 300), i % 16)

    def on_message(self, association, data, stream):
        number = int.from_bytes(data[:4], "big")
        assert number == self.next[stream], (number, self.next[stream])
        assert len(data) == 4 * (1 + number % 300)
        self.next[stream] += 16
        self.left -= 1
        if not self.left:
            self.done.set_result(None)

    def on_down(self, association, reason):
        say("down", reason)


async def main(mode, host, udp_port, peer_udp_port, role, port, *rest):
    endpoint = await open_endpoint(
        mode, udp_port=int(udp_port), peer_udp_port=int(peer_udp_port), options=OPTIONS
    )
    if role == "serve":
        endpoint.listen((host, int(port)), Echo())
        say("listening")
        await asyncio.Event().wait()
    remote, remote_port, *count = rest
    caller = Caller(int(count[0]) if count else 0)
    endpoint.connect((host, int(port)), (remote, int(remote_port)), caller)
    await caller.done
    say("all back")
    await endpoint.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

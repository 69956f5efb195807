"""One UDP port for several peers with an owner each: an SMF speaks to all its UPFs from one address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pilot5g.flow.link import Address, Datagram, DatagramPort


class _Share:
    """What one peer says, as a DatagramPort of its own."""

    def __init__(self, port: DatagramPort, close: Callable[[], None]) -> None:
        self._port = port
        self._close = close
        self.receive: Callable[[list[Datagram]], None] = lambda datagrams: None

    @property
    def local(self) -> Address:
        return self._port.local

    def on_datagrams(self, receive: Callable[[list[Datagram]], None]) -> None:
        self.receive = receive

    def send(self, data: bytes, to: Address) -> None:
        self._port.send(data, to)

    def send_many(self, datagrams: Iterable[tuple[bytes, Address]], marking: int = 0) -> None:
        self._port.send_many(datagrams, marking)

    def close(self) -> None:
        self._close()


def share(port: DatagramPort, peers: Sequence[str]) -> dict[str, DatagramPort]:
    """A port for each peer, by its address. What nobody of them has sent comes to the first; `port` is closed
    with the last."""
    open_ = set(peers)

    def closer(peer: str) -> Callable[[], None]:
        def close() -> None:
            open_.discard(peer)
            if not open_:
                port.close()

        return close

    shares = {peer: _Share(port, closer(peer)) for peer in peers}
    first = shares[peers[0]]

    def receive(datagrams: list[Datagram]) -> None:
        for datagram in datagrams:
            shares.get(datagram[1][0], first).receive([datagram])

    port.on_datagrams(receive)
    return dict(shares)

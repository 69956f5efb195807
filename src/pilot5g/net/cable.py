"""A phone's cable to its radio: a veth pair beside its TUN, for programs that take packets past this process.

The phone's namespace sees a device more, without addresses: nothing is routed over it. What programs need of
a veth is set here (docs/explanation/user-plane.md): whole packets with whole checksums from the phone, which
wait where the radio's end is full, and a far end that takes redirected frames.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from pilot5g.net.namespace import DIRECTORY, inside
from pilot5g.net.netlink import Netlink
from pilot5g.net.offloads import set_offloads

QUEUE = 10_000
"""Packets that wait before a phone's end at most."""


class Cable:
    """Laid and up: `link` here with index `index`, `far` in the phone's namespace with `index` + 1."""

    def __init__(self, namespace: str, link: str, far: str, index: int, mtu: int) -> None:
        """Raises OSError."""
        self._netlink = Netlink()
        self._index = index
        descriptor = os.open(DIRECTORY / namespace, os.O_RDONLY | os.O_CLOEXEC)
        try:
            self._netlink.add_veth(link, far, descriptor, mtu, index=index, peer_index=index + 1)
            set_offloads(namespace, far, gro=True, tx_checksums=False, segments=False)
            inside(namespace, lambda: _bring_up(far, index + 1, QUEUE))
            _bring_up(link, index)
        except BaseException:
            self.remove()
            raise
        finally:
            os.close(descriptor)

    def remove(self) -> None:
        """Both ends; nothing where they went with their namespace."""
        with suppress(OSError):
            self._netlink.delete_link(self._index)
        self._netlink.close()


def _bring_up(link: str, index: int, queue: int = 0) -> None:
    settings = Path("/proc/sys/net/ipv6/conf") / link / "disable_ipv6"
    if settings.exists():
        settings.write_text("1")
    with Netlink() as netlink:
        netlink.set_link(index)
        if queue:
            netlink.add_queue(index, queue)

"""What a network device does for the kernel and should not, where programs look at its packets (ethtool).

Two matter to a data path in eBPF. Merging received packets (GRO) makes superframes that no tunnel header
fits; and a sender that leaves checksums to the device leaves them to nobody where the device is a veth and a
program takes the packet at its other end.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from ctypes import addressof, create_string_buffer

from pilot5g.net.namespace import inside

# linux/sockios.h, linux/ethtool.h
_ETHTOOL = 0x8946
_SET_GRO, _SET_TX_CHECKSUMS, _SET_TSO, _SET_GSO = 0x2C, 0x17, 0x1F, 0x24


def set_offloads(
    namespace: str | None,
    link: str,
    *,
    gro: bool | None = None,
    tx_checksums: bool | None = None,
    segments: bool | None = None,
) -> None:
    """Switch merging on receive, and leaving checksums or the cutting of segments to the device, on or off.
    Raises OSError."""
    wanted = ((_SET_GRO, gro), (_SET_TX_CHECKSUMS, tx_checksums), (_SET_TSO, segments), (_SET_GSO, segments))

    def apply() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for command, value in wanted:
                if value is not None:
                    memory = create_string_buffer(struct.pack("=II", command, value), 8)
                    request = struct.pack("=16sQ16x", link.encode(), addressof(memory))
                    fcntl.ioctl(sock, _ETHTOOL, request)

    inside(namespace, apply)

"""What an SCTP endpoint can be told, and what it raises where there is no SCTP to be had."""

from __future__ import annotations

import errno
import os
from typing import Literal

import msgspec

Mode = Literal["auto", "kernel", "usrsctp-raw", "usrsctp-udp"]
"""Where SCTP comes from and what carries it: the kernel; usrsctp over IP protocol 132; usrsctp over UDP."""

UDP_PORT = 9899
"""SCTP over UDP (RFC 6951 4)."""


class SctpUnavailable(OSError):
    """There is no SCTP of the wanted kind on this machine; the message says what to install or permit."""


class SctpOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol parameters of RFC 9260 16 and our own limits. Times are in seconds.

    A path that is silent is found dead after about (`heartbeat` + `rto_max`) * (`max_retrans` + 1), one that
    has data outstanding after the doubling retransmission timeouts, some 5 s with these values. One value
    serves Path.Max.Retrans and Association.Max.Retrans: an association here has one path, and with the
    association's alone an unreachable path would linger.
    """

    streams: int = 16
    """Outbound and inbound streams asked for in INIT."""
    rto_min: float = 0.2
    rto_initial: float = 1.0
    rto_max: float = 2.0
    heartbeat: float = 5.0
    max_retrans: int = 4
    init_attempts: int = 4
    sack_delay: float = 0.1
    mtu: int = 1400
    """The largest IP packet sent, octets."""
    max_message: int = 1 << 19
    """The largest message sent or accepted, octets; a peer that sends a larger one is aborted."""
    max_queue: int = 1 << 16
    """Messages that may wait for a peer that does not take them, before the association is given up."""

    @property
    def largest(self) -> int:
        """Octets of the longest SCTP packet: `mtu` less the headers of IPv4 and UDP."""
        return self.mtu - 28

    def __post_init__(self) -> None:
        """Raises ValueError for values no association can live with."""
        if not 0 < self.rto_min <= self.rto_initial <= self.rto_max:
            raise ValueError("expected 0 < rto_min <= rto_initial <= rto_max, for example 0.2, 1.0, 2.0")
        if not 1 <= self.streams <= 65535:
            raise ValueError("expected streams from 1 to 65535, for example 16")
        if not 576 <= self.mtu <= 65535:
            raise ValueError("expected mtu from 576 to 65535, for example 1400")


def lost(number: int) -> str:
    """Why an association is down, in plain words, from the errno of its socket."""
    return _LOST.get(number) or (os.strerror(number) if number else "lost")


_LOST = {
    errno.ECONNRESET: "aborted by the peer",
    errno.ECONNREFUSED: "refused: nobody listens there",
    errno.ETIMEDOUT: "the peer does not answer",
    errno.ECONNABORTED: "given up here: the peer does not answer, or broke the protocol",
    errno.EHOSTUNREACH: "the peer cannot be reached",
}

"""N4 on real sockets: one UDP port each for the core and for a UPF that is a process of its own."""

from __future__ import annotations

import time

import msgspec

from pilot5g.app.config import Config
from pilot5g.app.opening import opening
from pilot5g.flow.link import DatagramPort
from pilot5g.net.udp import open_udp

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900, from which PFCP counts (RFC 5905 6), to 1970."""


class N4End(msgspec.Struct, frozen=True):
    """A UDP port on N4, and when this process began, in seconds since 1900 (TS 29.244 8.2.65)."""

    port: DatagramPort
    began: int


def ntp_now() -> int:
    """Seconds since 1900, of the era that PFCP's 32 bits say."""
    return (int(time.time()) + NTP_EPOCH) & 0xFFFFFFFF  # noqa: TID251 - the peer needs the wall clock


def open_n4(config: Config, *, upf: bool = False) -> N4End:
    """The core's port, or the UPF's. Raises CannotOpen."""
    key = "upf_address" if upf else "smf_address"
    address = config.n4.upf_address if upf else config.n4.smf_address
    with opening(f"N4 at {address}, UDP port {config.n4.port}", f"n4.{key}"):
        return N4End(open_udp((address, config.n4.port)), ntp_now())

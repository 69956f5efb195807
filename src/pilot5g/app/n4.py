"""N4 on real sockets: one UDP port each for the core and for a UPF that is a process of its own.

A peer tells a process from the one before it by the second at which it began (TS 29.244 8.2.65), and by that
alone. So no two may have the same one, however fast they follow each other or wherever the clock is set to:
the last one is kept in a file beside the store, and the next is later.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from pilot5g.app.config import Config
from pilot5g.app.opening import opening
from pilot5g.flow.link import DatagramPort
from pilot5g.net.udp import open_udp

NTP_EPOCH = 2_208_988_800
"""Seconds from 1900, from which PFCP counts (RFC 5905 6), to 1970."""


class N4End(msgspec.Struct, frozen=True):
    """A UDP port on N4, and when this process began, in seconds since 1900."""

    port: DatagramPort
    began: int


ERA = 0xFFFFFFFF
"""PFCP's 32 bits of seconds; they begin anew in 2036."""


def ntp_now() -> int:
    """Seconds since 1900, of the era that PFCP's 32 bits say."""
    return (int(time.time()) + NTP_EPOCH) & ERA  # noqa: TID251 - the peer needs the wall clock


def open_n4(config: Config, *, upf: bool = False) -> N4End:
    """The core's port, or the UPF's. Raises CannotOpen."""
    key = "upf_address" if upf else "smf_address"
    address = config.n4.upf_address if upf else config.n4.smf_address
    kept = Path(f"{config.store.path}.{'upf' if upf else 'smf'}-began")
    with opening(f"the file {kept}", "store.path"):
        began = recovery(kept, ntp_now())
    with opening(f"N4 at {address}, UDP port {config.n4.port}", f"n4.{key}"):
        return N4End(open_udp((address, config.n4.port)), began)


def recovery(kept: Path, now: int) -> int:
    """The recovery time stamp of this start: now, or later than what the file has of the last one. It is
    there for good when this returns. Raises OSError."""
    try:
        last = int(kept.read_text())
    except (FileNotFoundError, ValueError):
        last = now - 1
    ahead = (last + 1 - now) & ERA
    began = (now + ahead) & ERA if ahead <= ERA >> 1 else now
    new = kept.with_name(f"{kept.name}.new")
    with new.open("w") as file:
        file.write(f"{began}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(kept)
    return began

"""Whether emulated phones' packets go past the radios' process, and the devices they then take.

`auto` takes programs in the kernel where they can be had and says so; `ebpf` insists; `userspace` does not
even look. A phone's interface is a TUN all the same: a program at it takes what it can over a cable to the
radio, and the rest comes to the process, as everything does while the phone is idle.
"""

from __future__ import annotations

import errno

from pilot5g.app.config import Config
from pilot5g.app.opening import CannotOpen
from pilot5g.datapath.air import Air, AirUnavailable, Path, open_air
from pilot5g.flow.link import TunnelEnds
from pilot5g.net.cable import Cable
from pilot5g.net.namespace import inside
from pilot5g.ran.ue.session import Session

CABLE = "5g0-air"
"""The phone's end of its cable."""

OUTER = 100
"""Octets that a cable's MTU has above the phone's."""


def open_phones_air(config: Config, place: str) -> tuple[Air | None, str]:
    """The programs, and in words how phones' packets travel. Raises CannotOpen."""
    wanted = config.phones.user_plane
    if wanted == "userspace" or not config.phones.list:
        return None, ""
    if place == "inside":
        return None, _without(wanted, "phones without namespaces have no interfaces")
    try:
        air = open_air([str(radio.n3_address) for radio in config.radios], len(config.phones.list))
    except AirUnavailable as why:
        return None, _without(wanted, str(why))
    return air, "; phones' packets in the kernel"


def _without(wanted: str, why: str) -> str:
    if wanted == "ebpf":
        text = f"phones' packets cannot be taken in the kernel (`phones.user_plane: ebpf`): {why}"
        raise CannotOpen(errno.ENOTSUP, text)
    return f"; phones' packets in this process ({why})"


class Way:
    """One phone's way past the process (`flow.link.Bypass`), with the devices it takes."""

    def __init__(self, path: Path, session: Session, namespace: str, mtu: int) -> None:
        """Beside the phone's TUN, which was made with the path's index. Raises OSError."""
        self._path = path
        self._session = session
        self._cable = Cable(namespace, f"air{path.index:x}", CABLE, path.index, mtu + OUTER)
        try:
            path.attach_at_radio()
            inside(namespace, path.attach_at_phone)
        except OSError:
            self.remove()
            raise
        session.on_address.append(lambda given: given.offer_bypass())
        session.bypass_with(self)

    def open(self, ends: TunnelEnds) -> None:
        """Take the packets of this tunnel from and to the session's addresses."""
        session = self._session
        if session.active:
            v6 = session.ipv6
            ipv4 = session.ipv4.packed if session.ipv4 is not None else b""
            self._path.open(ends, ipv4, v6.packed[:8] if v6 is not None else b"")

    def close(self) -> None:
        """Leave them to this process."""
        self._path.close()

    @property
    def last(self) -> float:
        """When it last took a packet, on the loop's clock."""
        return self._path.last

    def remove(self) -> None:
        """Take programs and cable away."""
        self._path.remove()
        self._cable.remove()

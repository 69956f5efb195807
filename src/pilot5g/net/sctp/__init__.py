"""SCTP, from wherever this machine has it: the kernel, or usrsctp over IP or UDP. One interface for all."""

from __future__ import annotations

from pilot5g.flow.link import AssociationEndpoint
from pilot5g.net.sctp.options import UDP_PORT, Mode, SctpOptions, SctpUnavailable

__all__ = ["UDP_PORT", "Mode", "SctpOptions", "SctpUnavailable", "choose", "open_endpoint"]


def choose(mode: Mode) -> Mode:
    """What `auto` means here: the kernel's SCTP, else raw IP where permitted, else UDP."""
    from pilot5g.net.sctp.carrier import raw_permitted
    from pilot5g.net.sctp.kernel import available

    if mode != "auto":
        return mode
    if available():
        return "kernel"
    return "usrsctp-raw" if raw_permitted() else "usrsctp-udp"


async def open_endpoint(
    mode: Mode = "auto",
    *,
    udp_port: int = UDP_PORT,
    peer_udp_port: int = UDP_PORT,
    options: SctpOptions | None = None,
) -> AssociationEndpoint:
    """A source of associations; close it when done.

    `udp_port` is our own UDP port and `peer_udp_port` that of the peers we call, where SCTP is carried over
    UDP. Endpoints of one process share the usrsctp library and may share a local address. Raises
    SctpUnavailable where the mode cannot be had.
    """
    options = options or SctpOptions()
    mode = choose(mode)
    if mode == "kernel":
        from pilot5g.net.sctp.kernel import KernelEndpoint

        return KernelEndpoint(options)
    from pilot5g.net.sctp.usrsctp import UsrsctpEndpoint

    if mode == "usrsctp-raw":
        return UsrsctpEndpoint(options)
    return UsrsctpEndpoint(options, udp_port=udp_port, peer_udp_port=peer_udp_port)

"""Where a session belongs: its ports, and the addresses and tunnels by which packets find it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from socket import AF_INET, AF_INET6, inet_pton

from pilot5g.datapath.userspace.checks import ACCESS, CORE, refused
from pilot5g.datapath.userspace.rules import N3, N6, Framed, SessionState
from pilot5g.service.n4 import Far, OuterHeader, Pdr, Session, UeAddress


def place(session: Session, n6s: Mapping[str, N6], n3s: Sequence[N3]) -> SessionState:
    """The session asleep: which ports are its own, and by which addresses it is found. Raises N4Error."""
    n6 = n6s.get(session.dnn)
    if n6 is None:
        raise refused(f"no N6 interface serves DNN {session.dnn!r}: this UPF has {', '.join(n6s) or 'none'}")
    state = SessionState(session, n6, n3s[0] if len(n3s) == 1 else port_of(session, n3s))
    known: UeAddress | None = None
    from_n6 = from_n9 = False
    for pdr in session.pdrs:
        address = pdr.ue_address
        if address is not None and address is not known:
            _set_addresses(state, address)
            known = address
        if pdr.framed_routes:
            state.framed = tuple(dict.fromkeys((*state.framed, *map(_framed, pdr.framed_routes))))
        if pdr.source == CORE:
            from_n9 = from_n9 or pdr.local_fteid is not None
            from_n6 = from_n6 or pdr.local_fteid is None
        if pdr.ethernet is not (n6.switch is not None):
            kind = "Ethernet frames" if n6.switch is not None else "IP packets"
            raise refused(f"PDR {pdr.pdr_id}: data network {session.dnn!r} carries {kind}", pdr)
    state.behind_anchor = from_n9 and not from_n6
    return state


def _framed(network: str) -> Framed:
    try:
        parsed = ipaddress.ip_network(network)
    except ValueError as error:
        raise refused(f"framed route: {error}") from error
    shift = parsed.max_prefixlen - parsed.prefixlen
    return parsed.max_prefixlen // 8, shift, int(parsed.network_address) >> shift


def teids_of(session: Session) -> list[int]:
    """The TEIDs by which packets find it."""
    teids: list[int] = []
    for pdr in session.pdrs:
        tunnel = pdr.local_fteid
        if tunnel is not None and tunnel.teid not in teids:
            teids.append(tunnel.teid)
    return teids


def forwards_back(far: Far) -> bool:
    """Does a FAR send into a tunnel towards the phone? Out of one, that is forwarding in a handover."""
    return far.outer_header is not None and far.destination != CORE


def from_phone(session: Session, teid: int) -> bool:
    """Does this tunnel bring packets of the phone? A forwarding tunnel (handover), and one from another UPF,
    bring some for it."""
    back = {far.far_id for far in session.fars if forwards_back(far)}
    return any(
        pdr.source == ACCESS and _comes_by(pdr, teid) and pdr.far_id not in back for pdr in session.pdrs
    )


def forwarded_to(session: Session, teid: int) -> set[OuterHeader]:
    """Where a tunnel that brings packets for the phone leads to; nowhere for one of the phone's own."""
    fars = {far.far_id: far for far in session.fars}
    ways = (fars[pdr.far_id] for pdr in session.pdrs if _comes_by(pdr, teid))
    return {far.outer_header for far in ways if far.outer_header is not None and forwards_back(far)}


def _comes_by(pdr: Pdr, teid: int) -> bool:
    return pdr.local_fteid is not None and pdr.local_fteid.teid == teid


def port_of(session: Session, n3s: Sequence[N3]) -> N3:
    """The port of the session's tunnels: that of its own F-TEIDs, or where a radio of the other version of IP
    takes its packets, one of that."""
    addresses = {pdr.local_fteid.address for pdr in session.pdrs if pdr.local_fteid is not None}
    outer = next((far.outer_header for far in session.fars if far.outer_header is not None), None)
    able = [n3 for n3 in n3s if outer is None or (":" in n3.address) == (":" in outer.address)] or n3s
    return next((n3 for n3 in able if n3.address in addresses), able[0])


def _set_addresses(state: SessionState, address: UeAddress) -> None:
    try:
        if address.ipv4 is not None:
            state.ipv4 = inet_pton(AF_INET, address.ipv4)
        if address.ipv6_prefix is not None:
            prefix, _, length = address.ipv6_prefix.partition("/")
            if length not in ("", "64"):
                raise ValueError(f"{address.ipv6_prefix} is no IPv6 /64")
            state.prefix = inet_pton(AF_INET6, prefix)[:8]
    except (OSError, ValueError) as error:
        raise refused(f"UE address {address.ipv4}, {address.ipv6_prefix}: {error}") from error

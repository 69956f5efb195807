"""Plans of sessions that differ in nothing but tunnels and addresses, as nearly all of a network's do.

To plan a session takes longer than all else of its installation. So the first of a kind is planned, and the
others are cast from what that came to: only the numbers of their own are put in. A kind is a session without
those numbers, all else of it, so that nothing that a plan depends on can be forgotten.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from pilot5g.datapath.ebpf.plan import Plan, addresses, plan
from pilot5g.service.n4 import Session

MOST = 1024
"""Kinds that are kept: data networks times qualities times radios."""

Kind = tuple[Any, ...]


class Plans:
    """Plans sessions, each kind of them once."""

    def __init__(self) -> None:
        self._moulds: dict[Kind, Plan] = {}

    def plan(self, session: Session, *, mtu: int, network: int = 0, left: bool = False) -> Plan:
        """As `plan.plan` does."""
        kind = _kind(session, mtu, network, left)
        mould = self._moulds.get(kind) if kind is not None else None
        if mould is not None:
            return _cast(mould, session)
        made = plan(session, mtu=mtu, network=network, left=left)
        if kind is not None and made.record.teid:
            if len(self._moulds) == MOST:
                self._moulds.clear()
            self._moulds[kind] = made
        return made


def _kind(session: Session, mtu: int, network: int, left: bool) -> Kind | None:
    """All but what is cast; None where that is not all that is the session's own."""
    pdrs, fars = session.pdrs, session.fars
    if len(pdrs) != 2 or len(fars) != 2:
        return None
    (up, down), (inward, outward) = pdrs, fars
    tunnel, where, outer = up.local_fteid, up.ue_address, outward.outer_header
    if tunnel is None or where is None or down.local_fteid is not None or not tunnel.teid:
        return None
    if up.sdf_filters or down.sdf_filters or up.framed_routes or down.framed_routes:
        return None
    if down.ue_address is not where and down.ue_address != where:
        return None
    if inward.outer_header is not None or (outer is not None and not outer.teid):
        return None
    return (
        mtu, network, left, session.dnn, session.qers, session.urrs, session.inactivity,
        replace(up, local_fteid=None, ue_address=None), replace(down, ue_address=None), inward,
        replace(outward, outer_header=None), outer and outer.address, outer and outer.port, tunnel.address,
        where.ipv4 is None, where.ipv6_prefix is None,
    )  # fmt: skip


def _cast(mould: Plan, session: Session) -> Plan:
    """Another one of the kind that `mould` is of."""
    up = session.pdrs[0]
    tunnel, where, outer = up.local_fteid, up.ue_address, session.fars[1].outer_header
    assert tunnel is not None
    assert where is not None
    ipv4, prefix = addresses(where)
    own = mould.own
    record = replace(
        own.record,
        teid=tunnel.teid,
        ipv4=ipv4 or bytes(4),
        prefix=prefix or bytes(8),
        peer_teid=outer.teid if outer is not None and own.record.peer_teid else 0,
    )
    return replace(mould, own=replace(own, record=record))

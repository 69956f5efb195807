"""What an SMF is told of the network."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilot5g.core.smf.flows import Flow
from pilot5g.flow.timer import Timers
from pilot5g.model import PduSessionType, Snssai


class DataNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """One DNN: who may use it, its address pools, what phones are told of it."""

    dnn: str
    slices: tuple[Snssai, ...] = ()
    """Slices it is offered in; empty means all."""
    ipv4_pool: str | None = None
    """`10.45.0.0/16`; its first host is the network's own."""
    ipv6_pool: str | None = None
    """`2001:db8:45::/48`; a /64 is delegated to each session, the first is the network's own."""
    dns: tuple[str, ...] = ()
    mtu: int = 1400
    report_volume: int | None = None
    """Octets after which a session's usage is reported."""
    report_seconds: int | None = None
    """The same by time."""
    """Of IP packets, or of the payload of Ethernet frames."""
    ethernet: bool = False
    """Whether it carries Ethernet frames, and so has no addresses to give (TS 23.501 5.6.10.2)."""
    flows: tuple[Flow, ...] = ()
    """Of Ethernet: the QoS flows of its sessions beside the default one."""

    @property
    def types(self) -> tuple[PduSessionType, ...]:
        """The session types that are possible: Ethernet, or those that the pools have addresses for."""
        if self.ethernet:
            return (PduSessionType.ETHERNET,)
        if self.ipv4_pool and self.ipv6_pool:
            return (PduSessionType.IPV4V6, PduSessionType.IPV4, PduSessionType.IPV6)
        return (PduSessionType.IPV4,) if self.ipv4_pool else (PduSessionType.IPV6,)

    def serves(self, snssai: Snssai) -> bool:
        """Whether the slice may use this data network."""
        return not self.slices or snssai.canonical in {own.canonical for own in self.slices}


class SmfConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One SMF."""

    instance_id: str = "smf-1"
    data_networks: tuple[DataNetwork, ...]
    timers: Timers
    dscp: Mapping[int, int] = {}
    """Transport level marking by 5QI (TS 23.501 5.7.1.6); 0 for a 5QI that is not here."""

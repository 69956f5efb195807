"""Who may send to N3: radios and other UPFs by their networks, where the operator has named them.

GTP-U has no protection of its own: who reaches N3 and knows or guesses a TEID is in somebody's session.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from pilot5g.flow.link import Datagram
from pilot5g.service.datapath import Counters

REMEMBERED = 4096
"""Addresses of which the answer is kept; a stranger may make up any number of them."""

Network = IPv4Network | IPv6Network


class Sources:
    """The networks, and what is known of single addresses."""

    def __init__(self, networks: Iterable[str]) -> None:
        """Raises ValueError for what is no network."""
        self._networks = tuple(ip_network(each) for each in networks)
        self._known: dict[str, bool] = {}

    def admits(self, address: str) -> bool:
        """Whether one of them has it."""
        known = self._known.get(address)
        if known is None:
            value = ip_address(address)
            known = any(value in network for network in self._networks)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[address] = known
        return known

    def of(self, datagrams: list[Datagram], counters: Counters) -> list[Datagram]:
        """Those that come from there; the others are counted."""
        admitted = [each for each in datagrams if self.admits(each[1][0])]
        counters.dropped_unknown_source += len(datagrams) - len(admitted)
        return admitted

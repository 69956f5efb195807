"""Routes to the networks behind phones, for as long as a session has them (TS 23.501 5.6.14).

What comes for a framed route has to reach the data path first: by the interface of the session's data
network, to which the kernel is told to route it. The UPF is where that is known, so this stands between it
and its data path, whichever that is. A route belongs to the session that was given it last.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Collection, Mapping
from typing import Protocol

from pilot5g.service.datapath import Counters, Datapath, DatapathReports
from pilot5g.service.n4 import Cause, N4Error, Session, Usage

log = logging.getLogger(__name__)


class RoutedPort(Protocol):
    """The interface of a data network, as it is routed to."""

    @property
    def name(self) -> str: ...
    def add_route(self, network: str) -> None: ...
    def delete_route(self, network: str) -> None: ...
    def routes(self) -> list[str]: ...


Route = tuple[str, str]
"""DNN and network."""


class RoutedDatapath:
    """service.datapath.Datapath over another one, with routes to what is behind the phones."""

    def __init__(self, datapath: Datapath, ports: Mapping[str, RoutedPort]) -> None:
        """`ports`: the interface of each data network."""
        self._datapath = datapath
        self._ports = ports
        self._routes: dict[int, frozenset[Route]] = {}
        """By SEID, of the few sessions that have any."""
        self._holders: dict[Route, int] = {}

    def attach(self, reports: DatapathReports) -> None:
        """See service.datapath.Datapath.attach."""
        self._datapath.attach(reports)

    @property
    def counters(self) -> Counters:
        return self._datapath.counters

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.install; N4Error too where the kernel refuses a route."""
        before = self._routes.get(session.seid, _NONE)
        wanted = _routes(session)
        self._add(session.seid, wanted - before)
        try:
            ended = self._datapath.install(session, end_markers, reinstalled)
        except N4Error:
            self._remove(session.seid, wanted - before)
            raise
        if wanted is before:
            return ended
        self._remove(session.seid, before - wanted)
        if wanted:
            self._routes[session.seid] = wanted
        else:
            del self._routes[session.seid]
        return ended

    def query(self, seid: int, urr_ids: Collection[int]) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.query."""
        return self._datapath.query(seid, urr_ids)

    def remove(self, seid: int) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.remove."""
        if seid in self._routes:
            self._remove(seid, self._routes.pop(seid))
        return self._datapath.remove(seid)

    def close(self) -> None:
        """Stop; the interfaces go, and with them their routes."""
        self._datapath.close()

    def sweep(self) -> None:
        """Take away the routes that a process before left and no session has now."""
        for dnn, port in self._ports.items():
            for network in port.routes():
                if (dnn, network) not in self._holders:
                    port.delete_route(network)

    def _add(self, seid: int, routes: frozenset[Route]) -> None:
        added: set[Route] = set()
        for dnn, network in routes:
            try:
                self._ports[dnn].add_route(network)
            except (OSError, KeyError) as error:
                self._remove(seid, frozenset(added))
                raise N4Error(Cause.RULE_CREATION_FAILURE, f"framed route {network}: {error}") from error
            added.add((dnn, network))
            self._holders[dnn, network] = seid

    def _remove(self, seid: int, routes: frozenset[Route]) -> None:
        for dnn, network in routes:
            if self._holders.get((dnn, network)) != seid:
                continue
            del self._holders[dnn, network]
            try:
                self._ports[dnn].delete_route(network)
            except OSError as error:
                if error.errno != errno.ESRCH:
                    log.warning("framed route %s: %s", network, error)


_NONE: frozenset[Route] = frozenset()


def _routes(session: Session) -> frozenset[Route]:
    for pdr in session.pdrs:
        if pdr.framed_routes:
            every = (network for each in session.pdrs for network in each.framed_routes)
            return frozenset((session.dnn, network) for network in every)
    return _NONE

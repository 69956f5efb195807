"""Further associations to an AMF, as it names them in AMF CONFIGURATION UPDATE (TS 38.413 8.7.3).

A new one begins with a RAN CONFIGURATION UPDATE that says whose it is (8.7.2.2); once all that were named are
up, or are known not to come, the AMF's message is answered. One that is lost is tried again, as the first is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from pilot5g.flow.link import Address, Association, AssociationEndpoint
from pilot5g.flow.timer import Alarm
from pilot5g.ran.gnb.bearers import NO_TRANSPORT
from pilot5g.ran.gnb.ng import Ng, Tnla
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.values import gnb_id_to, transport_address_from

Told = Callable[[list[Any], list[Any]], None]
"""Hears which of the named addresses have an association now, and which failed, as NGAP has them."""


class Wanted(msgspec.Struct):
    """An association that the AMF named. `tnla` is there while it is up."""

    named: Any
    remote: Address
    weight: int
    for_phones: bool
    for_rest: bool
    association: Association | None = None
    tnla: Tnla | None = None


class Tnlas:
    """The further associations of one NG interface; `changed` hears that one has gone."""

    def __init__(self, ng: Ng, endpoint: AssociationEndpoint, changed: Callable[[Association], None]) -> None:
        self._ng = ng
        self._endpoint = endpoint
        self._changed = changed
        self._wanted: list[Wanted] = []
        self._pending: list[tuple[list[Wanted], list[Any], list[Any], Told]] = []
        self._retries = Alarm()
        self._user: Any = None

    def add(self, items: Iterable[dict[str, Any]], user: Any, told: Told) -> None:
        """Make associations to the addresses named. Raises DecodeError."""
        self._user = user
        begun = [self._read(item) for item in items]
        self._pending.append((list(begun), [], [], told))
        for wanted in begun:
            self._wanted.append(wanted)
            self._connect(wanted)
        self._settle(None, up=False)

    def remove(self, items: Iterable[dict[str, Any]]) -> None:
        """Those named are not wanted any more. Raises DecodeError."""
        for item in items:
            remote = self._remote(item["aMF-TNLAssociationAddress"])
            for wanted in [each for each in self._wanted if each.remote == remote]:
                self._wanted.remove(wanted)
                if wanted.association is not None:
                    wanted.association.close()

    def change(self, items: Iterable[dict[str, Any]]) -> None:
        """Other weights, or another usage, also of the first association. Raises DecodeError."""
        for item in items:
            remote = self._remote(item["aMF-TNLAssociationAddress"])
            for tnla in (each for each in self._ng.tnlas if each.remote == remote):
                tnla.weight = item.get("tNLAddressWeightFactor", tnla.weight)
                tnla.for_phones, tnla.for_rest = _usage(item, (tnla.for_phones, tnla.for_rest))

    def on_up(self, association: Association) -> bool:
        """Whether it is one of these that is there now."""
        wanted = self._of(association)
        if wanted is None:
            return False
        wanted.tnla = Tnla(association, wanted.remote, wanted.weight, wanted.for_phones, wanted.for_rest)
        self._ng.tnlas.append(wanted.tnla)
        whose = gnb_id_to(self._ng.site.config.identity)
        self._ng.send_by(association, m.RANConfigurationUpdate(global_ran_node_id=whose), 0)
        self._settle(wanted, up=True)
        return True

    def on_down(self, association: Association) -> bool:
        """Whether it is one of these that has gone, or has not come about."""
        wanted = self._of(association)
        if wanted is None:
            return False
        self._ng.tnlas = [each for each in self._ng.tnlas if each.association is not association]
        wanted.association = wanted.tnla = None
        self._settle(wanted, up=False)
        self._changed(association)
        self._retries.start(self._ng.site.config.backoff_last, self._again)
        return True

    def close(self) -> None:
        """NG is gone, and these with it."""
        self._retries.stop()
        self._pending.clear()
        wanted, self._wanted = self._wanted, []
        for each in wanted:
            if each.association is not None:
                each.association.close()

    def _again(self) -> None:
        for wanted in self._wanted:
            if wanted.association is None:
                self._connect(wanted)

    def _connect(self, wanted: Wanted) -> None:
        try:
            local = self._ng.site.config.n2
            wanted.association = self._endpoint.connect(local, wanted.remote, self._user)
        except OSError:
            self._settle(wanted, up=False)

    def _of(self, association: Association) -> Wanted | None:
        return next((each for each in self._wanted if each.association is association), None)

    def _settle(self, wanted: Wanted | None, *, up: bool) -> None:
        """What becomes of one is clear; answer where that was the last."""
        for pending in tuple(self._pending):
            waiting, done, failed, told = pending
            if wanted is not None and wanted in waiting:
                waiting.remove(wanted)
                if up:
                    done.append({"aMF-TNLAssociationAddress": wanted.named})
                else:
                    failed.append({"tNLAssociationAddress": wanted.named, "cause": NO_TRANSPORT})
            if not waiting:
                self._pending.remove(pending)
                told(done, failed)

    def _read(self, item: dict[str, Any]) -> Wanted:
        named = item["aMF-TNLAssociationAddress"]
        for_phones, for_rest = _usage(item, (True, True))
        return Wanted(named, self._remote(named), item["tNLAddressWeightFactor"], for_phones, for_rest)

    def _remote(self, named: tuple[str, Any]) -> Address:
        """Where that is: the port is that of the AMF's first association."""
        kind, value = named
        if kind != "endpointIPAddress":
            raise DecodeError(f"a TNL association address of kind {kind}")
        ipv4, ipv6 = transport_address_from(value)
        return (ipv4 or ipv6 or "", self._ng.remote[1])


def _usage(item: dict[str, Any], before: tuple[bool, bool]) -> tuple[bool, bool]:
    """TNL Association Usage (TS 38.413 9.3.2.9): for phones' signalling, for the rest."""
    known = {"ue": (True, False), "non-ue": (False, True), "both": (True, True)}
    return known.get(item.get("tNLAssociationUsage", ""), before)

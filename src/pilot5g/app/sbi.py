"""The core's end of the links to AMFs that are processes of their own.

Every such AMF connects here and says which one it is; only a configured one is let in, and only from its
configured address. Over its link it has the functions of the core, and the core has the AMF; AMFs reach each
other through the core, which is their service communication proxy (TS 23.501 6.2.19).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Association
from pilot5g.flow.tasks import Tasks
from pilot5g.service.n14 import N14
from pilot5g.service.namf import Namf
from pilot5g.service.remote import Link, Offered, far
from pilot5g.service.remote.link import Hello, decode
from pilot5g.wire.errors import DecodeError

ONE = ""
"""The name of a function of which there is one."""


class Sbi:
    """See the module; an `AssociationUser`. `offered` is what the AMFs may call."""

    def __init__(self, addresses: Mapping[str, str], offered: Offered, journal: Journal) -> None:
        """`addresses` are the AMFs elsewhere and where each of them is."""
        self._addresses = dict(addresses)
        self._journal = journal
        self._tasks = Tasks()
        self._by: dict[Association, Link | None] = {}
        """Associations, with the link where it is known whose each is."""
        self.links = {name: Link(name, offered, self._tasks) for name in addresses}
        for link in self.links.values():
            link.call_back = _calling_back(link)
            offered.add(N14, link.name, self.n14(link.name))

    def n14(self, name: str) -> N14:
        """An AMF elsewhere, for other AMFs."""
        return far(N14, self.links[name], name)

    def namf(self, name: str) -> Namf:
        """The same for SMFs."""
        return far(Namf, self.links[name], name)

    def __iter__(self) -> Iterable[str]:
        return iter(self.links)

    async def close(self) -> None:
        """Let go of everybody."""
        for association in list(self._by):
            association.close()
        await self._tasks.close()

    # -- AssociationUser

    def on_up(self, association: Association) -> None:
        """Somebody is there."""
        self._by[association] = None

    def on_message(self, association: Association, data: bytes, stream: int) -> None:
        """A frame; the first says whose."""
        if association not in self._by:
            return
        link = self._by[association]
        try:
            frame = decode(data)
            if link is not None:
                link.receive(frame)
            elif isinstance(frame, Hello):
                self._greet(association, frame.name)
            else:
                raise DecodeError("it did not say who it is")
        except DecodeError as wrong:
            self._turn_away(association, str(wrong))

    def on_down(self, association: Association, reason: str) -> None:
        """It has gone."""
        link = self._by.pop(association, None)
        if link is not None:
            link.detach(association, reason)
            self._journal.note(link.name, f"is gone: {reason}")

    def _greet(self, association: Association, name: str) -> None:
        link = self.links.get(name)
        if link is None or self._addresses[name] != association.peer[0]:
            raise DecodeError(f"there is to be no AMF {name!r} there")
        self._by[association] = link
        link.attach(association)
        self._journal.note(name, f"is there, at {association.peer[0]}")

    def _turn_away(self, association: Association, why: str) -> None:
        self._journal.refuse(
            association.peer[0],
            "a connection of an AMF",
            cause="",
            reason=why,
            fix="give it under `amfs`, with `process: own` and its `sbi_address`",
        )
        self._by.pop(association, None)
        association.abort()


def _calling_back(link: Link) -> Any:
    return lambda interface: far(interface, link, link.name)

"""A gNB's UE-associated connections by its own identity of them (TS 38.413 9.3.3.2); by that of its AMFs
they are in `ng`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilot5g.ran.gnb.ue import Ue

LAST_ID = 0xFFFFFFFF


class Ues:
    """The UEs connected now."""

    __slots__ = ("_by_ran", "_last")

    def __init__(self) -> None:
        self._by_ran: dict[int, Ue] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._by_ran)

    def __iter__(self) -> Iterator[Ue]:
        return iter(list(self._by_ran.values()))

    def new_id(self) -> int:
        """A RAN UE NGAP ID that is not in use, and not reused soon (TS 38.413 10.6)."""
        while True:
            self._last = self._last + 1 if self._last < LAST_ID else 1
            if self._last not in self._by_ran:
                return self._last

    def add(self, ue: Ue) -> None:
        """A new connection."""
        self._by_ran[ue.context.ran_ue_ngap_id] = ue

    def remove(self, ue: Ue) -> None:
        """The connection is no more; removing it twice does no harm."""
        context = ue.context
        if self._by_ran.get(context.ran_ue_ngap_id) is ue:
            del self._by_ran[context.ran_ue_ngap_id]
        ue.ng.unname(ue)

    def by_ran(self, identity: int | None) -> Ue | None:
        """The UE with this RAN UE NGAP ID."""
        return None if identity is None else self._by_ran.get(identity)

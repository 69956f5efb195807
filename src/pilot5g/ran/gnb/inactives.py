"""Phones of one gNB in RRC_INACTIVE, and those that come here from another gNB's (TS 38.300 9.2.2).

A phone is known by its I-RNTI, which leads other gNBs to the one that has its context (TS 38.300 annex C).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pilot5g.flow.entropy import Entropy, integer
from pilot5g.ran.gnb.link import RadioLink

if TYPE_CHECKING:
    from pilot5g.ran.gnb.cell import NrCell
    from pilot5g.ran.gnb.ue import Ue

NUMBER_BITS = 16
"""Of an I-RNTI, those that the gNB chooses; its own identity comes before them."""


class Inactives:
    """See the module. `coming` are phones whose context another gNB was asked for, by the RAN UE NGAP ID that
    they are to have; `retrieve` asks."""

    def __init__(self, gnb_id: int, entropy: Entropy) -> None:
        self._prefix = gnb_id << NUMBER_BITS
        self._entropy = entropy
        self._known: dict[int, Ue] = {}
        self.coming: dict[int, tuple[RadioLink, NrCell]] = {}
        self.retrieve: Callable[[int, RadioLink, NrCell, bytes], bool] = _nowhere

    def add(self, ue: Ue) -> int:
        """A phone is suspended; its I-RNTI."""
        while True:
            i_rnti = self._prefix | integer(self._entropy, NUMBER_BITS)
            if i_rnti not in self._known:
                self._known[i_rnti] = ue
                return i_rnti

    def remove(self, i_rnti: int) -> None:
        """It is connected again, gone, or elsewhere."""
        self._known.pop(i_rnti, None)

    def __len__(self) -> int:
        return len(self._known)

    def get(self, i_rnti: int) -> Ue | None:
        """Whose context is here."""
        return self._known.get(i_rnti)


def owner(i_rnti: int) -> int:
    """The gNB that has given an I-RNTI."""
    return i_rnti >> NUMBER_BITS


def _nowhere(i_rnti: int, link: RadioLink, cell: NrCell, mac: bytes) -> bool:
    """Without Xn there is nobody to ask."""
    return False

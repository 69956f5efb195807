"""Local tunnel endpoint identifiers: unpredictable, unique, returned.

TEIDs are drawn at random, so that one seen on the wire says nothing of the others: a TEID that can be guessed
lets a neighbour on N3 inject packets into somebody's session.
"""

from __future__ import annotations

from pilot5g.flow.entropy import Entropy, integer
from pilot5g.service.n4 import Cause, N4Error

SLOTS = 1 << 17
"""TEIDs differ in so many low values as long as they can: a data path may find its sessions by those."""
DRAWS = 16
LIMIT = 1 << 24
"""More than any machine serves; beyond it random draws would begin to collide often."""


class TeidPool:
    """TEIDs in use. Zero is never given: it is GTP-U signalling's own (TS 29.281 5.1)."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self.held: set[int] = set()
        self._slots: set[int] = set()

    def take(self) -> int:
        """A fresh TEID. Raises N4Error where the pool is spent."""
        if len(self.held) >= LIMIT:
            raise N4Error(Cause.NO_RESOURCES_AVAILABLE, f"{LIMIT} tunnels are in use")
        draws = 0
        while True:
            teid = integer(self._entropy, 32)
            draws += 1
            apart = teid % SLOTS not in self._slots or draws > DRAWS
            if teid and apart and teid not in self.held:
                self.hold(teid)
                return teid

    def hold(self, teid: int) -> None:
        """Mark a TEID as used (a session restored from the store brings its own)."""
        self.held.add(teid)
        self._slots.add(teid % SLOTS)

    def give_back(self, teid: int) -> None:
        """Free a TEID; one that is not held is no error."""
        self.held.discard(teid)
        self._slots.discard(teid % SLOTS)

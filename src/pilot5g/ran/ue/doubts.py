"""Rejects that anybody may have sent: what a phone makes of them, and for how long (TS 24.501 5.3.20).

Without integrity protection a reject may come from whoever stands near with a transmitter. If the phone took
it at its word, one message would put its SIM out of use until it is switched off. So the phone leaves the
area instead, counts, and after T3247, 30 to 60 minutes, forgets what it was told; only when it was told so
too often it believes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pilot5g.flow.entropy import integer
from pilot5g.model import Plmn, Tai
from pilot5g.ran.ue.context import Substate
from pilot5g.ran.ue.rejections import REACTIONS, Forbid, Reaction
from pilot5g.wire.nas import GmmCause, RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

BELIEVED = 5
"""The implementation specific maximum of the counters: the event that is taken at its word."""
T3247 = "T3247"

ELSEWHERE = Reaction(forbid=Forbid.ROAMING_AREA, substate=Substate.LIMITED_SERVICE)
"""The area is treated as forbidden for roaming, and a cell of another one looked for."""


_NONE: Mapping[Plmn, int] = {}
"""What most phones have; never changed."""


class Doubts:
    """One phone's counters of such rejects, and what is forbidden only because of them."""

    __slots__ = ("_areas", "_networks", "_phone", "_plmns", "_sim")

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._sim = 0
        self._plmns: Mapping[Plmn, int] = _NONE
        self._areas: frozenset[Tai] = frozenset()
        self._networks: frozenset[Plmn] = frozenset()

    def reaction(self, cause: GmmCause) -> Reaction | None:
        """What to do about a cause that the network gave just now."""
        told = REACTIONS.get(cause)
        if told is None or self._phone.signalling.established:
            return told
        if not (told.usim_invalid or told.forbid is not Forbid.NOTHING):
            return told
        self._start()
        if told.usim_invalid:
            self._sim += 1
            return told if self._sim > BELIEVED else self._leave_area()
        if told.forbid is Forbid.PLMN:
            return self._of_network(told)
        self._areas |= {self._phone.tai}
        return told

    def _of_network(self, told: Reaction) -> Reaction:
        """The home network is not given up so fast, others for a while (5.3.20.2)."""
        plmn = self._phone.serving_plmn
        count = self._plmns.get(plmn, 0) + 1
        self._plmns = {**self._plmns, plmn: count}
        if count > BELIEVED:
            return told
        if plmn == self._phone.config.home_plmn:
            return self._leave_area()
        self._networks |= {plmn}
        return told

    def _leave_area(self) -> Reaction:
        self._areas |= {self._phone.tai}
        return ELSEWHERE

    def _start(self) -> None:
        phone = self._phone
        if not phone.alarms.running(T3247):
            least = phone.config.timers[T3247].seconds
            phone.alarms.start(T3247, least * (1 + integer(phone.entropy, 16) / 0xFFFF), self._over)

    def _over(self) -> None:
        """What was forbidden by rejects of doubtful origin is no longer; the phone tries again."""
        phone, context = self._phone, self._phone.context
        context.forbidden_roaming -= self._areas
        context.forbidden_regional -= self._areas
        context.forbidden_plmns -= self._networks
        self._areas, self._networks = frozenset(), frozenset()
        if context.usim_valid and not phone.registered:
            phone.search.later(RegistrationKind.INITIAL)
        phone.search.look()

    def registered(self) -> None:
        """The network took the phone, under integrity protection: nothing is held against it."""
        self._sim = 0
        if self._plmns:
            plmn = self._phone.serving_plmn
            self._plmns = {other: count for other, count in self._plmns.items() if other != plmn}

    def switched_off(self) -> None:
        """The counters are reset, and networks that are only doubtful are forbidden no longer."""
        self._phone.alarms.stop(T3247)
        self._phone.context.forbidden_plmns -= self._networks
        self._sim = 0
        self._plmns, self._areas, self._networks = _NONE, frozenset(), frozenset()

"""Network slice selection (TS 29.531, TS 23.501 5.15.5)."""

from __future__ import annotations

from collections.abc import Mapping

from pilot5g.flow.recent import Recent
from pilot5g.model import Snssai, Tai
from pilot5g.service.nnssf import RejectedCause, SliceSelection

Question = tuple[tuple[Snssai, ...], tuple[Snssai, ...], tuple[Snssai, ...], Tai]

REMEMBERED = 1 << 10
"""Answers kept: phones differ, what they ask hardly does, and phones that are given the same share it."""


class Nssf:
    """Selects among the slices each tracking area supports; SD absent and FFFFFF are one slice."""

    def __init__(self, availability: Mapping[Tai, frozenset[Snssai]]) -> None:
        self._availability = {
            tai: frozenset(snssai.canonical for snssai in slices) for tai, slices in availability.items()
        }
        self._anywhere = frozenset().union(*self._availability.values())
        self._answers: Recent[Question, SliceSelection] = Recent(REMEMBERED)

    async def select(
        self,
        requested: tuple[Snssai, ...],
        subscribed: tuple[Snssai, ...],
        default: tuple[Snssai, ...],
        tai: Tai,
    ) -> SliceSelection:
        """TS 23.501 5.15.5.2.1: what is requested, subscribed and available here; without a usable request
        the default subscribed slices."""
        question = requested, subscribed, default, tai
        answer = self._answers.get(question)
        if answer is None:
            answer = self._select(requested, subscribed, default, tai)
            self._answers.put(question, answer)
        return answer

    def _select(
        self,
        requested: tuple[Snssai, ...],
        subscribed: tuple[Snssai, ...],
        default: tuple[Snssai, ...],
        tai: Tai,
    ) -> SliceSelection:
        here = self._availability.get(tai, frozenset())
        wanted = _unique(requested)
        mine = _unique(subscribed)
        allowed = tuple(snssai for snssai in wanted if snssai in mine and snssai in here)
        rejected = tuple((snssai, self._cause(snssai, mine)) for snssai in wanted if snssai not in allowed)
        if not allowed:
            allowed = tuple(snssai for snssai in _unique(default) if snssai in here)
        configured = tuple(snssai for snssai in mine if snssai in self._anywhere)
        return SliceSelection(allowed, configured, rejected)

    def _cause(self, snssai: Snssai, subscribed: tuple[Snssai, ...]) -> RejectedCause:
        if snssai in subscribed and snssai in self._anywhere:
            return RejectedCause.NOT_AVAILABLE_IN_REGISTRATION_AREA
        return RejectedCause.NOT_AVAILABLE_IN_PLMN


def _unique(slices: tuple[Snssai, ...]) -> tuple[Snssai, ...]:
    return tuple(dict.fromkeys(snssai.canonical for snssai in slices))

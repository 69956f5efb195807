"""Which AMF a phone's first message goes to (TS 23.501 6.3.5, TS 38.410 5.3).

The one that knows the phone, by the 5G-S-TMSI or GUAMI that it shows; where that one is gone or about to go,
its backup or another of its set, which can get the phone's context. Otherwise any that has the slices asked
for, drawn by the relative capacities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pilot5g.flow.entropy import integer
from pilot5g.model import Guami, Snssai
from pilot5g.ran.gnb.ng import Ng
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.radio import SetupRequest

MOST = 255
"""The highest relative AMF capacity (TS 38.413 9.3.1.32), also of an AMF that tells none."""


def select(site: Site, request: SetupRequest) -> Ng | None:
    """The AMF for a phone that connects; None where there is none at all."""
    serving = site.serving
    if len(serving) < 2:
        return serving[0] if serving else None
    named = _named(request)
    if named is not None:
        found = _who_knows(site, serving, named) or in_set(site, named[0])
        if found is not None:
            return found
    return _any(site, serving, request.requested_nssai)


def in_set(site: Site, set_id: int, other_than: Ng | None = None) -> Ng | None:
    """An AMF of that set."""
    able = [ng for ng in _staying(site.serving) if any(guami.amf_set == set_id for guami in _guamis(ng))]
    return _drawn(site, [ng for ng in able if ng is not other_than])


def _named(request: SetupRequest) -> tuple[int, Callable[[Guami], bool]] | None:
    """The AMF set that the phone is registered with, and which identifiers mean its AMF."""
    s_tmsi, guami = request.s_tmsi, request.registered_amf
    if s_tmsi is not None:
        return s_tmsi.amf_set, lambda each: (each.amf_set, each.pointer) == (s_tmsi.amf_set, s_tmsi.pointer)
    if guami is not None:
        return guami.amf_set, lambda each: each == guami
    return None


def _who_knows(site: Site, serving: Iterable[Ng], named: tuple[int, Callable[[Guami], bool]]) -> Ng | None:
    """The phone's own AMF, or whom that one has named to take its phones, even if it is gone itself."""
    _, is_meant = named
    own = next((ng for ng in serving if any(is_meant(guami) for guami in _guamis(ng))), None)
    if own is not None and own.amf is not None and not any(map(is_meant, own.amf.unavailable)):
        return own
    backup = next((name for guami, name in site.backups.items() if is_meant(guami)), None)
    return next((ng for ng in serving if ng.amf is not None and ng.amf.name == backup), None)


def _any(site: Site, serving: list[Ng], slices: tuple[Snssai, ...]) -> Ng | None:
    """One that has a slice that is asked for, is not about to go, and not overloaded, as far as there are."""
    wanted = {each.canonical for each in slices}
    able = _staying(serving) or serving
    able = [ng for ng in able if wanted & _slices(ng)] or able
    return _drawn(site, [ng for ng in able if ng.overload is None] or able)


def _staying(serving: Iterable[Ng]) -> list[Ng]:
    return [ng for ng in serving if ng.amf is not None and set(ng.amf.guamis) - set(ng.amf.unavailable)]


def _drawn(site: Site, able: list[Ng]) -> Ng | None:
    """By relative capacity; one of capacity 0 only where there is no other."""
    able = [ng for ng in able if _capacity(ng)] or able
    if len(able) < 2:
        return able[0] if able else None
    drawn = integer(site.entropy, 16) * sum(max(_capacity(ng), 1) for ng in able) >> 16
    for ng in able:
        drawn -= max(_capacity(ng), 1)
        if drawn < 0:
            return ng
    return able[-1]


def _capacity(ng: Ng) -> int:
    return MOST if ng.amf is None or ng.amf.capacity is None else ng.amf.capacity


def _guamis(ng: Ng) -> tuple[Guami, ...]:
    return ng.amf.guamis if ng.amf is not None else ()


def _slices(ng: Ng) -> set[Snssai]:
    offered = ng.amf.slices.values() if ng.amf is not None else ()
    return {each.canonical for slices in offered for each in slices}

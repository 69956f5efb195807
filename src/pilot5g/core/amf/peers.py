"""The other AMFs of the network: whom a temporary identity belongs to, who has radios in a tracking area."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pilot5g.model import Guami, Guti, Snssai, STmsi, Tai
from pilot5g.service.n14 import Peer


class Origin(msgspec.Struct):
    """Where a phone comes from: the AMF that gave it its identity. `taken`: its context came from there, and
    that AMF waits for the word that it may forget it. `renewed`: with a new K_AMF, which the phone has yet to
    derive."""

    peer: Peer
    identity: Guti | STmsi
    taken: bool = False
    renewed: bool = False


class Peers:
    """As the application tells. Those of the own AMF set come first."""

    def __init__(self, guami: Guami) -> None:
        self._guami = guami
        self._peers: tuple[Peer, ...] = ()

    def meet(self, peers: Iterable[Peer]) -> None:
        """These are there."""
        own = (self._guami.region, self._guami.amf_set)
        self._peers = tuple(sorted(peers, key=lambda each: (each.guami.region, each.guami.amf_set) != own))

    @property
    def known(self) -> bool:
        """Whether there are any."""
        return bool(self._peers)

    def of(self, identity: object) -> Peer | None:
        """The AMF that gave a phone this identity; a 5G-S-TMSI names no region, so the own one counts."""
        for peer in self._peers:
            guami = peer.guami
            if isinstance(identity, Guti) and identity.guami == guami:
                return peer
            if (
                isinstance(identity, STmsi)
                and (identity.amf_set, identity.pointer) == (guami.amf_set, guami.pointer)
                and guami.region == self._guami.region
            ):
                return peer
        return None

    def named(self, amf_id: str) -> Peer | None:
        """By name."""
        return next((peer for peer in self._peers if peer.amf_id == amf_id), None)

    def around(self, tai: Tai) -> tuple[Peer, ...]:
        """Those that serve a tracking area."""
        return tuple(peer for peer in self._peers if tai in peer.tais)

    def of_set(self) -> tuple[Peer, ...]:
        """Those of the own AMF set."""
        own = (self._guami.region, self._guami.amf_set)
        return tuple(each for each in self._peers if (each.guami.region, each.guami.amf_set) == own)

    def with_slice(self, slices: Iterable[Snssai]) -> Peer | None:
        """One that has any of these slices."""
        wanted = {each.canonical for each in slices}
        return next((each for each in self._peers if wanted & {own.canonical for own in each.slices}), None)

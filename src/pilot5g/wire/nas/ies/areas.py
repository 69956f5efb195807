"""Service area list: where a phone may be served, or where it may not (TS 24.501 9.11.3.49)."""

from __future__ import annotations

import msgspec

from pilot5g.model import Plmn, Tai
from pilot5g.wire.nas.ies.base import exactly
from pilot5g.wire.nas.ies.identity import decode_tai_list, encode_tai_list
from pilot5g.wire.nas.table import Ie

_WHOLE_PLMN = 3
"""The type of a partial list that means all of a PLMN."""


class ServiceAreaList(msgspec.Struct, frozen=True, kw_only=True):
    """`allowed`: these are the tracking areas with service, all others of the registration area have none;
    otherwise it is the other way round. `plmns`: all of their tracking areas."""

    allowed: bool = True
    tais: tuple[Tai, ...] = ()
    plmns: tuple[Plmn, ...] = ()

    def restricts(self, tai: Tai) -> bool:
        """Whether there is no normal service in a tracking area (5.3.5.2)."""
        listed = tai in self.tais or tai.plmn in self.plmns
        return listed is not self.allowed


def decode_service_areas(octets: bytes) -> ServiceAreaList:
    """Read partial lists; all are of the allowed type of the first. Raises ValueError."""
    if not octets:
        raise ValueError("no area")
    tais: list[Tai] = []
    plmns: list[Plmn] = []
    at = 0
    while at < len(octets):
        size = _size(octets[at])
        body = exactly(octets[at : at + size], size)
        if body[0] >> 5 & 3 == _WHOLE_PLMN:
            plmns.append(Plmn.from_octets(body[1:4]))
        else:
            tais += decode_tai_list(body)
        at += size
    if len(tais) + len(plmns) > 16:
        raise ValueError("more than 16 areas")
    return ServiceAreaList(allowed=not octets[0] & 0x80, tais=tuple(tais), plmns=tuple(plmns))


def _size(head: int) -> int:
    """The octets of a partial list, its first one included."""
    kind, count = head >> 5 & 3, (head & 31) + 1
    return 1 + {0: 3 + 3 * count, 1: 6, 2: 6 * count, _WHOLE_PLMN: 3}[kind]


def encode_service_areas(areas: ServiceAreaList) -> bytes:
    """Write the tracking areas as one partial list, and one for each whole PLMN. Raises ValueError."""
    if not 1 <= len(areas.tais) + len(areas.plmns) <= 16:
        raise ValueError(f"{len(areas.tais) + len(areas.plmns)} areas, 1 to 16 are allowed")
    bar = 0 if areas.allowed else 0x80
    parts = [bytes((_WHOLE_PLMN * 32,)) + plmn.to_octets() for plmn in areas.plmns]
    if areas.tais:
        parts.insert(0, encode_tai_list(areas.tais))
    return b"".join(bytes((part[0] | bar,)) + part[1:] for part in parts)


SERVICE_AREA_LIST: Ie[ServiceAreaList] = Ie(decode_service_areas, encode_service_areas, kept=True)

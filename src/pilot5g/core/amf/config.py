"""What an AMF is told about itself and its network. The application fills it from the configuration file."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilot5g.core.amf.admission import OverloadLimits
from pilot5g.core.amf.emergency import Emergency
from pilot5g.flow.timer import Timers
from pilot5g.model import Guami, Plmn, Snssai, Tai

MINIMUM_INTEGRITY = 1
"""NIA0 protects nothing; it is for emergency calls without a SIM only (TS 33.501 5.5.2)."""


class AmfConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One AMF.

    `slices` are the slices offered in each served PLMN, `tais` the tracking areas served. `integrity` and
    `ciphering` are algorithm numbers, the preferred one first. `area_size` bounds a registration area
    (TS 24.501 9.11.3.9: at most 16). `time_zone` is in quarters of an hour from UTC. `kept_as` is the kind of
    its contexts in the store, which AMFs of one process share.
    """

    name: str
    instance_id: str
    guami: Guami
    slices: Mapping[Plmn, tuple[Snssai, ...]]
    tais: tuple[Tai, ...]
    integrity: tuple[int, ...] = (2, 1, 3)
    ciphering: tuple[int, ...] = (2, 1, 3, 0)
    timers: Timers = msgspec.field(default_factory=Timers)
    full_name: str = ""
    short_name: str = ""
    time_zone: int | None = None
    relative_capacity: int = 255
    area_size: int = 16
    equivalent_plmns: tuple[Plmn, ...] = ()
    emergency: Emergency | None = None
    kept_as: str = "ue"
    rrc_inactive: bool = False
    """Whether radios are told what they need to keep phones in RRC_INACTIVE (TS 23.501 5.4.6.2)."""
    tnls: tuple[tuple[str, int], ...] = ()
    """Addresses of further associations, and their weights (TS 38.412 7)."""
    overload: OverloadLimits = OverloadLimits()
    horizontal_derivation: bool = False
    """Whether another AMF gets a K_AMF derived from that in use, not that itself (TS 33.501 6.9.3)."""

    def __post_init__(self) -> None:
        """Raises ValueError for what can never work."""
        if min(self.integrity, default=0) < MINIMUM_INTEGRITY:
            raise ValueError("integrity needs at least one of NIA1, NIA2, NIA3, and never NIA0")
        if not self.ciphering:
            raise ValueError("ciphering needs at least one algorithm; NEA0 is one")
        if not self.tais or not 1 <= self.area_size <= 16:
            raise ValueError("an AMF serves at least one tracking area, and 1 to 16 of them form an area")

    @property
    def plmns(self) -> tuple[Plmn, ...]:
        """The served PLMNs."""
        return tuple(self.slices)

    def area_around(self, tai: Tai) -> tuple[Tai, ...]:
        """The registration area given to a phone in `tai`: that one first, then others of its PLMN
        (TS 23.501 5.3.2.3)."""
        others = [other for other in self.tais if other != tai and other.plmn == tai.plmn]
        return (tai, *others)[: self.area_size]

"""What a gNB is configured with: who it is, what it broadcasts, where its AMF is, its timers."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilot5g.flow.link import GTPU_PORT, Address
from pilot5g.flow.timer import Timer, Timers
from pilot5g.model import Plmn, Snssai
from pilot5g.ran.radio import AccessBarring
from pilot5g.wire.ngap.values import GnbId

CELL_BITS = 36
"""The length of an NR cell identity (TS 38.413 9.3.1.7)."""

RRC_ANSWER = Timer("X-RRC", 2, 1, "a phone's answer to an RRC message of its gNB (TS 38.331)")
"""Below every timer that guards an NGAP answer of the gNB, so that a mute phone is reported in time."""


def cell_identities(gnb_id: int, bits: int, count: int) -> tuple[int, ...]:
    """NR cell identities of the first `count` cells: the gNB ID leads, the cell's number follows
    (TS 38.413 9.3.1.7)."""
    return tuple((gnb_id << (CELL_BITS - bits)) + number for number in range(1, count + 1))


class GnbConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One gNB. Raises ValueError where it contradicts itself.

    `plmns` are broadcast by every cell, the first is its own. `cells` are NR cell identities; left out,
    there are three. `slices` are what every tracking area supports. `n2` is the local SCTP address (port 0:
    any), `amf` where the AMF listens and `further_amfs` where others do, `n3` the address that UPFs are told
    for downlink; `upf_port` is where UPFs take GTP-U, which TS 29.281 4.4.2 fixes. `arfcn` is the frequency
    of its cells, `random_access` the seconds that a phone handed over needs to be heard in the new cell;
    without `xn` it has no Xn. `integrity` and `ciphering` are AS algorithms in order of preference (TS
    33.501 6.7.3). `access_control` is what every cell broadcasts of it, by access category; with
    `bars_in_overload` an AMF's overload adds to that, rather than have phones rejected. With `rrc_inactive`
    phones without traffic go to RRC_INACTIVE, not to idle. `air_delay` is what
    one way over the radio takes, in seconds. `backoff_first` and `backoff_last` bound the wait between
    attempts to reach the AMF, in seconds.
    """

    name: str
    gnb_id: int
    gnb_id_bits: int = 24
    plmns: tuple[Plmn, ...]
    tac: int
    cells: tuple[int, ...] = ()
    slices: tuple[Snssai, ...]
    n2: Address
    amf: Address
    further_amfs: tuple[Address, ...] = ()
    n3: str
    upf_port: int = GTPU_PORT
    arfcn: int = 632_628
    random_access: float = 0.0
    xn: bool = True
    integrity: tuple[int, ...] = (2, 1, 3)
    ciphering: tuple[int, ...] = (2, 1, 3, 0)
    access_control: Mapping[int, AccessBarring] = msgspec.field(default_factory=dict)
    bars_in_overload: bool = False
    rrc_inactive: bool = False
    paging_drx: int = 128
    ue_context_request: bool = True
    air_delay: float = 0.0
    backoff_first: float = 0.5
    backoff_last: float = 15.0
    rrc: Timer = RRC_ANSWER
    timers: Timers = msgspec.field(default_factory=Timers)

    def __post_init__(self) -> None:
        if not 22 <= self.gnb_id_bits <= 32 or not 0 <= self.gnb_id < 1 << self.gnb_id_bits:
            raise ValueError(
                f"{self.name}: gNB ID {self.gnb_id} does not fit {self.gnb_id_bits} of 22 to 32 bits"
            )
        if not self.plmns or not self.slices:
            raise ValueError(
                f"{self.name}: a gNB broadcasts at least one PLMN and supports at least one slice"
            )
        if self.paging_drx not in (32, 64, 128, 256):
            raise ValueError(f"{self.name}: paging DRX is 32, 64, 128 or 256 frames, not {self.paging_drx}")
        if not self.cells:
            three = cell_identities(self.gnb_id, self.gnb_id_bits, 3)
            msgspec.structs.force_setattr(self, "cells", three)
        strange = [cell for cell in self.cells if cell >> (CELL_BITS - self.gnb_id_bits) != self.gnb_id]
        if strange:
            raise ValueError(f"{self.name}: cell {strange[0]:09x} does not begin with gNB ID {self.gnb_id:x}")

    @property
    def identity(self) -> GnbId:
        """The global gNB identity (TS 38.413 9.3.1.6)."""
        return GnbId(self.plmns[0], self.gnb_id, self.gnb_id_bits)

    @property
    def inactivity(self) -> float:
        """Seconds without traffic after which a phone is sent to idle."""
        return self.timers["X-INACTIVE"].seconds

"""What the configuration says of the treatment of packets on their way."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pilot5g.app import config_values as v

DSCP = {1: 46, 2: 46, 3: 46, 4: 34, 5: 26, 6: 28, 7: 18, 8: 10}
"""DSCP by 5QI where the configuration does not say: no 3GPP specification does, and these are our own: EF
for conversations, AF41 for streams, AF31, AF32, AF21 and AF11 for the rest."""


class QosSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the packets of QoS flows are treated on the way."""

    dscp: dict[str, v.Dscp] = {}
    """By 5QI: the DSCP of the tunnel's IP header towards radios (TS 23.501 5.7.1.6), over our own defaults:
    46 for 1 to 3, 34 for 4, 26 for 5, 28 for 6, 18 for 7, 10 for 8; 0 for any other 5QI."""

    @property
    def marking(self) -> dict[int, int]:
        """The whole table."""
        return {**DSCP, **{int(five_qi): dscp for five_qi, dscp in self.dscp.items()}}


class FrameFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A QoS flow of Ethernet sessions beside the default one, and the frames that belong to it: all that it
    says has to fit."""

    five_qi: Annotated[int, v.integer(1, 254, 9)]
    vlan: Annotated[int, v.integer(0, 4094, 100)] | None = None
    """The VLAN of a C-TAG."""
    priority: Annotated[int, v.integer(0, 7, 5)] | None = None
    """The priority of a C-TAG whose frame is not to be dropped early."""
    ethertype: v.Ethertype | None = None
    station: v.Mac | None = None
    """A machine of the data network, for frames from and to it."""

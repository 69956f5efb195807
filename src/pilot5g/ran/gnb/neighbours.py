"""What radios tell each other by way of the AMF: where their Xn is, who disturbs whom (TS 38.413 8.8, 8.16).

A real radio learns of a neighbour from its phones, asks it for its Xn address through the AMF (automatic
neighbour relations, TS 38.300 15.3.3), and then sets Xn up. Between emulated radios Xn is there already: what
is learned here is for whoever looks, and what is answered for real radios on the other side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.model import Tai
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.values import (
    GnbId,
    gnb_id_from,
    gnb_id_to,
    tai_to,
    transport_address_from,
    transport_address_to,
)

if TYPE_CHECKING:
    from pilot5g.ran.gnb.ng import Ng
    from pilot5g.ran.gnb.site import Site

XN_ADDRESS = "xn-TNL-configuration-info"


class Neighbours:
    """Whom this radio has asked, or been told of. `addresses` are where their Xn is; `interference` what they
    said last of that which reaches them from far away."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.addresses: dict[GnbId, tuple[str, ...]] = {}
        self.interference: dict[GnbId, str] = {}

    # -- asked

    def ask(self, ng: Ng, neighbour: GnbId, tai: Tai) -> None:
        """UPLINK RAN CONFIGURATION TRANSFER: where is your Xn?"""
        self._transfer(ng, _node(neighbour, tai), ("sONInformationRequest", XN_ADDRESS))

    def disturbed(self, ng: Ng, neighbour: GnbId, tai: Tai, what: str, set_id: int) -> None:
        """UPLINK RIM INFORMATION TRANSFER: `rs-detected`, or `rs-disappeared`, of the reference signals of a
        set of gNBs (TS 38.401 8.14)."""
        ng.send(
            m.UplinkRIMInformationTransfer(
                rim_information_transfer={
                    "targetRANNodeID-RIM": _node(neighbour, tai),
                    "sourceRANNodeID": self._own,
                    "rIMInformation": {"targetgNBSetID": (set_id, 22), "rIM-RSDetection": what},
                }
            )
        )

    # -- told

    def configuration(self, ng: Ng, message: m.DownlinkRANConfigurationTransfer) -> None:
        """A request is answered, an answer kept. Raises DecodeError."""
        transfer = message.son_configuration_transfer_dl
        if transfer is None:
            return
        source = transfer["sourceRANNodeID"]
        neighbour = gnb_id_from(source["globalRANNodeID"])
        kind, value = transfer["sONInformation"]
        if kind == "sONInformationRequest" and value == XN_ADDRESS:
            here = {"xnTransportLayerAddresses": [transport_address_to(**_family(self._site.config.n3))]}
            self._transfer(ng, source, ("sONInformationReply", {"xnTNLConfigurationInfo": here}))
        elif kind == "sONInformationReply":
            found = value.get("xnTNLConfigurationInfo", {}).get("xnTransportLayerAddresses", ())
            told = [part for each in found for part in transport_address_from(each) if part is not None]
            self.addresses[neighbour] = tuple(told)
            self._site.note(f"was told where {neighbour} has its Xn: {', '.join(told) or 'nowhere'}")

    def interfered(self, message: m.DownlinkRIMInformationTransfer) -> None:
        """Another radio hears reference signals of this one, or no longer. Raises DecodeError."""
        transfer = message.rim_information_transfer
        if transfer is None:
            return
        neighbour = gnb_id_from(transfer["sourceRANNodeID"]["globalRANNodeID"])
        what = transfer["rIMInformation"]["rIM-RSDetection"]
        self.interference[neighbour] = what
        self._site.note(f"was told by {neighbour} of remote interference: {what}")

    def _transfer(self, ng: Ng, target: dict[str, Any], information: tuple[str, Any]) -> None:
        ng.send(
            m.UplinkRANConfigurationTransfer(
                son_configuration_transfer_ul={
                    "targetRANNodeID-SON": target,
                    "sourceRANNodeID": self._own,
                    "sONInformation": information,
                }
            )
        )

    @property
    def _own(self) -> dict[str, Any]:
        config = self._site.config
        return _node(config.identity, Tai(config.plmns[0], config.tac))


def _node(gnb: GnbId, tai: Tai) -> dict[str, Any]:
    return {"globalRANNodeID": gnb_id_to(gnb), "selectedTAI": tai_to(tai)}


def _family(address: str) -> dict[str, str]:
    return {"ipv6" if ":" in address else "ipv4": address}

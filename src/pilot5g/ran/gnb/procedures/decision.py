"""How a phone gets to another cell: within its gNB, over Xn, or through the AMF (TS 38.300 9.2.3.2)."""

from __future__ import annotations

from pilot5g.flow.procedure import Procedure
from pilot5g.ran.gnb import xn
from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.gnb.procedures.cell_change import CellChange
from pilot5g.ran.gnb.procedures.n2_departure import N2Departure
from pilot5g.ran.gnb.procedures.xn_departure import XnDeparture
from pilot5g.ran.gnb.ue import HandOver, Ue

NO_SESSION = "it has no PDU session, and a handover between gNBs needs one (TS 38.413 9.2.3.1, 9.2.3.8)"


def handover(ue: Ue, order: HandOver) -> Procedure | None:
    """The procedure; None where the order was answered on the spot."""
    target = order.target
    if target is ue.link.cell:
        order.told("")
        return None
    why = _obstacle(ue)
    if why or not isinstance(target, NrCell):
        order.told(why or "the target is no cell of an emulated gNB")
        return None
    if target.site is ue.site:
        return CellChange(ue, order, target)
    if not ue.context.sessions:
        order.told(NO_SESSION)
        return None
    node = _neighbour(ue, target)
    if order.via == "xn" and node is None:
        order.told("there is no Xn between the two gNBs, or not with the same AMF")
        return None
    origin = ue.site.node
    if node is not None and origin is not None and order.via != "n2":
        return XnDeparture(ue, order, node, origin)
    return N2Departure(ue, order, target, direct=_reachable(ue, target))


def _obstacle(ue: Ue) -> str:
    context = ue.context
    if ue.lost:
        return "the phone is out of reach"
    if context.security is None or context.guami is None or context.amf_ue_ngap_id is None:
        return "AS security is not set up (TS 38.331 5.3.5.2)"
    return ""


def _reachable(ue: Ue, target: NrCell) -> bool:
    """Whether packets can pass between the two gNBs: both have Xn."""
    return ue.site.xn is not None and ue.site.config.xn and target.site.config.xn


def _neighbour(ue: Ue, target: NrCell) -> xn.XnNode | None:
    """The target, where it has Xn and the phone's AMF: Xn handover changes no AMF (TS 23.502 4.9.1.2.1)."""
    net, guami = ue.site.xn, ue.context.guami
    if net is None or guami is None or not _reachable(ue, target) or target.site.ng_of(guami) is None:
        return None
    return net.neighbour(target.cgi)

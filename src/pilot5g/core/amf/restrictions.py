"""Where a phone may be: forbidden areas, service area restriction, equivalent PLMNs (TS 23.501 5.3.4).

A subscription says it; the phone is told in its registration, its radio in the mobility restriction list. In
a non-allowed area a phone may register and be told things, but gets neither sessions nor user planes, except
for emergency and high priority services.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.flow.errors import Refused
from pilot5g.model import Tai
from pilot5g.service.nudm import AccessAndMobility
from pilot5g.wire import nas
from pilot5g.wire.ngap.values import plmn_to, tac_to

if TYPE_CHECKING:
    from pilot5g.core.amf.context import UeContext
    from pilot5g.core.amf.ue import Ue

LISTED = 16
"""Tracking areas in a service area list (TS 24.501 9.11.3.49)."""


def take(context: UeContext, data: AccessAndMobility) -> None:
    """What a subscription says."""
    context.subscribed_nssai = data.nssai
    context.default_nssai = data.default_nssai
    context.ue_ambr = data.ue_ambr
    context.rfsp = data.rfsp
    context.forbidden_areas = data.forbidden_areas
    context.service_areas = data.service_areas
    context.areas_allowed = data.areas_allowed


def forbidden(context: UeContext, tai: Tai) -> bool:
    """Whether it may not register there."""
    return tai.tac in context.forbidden_areas


def restricted(context: UeContext) -> bool:
    """Whether the phone is in a non-allowed area (TS 24.501 5.3.5.2)."""
    listed = context.service_areas
    if not listed or context.tai is None:
        return False
    return (context.tai.tac in listed) is not context.areas_allowed


def unserved(ue: Ue, psi: int) -> bool:
    """Whether a session has no user plane where the phone is; one for emergency services always has."""
    session, emergency = ue.context.sessions.get(psi), ue.amf.config.emergency
    if session is None or not restricted(ue.context):
        return False
    return emergency is None or session.dnn != emergency.dnn


def check_area(ue: Ue) -> None:
    """Raises Refused with cause #12 in a forbidden area (TS 24.501 5.5.1.2.5, 5.5.1.3.5)."""
    tai = ue.context.tai
    if tai is not None and forbidden(ue.context, tai):
        raise Refused(
            nas.GmmCause.TRACKING_AREA_NOT_ALLOWED,
            f"its subscription forbids tracking area {tai.tac}",
            "take the area out of the subscriber's `forbidden_areas`, or change the cell",
        )


def check_service(ue: Ue) -> None:
    """Raises Refused with cause #28 in a non-allowed area (TS 24.501 5.4.5.2.4, 5.6.1.5)."""
    if restricted(ue.context):
        assert ue.context.tai is not None
        raise Refused(
            nas.GmmCause.RESTRICTED_SERVICE_AREA,
            f"its subscription has no service in tracking area {ue.context.tai.tac}",
            "change the subscriber's `service_areas`, or the cell",
        )


def area_of(ue: Ue, tai: Tai) -> tuple[Tai, ...]:
    """The registration area: what is forbidden is not in it (TS 23.501 5.3.2.3)."""
    around = ue.amf.area_around(tai)
    if not ue.context.forbidden_areas:
        return around
    return tuple(each for each in around if not forbidden(ue.context, each))


def service_area_list(context: UeContext) -> nas.ServiceAreaList | None:
    """For the phone (TS 24.501 9.11.3.49); None where nothing is restricted."""
    if not context.service_areas or context.tai is None:
        return None
    plmn = context.tai.plmn
    areas = tuple(Tai(plmn, tac) for tac in context.service_areas[:LISTED])
    return nas.ServiceAreaList(allowed=context.areas_allowed, tais=areas)


def mobility_restrictions(ue: Ue) -> dict[str, Any] | None:
    """Mobility Restriction List (TS 38.413 9.3.1.85), for the phone's radio."""
    context, equivalent = ue.context, ue.amf.config.equivalent_plmns
    if context.tai is None or not (context.forbidden_areas or context.service_areas or equivalent):
        return None
    plmn = plmn_to(context.tai.plmn)
    said: dict[str, Any] = {"servingPLMN": plmn}
    if equivalent:
        said["equivalentPLMNs"] = [plmn_to(each) for each in equivalent]
    if context.forbidden_areas:
        tacs = [tac_to(tac) for tac in context.forbidden_areas]
        said["forbiddenAreaInformation"] = [{"pLMNIdentity": plmn, "forbiddenTACs": tacs}]
    if context.service_areas:
        kind = "allowedTACs" if context.areas_allowed else "notAllowedTACs"
        tacs = [tac_to(tac) for tac in context.service_areas[:LISTED]]
        said["serviceAreaInformation"] = [{"pLMNIdentity": plmn, kind: tacs}]
    return said

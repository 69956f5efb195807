"""What each 5GMM cause does to a phone, as a table (TS 24.501 5.5.1.2.5, 5.5.1.3.5, 5.5.2.3.2, 5.6.1.5).

One row per cause: what is deleted, which area is forbidden, which substate follows, whether the phone tries
again by itself; and what people are told. A cause without a row is an abnormal case (5.5.1.2.7 b).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import TYPE_CHECKING

import msgspec

from pilot5g.model import Tai
from pilot5g.ran.ue.context import PhoneContext, State, Substate, UpdateStatus
from pilot5g.wire.nas import GmmCause, RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


class Forbid(Enum):
    """Which list the cell's PLMN or tracking area goes to (TS 24.501 5.3.13, 5.3.13A)."""

    NOTHING = auto()
    PLMN = auto()
    ROAMING_AREA = auto()
    REGIONAL_AREA = auto()


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """One row. `forget`: 5G-GUTI, last visited TAI, TAI list and ngKSI; `again`: register anew at once."""

    status: UpdateStatus | None = UpdateStatus.ROAMING_NOT_ALLOWED
    forget: bool = True
    forget_equivalent: bool = False
    usim_invalid: bool = False
    forbid: Forbid = Forbid.NOTHING
    substate: Substate = Substate.LIMITED_SERVICE
    stays_registered: bool = False
    again: bool = False


_SIM_REFUSED = Reaction(usim_invalid=True, forget_equivalent=True, substate=Substate.NO_SUPI)
_PLMN_REFUSED = Reaction(forbid=Forbid.PLMN, forget_equivalent=True, substate=Substate.PLMN_SEARCH)

REACTIONS: Mapping[GmmCause, Reaction] = {
    GmmCause.ILLEGAL_UE: _SIM_REFUSED,
    GmmCause.ILLEGAL_ME: _SIM_REFUSED,
    GmmCause.SERVICES_NOT_ALLOWED: _SIM_REFUSED,
    GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED: Reaction(
        status=UpdateStatus.NOT_UPDATED, substate=Substate.NORMAL_SERVICE, again=True
    ),
    GmmCause.IMPLICITLY_DEREGISTERED: Reaction(
        status=None, forget=False, substate=Substate.NORMAL_SERVICE, again=True
    ),
    GmmCause.PLMN_NOT_ALLOWED: _PLMN_REFUSED,
    GmmCause.TRACKING_AREA_NOT_ALLOWED: Reaction(forbid=Forbid.REGIONAL_AREA),
    GmmCause.ROAMING_NOT_ALLOWED_IN_TRACKING_AREA: Reaction(
        forbid=Forbid.ROAMING_AREA, forget_equivalent=True
    ),
    GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA: Reaction(forbid=Forbid.ROAMING_AREA),
    GmmCause.N1_MODE_NOT_ALLOWED: Reaction(forbid=Forbid.PLMN, substate=Substate.PLMN_SEARCH),
    GmmCause.RESTRICTED_SERVICE_AREA: Reaction(
        status=None, forget=False, stays_registered=True, substate=Substate.NON_ALLOWED_SERVICE
    ),
    GmmCause.REDIRECTION_TO_EPC_REQUIRED: Reaction(forbid=Forbid.PLMN, substate=Substate.PLMN_SEARCH),
    GmmCause.NO_NETWORK_SLICES_AVAILABLE: Reaction(
        status=UpdateStatus.NOT_UPDATED, forget=False, substate=Substate.NORMAL_SERVICE
    ),
    GmmCause.SERVING_NETWORK_NOT_AUTHORIZED: _PLMN_REFUSED,
}
"""By cause. #22 depends on T3346 and is in the procedures; #72 and #74 to #77 are abnormal on 3GPP access."""

EXHAUSTS = frozenset(
    {
        GmmCause.SEMANTICALLY_INCORRECT_MESSAGE,
        GmmCause.INVALID_MANDATORY_INFORMATION,
        GmmCause.MESSAGE_TYPE_NON_EXISTENT,
        GmmCause.INFORMATION_ELEMENT_NON_EXISTENT,
        GmmCause.PROTOCOL_ERROR,
    }
)
"""Causes after which trying again soon is of no use: the attempt counter is set to 5 (5.5.1.2.7)."""

ATTEMPTS = 5
"""Registration attempts before T3502 (5.5.1.2.7)."""


def react(phone: Phone, reaction: Reaction) -> None:
    """Do what the row says to a phone that was refused where it is now."""
    _change(phone.context, reaction, phone.tai)
    if reaction.forbid is not Forbid.NOTHING:
        phone.search.forbidden()
        phone.search.later(RegistrationKind.INITIAL)


def _change(context: PhoneContext, reaction: Reaction, tai: Tai) -> None:
    if reaction.status is not None:
        context.update_status = reaction.status
    if reaction.forget:
        context.forget_registration()
    if reaction.forget_equivalent:
        context.equivalent_plmns = ()
    if reaction.usim_invalid:
        context.usim_valid = False
    match reaction.forbid:
        case Forbid.PLMN:
            context.forbidden_plmns |= {tai.plmn}
        case Forbid.ROAMING_AREA:
            context.forbidden_roaming |= {tai}
        case Forbid.REGIONAL_AREA:
            context.forbidden_regional |= {tai}
        case Forbid.NOTHING:
            pass
    context.registration_attempts = 0
    context.state = State.REGISTERED if reaction.stays_registered else State.DEREGISTERED
    context.substate = reaction.substate


WORDS: Mapping[GmmCause, tuple[str, str]] = {
    GmmCause.ILLEGAL_UE: (
        "the network does not take this SIM: unknown, or it failed authentication",
        "add the subscriber to the network with the same IMSI, K and OPc as the SIM",
    ),
    GmmCause.PEI_NOT_ACCEPTED: ("the network takes no such equipment identity", "change the IMEISV"),
    GmmCause.ILLEGAL_ME: ("the network blocks this equipment", "change the IMEISV or unblock it"),
    GmmCause.SERVICES_NOT_ALLOWED: (
        "the subscription has no 5G service",
        "allow the subscriber 5GS in the network's subscriber data",
    ),
    GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED: ("the network does not know the temporary identity", ""),
    GmmCause.IMPLICITLY_DEREGISTERED: ("the network had deregistered the phone", ""),
    GmmCause.PLMN_NOT_ALLOWED: (
        "the subscriber may not use this network",
        "check the PLMN in the SIM's IMSI against the network's, and roaming",
    ),
    GmmCause.TRACKING_AREA_NOT_ALLOWED: (
        "the subscriber may not be in this tracking area",
        "camp on another cell, or allow the area",
    ),
    GmmCause.ROAMING_NOT_ALLOWED_IN_TRACKING_AREA: ("no roaming in this tracking area", "allow roaming"),
    GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA: (
        "the network has no service for this subscriber here",
        "camp on a cell of another tracking area",
    ),
    GmmCause.CONGESTION: ("the network is congested", "wait for T3346, or look at the network's load"),
    GmmCause.N1_MODE_NOT_ALLOWED: ("the subscriber may not use 5G", "allow 5GC in the subscription"),
    GmmCause.RESTRICTED_SERVICE_AREA: ("no service in this area for this subscriber", ""),
    GmmCause.REDIRECTION_TO_EPC_REQUIRED: ("the network sends this phone to LTE", ""),
    GmmCause.NO_NETWORK_SLICES_AVAILABLE: (
        "none of the requested slices is to be had",
        "request a slice that the subscription and the network have",
    ),
    GmmCause.SERVING_NETWORK_NOT_AUTHORIZED: (
        "the home network does not trust the serving network",
        "check the network's PLMN",
    ),
    GmmCause.PAYLOAD_WAS_NOT_FORWARDED: (
        "the network could not pass on the session request",
        "check that the DNN and slice are served",
    ),
    GmmCause.DNN_NOT_SUPPORTED_OR_NOT_SUBSCRIBED_IN_SLICE: (
        "the DNN is not to be had in this slice",
        "use a DNN that the subscription allows in the slice",
    ),
    GmmCause.MAXIMUM_NUMBER_OF_PDU_SESSIONS_REACHED: ("too many PDU sessions", "release one first"),
    GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH: (
        "the network selected algorithms the phone does not have or repeated other capabilities than sent",
        "offer an algorithm the network takes",
    ),
}


def words(cause: GmmCause) -> tuple[str, str]:
    """Reason and fix for people."""
    default = cause.name.lower().replace("_", " ") if cause.assigned else f"cause {int(cause)}"
    return WORDS.get(cause, (default, ""))

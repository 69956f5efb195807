"""A session over two UPFs: an uplink classifier near the radio, and its anchor (TS 23.501 5.6.4.2).

The classifier is what the rest of the SMF knows: it has the tunnel to the radio, keeps packets for an idle
phone, enforces rates and measures. What goes to the local networks leaves it by its own N6; all else goes
over N9 to the anchor, which takes the classifier for a radio that is never idle.
"""

from __future__ import annotations

from msgspec.structs import replace

from pilot5g.service.n4 import (
    ApplyAction,
    Choose,
    Far,
    FTeid,
    OuterHeader,
    Pdr,
    Session,
    SourceInterface,
)

UPLINK, DOWNLINK = 1, 2
LOCAL, N9 = 11, 12
"""Of the rules that a classifier has beside those of any session."""
LOCAL_PRECEDENCE = 128
_RADIO = 1
"""CHOOSE ID of the tunnel from the radio, which two PDRs have in common."""


def at_anchor(session: Session) -> Session:
    """What the anchor is told at first: nothing goes down before the classifier's end is known."""
    uplink, downlink = session.pdrs[:2]
    choose = Choose()
    return replace(
        session,
        pdrs=(
            replace(uplink, local_fteid=None, choose=choose, urr_ids=()),
            replace(downlink, urr_ids=()),
        ),
        fars=(
            Far(far_id=UPLINK, action=ApplyAction.FORW, destination=SourceInterface.CORE),
            Far(far_id=DOWNLINK, action=ApplyAction.DROP),
        ),
        qers=tuple(replace(qer, mbr=None, gbr=None) for qer in session.qers),
        urrs=(),
    )


def to_classifier(n9: FTeid) -> Far:
    """What the anchor does with packets for the phone, once it knows where to."""
    header = OuterHeader(n9.teid, n9.address)
    return Far(
        far_id=DOWNLINK,
        action=ApplyAction.FORW,
        destination=SourceInterface.ACCESS,
        outer_header=header,
    )


def at_classifier(session: Session, local: tuple[str, ...], anchor: FTeid) -> Session:
    """What the classifier is told: `local` networks are reached from there, all others by the `anchor`."""
    uplink, downlink = session.pdrs[:2]
    if uplink.choose is not None:
        uplink = replace(uplink, choose=Choose(_RADIO))
    filters = tuple(f"permit out ip from {network} to assigned" for network in local)
    near = replace(uplink, pdr_id=LOCAL, precedence=LOCAL_PRECEDENCE, sdf_filters=filters)
    from_anchor = _from_anchor(downlink, next((qer.qfi for qer in session.qers), None))
    over_n9 = Far(
        far_id=N9,
        action=ApplyAction.FORW,
        destination=SourceInterface.CORE,
        outer_header=OuterHeader(anchor.teid, anchor.address),
    )
    return replace(
        session,
        pdrs=(replace(uplink, far_id=N9), downlink, near, from_anchor),
        fars=(*session.fars, over_n9),
    )


def _from_anchor(downlink: Pdr, qfi: int | None) -> Pdr:
    return replace(downlink, pdr_id=N9, choose=Choose(), qfi=qfi)

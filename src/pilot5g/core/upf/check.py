"""Whether the rules of a session fit together (TS 29.244 5.2.1, 7.5.2)."""

from __future__ import annotations

from collections.abc import Iterable

from pilot5g.service.n4 import ApplyAction, Cause, Far, N4Error, Pdr, Session, SourceInterface


def check(session: Session) -> None:
    """Raises N4Error for a rule twice, one that names what is not there, or one that cannot work."""
    if not session.pdrs:
        raise N4Error(Cause.MANDATORY_IE_MISSING, "a session has at least one PDR")
    _unique("PDR", (pdr.pdr_id for pdr in session.pdrs))
    _unique("FAR", (far.far_id for far in session.fars))
    _unique("QER", (qer.qer_id for qer in session.qers))
    _unique("URR", (urr.urr_id for urr in session.urrs))
    fars = {far.far_id for far in session.fars}
    qers = {qer.qer_id for qer in session.qers}
    urrs = {urr.urr_id for urr in session.urrs}
    for pdr in session.pdrs:
        _refers(pdr, "FAR", {pdr.far_id} - fars)
        _refers(pdr, "QER", set(pdr.qer_ids) - qers)
        _refers(pdr, "URR", set(pdr.urr_ids) - urrs)
        _detects(pdr)
    for far in session.fars:
        _forwards(far)


def _unique(kind: str, ids: Iterable[int]) -> None:
    seen: set[int] = set()
    for id_ in ids:
        if id_ in seen:
            raise N4Error(Cause.RULE_CREATION_FAILURE, f"{kind} {id_} is there twice")
        seen.add(id_)


def _refers(pdr: Pdr, kind: str, missing: set[int]) -> None:
    if missing:
        raise N4Error(
            Cause.RULE_CREATION_FAILURE, f"PDR {pdr.pdr_id} names {kind} {min(missing)}, which is not there"
        )


def _detects(pdr: Pdr) -> None:
    if pdr.source is SourceInterface.ACCESS and pdr.local_fteid is None:
        raise N4Error(Cause.MANDATORY_IE_MISSING, f"PDR {pdr.pdr_id} from access has no local F-TEID")
    if pdr.source is SourceInterface.CORE and pdr.ue_address is None:
        raise N4Error(Cause.MANDATORY_IE_MISSING, f"PDR {pdr.pdr_id} from core has no UE address")


def _forwards(far: Far) -> None:
    if not far.action & ApplyAction.FORW:
        return
    if far.destination is None:
        raise N4Error(Cause.MANDATORY_IE_MISSING, f"FAR {far.far_id} forwards and names no destination")
    if far.destination is SourceInterface.ACCESS and far.outer_header is None:
        raise N4Error(Cause.MANDATORY_IE_MISSING, f"FAR {far.far_id} to access has no outer header")

"""Whether the rules of a session fit together (TS 29.244 5.2.1, 7.5.2)."""

from __future__ import annotations

from typing import Final

from pilot5g.service.n4 import ApplyAction, Cause, Far, N4Error, Pdr, RuleKind, Session, SourceInterface

FORW: Final = int(ApplyAction.FORW)
"""As a plain number: `&` of two flags costs more than the rest of a rule's check."""
RULES = 256
"""Of a kind in a session, at most: what is said of all of them fits a message."""


def check(session: Session) -> None:
    """Raises N4Error for a rule twice, one that names what is not there, or one that cannot work."""
    if not session.pdrs:
        raise N4Error(Cause.MANDATORY_IE_MISSING, "a session has at least one PDR")
    _unique(RuleKind.PDR, [pdr.pdr_id for pdr in session.pdrs])
    fars = _unique(RuleKind.FAR, [far.far_id for far in session.fars])
    qers = _unique(RuleKind.QER, [qer.qer_id for qer in session.qers])
    urrs = _unique(RuleKind.URR, [urr.urr_id for urr in session.urrs])
    for pdr in session.pdrs:
        if pdr.far_id not in fars:
            raise _missing(pdr, f"FAR {pdr.far_id}")
        for id_ in pdr.qer_ids:
            if id_ not in qers:
                raise _missing(pdr, f"QER {id_}")
        for id_ in pdr.urr_ids:
            if id_ not in urrs:
                raise _missing(pdr, f"URR {id_}")
        _detects(pdr)
    check_fars(session.fars)


def check_fars(fars: tuple[Far, ...]) -> None:
    """Raises N4Error for a FAR that cannot work."""
    for far in fars:
        if int(far.action) & FORW:
            _forwards(far)


def _unique(kind: RuleKind, ids: list[int]) -> set[int]:
    if len(ids) > RULES:
        raise N4Error(Cause.NO_RESOURCES_AVAILABLE, f"{len(ids)} {kind.name}s: {RULES} is the most here")
    known = set(ids)
    if len(known) < len(ids):
        twice = min(id_ for id_ in known if ids.count(id_) > 1)
        why = f"{kind.name} {twice} is there twice"
        raise N4Error(Cause.RULE_CREATION_FAILURE, why, (kind, twice))
    return known


def _missing(pdr: Pdr, what: str) -> N4Error:
    return _wrong(pdr, f"names {what}, which is not there", Cause.RULE_CREATION_FAILURE)


def _wrong(rule: Pdr | Far, what: str, cause: Cause = Cause.MANDATORY_IE_MISSING) -> N4Error:
    kind, id_ = (RuleKind.PDR, rule.pdr_id) if isinstance(rule, Pdr) else (RuleKind.FAR, rule.far_id)
    return N4Error(cause, f"{kind.name} {id_} {what}", (kind, id_))


def _detects(pdr: Pdr) -> None:
    if pdr.source is SourceInterface.ACCESS and pdr.local_fteid is None:
        raise _wrong(pdr, "from access has no local F-TEID")
    found = pdr.ue_address is not None or pdr.local_fteid is not None or pdr.ethernet
    if pdr.source is SourceInterface.CORE and not found:
        raise _wrong(pdr, "from core has neither UE address nor local F-TEID")


def _forwards(far: Far) -> None:
    if far.destination is None:
        raise _wrong(far, "forwards and names no destination")
    if far.destination is SourceInterface.ACCESS and far.outer_header is None:
        raise _wrong(far, "to access has no outer header")

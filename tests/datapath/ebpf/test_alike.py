"""Sessions planned after others of their kind come to what they would have come to alone."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.datapath.ebpf import alike
from pilot5g.datapath.ebpf.plan import plan
from pilot5g.model import Ambr
from pilot5g.service.n4 import (
    ApplyAction,
    Far,
    FTeid,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    UeAddress,
    Urr,
)

TEIDS = st.sampled_from((0, 1, 77, 0xFFFFFFFF))
WHERE = st.sampled_from(
    (
        UeAddress("10.45.0.2"),
        UeAddress("10.45.0.3"),
        UeAddress(None, "2001:db8:1::/64"),
        UeAddress("10.45.0.4", "2001:db8:2::/64"),
    )
)
FILTERS = st.sampled_from(((), (), ("permit out ip from 192.0.2.7 to assigned",)))
ROUTES = st.sampled_from(((), (), ("192.0.2.0/24",)))
ACTIONS = st.sampled_from((ApplyAction.FORW, ApplyAction.DROP, ApplyAction.BUFF | ApplyAction.NOCP))
OUTER = st.builds(
    OuterHeader, TEIDS, st.sampled_from(("192.0.2.1", "192.0.2.2", "2001:db8::1")), st.sampled_from((2152, 9))
)


@st.composite
def sessions(draw):
    """Of few kinds, with few numbers, so that many are alike."""
    where = draw(WHERE)
    common = {
        "qer_ids": draw(st.sampled_from(((), (1,), (1, 2)))),
        "urr_ids": draw(st.sampled_from(((), (1,)))),
    }
    up = Pdr(
        pdr_id=1,
        precedence=255,
        source=SourceInterface.ACCESS,
        far_id=1,
        local_fteid=FTeid(draw(TEIDS), "192.0.2.9"),
        ue_address=where,
        qfi=draw(st.sampled_from((None, 9))),
        sdf_filters=draw(FILTERS),
        framed_routes=draw(ROUTES),
        **common,
    )
    down = Pdr(
        pdr_id=2,
        precedence=255,
        source=SourceInterface.CORE,
        far_id=2,
        ue_address=draw(st.sampled_from((where, where, None))),
        sdf_filters=draw(FILTERS),
        **common,
    )
    to = draw(st.sampled_from((SourceInterface.CORE, SourceInterface.CORE, SourceInterface.ACCESS)))
    out = draw(st.one_of(st.none(), OUTER))
    rate = draw(st.sampled_from((0, 64_000, 1_000_000)))
    return Session(
        seid=draw(st.integers(1, 9)),
        dnn="internet",
        pdrs=(up, down),
        fars=(
            Far(far_id=1, action=draw(ACTIONS), destination=to),
            Far(far_id=2, action=draw(ACTIONS), outer_header=out, marking=draw(st.sampled_from((0, 46)))),
        ),
        qers=(
            Qer(qer_id=1, qfi=9, gate_open=draw(st.booleans()), mbr=Ambr(rate, rate) if rate else None),
            Qer(qer_id=2, mbr=Ambr(2_000_000, 3_000_000)),
        ),
        urrs=(Urr(urr_id=1, volume_quota=draw(st.sampled_from((None, 5)))),),
    )


@given(st.lists(sessions(), min_size=2, max_size=12), st.sampled_from((1400, 1500)), st.booleans())
def test_what_was_planned_before_changes_nothing(given, mtu, left):
    plans = alike.Plans()
    for session in given * 2:
        assert plans.plan(session, mtu=mtu, left=left) == plan(session, mtu=mtu, left=left)


def simple(phone: int = 1, **fields: object) -> Session:
    where = UeAddress(f"10.45.0.{phone}")
    up = Pdr(
        pdr_id=1,
        precedence=255,
        source=SourceInterface.ACCESS,
        far_id=1,
        local_fteid=FTeid(phone, "192.0.2.9"),
        ue_address=where,
    )
    down = Pdr(pdr_id=2, precedence=255, source=SourceInterface.CORE, far_id=2, ue_address=where)
    made = Session(
        seid=phone,
        dnn="internet",
        pdrs=(up, down),
        fars=(
            Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),
            Far(far_id=2, action=ApplyAction.FORW, outer_header=OuterHeader(phone, "192.0.2.1")),
        ),
    )
    return msgspec.structs.replace(made, **fields)


def test_a_kind_is_planned_once_and_forgotten_where_there_are_many(monkeypatch):
    planned: list[int] = []
    monkeypatch.setattr(alike, "MOST", 2)
    monkeypatch.setattr(
        alike, "plan", lambda session, **how: planned.append(session.seid) or plan(session, **how)
    )
    plans = alike.Plans()
    for phone, mtu in ((1, 1400), (2, 1400), (3, 1500), (4, 1500), (5, 1600), (6, 1600), (7, 1400)):
        assert plans.plan(simple(phone), mtu=mtu).record.teid == phone
    assert planned == [1, 3, 5, 7]


@pytest.mark.parametrize("fields", [{"dnn": "ims"}, {"inactivity": 5}, {"qers": (Qer(qer_id=1),)}])
def test_what_differs_in_anything_else_is_of_another_kind(monkeypatch, fields):
    planned: list[int] = []
    monkeypatch.setattr(
        alike, "plan", lambda session, **how: planned.append(session.seid) or plan(session, **how)
    )
    plans = alike.Plans()
    plans.plan(simple(1), mtu=1400)
    plans.plan(simple(2, **fields), mtu=1400)
    assert planned == [1, 2]

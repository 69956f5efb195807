"""N4: a session is whole or not at all, and every TEID comes back."""

import msgspec
import pytest

from pilot5g.core.upf import Upf
from pilot5g.core.upf.teid import TeidPool
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.service.datapath import Counters
from pilot5g.service.n4 import (
    ApplyAction,
    Cause,
    Choose,
    Far,
    FTeid,
    Modification,
    N4Error,
    OuterHeader,
    Pdr,
    Session,
    SourceInterface,
    UeAddress,
    Usage,
)


class Recorder:
    """A data path that remembers what it was told."""

    def __init__(self):
        self.installed, self.markers, self.counters = {}, [], Counters()

    def attach(self, reports):
        self.reports = reports

    def install(self, session, end_markers=(), reinstalled=()):
        self.installed[session.seid] = session
        self.markers.append(end_markers)

    def remove(self, seid):
        del self.installed[seid]
        return (Usage(1, 10, 20),)

    def close(self):
        pass


def rules(fteid: FTeid | None, choose: Choose | None = None, **changes) -> Session:
    up = Pdr(
        pdr_id=1,
        precedence=255,
        source=SourceInterface.ACCESS,
        far_id=1,
        local_fteid=fteid,
        choose=choose,
    )
    down = Pdr(
        pdr_id=2, precedence=255, source=SourceInterface.CORE, far_id=2, ue_address=UeAddress("10.45.0.1")
    )
    fars = (
        Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),
        Far(far_id=2, action=ApplyAction.BUFF | ApplyAction.NOCP),
    )
    return Session(**{"seid": 1, "dnn": "internet", "pdrs": (up, down), "fars": fars} | changes)


def test_a_session_lives_and_leaves_nothing():
    async def flow():
        datapath = Recorder()
        upf = Upf("192.0.2.1", datapath, seeded(1))
        chosen = await upf.establish(rules(None, choose=Choose()))
        assert datapath.installed[1].pdrs[0].local_fteid == chosen[1]
        assert datapath.installed[1].pdrs[0].choose is None
        access = Far(
            far_id=2,
            action=ApplyAction.FORW,
            destination=SourceInterface.ACCESS,
            outer_header=OuterHeader(7, "192.0.2.9"),
            send_end_marker=True,
        )
        await upf.modify(Modification(seid=1, fars=(access,)))
        assert datapath.installed[1].fars[1] == access
        assert datapath.markers == [(), (2,)]
        assert await upf.delete(1) == (Usage(1, 10, 20),)
        assert datapath.installed == {}
        assert upf.leftovers() == []

    run_virtual(flow())


FTEID = FTeid(5, "192.0.2.1")
UP = rules(FTEID).pdrs[0]


@pytest.mark.parametrize(
    ("session", "cause"),
    [
        (rules(None), Cause.MANDATORY_IE_MISSING),
        (rules(FTEID, pdrs=()), Cause.MANDATORY_IE_MISSING),
        (rules(FTEID, pdrs=(UP, UP)), Cause.RULE_CREATION_FAILURE),
        (rules(FTEID, fars=()), Cause.RULE_CREATION_FAILURE),
        (rules(FTEID, fars=(Far(far_id=1, action=ApplyAction.FORW),)), Cause.RULE_CREATION_FAILURE),
        (
            rules(
                FTEID,
                pdrs=(UP,),
                fars=(Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.ACCESS),),
            ),
            Cause.MANDATORY_IE_MISSING,
        ),
    ],
)
def test_rules_that_do_not_fit_are_refused_whole(session, cause):
    async def flow():
        datapath = Recorder()
        upf = Upf("192.0.2.1", datapath, seeded(1))
        with pytest.raises(N4Error) as refused:
            await upf.establish(session)
        assert refused.value.cause is cause
        assert datapath.installed == {}
        assert upf.leftovers() == []

    run_virtual(flow())


def test_a_bad_modification_changes_nothing():
    async def flow():
        datapath = Recorder()
        upf = Upf("192.0.2.1", datapath, seeded(1))
        await upf.establish(rules(FTEID))
        before = datapath.installed[1]
        with pytest.raises(N4Error):
            await upf.modify(Modification(seid=1, removed_fars=(2,)))
        assert datapath.installed[1] == before
        for wrong in (upf.modify(Modification(seid=9)), upf.delete(9)):
            with pytest.raises(N4Error) as refused:
                await wrong
            assert refused.value.cause is Cause.SESSION_CONTEXT_NOT_FOUND

    run_virtual(flow())


def test_teids_are_unique_and_not_zero():
    draws = [b"\0\0\0\2", b"\0\0\0\1", b"\0\0\0\1", b"\0\0\0\0"]
    pool = TeidPool(lambda n: draws.pop())
    assert [pool.take(), pool.take()] == [1, 2]


def test_pdrs_with_one_choose_id_share_a_tunnel():
    async def flow():
        datapath = Recorder()
        upf = Upf("192.0.2.1", datapath, seeded(1))
        up, down = rules(None).pdrs
        pdrs = [
            msgspec.structs.replace(up, pdr_id=id_, choose=Choose(chosen))
            for id_, chosen in ((1, 7), (3, 7), (4, 8), (5, None), (6, None))
        ]
        chosen = await upf.establish(rules(None, pdrs=(*pdrs, down)))
        assert chosen[1] == chosen[3]
        assert len({fteid.teid for fteid in chosen.values()}) == 4
        assert len(upf.leftovers()) == 5
        await upf.modify(Modification(seid=1, removed_pdrs=(5,)))
        more = await upf.modify(Modification(seid=1, pdrs=(msgspec.structs.replace(pdrs[4], pdr_id=9),)))
        assert more.chosen[9].teid not in {fteid.teid for fteid in chosen.values()}
        await upf.delete(1)
        assert upf.leftovers() == []

    run_virtual(flow())


def test_a_refused_session_leaves_no_tunnel():
    async def flow():
        upf = Upf("192.0.2.1", Recorder(), seeded(1))
        with pytest.raises(N4Error):
            await upf.establish(rules(None, choose=Choose(), fars=()))
        assert upf.leftovers() == []
        await upf.establish(rules(FTEID))
        up = rules(None, choose=Choose()).pdrs[0]
        with pytest.raises(N4Error):
            wrong = msgspec.structs.replace(up, pdr_id=3, far_id=9)
            await upf.modify(Modification(seid=1, pdrs=(wrong,)))
        assert len(upf.leftovers()) == 2

    run_virtual(flow())

"""N4: a session is whole or not at all, and every TEID comes back."""

import pytest

from pilot5g.core.upf import Upf
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.service.datapath import Counters
from pilot5g.service.n4 import (
    ApplyAction,
    Cause,
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


def rules(fteid: FTeid | None, **changes) -> Session:
    up = Pdr(pdr_id=1, precedence=255, source=SourceInterface.ACCESS, far_id=1, local_fteid=fteid)
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
        (fteid,) = await upf.allocate()
        await upf.establish(rules(fteid))
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
    async def flow():
        upf = Upf("192.0.2.1", Recorder(), lambda n: bytes(n) if not draws else draws.pop())
        draws = [b"\0\0\0\2", b"\0\0\0\1", b"\0\0\0\1", b"\0\0\0\0"]
        assert [fteid.teid for fteid in await upf.allocate(2)] == [1, 2]
        await upf.free(await upf.allocate(0))

    run_virtual(flow())

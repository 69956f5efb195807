"""Sessions over PFCP: established, changed, deleted, reported, and what goes wrong with them."""

import asyncio
import contextlib

import msgspec
import pytest

from judges.n4 import N3, Pair, play, session, to_radio
from pilot5g.service.n4 import (
    ApplyAction,
    Cause,
    Choose,
    FTeid,
    Modification,
    N4Error,
    Trigger,
    Usage,
)


def test_a_session_from_beginning_to_end() -> None:
    """What the UPF has is what the SMF meant, rule by rule, and in the end nothing."""

    async def flow(pair: Pair) -> None:
        chosen = await pair.smf.establish(session())
        assert chosen[1].address == N3
        (installed,) = pair.datapath.sessions.values()
        expected = session(seid=installed.seid, fteid=chosen[1])
        assert installed == expected
        await pair.smf.modify(Modification(seid=1, fars=(to_radio(send_end_marker=True, marking=46),)))
        (installed,) = pair.datapath.sessions.values()
        assert installed.fars == (expected.fars[0], to_radio(send_end_marker=True, marking=46))
        assert pair.datapath.markers[-1] == (2,)
        await pair.smf.modify(Modification(seid=1, fars=(session().fars[1],)))
        (installed,) = pair.datapath.sessions.values()
        assert installed.fars[1].action == ApplyAction.BUFF | ApplyAction.NOCP
        assert await pair.smf.delete(1) == (Usage(1, 10, 20, 1, 2, 3, Trigger.TERMINATION),)
        assert pair.datapath.sessions == {}
        assert pair.upf.leftovers() == []

    play(flow)


def test_rules_are_created_updated_and_removed() -> None:
    """Rules that the UPF has are updated, new ones created, and rates or limits taken away."""

    async def flow(pair: Pair) -> None:
        first = session()
        chosen = await pair.smf.establish(first)
        more = msgspec.structs.replace(
            first.pdrs[0], pdr_id=3, precedence=10, sdf_filters=("permit out 17 from any to assigned 53",)
        )
        made = await pair.smf.modify(
            Modification(
                seid=1,
                pdrs=(more, msgspec.structs.replace(first.pdrs[1], precedence=200, qer_ids=())),
                qers=(msgspec.structs.replace(first.qers[0], mbr=None, gate_open=False),),
                urrs=(msgspec.structs.replace(first.urrs[0], threshold=None, time_quota=None),),
                inactivity=30,
            )
        )
        assert made.chosen[3].teid != chosen[1].teid
        (installed,) = pair.datapath.sessions.values()
        assert installed.pdrs[2] == msgspec.structs.replace(more, local_fteid=made.chosen[3], choose=None)
        assert (installed.pdrs[1].precedence, installed.pdrs[1].qer_ids) == (200, ())
        assert (installed.qers[0].mbr, installed.qers[0].gate_open) == (None, False)
        assert (installed.urrs[0].threshold, installed.urrs[0].time_quota) == (None, None)
        assert installed.inactivity == 30
        await pair.smf.modify(Modification(seid=1, removed_pdrs=(3,), inactivity=0))
        (installed,) = pair.datapath.sessions.values()
        assert [pdr.pdr_id for pdr in installed.pdrs] == [1, 2]
        assert installed.inactivity is None
        await pair.smf.delete(1)
        assert pair.upf.leftovers() == []

    play(flow)


def test_pdrs_share_a_tunnel_by_choose_id() -> None:
    """CHOOSE ID (5.5.3)."""

    async def flow(pair: Pair) -> None:
        first = session()
        one, two = (msgspec.structs.replace(first.pdrs[0], pdr_id=id_, choose=Choose(9)) for id_ in (1, 3))
        chosen = await pair.smf.establish(msgspec.structs.replace(first, pdrs=(one, two, first.pdrs[1])))
        assert chosen[1] == chosen[3]

    play(flow)


def test_reports_arrive() -> None:
    """Downlink data, error indication, usage and inactivity, with the SMF's own SEID."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session(seid=5))
        (seid,) = pair.datapath.sessions
        pair.datapath.reports.downlink_data(seid, 2, 1)
        pair.datapath.reports.error_indication(seid, FTeid(7, "198.51.100.9"))
        used = Usage(1, 1000, 2000, 3, 4, 5, Trigger.VOLUME_THRESHOLD)
        pair.datapath.reports.usage(seid, used)
        pair.datapath.reports.inactive(seid)
        await asyncio.sleep(1)
        assert pair.heard.reports == [
            ("downlink data", 5, 2, 1),
            ("error indication", 5, FTeid(7, "198.51.100.9")),
            ("usage", 5, used),
            ("inactive", 5),
        ]

    play(flow)


def test_a_report_for_a_session_that_the_smf_does_not_have_ends_it() -> None:
    """Session context not found (8.2.1): nobody else would ever delete it."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session(seid=5))
        (seid,) = pair.datapath.sessions
        del pair.smf._sessions[5]
        pair.datapath.reports.downlink_data(seid, 2, 1)
        await asyncio.sleep(1)
        assert pair.datapath.sessions == {}
        assert pair.upf.leftovers() == []

    play(flow)


@pytest.mark.parametrize(
    ("change", "cause", "told"),
    [
        ({"fars": ()}, Cause.MANDATORY_IE_MISSING, "offending element 3"),
        ({"urrs": ()}, Cause.RULE_CREATION_FAILURE, "cause 73"),
        ({"dnn": "nowhere", "qers": ()}, Cause.RULE_CREATION_FAILURE, "cause 73"),
    ],
)
def test_a_session_that_cannot_be_is_refused(change: dict[str, object], cause: Cause, told: str) -> None:
    """With the UPF's cause, and in its journal."""

    async def flow(pair: Pair) -> None:
        with pytest.raises(N4Error, match=told) as refused:
            await pair.smf.establish(msgspec.structs.replace(session(), **change))
        assert refused.value.cause is cause
        assert pair.datapath.sessions == {}
        assert pair.upf.leftovers() == []
        assert pair.upf_journal.entries[-1].cause
        assert pair.upf_journal.entries[-1].reason

    play(flow)


def test_what_is_not_there_is_not_found() -> None:
    """Neither here nor at the UPF."""

    async def flow(pair: Pair) -> None:
        with pytest.raises(N4Error) as unknown:
            await pair.smf.modify(Modification(seid=9))
        assert unknown.value.cause is Cause.SESSION_CONTEXT_NOT_FOUND
        await pair.smf.establish(session())
        (seid,) = pair.datapath.sessions
        await pair.upf.delete(seid)
        with pytest.raises(N4Error) as gone:
            await pair.smf.delete(1)
        assert gone.value.cause is Cause.SESSION_CONTEXT_NOT_FOUND

    play(flow)


def test_an_f_teid_of_the_smfs_own_needs_a_restoration() -> None:
    """Invalid F-TEID allocation option (5.5.1); restored with its old one otherwise."""

    async def flow(pair: Pair) -> None:
        fteid = FTeid(0xABCD, N3)
        assert await pair.smf.establish(session(fteid=fteid)) == {}
        (installed,) = pair.datapath.sessions.values()
        assert installed.pdrs[0].local_fteid == fteid
        pair.smf._outward = Unasked(pair.smf._outward)
        with pytest.raises(N4Error) as refused:
            await pair.smf.establish(session(seid=2, fteid=FTeid(0xABCE, N3)))
        assert refused.value.cause is Cause.INVALID_F_TEID_ALLOCATION_OPTION

    play(flow)


class Unasked:
    """Leaves the flag of a restoration out."""

    def __init__(self, outward: object) -> None:
        self._outward = outward

    def establishment(self, *arguments: object) -> object:
        whole = self._outward.establishment(*arguments)  # type: ignore[attr-defined]
        return msgspec.structs.replace(whole, se_req_flags=None)


def test_requests_of_one_session_keep_their_order() -> None:
    """Two changes begun together arrive in that order, whatever the network does."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session())
        for _ in range(20):
            await asyncio.gather(
                *(pair.smf.modify(Modification(seid=1, fars=(to_radio(teid),))) for teid in range(1, 6))
            )
            (installed,) = pair.datapath.sessions.values()
            assert installed.fars[1] == to_radio(5)

    play(flow, jitter=0.05, reorder=0.3)


def test_nothing_is_lost_over_a_bad_link() -> None:
    """Lost and late datagrams: repeated until answered, done once, nothing left behind."""

    async def flow(pair: Pair) -> None:
        done = 0
        for seid in range(1, 60):
            with contextlib.suppress(N4Error):
                await pair.smf.establish(session(seid))
                await pair.smf.modify(Modification(seid=seid, fars=(to_radio(seid),)))
                done += 1
        assert done > 40
        outward = [far.outer_header for each in pair.datapath.sessions.values() for far in each.fars]
        assert len([header for header in outward if header is not None]) >= done
        assert pair.ladder.count("SessionEstablishmentRequest") > 60

    play(flow, loss=0.2, jitter=0.1, duplicate=0.2, reorder=0.2)


def test_whoever_stops_waiting_stops_nobody_else() -> None:
    """A procedure that is abandoned while a request of its session is under way."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session())
        first, second, third = (
            asyncio.ensure_future(pair.smf.modify(Modification(seid=1, fars=(to_radio(teid),))))
            for teid in (1, 2, 3)
        )
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(first, third)
        (installed,) = pair.datapath.sessions.values()
        assert installed.fars[1] == to_radio(3)
        fourth = asyncio.ensure_future(pair.smf.modify(Modification(seid=1, fars=(to_radio(4),))))
        await asyncio.sleep(0)
        fourth.cancel()
        await pair.smf.modify(Modification(seid=1, fars=(to_radio(5),)))
        (installed,) = pair.datapath.sessions.values()
        assert installed.fars[1] == to_radio(5)

    play(flow)

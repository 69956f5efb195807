"""What URRs measured, when it is asked for or the URR goes; and F-TEIDs of the family that is wanted."""

import asyncio

import msgspec
import pytest

from judges.n4 import N3, Pair, Peer, play, session
from judges.n4 import SMF as SMF_ADDRESS
from judges.n4 import UPF as UPF_ADDRESS
from pilot5g.service.n4 import (
    ApplyAction,
    Cause,
    Choose,
    Modification,
    N4Error,
    RuleKind,
    Trigger,
    Urr,
    Usage,
)
from pilot5g.wire import pfcp
from pilot5g.wire.pfcp import messages as m
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.rules import QueryUrr, RemoveUrr

N3_IPV6 = "2001:db8:3::1"


def asked(urr_id: int) -> Usage:
    """What the data path says of a URR that is asked."""
    return Usage(urr_id, 100, 200, 1, 2, 0, Trigger.IMMEDIATE)


def test_usage_that_is_asked_for_comes_with_the_answer() -> None:
    """Of some URRs, or of all (TS 29.244 7.5.4.10, QAURR)."""

    async def flow(pair: Pair) -> None:
        two = msgspec.structs.replace(session(), urrs=(*session().urrs, Urr(urr_id=2)))
        await pair.smf.establish(two)
        assert (await pair.smf.modify(Modification(seid=1, queried=(2,)))).usages == (asked(2),)
        assert (await pair.smf.modify(Modification(seid=1, query_all=True))).usages == (asked(1), asked(2))
        assert (await pair.smf.modify(Modification(seid=1))).usages == ()
        with pytest.raises(N4Error) as unknown:
            await pair.smf.modify(Modification(seid=1, queried=(3,)))
        assert unknown.value.cause is Cause.RULE_CREATION_FAILURE
        assert pair.heard.reports == []

    play(flow)


def test_the_last_usage_of_a_urr_comes_with_the_answer_to_its_removal() -> None:
    """7.5.5.2: not as a report of its own, and not at the session's end."""

    async def flow(pair: Pair) -> None:
        two = msgspec.structs.replace(session(), urrs=(*session().urrs, Urr(urr_id=2)))
        await pair.smf.establish(two)
        gone = await pair.smf.modify(Modification(seid=1, removed_urrs=(2,)))
        assert gone.usages == (Usage(2, 1, 2, 3, 4, 5, Trigger.TERMINATION),)
        await asyncio.sleep(1)
        assert pair.heard.reports == []

    play(flow)


def test_reports_are_numbered_by_urr_and_begin_where_the_last_one_ended() -> None:
    """UR-SEQN, start and end time (8.2.71, 7.5.5.2), and the query's reference with them."""

    async def flow(pair: Pair) -> None:
        two = msgspec.structs.replace(session(), urrs=(*session().urrs, Urr(urr_id=2)))
        await pair.smf.establish(two)
        began = pair.server._clock()
        (seid,) = pair.datapath.sessions
        pair.crash_smf()
        peer = Peer(pair, SMF_ADDRESS, UPF_ADDRESS)
        found = []
        for number, ids in enumerate([(1,), (1, 2), (2,)]):
            await asyncio.sleep(10)
            query = m.SessionModificationRequest(
                query_urrs=tuple(QueryUrr(urr_id=id_) for id_ in ids), query_urr_reference=70 + number
            )
            answer = await peer.answer(query, number + 1, seid)
            found += [
                (each.urr_id, each.sequence, each.start_time - began, each.query_urr_reference)
                for each in answer.usage_reports
            ]
            assert all(each.end_time == pair.server._clock() for each in answer.usage_reports)
        assert found == [(1, 0, 0, 70), (1, 1, 10, 71), (2, 0, 0, 71), (2, 1, 20, 72)]
        removed = await peer.answer(m.SessionModificationRequest(remove_urrs=(RemoveUrr(urr_id=2),)), 9, seid)
        (last,) = removed.usage_reports
        assert (last.sequence, last.trigger) == (2, f.UsageReportTrigger.TERMR)
        peer.close()
        pair.start_smf()

    play(flow)


def test_what_is_kept_can_be_dropped() -> None:
    """DROBU (8.2.31, 7.5.9.1): the rules stay, and what waits by them goes."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session())
        await pair.smf.modify(Modification(seid=1, drop_buffered=True))
        actions = [each.fars[1].action for each in pair.datapath.history]
        kept = ApplyAction.BUFF | ApplyAction.NOCP
        assert actions == [kept, ApplyAction.DROP, kept]

        pair.crash_smf()
        peer = Peer(pair, SMF_ADDRESS, UPF_ADDRESS)
        (seid,) = pair.datapath.sessions
        pair.datapath.reports.downlink_data(seid, 2, 1)
        report = pfcp.decode(await asyncio.wait_for(peer.inbox.get(), 1))
        answer = m.SessionReportResponse(cause=1, sr_rsp_flags=f.OneFlag.SET)
        peer.port.send(pfcp.encode(pfcp.Pdu(answer, report.sequence, seid)), UPF_ADDRESS)
        await asyncio.sleep(0.5)
        actions = [each.fars[1].action for each in pair.datapath.history]
        assert actions[3:] == [ApplyAction.DROP, kept]
        peer.close()
        pair.start_smf()

    play(flow)


@pytest.mark.parametrize(("n3", "ipv4", "ipv6"), [(N3, True, False), (N3_IPV6, False, True)])
def test_a_tunnel_has_an_address_of_the_family_that_is_wanted(n3: str, ipv4: bool, ipv6: bool) -> None:
    """CHOOSE with V4, V6 or both (8.2.3); where N3 has no such address the rule is refused."""

    async def flow(pair: Pair) -> None:
        pair.crash_upf()
        pair.start_upf(n3)
        first = session()
        for seid, choose, served in (
            (1, Choose(None, ipv4, ipv6), True),
            (2, Choose(None, True, True), True),
            (3, Choose(None, not ipv4, not ipv6), False),
        ):
            uplink = msgspec.structs.replace(first.pdrs[0], choose=choose)
            wanted = msgspec.structs.replace(first, seid=seid, pdrs=(uplink, first.pdrs[1]))
            if served:
                assert (await pair.upf.establish(wanted))[1].address == n3
                continue
            with pytest.raises(N4Error) as refused:
                await pair.upf.establish(wanted)
            assert refused.value.cause is Cause.RULE_CREATION_FAILURE
            assert refused.value.rule == (RuleKind.PDR, 1)
        assert len(pair.upf.leftovers()) == 4

    play(flow, associated=False)


def test_a_upf_without_ipv6_on_n3_refuses_such_a_tunnel() -> None:
    """Rule creation failure, with the rule (8.2.1, 8.2.80); nothing is left behind."""

    async def flow(pair: Pair) -> None:
        pair.smf._outward._ipv6 = True
        with pytest.raises(N4Error, match=r"cause 73.*FailedRule\(kind=0, id=1\)") as refused:
            await pair.smf.establish(session())
        assert refused.value.cause is Cause.RULE_CREATION_FAILURE
        assert pair.upf.leftovers() == []
        pair.smf._outward._ipv6 = False
        await pair.smf.establish(session())

    play(flow)

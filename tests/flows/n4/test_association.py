"""The association between SMF and UPF: how it begins, how it ends, and who is not answered at all."""

import asyncio
from ipaddress import IPv4Address
from typing import Any

import msgspec
import pytest

from judges.n4 import EPOCH, N3, SMF, STRANGER, UPF, Pair, Peer, play, session
from pilot5g.core.upf.pfcp import FEATURES
from pilot5g.service.n4 import Cause, FTeid, N4Error
from pilot5g.service.pfcp.endpoint import STRANGERS_HEARTBEATS
from pilot5g.wire import pfcp
from pilot5g.wire.pfcp import messages as m
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies.addresses import FSeid, RemoteGtpuPeer
from pilot5g.wire.pfcp.ies.addresses import FTeid as WireFTeid
from pilot5g.wire.pfcp.ies.node import TimerValue
from pilot5g.wire.pfcp.reports import PathFailureReport, SessionRetention

NODE = IPv4Address(SMF[0])
SETUP = m.AssociationSetupRequest(node_id=NODE, recovery_time_stamp=5)


def causes(pair: Pair) -> list[tuple[str, str]]:
    """What the SMF's journal refused, and by which cause."""
    return [(entry.what, entry.reason) for entry in pair.smf_journal.entries if entry.cause]


def test_heartbeats_keep_an_association() -> None:
    """One in ten seconds, answered; nothing else is said while nothing happens."""

    async def flow(pair: Pair) -> None:
        await asyncio.sleep(35)
        assert pair.ladder[:2] == ["AssociationSetupRequest", "AssociationSetupResponse"]
        assert pair.ladder[2:] == ["HeartbeatRequest", "HeartbeatResponse"] * 3
        assert pair.smf.associated
        assert pair.heard.lost == 1

    play(flow)


def test_the_upf_may_come_later() -> None:
    """The SMF says once that there is none, goes on asking, and refuses sessions until then."""

    async def flow(pair: Pair) -> None:
        pair.crash_upf()
        assert not await pair.smf.until_associated(30)
        with pytest.raises(N4Error) as none:
            await pair.smf.establish(session())
        assert none.value.cause is Cause.NO_ESTABLISHED_PFCP_ASSOCIATION
        assert causes(pair) == [("no association", "no answer to 3 requests")]
        pair.start_upf()
        assert await pair.smf.until_associated(30)
        await pair.smf.establish(session())

    play(flow, associated=False)


def test_a_upf_that_began_anew_is_noticed() -> None:
    """By its recovery time stamp (TS 23.527 4.3): the association is set up again, and the SMF told."""

    async def flow(pair: Pair) -> None:
        chosen = await pair.smf.establish(session())
        pair.crash_upf()
        pair.start_upf()
        await asyncio.sleep(11)
        assert pair.smf.associated
        assert pair.heard.lost == 2
        assert ("association lost", "the UPF began anew") in causes(pair)
        with pytest.raises(N4Error) as gone:
            await pair.smf.delete(1)
        assert gone.value.cause is Cause.SESSION_CONTEXT_NOT_FOUND
        assert await pair.smf.establish(session(fteid=chosen[1])) == {}
        (installed,) = pair.datapath.sessions.values()
        assert installed.pdrs[0].local_fteid == chosen[1]

    play(flow)


def test_a_upf_that_is_gone_is_noticed() -> None:
    """Heartbeats without an answer; it is asked for again until it is back."""

    async def flow(pair: Pair) -> None:
        pair.memory.cut(SMF[0], UPF[0])
        await asyncio.sleep(17)
        assert not pair.smf.associated
        assert causes(pair)[0][0] == "association lost"
        pair.memory.heal(SMF[0], UPF[0])
        assert await pair.smf.until_associated(30)
        assert pair.heard.lost == 2

    play(flow)


def test_sessions_outlive_their_smf_until_it_is_back() -> None:
    """They forward while it is away, and go when it associates anew (TS 29.244 6.2.6.2.2)."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session())
        pair.crash_smf()
        await asyncio.sleep(60)
        assert len(pair.datapath.sessions) == 1
        pair.start_smf()
        assert await pair.smf.until_associated(30)
        assert pair.datapath.sessions == {}
        assert pair.upf.leftovers() == []

    play(flow)


def test_sessions_are_retained_where_that_is_asked_for() -> None:
    """Session retention information; the one that is restored takes its place."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session())
        (before,) = pair.datapath.sessions.values()
        pair.crash_smf()
        peer = Peer(pair, SMF, UPF)
        answer = await peer.answer(msgspec.structs.replace(SETUP, session_retention=SessionRetention()))
        assert answer.as_rsp_flags == f.AsRspFlags.PSREI
        assert len(pair.datapath.sessions) == 1
        again = session(fteid=before.pdrs[0].local_fteid)
        request = pair.smf._outward.establishment(again, NODE, FSeid(1, NODE))
        assert (await peer.answer(request, 2, 0)).cause == pfcp.Cause.REQUEST_ACCEPTED
        (after,) = pair.datapath.sessions.values()
        assert after.pdrs == before.pdrs
        peer.close()
        pair.start_smf()

    play(flow)


def test_strangers_have_their_heartbeats_answered_and_nothing_else() -> None:
    """TS 29.244 6.2.2.2: to anybody, in no more octets than were sent; they are told of once."""

    async def flow(pair: Pair) -> None:
        peer = Peer(pair, STRANGER, UPF)
        request = pfcp.encode(pfcp.Pdu(m.HeartbeatRequest(recovery_time_stamp=1), 0xABC))
        back = await peer.ask(request)
        assert back is not None
        assert len(back) == len(request)
        answer = pfcp.decode(back)
        assert answer.sequence == 0xABC
        assert answer.message == m.HeartbeatResponse(recovery_time_stamp=pair.server._identity.recovery)
        for octets in (pfcp.encode(pfcp.Pdu(SETUP, 2)), bytes((0x40, *request[1:])), request[:15], b""):
            assert await peer.ask(octets) is None
        told = [entry for entry in pair.upf_journal.entries if "192.0.2.66" in entry.subject]
        assert len(told) == 1
        assert told[0].fix
        assert pair.server._endpoint.strangers == 5
        peer.close()

    play(flow)


def test_strangers_cannot_have_more_than_so_many_heartbeats_answered() -> None:
    """A bound for all of them together, and again in the next second."""

    async def flow(pair: Pair) -> None:
        peer = Peer(pair, STRANGER, UPF)
        await asyncio.sleep(1 - asyncio.get_running_loop().time() % 1)
        request = pfcp.encode(pfcp.Pdu(m.HeartbeatRequest(recovery_time_stamp=1), 1))
        for _ in range(2 * STRANGERS_HEARTBEATS):
            peer.port.send(request, UPF)
        await asyncio.sleep(0.5)
        assert peer.inbox.qsize() == STRANGERS_HEARTBEATS
        await asyncio.sleep(0.6)
        peer.port.send(request, UPF)
        await asyncio.sleep(0.1)
        assert peer.inbox.qsize() == STRANGERS_HEARTBEATS + 1
        peer.close()

    play(flow)


def test_a_upf_that_does_not_choose_f_teids_is_refused() -> None:
    """FTUP is what this SMF is built on (TS 29.244 5.5.1)."""

    async def flow(pair: Pair) -> None:
        pair.crash_upf()
        peer = Peer(pair, UPF, SMF)
        octets = await peer.inbox.get()
        answer = m.AssociationSetupResponse(
            node_id=IPv4Address(UPF[0]),
            cause=1,
            recovery_time_stamp=1,
            up_function_features=FEATURES & ~f.UpFunctionFeatures.FTUP,
        )
        peer.port.send(pfcp.encode(pfcp.Pdu(answer, pfcp.decode(octets).sequence)), SMF)
        await asyncio.sleep(1)
        assert not pair.smf.associated
        assert causes(pair)[-1] == ("no association", "it does not choose F-TEIDs")
        peer.close()
        pair.start_upf()

    play(flow, associated=False)


def test_a_upf_may_begin_the_association_and_ask_for_its_end() -> None:
    """TS 29.244 6.2.6.3 and 6.2.7.3: the SMF releases it, and sets it up again later."""

    async def flow(pair: Pair) -> None:
        pair.crash_upf()
        peer = Peer(pair, UPF, SMF)
        node = IPv4Address(UPF[0])
        peer.inbox = asyncio.Queue()
        await asyncio.sleep(0.5)
        while not peer.inbox.empty():
            peer.inbox.get_nowait()
        setup = m.AssociationSetupRequest(node_id=node, recovery_time_stamp=9, up_function_features=FEATURES)
        answer = await peer.answer(setup)
        assert isinstance(answer, m.AssociationSetupResponse)
        assert answer.cause == pfcp.Cause.REQUEST_ACCEPTED
        assert pair.smf.associated
        update = m.AssociationUpdateRequest(
            node_id=node, release_request=f.AssociationReleaseRequestFlags.SARR
        )
        first = await peer.answer(update, 2)
        second = pfcp.decode(await asyncio.wait_for(peer.inbox.get(), 5)).message
        assert {type(first), type(second)} >= {m.AssociationUpdateResponse}
        await asyncio.sleep(0.1)
        assert not pair.smf.associated
        peer.close()
        pair.start_upf()

    play(flow, associated=False)


def test_a_upf_may_ask_for_its_end_within_a_graceful_release_period() -> None:
    """No new sessions from then on; released when the last one has ended, or the period (5.18, 6.2.7.3)."""

    async def flow(pair: Pair, period: TimerValue, ends: bool) -> None:
        await pair.smf.establish(session())
        peer = await in_place_of_the_upf(pair)
        update = m.AssociationUpdateRequest(
            node_id=IPv4Address(UPF[0]),
            release_request=f.AssociationReleaseRequestFlags.SARR,
            graceful_release_period=period,
        )
        assert (await peer.answer(update, 900)).cause == pfcp.Cause.REQUEST_ACCEPTED
        await asyncio.sleep(1)
        with pytest.raises(N4Error, match="about to leave"):
            await pair.smf.establish(session(2))
        assert pair.smf.associated
        if ends:
            deleting = asyncio.ensure_future(pair.smf.delete(1))
            octets = await until(peer, m.SessionDeletionRequest)
            answer = m.SessionDeletionResponse(cause=1)
            peer.port.send(pfcp.encode(pfcp.Pdu(answer, pfcp.decode(octets).sequence, 1)), SMF)
            await deleting
        await until(peer, m.AssociationReleaseRequest, 5 if ends else 70)
        assert not pair.smf.associated
        peer.close()
        pair.start_upf()

    play(lambda pair: flow(pair, TimerValue(1, 1), False))
    play(lambda pair: flow(pair, TimerValue(7, 0), True))


async def in_place_of_the_upf(pair: Pair) -> Peer:
    """A peer in the UPF's place, which takes every heartbeat."""
    pair.crash_upf()
    peer = Peer(pair, UPF, SMF)
    alive = m.HeartbeatResponse(recovery_time_stamp=EPOCH)

    def receive(batch: list[tuple[bytes, tuple[str, int]]]) -> None:
        for data, _ in batch:
            pdu = pfcp.decode(data)
            if isinstance(pdu.message, m.HeartbeatRequest):
                peer.port.send(pfcp.encode(pfcp.Pdu(alive, pdu.sequence)), SMF)
            else:
                peer.inbox.put_nowait(data)

    peer.port.on_datagrams(receive)
    return peer


async def until(peer: Peer, kind: type[pfcp.Message], patience: float = 5) -> bytes:
    """The next message of that kind."""
    async with asyncio.timeout(patience):
        while True:
            data = await peer.inbox.get()
            if isinstance(pfcp.decode(data).message, kind):
                return data


def test_a_upf_that_denies_the_association_is_believed() -> None:
    """It began anew so fast that its time stamp does not tell: no established PFCP association (8.2.1)."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session())
        pair.crash_upf()
        pair.lives -= 1  # with the very time stamp of the one before
        pair.start_upf()
        with pytest.raises(N4Error) as denied:
            await pair.smf.delete(1)
        assert denied.value.cause is Cause.NO_ESTABLISHED_PFCP_ASSOCIATION
        assert await pair.smf.until_associated(5)
        assert pair.heard.lost == 2
        await pair.smf.establish(session())

    play(flow)


def test_what_an_smf_does_not_offer_is_refused_and_node_reports_are_noted() -> None:
    """Every request has its answer."""

    async def flow(pair: Pair) -> None:
        pair.crash_upf()
        peer = Peer(pair, UPF, SMF)
        node = IPv4Address(UPF[0])
        failed = PathFailureReport(peers=(RemoteGtpuPeer(ipv4=IPv4Address("198.51.100.9")),))
        report = m.NodeReportRequest(node_id=node, report_type=f.NodeReportType.UPFR, path_failure=failed)
        assert (await peer.answer(report)).cause == pfcp.Cause.REQUEST_ACCEPTED
        assert "198.51.100.9 failed" in pair.smf_journal.entries[-1].what
        assert (await peer.answer(m.PfdManagementRequest(), 2)).cause == pfcp.Cause.SERVICE_NOT_SUPPORTED
        unknown = m.SessionReportRequest(report_type=f.ReportType.UPIR)
        assert (await peer.answer(unknown, 3, 77)).cause == pfcp.Cause.SESSION_CONTEXT_NOT_FOUND
        peer.close()
        pair.start_upf()

    play(flow)


async def alone(pair: Pair) -> Peer:
    """A peer in the SMF's place, associated."""
    pair.crash_smf()
    peer = Peer(pair, SMF, UPF)
    assert (await peer.answer(SETUP, 100)).cause == pfcp.Cause.REQUEST_ACCEPTED
    return peer


SESSION = session()


@pytest.mark.parametrize(
    ("message", "seid", "cause"),
    [
        (m.PfdManagementRequest(), None, pfcp.Cause.SERVICE_NOT_SUPPORTED),
        (m.SessionSetDeletionRequest(node_id=NODE), None, pfcp.Cause.SERVICE_NOT_SUPPORTED),
        (m.AssociationUpdateRequest(node_id=NODE), None, pfcp.Cause.REQUEST_ACCEPTED),
        (m.SessionDeletionRequest(), 99, pfcp.Cause.SESSION_CONTEXT_NOT_FOUND),
        (m.SessionModificationRequest(), 99, pfcp.Cause.SESSION_CONTEXT_NOT_FOUND),
        (m.SessionReportRequest(report_type=f.ReportType.UPIR), 99, pfcp.Cause.SERVICE_NOT_SUPPORTED),
        (m.AssociationReleaseRequest(node_id=NODE), None, pfcp.Cause.REQUEST_ACCEPTED),
    ],
)
def test_every_request_to_a_upf_is_answered(message: Any, seid: int | None, cause: pfcp.Cause) -> None:
    """By its response, with the cause of what is wrong."""

    async def flow(pair: Pair) -> None:
        peer = await alone(pair)
        answer = await peer.answer(message, 1, seid)
        assert pfcp.ANSWERS[message.TYPE] == answer.TYPE
        assert answer.cause == cause
        peer.close()
        pair.start_smf()

    play(flow)


@pytest.mark.parametrize(
    "message",
    [m.SessionDeletionRequest(), m.SessionModificationRequest(), m.AssociationReleaseRequest(node_id=NODE)],
)
def test_nothing_without_an_association(message: Any) -> None:
    """No established PFCP association (8.2.1)."""

    async def flow(pair: Pair) -> None:
        peer = Peer(pair, SMF, UPF)
        answer = await peer.answer(message, 1, 5 if message.about_session() else None)
        assert answer.cause == pfcp.Cause.NO_ESTABLISHED_PFCP_ASSOCIATION
        peer.close()
        pair.start_smf()

    async def main(pair: Pair) -> None:
        pair.crash_smf()
        pair.crash_upf()
        pair.start_upf()
        await flow(pair)

    play(main, associated=False)


def test_a_released_association_takes_its_sessions_along() -> None:
    """TS 29.244 6.2.8."""

    async def flow(pair: Pair) -> None:
        peer = await alone(pair)
        request = pair.smf._outward.establishment(SESSION, NODE, FSeid(1, NODE))
        assert (await peer.answer(request, 1, 0)).cause == pfcp.Cause.REQUEST_ACCEPTED
        await peer.answer(m.AssociationReleaseRequest(node_id=NODE), 2)
        assert pair.datapath.sessions == {}
        peer.close()
        pair.start_smf()

    play(flow)


@pytest.mark.parametrize(
    ("octets", "cause", "offending"),
    [
        ("2005000400000200", pfcp.Cause.MANDATORY_IE_MISSING, None),
        ("2003000c00000200003c0004ff000000", pfcp.Cause.REQUEST_ACCEPTED, None),
        ("2132000c000000000000000000000200", pfcp.Cause.MANDATORY_IE_MISSING, 60),
        ("2134001000000000000000010000020000380000", pfcp.Cause.SESSION_CONTEXT_NOT_FOUND, None),
        ("2134001400000000000000010000020000100004006c0000", pfcp.Cause.INVALID_LENGTH, 108),
        ("2136000c00000000000000010000020000", pfcp.Cause.INVALID_LENGTH, None),
    ],
)
def test_faulty_requests_are_refused(octets: str, cause: pfcp.Cause, offending: int | None) -> None:
    """With the cause, the element, and a line in the journal (7.6)."""

    async def flow(pair: Pair) -> None:
        peer = await alone(pair)
        back = await peer.ask(bytes.fromhex(octets))
        assert back is not None
        message: Any = pfcp.decode(back).message
        if cause is not pfcp.Cause.REQUEST_ACCEPTED:
            assert message.cause == cause
            assert getattr(message, "offending_ie", None) == offending
        entry = pair.upf_journal.entries[-1]
        assert entry.cause
        assert entry.reason
        peer.close()
        pair.start_smf()

    play(flow)


def test_another_version_is_told() -> None:
    """Version Not Supported (7.6.2)."""

    async def flow(pair: Pair) -> None:
        peer = await alone(pair)
        back = await peer.ask(bytes.fromhex("4001000c00000200006000040000000a"))
        assert back is not None
        assert isinstance(pfcp.decode(back).message, m.VersionNotSupportedResponse)
        peer.close()
        pair.start_smf()

    play(flow)


def test_an_error_indication_of_both_families_is_told() -> None:
    """A report of another UPF, with several tunnels."""

    async def flow(pair: Pair) -> None:
        await pair.smf.establish(session())
        remote = pair.smf._sessions[1]
        pair.crash_upf()
        peer = Peer(pair, UPF, SMF)
        from pilot5g.wire.pfcp.reports import ErrorIndicationReport

        report = m.SessionReportRequest(
            report_type=f.ReportType.ERIR,
            error_indication=ErrorIndicationReport(
                remote_fteids=(WireFTeid(1, IPv4Address(N3)), WireFTeid(2, IPv4Address(N3)))
            ),
        )
        answer = await peer.ask(pfcp.encode(pfcp.Pdu(report, 1, 1)))
        assert answer is not None
        assert pfcp.decode(answer).seid == remote.seid
        assert pair.heard.reports == [
            ("error indication", 1, FTeid(1, N3)),
            ("error indication", 1, FTeid(2, N3)),
        ]
        peer.close()
        pair.start_upf()

    play(flow)


def test_a_upf_settles_once_some_time_after_its_first_smf() -> None:
    """By then what is to go on is there again, and what a data path has of before can go."""

    async def flow(pair: Pair) -> None:
        calls: list[float] = []
        pair.crash_upf()
        pair.start_upf()
        pair.server.when_settled(lambda: calls.append(asyncio.get_running_loop().time()))
        assert await pair.smf.until_associated(60)
        await asyncio.sleep(29)
        assert calls == []
        await asyncio.sleep(60)
        assert len(calls) == 1

    play(flow, associated=False)

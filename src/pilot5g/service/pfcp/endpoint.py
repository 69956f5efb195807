"""One end of N4: a UDP port, a path to each configured peer, and heartbeats (TS 29.244 6.2.2, 6.4).

Only configured peers are served. Heartbeats are answered to anyone, as TS 29.244 6.2.2.2 has it: out of the
datagram alone, with no word kept of who asked, by an answer that is not longer, and so many a second at most,
so nobody can have a third party flooded from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Protocol

import msgspec

from pilot5g.flow.clock import now
from pilot5g.flow.entropy import Entropy, integer
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Address, Datagram, DatagramPort
from pilot5g.flow.tasks import Tasks
from pilot5g.flow.timer import Timer
from pilot5g.wire import pfcp
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.pfcp.ies.addresses import NodeId
from pilot5g.wire.pfcp.messages import HeartbeatRequest, HeartbeatResponse
from pilot5g.wire.pfcp.path import Answered, Asked, AskedWrongly, Event, Path, Unanswered

Reply = tuple[pfcp.Message, int | None]
"""A response and the SEID in its header."""

STRANGERS = 100
"""Addresses that are remembered as strangers, so that each is told of once."""


STRANGERS_HEARTBEATS = 100
"""Heartbeats of strangers that are answered in a second."""


class NoAnswer(Exception):
    """The peer did not answer, or not so that it can be used."""


class Identity(msgspec.Struct, frozen=True):
    """Who this end is: its node ID, and the second at which it began, counted from 1900 (8.2.65)."""

    node_id: NodeId
    recovery: int


class PfcpUser(Protocol):
    """What is above an endpoint."""

    async def answer(self, peer: str, pdu: pfcp.Pdu) -> Reply:
        """Do what a request asks for. Heartbeats do not come here."""
        ...

    def refuse(self, peer: str, fault: pfcp.Faulty) -> Reply | None:
        """The answer to a request that cannot be used, if it has one."""
        ...

    def heard(self, peer: str, recovery: int) -> None:
        """A peer's recovery time stamp, from a heartbeat or its answer."""
        ...


class Endpoint:
    """The port and its paths, by the IP address of the peer."""

    def __init__(
        self,
        port: DatagramPort,
        peers: Iterable[Address],
        user: PfcpUser,
        identity: Identity,
        *,
        timer: Timer,
        journal: Journal,
        entropy: Entropy,
    ) -> None:
        """`timer` is T1 with N1 expiries (TS 29.244 6.4)."""
        self.identity = identity
        self.strangers = 0
        """Datagrams of nobody who is configured."""
        self._port = port
        self._user = user
        self._journal = journal
        self._tasks = Tasks()
        self._paths = {
            peer[0]: Path(peer, t1=timer.seconds, n1=timer.expiries, first=integer(entropy, 24))
            for peer in peers
        }
        self._waiting: dict[tuple[str, int], asyncio.Future[pfcp.Pdu]] = {}
        self._alarm: asyncio.TimerHandle | None = None
        self._told: set[str] = set()
        self._answered_strangers = (0, 0)
        """The second it is, and the heartbeats of strangers answered in it."""
        port.on_datagrams(self._receive)

    async def ask(self, peer: str, message: pfcp.Message, seid: int | None = None) -> pfcp.Message:
        """A request's answer. Raises NoAnswer."""
        path = self._paths[peer]
        key = (peer, path.ask(message, seid, now()))
        answer = self._waiting[key] = asyncio.get_running_loop().create_future()
        self._flush(path)
        try:
            pdu: pfcp.Pdu = await answer
            return pdu.message
        finally:
            del self._waiting[key]
            path.abandon(key[1])

    async def heartbeat(self, peer: str) -> int:
        """The recovery time stamp of a peer that is alive. Raises NoAnswer."""
        answer = await self.ask(peer, HeartbeatRequest(recovery_time_stamp=self.identity.recovery))
        assert isinstance(answer, HeartbeatResponse)
        return answer.recovery_time_stamp

    async def close(self) -> None:
        """Say nothing more; the port is closed."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        for answer in self._waiting.values():
            answer.cancel()
        await self._tasks.close()
        self._port.close()

    def _receive(self, datagrams: list[Datagram]) -> None:
        for data, source in datagrams:
            path = self._paths.get(source[0])
            if path is None:
                self._stranger(data, source)
                continue
            for event in path.receive(data, source, now()):
                self._handle(source[0], path, event)
            self._flush(path)

    def _stranger(self, data: bytes, source: Address) -> None:
        self.strangers += 1
        self._alive(data, source)
        address = source[0]
        if address not in self._told and len(self._told) < STRANGERS:
            self._told.add(address)
            self._journal.refuse(
                f"N4 peer {address}",
                "only its heartbeats are answered",
                cause="none",
                reason="it is none of the configured peers",
                fix="if it should be one, add its address under `n4`",
            )

    def _alive(self, data: bytes, source: Address) -> None:
        """Answer a heartbeat of whoever it is; anything else gets nothing."""
        second, answered = self._answered_strangers
        answered = answered if second == int(now()) else 0
        if answered >= STRANGERS_HEARTBEATS:
            return
        try:
            pdu = pfcp.decode(data)
        except DecodeError:
            return
        if isinstance(pdu.message, HeartbeatRequest):
            self._answered_strangers = (int(now()), answered + 1)
            answer = HeartbeatResponse(recovery_time_stamp=self.identity.recovery)
            self._port.send(pfcp.encode(pfcp.Pdu(answer, pdu.sequence)), source)

    def _handle(self, peer: str, path: Path, event: Event) -> None:
        match event:
            case Asked(pdu, key):
                if isinstance(pdu.message, HeartbeatRequest):
                    path.answer(key, HeartbeatResponse(recovery_time_stamp=self.identity.recovery), None)
                    self._user.heard(peer, pdu.message.recovery_time_stamp)
                else:
                    self._tasks.spawn(self._answer(peer, path, event), f"N4 request of {peer}")
            case AskedWrongly(fault, key):
                reply = self._user.refuse(peer, fault)
                if reply is not None:
                    path.answer(key, *reply)
            case Answered(sequence, pdu):
                if isinstance(pdu.message, HeartbeatResponse):
                    self._user.heard(peer, pdu.message.recovery_time_stamp)
                self._settle(peer, sequence, pdu)
            case Unanswered(sequence, why):
                self._settle(peer, sequence, NoAnswer(why))

    def _settle(self, peer: str, sequence: int, result: pfcp.Pdu | NoAnswer) -> None:
        answer = self._waiting.get((peer, sequence))
        if answer is None or answer.done():
            return
        if isinstance(result, NoAnswer):
            answer.set_exception(result)
        else:
            answer.set_result(result)

    async def _answer(self, peer: str, path: Path, asked: Asked) -> None:
        message, seid = await self._user.answer(peer, asked.pdu)
        path.answer(asked.key, message, seid)
        self._flush(path)

    def _flush(self, path: Path) -> None:
        if path.outgoing:
            outgoing, path.outgoing = path.outgoing, []
            for data, to in outgoing:
                self._port.send(data, to)
        self._arm()

    def _arm(self) -> None:
        """One alarm for the request that is due first."""
        due = min((due for path in self._paths.values() if (due := path.due()) is not None), default=None)
        if self._alarm is not None:
            if due is not None and self._alarm.when() <= due:
                return  # early, at most: it looks again
            self._alarm.cancel()
            self._alarm = None
        if due is not None:
            self._alarm = asyncio.get_running_loop().call_at(due, self._expire)

    def _expire(self) -> None:
        self._alarm = None
        for peer, path in self._paths.items():
            for event in path.expire(now()):
                self._handle(peer, path, event)
            self._flush(path)
        self._arm()

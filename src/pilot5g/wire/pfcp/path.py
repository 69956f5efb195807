"""A path to one PFCP peer: requests that are repeated, answers that are remembered (TS 29.244 6.4).

No socket and no clock: every call that depends on time has it as an argument, in seconds of any clock that
never goes back. Whoever drives a path does four things: give it requests and answers of its own (`ask`,
`answer`), give it what arrives (`receive`), send what is in `outgoing`, and call `expire` at `due`.

* A request is sent again, octet by octet the same, each T1 until an answer with its sequence number comes or
  it was sent N1 times.
* A request that comes again is not given up a second time: its answer is sent again, or nothing while there
  is none yet. The same sequence number with other octets is another request: its sender began anew.
* An answer without a request is dropped: it is late, repeated or forged.
"""

from __future__ import annotations

import msgspec

from pilot5g.wire.errors import DecodeError
from pilot5g.wire.pfcp.codec import Pdu, decode, encode
from pilot5g.wire.pfcp.errors import Faulty, UnknownVersion
from pilot5g.wire.pfcp.grammar import Message
from pilot5g.wire.pfcp.header import LAST_SEQUENCE, split
from pilot5g.wire.pfcp.messages import ANSWERS, VersionNotSupportedResponse

Address = tuple[str, int]

REMEMBERED = 20_000
"""Answers kept at most; a peer that sends more requests within their life gets the oldest done twice."""


class Asked(msgspec.Struct, frozen=True):
    """The peer has a request. `key` goes back into `answer`."""

    pdu: Pdu
    key: tuple[Address, int]


class AskedWrongly(msgspec.Struct, frozen=True):
    """The peer has a request that cannot be used; it is to be refused with that cause (7.6)."""

    fault: Faulty
    key: tuple[Address, int]


class Answered(msgspec.Struct, frozen=True):
    """The answer to the request of that sequence number."""

    sequence: int
    pdu: Pdu


class Unanswered(msgspec.Struct, frozen=True):
    """There is none: the peer was silent N1 times, or what it said cannot be used."""

    sequence: int
    why: str


Event = Asked | AskedWrongly | Answered | Unanswered


class _Request:
    """What waits for its answer."""

    __slots__ = ("due", "octets", "sent", "type")

    def __init__(self, kind: int, octets: bytes, due: float) -> None:
        self.type = kind
        self.octets = octets
        self.due = due
        self.sent = 1


class _Answer:
    """What was asked, and the answer once there is one."""

    __slots__ = ("octets", "request", "until")

    def __init__(self, request: int, until: float) -> None:
        self.request = request
        self.until = until
        self.octets = b""


class Path:
    """One peer. `t1` seconds between repetitions, `n1` sendings in all; `first` is the sequence number to
    begin with: a random one, so that a peer does not take requests for those of the process before."""

    def __init__(self, peer: Address, *, t1: float, n1: int, first: int) -> None:
        self.peer = peer
        self.outgoing: list[tuple[bytes, Address]] = []
        """What is to be sent, and where to. Whoever sends it empties the list."""
        self.dropped = 0
        """Messages that nobody asked for or nobody can read."""
        self.repeated = 0
        """Requests sent again."""
        self._t1 = t1
        self._n1 = n1
        self._life = t1 * (n1 + 1)
        self._sequence = first & LAST_SEQUENCE
        self._waiting: dict[int, _Request] = {}  # in the order in which they are due
        self._answers: dict[tuple[Address, int], _Answer] = {}  # in the order in which they end

    @property
    def waiting(self) -> int:
        """Requests without an answer."""
        return len(self._waiting)

    def due(self) -> float | None:
        """When `expire` wants to be called."""
        for request in self._waiting.values():
            return request.due
        return None

    def ask(self, message: Message, seid: int | None, now: float) -> int:
        """Send a request; its sequence number. Raises EncodeError."""
        sequence = self._next()
        octets = encode(Pdu(message, sequence, seid))
        self._waiting[sequence] = _Request(message.TYPE, octets, now + self._t1)
        self.outgoing.append((octets, self.peer))
        return sequence

    def _next(self) -> int:
        while True:
            self._sequence = (self._sequence + 1) & LAST_SEQUENCE
            if self._sequence not in self._waiting:
                return self._sequence

    def answer(self, key: tuple[Address, int], message: Message, seid: int | None) -> None:
        """Send the answer to a request. Raises EncodeError."""
        source, sequence = key
        octets = encode(Pdu(message, sequence, seid))
        if (kept := self._answers.get(key)) is not None:
            kept.octets = octets
        self.outgoing.append((octets, source))

    def abandon(self, sequence: int) -> None:
        """Nobody waits for that answer any more."""
        self._waiting.pop(sequence, None)

    def receive(self, datagram: bytes, source: Address, now: float) -> list[Event]:
        """What a datagram of this peer says."""
        self._forget(now)
        events = [self._receive(data, source, now) for data in split(datagram)]
        return [event for event in events if event is not None]

    def _receive(self, data: bytes, source: Address, now: float) -> Event | None:
        try:
            pdu = decode(data)
        except UnknownVersion as unknown:
            self._tell_version(unknown.sequence, source)
            return None
        except Faulty as fault:
            return self._faulty(fault, data, source, now)
        except DecodeError:
            self.dropped += 1
            return None
        if type(pdu.message).TYPE in ANSWERS:
            key = (source, pdu.sequence)
            return Asked(pdu, key) if self._is_new(key, data, now) else None
        return self._answered(pdu)

    def _tell_version(self, sequence: int, source: Address) -> None:
        """TS 29.244 7.6.2."""
        self.dropped += 1
        self.outgoing.append((encode(Pdu(VersionNotSupportedResponse(), sequence)), source))

    def _faulty(self, fault: Faulty, data: bytes, source: Address, now: float) -> Event | None:
        sequence = fault.header.sequence
        if fault.header.type in ANSWERS:
            key = (source, sequence)
            return AskedWrongly(fault, key) if self._is_new(key, data, now) else None
        request = self._waiting.get(sequence)
        if request is None or ANSWERS[request.type] != fault.header.type:
            self.dropped += 1
            return None
        del self._waiting[sequence]
        return Unanswered(sequence, f"the answer cannot be used: {fault}")

    def _is_new(self, key: tuple[Address, int], data: bytes, now: float) -> bool:
        """Whether a request was not here before; if it was, its answer goes out again."""
        known = self._answers.get(key)
        if known is not None and known.request == hash(data):
            if known.octets:
                self.outgoing.append((known.octets, key[0]))
            return False
        self._answers.pop(key, None)
        self._answers[key] = _Answer(hash(data), now + self._life)
        return True

    def _answered(self, pdu: Pdu) -> Event | None:
        request = self._waiting.get(pdu.sequence)
        message = pdu.message
        if request is not None and isinstance(message, VersionNotSupportedResponse):
            del self._waiting[pdu.sequence]
            return Unanswered(pdu.sequence, "the peer does not speak PFCP version 1")
        if request is None or ANSWERS[request.type] != type(message).TYPE:
            self.dropped += 1
            return None
        del self._waiting[pdu.sequence]
        return Answered(pdu.sequence, pdu)

    def expire(self, now: float) -> list[Event]:
        """Repeat what is due, and give up what was repeated enough."""
        events: list[Event] = []
        late = [(sequence, request) for sequence, request in self._waiting.items() if request.due <= now]
        for sequence, request in late:
            del self._waiting[sequence]
            if request.sent >= self._n1:
                events.append(Unanswered(sequence, f"no answer to {self._n1} requests"))
                continue
            request.sent += 1
            request.due = now + self._t1
            self.repeated += 1
            self._waiting[sequence] = request
            self.outgoing.append((request.octets, self.peer))
        return events

    def _forget(self, now: float) -> None:
        """Let go of answers whose requests can come no more."""
        while self._answers:
            key = next(iter(self._answers))
            if self._answers[key].until > now and len(self._answers) < REMEMBERED:
                return
            del self._answers[key]

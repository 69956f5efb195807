"""Calls and their answers over an association between two processes.

Either side may call. What comes is decoded as strictly as what comes from a radio: a frame that is none ends
the association. A call that gets no answer in time, or whose association goes, fails as a service that does
not work does, and its caller deals with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec

from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.link import Association
from pilot5g.flow.tasks import Tasks
from pilot5g.service.remote.operations import operations
from pilot5g.wire.errors import DecodeError

log = logging.getLogger(__name__)

PATIENCE = 20.0
"""Seconds for an answer: more than the longest procedure of a radio that a call waits for (X-N2)."""
MOST = 20_000
"""Calls of a peer that are worked on at a time."""


class Call(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """An operation of somebody's interface."""

    number: int
    interface: str
    whose: str
    operation: str
    arguments: list[bytes]


class Result(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """What it gave."""

    number: int
    value: bytes


class Refusal(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """What kept it from giving anything."""

    number: int
    problem: Problem
    reason: str
    fix: str


class Hello(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """Who is there: the first frame of whoever began the association."""

    name: str


Frame = Call | Result | Refusal | Hello
_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Frame] = msgspec.msgpack.Decoder(Frame)


def decode(octets: bytes) -> Frame:
    """A frame. Raises DecodeError."""
    try:
        return _decoder.decode(octets)
    except (msgspec.DecodeError, ValueError) as wrong:
        raise DecodeError(f"no frame: {wrong}") from wrong


class Offered:
    """What a process offers: objects by interface and name."""

    def __init__(self) -> None:
        self._objects: dict[tuple[str, str], tuple[type[Any], Any]] = {}

    def add(self, interface: type[Any], whose: str, producer: Any) -> None:
        """Somebody's interface."""
        self._objects[interface.__name__, whose] = interface, producer

    def find(self, interface: str, whose: str) -> tuple[type[Any], Any] | None:
        """The interface and who is behind it."""
        return self._objects.get((interface, whose))


class Link:
    """The way to one other process, whose `name` it is; it has an association at times (`up`). `offered` is
    what the other may call here, `call_back` makes what stands for it where it wants to be told something."""

    def __init__(self, name: str, offered: Offered, tasks: Tasks) -> None:
        self.name = name
        self._offered = offered
        self._tasks = tasks
        self._association: Association | None = None
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._last = 0
        self._working = 0
        self.call_back: Callable[[type[Any]], Any] = _nobody

    @property
    def up(self) -> bool:
        """Whether there is an association."""
        return self._association is not None

    def attach(self, association: Association) -> None:
        """There is one now; one before is of no more use."""
        before, self._association = self._association, association
        if before is not None and before is not association:
            before.abort()
            self._fail("it came back")

    def detach(self, association: Association, reason: str) -> None:
        """It has gone."""
        if association is self._association:
            self._association = None
            self._fail(reason)

    def _fail(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(self._gone(reason))

    def _gone(self, reason: str) -> ServiceError:
        what = f"{self.name} cannot be reached: {reason}"
        return ServiceError(Problem.SYSTEM_FAILURE, what, "look whether that process runs")

    # -- calling

    async def call(self, interface: str, whose: str, operation: str, arguments: list[bytes]) -> bytes:
        """The octets of the answer. Raises ServiceError."""
        if self._association is None:
            raise self._gone("there is no connection")
        self._last += 1
        number = self._last
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        self._association.send(_encode(Call(number, interface, whose, operation, arguments)), 0)
        try:
            return await asyncio.wait_for(answer, PATIENCE)
        except TimeoutError:
            raise self._gone(f"{operation} was not answered in {PATIENCE:g} s") from None
        finally:
            self._waiting.pop(number, None)

    # -- what comes

    def receive(self, frame: Frame) -> None:
        """A call of the other, or an answer to one of ours."""
        match frame:
            case Call():
                self._begin(frame)
            case Result(number, value):
                if (answer := self._waiting.get(number)) is not None and not answer.done():
                    answer.set_result(value)
            case Refusal(number, problem, reason, fix):
                if (answer := self._waiting.get(number)) is not None and not answer.done():
                    answer.set_exception(ServiceError(problem, reason, fix))

    def _begin(self, call: Call) -> None:
        if self._working >= MOST:
            self._say(Refusal(call.number, Problem.SYSTEM_FAILURE, "too many calls at a time", ""))
            return
        self._working += 1
        self._tasks.spawn(self._work(call), f"{call.operation} for {self.name}")

    async def _work(self, call: Call) -> None:
        try:
            self._say(Result(call.number, await self._done(call)))
        except ServiceError as problem:
            self._say(Refusal(call.number, problem.problem, problem.reason, problem.fix))
        except DecodeError as wrong:
            self._say(Refusal(call.number, Problem.SYSTEM_FAILURE, str(wrong), ""))
        except Exception:
            log.exception("%s of %s failed; this costs one call", call.operation, self.name)
            self._say(Refusal(call.number, Problem.SYSTEM_FAILURE, "an error of that process", "see its log"))
        finally:
            self._working -= 1

    async def _done(self, call: Call) -> bytes:
        found = self._offered.find(call.interface, call.whose)
        operation = operations(found[0]).get(call.operation) if found is not None else None
        if found is None or operation is None:
            what = f"{call.interface}.{call.operation} of {call.whose}"
            raise ServiceError(Problem.SYSTEM_FAILURE, f"{what} is not offered here")
        arguments = operation.decode(call.arguments, self.call_back)
        return operation.gives.encode(await getattr(found[1], call.operation)(**arguments))

    def _say(self, frame: Frame) -> None:
        if self._association is not None:
            self._association.send(_encode(frame), 0)


def hello(name: str) -> bytes:
    """The first frame."""
    return _encode(Hello(name))


def _nobody(interface: type[Any]) -> Any:
    raise DecodeError(f"nobody is called back by {interface.__name__}")

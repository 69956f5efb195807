"""What the generator and the core of a bench tell the process that measures, and what they are told.

Lines of JSON, as `app.events`, on standard output and standard input. Measured times are many, so they go
into a file that the line names.
"""

from __future__ import annotations

import sys

import msgspec

from pilot5g.app.bench.arrivals import Share
from pilot5g.app.bench.load import Progress, Stage


class Serving(msgspec.Struct, frozen=True, tag="serving"):
    """The process is ready; `detail` says with what."""

    detail: str


class Unable(msgspec.Struct, frozen=True, tag="unable"):
    """It cannot do what it was started for: why, and what to do."""

    reason: str


class Far(msgspec.Struct, frozen=True, tag="far"):
    """How far the stage is."""

    progress: Progress


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The stage is over; `load.Counted` is in the file, as msgpack."""

    path: str


class Call(msgspec.Struct, frozen=True, tag="call"):
    """The data network is to send a packet to this address."""

    address: str


class Sctp(msgspec.Struct, frozen=True, tag="sctp"):
    """CPU seconds that SCTP in user space has taken so far; None where the kernel does it."""

    seconds: float | None


Told = Serving | Unable | Far | Done | Call | Sctp


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a generator is. `config` is the file of the settled configuration."""

    config: str
    folder: str
    phones: int
    derived: bool
    seed: int
    share: Share = Share()
    own_core: bool = True
    """Whether the core is ours, whose data network can be told to call phones."""
    source: str = ""
    """The address of this machine that reaches the AMF, for radios that have one on loopback only."""


_encoder = msgspec.json.Encoder()
_told: msgspec.json.Decoder[Told] = msgspec.json.Decoder(Told)
_stage: msgspec.json.Decoder[Stage] = msgspec.json.Decoder(Stage)


def tell(what: Told) -> None:
    """Tell the process that started this one."""
    sys.stdout.write(_encoder.encode(what).decode() + "\n")
    sys.stdout.flush()


def told(line: bytes) -> Told | None:
    """What a line tells; None for anything else a process may have printed."""
    try:
        return _told.decode(line)
    except msgspec.DecodeError:
        return None


def order(stage: Stage) -> str:
    """A stage as the line that orders it."""
    return _encoder.encode(stage).decode()


def ordered(line: str) -> Stage | None:
    """The stage of a line, None for a line that is no order."""
    try:
        return _stage.decode(line)
    except msgspec.DecodeError:
        return None

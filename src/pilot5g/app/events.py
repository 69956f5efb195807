"""What the processes of a pilot tell the one that started them: JSON lines on standard output.

The core, the radio side and the data network are processes of their own, as they are on real sites. They log
to standard error, which goes into files; what a person or a report is to see comes here, one value a line.
"""

from __future__ import annotations

import sys
from typing import TextIO

import msgspec

from pilot5g.flow.journal import Entry

NAMES = {"ran": "radios and phones", "core": "core", "upf": "UPF", "dn": "data network"}
"""The processes of a pilot, for people, in the order in which packets meet them."""


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """A process serves; `seconds` since it was started, `detail` what it serves with."""

    who: str
    seconds: float
    detail: str


class Check(msgspec.Struct, frozen=True, tag="check"):
    """One promise and whether it held. Where it did not, `detail` says which hop, why, and what to do."""

    name: str
    ok: bool
    detail: str


class Figure(msgspec.Struct, frozen=True, tag="figure"):
    """One measured value."""

    name: str
    value: float
    unit: str


class Step(msgspec.Struct, frozen=True, tag="step"):
    """What begins now, in a few words."""

    text: str


class Line(msgspec.Struct, frozen=True, tag="line"):
    """A line of a function's journal: an event, or a refusal with reason and fix."""

    who: str
    entry: Entry


class Standing(msgspec.Struct, frozen=True, tag="standing"):
    """How many phones stand where after a step: 5GMM state and substate, and update status."""

    after: str
    phones: dict[str, int]


class Settled(msgspec.Struct, frozen=True, tag="settled"):
    """The phones have come as far as they will; the namespaces of those that have a session."""

    namespaces: tuple[str, ...]


class Finished(msgspec.Struct, frozen=True, tag="finished"):
    """The process has done what it was started for."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The process cannot go on: why, and what to do."""

    who: str
    reason: str


Event = Ready | Check | Figure | Step | Line | Standing | Settled | Finished | Failed


def many(number: int, what: str) -> str:
    """`1 phone`, `2 phones`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)


def emit(event: Event, to: TextIO | None = None) -> None:
    """Tell the process that started this one."""
    stream = to or sys.stdout
    stream.write(_encoder.encode(event).decode() + "\n")
    stream.flush()


def parse(line: bytes) -> Event | None:
    """The event of a line; None for anything else a process may have printed."""
    try:
        return _decoder.decode(line)
    except msgspec.DecodeError:
        return None

"""What all NGAP messages share: a table of information elements, and what was wrong with a received one."""

from __future__ import annotations

from typing import ClassVar

import msgspec

INITIATING = "initiating-message"
SUCCESSFUL = "successful-outcome"
UNSUCCESSFUL = "unsuccessfull-outcome"
"""The kinds of message, spelled as TriggeringMessage of TS 38.413 9.3.1.3 spells them."""

REJECT = "reject"
IGNORE = "ignore"
NOTIFY = "notify"
"""Criticality (TS 38.413 10.3.2)."""

NOT_UNDERSTOOD = "not-understood"
MISSING = "missing"
"""TypeOfError of the Criticality Diagnostics (TS 38.413 9.3.1.3)."""


class Ie(msgspec.Struct, frozen=True):
    """A row of a message's table: id, attribute, the specification's name and type, presence, criticality."""

    id: int
    attribute: str
    name: str
    type: str
    presence: str
    criticality: str

    @property
    def mandatory(self) -> bool:
        """Whether the IE is always there. A conditional one counts as optional."""
        return self.presence == "mandatory"


class IeDefect(msgspec.Struct, frozen=True):
    """An information element that was missing or could not be used, as Criticality Diagnostics report it.

    `criticality` is the received one for what was not understood, the table's for what was missing;
    `reason` says it in words.
    """

    ie_id: int
    criticality: str
    type_of_error: str
    reason: str


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An NGAP message. `defects` is what a received one lacked and could be used in spite of."""

    procedure_code: ClassVar[int] = -1
    kind: ClassVar[str] = INITIATING
    criticality: ClassVar[str] = IGNORE
    can_fail: ClassVar[bool] = False
    """Whether the procedure this message initiates has an unsuccessful outcome to answer with."""
    body: ClassVar[str] = ""
    """The type of a message that is no container of protocol IEs."""
    ies: ClassVar[tuple[Ie, ...]] = ()

    defects: tuple[IeDefect, ...] = ()

    @property
    def name(self) -> str:
        """The specification's name of the message."""
        return type(self).__name__

"""The grammar of 5GS NAS messages (TS 24.007 11.2, TS 24.501 9.1): declare a message, get a codec.

A message is a frozen struct. The annotation of each field carries its information element's format, in the
order of the message's table in TS 24.501 8.2 and 8.3, so that a reviewer can hold the two side by side:

    @gmm(0x5C)
    class IdentityResponse(GmmMessage):
        mobile_identity: Annotated[MobileIdentity, LVE(MOBILE_IDENTITY)]

From the annotations one `Table` per class is derived, when the class is made. Decoding and encoding walk that
table (`table`): no reflection happens per message.

What decoding does with what is wrong (TS 24.501 clause 7):

* a fault in a mandatory element, or an unknown element that must be understood: MandatoryError (7.5.1);
* an unknown element: kept in `unknown`, and sent on at the end when the message is encoded again (7.6.1);
* an element for the second time: the first counts, the other is recorded in `defects` (7.6.3);
* an optional element that is malformed: as if absent, and recorded in `defects` (7.7.1);
* an element longer than its table allows: read up to that length, as 5.5.1.2.4 has it for capabilities;
* elements in another order than the table's are read like any others. 7.6.2 would have them ignored, and lets
  the network decide; the tables of the releases differ in order, so nothing in the field enforces it.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, ClassVar, Final, TypeVar, get_args

import msgspec

from pilot5g.wire.errors import Defect
from pilot5g.wire.nas.table import FIXED, FLAG, HALF, LONG, SHORT, HalfIe, Ie, Row, Table

EPD_GMM: Final = 0x7E
"""Extended protocol discriminator of 5GS mobility management (TS 24.007 11.2.3.1.1A)."""
EPD_GSM: Final = 0x2E
"""Extended protocol discriminator of 5GS session management."""


class Format:
    """How an element is framed: tag, length and the bounds of its value in octets (TS 24.007 11.2.1.1)."""

    __slots__ = ("framing", "high", "ie", "iei", "low")

    def __init__(
        self, framing: int, ie: Ie[Any] | HalfIe[Any] | None, iei: int | None, low: int, high: int
    ) -> None:
        self.framing = framing
        self.ie = ie
        self.iei = iei
        self.low = low
        self.high = high


class VHalf(Format):
    """V of half an octet, mandatory. Two in a row share an octet, the first in bits 1 to 4 (9.1.1)."""

    def __init__(self, ie: HalfIe[Any]) -> None:
        super().__init__(HALF, ie, None, 1, 1)


class V(Format):
    """V: a mandatory value of fixed size, in octets."""

    def __init__(self, size: int, ie: Ie[Any]) -> None:
        super().__init__(FIXED, ie, None, size, size)


class LV(Format):
    """LV: mandatory, with a length of one octet."""

    def __init__(self, ie: Ie[Any], low: int = 0, high: int = 255) -> None:
        super().__init__(SHORT, ie, None, low, high)


class LVE(Format):
    """LV-E: mandatory, with a length of two octets."""

    def __init__(self, ie: Ie[Any], low: int = 0, high: int = 65535) -> None:
        super().__init__(LONG, ie, None, low, high)


class TVHalf(Format):
    """TV of type 1: tag and value share an octet. `iei` is the tag as the table prints it, 0x8 to 0xF."""

    def __init__(self, iei: int, ie: HalfIe[Any]) -> None:
        super().__init__(HALF, ie, iei << 4, 1, 1)


class TV(Format):
    """TV: a tag and a value of fixed size."""

    def __init__(self, iei: int, size: int, ie: Ie[Any]) -> None:
        super().__init__(FIXED, ie, iei, size, size)


class TLV(Format):
    """TLV: a tag and a length of one octet."""

    def __init__(self, iei: int, ie: Ie[Any], low: int = 0, high: int = 255) -> None:
        super().__init__(SHORT, ie, iei, low, high)


class TLVE(Format):
    """TLV-E: a tag and a length of two octets."""

    def __init__(self, iei: int, ie: Ie[Any], low: int = 0, high: int = 65535) -> None:
        super().__init__(LONG, ie, iei, low, high)


class T2(Format):
    """T: a tag alone (type 2). The value is True where it is there."""

    def __init__(self, iei: int) -> None:
        super().__init__(FLAG, None, iei, 0, 0)


def row_of(name: str, form: Format) -> Row:
    """The row of a message's table for one of its fields."""
    return Row(name, form.framing, form.iei, form.low, form.high, form.ie)


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Base of every NAS message.

    `unknown` holds the elements that are not in the table, as they came; `defects` those that could not be
    used. Neither is expected in a message we make.
    """

    MESSAGE_TYPE: ClassVar[int] = 0
    HEAD: ClassVar[bytes] = b""
    """What a 5GMM message begins with; empty for 5GSM, whose header names session and transaction."""
    TABLE: ClassVar[Table] = Table("Message", [])

    unknown: tuple[bytes, ...] = ()
    defects: tuple[Defect, ...] = ()


class GmmMessage(Message, frozen=True, kw_only=True):
    """Base of the 5GMM messages (TS 24.501 8.2)."""


class GsmMessage(Message, frozen=True, kw_only=True):
    """Base of the 5GSM messages (TS 24.501 8.3); the session and transaction are part of their header.

    `pdu_session_id` is 1 to 15, 0 for none; `pti` is 1 to 254, 0 for none (TS 24.007 11.2.3.1a, 11.2.3.1b).
    """

    pdu_session_id: int
    pti: int = 0


GMM: dict[int, type[GmmMessage]] = {}
"""The 5GMM messages by message type (TS 24.501 table 9.7.1)."""
GSM: dict[int, type[GsmMessage]] = {}
"""The 5GSM messages by message type (TS 24.501 table 9.7.2)."""

M = TypeVar("M", bound=GmmMessage)
S = TypeVar("S", bound=GsmMessage)


def gmm(message_type: int) -> Callable[[type[M]], type[M]]:
    """Declare a 5GMM message. Raises TypeError where the declaration contradicts itself or another."""

    def declare(cls: type[M]) -> type[M]:
        _declare(cls, message_type, GMM)
        cls.HEAD = bytes((EPD_GMM, 0, message_type))
        return cls

    return declare


def gsm(message_type: int) -> Callable[[type[S]], type[S]]:
    """Declare a 5GSM message. Raises TypeError where the declaration contradicts itself or another."""

    def declare(cls: type[S]) -> type[S]:
        _declare(cls, message_type, GSM)
        return cls

    return declare


@cache
def _formats(cls: type) -> tuple[tuple[str, Format], ...]:
    """The fields of a class that are elements, without those of its bases. Only their annotations are
    evaluated: with those of all fields of all bases, as `get_type_hints` has it, a start takes longer."""
    scope = vars(sys.modules[cls.__module__])

    def found() -> Iterator[tuple[str, Format]]:
        for name, hint in inspect.get_annotations(cls).items():
            if str(hint).startswith("Annotated["):
                extras = get_args(eval(hint, scope))[1:]
                yield from ((name, extra) for extra in extras if isinstance(extra, Format))

    return tuple(found())


def _declare(cls: type[Any], message_type: int, registry: dict[int, Any]) -> None:
    if message_type in registry:
        raise TypeError(
            f"{cls.__name__}: message type {message_type:#x} is {registry[message_type].__name__}"
        )
    rows = [row_of(name, extra) for base in cls.__mro__ for name, extra in _formats(base)]
    fields = list(cls.__struct_fields__)
    rows.sort(key=lambda row: fields.index(row.name))
    if [row.name for row in rows] != fields[len(fields) - len(rows) :]:
        raise TypeError(f"{cls.__name__}: a field without a format among the elements")
    cls.MESSAGE_TYPE = message_type
    cls.TABLE = Table(cls.__name__, rows)
    registry[message_type] = cls

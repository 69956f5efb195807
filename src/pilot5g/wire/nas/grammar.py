"""The grammar of 5GS NAS messages (TS 24.007 11.2, TS 24.501 9.1): declare a message, get a codec.

A message is a frozen struct. The annotation of each field carries its information element's format, in the
order of the message's table in TS 24.501 8.2 and 8.3, so that a reviewer can hold the two side by side:

    @gmm(0x5C)
    class IdentityResponse(GmmMessage):
        mobile_identity: Annotated[MobileIdentity, LVE(MOBILE_IDENTITY)]

From the annotations one `Table` per class is derived, when the class is made. Decoding and encoding walk that
table: no reflection happens per message.

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

from collections.abc import Callable
from operator import attrgetter
from typing import Any, ClassVar, Generic, TypeVar, get_args, get_type_hints

import msgspec

from pilot5g.wire.errors import Defect, EncodeError
from pilot5g.wire.nas.errors import MandatoryError

T = TypeVar("T")

EPD_GMM = 0x7E
"""Extended protocol discriminator of 5GS mobility management (TS 24.007 11.2.3.1.1A)."""
EPD_GSM = 0x2E
"""Extended protocol discriminator of 5GS session management."""


class Ie(Generic[T]):
    """How the value part of an information element is written. `decode` raises ValueError for bad octets."""

    __slots__ = ("decode", "encode")

    def __init__(self, decode: Callable[[bytes], T], encode: Callable[[T], bytes]) -> None:
        self.decode = decode
        self.encode = encode


class HalfIe(Generic[T]):
    """The same for an information element whose value is half an octet, given as an integer 0-15."""

    __slots__ = ("decode", "encode")

    def __init__(self, decode: Callable[[int], T], encode: Callable[[T], int]) -> None:
        self.decode = decode
        self.encode = encode


HALF, FIXED, SHORT, LONG, FLAG = range(5)
"""How a value is delimited: half an octet, a fixed size, a length of one or two octets, no value."""


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


class Row:
    """One row of a message's table."""

    __slots__ = ("decode", "encode", "framing", "high", "iei", "low", "name")

    def __init__(self, name: str, form: Format) -> None:
        self.name = name
        self.framing = form.framing
        self.iei = form.iei
        self.low = form.low
        self.high = form.high
        self.decode: Callable[[Any], Any] = form.ie.decode if form.ie else bool
        self.encode: Callable[[Any], Any] = form.ie.encode if form.ie else bool


class Table:
    """A message's information elements, arranged for reading and writing."""

    __slots__ = ("extra", "mandatory", "optional", "pick_extra", "pick_mandatory", "rows")

    def __init__(self, owner: str, rows: list[Row]) -> None:
        self.rows = tuple(rows)
        self.mandatory = tuple(row for row in rows if row.iei is None)
        self.optional = {row.iei: row for row in rows if row.iei is not None}
        if len(self.mandatory) + len(self.optional) != len(rows):
            raise TypeError(f"{owner}: an IEI is used twice")
        if tuple(rows[: len(self.mandatory)]) != self.mandatory:
            raise TypeError(f"{owner}: a mandatory element after an optional one")
        self.extra = self.rows[len(self.mandatory) :]
        self.pick_mandatory = _picker(self.mandatory)
        self.pick_extra = _picker(self.extra)


def _picker(rows: tuple[Row, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that takes the values of these rows from a message, in their order."""
    names = [row.name for row in rows]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda message: tuple(getattr(message, name) for name in names)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every NAS message.

    `unknown` holds the elements that are not in the table, as they came; `defects` those that could not be
    used. Neither is expected in a message we make.
    """

    MESSAGE_TYPE: ClassVar[int] = 0
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
        return cls

    return declare


def gsm(message_type: int) -> Callable[[type[S]], type[S]]:
    """Declare a 5GSM message. Raises TypeError where the declaration contradicts itself or another."""

    def declare(cls: type[S]) -> type[S]:
        _declare(cls, message_type, GSM)
        return cls

    return declare


def _declare(cls: type[Any], message_type: int, registry: dict[int, Any]) -> None:
    if message_type in registry:
        raise TypeError(
            f"{cls.__name__}: message type {message_type:#x} is {registry[message_type].__name__}"
        )
    rows = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        for extra in get_args(hint)[1:]:
            if isinstance(extra, Format):
                rows.append(Row(name, extra))
    fields = [field.name for field in msgspec.structs.fields(cls)]
    rows.sort(key=lambda row: fields.index(row.name))
    cls.MESSAGE_TYPE = message_type
    cls.TABLE = Table(cls.__name__, rows)
    registry[message_type] = cls


def read(table: Table, octets: bytes, at: int, values: dict[str, Any]) -> None:
    """Read the elements from `at` on into `values`. Raises MandatoryError."""
    if table.mandatory:
        at = _read_mandatory(table.mandatory, octets, at, values)
    if at < len(octets):
        _read_optional(table.optional, octets, at, values)


def _read_mandatory(rows: tuple[Row, ...], octets: bytes, at: int, values: dict[str, Any]) -> int:
    """Read V, LV and LV-E elements in order; give the offset behind them."""
    end = len(octets)
    shared = False  # the octet at `at` has a half that is not read yet
    for row in rows:
        framing = row.framing
        if framing == HALF and shared:
            raw: Any = octets[at] >> 4
            at += 1
            shared = False
        else:
            if shared:
                at += 1
                shared = False
            start = at + (0 if framing < SHORT else 1 if framing == SHORT else 2)
            if start > end:
                raise MandatoryError(f"{row.name} is missing", at)
            size = row.low if start == at else int.from_bytes(octets[at:start], "big")
            if start + size > end:
                raise MandatoryError(f"{row.name} is missing or runs past the end", at)
            if size < row.low:
                raise MandatoryError(f"{row.name} is too short", at)
            if framing == HALF:
                raw = octets[at] & 15
                shared = True
            else:
                at = start + size
                raw = octets[start : start + min(size, row.high)]
        try:
            values[row.name] = row.decode(raw)
        except ValueError as wrong:
            raise MandatoryError(f"{row.name}: {wrong}", at) from wrong
    return at + 1 if shared else at


def _read_optional(rows: dict[int, Row], octets: bytes, at: int, values: dict[str, Any]) -> None:
    """Read T, TV, TLV and TLV-E elements until the end."""
    end = len(octets)
    unknown: list[bytes] = []
    defects: list[Defect] = []
    while at < end:
        begin = at
        iei = octets[at]
        at += 1
        row = rows.get(iei if iei < 0x80 else iei & 0xF0)
        framing = row.framing if row is not None else _unknown_framing(iei, begin)
        if framing == SHORT:
            start = at + 1
            at = start + octets[at] if start <= end else end + 1
        elif framing == LONG:
            start = at + 2
            at = start + int.from_bytes(octets[at:start], "big") if start <= end else end + 1
        else:
            start = at
            if framing == FIXED and row is not None:
                at += row.low
        if at > end:
            defects.append(Defect(iei, octets[begin:], "runs past the end of the message"))
            break
        if row is None:
            unknown.append(octets[begin:at])
        elif row.name in values:
            defects.append(Defect(iei, octets[begin:at], f"{row.name} is repeated"))
        elif fault := _value(row, iei & 15 if framing == HALF else octets[start:at], values):
            defects.append(Defect(iei, octets[begin:at], fault))
    if unknown:
        values["unknown"] = tuple(unknown)
    if defects:
        values["defects"] = tuple(defects)


def _value(row: Row, raw: Any, values: dict[str, Any]) -> str:
    """Put the value of an optional element into `values`, or say what is wrong with it."""
    framing = row.framing
    if framing == FLAG:
        values[row.name] = True
        return ""
    if framing != HALF:
        if len(raw) < row.low:
            return f"{row.name} has {len(raw)} octets, at least {row.low} are expected"
        raw = raw[: row.high]
    try:
        values[row.name] = row.decode(raw)
    except ValueError as wrong:
        return f"{row.name}: {wrong}"
    return ""


def _unknown_framing(iei: int, at: int) -> int:
    """How an element that is not in the table is delimited (TS 24.007 11.2.4, TS 24.501 7.6.1)."""
    if iei & 0xF0 == 0:
        raise MandatoryError(f"information element {iei:#04x} is unknown and must be understood", at)
    if iei & 0x80:
        return HALF
    return LONG if iei & 0x70 == 0x70 else SHORT


def write(message: Message, out: bytearray) -> None:
    """Append the elements of a message. Raises EncodeError for a value that does not fit."""
    table = type(message).TABLE
    half = -1  # the low half of an octet that is not complete yet
    row = None
    try:
        for row, value in zip(table.mandatory, table.pick_mandatory(message), strict=True):
            half = _write_mandatory(row, value, half, out)
        if half >= 0:
            out.append(half)
        for row, value in zip(table.extra, table.pick_extra(message), strict=True):
            if value is not None:
                _write_optional(row, value, out)
    except (ValueError, OverflowError, TypeError, AttributeError) as wrong:
        where = row.name if row is not None else ""
        raise EncodeError(f"{type(message).__name__}.{where}: {wrong}") from wrong
    for raw in message.unknown:
        out += raw


def _write_mandatory(row: Row, value: Any, half: int, out: bytearray) -> int:
    """Append one mandatory element; give the half octet that waits for its other half, or -1."""
    if row.framing == HALF:
        if half < 0:
            return int(row.encode(value))
        out.append(half | row.encode(value) << 4)
        return -1
    if half >= 0:
        out.append(half)
    _write_value(row, row.encode(value), out)
    return -1


def _write_optional(row: Row, value: Any, out: bytearray) -> None:
    iei = row.iei or 0
    if row.framing == HALF:
        out.append(iei | row.encode(value))
    elif row.framing == FLAG:
        if value:
            out.append(iei)
    else:
        out.append(iei)
        _write_value(row, row.encode(value), out)


def _write_value(row: Row, octets: bytes, out: bytearray) -> None:
    size = len(octets)
    if not row.low <= size <= row.high:
        raise ValueError(f"{size} octets where {row.low} to {row.high} are allowed")
    if row.framing == SHORT:
        out.append(size)
    elif row.framing == LONG:
        out += size.to_bytes(2, "big")
    out += octets

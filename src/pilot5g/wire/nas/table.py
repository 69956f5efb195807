"""A NAS message's table of information elements, read from octets and written to them.

`grammar` declares messages and derives a `Table` from each, once; what happens per message is here, and this
module is one of those that mypyc compiles. What reading does with what is wrong is described in `grammar`.

Most elements say the same for every phone of a network: its slices, its tracking areas, its session rules.
Their values are frozen, so a codec that is `kept` remembers what it read and wrote last. That is cheaper than
any decoder, and contexts share one value instead of each holding its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar, final

from msgspec import Struct
from msgspec.structs import astuple
from mypy_extensions import i64

from pilot5g.wire.errors import Defect, EncodeError
from pilot5g.wire.nas.errors import MandatoryError

T = TypeVar("T")

HALF: Final = 0
FIXED: Final = 1
SHORT: Final = 2
LONG: Final = 3
FLAG: Final = 4
"""How a value is delimited: half an octet, a fixed size, a length of one or two octets, no value."""

KEPT: Final = 256
"""How many values a codec remembers before it starts anew: a peer can send as many as it likes."""

_ONE: Final = [bytes((octet,)) for octet in range(256)]


@final
class Ie(Generic[T]):
    """How the value part of an information element is written. `decode` raises ValueError for bad octets.

    `kept` values have to be frozen and hashable.
    """

    __slots__ = ("decode", "encode", "kept", "read", "written")

    def __init__(
        self, decode: Callable[[bytes], T], encode: Callable[[T], bytes], *, kept: bool = False
    ) -> None:
        self.decode = decode
        self.encode = encode
        self.kept = kept
        self.read: dict[bytes, object] = {}
        self.written: dict[object, bytes] = {}


@final
class HalfIe(Generic[T]):
    """The same for an information element whose value is half an octet, given as an integer 0-15."""

    __slots__ = ("decode", "encode", "read")

    def __init__(self, decode: Callable[[int], T], encode: Callable[[T], int]) -> None:
        self.decode = decode
        self.encode = encode
        self.read: dict[int, object] = {}


@final
class Row:
    """One row of a message's table. Of `octets` and `half` one is set; of a flag, none."""

    __slots__ = ("framing", "half", "head", "high", "iei", "low", "name", "octets")

    def __init__(
        self,
        name: str,
        framing: int,
        iei: int | None,
        low: int,
        high: int,
        ie: Ie[object] | HalfIe[object] | None,
    ) -> None:
        self.name = name
        self.framing: i64 = framing
        self.iei = iei
        self.low: i64 = low
        self.high: i64 = high
        self.octets: Ie[object] | None = ie if isinstance(ie, Ie) else None
        self.half: HalfIe[object] | None = ie if isinstance(ie, HalfIe) else None
        self.head: bytes = b"" if iei is None else bytes((iei,))


@final
class Table:
    """A message's information elements, arranged for reading and writing."""

    __slots__ = ("by_tag", "extra", "mandatory", "rows")

    def __init__(self, owner: str, rows: list[Row]) -> None:
        self.rows = rows
        self.mandatory = [row for row in rows if row.iei is None]
        self.extra = rows[len(self.mandatory) :]
        self.by_tag: list[Row | None] = [None] * 256
        for row in self.extra:
            iei = row.iei
            if iei is None:
                raise TypeError(f"{owner}: a mandatory element after an optional one")
            for tag in range(iei, iei + (16 if iei >= 0x80 else 1)):
                if self.by_tag[tag] is not None:
                    raise TypeError(f"{owner}: an IEI is used twice")
                self.by_tag[tag] = row


def same(octets: bytes) -> bytes:
    """The coding of an element that nobody looks into."""
    return octets


def _decoded(ie: Ie[object], raw: bytes) -> object:
    if not ie.kept:
        return ie.decode(raw)
    value = ie.read.get(raw)
    if value is None:
        value = ie.decode(raw)
        if len(ie.read) >= KEPT:
            ie.read.clear()
        ie.read[raw] = value
    return value


def _encoded(ie: Ie[object], value: object) -> bytes:
    if not ie.kept:
        return ie.encode(value)
    octets = ie.written.get(value)
    if octets is None:
        octets = ie.encode(value)
        if len(ie.written) >= KEPT:
            ie.written.clear()
        ie.written[value] = octets
    return octets


def _decoded_half(ie: HalfIe[object], half: i64) -> object:
    number: int = half
    value = ie.read.get(number)
    if value is None:
        value = ie.decode(number)
        ie.read[number] = value
    return value


def _encoded_half(row: Row, value: object) -> i64:
    ie = row.half
    assert ie is not None
    half: i64 = ie.encode(value)
    if half < 0 or half > 15:
        raise ValueError(f"{half} does not fit half an octet")
    return half


def read(table: Table, octets: bytes, at: i64, values: dict[str, object]) -> None:
    """Read the elements from `at` on into `values`. Raises MandatoryError."""
    if table.mandatory:
        at = _read_mandatory(table.mandatory, octets, at, values)
    if at < len(octets):
        _read_optional(table.by_tag, octets, at, values)


def _read_mandatory(rows: list[Row], octets: bytes, at: i64, values: dict[str, object]) -> i64:
    """Read V, LV and LV-E elements in order; give the offset behind them."""
    end: i64 = len(octets)
    shared = False  # the octet at `at` has a half that is not read yet
    for row in rows:
        half = row.half
        if shared:
            at += 1
            if half is not None:
                values[row.name] = _mandatory_half(row, half, octets[at - 1] >> 4, at)
                shared = False
                continue
        shared = half is not None
        if half is not None:
            if at >= end:
                raise _missing(row, at)
            values[row.name] = _mandatory_half(row, half, octets[at] & 15, at)
        else:
            start = _start(row, octets, at, end)
            size = _size(row, octets, at, start, end)
            at = start + size
            if size > row.high:
                size = row.high
            values[row.name] = _mandatory_value(row, octets[start : start + size], at)
    return at + 1 if shared else at


def _start(row: Row, octets: bytes, at: i64, end: i64) -> i64:
    """Where the value of a mandatory element begins."""
    start: i64 = at
    if row.framing == SHORT:
        start += 1
    elif row.framing == LONG:
        start += 2
    if start > end:
        raise _missing(row, at)
    return start


def _size(row: Row, octets: bytes, at: i64, start: i64, end: i64) -> i64:
    """How long it is; what is beyond its greatest length is not looked at."""
    size: i64 = row.low
    if row.framing == SHORT:
        size = octets[at]
    elif row.framing == LONG:
        size = octets[at] * 256 + octets[at + 1]
    where: int = at
    if start + size > end:
        raise MandatoryError(f"{row.name} is missing or runs past the end", where)
    if size < row.low:
        raise MandatoryError(f"{row.name} is too short", where)
    return size


def _missing(row: Row, at: i64) -> MandatoryError:
    where: int = at
    return MandatoryError(f"{row.name} is missing", where)


def _mandatory_half(row: Row, ie: HalfIe[object], half: i64, at: i64) -> object:
    try:
        return _decoded_half(ie, half)
    except ValueError as wrong:
        where: int = at
        raise MandatoryError(f"{row.name}: {wrong}", where) from wrong


def _mandatory_value(row: Row, raw: bytes, at: i64) -> object:
    ie = row.octets
    assert ie is not None
    try:
        return _decoded(ie, raw)
    except ValueError as wrong:
        where: int = at
        raise MandatoryError(f"{row.name}: {wrong}", where) from wrong


def _read_optional(rows: list[Row | None], octets: bytes, at: i64, values: dict[str, object]) -> None:
    """Read T, TV, TLV and TLV-E elements until the end."""
    end: i64 = len(octets)
    unknown: list[bytes] = []
    defects: list[Defect] = []
    while at < end:
        begin: i64 = at
        iei: int = octets[at]
        row = rows[iei]
        framing: i64 = row.framing if row is not None else _unknown_framing(iei, begin)
        start: i64 = begin + 1
        at = start
        if framing == SHORT:
            start += 1
            at = start + octets[start - 1] if start <= end else end + 1
        elif framing == LONG:
            start += 2
            at = start + octets[start - 2] * 256 + octets[start - 1] if start <= end else end + 1
        elif framing == FIXED and row is not None:
            at += row.low
        if at > end:
            defects.append(Defect(iei, octets[begin:], "runs past the end of the message"))
            break
        if row is None:
            unknown.append(octets[begin:at])
        elif row.name in values:
            defects.append(Defect(iei, octets[begin:at], f"{row.name} is repeated"))
        else:
            fault = _optional_value(row, octets, start, at, values)
            if fault:
                defects.append(Defect(iei, octets[begin:at], fault))
    if unknown:
        values["unknown"] = tuple(unknown)
    if defects:
        values["defects"] = tuple(defects)


def _optional_value(row: Row, octets: bytes, start: i64, end: i64, values: dict[str, object]) -> str:
    """Put the value of an optional element into `values`, or say what is wrong with it."""
    ie = row.octets
    half = row.half
    try:
        if ie is not None:
            if end - start < row.low:
                return f"{row.name} has {end - start} octets, at least {row.low} are expected"
            if end - start > row.high:
                end = start + row.high
            values[row.name] = _decoded(ie, octets[start:end])
        elif half is not None:
            values[row.name] = _decoded_half(half, octets[start - 1] & 15)
        else:
            values[row.name] = True
    except ValueError as wrong:
        return f"{row.name}: {wrong}"
    return ""


def _unknown_framing(iei: int, at: i64) -> i64:
    """How an element that is not in the table is delimited (TS 24.007 11.2.4, TS 24.501 7.6.1)."""
    if iei & 0xF0 == 0:
        where: int = at
        raise MandatoryError(f"information element {iei:#04x} is unknown and must be understood", where)
    if iei & 0x80:
        return HALF
    return LONG if iei & 0x70 == 0x70 else SHORT


def write(table: Table, message: Struct, head: bytes, unknown: tuple[bytes, ...]) -> bytes:
    """A message: head, elements, and unknown elements. Raises EncodeError for a value that does not fit."""
    out = [head]
    values = astuple(message)
    place: i64 = len(values) - len(table.rows)  # the elements are the last fields of a message
    row: Row | None = None
    try:
        half: i64 = -1  # the low half of an octet that is not complete yet
        for row in table.mandatory:
            half = _write_mandatory(row, values[place], half, out)
            place += 1
        if half >= 0:
            out.append(_ONE[half])
        for row in table.extra:
            value = values[place]
            place += 1
            if value is not None:
                _write_optional(row, value, out)
        out.extend(unknown)
        return b"".join(out)
    except (ValueError, OverflowError, TypeError, AttributeError) as wrong:
        where = row.name if row is not None else ""
        raise EncodeError(f"{type(message).__name__}.{where}: {wrong}") from wrong


def _write_mandatory(row: Row, value: object, half: i64, out: list[bytes]) -> i64:
    """Append one mandatory element; give the half octet that waits for its other half, or -1."""
    if row.half is not None:
        if half < 0:
            return _encoded_half(row, value)
        out.append(_ONE[half | (_encoded_half(row, value) << 4)])
        return -1
    if half >= 0:
        out.append(_ONE[half])
    _write_value(row, value, out)
    return -1


def _write_optional(row: Row, value: object, out: list[bytes]) -> None:
    if row.half is not None:
        tag: i64 = row.head[0]
        out.append(_ONE[tag | _encoded_half(row, value)])
    elif row.octets is not None:
        out.append(row.head)
        _write_value(row, value, out)
    elif value:
        out.append(row.head)


def _write_value(row: Row, value: object, out: list[bytes]) -> None:
    ie = row.octets
    assert ie is not None
    octets = _encoded(ie, value)
    size: i64 = len(octets)
    if size < row.low or size > row.high:
        raise ValueError(f"{size} octets where {row.low} to {row.high} are allowed")
    if row.framing == SHORT:
        out.append(_ONE[size])
    elif row.framing == LONG:
        out.append(_ONE[size >> 8])
        out.append(_ONE[size & 255])
    out.append(octets)

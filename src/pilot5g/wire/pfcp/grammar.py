"""The grammar of PFCP messages and grouped elements (TS 29.244 7, 8.1): declare one, get a codec.

A group is a frozen struct. The annotation of each field carries its element and its presence, in the order
of the table in TS 29.244 7.4 and 7.5, so that a reviewer can hold the two side by side:

    @group(16, "Remove FAR")
    class RemoveFar(Group):
        far_id: Annotated[int, M(FAR_ID)]

A field whose annotation is a tuple takes an element any number of times. What decoding does with what is
wrong (7.6):

* a mandatory element that is missing, too short or wrong, and a conditional one that is too short or wrong:
  FaultyIe, with the cause and the element that the peer is told;
* an optional element that is too short or wrong: as if absent, and recorded in `defects`;
* an unknown element, one of a vendor, one that has no place in this table, and a second one where one is
  allowed: kept in `unknown`, otherwise ignored, and sent again at the end when the group is encoded;
* an element without octets in an update: the peer removes what it gave before (5.6.3); its type is in
  `removed`.

Elements may come in any order (7.2.3.3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from pilot5g.wire.errors import Defect, EncodeError
from pilot5g.wire.pfcp.element import AnyIe, Ie, TooShort
from pilot5g.wire.pfcp.errors import FaultyIe
from pilot5g.wire.pfcp.header import SESSION_TYPES
from pilot5g.wire.pfcp.ies.numbers import Cause

MANDATORY, CONDITIONAL, OPTIONAL = range(3)
VENDOR = 0x8000
"""Bit of a type whose element is a vendor's own (TS 29.244 8.1.1)."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every message and grouped element. The three fields here are what arrived beside the table."""

    IE: ClassVar[AnyIe]
    TABLE: ClassVar[Table]
    UPDATES: ClassVar[bool] = False
    """Whether elements without octets remove something."""

    unknown: tuple[bytes, ...] = ()
    defects: tuple[Defect, ...] = ()
    removed: tuple[int, ...] = ()


class Presence:
    """A place in a table: an element, or a group, and whether it has to be there."""

    __slots__ = ("_what", "need")

    def __init__(self, need: int, what: AnyIe | type[Group]) -> None:
        self._what = what
        self.need = need

    @property
    def ie(self) -> AnyIe:
        """The element; that of a group is made with the group."""
        return self._what if isinstance(self._what, Ie) else self._what.IE


class M(Presence):
    """Mandatory."""

    def __init__(self, what: AnyIe | type[Group]) -> None:
        super().__init__(MANDATORY, what)


class C(Presence):
    """Conditional: which condition is whoever's business that reads the message."""

    def __init__(self, what: AnyIe | type[Group]) -> None:
        super().__init__(CONDITIONAL, what)


class O(Presence):  # noqa: E742
    """Optional."""

    def __init__(self, what: AnyIe | type[Group]) -> None:
        super().__init__(OPTIONAL, what)


class Row:
    """One row of a table: a field and its element."""

    __slots__ = ("head", "ie", "many", "name", "need")

    def __init__(self, name: str, presence: Presence, many: bool) -> None:
        self.name = name
        self.ie = presence.ie
        self.need = presence.need
        self.many = many
        self.head = self.ie.number.to_bytes(2, "big")


class Table:
    """The elements of a group, by type."""

    __slots__ = ("by_type", "mandatory", "rows", "updates")

    def __init__(self, rows: list[Row], updates: bool) -> None:
        self.rows = rows
        self.by_type = {row.ie.number: row for row in rows}
        self.mandatory = [row for row in rows if row.need == MANDATORY]
        self.updates = updates
        if len(self.by_type) < len(rows):
            raise TypeError("an element has two places in one table")


def read(table: Table, data: bytes, at: int, end: int) -> dict[str, Any]:
    """The fields of a group whose elements are `data[at:end]`. Raises FaultyIe."""
    values: dict[str, Any] = {}
    unknown: list[bytes] = []
    while at < end:
        begin, at = at, at + 4
        if at > end:
            raise FaultyIe(
                Cause.INVALID_LENGTH, 0, f"{end - begin} octets are left over, which no element has"
            )
        kind = data[begin] << 8 | data[begin + 1]
        at += data[begin + 2] << 8 | data[begin + 3]
        if at > end:
            raise FaultyIe(Cause.INVALID_LENGTH, kind, f"element {kind} runs past the end")
        row = table.by_type.get(kind)
        if row is None or (row.name in values and not row.many):
            unknown.append(data[begin:at])
        elif at == begin + 4 and table.updates and row.need != MANDATORY:
            values.setdefault("removed", []).append(kind)
        else:
            _take(row, data[begin + 4 : at], values)
    for row in table.mandatory:
        if row.name not in values:
            raise FaultyIe(Cause.MANDATORY_IE_MISSING, row.ie.number, f"{row.ie} is missing")
    if unknown:
        values["unknown"] = unknown
    return {name: tuple(value) if type(value) is list else value for name, value in values.items()}


def _take(row: Row, raw: bytes, values: dict[str, Any]) -> None:
    """Put one element into `values`, or what is wrong with it into its defects."""
    try:
        value = row.ie.decode(raw)
    except FaultyIe as within:
        if row.need == OPTIONAL:
            _defect(values, row, raw, str(within))
            return
        raise FaultyIe(within.cause, within.ie, f"{row.ie.name}: {within}") from within
    except ValueError as wrong:
        if row.need == OPTIONAL:
            _defect(values, row, raw, str(wrong))
            return
        cause = Cause.INVALID_LENGTH if isinstance(wrong, TooShort) else Cause.MANDATORY_IE_INCORRECT
        raise FaultyIe(cause, row.ie.number, f"{row.ie.name}: {wrong}") from wrong
    if row.many:
        values.setdefault(row.name, []).append(value)
    else:
        values[row.name] = value


def _defect(values: dict[str, Any], row: Row, raw: bytes, reason: str) -> None:
    values.setdefault("defects", []).append(Defect(row.ie.number, raw, f"{row.ie.name}: {reason}"))


def write(table: Table, group: Group) -> bytes:
    """The elements of a group in the order of its table, then what arrived beside it. Raises EncodeError."""
    out: list[bytes] = []
    for row in table.rows:
        value = getattr(group, row.name)
        if row.many:
            for each in value:
                _append(row, each, out)
        elif value is not None:
            _append(row, value, out)
    out.extend(kind.to_bytes(2, "big") + b"\0\0" for kind in group.removed)
    out.extend(group.unknown)
    return b"".join(out)


def _append(row: Row, value: object, out: list[bytes]) -> None:
    try:
        octets = row.ie.encode(value)
        out += (row.head, len(octets).to_bytes(2, "big"), octets)
    except (ValueError, OverflowError, TypeError, AttributeError) as wrong:
        raise EncodeError(f"{row.name}: {wrong}") from wrong


class Message(Group, frozen=True, kw_only=True):
    """Base of every message."""

    TYPE: ClassVar[int]

    @classmethod
    def about_session(cls) -> bool:
        """Whether it belongs to a session, and so has a SEID in its header."""
        return cls.TYPE in SESSION_TYPES


G = TypeVar("G", bound=Group)
N = TypeVar("N", bound=Message)
MESSAGES: dict[int, type[Message]] = {}
"""The messages by message type (TS 29.244 7.3)."""
GROUPS: dict[int, type[Group]] = {}
"""The grouped elements by element type."""


def _tabulate(cls: type[Group]) -> None:
    rows = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        for extra in get_args(hint)[1:]:
            if isinstance(extra, Presence):
                rows.append(Row(name, extra, get_origin(get_args(hint)[0]) is tuple))
    order = [field.name for field in msgspec.structs.fields(cls)]
    rows.sort(key=lambda row: (row.need != MANDATORY, order.index(row.name)))  # a base's fields come first
    cls.TABLE = Table(rows, cls.UPDATES)


def group(number: int, name: str, *, updates: bool = False) -> Callable[[type[G]], type[G]]:
    """Declare a grouped element. Raises TypeError where the declaration contradicts itself or another."""

    def declare(cls: type[G]) -> type[G]:
        if number in GROUPS:
            raise TypeError(f"{cls.__name__}: type {number} is {GROUPS[number].__name__}")
        cls.UPDATES = updates
        _tabulate(cls)
        table = cls.TABLE

        def decode(raw: bytes) -> G:
            return cls(**read(table, raw, 0, len(raw)))

        def encode(value: G) -> bytes:
            if type(value) is not cls:
                raise TypeError(f"{type(value).__name__} is no {cls.__name__}")
            return write(table, value)

        cls.IE = Ie(number, name, decode, encode)
        GROUPS[number] = cls
        return cls

    return declare


def message(number: int) -> Callable[[type[N]], type[N]]:
    """Declare a message. Raises TypeError where the declaration contradicts itself or another."""

    def declare(cls: type[N]) -> type[N]:
        if number in MESSAGES:
            raise TypeError(f"{cls.__name__}: message type {number} is {MESSAGES[number].__name__}")
        _tabulate(cls)
        cls.TYPE = number
        MESSAGES[number] = cls
        return cls

    return declare

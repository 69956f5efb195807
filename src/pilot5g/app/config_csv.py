"""Subscribers from a CSV file: a header row that names the columns, then one subscriber a row.

column              value                                        where left out or empty
imsi                6 to 15 digits                               required
k                   32 hex digits (tuak: 32 or 64)               required
opc, op             32 hex digits (tuak: 64), one of the two     required
algorithm           milenage or tuak                             milenage
authentication      5g-aka or eap-aka-prime                      5g-aka
amf                 4 hex digits                                 8000
sqn                 a number, 0x for hex                         0
slices              slices, separated by space, ; or |           every slice of the network
dnn                 DNNs, separated by space, ; or |             every data network of these slices
ue_ambr_uplink      a rate, like 100 Mbps                        1 Gbps
ue_ambr_downlink    a rate                                       1 Gbps
static_ipv4         an address                                   from the pool
static_ipv6_prefix  a /64                                        from the pool
framed_routes       networks, separated by space, ; or |         none
quota               a volume, like 5 GB                          the data network's
msisdn              5 to 15 digits                               none
enabled             yes or no                                    yes

Columns come in any order. All rows or none: every fault is named with its line and column. Spreadsheets that
separate by semicolon or tab are understood. A key is never repeated in an error.
"""

from __future__ import annotations

import csv
import io
import re
import typing
from collections.abc import Iterator
from typing import Any, Final

from pilot5g.app.config import Config, Rates, SubscriberEntry
from pilot5g.app.config_check import subscription_faults
from pilot5g.app.config_read import ConfigError, Problem, unknown
from pilot5g.app.config_subscribers import session_subscriptions, subscriber
from pilot5g.app.config_values import Scalar
from pilot5g.service.nudr import Subscriber

_HINTS = typing.get_type_hints(SubscriberEntry, include_extras=True)
_RATE_HINTS = typing.get_type_hints(Rates, include_extras=True)


def _scalar(kind: Any) -> Scalar:
    """The scalar in a type such as `Opc | None` or `tuple[Slice, ...]`."""
    while typing.get_origin(kind) is not typing.Annotated:
        kind = typing.get_args(kind)[0]
    scalar = typing.get_args(kind)[1]
    assert isinstance(scalar, Scalar)
    return scalar


_NAMES = ("imsi", "k", "opc", "op", "algorithm", "authentication", "amf", "sqn")
_FIXED = ("static_ipv4", "static_ipv6_prefix")
_SINGLE: Final = {name: _scalar(_HINTS[name]) for name in (*_NAMES, *_FIXED, "quota", "msisdn", "enabled")}
_LISTS: Final = {
    "slices": _scalar(_HINTS["slices"]),
    "dnn": _scalar(_HINTS["dnns"]),
    "framed_routes": _scalar(_HINTS["framed_routes"]),
}
_RATES: Final = {f"ue_ambr_{name}": _scalar(_RATE_HINTS[name]) for name in ("uplink", "downlink")}
COLUMNS: Final = {**_SINGLE, **_LISTS, **_RATES}


def read_subscribers(text: str, config: Config, source: str) -> dict[int, Subscriber]:
    """Every subscriber of a CSV text by its line. Raises ConfigError with every fault of every line."""
    rows = _Rows(config)
    entries = dict(rows.entries(text.removeprefix("\ufeff")))
    if rows.problems:
        raise ConfigError(source, rows.problems)
    sessions = session_subscriptions(config)
    return {line: subscriber(config, entry, sessions) for line, entry in entries.items()}


def read_entry(cells: dict[str, str], config: Config, source: str) -> Subscriber:
    """One subscriber from the same columns, wherever they come from. Raises ConfigError."""
    rows = _Rows(config)
    rows.line = 0
    entry = rows.entry(list(cells), list(cells.values()))
    if entry is None or rows.problems:
        raise ConfigError(source, rows.problems)
    return subscriber(config, entry)


class _Rows:
    """One reading of one text. `line` is where it stands; reading goes on after a fault."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.problems: list[Problem] = []
        self.line = 1
        self._seen: dict[str, int] = {}

    def entries(self, text: str) -> Iterator[tuple[int, SubscriberEntry]]:
        """Line and entry of every row without a fault."""
        first = text.partition("\n")[0]
        delimiter = next((each for each in ",;\t" if each in first), ",")
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        try:
            header = [name.strip().lower() for name in next(rows, [])]
            self._check_header(header)
            for row in rows if not self.problems else ():
                self.line = rows.line_num
                entry = self.entry(header, row) if any(row) else None
                if entry is not None:
                    yield self.line, entry
        except csv.Error as e:
            self.line = rows.line_num
            self._wrong("", "a row of CSV", found=str(e))

    def _wrong(self, key: str, expected: str, example: str = "", found: str = "") -> None:
        self.problems.append(Problem(key, self.line, expected, example, found))

    def _check_header(self, header: list[str]) -> None:
        for i, name in enumerate(header):
            if name not in COLUMNS:
                self.problems.append(unknown(f"column {i + 1}", name, 1, list(COLUMNS)))
            elif name in header[:i]:
                self._wrong(name, "each column once")
        needed = [*(("opc",) if "op" not in header else ()), "imsi", "k"]
        for name in needed:
            if name not in header:
                self._wrong(name, f"a header row with a column {name!r}", "imsi,k,opc")

    def entry(self, header: list[str], row: list[str]) -> SubscriberEntry | None:
        """One row; None where it cannot be one. Other faults only show in `problems`."""
        if len(row) != len(header):
            self._wrong("", f"{len(header)} columns as in the header", found=str(len(row)))
            return None
        before = len(self.problems)
        given = {}
        for name, cell in zip(header, row, strict=True):
            if cell := cell.strip():
                given[name] = self._value(name, cell)
            elif name in ("imsi", "k"):
                self._wrong(name, COLUMNS[name].expected, COLUMNS[name].example.strip('"'), "nothing")
        self._check_repeated(given.get("imsi"))
        if len(self.problems) > before:
            return None
        entry = _made(given)
        for key, *rest in subscription_faults("", entry, self.config):
            self._wrong(key.removeprefix(".").replace("dnns", "dnn"), *rest)
        return entry

    def _check_repeated(self, imsi: str | None) -> None:
        if imsi is None:
            return
        if imsi in self._seen:
            self._wrong("imsi", f"each IMSI once (it is on line {self._seen[imsi]} too)", found=imsi)
        self._seen.setdefault(imsi, self.line)

    def _value(self, name: str, cell: str) -> Any:
        scalar = COLUMNS[name]
        try:
            if name in _LISTS:
                return tuple(scalar.read(each) for each in _SEPARATORS.split(cell))
            return scalar.read(cell)
        except (ValueError, OverflowError):
            self._wrong(name, scalar.expected, scalar.example.strip('"'), scalar.refused(cell))
            return None


_SEPARATORS = re.compile(r"[\s;|]+")


def _made(given: dict[str, Any]) -> SubscriberEntry:
    rates = {name.removeprefix("ue_ambr_"): given.pop(name) for name in _RATES if name in given}
    return SubscriberEntry(ue_ambr=Rates(**rates), dnns=given.pop("dnn", ()), **given)

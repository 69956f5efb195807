"""What can be wrong with a PFCP message, and what its sender is told (TS 29.244 7.6).

DecodeError         no header: dropped in silence (7.6.3, 7.6.4)
UnknownVersion      answered with Version Not Supported (7.6.2)
Faulty              a request of ours to answer, with this cause and this offending element (7.6.3 ff.);
                    a response that is faulty ends the request it answers
"""

from __future__ import annotations

from pilot5g.wire.errors import DecodeError
from pilot5g.wire.pfcp.header import Header
from pilot5g.wire.pfcp.ies.numbers import Cause


class FaultyIe(DecodeError):
    """An element that makes the whole message unusable. `ie` is its type, 0 where there is none."""

    def __init__(self, cause: Cause, ie: int, what: str) -> None:
        super().__init__(what)
        self.cause = cause
        self.ie = ie


class UnknownVersion(DecodeError):
    """Not PFCP version 1."""

    def __init__(self, version: int, sequence: int) -> None:
        super().__init__(f"PFCP version {version} is not known")
        self.sequence = sequence


class Faulty(DecodeError):
    """A message whose header can be read and whose elements cannot be used."""

    def __init__(self, header: Header, cause: Cause, ie: int, what: str) -> None:
        super().__init__(what)
        self.header = header
        self.cause = cause
        self.ie = ie

"""PFCP, the protocol of N4 (TS 29.244): messages as frozen values, and the engine that makes them arrive.

`decode` and `encode` are the codec; messages are declared in `messages`, grouped elements in `rules` and
`reports`, elements in `ies`. `path` repeats requests and remembers answers (6.4), with the time passed in.
"""

from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.pfcp.codec import Pdu, decode, encode
from pilot5g.wire.pfcp.errors import Faulty, UnknownVersion
from pilot5g.wire.pfcp.grammar import Message
from pilot5g.wire.pfcp.header import Header, split
from pilot5g.wire.pfcp.ies.numbers import Cause
from pilot5g.wire.pfcp.messages import ANSWERS
from pilot5g.wire.pfcp.path import Answered, Asked, AskedWrongly, Path, Unanswered

PORT = 8805
"""The UDP port that requests are sent to (TS 29.244 4.4.1)."""

__all__ = [
    "ANSWERS",
    "PORT",
    "Answered",
    "Asked",
    "AskedWrongly",
    "Cause",
    "DecodeError",
    "EncodeError",
    "Faulty",
    "Header",
    "Message",
    "Path",
    "Pdu",
    "Unanswered",
    "UnknownVersion",
    "decode",
    "encode",
    "split",
]

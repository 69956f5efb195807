"""What an authentication algorithm set offers to whoever makes or checks an authentication vector.

TS 33.102 6.3 names the functions f1 to f5* and leaves the algorithms to the operator. Milenage and TUAK both
have this shape, so the home network and the phone hold an `AkaAlgorithm` and never ask which one it is.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol


class AkaKeys(NamedTuple):
    """What f2 to f5 give for one RAND: response, cipher key, integrity key, anonymity key (6 octets)."""

    res: bytes
    ck: bytes
    ik: bytes
    ak: bytes


class AkaAlgorithm(Protocol):
    """An algorithm set keyed for one subscriber; `rand` has 16 octets, `sqn` 6 and `amf` 2 (TS 33.102)."""

    def f1(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-A, by which the phone knows the network."""
        ...

    def f1star(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-S, by which the network knows a resynchronising phone."""
        ...

    def f2345(self, rand: bytes) -> AkaKeys:
        """RES, CK, IK and AK of one RAND."""
        ...

    def f12345(self, rand: bytes, sqn: bytes, amf: bytes) -> tuple[bytes, AkaKeys]:
        """MAC-A and what f2 to f5 give: all that a challenge needs."""
        ...

    def f5star(self, rand: bytes) -> bytes:
        """The anonymity key that hides SQN in a resynchronisation, 6 octets."""
        ...


def require_octets(name: str, value: bytes, *lengths: int) -> None:
    """Raises ValueError where `value` has none of the `lengths`; the message never shows the value."""
    if len(value) not in lengths:
        wanted = " or ".join(str(n) for n in lengths)
        raise ValueError(f"{name} has {wanted} octets, not {len(value)}")

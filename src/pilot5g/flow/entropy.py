"""Where randomness comes from: injected, so that a whole network replays from a seed."""

from __future__ import annotations

from collections.abc import Callable

Entropy = Callable[[int], bytes]
"""n -> n random octets. `os.urandom` in service, `seeded` in tests."""


def seeded(seed: int) -> Entropy:
    """A reproducible source (SHAKE-256 in counter mode). Never for keys that protect anything real."""
    from hashlib import shake_256

    count = 0

    def draw(n: int) -> bytes:
        nonlocal count
        count += 1
        return shake_256(b"%d/%d" % (seed, count)).digest(n)

    return draw


def integer(entropy: Entropy, bits: int) -> int:
    """A uniform integer of `bits` bits."""
    octets = (bits + 7) // 8
    return int.from_bytes(entropy(octets), "big") >> (octets * 8 - bits)

"""What each cryptographic step costs, in microseconds: `python benchmarks/crypto.py`.

The best of several rounds is printed, since a shared machine only ever adds. Figures quoted in the
documentation come from here.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from functools import partial

from pilot5g.crypto import kdf
from pilot5g.crypto.milenage import Milenage
from pilot5g.crypto.nas_algorithms import Ciphering, Integrity, mac
from pilot5g.crypto.suci import PROFILE_A, PROFILE_B, HomeKey, conceal
from pilot5g.crypto.tuak import Tuak

_KEY = bytes(range(16))
_RAND = bytes(range(16, 32))
_KAMF = bytes(range(32))
_NAS_MESSAGE = bytes(60)
_SNN = "5G:mnc001.mcc001.3gppnetwork.org"


def _microseconds(call: Callable[[], object]) -> float:
    timer = timeit.Timer(call)
    number, seconds = timer.autorange()
    return min(seconds, *timer.repeat(3, number)) / number * 1e6


def _vector(algorithm: Milenage | Tuak) -> Callable[[], object]:
    return lambda: (algorithm.f1(_RAND, bytes(6), bytes(2)), algorithm.f2345(_RAND))


def _steps() -> dict[str, Callable[[], object]]:
    steps: dict[str, Callable[[], object]] = {
        "Milenage f1 + f2345": _vector(Milenage(_KEY, _KEY)),
        "Milenage f1 + f2345, fresh context": lambda: _vector(Milenage(_KEY, _KEY))(),
        "TUAK f1 + f2345": _vector(Tuak(_KEY, bytes(32))),
        "KAMF": lambda: kdf.kamf(_KAMF, "imsi-001010000000001"),
        "RES*": lambda: kdf.res_star(_KEY, _KEY, _SNN, _RAND, bytes(8)),
        "NIA2, 60 octets, fresh context": lambda: mac(2, _KEY, 1, 1, 0, _NAS_MESSAGE),
    }
    for profile, name in ((PROFILE_A, "A"), (PROFILE_B, "B")):
        home = HomeKey(profile, _KAMF)
        output = conceal(profile, home.public, bytes(5), _KAMF)
        steps[f"SUCI profile {name} reveal"] = partial(home.reveal, output)
    for n in (1, 2, 3):
        ciphering, integrity = Ciphering(n, _KEY), Integrity(n, _KEY)
        steps[f"NEA{n}, 60 octets"] = partial(ciphering.apply, 1, 1, 0, _NAS_MESSAGE)
        steps[f"NIA{n}, 60 octets"] = partial(integrity.mac, 1, 1, 0, _NAS_MESSAGE)
    return steps


def main() -> None:
    """Print one line for each step."""
    for name, call in _steps().items():
        print(f"{name:40} {_microseconds(call):8.2f} µs")


if __name__ == "__main__":
    main()

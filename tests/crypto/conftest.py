"""The published numbers these tests judge by, one file per algorithm in tests/vectors.

Every file names its source; no expected value in them was computed by the code under test.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

_VECTORS = Path(__file__).parent.parent / "vectors"
_SUFFIX = "_vector"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `nea_vector` runs once for each set in tests/vectors/nea.json."""
    for name in metafunc.fixturenames:
        if name.endswith(_SUFFIX):
            sets = json.loads((_VECTORS / f"{name.removesuffix(_SUFFIX)}.json").read_text())["sets"]
            metafunc.parametrize(name, sets, ids=[s["name"] for s in sets])

"""The published Milenage sets, for the SIM to prove itself on (tests/vectors says where they are from)."""

import json
from pathlib import Path

VECTORS = Path(__file__).parents[2] / "vectors"


def pytest_generate_tests(metafunc):
    """A test that takes `milenage_vector` runs once for each set."""
    if "milenage_vector" in metafunc.fixturenames:
        sets = json.loads((VECTORS / "milenage.json").read_text())["sets"]
        metafunc.parametrize("milenage_vector", sets, ids=[entry["name"] for entry in sets])

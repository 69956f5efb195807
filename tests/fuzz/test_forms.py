"""Both forms of the hot modules make the same of the same octets (`judges.forms`)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pilot5g import compiled

ROOT = Path(__file__).parents[2]
SEEDS = (1, 2)
EACH = 80
LEAST = 80_000


def digest(form: str, seed: int, each: int = EACH) -> tuple[int, str]:
    """How many outcomes a process with one form had, and their digest."""
    places = os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))
    environment = os.environ | {compiled.VARIABLE: form, "PYTHONPATH": places, "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "judges.forms", str(seed), str(each)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    count, found = done.stdout.split()
    return int(count), found


@pytest.mark.parametrize("seed", SEEDS)
def test_both_forms_agree(seed):
    if not compiled.is_compiled():
        pytest.skip("compares the compiled form with the plain one: run by `make test-compiled`")
    plain, fast = digest("no", seed), digest("yes", seed)
    assert plain == fast
    assert plain[0] > LEAST


def test_a_seed_is_all_that_a_digest_depends_on():
    form = os.environ[compiled.VARIABLE]
    assert digest(form, 1, 2) == digest(form, 1, 2)
    assert digest(form, 1, 2) != digest(form, 2, 2)

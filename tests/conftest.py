"""What every test shares: Hypothesis profiles, what is skipped where it cannot run, and a look for leaks.

Profiles: `ci` (the default) draws the same examples every time, so that a red run is red again; `deep` draws
more and new ones: `HYPOTHESIS_PROFILE=deep make test`.

The hot modules run uncompiled here, unless `make test-compiled` asks for their compiled form.
"""

import functools
import importlib.util
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("PILOT5G_COMPILED", "no")  # before anything imports pilot5g

NAMESPACES = Path("/run/netns")
PREFIX = "p5g"

settings.register_profile(
    "ci", derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=2000, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@functools.cache
def reason_against_namespaces() -> str | None:
    """Why a test that makes network namespaces and TUN devices cannot run here, or None where it can."""
    if os.geteuid() != 0:
        return "needs root or a user namespace: run it by `make test`, or as root"
    probe = subprocess.run(["unshare", "--net", "true"], capture_output=True, text=True, check=False)
    if probe.returncode != 0:
        return f"needs to create network namespaces, refused here: {probe.stderr.strip()}"
    try:
        os.close(os.open("/dev/net/tun", os.O_RDWR))
    except OSError as e:
        return f"needs /dev/net/tun, refused here: {e.strerror}"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this machine cannot run."""
    judge_is_missing = importlib.util.find_spec("pycrate_mobile") is None
    for item in items:
        if item.get_closest_marker("root") and (reason := reason_against_namespaces()):
            item.add_marker(pytest.mark.skip(reason=reason))
        if item.get_closest_marker("judge") and judge_is_missing:
            item.add_marker(pytest.mark.skip(reason="needs pycrate: run it by `make test`"))


def own_namespaces() -> set[str]:
    """The network namespaces that carry our prefix, by name."""
    return {entry.name for entry in NAMESPACES.glob(f"{PREFIX}*")}


@pytest.fixture(autouse=True)
def leaves_no_namespace(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a `root` test after which a network namespace of ours exists that did not before."""
    if request.node.get_closest_marker("root") is None:
        yield
        return
    before = own_namespaces()
    yield
    patience = time.monotonic() + 2
    while (left := own_namespaces() - before) and time.monotonic() < patience:
        time.sleep(0.05)  # a process that was told to stop is taking its namespace down
    assert not left, f"network namespaces left behind: {', '.join(sorted(left))}"

"""A demonstration as a user runs it, and what it must promise."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROMISED = (
    "radios connected (NG Setup)",
    "phones registered",
    "PDU sessions open",
    "data network answers (ping)",
    "downloads whole (SHA-256)",
    "uploads whole (SHA-256)",
    "handed over by Xn, no ping lost",
    "handed over by N2, no ping lost",
    "transfers go on over handovers",
    "phones went idle",
    "paged, and the packet arrived",
    "phones deregistered",
    "nothing left in the core",
)


def demo(folder: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, report and screen of one run."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    command = [*alone(), sys.executable, "-m", "pilot5g", "demo", "--report", str(folder), *arguments]
    run = subprocess.run(
        command, capture_output=True, text=True, timeout=120, env=environment, cwd=folder, check=False
    )
    path = folder / "pilot-report.json"
    report = json.loads(path.read_text()) if path.exists() else {}
    return run.returncode, report, run.stdout + run.stderr


@functools.cache
def alone() -> tuple[str, ...]:
    """What to put before a command so that it meets no other run on loopback, where that can be had."""
    command = ("unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh")
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return () if tried.returncode else command


def held(code: int, report: dict[str, Any], screen: str) -> None:
    assert "checks" in report, screen
    failed = [check for check in report["checks"] if not check["ok"]]
    assert failed == [], screen
    assert tuple(check["name"] for check in report["checks"]) == PROMISED, screen
    assert code == 0, screen

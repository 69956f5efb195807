"""tshark as a judge: captures within a namespace, and what it finds wrong or sees in a capture."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

AVAILABLE = shutil.which("tshark") is not None and shutil.which("dumpcap") is not None
ERROR = 0x800000
"""Wireshark's expert severity "error" (PI_ERROR)."""
PREFERENCES = ("-o", "nas-5gs.null_decipher:TRUE", "-o", "sctp.checksum:CRC 32c")


@contextmanager
def captured(namespace: str, link: str, path: Path, *, patience: float = 20.0) -> Iterator[None]:
    """Capture a link of a namespace that does not exist yet, from its beginning, as long as it lives."""
    stop = threading.Event()
    started: list[subprocess.Popen[bytes]] = []

    def capture() -> None:
        place = Path("/run/netns") / namespace
        deadline = time.monotonic() + patience
        while not stop.is_set() and time.monotonic() < deadline:
            if place.exists() and _has(place, link):
                command = [
                    "nsenter",
                    f"--net={place}",
                    "dumpcap",
                    "-q",
                    "-i",
                    link,
                    "-s",
                    "0",
                    "-w",
                    str(path),
                ]
                started.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))
                return
            time.sleep(0.01)

    thread = threading.Thread(target=capture)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for process in started:
            process.terminate()
            process.wait(timeout=10)


def _has(place: Path, link: str) -> bool:
    command = ["nsenter", f"--net={place}", "ip", "-br", "link", "show", link]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def fields(path: Path, *names: str, only: str = "") -> list[list[str]]:
    """The fields of each packet that the display filter lets through."""
    command = ["tshark", "-r", str(path), *PREFERENCES, "-T", "fields"]
    command += [word for name in names for word in ("-e", name)]
    command += ["-Y", only] if only else []
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line.split("\t") for line in run.stdout.splitlines()]


def faults(path: Path) -> list[list[str]]:
    """Packets that tshark calls malformed or marks with an expert error: number, protocol, what."""
    only = f"_ws.malformed || _ws.expert.severity == {ERROR}"
    return fields(path, "frame.number", "_ws.col.Protocol", "_ws.col.Info", "_ws.expert.message", only=only)

"""tshark as a judge: captures within a namespace, and what it finds wrong or sees in a capture."""

from __future__ import annotations

import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pilot5g.wire import ip

AVAILABLE = shutil.which("tshark") is not None and shutil.which("dumpcap") is not None
ERROR = 0x800000
"""Wireshark's expert severity "error" (PI_ERROR)."""
RAW_IP = 101
"""The link type of packets that begin with an IP header."""
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


def written(path: Path, payloads: Iterable[bytes], port: int) -> None:
    """A capture file with a UDP datagram to that port for each payload."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, RAW_IP))
        for payload in payloads:
            ends = (ip.pack("127.0.0.1"), port, ip.pack("127.0.0.2"), port)
            packet = ip.build_udp(ip.Datagram(*ends, payload))
            file.write(struct.pack("<IIII", 0, 0, len(packet), len(packet)) + packet)

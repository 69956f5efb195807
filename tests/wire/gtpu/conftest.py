"""tshark as the judge of GTP-U on port 2152."""

import shutil
import subprocess

import pytest


def read(message: bytes, *fields: str) -> list[str]:
    """What tshark reads in the fields and, last, the severity of its complaints."""
    dump = "".join(f"{i:06x} {message[i : i + 16].hex(' ')}\n" for i in range(0, len(message), 16))
    convert = ["text2pcap", "-q", "-u", "2152,2152", "-", "-"]
    capture = subprocess.run(convert, input=dump.encode(), capture_output=True, check=True).stdout
    command = ["tshark", "-r", "-", "-T", "fields"]
    for field in (*fields, "_ws.expert.severity"):
        command += ["-e", field]
    shown = subprocess.run(command, input=capture, capture_output=True, check=True).stdout.decode()
    return shown.rstrip("\n").split("\t")


@pytest.fixture
def judged():
    if shutil.which("tshark") is None or shutil.which("text2pcap") is None:
        pytest.skip("tshark is not installed")
    return read

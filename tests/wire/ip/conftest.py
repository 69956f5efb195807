"""tshark as the judge of single packets."""

import shutil
import subprocess

import pytest


def read(packet: bytes, *fields: str) -> list[str]:
    """What tshark reads in the fields and, last, the severity of its complaints."""
    dump = "".join(f"{i:06x} {packet[i : i + 16].hex(' ')}\n" for i in range(0, len(packet), 16))
    link_type = "228" if packet[0] >> 4 == 4 else "229"
    convert = ["text2pcap", "-q", "-l", link_type, "-", "-"]
    capture = subprocess.run(convert, input=dump.encode(), capture_output=True, check=True).stdout
    command = [
        "tshark",
        "-r",
        "-",
        "-T",
        "fields",
        "-o",
        "udp.check_checksum:TRUE",
        "-o",
        "ip.check_checksum:TRUE",
    ]
    for field in (*fields, "_ws.expert.severity"):
        command += ["-e", field]
    shown = subprocess.run(command, input=capture, capture_output=True, check=True).stdout.decode()
    return shown.rstrip("\n").split("\t")


@pytest.fixture
def judged():
    if shutil.which("tshark") is None or shutil.which("text2pcap") is None:
        pytest.skip("tshark is not installed")
    return read

"""An uplink classifier and its anchor as processes of their own, in places of their own, by real packets.

near (radio, core, classifier; 10.61.1.1) == 10.60.0.0/24 == far (anchor; 10.61.2.1)
"""

import signal
import subprocess

import pytest

from judges import tshark
from judges.processes import PATIENCE, Running, running, until
from pilot5g.net import namespace as ns

pytestmark = pytest.mark.root

K = "00112233445566778899aabbccddeeff"
IMSI = "001010000000001"
NEAR, FAR = "u5g-near", "u5g-far"
NEAR_HOST, FAR_HOST = "10.61.1.1", "10.61.2.1"
CORE, UPF, RADIO, ANCHOR = "10.60.0.1", "10.60.0.3", "10.60.0.4", "10.60.0.2"
COMMON = f"""
n2: {{address: {CORE}, transport: usrsctp-udp}}
n6: {{interface: p5gv-}}
timers: {{X-N4-HEARTBEAT: 1, X-N4-RETRY: 1, N4-T1: 0.3, X-N4-SETTLE: 2}}
user_plane: userspace
"""
CONFIG = f"""{COMMON}
n3: {{address: {UPF}, sources: [{RADIO}/32, {ANCHOR}/32]}}
n4: {{upf: external, smf_address: {CORE}, upf_address: {UPF}, others: [{{address: {ANCHOR}}}]}}
data_networks: [{{dnn: internet, classifier: {{anchor: {ANCHOR}, local: [10.61.1.0/24]}}}}]
radios: [{{name: gnb-1, id: 1, n2_address: {RADIO}, n3_address: {RADIO}}}]
phones: {{count: 1, first_imsi: "{IMSI}", k: {K}, opc: {K}}}
"""
ANCHOR_CONFIG = f"""{COMMON}
n3: {{address: {ANCHOR}, sources: [{UPF}/32]}}
n4: {{upf: external, smf_address: {CORE}, upf_address: {ANCHOR}}}
data_networks: [{{dnn: internet}}]
radios: []
phones: {{count: 0}}
"""


@pytest.fixture
def places(tmp_path):
    """Both namespaces, and a folder for the files of each."""
    folders = {name: tmp_path / name for name in (NEAR, FAR)}
    for name in (NEAR, FAR):
        ns.create(name)
    try:
        ns.connect(NEAR, "n9", FAR, "n9", 1600)
        ns.configure(NEAR, "n9", [f"{each}/24" for each in (CORE, UPF, RADIO)])
        ns.configure(FAR, "n9", [f"{ANCHOR}/24"])
        ns.configure(NEAR, "lo", [f"{NEAR_HOST}/32"])
        ns.configure(FAR, "lo", [f"{FAR_HOST}/32"])
        for name, config in ((NEAR, CONFIG), (FAR, ANCHOR_CONFIG)):
            folders[name].mkdir()
            (folders[name] / "pilot.yaml").write_text(config)
        added = Running(folders[NEAR], ["subscriber", "add", IMSI, "--k", K, "--opc", K])
        assert added.process.wait(PATIENCE) == 0, added.screen
        yield folders
    finally:
        for name in (NEAR, FAR):
            ns.remove(name)


def inside(name):
    return ("nsenter", f"--net=/run/netns/{name}", "--")


def answers(host, patience=3 * PATIENCE):
    """Wait until a host answers the phone."""

    def one():
        command = ["ip", "netns", "exec", "p5g-ue1", "ping", "-n", "-c", "1", "-W", "1", host]
        return subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).returncode == 0

    until(one, f"an answer of {host}", patience)


@pytest.mark.judge
@pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev")
def test_near_and_far_by_a_classifier(places, tmp_path):
    path = tmp_path / "n9.pcapng"
    path.touch()
    path.chmod(0o666)
    near, far = places[NEAR], places[FAR]
    with (
        tshark.captured(FAR, "n9", path),
        running(far, "upf", before=inside(FAR)) as anchor,
        running(near, "upf", before=inside(NEAR)) as upf,
    ):
        anchor.says("waiting for the SMF")
        upf.says("waiting for the SMF")
        with running(near, "up", "--core-only", before=inside(NEAR)) as core:
            core.says("waiting for gNBs")
            with running(near, "ran", before=inside(NEAR)) as ran:
                ran.says("PDU sessions open: 1 of 1")
                for host in (NEAR_HOST, FAR_HOST):
                    answers(host)
                assert anchor.end(signal.SIGKILL) == -signal.SIGKILL
                answers(NEAR_HOST)
                with running(far, "upf", before=inside(FAR)) as second:
                    second.says("associated")
                    answers(FAR_HOST)
                    answers(NEAR_HOST)
                    assert ran.end() == 0
                    assert core.end() == 0
                    assert second.end() == 0
                assert upf.end() == 0
                screens = [run.screen for run in (anchor, upf, core, ran, second)]
                assert not any("Traceback" in screen for screen in screens), screens
    assert tshark.fields(path, "frame.number", only="_ws.malformed") == []
    up = f"gtp && ip.src == {UPF} && ip.dst == {ANCHOR} && gtp.ext_hdr.pdu_ses_con.pdu_type == 1"
    down = f"gtp && ip.src == {ANCHOR} && ip.dst == {UPF} && gtp.ext_hdr.pdu_ses_con.pdu_type == 0"
    for way in (up, down):
        assert tshark.fields(path, "frame.number", only=f"{way} && ip.addr == {FAR_HOST}"), way
        assert tshark.fields(path, "frame.number", only=f"{way} && ip.addr == {NEAR_HOST}") == []

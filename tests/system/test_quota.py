"""A quota as a person meets it: on either user plane a download ends with it, and the session too."""

import re
import subprocess

import pytest

from judges.processes import PATIENCE, left, on, running, until

pytestmark = pytest.mark.root

DN = "10.54.6.2"
QUOTA = 20_000_000
PLANES = ["userspace", "ebpf"]


@pytest.mark.parametrize("plane", PLANES)
def test_a_download_ends_with_the_quota(tmp_path, plane):
    (tmp_path / "pilot.yaml").write_text(
        f"user_plane: {plane}\nradios: [{{}}]\nphones: {{count: 1}}\n"
        f"data_networks: [{{dnn: internet, usage: {{quota: {QUOTA // 1_000_000} MB}}}}]\n"
    )
    with running(tmp_path, "up") as up:
        up.says("Ctrl-C ends the network")
        whole = on("ue1", "curl", "-sS", "--fail", f"http://{DN}/file/5000000")
        assert len(whole) == 5_000_000
        command = ["curl", "-sS", "--max-time", "15", "-o", "/dev/null", "-w", "%{size_download}"]
        asked = ["ip", "netns", "exec", "p5g-ue1", *command, f"http://{DN}/file/100000000"]
        cut = subprocess.run(asked, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert cut.returncode != 0
        got = 5_000_000 + int(re.findall(r"\d+$", cut.stdout)[0])
        assert 0.9 * QUOTA < got <= QUOTA, "up and down count, headers included"
        until(lambda: "used up the quota of internet" in up.screen, "the end of the session")
        ask = ["ip", "netns", "exec", "p5g-ue1", "ping", "-c", "1", "-W", "1", DN]
        assert subprocess.run(ask, capture_output=True, check=False).returncode != 0
        assert up.end() == 0, up.screen
        assert "Traceback" not in up.screen
    assert left(tmp_path) == []

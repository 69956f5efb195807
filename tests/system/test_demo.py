"""The main job as a user runs it: `pilot5g demo`, in each of the ways it can run."""

import pytest

from judges.pilot import demo, held


@pytest.mark.root
@pytest.mark.parametrize("plane", ["auto", "userspace"])
def test_the_whole_network_in_namespaces(tmp_path, plane):
    config = tmp_path / "plane.yaml"
    config.write_text(f"user_plane: {plane}\n")
    code, report, screen = demo(tmp_path, "-c", str(config))
    held(code, report, screen)
    assert "user plane in" in screen
    assert plane == "auto" or "user plane in this process" in screen
    assert report["mode"] in ("root", "userns")
    names = {figure["name"] for figure in report["figures"]}
    for measured in ("registration", "PDU session", "ping", "paging, packet to answer"):
        assert {f"{measured} p50", f"{measured} p99"} <= names
    assert "throughput of one phone, downlink" in names
    assert "Every check held" in screen
    assert "<html" in (tmp_path / "pilot-report.html").read_text()


def test_the_whole_network_without_namespaces(tmp_path):
    code, report, screen = demo(tmp_path, "--in-process")
    held(code, report, screen)
    assert report["mode"] == "in-process"


def test_a_phone_with_a_wrong_key_is_named_with_cause_and_fix(tmp_path):
    """A check that fails says which hop, why, and what to do."""
    config = tmp_path / "wrong.yaml"
    key, other = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
    config.write_text(
        f"""
phones:
  list:
    - {{imsi: "001010000000001", k: {key}, opc: {key}}}
    - {{imsi: "001010000000002"}}
subscribers:
  - {{imsi: "001010000000001", k: {other}, opc: {key}}}
"""
    )
    code, report, screen = demo(tmp_path, "--in-process", "-c", str(config))
    assert code == 1
    (registered,) = [check for check in report["checks"] if check["name"] == "phones registered"]
    assert not registered["ok"]
    assert "001010000000001" in registered["detail"]
    assert "OPc" in screen

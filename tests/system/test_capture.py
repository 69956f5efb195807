"""The third judge: tshark reads all that a demonstration sends on N2 and N3, null ciphering for this run."""

from collections import Counter

import pytest

from judges import tshark
from judges.pilot import demo, held

pytestmark = [
    pytest.mark.root,
    pytest.mark.judge,
    pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev"),
]

PHONES = 20
LADDER = {
    "NGSetupRequest": 2,
    "NGSetupResponse": 2,
    "InitialUEMessage": PHONES,
    "Authentication request": PHONES,
    "Authentication response": PHONES,
    "Security mode command": PHONES,
    "Security mode complete": PHONES,
    "InitialContextSetupRequest": PHONES,
    "InitialContextSetupResponse": PHONES,
    "Registration complete": PHONES,
    "PDU session establishment request": PHONES,
    "PDUSessionResourceSetupRequest": PHONES,
    "PDUSessionResourceSetupResponse": PHONES,
    "UEContextReleaseRequest": PHONES,
    "UEContextReleaseCommand": PHONES,
    "UEContextReleaseComplete": PHONES,
    "Paging": PHONES,
    "Service request": PHONES,
    "Deregistration request": PHONES,
}
"""What tshark must see at least so often."""


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    folder = tmp_path_factory.mktemp("capture")
    config = folder / "null.yaml"
    config.write_text("security: {ciphering: [NEA0]}\n")
    path = folder / "n2n3.pcapng"
    path.touch()
    path.chmod(0o666)
    with tshark.captured("p5g-ran", "n3", path):  # the core's end shows nothing of what programs take
        held(*demo(folder, "-c", str(config)))
    return path


def test_nothing_is_malformed_and_nothing_an_expert_error(capture):
    assert tshark.faults(capture) == []


def test_the_expected_ladder_is_there(capture):
    seen: Counter[str] = Counter()
    for (info,) in tshark.fields(capture, "_ws.col.Info", only="ngap"):
        seen.update(name for name in LADDER if name in info)
    missing = {name: (seen[name], least) for name, least in LADDER.items() if seen[name] < least}
    assert missing == {}


def test_n3_carries_qfi_both_ways_and_every_sctp_checksum_is_right(capture):
    kinds = {row[0] for row in tshark.fields(capture, "gtp.ext_hdr.pdu_ses_con.pdu_type", only="gtp")}
    assert {"0", "1"} <= {kind.split(",")[0] for kind in kinds}
    bad = tshark.fields(capture, "frame.number", only="sctp.checksum.status == 0")
    assert bad == []
    assert len(tshark.fields(capture, "frame.number", only="sctp.checksum.status == 1")) > 100


def test_non_ue_signalling_is_on_stream_0_and_ue_signalling_is_not(capture):
    """TS 38.412 7."""
    setup = tshark.fields(capture, "sctp.data_sid", only="ngap.procedureCode == 21")
    assert {row[0] for row in setup} == {"0x0000"}
    ue = tshark.fields(capture, "sctp.data_sid", only="ngap.procedureCode == 15")
    assert all("0x0000" not in row[0] for row in ue)

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
ELEMENTS = {
    "NGSetupRequest": 2,
    "NGSetupResponse": 2,
    "InitialUEMessage": PHONES,
    "InitialContextSetupRequest": PHONES,
    "InitialContextSetupResponse": PHONES,
    "PDUSessionResourceSetupRequest": PHONES,
    "PDUSessionResourceSetupResponse": PHONES,
    "UEContextReleaseRequest": PHONES,
    "UEContextReleaseCommand": PHONES,
    "UEContextReleaseComplete": PHONES,
    "Paging": PHONES,
}
"""NGAP messages that tshark must see at least so often."""
MM = {
    "0x56": "Authentication request",
    "0x57": "Authentication response",
    "0x5d": "Security mode command",
    "0x5e": "Security mode complete",
    "0x43": "Registration complete",
    "0x4c": "Service request",
    "0x45": "Deregistration request",
}
"""5GMM messages that it must see at least once for each phone (TS 24.501 table 9.7.1)."""
SM = {"0xc1": "PDU session establishment request"}
"""5GSM messages, likewise (table 9.7.2)."""


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
    """A packet may carry several messages, so each field of a packet may be there several times."""
    names = [f"ngap.{name}_element" for name in ELEMENTS]
    rows = tshark.fields(capture, *names, "nas_5gs.mm.message_type", "nas_5gs.sm.message_type", only="ngap")
    seen: Counter[str] = Counter()
    for *elements, mm, sm in rows:
        for name, found in zip(ELEMENTS, elements, strict=True):
            seen[name] += len(found.split(",")) if found else 0
        seen.update(MM[each] for each in mm.split(",") if each in MM)
        seen.update(SM[each] for each in sm.split(",") if each in SM)
    least = ELEMENTS | dict.fromkeys([*MM.values(), *SM.values()], PHONES)
    assert {name: (seen[name], n) for name, n in least.items() if seen[name] < n} == {}


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

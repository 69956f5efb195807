"""RRC in a handover: our octets are those of TS 38.331 by pycrate's judgement, and nothing else is read."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.ran import rrc
from pilot5g.ran.rrc import Reconfiguration
from pilot5g.wire.errors import DecodeError

messages = st.builds(
    Reconfiguration,
    pci=st.integers(0, 1007),
    c_rnti=st.integers(1, 65519),
    ncc=st.integers(0, 7),
    ciphering=st.integers(0, 3),
    integrity=st.integers(0, 3),
    released=st.lists(st.integers(1, 15), max_size=15, unique=True).map(tuple),
    nas=st.none() | st.binary(min_size=1, max_size=20),
    new_kamf=st.booleans(),
)


@given(messages)
def test_what_is_said_is_read(message):
    assert rrc.decode(rrc.encode(message)) == message


@given(st.binary(max_size=60))
def test_anything_else_is_a_decode_error(octets):
    with contextlib.suppress(DecodeError):
        rrc.decode(octets)


@given(messages, st.data())
def test_a_message_cut_short_is_a_decode_error(message, data):
    octets = rrc.encode(message)
    with pytest.raises(DecodeError):
        rrc.decode(octets[: data.draw(st.integers(0, len(octets) - 2))])


def test_the_octets_are_those_of_the_specification():
    """Octets made by pycrate's TS 38.331 (see the test below); these need it not."""
    bare = Reconfiguration(pci=0, c_rnti=0, ncc=0, ciphering=0, integrity=0)
    assert rrc.encode(bare).hex() == "0101105a00900904084800000f0000280000"
    less = Reconfiguration(pci=0, c_rnti=0, ncc=0, ciphering=0, integrity=0, released=(1, 2))
    assert rrc.encode(less).hex() == "012110c200b401201208109000001e0000500000"


@pytest.mark.judge
def test_pycrate_reads_the_same():
    """The judge needs ten seconds to learn TS 38.331, so it is asked about one message with everything."""
    nr = pytest.importorskip("pycrate_asn1dir.RRCNR")

    said = Reconfiguration(
        pci=1007,
        c_rnti=0xABCD,
        ncc=5,
        ciphering=2,
        integrity=1,
        released=(3, 15),
        nas=b"\1\2\3",
        new_kamf=True,
    )
    command = nr.NR_InterNodeDefinitions.HandoverCommand
    command.from_uper(rrc.encode(said))
    message = command.get_val_at(["criticalExtensions", "c1", "handoverCommand"])["handoverCommandMessage"]
    ies = message[1]["criticalExtensions"][1]
    bearers, more = ies["radioBearerConfig"], ies["nonCriticalExtension"]
    algorithms = bearers["securityConfig"]["securityAlgorithmConfig"]
    assert (algorithms["cipheringAlgorithm"], algorithms["integrityProtAlgorithm"]) == ("nea2", "nia1")
    assert bearers["drb-ToReleaseList"] == [3, 15]
    assert more["masterKeyUpdate"] == {
        "keySetChangeIndicator": True, "nextHopChainingCount": 5, "nas-Container": b"\1\2\3"
    }  # fmt: skip
    sync = more["masterCellGroup"][1]["spCellConfig"]["reconfigurationWithSync"]
    assert (sync["newUE-Identity"], sync["t304"]) == (0xABCD, "ms1000")
    assert sync["spCellConfigCommon"]["physCellId"] == 1007
    complete = nr.NR_RRC_Definitions.UL_DCCH_Message
    complete.from_uper(rrc.RECONFIGURATION_COMPLETE)
    assert complete.get_val()["message"][1][0] == "rrcReconfigurationComplete"
    preparation = nr.NR_InterNodeDefinitions.HandoverPreparationInformation
    preparation.from_uper(rrc.HANDOVER_PREPARATION)
    assert preparation.get_val()["criticalExtensions"][1][0] == "handoverPreparationInformation"

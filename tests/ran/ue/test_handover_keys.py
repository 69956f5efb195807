"""New NAS keys in a handover, at the phone (TS 33.501 6.9.2.3.4)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.crypto import kdf
from pilot5g.ran.ue import security
from pilot5g.ran.ue.context import SecurityContext
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import SecurityAlgorithms
from pilot5g.wire.nas.transparent import HandoverSecurity

TOLD = HandoverSecurity(ciphering=2, integrity=2, ngksi=3, new_kamf=True, sequence=5)


def context(downlink=0x105):
    """Ready for use, with NEA1 and NIA1."""
    made = SecurityContext(ngksi=3, kamf=bytes(range(32)))
    made.nas = security.nas_keys(made, SecurityAlgorithms(1, 1))
    made.nas.uplink_count, made.nas.downlink_count = 9, downlink
    return made


def container(told, kamf):
    """With the code of an AMF that has this K_AMF."""
    return told.encode(kdf.nas_key(kamf, kdf.KeyType.NAS_INT, told.integrity))


@pytest.mark.parametrize(("expected", "count"), [(0x105, 0x105), (0x101, 0x105), (0x106, 0x205)])
def test_a_13_the_count_is_the_next_one_with_that_sequence_number(expected, count):
    """FC 0x72, DIRECTION 1; COUNTs begin anew."""
    old = context(expected)
    kamf = kdf.kdf(old.kamf, 0x72, b"\1", count.to_bytes(4))
    new = security.told_in_handover(old, container(TOLD, kamf))
    assert new.kamf == kamf
    assert (new.nas.uplink_count, new.nas.downlink_count) == (0, 0)
    assert (new.nas.ciphering, new.nas.integrity) == (2, 2)
    assert new.kgnb_count == 2**32 - 1
    assert old == context(expected)


def test_other_algorithms_alone_keep_kamf_and_counts():
    told = msgspec.structs.replace(TOLD, new_kamf=False)
    old = context()
    new = security.told_in_handover(old, container(told, old.kamf))
    assert new.kamf == old.kamf
    assert (new.nas.uplink_count, new.nas.downlink_count) == (9, 0x106)


@pytest.mark.parametrize(
    "change",
    [{"ngksi": 2}, {"mapped": True}, {"ciphering": 7}, {"sequence": 4}, {"new_kamf": False}],
    ids=lambda change: next(iter(change)),
)
def test_what_does_not_fit_is_refused(change):
    old = context()
    told = msgspec.structs.replace(TOLD, **change)
    with pytest.raises(DecodeError):
        security.told_in_handover(old, container(told, kdf.kamf_prime(old.kamf, 1, 0x105)))
    assert old == context()


@given(st.binary(min_size=6, max_size=8))
def test_anything_from_the_wire_is_refused(octets):
    with pytest.raises(DecodeError):
        security.told_in_handover(context(), octets)

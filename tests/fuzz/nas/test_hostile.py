"""Hostile NAS: whatever arrives is a message or a DecodeError, and a message can be written again."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judges import nas_values as values
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import ies

GMM_TYPES = st.sampled_from(sorted(nas.GMM))
GSM_TYPES = st.sampled_from(sorted(nas.GSM))
BODY = st.binary(max_size=200)
TAGS = sorted({row.iei for cls in values.CLASSES for row in cls.TABLE.rows if row.iei is not None})


def elements() -> st.SearchStrategy[bytes]:
    """Elements with real tags and lengths that are right, wrong or missing."""
    return st.builds(
        lambda tag, size, body: bytes((tag,)) + size + body,
        st.sampled_from(TAGS) | st.integers(0, 255),
        st.binary(max_size=2) | st.integers(0, 20).map(lambda n: bytes((n,))),
        st.binary(max_size=20),
    )


def survives(octets: bytes) -> None:
    try:
        message = nas.decode(octets)
    except nas.NasError:
        return
    again = nas.decode(nas.encode(message))
    assert nas.encode(again) == nas.encode(message)
    assert len(message.defects) <= len(octets)


@settings(max_examples=300)
@given(
    st.binary(max_size=300)
    | st.builds(lambda kind, body: bytes((0x7E, 0, kind)) + body, GMM_TYPES, BODY)
    | st.builds(lambda kind, body: bytes((0x2E, 1, 1, kind)) + body, GSM_TYPES, BODY)
)
def test_random_octets(octets):
    survives(octets)


@settings(max_examples=300)
@given(values.ANY_MESSAGE, st.lists(elements(), max_size=6))
def test_real_messages_with_strange_elements(message, more):
    survives(nas.encode(message) + b"".join(more))


@settings(max_examples=300)
@given(values.ANY_MESSAGE, st.data())
def test_mutated_messages(message, data):
    octets = bytearray(nas.encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place] = data.draw(st.integers(0, 255))
    survives(bytes(octets))


@given(values.ANY_MESSAGE)
def test_truncated_messages(message):
    octets = nas.encode(message)
    for size in range(min(len(octets), 120)):
        survives(octets[:size])


@pytest.mark.parametrize(
    "codec",
    [codec for codec in values.STRATEGIES if isinstance(codec, ies.base.Ie)],
    ids=lambda codec: next(name for name in dir(ies) if getattr(ies, name) is codec),
)
def test_every_value_decoder_takes_any_octets(codec):
    @settings(max_examples=80)
    @given(st.binary(max_size=40))
    def check(octets: bytes) -> None:
        try:
            value = codec.decode(octets)
        except ValueError:
            return
        assert codec.decode(codec.encode(value)) == value

    check()


@pytest.mark.parametrize(
    "codec",
    [codec for codec in values.STRATEGIES if isinstance(codec, ies.base.HalfIe)],
    ids=lambda codec: next(name for name in dir(ies) if getattr(ies, name) is codec),
)
def test_every_half_octet_is_taken(codec):
    for half in range(16):
        try:
            value = codec.decode(half)
        except ValueError:
            continue
        assert codec.decode(codec.encode(value)) == value


@given(st.binary(max_size=40) | st.builds(lambda t, b: bytes((0x7E, t)) + b, st.integers(0, 15), BODY))
def test_protected_messages(octets):
    context = nas.NasSecurity(ngksi=0, knas_enc=bytes(16), knas_int=bytes(16), ciphering=2, integrity=2)
    with pytest.raises(DecodeError):
        context.unprotect(octets, uplink=True)
    assert context.uplink_count == 0


@given(BODY)
def test_a_container_of_any_octets(octets):
    context = nas.NasSecurity(ngksi=0, knas_enc=bytes(16), knas_int=bytes(16), ciphering=2, integrity=2)
    survives(context.reveal(octets))

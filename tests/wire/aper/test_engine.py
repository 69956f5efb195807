"""The aligned PER engine against X.691: the field list, constraints, strings, structures, fragments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire import aper
from pilot5g.wire.aper.bits import Reader, Writer
from pilot5g.wire.aper.node import Node
from pilot5g.wire.aper.simple import Bits, Bool, Enum, Int, Null, Octets, Str
from pilot5g.wire.aper.structured import Choice, Field, Open, Seq, SeqOf
from pilot5g.wire.errors import DecodeError, EncodeError


def round_trip(node: Node, value, octets: str | None = None):
    encoded = aper.encode(node, value)
    if octets is not None:
        assert encoded.hex() == octets.replace(" ", "")
    assert aper.decode(node, encoded) == value


@pytest.mark.parametrize(
    ("lower", "upper", "value", "octets"),
    [
        (5, 5, 5, "00"),  # X.691 11.5.4: a range of one value takes no bits; an encoding is never empty
        (0, 7, 5, "a0"),  # 11.5.7.1: a bit field
        (0, 254, 254, "fe"),  # range 255: still a bit field
        (0, 255, 254, "fe"),  # 11.5.7.2: one octet
        (0, 65535, 258, "0102"),  # 11.5.7.3: two octets
        (0, 65536, 0, "00 00"),  # 11.5.7.4: a count of octets, then the octets
        (0, 65536, 65536, "80 010000"),
        (0, 4294967295, 4294967295, "c0 ffffffff"),
        (0, 1099511627775, 1, "00 01"),
        (1, None, 128, "01 7f"),  # 11.7: semi-constrained
        (1, None, 257, "02 0100"),
        (None, None, -128, "01 80"),  # 11.8: unconstrained
        (None, None, 128, "02 0080"),
    ],
)
def test_integers(lower, upper, value, octets):
    round_trip(Int(lower, upper, False), value, octets)


def test_an_extensible_integer_is_unconstrained_outside_its_root():
    """X.691 13.1."""
    node = Int(0, 4095, True)
    round_trip(node, 4095, "00 0fff")
    round_trip(node, 4096, "80 02 1000")


def test_a_hole_in_an_extensible_range_is_encoded_as_root():
    """X.691 13.1 asks whether a value is within *the range of* the extension root: ExpectedActivityPeriod."""
    round_trip(Int(1, 181, True), 35, "1100")
    round_trip(Int(1, 181, True), 182, "80 02 00b6")


@given(st.integers(-(2**200), 2**200))
def test_any_integer_comes_back(value):
    round_trip(Int(None, None, False), value)


@pytest.mark.parametrize(("lower", "upper", "bad"), [(0, 7, 8), (0, 7, -1), (1, None, 0), (0, 65535, 65536)])
def test_integers_outside_their_bounds_are_not_encoded(lower, upper, bad):
    with pytest.raises(EncodeError):
        aper.encode(Int(lower, upper, False), bad)


@pytest.mark.parametrize(("upper", "octets"), [(5, "e0"), (99999, "80 01ffff")])
def test_integers_outside_their_bounds_are_not_accepted(upper, octets):
    with pytest.raises(DecodeError, match="out of range"):
        aper.decode(Int(0, upper, False), bytes.fromhex(octets))


def test_enumerations():
    """X.691 14: root by index, additions as normally small numbers, unknown ones survive."""
    node = Enum(["a", "b", "c"], ["d"])
    round_trip(node, "c", "40")
    round_trip(node, "d", "80")
    round_trip(node, "_ext_7", "87")
    round_trip(node, "_ext_300", "c0 02 012c")
    for bad in ("e", "_ext_x"):
        with pytest.raises(EncodeError):
            aper.encode(node, bad)
    with pytest.raises(DecodeError):
        aper.decode(Enum(["a", "b", "c"], None), b"\xc0")


@pytest.mark.parametrize(
    ("node", "value", "octets"),
    [
        (Bits(8, 8, False), (0xA5, 8), "a5"),
        (Bits(16, 16, False), (0xA55A, 16), "a55a"),
        (Bits(36, 36, False), (0x123456789, 36), "1234567890"),
        (Bits(22, 32, False), (0x3FFFFF, 22), "00 fffffc"),
        (Bits(1, 160, True), (0x7F000001, 32), "0f80 7f000001"),
        (Bits(16, 16, True), (0x8000, 16), "40 00 00"),
        (Bits(16, 16, True), (0x80001, 20), "80 14 800010"),
        (Bits(None, None, False), (5, 3), "03 a0"),
        (Bits(0, 8, False), (0, 0), "00"),
        (Octets(2, 2, False), b"\x12\x34", "1234"),
        (Octets(3, 3, False), b"\x12\x34\x56", "123456"),
        (Octets(0, 3, False), b"", "00"),
        (Octets(0, 3, False), b"\x12", "40 12"),
        (Octets(None, None, False), b"\x12", "01 12"),
        (Octets(8, None, False), bytes(8), "08" + "00" * 8),
        (Str(1, 150, True, "ascii"), "ab", "0080 6162"),
        (Str(2, 2, False, "ascii"), "ab", "6162"),
        (Str(None, None, False, "utf-8"), "ü", "02 c3bc"),
        (Bool(), True, "80"),
        (Null(), 0, "00"),
    ],
)
def test_strings_and_bits(node, value, octets):
    round_trip(node, value, octets)


@pytest.mark.parametrize(
    ("node", "bad"),
    [
        (Bits(8, 8, False), (256, 8)),
        (Bits(8, 8, False), (1, 9)),
        (Bits(8, 8, False), 5),
        (Bits(None, None, False), (-1, 3)),
        (Bits(None, None, False), (0, -3)),
        (Octets(2, 2, False), b"\x01"),
        (Octets(0, 3, False), b"1234"),
        (Octets(8, None, False), b"1"),
        (Octets(None, None, False), "text"),
        (Str(1, 3, False, "ascii"), "ü"),
        (Str(1, 3, False, "ascii"), b"bytes"),
        (Int(0, 5, False), "1"),
        (Enum(["a"], None), 0),
        (Seq([Field("a", Bool(), "")], [False], None), []),
        (SeqOf(0, 3, False, Bool()), 5),
        (Choice([Field("a", Bool(), "")], None), ("b", True)),
        (Choice([Field("a", Bool(), "")], None), "a"),
    ],
)
def test_values_that_do_not_fit_are_encode_errors(node, bad):
    with pytest.raises(EncodeError):
        aper.encode(node, bad)


@pytest.mark.parametrize(
    "node",
    [
        Bits(1, None, False),
        Octets(1, None, False),
        Str(1, None, False, "ascii"),
        SeqOf(1, 65536, False, Bool()),
    ],
)
def test_sizes_behind_a_general_length_have_to_be_allowed(node):
    with pytest.raises(DecodeError, match="size"):
        aper.decode(node, b"\x00")


def test_characters_that_are_none_are_decode_errors():
    with pytest.raises(DecodeError, match="ascii"):
        aper.decode(Str(None, None, False, "ascii"), b"\x01\xff")
    with pytest.raises(DecodeError, match="utf-8"):
        aper.decode(Str(None, None, False, "utf-8"), b"\x02\xc3\x28")


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (127, "7f"),
        (128, "8080"),
        (16383, "bfff"),
        (16384, "c1"),
        (65536, "c4"),
        (65536 + 16384 + 5, "c4"),
    ],
)
def test_lengths_and_fragments(size, head):
    """X.691 11.9.3.5 to 11.9.3.8: below 128, below 16K, and in fragments of 16K to 64K units."""
    octets = bytes(i % 251 for i in range(size))
    number = int.from_bytes(b"\x80" + octets[1:], "big")
    for node, value in (
        (Octets(None, None, False), octets),
        (Bits(None, None, False), (number >> (size * 7), size)),
        (SeqOf(None, None, False, Int(0, 255, False)), list(octets)),
        (SeqOf(None, None, False, Bool()), [bool(octet & 1) for octet in octets]),
    ):
        encoded = aper.encode(node, value)
        assert encoded.hex().startswith(head)
        assert aper.decode(node, encoded) == value


def test_the_last_fragment_may_be_empty():
    encoded = aper.encode(Octets(None, None, False), bytes(16384))
    assert encoded == b"\xc1" + bytes(16384) + b"\x00"


def test_fragments_of_no_allowed_size_are_refused():
    for head in ("c0", "c5", "ff"):
        with pytest.raises(DecodeError, match="fragment"):
            aper.decode(Octets(None, None, False), bytes.fromhex(head) + bytes(70000))


def sequence(additions=None) -> Seq:
    fields = [
        Field("a", Int(0, 7, False), ""),
        Field("b", Bool(), ""),
        Field("c", Octets(None, None, False), ""),
    ]
    return Seq(fields, [False, True, True], additions)


def test_sequences():
    """X.691 19: extension bit, a bit for each optional component, then the components."""
    round_trip(sequence(), {"a": 5}, "28")
    round_trip(sequence(), {"a": 5, "b": True}, "ac")
    round_trip(sequence([]), {"a": 5, "c": b"x"}, "34 01 78")


def test_additions_known_and_unknown():
    node = sequence([Field("d", Int(0, 255, False), "")])
    encoded = aper.encode(node, {"a": 1, "d": 9, "_ext_2": b"zz"})
    assert aper.decode(node, encoded) == {"a": 1, "d": 9, "_ext_2": b"zz"}
    older = aper.decode(sequence([]), encoded)
    assert older == {"a": 1, "_ext_0": b"\x09", "_ext_2": b"zz"}
    assert aper.encode(sequence([]), older) == encoded


def test_a_field_that_is_missing_or_strange_is_named():
    with pytest.raises(EncodeError, match="a is missing"):
        aper.encode(sequence(), {"b": True})
    with pytest.raises(EncodeError, match="no field z"):
        aper.encode(sequence(), {"a": 1, "z": 2})
    with pytest.raises(EncodeError, match="no field _ext_0"):
        aper.encode(sequence(), {"a": 1, "_ext_0": b""})


def test_too_many_additions_are_refused():
    with pytest.raises(DecodeError, match="additions"):
        aper.decode(sequence([]), bytes.fromhex("86 04 0fffffff ffff"))


def test_choices():
    """X.691 23."""
    node = Choice([Field("a", Bool(), ""), Field("b", Int(0, 255, False), "")], [Field("c", Null(), "")])
    round_trip(node, ("a", True), "20")
    round_trip(node, ("b", 7), "40 07")
    round_trip(node, ("c", 0), "80 01 00")
    round_trip(node, ("_ext_3", b"abc"), "83 03 616263")


def keyed() -> Seq:
    table = {1: ("One", Int(0, 255, False)), 2: ("Two", Bool())}
    fields = [
        Field("id", Int(0, 255, False), ""),
        Field("criticality", Enum(["reject", "ignore", "notify"], None), ""),
        Field("value", Open(table), "id"),
    ]
    return Seq(fields, [False, False, False], None)


def test_open_types_by_their_key():
    """X.691 11.2."""
    round_trip(keyed(), {"id": 1, "criticality": "reject", "value": ("One", 5)}, "01 00 01 05")
    round_trip(keyed(), {"id": 9, "criticality": "notify", "value": ("_unk_004", b"ab")}, "09 80 02 6162")
    with pytest.raises(EncodeError, match="'Two'"):
        aper.encode(keyed(), {"id": 1, "criticality": "reject", "value": ("Two", True)})


def test_an_unknown_key_is_noted_with_its_criticality():
    reader = Reader(bytes.fromhex("09 80 02 6162"))
    keyed().dec(reader)
    assert reader.unknown == [(9, "notify")]


def test_an_open_type_ends_what_is_in_it():
    """The content may be shorter than its length says, never longer."""
    node = Seq([Field("o", SeqOf(1, 1, False, keyed()), ""), Field("t", Bool(), "")], [False, False], None)
    value = aper.decode(node, bytes.fromhex("01 00 03 05ffff 80"))
    assert value == {"o": [{"id": 1, "criticality": "reject", "value": ("One", 5)}], "t": True}
    with pytest.raises(DecodeError, match="truncated"):
        aper.decode(keyed(), bytes.fromhex("01 00 05 05"))
    with pytest.raises(DecodeError, match="truncated"):
        aper.decode(keyed(), bytes.fromhex("01 00 00 05"))


def test_an_open_type_in_fragments():
    table = {1: ("One", Octets(None, None, False))}
    fields = [Field("id", Int(0, 255, False), ""), Field("value", Open(table), "id")]
    node = Seq(fields, [False, False], None)
    round_trip(node, {"id": 1, "value": ("One", bytes(20000))})


def test_elements_of_no_size_cannot_be_asked_for_without_end():
    """Ten octets that ask for 640 K elements of no bits must not be given them."""
    node = SeqOf(None, None, False, Null())
    assert aper.decode(node, b"\x05") == [0] * 5
    with pytest.raises(DecodeError, match="elements"):
        aper.decode(node, b"\xc4" * 10 + b"\x00")
    with pytest.raises(DecodeError, match="elements"):
        aper.decode(SeqOf(0, 65535, False, SeqOf(0, 65535, False, Null())), b"\xff\xff" * 8)


@given(st.lists(st.tuples(st.integers(1, 48), st.integers(0, 2**48 - 1)), max_size=30))
def test_bit_fields_come_back_wherever_they_begin(fields):
    writer = Writer()
    for size, value in fields:
        writer.bits(value % 2**size, size)
    reader = Reader(writer.getvalue())
    assert [reader.bits(size) for size, _ in fields] == [value % 2**size for size, value in fields]


@given(st.integers(0, 2**32 - 1))
def test_normally_small_numbers_come_back(value):
    """X.691 11.6."""
    writer = Writer()
    writer.small(value)
    assert Reader(writer.getvalue()).small() == value


def test_a_type_with_an_unknown_schema_kind_is_a_fault_of_ours(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text('{"nodes": [["real"]], "types": {}, "transfers": {}}')
    with pytest.raises(KeyError):
        aper.load(path)

"""NAS protection: what is covered, COUNTs, replay, and the containers of initial messages (TS 24.501 4.4)."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from judges import nas_values as values
from pilot5g.crypto.nas_algorithms import Ciphering, Integrity
from pilot5g.model import Plmn, Snssai, STmsi, Suci
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import NasSecurity, SecurityHeaderType
from pilot5g.wire.nas.security import LAST_COUNT, RENEW_COUNT

ENC, INT = bytes(range(16)), bytes(range(16, 32))
PLAIN = bytes.fromhex("7e0043")
ALGORITHMS = [(0, 1), (1, 1), (2, 2), (3, 3), (0, 2)]


def context(ciphering: int = 2, integrity: int = 2, **more: int) -> NasSecurity:
    return NasSecurity(ngksi=1, knas_enc=ENC, knas_int=INT, ciphering=ciphering, integrity=integrity, **more)


def pair(ciphering: int = 2, integrity: int = 2) -> tuple[NasSecurity, NasSecurity]:
    return context(ciphering, integrity), context(ciphering, integrity)


@pytest.mark.parametrize(("ciphering", "integrity"), ALGORITHMS)
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("uplink", [True, False])
def test_what_one_end_protects_the_other_reads(ciphering, integrity, kind, uplink):
    one, other = pair(ciphering, integrity)
    for _ in range(3):
        octets = one.protect(PLAIN, SecurityHeaderType(kind), uplink=uplink)
        assert other.unprotect(octets, uplink=uplink) == PLAIN
    assert one == other
    assert (one.uplink_count, one.downlink_count) == ((3, 0) if uplink else (0, 3))


def test_the_layout_and_what_each_algorithm_is_given():
    """Figure 9.1.1.2; the code covers sequence number and ciphered message (4.4.4.1)."""
    sender = context(2, 3, downlink_count=0x0102FE)
    octets = sender.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=False)
    payload = Ciphering(2, ENC).apply(0x0102FE, 1, 1, PLAIN)
    mac = Integrity(3, INT).mac(0x0102FE, 1, 1, b"\xfe" + payload)
    assert octets == b"\x7e\x02" + mac + b"\xfe" + payload
    assert sender.downlink_count == 0x0102FF


def test_without_ciphering_the_message_stays_readable():
    octets = context().protect(PLAIN, SecurityHeaderType.NEW_CONTEXT, uplink=False)
    assert octets[:2] == b"\x7e\x03"
    assert octets[6:] == b"\x00" + PLAIN


def test_header_parts():
    got = nas.parse_header(bytes.fromhex("7e04a1a2a3a4057e005e"))
    assert got == nas.Secured(
        SecurityHeaderType.CIPHERED_NEW_CONTEXT, b"\xa1\xa2\xa3\xa4", 5, bytes.fromhex("7e005e")
    )
    assert got.header_type.ciphered
    assert nas.parse_header(PLAIN) is None
    assert nas.parse_header(b"\x2e\x01\x01\xd1") is None


@pytest.mark.parametrize("text", ["", "7e", "7e02", "7e0201020304", "7e020102030405"])
def test_a_protected_message_that_is_too_short_is_ignored(text):
    with pytest.raises(nas.TooShort):
        nas.parse_header(bytes.fromhex(text))


def test_a_reserved_security_header_type_is_ignored():
    with pytest.raises(nas.UnknownDiscriminator, match="reserved"):
        nas.parse_header(bytes.fromhex("7e05010203040500"))


def test_a_changed_octet_anywhere_is_noticed():
    sender, receiver = pair()
    octets = sender.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=True)
    for place in range(2, len(octets)):
        bad = bytearray(octets)
        bad[place] ^= 1
        with pytest.raises(nas.IntegrityError):
            receiver.unprotect(bytes(bad), uplink=True)
    assert receiver.uplink_count == 0
    assert receiver.unprotect(octets, uplink=True) == PLAIN


def test_a_replayed_message_is_refused_and_changes_nothing():
    """TS 24.501 4.4.3.2."""
    sender, receiver = pair()
    sent = [sender.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=True) for _ in range(3)]
    for octets in sent:
        receiver.unprotect(octets, uplink=True)
    for octets in sent:
        with pytest.raises(nas.IntegrityError, match="message authentication code"):
            receiver.unprotect(octets, uplink=True)
    assert receiver.uplink_count == 3


def test_a_message_of_the_other_direction_is_refused():
    sender, receiver = pair()
    octets = sender.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=True)
    with pytest.raises(nas.IntegrityError):
        receiver.unprotect(octets, uplink=False)


def test_lost_messages_do_not_matter():
    sender, receiver = pair()
    for _ in range(700):
        octets = sender.protect(PLAIN, SecurityHeaderType.INTEGRITY, uplink=True)
        if sender.uplink_count % 200 == 0:
            assert receiver.unprotect(octets, uplink=True) == PLAIN
    assert receiver.uplink_count == 600


@pytest.mark.parametrize(
    ("expected", "sequence", "count"),
    [(0, 0, 0), (0, 255, 255), (5, 4, 0x104), (0xFF, 0xFF, 0xFF), (0xFF, 0, 0x100), (0x1FE, 0xFD, 0x2FD)],
)
def test_the_overflow_counter_is_estimated(expected, sequence, count):
    """TS 24.501 4.4.3.1: never below the COUNT that comes next."""
    assert context(uplink_count=expected).estimate(sequence, uplink=True) == count


def test_the_overflow_counter_carries():
    sender, receiver = context(uplink_count=0xFF), context(uplink_count=0xFF)
    for _ in range(2):
        octets = sender.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=True)
        assert receiver.unprotect(octets, uplink=True) == PLAIN
    assert (sender.uplink_count, receiver.last_uplink_count) == (0x101, 0x100)


def test_a_count_is_not_used_beyond_its_end():
    """TS 24.501 4.4.3.5: 24 bits, then new keys."""
    sender, receiver = context(downlink_count=LAST_COUNT), context(downlink_count=LAST_COUNT)
    octets = sender.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=False)
    assert receiver.unprotect(octets, uplink=False) == PLAIN
    with pytest.raises(nas.CountExhausted):
        sender.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=False)
    with pytest.raises(nas.IntegrityError, match="used up"):
        receiver.unprotect(octets, uplink=False)


def test_the_keys_are_to_be_renewed_before_the_end():
    assert not context(uplink_count=RENEW_COUNT - 1).must_renew
    assert context(uplink_count=RENEW_COUNT).must_renew
    assert context(downlink_count=RENEW_COUNT).must_renew


def test_a_plain_message_where_a_protected_one_is_expected():
    with pytest.raises(nas.IntegrityError, match="plain"):
        context().unprotect(PLAIN, uplink=True)
    assert issubclass(nas.IntegrityError, DecodeError)


def test_a_header_type_that_does_not_protect_is_our_own_fault():
    for kind in (SecurityHeaderType.PLAIN, SecurityHeaderType(7)):
        with pytest.raises(ValueError, match="does not protect"):
            context().protect(PLAIN, kind, uplink=True)


def test_null_integrity_is_not_checked():
    """TS 33.501 D.1: emergency calls without keys."""
    octets = context(0, 0).protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=True)
    assert octets[2:6] == bytes(4)
    assert context(0, 0).unprotect(octets[:2] + b"\1\2\3\4" + octets[6:], uplink=True) == PLAIN


def test_a_context_is_plain_data():
    one = context(uplink_count=7)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=NasSecurity)
    assert again == one
    assert (
        context().unprotect(again.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=False), uplink=False)
        == PLAIN
    )


def test_a_context_does_not_show_its_keys():
    shown = repr(context(uplink_count=7))
    assert "uplink_count=7" in shown
    assert "knas" not in shown
    assert repr(ENC) not in shown


REQUEST = nas.RegistrationRequest(
    registration_type=nas.RegistrationType(follow_on_request=True),
    ngksi=nas.KeySetIdentifier(1),
    mobile_identity=Suci(Plmn("001", "01"), "0", 0, 0, bytes(5)),
    ue_security_capability=nas.UeSecurityCapability.of((0, 2), (2,)),
    requested_nssai=(Snssai(1),),
    pdu_session_status=frozenset({5}),
    unknown=(b"\x3f\x01\xaa",),
)


def test_cleartext_elements_alone_are_left():
    """TS 24.501 4.4.6."""
    assert nas.hidden(REQUEST) == ("requested_nssai", "pdu_session_status")
    clear = nas.cleartext(REQUEST)
    assert (clear.mobile_identity, clear.ue_security_capability) == (
        REQUEST.mobile_identity,
        REQUEST.ue_security_capability,
    )
    assert (clear.requested_nssai, clear.pdu_session_status, clear.unknown) == (None, None, ())
    assert nas.hidden(clear) == ()
    assert nas.cleartext(REQUEST, b"abc").nas_message_container == b"abc"


def test_every_name_of_a_cleartext_element_exists():
    from pilot5g.wire.nas.initial import CLEARTEXT

    for cls, names in CLEARTEXT.items():
        assert names <= {row.name for row in cls.TABLE.rows}
        assert {row.name for row in cls.TABLE.rows if row.iei is None} <= names


def test_a_message_that_is_not_initial_hides_nothing():
    complete = nas.RegistrationComplete(sor_transparent_container=bytes(17))
    assert nas.hidden(complete) == ()
    assert nas.cleartext(complete) == complete


@pytest.mark.parametrize(("ciphering", "integrity"), ALGORITHMS)
def test_an_initial_message_travels_in_its_container(ciphering, integrity):
    ue, amf = pair(ciphering, integrity)
    ue.uplink_count = amf.uplink_count = 41
    octets = ue.protect_initial(REQUEST)
    assert octets[1] == SecurityHeaderType.INTEGRITY
    outer = nas.decode(amf.unprotect(octets, uplink=True))
    assert isinstance(outer, nas.RegistrationRequest)
    assert outer.requested_nssai is None
    assert outer.nas_message_container is not None
    assert (nas.encode(REQUEST) in octets) == (ciphering == 0)
    assert nas.decode(amf.reveal(outer.nas_message_container)) == REQUEST
    assert ue == amf


def test_an_initial_message_with_nothing_to_hide_has_no_container():
    ue, amf = pair()
    request = nas.ServiceRequest(
        ngksi=nas.KeySetIdentifier(1), service_type=nas.ServiceType.DATA, s_tmsi=STmsi(1, 2, 3)
    )
    got = nas.decode(amf.unprotect(ue.protect_initial(request), uplink=True))
    assert got == request


def test_a_deregistration_request_is_sent_as_it_is():
    ue, amf = pair()
    request = nas.DeregistrationRequest(
        deregistration_type=nas.DeregistrationType(switch_off=True),
        ngksi=nas.KeySetIdentifier(1),
        mobile_identity=STmsi(1, 2, 3),
    )
    assert nas.decode(amf.unprotect(ue.protect_initial(request), uplink=True)) == request


@given(values.messages(nas.RegistrationRequest))
def test_any_registration_request_shows_its_cleartext_elements_only(request):
    ue, amf = pair()
    outer = nas.decode(amf.unprotect(ue.protect_initial(request), uplink=True))
    assert nas.hidden(outer) == ()
    if nas.hidden(request):
        assert outer.nas_message_container is not None
        assert nas.decode(amf.reveal(outer.nas_message_container)) == request


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=30))
def test_both_ends_agree_whatever_is_lost(events):
    """Any message may get lost, either way: what arrives is accepted, once."""
    one, other = pair()
    for uplink, lost in events:
        octets = one.protect(PLAIN, SecurityHeaderType.CIPHERED, uplink=uplink)
        if not lost:
            assert other.unprotect(octets, uplink=uplink) == PLAIN
            with pytest.raises(nas.IntegrityError):
                other.unprotect(octets, uplink=uplink)

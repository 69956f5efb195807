"""The path engine: what is repeated, what is remembered, what is dropped (TS 29.244 6.4)."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire import pfcp
from pilot5g.wire.pfcp import Answered, Asked, AskedWrongly, Path, Pdu, Unanswered, decode, encode
from pilot5g.wire.pfcp.messages import (
    HeartbeatRequest,
    HeartbeatResponse,
    SessionDeletionRequest,
    SessionDeletionResponse,
    VersionNotSupportedResponse,
)

A, B = ("192.0.2.1", 8805), ("192.0.2.2", 8805)
HEARTBEAT = HeartbeatRequest(recovery_time_stamp=1)
ALIVE = HeartbeatResponse(recovery_time_stamp=2)


def path(first: int = 0) -> Path:
    return Path(B, t1=2.0, n1=3, first=first)


def sent(path: Path) -> list[bytes]:
    """What goes out, taken away."""
    out, path.outgoing = path.outgoing, []
    return [octets for octets, _ in out]


def test_a_request_is_repeated_and_given_up() -> None:
    """N1 times in all, the same octets, T1 apart."""
    one = path()
    sequence = one.ask(HEARTBEAT, None, 10.0)
    first = sent(one)
    assert one.due() == 12.0
    assert one.expire(11.9) == []
    assert sent(one) == []
    assert one.expire(12.0) == []
    assert sent(one) == first
    assert one.expire(14.0) == []
    assert sent(one) == first
    (end,) = one.expire(16.0)
    assert end == Unanswered(sequence, "no answer to 3 requests")
    assert sent(one) == []
    assert one.due() is None
    assert one.repeated == 2


def test_an_answer_ends_it_and_a_second_one_is_dropped() -> None:
    """Whether it comes to the first or to a later sending."""
    one = path()
    sequence = one.ask(HEARTBEAT, None, 0.0)
    one.expire(2.0)
    answer = encode(Pdu(ALIVE, sequence))
    assert one.receive(answer, B, 2.1) == [Answered(sequence, Pdu(ALIVE, sequence))]
    assert one.receive(answer, B, 2.2) == []
    assert one.due() is None
    assert one.dropped == 1


def test_an_answer_of_another_kind_is_dropped() -> None:
    """The request goes on waiting."""
    one = path()
    sequence = one.ask(HEARTBEAT, None, 0.0)
    wrong = encode(Pdu(SessionDeletionResponse(cause=1), sequence, 5))
    assert one.receive(wrong, B, 0.1) == []
    assert one.waiting == 1


def test_a_faulty_answer_ends_the_request() -> None:
    """Repeating it would bring the same (TS 29.244 7.6.1)."""
    one = path()
    sequence = one.ask(SessionDeletionRequest(), 9, 0.0)
    head = bytes.fromhex("2137000c0000000000000009") + sequence.to_bytes(3, "big") + b"\0"
    (end,) = one.receive(head, B, 0.1)
    assert isinstance(end, Unanswered)
    assert "Cause (19) is missing" in end.why


def test_another_version_ends_the_request_and_is_told() -> None:
    """Both ends of 7.6.2."""
    one = path()
    sequence = one.ask(HEARTBEAT, None, 0.0)
    sent(one)
    (end,) = one.receive(encode(Pdu(VersionNotSupportedResponse(), sequence)), B, 0.1)
    assert isinstance(end, Unanswered)
    assert one.receive(bytes((0x40,)) + encode(Pdu(HEARTBEAT, 77))[1:], B, 0.2) == []
    assert [decode(octets) for octets in sent(one)] == [Pdu(VersionNotSupportedResponse(), 77)]


def test_a_request_that_comes_again_is_done_once() -> None:
    """Nothing while it is worked on, then the same answer, to where it came from."""
    one = path()
    request = encode(Pdu(SessionDeletionRequest(), 7, 1))
    (asked,) = one.receive(request, A, 0.0)
    assert isinstance(asked, Asked)
    assert one.receive(request, A, 0.5) == []
    assert one.outgoing == []
    one.answer(asked.key, SessionDeletionResponse(cause=1), 2)
    assert one.outgoing == [(encode(Pdu(SessionDeletionResponse(cause=1), 7, 2)), A)]
    assert one.receive(request, A, 1.0) == []
    assert one.outgoing[0] == one.outgoing[1]


def test_the_same_number_with_other_octets_is_another_request() -> None:
    """A peer that began anew numbers anew."""
    one = path()
    one.receive(encode(Pdu(SessionDeletionRequest(), 7, 1)), A, 0.0)
    (asked,) = one.receive(encode(Pdu(SessionDeletionRequest(), 7, 3)), A, 0.1)
    assert isinstance(asked, Asked)
    assert asked.pdu.seid == 3


def test_answers_are_forgotten_in_time() -> None:
    """Longer than a peer with the same timers repeats."""
    one = path()
    request = encode(Pdu(SessionDeletionRequest(), 7, 1))
    assert len(one.receive(request, A, 0.0)) == 1
    assert one.receive(request, A, 7.9) == []
    assert len(one.receive(request, A, 8.1)) == 1


def test_a_faulty_request_is_refused_once() -> None:
    """The fault says with what."""
    one = path()
    request = bytes.fromhex("2005000400000100")
    (wrong,) = one.receive(request, A, 0.0)
    assert isinstance(wrong, AskedWrongly)
    assert wrong.fault.cause == pfcp.Cause.MANDATORY_IE_MISSING
    assert one.receive(request, A, 0.1) == []


def test_sequence_numbers_wrap_and_leave_out_what_waits() -> None:
    """24 bits; two requests of one number would share an answer."""
    one = path(0xFFFFFE)
    assert one.ask(HEARTBEAT, None, 0.0) == 0xFFFFFF
    assert one.ask(HEARTBEAT, None, 0.0) == 0
    one._sequence = 0xFFFFFE
    assert one.ask(HEARTBEAT, None, 0.0) == 1


def test_bundled_messages_are_all_received() -> None:
    """Two requests in one datagram."""
    first = encode(Pdu(SessionDeletionRequest(), 1, 1))
    datagram = bytes((first[0] | 4,)) + first[1:] + encode(Pdu(SessionDeletionRequest(), 2, 1))
    assert [event.pdu.sequence for event in path().receive(datagram, A, 0.0) if isinstance(event, Asked)] == [
        1,
        2,
    ]


@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_two_paths_over_a_bad_link_agree(chance: Random, count: int) -> None:
    """Lost, repeated and reordered datagrams: each request is done at most once, and exactly once where its
    asker has an answer."""
    left, right = Path(B, t1=1.0, n1=5, first=chance.randrange(1 << 24)), Path(A, t1=1.0, n1=5, first=0)
    sequences = {left.ask(SessionDeletionRequest(), seid, 0.0): seid for seid in range(count)}
    done: list[int | None] = []
    answered: set[int] = set()
    flying: list[tuple[Path, bytes]] = []
    for step in range(2000):
        now = step * 0.1
        for one, other in ((left, right), (right, left)):
            for octets in sent(one):
                flying += [(other, octets)] * chance.choice((0, 1, 1, 2))
        chance.shuffle(flying)
        arrived, flying = flying[: chance.randrange(4)], flying[3:]
        for to, octets in arrived:
            for event in to.receive(octets, B if to is left else A, now):
                if isinstance(event, Asked):
                    done.append(event.pdu.seid)
                    right.answer(event.key, SessionDeletionResponse(cause=1), event.pdu.seid)
                elif isinstance(event, Answered):
                    assert event.pdu.seid == sequences[event.sequence]
                    answered.add(sequences[event.sequence])
        left.expire(now)
    assert left.waiting == 0
    assert len(done) == len(set(done))
    assert answered <= set(done)

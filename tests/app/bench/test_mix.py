"""What phones do, as it is written on the command line."""

import pytest

from pilot5g.app.bench.mix import EXAMPLE, STANDARD, TURNS, Kind, MixError, Rest, parse_mix


def test_every_procedure_has_a_turn():
    assert set(TURNS) == set(Kind)


def test_the_example_reads_as_it_is_written():
    mix = parse_mix(EXAMPLE)
    assert [entry.chain for entry in mix.entries] == [
        (Kind.REGISTRATION, Kind.SESSION),
        (Kind.SERVICE,),
        (Kind.DEREGISTRATION,),
    ]
    assert [entry.weight for entry in mix.entries] == [1, 0.5, 1]
    assert mix.name == EXAMPLE
    assert mix.idles
    assert not STANDARD.idles


def test_a_mix_without_weights_has_one_of_each():
    assert parse_mix(" registration , deregistration ").weight == 2


def test_phones_are_spread_over_the_states_a_mix_starts_from():
    mix = parse_mix("registration=1,session=1,service=1,deregistration=1")
    assert mix.starts == (Rest.OFF, Rest.ON, Rest.UP)
    assert parse_mix("registration+session+deregistration").starts == (Rest.OFF,)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "names no procedure"),
        ("handover=1", "'handover' is no procedure: there are registration,"),
        ("registration=0", "no weight above 0"),
        ("registration=much", "no weight above 0"),
        ("registration=nan", "no weight above 0"),
        ("session+session", "session cannot follow session"),
        (
            "registration+paging",
            "paging cannot follow registration: it needs a phone that is registered with",
        ),
        ("deregistration+session", "session cannot follow deregistration"),
        ("registration,registration=2", "twice"),
    ],
)
def test_what_cannot_be_is_refused_with_an_example(text, why):
    with pytest.raises(MixError) as refused:
        parse_mix(text)
    assert why in str(refused.value)
    assert EXAMPLE in str(refused.value)


def test_service_can_follow_session_by_any_path():
    assert parse_mix("service+mobility+deregistration+registration-guti+session+paging+release").entries

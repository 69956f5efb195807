"""The command line of a bench: what is wrong is said before anything starts."""

import os

import pytest
from typer.testing import CliRunner

from pilot5g.app.bench.arrivals import Burst, Recorded
from pilot5g.app.bench.ask import Asked, OptionError
from pilot5g.app.bench.mix import STANDARD
from pilot5g.cli.main import application


def test_without_options_it_is_the_suite():
    asked = Asked()
    asked.check()
    assert asked.standard
    assert asked.the_mix == STANDARD
    assert asked.the_amf is None


@pytest.mark.parametrize(
    "options", [{"rate": "5"}, {"fast": True}, {"mix": "registration"}, {"traffic": 5.0}]
)
def test_any_load_is_not_the_suite(options):
    asked = Asked(**options)
    asked.check()
    assert not asked.standard


def test_a_rate_makes_an_open_loop_and_none_a_closed_one():
    assert Asked(rate="100/s", arrivals="burst:10").stage.rate == 100
    assert Asked(rate="100/s", arrivals="burst:10").stage.arrivals == Burst(10)
    assert Asked(fast=True, window=7).stage.rate == 0
    assert Asked(fast=True, window=7).stage.window == 7
    assert Asked(find_max=True).stage.rate > 0


def test_a_recorded_shape_is_taken_as_it_is(tmp_path):
    path = tmp_path / "shape.csv"
    path.write_text("0\n1\n")
    asked = Asked(arrivals=str(path))
    asked.check()
    assert not asked.standard
    assert asked.stage.rate == 1.0
    assert asked.stage.arrivals == Recorded((0.0, 1.0))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.5", ("127.0.0.5", 38412)),
        ("127.0.0.5:38413", ("127.0.0.5", 38413)),
        ("[::1]:38413", ("::1", 38413)),
        ("::1", ("::1", 38412)),
    ],
)
def test_where_another_amf_is(text, address):
    assert Asked(amf=text).the_amf == address


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"rate": "fast"}, "--rate: 'fast' is no rate above 0"),
        ({"rate": "-5"}, "--rate: '-5' is no rate above 0"),
        ({"rate": "nan"}, "no rate above 0"),
        ({"rate": "0/s"}, "no rate above 0"),
        ({"steps": "50,,100"}, "--steps: '' is no rate"),
        ({"mix": "handover"}, "'handover' is no procedure"),
        ({"arrivals": "sometimes"}, "there are constant, poisson"),
        ({"rate": "5", "fast": True}, "--as-fast-as-possible and --rate exclude each other"),
        ({"steps": "5", "find_max": True}, "exclude each other"),
        ({"phones": 0}, "--phones 0 is not from 1"),
        ({"duration": 0.0}, "--duration 0 is not from 0.1"),
        ({"duration": float("nan")}, "--duration nan is not from"),
        ({"window": 0}, "--window 0"),
        ({"phones": 2, "generators": 3}, "too few for --generators 3"),
        ({"amf": "127.0.0.1:port"}, "'port' is no port"),
        ({"amf": "127.0.0.1:99999"}, "'99999' is no port"),
        ({"amf": "127.0.0.1", "pid": "core"}, "'core' is no process"),
        ({"amf": "127.0.0.1", "pid": "4194305"}, "process 4194305 cannot be measured"),
        ({"pid": "1"}, "--pid is for another AMF"),
    ],
)
def test_a_wrong_option_is_named_with_what_would_do(options, why):
    with pytest.raises(OptionError) as refused:
        Asked(**options).check()
    assert why in str(refused.value)


def test_own_processes_can_be_measured():
    Asked(amf="127.0.0.1", pid=str(os.getpid())).check()


@pytest.mark.parametrize(
    "arguments", [["--rate", "x"], ["--mix", "x"], ["--steps", "1,x"], ["--phones", "0"]]
)
def test_the_command_says_what_is_wrong_and_ends_with_2(arguments):
    result = CliRunner().invoke(application(["bench"]), ["bench", *arguments])
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert arguments[0] in result.output

"""What a bench found, as values, on a terminal, as JSON and as a page."""

import json
import re
from itertools import pairwise
from xml.etree import ElementTree

import msgspec
import pytest
from rich.console import Console

from pilot5g.app.bench import plot
from pilot5g.app.bench.load import Counted, Stage
from pilot5g.app.bench.mix import STANDARD, Kind, single
from pilot5g.app.bench.page import write_html
from pilot5g.app.bench.plans import FAST, HOLD, alone_name
from pilot5g.app.bench.report import over_time, report, write_json
from pilot5g.app.bench.runner import Cost, Result
from pilot5g.app.bench.statistics import Series, packed
from pilot5g.app.bench.text import show
from pilot5g.app.bench.usage import Usage


def series(*took):
    return Series(packed([(i + 1) / 10 for i in range(len(took))]), packed(took))


def result(stage=None, **fields):
    counted = {
        "seconds": 10.0,
        "begun": 100,
        "series": {
            "registration": series(*[0.005] * 100),
            "session": series(*[0.004] * 99, 0.1),
            "registration+session": series(*[0.01] * 100),
        },
    }
    cost = Cost(
        core=Usage(user=0.3, system=0.1, memory=2_000_000),
        core_memory=50_000_000,
        sctp=0.1,
        generators=Usage(user=1.0),
        machine=1.4,
    )
    counted |= fields.pop("counted", {})
    stage = stage or Stage(name="load", mix=STANDARD, rate=10.0)
    return Result(**{"stage": stage, "counted": Counted(**counted), "cost": cost, **fields})


def whole(*results, **fields):
    made = {"target": "our own core", "seed": 3, "phones": 40, "generators": 1, "parts": ["N2 over x"]}
    return report(results, **{**made, **fields})


def screen(of):
    console = Console(width=150, record=True, force_terminal=False, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.file:
        show(of, console)
    return console.export_text()


FAILING = {
    "failures": [("session", "refused with cause #26: the network has no resources left", 7)],
    "late": 20,
    "lateness": packed([0.0] * 80 + [0.3] * 20),
    "stopped": "it was stopped: 100 failures in a row",
}


def test_cpu_time_is_said_of_each_with_the_share_of_sctp():
    (stage,) = whole(result()).stages
    assert stage.core.each_ms == pytest.approx(4.0)
    assert stage.core.sctp_each_ms == pytest.approx(1.0)
    assert stage.core.each_without_sctp_ms == pytest.approx(3.0)
    assert stage.core.busy == pytest.approx(0.04)
    assert stage.generators_busy == pytest.approx(0.1)
    assert stage.others_busy == pytest.approx(0.0)


def test_cpu_time_is_not_said_of_each_where_there_are_few():
    few = {"series": {"registration+session": series(*[0.01] * 10)}}
    assert whole(result(counted=few)).stages[0].core.each_ms is None


def test_a_core_that_is_not_known_has_no_cpu_time():
    found = whole(result(cost=Cost()))
    assert found.stages[0].core is None
    assert not any("CPU" in figure.name for figure in found.figures)
    assert "registration+session" in screen(found)


def test_procedures_alone_give_the_cost_of_registration_with_session():
    results = [
        result(Stage(name=alone_name(kind), mix=single(kind), window=32))
        for kind in (Kind.REGISTRATION, Kind.SESSION)
    ]
    figures = {each.name: each.value for each in whole(*results).figures}
    assert figures["core CPU per registration, both"] == pytest.approx(4.0)
    assert figures["core CPU per registration + session, both"] == pytest.approx(8.0)
    assert figures["core CPU per registration + session, without SCTP"] == pytest.approx(6.0)
    assert figures["generator CPU per registration + session"] == pytest.approx(20.0)
    assert figures["core memory per registered phone with a session"] == pytest.approx(40.0)


def test_a_generator_that_could_not_keep_up_is_said_plainly():
    found = whole(result(counted=FAILING))
    text = " ".join(screen(found).split())
    assert "20 of 100 arrivals began late (p99 of lateness 300 ms)" in text
    assert "the times say little of the network" in text
    assert found.stages[0].limit_reached == "the generator"
    assert "The generator was the limit, and not the core, in: load" in text


def test_the_busier_process_was_the_limit():
    cost = result().cost
    busy = msgspec.structs.replace(cost, generators=Usage(user=9.5))
    assert whole(result(cost=busy)).stages[0].limit_reached == "the generator"
    busier = msgspec.structs.replace(busy, core=Usage(user=9.6))
    assert whole(result(cost=busier)).stages[0].limit_reached == "the core"
    assert whole(result()).stages[0].limit_reached == ""


def test_other_load_on_the_machine_is_told():
    busy = msgspec.structs.replace(result().cost, machine=20.0)
    assert any(
        "Other processes kept up to 1.9 processors" in each for each in whole(result(cost=busy)).warnings
    )


def test_failures_have_procedure_count_and_cause():
    found = whole(result(counted=FAILING))
    assert found.failed == 7
    assert next(row.failed for row in found.stages[0].rows if row.procedure == "session") == 7
    text = screen(found)
    assert "refused with cause #26: the network has no resources left" in text
    assert "100 failures in a row" in text


def test_what_a_core_refuses_of_a_rate_that_is_tried_is_no_failure():
    refused = {"failures": [("registration", "refused with cause #22: the network is congested", 7)]}
    assert whole(result(counted=refused)).failed == 7
    trial = Stage(name=f"{HOLD}900/s", mix=STANDARD, rate=900.0)
    assert whole(result(trial, counted=refused)).failed == 0
    lost = {"failures": [("registration", "no answer: T3510", 7)]}
    assert whole(result(trial, counted=lost)).failed == 7


def test_the_end_of_the_core_is_told():
    found = whole(result(trouble="core ended with code 1: no memory"))
    assert any("the core ended: core ended with code 1" in each for each in found.warnings)


def test_a_bench_in_which_nothing_worked_is_reported_as_well(tmp_path):
    nothing = result(counted={"series": {}, "failures": [("registration", "no cell: x", 100)]})
    found = whole(nothing)
    assert "no cell: x" in screen(found)
    write_html(found, tmp_path / "page.html")
    assert "no cell: x" in (tmp_path / "page.html").read_text()


def test_json_holds_everything(tmp_path):
    write_json(whole(result(counted=FAILING)), tmp_path / "bench.json")
    read = json.loads((tmp_path / "bench.json").read_text())
    (stage,) = read["stages"]
    assert stage["rows"][0]["spread"]["p50"] == pytest.approx(10.0)
    assert stage["failures"] == [{"procedure": "session", "cause": FAILING["failures"][0][1], "count": 7}]
    assert read["seed"] == 3


def test_the_page_is_whole_and_fetches_nothing(tmp_path):
    steps = [
        result(Stage(name=f"{rate}/s", mix=STANDARD, rate=rate), counted={"seconds": 5.0})
        for rate in (50.0, 100.0, 200.0)
    ]
    hostile = result(counted={"failures": [("session", "<script>alert(1)</script>", 1)]})
    path = tmp_path / "page.html"
    write_html(whole(*steps, hostile, target="the AMF at <b>"), path)
    page = path.read_text()
    assert "<script" not in page
    assert "<b>" not in page.split("<body>")[1].split("cards")[0]
    assert not re.search(r"(src|href)=|@import|url\(|https?://", page)
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) >= 2 + 3 * 4
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    assert "time over rate" in page


def test_over_time_counts_parts_in_which_nothing_ended():
    moments = over_time(Series(packed([0.1, 0.1, 0.9]), packed([0.01, 0.03, 0.02])), 1.0)
    assert [each.per_second for each in moments] == [10, 0, 0, 0, 5]
    assert [each.p99 for each in moments] == [30, None, None, None, 20]


def test_the_fastest_rate_is_a_figure():
    fast = result(Stage(name=FAST, mix=STANDARD, window=32))
    figures = {each.name: each.value for each in whole(fast).figures}
    assert figures["registration+session as fast as it goes"] == pytest.approx(10.0)


@pytest.mark.parametrize("values", [[0.0], [5.0, 5.0], [0.001, 3e6], [1], [], [99.999, 100.001]])
def test_axes_take_any_values(values):
    for axis in (plot.linear("x", values), plot.logarithmic("x", values), plot.percentiles("x")):
        assert len(axis.marks) >= 2
        assert all(0 <= axis.place(at) <= 1.0001 for at, _ in axis.marks)
    for value in values:
        assert 0 <= plot.linear("x", values).place(value) <= 1.0001


def test_names_at_the_ends_of_lines_do_not_cover_each_other():
    same = [plot.Line(f"n{i}", [(0, 1.0), (1, 1.0)]) for i in range(4)]
    svg = plot.lines(same, plot.linear("x", [0, 1]), plot.linear("y", [0, 1]), "t")
    heights = [float(y) for y in re.findall(r'class="s\d" x="[\d.]+" y="([\d.]+)"', svg)]
    assert len(heights) == 4
    assert min(b - a for a, b in pairwise(heights)) >= plot.LABEL_GAP - 0.1

"""The verdict on the screen, as JSON and as a page."""

import io
import json
import re

import pytest
from rich.console import Console

from pilot5g.app.events import Check, Figure, Line, Standing, parse
from pilot5g.app.report import MODES, Report, readable, show, write_html, write_json
from pilot5g.flow.journal import Entry

REFUSAL = Entry(at=1.0, subject="gnb-2", what="NG Setup refused", cause="unknown-PLMN", reason="<b>", fix="x")


def report(*, ok: bool) -> Report:
    return Report(
        mode="root",
        started=["core: N2 10.53.1.1"],
        checks=[Check("pings", True, "20 of 20"), Check("paged", ok, "ue-3: no answer; do this")],
        figures=[
            Figure("registration p50", 3.14159, "ms"),
            Figure("ping p50", 0.6, "ms"),
            Figure("ping p99", 18.0, "ms"),
        ],
        refusals=[Line("core", REFUSAL)],
        standings=[Standing("registration", {"5GMM-REGISTERED.NORMAL-SERVICE, 5U1 UPDATED": 20})],
        seconds=4.2,
    )


def test_json_has_the_promised_shape(tmp_path):
    write_json(report(ok=True), tmp_path / "r.json")
    got = json.loads((tmp_path / "r.json").read_text())
    assert got["checks"][0] == {"name": "pings", "ok": True, "detail": "20 of 20"}
    assert got["figures"][0] == {"name": "registration p50", "value": 3.14159, "unit": "ms"}
    assert got["phones"] == [
        {"after": "registration", "phones": {"5GMM-REGISTERED.NORMAL-SERVICE, 5U1 UPDATED": 20}}
    ]
    assert got["ok"] is True
    assert got["refusals"] == ["gnb-2: NG Setup refused [unknown-PLMN] because <b>. To fix: x."]


@pytest.mark.parametrize("ok", [True, False])
def test_the_screen_says_the_verdict(ok):
    out = io.StringIO()
    show(report(ok=ok), Console(file=out, width=100))
    assert ("Every check held" if ok else "1 of 2 checks did not hold") in out.getvalue()
    assert "3.14" in out.getvalue(), "half of a pair is shown as well"
    assert re.search(r"ping +0\.60 +18\.0 +ms", out.getvalue())


def test_a_failure_has_room_for_all_it_says_on_a_narrow_screen():
    said = "ue1 (001010000000001) was refused [with cause 3]: " + "many words " * 20
    failed = Report(mode="userns", checks=[Check("phones registered", False, said.strip())])
    out = io.StringIO()
    show(failed, Console(file=out, width=80))
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) == 80
    inside = " ".join(" ".join(line.strip("│").split()) for line in lines)
    assert said.strip() in inside, "words in brackets are no markup"


def test_the_way_it_ran_says_why_not_better():
    assert Report(mode="in-process", reason="no TUN").way.endswith("no Linux interface (no TUN)")
    assert set(MODES) == {"root", "userns", "in-process"}


def test_the_page_shows_all_and_escapes(tmp_path):
    write_html(report(ok=False), tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    for text in ("1 of 2 checks did not hold", "paged", "ue-3: no answer", "unknown-PLMN", "&lt;b&gt;"):
        assert text in page
    assert "http://" not in page
    assert "https://" not in page


def test_nothing_checked_is_not_a_success():
    assert not Report(mode="root").ok
    assert report(ok=True).ok
    assert not report(ok=False).ok


@pytest.mark.parametrize(
    ("value", "text"), [(0.0123, "0.01"), (3.14159, "3.14"), (42.195, "42.2"), (1234.5, "1,234"), (7.0, "7")]
)
def test_numbers_for_people(value, text):
    assert readable(value) == text


def test_lines_that_are_no_events_are_passed_over():
    assert parse(b"Traceback (most recent call last):\n") is None
    assert parse(b'{"type":"check","name":"a","ok":true,"detail":""}') == Check("a", True, "")

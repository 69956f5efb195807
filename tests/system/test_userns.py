"""`pilot5g demo` as an ordinary user: in a user namespace where there is one, else inside the program."""

import json

import pytest

from judges.nobody import as_nobody, needs_root_itself
from judges.pilot import held

pytestmark = [pytest.mark.root, needs_root_itself]

DEMO = ("-m", "pilot5g", "demo", "--report", ".")
LEFT = "echo ---; cat pilot-report.json; ls /tmp/pilot5g-* 2>/dev/null"
"""Shown after the run: the report, and temporary folders that should be gone."""


def run(*arguments, **options):
    """Exit code, report and screen of a demonstration as user 65534."""
    ended = as_nobody(*DEMO, *arguments, then=LEFT, **options)
    screen, _, report = ended.stdout.partition("---\n")
    return ended.returncode, json.loads(report or "{}"), screen + ended.stderr


def test_an_ordinary_user_has_the_whole_network_in_a_user_namespace():
    code, report, screen = run()
    held(code, report, screen)
    assert report["mode"] == "userns", screen
    assert "in a user namespace" in screen
    assert "HTTP (curl)" in screen, "phones have the real tools"


def test_without_tun_phones_are_inside_the_program_and_the_report_says_why():
    code, report, screen = run(tun_mode="600")
    held(code, report, screen)
    assert report["mode"] == "in-process", screen
    assert "chmod 0666" in screen

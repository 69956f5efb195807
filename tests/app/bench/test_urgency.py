"""A process that is to go first does so, and says whether it could."""

from __future__ import annotations

import os
import subprocess
import sys

from pilot5g.app.bench import urgency

SAYS = """
import os
from pilot5g.app.bench.urgency import go_first
print(repr(go_first()), os.sched_getscheduler(0))
"""


def test_it_says_what_it_is():
    done = subprocess.run([sys.executable, "-c", SAYS], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] in (
        f"', scheduled in real time' {os.SCHED_RR}",
        f"'' {os.sched_getscheduler(0)}",
    )


def test_where_it_may_not_it_goes_on_as_it_was(monkeypatch):
    def refuse(*words):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(urgency.os, "sched_setscheduler", refuse)
    assert urgency.go_first() == ""

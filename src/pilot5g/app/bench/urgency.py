"""Core and generators go first for a processor, where that is permitted, and the report says so.

A message waits for a processor at every hop. Beside other programs those waits, not the work, are what the
times of a half loaded core consist of, and they tell of the neighbours. `chrt --rr 1 pilot5g up` has a core
run the same way.
"""

from __future__ import annotations

import os


def go_first() -> str:
    """Schedule this process in real time, at the lowest such priority; in words, empty where it may not."""
    policy = os.SCHED_RR
    try:
        os.sched_setscheduler(0, policy, os.sched_param(os.sched_get_priority_min(policy)))
    except OSError:
        return ""
    return ", scheduled in real time"

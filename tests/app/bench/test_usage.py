"""CPU time and memory of processes, and the share of SCTP in it."""

import os
import subprocess
import sys

import pytest

from pilot5g.app.bench.sctp_share import EVERY, SctpShare
from pilot5g.app.bench.usage import ProcessGone, Usage, machine_busy, usage


def test_own_usage_only_grows():
    before = usage([os.getpid()])
    sum(i * i for i in range(2_000_000))
    after = usage([os.getpid()])
    assert after.cpu > before.cpu
    assert after.memory > 1_000_000
    assert after.since(before).cpu == pytest.approx(after.cpu - before.cpu)
    assert machine_busy() > 0


def test_several_processes_are_added():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        both = usage([os.getpid(), child.pid])
        assert both.memory > usage([child.pid]).memory
        child.communicate(b"\n")


def test_a_process_that_ended_is_told():
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and still in the table
    with pytest.raises(ProcessGone, match=str(child.pid)):
        usage([child.pid])
    child.wait()
    with pytest.raises(ProcessGone):
        usage([child.pid])


def test_nothing_costs_nothing():
    assert usage([]) == Usage()


class Clock:
    """Each reading is a microsecond of its own; work is added by hand."""

    def __init__(self):
        self.at = 0.0

    def __call__(self):
        self.at += 1e-6
        return self.at


@pytest.mark.parametrize("kinds", [1, 2, 3, 4, 8])
def test_the_share_is_what_the_calls_took_whatever_their_pattern(kinds):
    """Calls of several lengths that take turns, as a receive and the one that finds nothing do."""
    clock = Clock()
    share = SctpShare(clock)
    took = 0.0

    def work(seconds):
        nonlocal took
        took += seconds
        clock.at += seconds

    metered = share.metered(work)
    for n in range(EVERY * kinds * 100):
        metered(1e-5 * (n % kinds + 1))
    assert share.seconds == pytest.approx(took, rel=0.01)


def test_what_a_metered_call_raises_comes_through():
    def nothing_there():
        raise BlockingIOError

    metered = SctpShare().metered(nothing_there)
    for _ in range(2 * EVERY):
        with pytest.raises(BlockingIOError):
            metered()

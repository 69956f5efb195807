"""What the programs in the kernel are told of a session, and what is left to user space."""

import pytest

from datapath import test_both as both
from pilot5g.datapath.ebpf.plan import plan
from pilot5g.datapath.ebpf.records import Flag

FAST = Flag.FAST_UP | Flag.FAST_DOWN


@pytest.mark.parametrize(("left", "fast"), [(False, FAST), (True, 0)])
def test_a_session_of_a_data_network_left_aside_is_known_and_not_forwarded(left, fast):
    record = plan(both.session(), mtu=1400, left=left).record
    assert record.flags & FAST == fast
    assert record.flags & Flag.LIVE
    assert record.teid

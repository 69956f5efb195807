"""Jumbo frames: packets of up to 9000 octets, where the links have them, on both data paths."""

import pytest

from datapath import test_both as both
from datapath import wires as w
from datapath.ebpf.test_kernel import kernel

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
]

MTU = 9000
HEADS = 28


def both_ways(size):
    """A packet of that many octets towards the data network, and one towards the phone."""
    data = bytes(i % 251 for i in range(size - HEADS))
    return both.udp(both.UE4, both.DN4, data), both.udp(both.DN4, both.UE4, data)


@pytest.mark.parametrize("kind", ["userspace", "ebpf"])
@pytest.mark.parametrize("size", [1500, 3400, 3700, 8972, MTU])
def test_a_long_packet_passes_whole(kind, size):
    async def body(bench):
        bench.path.install(both.session())
        up, down = both_ways(size)
        (left,) = await bench.up(both.outer(both.gpdu(up)))
        assert left[20:] == up[20:]
        (came,) = await bench.down(down)
        assert came.endswith(down[20:])
        if kind == "ebpf":
            counted = kernel(bench.path)
            assert (counted["UPLINK"], counted["DOWNLINK"]) == (1, 1)

    both.on(kind, body, mtu=MTU)

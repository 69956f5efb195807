"""Who may send to N3: the same on both data paths, and whatever a process before allowed."""

import pytest

from datapath import test_both as both
from datapath import wires as w
from pilot5g.datapath.ebpf.records import source_key
from pilot5g.datapath.sources import REMEMBERED, Sources
from pilot5g.wire import gtpu

HERE = [
    pytest.mark.root,
    pytest.mark.parametrize("kind", ["userspace", "ebpf"]),
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
]


def on_wires(test):
    for mark in HERE:
        test = mark(test)
    return test


@on_wires
@pytest.mark.parametrize("sources", [(f"{w.RADIO}/32",), ("192.0.2.0/24", "10.99.1.2/31", "2001:db8::/32")])
def test_what_others_send_is_dropped_and_counted(kind, sources):
    async def body(bench):
        bench.path.install(both.session())
        known = both.outer(both.gpdu(both.UP4))
        stranger = both.outer(both.gpdu(both.UP4), source="10.99.1.77")
        unknown = both.outer(both.gpdu(both.UP4, teid=77), source="10.99.1.77")
        echo = both.outer(gtpu.encode(gtpu.EchoRequest(7)), source="10.99.1.77")
        (got,) = await bench.up(known, out=1)
        assert got[16:] == both.with_hops(both.UP4, 63)[16:]
        assert await bench.up(stranger, unknown, echo, out=0) == []
        assert bench.news() == {"uplink": 1, "dropped_unknown_source": 3}

    both.on(kind, body, sources=sources)


@on_wires
def test_everybody_may_send_where_nobody_is_named(kind):
    async def body(bench):
        bench.path.install(both.session())
        await bench.up(both.outer(both.gpdu(both.UP4), source="10.99.1.77"))
        assert bench.news() == {"uplink": 1}

    both.on(kind, body)


@pytest.mark.root
@pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against())
def test_the_next_process_may_allow_others():
    """The kernel has what it was told last: networks that are named no more are gone."""

    async def body(bench):
        bench.path.install(both.session())
        await bench.up(both.outer(both.gpdu(both.UP4)))
        wires = bench.wires
        wires.path.close()
        wires.open(bench.heard, sources=("10.99.1.77/32",))
        again = both.Bench(wires, bench.heard)
        again.path.install(both.session())
        assert await again.up(both.outer(both.gpdu(both.UP4)), out=0) == []
        await again.up(both.outer(both.gpdu(both.UP4), source="10.99.1.77"))
        assert again.news()["dropped_unknown_source"] == 1

    both.on("ebpf", body, sources=(f"{w.RADIO}/32",))


def test_networks_of_both_families():
    sources = Sources(["192.0.2.0/24", "2001:db8::/32"])
    assert [sources.admits(each) for each in ("192.0.2.9", "192.0.3.9", "2001:db8::1", "2001:db9::1")] == [
        True,
        False,
        True,
        False,
    ]
    for i in range(REMEMBERED * 2):
        assert not sources.admits(f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}")
    assert len(sources._known) <= REMEMBERED
    with pytest.raises(ValueError, match="host bits"):
        Sources(["192.0.2.1/24"])


def test_the_key_of_a_network():
    assert source_key("192.0.2.0/24").hex() == "78000000" + "00" * 10 + "ffff" + "c0000200"
    assert source_key("2001:db8::/32").hex() == "20000000" + "20010db8" + "00" * 12

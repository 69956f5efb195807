"""What SMF and UPFs said in whole lives of phones, judged by tshark: quotas, queries, two UPFs, restarts."""

import asyncio
import shutil
from collections import Counter

import pytest

from flows.network.test_upfs import CLASSIFIED, TIMERS, Two, ping
from judges import tshark
from judges.network import Network, registered
from pilot5g.flow.clock import run_virtual
from pilot5g.wire import pfcp

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark: apt install tshark"),
]

QUOTAS = (
    "n4: {upf: external}\ndata_networks: [{dnn: internet, usage: {quota: 20 kB, report_time: 5 s}}]\n"
    + TIMERS
)


def judged(network, flow, folder):
    """The message types of a life, each message looked at by tshark."""

    async def main():
        await network.start()
        await flow(network)
        await asyncio.sleep(1)
        await network.close()

    run_virtual(main())
    capture = folder / "n4.pcap"
    tshark.written(capture, network.n4, pfcp.PORT)
    assert (
        tshark.fields(capture, "frame.number", "_ws.expert.message", only="_ws.malformed || _ws.expert") == []
    )
    unknown = tshark.fields(capture, "frame.number", only="pfcp.cause && pfcp.cause != 1 && pfcp.cause != 72")
    assert unknown == []
    kinds = Counter(int(row[0]) for row in tshark.fields(capture, "pfcp.msg_type"))
    assert kinds.total() == len(network.n4)
    return capture, kinds


def test_a_quota_to_its_end(tmp_path):
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        supi = f"imsi-{unit.phone.config.imsi}"
        for _ in range(5):
            await unit.stack.ping(unit.gateway, size=500)
            await asyncio.sleep(2)
        before = network.core.smf.metering.used(supi, "internet")
        await unit.stack.ping(unit.gateway, size=500)
        after = (await network.core.smf.used(supi))["internet"]
        assert after.total == 6 * 2 * 528
        assert before.total <= after.total
        for _ in range(30):
            if not unit.has_session:
                break
            try:
                await unit.stack.ping(unit.gateway, size=500, timeout=0.5)
            except (TimeoutError, ValueError):
                break
        await asyncio.sleep(2)
        await unit.deregister()

    capture, kinds = judged(Network(QUOTAS), flow, tmp_path)
    for request, answer in ((50, 51), (52, 53), (54, 55), (56, 57)):
        assert kinds[request] == kinds[answer] > 0
    for message, trigger in ((53, "trigger.immer"), (56, "trigger_flags.timth"), (56, "trigger_flags.volqu")):
        found = f"pfcp.msg_type == {message} && pfcp.usage_report_{trigger} == 1"
        assert tshark.fields(capture, "frame.number", only=found), found


def test_two_upfs_and_what_they_survive(tmp_path):
    async def flow(network):
        async with registered(network) as (unit,):
            await ping(unit)
            await ping(unit, 6)
            await unit.phone.until_idle()
            await network.kill_second()
            network.start_second()
            await asyncio.sleep(20)
            await ping(unit, 6)

    capture, kinds = judged(Two(CLASSIFIED), flow, tmp_path)
    for request, answer in ((1, 2), (5, 6), (50, 51), (52, 53), (54, 55)):
        assert kinds[request] >= kinds[answer] > 0
    assert kinds[50] == 4, "at both, and again at both"
    n9 = tshark.fields(
        capture, "frame.number", only="pfcp.outer_hdr_creation.teid && pfcp.dst_interface == 1"
    )
    assert n9, "uplink goes into a tunnel"

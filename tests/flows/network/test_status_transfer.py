"""Packets are numbered on over handovers (TS 38.413 8.4.6, 8.4.7, TS 38.423 8.2.2)."""

import asyncio

import pytest

from judges.network import play, registered
from pilot5g.ran.gnb.bearers import count_from, count_to


@pytest.mark.parametrize("via", ["xn", "n2"])
def test_counts_go_on(via):
    async def flow(network):
        async with registered(network) as (unit,):
            here, there = network.radios.gnbs.values()
            total = 0
            for target in (there, here, there):
                for _ in range(5):
                    await unit.stack.ping(unit.gateway, timeout=5)
                total += 5
                await network.radios.hand_over(unit.phone, target.cells[0], via)
                await asyncio.sleep(3)
                (ue,) = target.ues
                (tunnel,) = ue.tunnels.values()
                assert (tunnel.ups, tunnel.downs) == (total, total)

    play(flow, "phones: {count: 1, sessions: [{type: ipv4}]}\n", gnbs=2)


def test_a_count_is_a_number_and_the_overflows_before_it():
    assert count_to(0x40001) == {"pDCP-SN18": 1, "hFN-PDCP-SN18": 1}
    assert count_from(("dRBStatusUL18", {"uL-COUNTValue": count_to(0x40001)}), "uL-COUNTValue") == 0x40001
    assert count_from(("dRBStatusUL12", {}), "uL-COUNTValue") == 0

"""As `test_crossing`, between radios of two AMFs: at the k-th message somebody wants something else, a
message is lost to a dead radio, or a whole process is. All can be served afterwards, and nothing is left.
"""

import asyncio

import pytest

from flows.network.test_bad_days import FAULTS
from flows.network.test_collisions import COLLISIONS
from flows.network.test_crossing import cross
from judges.faults import DEEP, YAML, Fated, empty, no_bug, ping, recovered
from pilot5g.flow.clock import run_virtual

APART = """
amfs: [{name: amf-2, pointer: 2}]
radios: [{name: gnb-1, id: 1, amfs: [amf-1]}, {name: gnb-2, id: 2, amfs: [amf-2]}]
"""
"""A radio for each AMF of a set."""
OWN = APART.replace("pointer: 2", "pointer: 2, process: own")
"""The second AMF is a process of its own."""


def crossing(amfs, faults) -> int:
    """One phone's crossing with faults by the number of the first radio's message; how many there were."""

    async def main() -> int:
        network = Fated(YAML + amfs)
        await network.start()
        for phone in (network.phone, network.bystander):
            await phone.register()
            await ping(network, phone)
        network.at(faults)
        await cross(network, "n2")
        count = network.count
        network.at({})
        if faults:
            await asyncio.sleep(70)
        await recovered(network, network.phone)
        await recovered(network, network.bystander)
        await empty(network)
        assert [line for each in network.amf_processes.values() for line in each.leftovers()] == []
        return count

    with no_bug():
        return run_virtual(main())


@pytest.mark.parametrize("amfs", [APART, OWN], ids=["inside", "own"])
@pytest.mark.parametrize("event", COLLISIONS + FAULTS, ids=lambda event: event.__name__)
def test_at_message_k_of_a_crossing_between_amfs(event, amfs):
    messages = crossing(amfs, {})
    first = (COLLISIONS + FAULTS).index(event) % messages
    for k in range(messages) if DEEP else (first, (first + messages // 2) % messages):
        try:
            crossing(amfs, {k: event})
        except BaseException as failed:
            failed.add_note(f"at message {k}")
            raise

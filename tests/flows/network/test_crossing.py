"""While a phone crosses from one radio to the other and back, at the k-th message somebody wants something
else, a message is lost to a dead radio, or a whole process is.

As in `test_collisions` it is only asked that all of them end well. `HYPOTHESIS_PROFILE=deep` tries every
message.
"""

import asyncio
import contextlib

import pytest

from flows.network.test_bad_days import FAULTS
from flows.network.test_collisions import COLLISIONS, handed_over
from judges.faults import DEEP, Fated, asked, empty, no_bug, ping, recovered
from pilot5g.flow.clock import run_virtual


async def cross(network: Fated, via: str) -> None:
    """There and back, with packets in between."""
    for _ in range(2):
        with contextlib.suppress(StopIteration):
            await asked(network, handed_over(network, via), 60)
        await asyncio.sleep(0.01)
        await asked(network, ping(network, network.phone, tries=1), 20)
        await asyncio.sleep(3)


def crossing(via: str, faults) -> int:
    """One phone's crossing with faults by the number of the first radio's message; how many there were."""

    async def main() -> int:
        network = Fated()
        await network.start()
        for phone in (network.phone, network.bystander):
            await phone.register()
            await ping(network, phone)
        network.at(faults)
        await cross(network, via)
        count = network.count
        network.at({})
        if faults:
            await asyncio.sleep(70)
        await recovered(network, network.phone)
        await recovered(network, network.bystander)
        await empty(network)
        return count

    with no_bug():
        return run_virtual(main())


@pytest.mark.parametrize("via", ["xn", "n2"])
@pytest.mark.parametrize("event", COLLISIONS + FAULTS, ids=lambda event: event.__name__)
def test_at_message_k_of_a_crossing(event, via):
    messages = crossing(via, {})
    first = (COLLISIONS + FAULTS).index(event) % messages
    for k in range(messages) if DEEP else (first,):
        try:
            crossing(via, {k: event})
        except BaseException as wrong:
            wrong.add_note(f"with {event.__name__} at message {k} of {messages}")
            raise

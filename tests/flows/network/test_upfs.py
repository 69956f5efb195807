"""Several UPFs of one SMF: each for its data networks, and two for one session (an uplink classifier)."""

import asyncio

import msgspec
import pytest

from judges.network import EPOCH, Network, registered
from pilot5g.app.config import ConfigError, parse
from pilot5g.app.inside import InsideNetwork
from pilot5g.app.n4 import N4End
from pilot5g.app.upf_side import UserPlaneFunction
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.flow.clock import now, run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.wire import ip

N4, N3 = "127.0.0.9", "127.0.0.8"
"""Of the second UPF."""
TIMERS = "timers: {X-INACTIVE: 5}\n"
CLASSIFIED = f"""
n4: {{upf: external, others: [{{address: {N4}}}]}}
data_networks: [{{dnn: internet, classifier: {{anchor: {N4}, local: [10.45.0.1/32]}}}}]
{TIMERS}"""
"""The data network's IPv4 address is near by, its IPv6 address behind the anchor."""
APART = f"""
n4: {{upf: external, others: [{{address: {N4}, dnns: [ims]}}]}}
data_networks: [{{dnn: internet}}, {{dnn: ims}}]
phones: {{count: 1, sessions: [{{dnn: internet}}, {{dnn: ims}}]}}
{TIMERS}"""


class Two(Network):
    """A network with a second UPF."""

    async def start(self) -> None:
        self.start_second()
        await super().start()

    def start_second(self) -> None:
        """The second UPF begins."""
        config = msgspec.structs.replace(
            self.config,
            n3=msgspec.structs.replace(self.config.n3, address=N3),
            n4=msgspec.structs.replace(self.config.n4, upf_address=N4, others=()),
        )
        self.lives += 1
        ports = {each.dnn: InsideNetwork(each) for each in config.data_networks}
        self.second_path = UserspaceDatapath(self.memory.datagram_port((N3, 2152)), ports, now)
        self.second = UserPlaneFunction(
            config,
            datapath=self.second_path,
            end=N4End(self.memory.datagram_port((N4, config.n4.port)), EPOCH + self.lives),
            entropy=seeded(self.seed + 900 + self.lives),
        )

    async def kill_second(self) -> None:
        """kill -9 of it."""
        await self.second.server.close()
        self.second_path.close()

    async def close(self) -> None:
        await super().close()
        await self.kill_second()


def play(flow, yaml):
    async def main():
        network = Two(yaml)
        await network.start()
        await flow(network)
        await asyncio.sleep(1)
        assert network.core.leftovers() == []
        assert network.function.leftovers() == []
        assert network.second.leftovers() == []
        await network.close()

    run_virtual(main())


def passed(path):
    counters = path.counters
    return counters.uplink, counters.downlink


async def ping(unit, kind=4):
    gateway = unit._network.gateway4 if kind == 4 else unit._network.gateway6
    await unit.stack.ping(gateway, timeout=5)


def test_each_data_network_has_its_upf():
    async def flow(network):
        async with registered(network) as (unit,):
            assert len(unit.sessions) == 2
            assert (network.function.upf.sessions, network.second.upf.sessions) == (1, 1)
            await ping(unit)
            assert passed(network.second_path) == (0, 0)
            await network.kill_second()
            network.start_second()
            await asyncio.sleep(15)
            assert network.second.upf.sessions == 1, "established again, and nothing of the other one"
            assert network.function.server.associations == 1
            await ping(unit)

    play(flow, APART)


def test_a_classifier_sends_near_and_far():
    async def flow(network):
        async with registered(network) as (unit,):
            assert (network.function.upf.sessions, network.second.upf.sessions) == (1, 1)
            await ping(unit)
            near, far = passed(network.datapath), passed(network.second_path)
            assert near[0] >= 1
            assert far == (0, 0)
            await ping(unit, 6)
            assert passed(network.datapath) == (near[0] + 1, near[1] + 1)
            assert passed(network.second_path) == (1, 1)

    play(flow, CLASSIFIED)


def test_an_idle_phone_is_called_for_what_the_anchor_has():
    async def flow(network):
        async with registered(network) as (unit,):
            await ping(unit)
            await unit.phone.until_idle()
            await ping(unit, 6)
            await unit.phone.until_idle()
            await asyncio.sleep(1)
            address = unit.stack.address_for(ip.pack("2001:db8:45::1"))
            before = network.datapath.counters.buffered
            for port in network.second_path._n6.values():
                port.port.call(ip.text(address), 9)
            await unit.phone.until_connected()
            await asyncio.sleep(0.5)
            assert network.datapath.counters.buffered == before + 1
            assert network.second_path.counters.downlink >= 2

    play(flow, CLASSIFIED)


@pytest.mark.parametrize("who", ["classifier", "anchor", "core"])
def test_whichever_is_killed_the_session_goes_on_both_ways(who):
    async def flow(network):
        async with registered(network) as (unit,):
            await ping(unit)
            await ping(unit, 6)
            if who == "classifier":
                await network.kill_upf()
                network.start_upf()
            elif who == "anchor":
                await network.kill_second()
                network.start_second()
            else:
                await network.kill_core()
                await network.start_core()
            await asyncio.sleep(30)
            assert (network.function.upf.sessions, network.second.upf.sessions) == (1, 1)
            await ping(unit)
            await ping(unit, 6)

    play(flow, CLASSIFIED)


def test_a_session_whose_anchor_is_missing_is_refused_and_leaves_nothing():
    async def flow(network):
        await network.kill_second()
        await asyncio.sleep(20)
        (unit,) = network.units
        await unit.register()
        with pytest.raises(Exception, match="resources"):
            await unit.open_sessions()
        assert network.function.leftovers() == []
        network.start_second()
        await asyncio.sleep(20)
        await unit.open_sessions()
        await ping(unit, 6)
        await unit.deregister()

    play(flow, CLASSIFIED)


@pytest.mark.parametrize(
    ("yaml", "told"),
    [
        ("n4: {others: [{address: 127.0.0.9}]}", "n4.others"),
        ("n4: {upf: external, others: [{address: 127.0.0.9, dnns: [no]}]}", "a DNN of"),
        (
            "n4: {upf: external, others: [{address: 127.0.0.9, dnns: [internet]},"
            " {address: 127.0.0.8, dnns: [internet]}]}",
            "each DNN at one UPF",
        ),
        (
            "data_networks: [{dnn: internet, classifier: {local: [192.0.2.0/24]}}]",
            "the UPF that is the anchor",
        ),
        (
            "data_networks: [{dnn: internet, classifier: {anchor: 127.0.0.9, local: [192.0.2.0/24]}}]",
            "another UPF",
        ),
        (
            "n4: {upf: external, others: [{address: 127.0.0.9}]}\n"
            "data_networks: [{dnn: internet, classifier: {anchor: 127.0.0.9}}]",
            "without the anchor",
        ),
    ],
)
def test_what_contradicts_itself_is_told(yaml, told):
    with pytest.raises(ConfigError, match=told):
        parse(yaml)

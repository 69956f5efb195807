"""Several associations between a radio and its AMF (TS 38.412 7, TS 23.501 5.21.1): made, weighed, lost."""

import asyncio
from collections import Counter

from judges.hostile import Rogue
from judges.network import play, registered
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import gnb_id_to

THREE = """
amf: {tnls: [{address: 127.0.0.51, weight: 3}, {address: 127.0.0.52, weight: 0}]}
radios: [{name: gnb-1, id: 1}]
"""
"""An AMF with three addresses, the last of which takes no phones."""


def ng(network):
    """The radio's NG interface."""
    return next(iter(network.radios.gnbs.values()))._n2s[0].ng


def bound(network):
    """How many phones are bound to which address."""
    where = {each.association: each.remote[0] for each in ng(network).tnlas}
    return Counter(where.get(ue.tnla) for ue in next(iter(network.radios.gnbs.values())).ues)


def test_associations_are_made_and_phones_spread_by_weight():
    async def flow(network):
        await asyncio.sleep(0.1)
        assert [each.remote[0] for each in ng(network).tnlas] == ["127.0.0.5", "127.0.0.51", "127.0.0.52"]
        (radio,) = network.core.amf.radios.values()
        assert len(network.core.amf.further) == 2
        (answer,) = (m for m in network.ngap if isinstance(m, ngap.AMFConfigurationUpdateAcknowledge))
        assert len(answer.amf_tnl_association_setup_list) == 2
        async with registered(network) as units:
            spread = bound(network)
            assert spread["127.0.0.51"] > spread["127.0.0.5"] > 0
            assert set(spread) == {"127.0.0.5", "127.0.0.51"}
            by = Counter(line.tnla.peer for line in radio.connections.values())
            assert sorted(by.values()) == sorted(spread.values())  # both ends mean the same
            await asyncio.gather(*(unit.stack.ping(unit.gateway) for unit in units))
        assert network.counts["ErrorIndication"] == 0

    play(flow, THREE, phones=40)


def test_an_association_is_lost_and_its_phones_use_another():
    async def flow(network):
        async with registered(network) as units:
            lost = next(each for each in ng(network).tnlas if each.remote[0] == "127.0.0.51")
            lost.association.abort()
            await asyncio.sleep(0.5)
            assert "127.0.0.51" not in bound(network)
            assert all(unit.phone.connected for unit in units)
            await asyncio.sleep(15)  # idle by now: the AMF has let go of everybody
            assert not any(unit.phone.connected for unit in units)
            await asyncio.gather(*(unit.stack.ping(unit.gateway) for unit in units))
            await asyncio.sleep(20)  # tried again
            assert "127.0.0.51" in {each.remote[0] for each in ng(network).tnlas}
            await asyncio.sleep(0.5)

    play(flow, THREE, phones=12)


def test_the_first_association_is_lost_and_ng_goes_on():
    async def flow(network):
        async with registered(network) as units:
            ng(network).tnlas[0].association.abort()
            await asyncio.sleep(0.1)
            assert all(unit.phone.connected for unit in units)
            assert network.radios.gnbs["gnb-1"].in_service
            await asyncio.gather(*(unit.stack.ping(unit.gateway) for unit in units))
            await asyncio.sleep(5)
            assert "127.0.0.5" in {each.remote[0] for each in ng(network).tnlas}
        assert network.counts["NGSetupRequest"] == 1

    play(flow, THREE, phones=6)


def test_a_binding_is_released_and_weights_change():
    """TS 38.413 8.13.1, 8.7.3: phones whose binding is released go where the weights send them now."""

    async def flow(network):
        amf = network.core.amf
        async with registered(network) as units:
            amf.operation.weigh({"127.0.0.51": 0, "127.0.0.5": 0, "127.0.0.52": 1})
            for unit in units:
                amf.operation.unbind(f"imsi-{unit.phone.config.imsi}")
            await asyncio.sleep(0.1)
            assert set(bound(network)) == {None}
            await asyncio.sleep(15)  # idle, and back
            await asyncio.gather(*(unit.stack.ping(unit.gateway) for unit in units))
            assert set(bound(network)) == {"127.0.0.52"}
        assert network.counts["UETNLABindingReleaseRequest"] == len(units)

    play(flow, THREE, phones=8)


def test_nobody_else_joins_a_radio():
    """A further association is one of the host that set NG up (TS 38.413 8.7.2.2)."""

    async def flow(network):
        rogue = Rogue(network, "127.0.0.66")
        await asyncio.sleep(0.1)
        identity = next(iter(network.radios.gnbs.values())).config.identity
        rogue.says(ngap.RANConfigurationUpdate(global_ran_node_id=gnb_id_to(identity)))
        await asyncio.sleep(0.1)
        assert isinstance(rogue.takes()[0], ngap.RANConfigurationUpdateFailure)
        assert rogue.association not in network.core.amf.further

    play(flow, THREE, phones=1)

"""Both halves change their keys while packets flow (TS 33.501 6.9.4.4, 6.7.1)."""

import asyncio

import msgspec
import pytest

from judges.network import play, registered


@pytest.mark.parametrize("method", ["5g-aka", "eap-aka-prime"])
def test_a_connected_phone_and_its_radio_get_new_keys(method):
    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            ue = amf.ues.by_supi[phone.config.supi]
            for _ in range(3):
                await unit.stack.ping(unit.gateway, timeout=5)
                before = ue.context.keys.kamf
                amf.operation.authenticate(phone.config.supi)
                await asyncio.sleep(1)
                assert ue.context.keys.kamf == phone.context.current.kamf != before
                (radio_ue,) = network.radios.gnbs["gnb-1"].ues
                expected = phone.radio_keys.chain.kgnb
                assert radio_ue.context.security.kgnb == expected
            await unit.stack.ping(unit.gateway, timeout=5)
        assert network.counts["UEContextModificationRequest"] == 3
        assert network.counts["UEContextModificationResponse"] == 3

    play(flow, f"phones: {{count: 1, authentication: {method}}}\n", gnbs=1)


def test_an_idle_phone_is_paged_and_authenticates():
    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            await phone.until_idle()
            before = phone.context.current.kamf
            amf.operation.authenticate(phone.config.supi)
            await asyncio.sleep(3)
            assert phone.context.current.kamf != before
            await phone.until_idle()
            await unit.stack.ping(unit.gateway, timeout=5)

    play(flow, "timers: {X-INACTIVE: 5}\nphones: {count: 1}\n")


def test_handed_over_after_a_rekeying():
    """The chain of next hops begins anew with the new K_gNB (TS 33.501 6.9.2.1.1)."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            here, there = network.radios.gnbs.values()
            for turn, target in enumerate((there, here, there, here)):
                if turn % 2:
                    amf.operation.authenticate(phone.config.supi)
                    await asyncio.sleep(1)
                await network.radios.hand_over(phone, target.cells[0], "xn" if turn < 2 else "n2")
                await unit.stack.ping(unit.gateway, timeout=5)
            await asyncio.sleep(3)  # as long as the radio left behind may forward

    play(flow, "phones: {count: 1}\n", gnbs=2)


def test_other_algorithms_after_the_network_prefers_others():
    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            kamf = phone.context.current.kamf
            await phone.until_idle()
            amf.config = msgspec.structs.replace(amf.config, integrity=(1,), ciphering=(3,))
            await phone.register()
            current = phone.context.current
            assert (current.kamf, current.nas.integrity, current.nas.ciphering) == (kamf, 1, 3)
            await unit.stack.ping(unit.gateway, timeout=5)

    play(flow, "timers: {X-INACTIVE: 5}\nphones: {count: 1}\n")

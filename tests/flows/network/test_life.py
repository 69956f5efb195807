"""Whole lives of phones between real halves: core and radios joined by octets, in virtual time."""

import asyncio
from collections import Counter

import pytest

from judges import pycrate_ngap
from judges.network import HOME_KEY_A, HOME_KEY_B, Network, play, registered
from pilot5g.flow.clock import run_virtual
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.wire.nas import GmmCause, GsmCause, UniversalTime

KEYS = f"""
security:
  home_network_keys:
    - {{id: 1, profile: A, private_key: "{HOME_KEY_A}"}}
    - {{id: 2, profile: B, private_key: "{HOME_KEY_B}"}}
"""
IDLE = "timers: {X-INACTIVE: 5}\n"


async def ping(unit) -> None:
    await unit.stack.ping(unit.gateway, timeout=5)


@pytest.mark.parametrize("kind", ["IPv4", "IPv6", "IPv4v6"])
@pytest.mark.parametrize("algorithm", ["milenage", "tuak"])
@pytest.mark.parametrize(("scheme", "key"), [("none", 0), ("A", 1), ("B", 2)])
def test_a_whole_life(kind, algorithm, scheme, key):
    """Registration, session, traffic, idle, paging, service request, deregistration."""

    async def flow(network):
        async with registered(network) as (unit,):
            await ping(unit)
            await unit.phone.until_idle()
            await unit.arm(20)  # this wakes it, and it falls idle again before it is called
            await unit.phone.until_connected()
            await unit.phone.until_idle()
            before = unit.pagings
            await unit.caller.receive(30)
            assert unit.pagings == before + 1
            await unit.phone.until_idle()
            await ping(unit)
        assert network.counts["Paging"] >= 1

    phones = f"phones: {{count: 1, algorithm: {algorithm}, suci_scheme: {scheme}, key_id: {key}, "
    play(flow, KEYS + IDLE + phones + f"sessions: [{{type: {kind}}}]}}\n")


@pytest.mark.parametrize(("timers", "given"), [("{}", None), ("{T3502: 90}", 120), ("{T3502: 60}", 60)])
def test_the_network_gives_t3502_5_3_8(timers, given):
    """Where it is not the 12 minutes that a phone takes by itself."""

    async def flow(network):
        async with registered(network) as (unit,):
            assert unit.phone.context.t3502 == given

    play(flow, f"timers: {timers}\n")


@pytest.mark.parametrize("integrity", [1, 2, 3])
@pytest.mark.parametrize("ciphering", [0, 1, 2, 3])
def test_every_pair_of_algorithms(integrity, ciphering):
    async def flow(network):
        async with registered(network) as (unit,):
            current = unit.phone.context.current
            assert (current.nas.integrity, current.nas.ciphering) == (integrity, ciphering)
            await ping(unit)

    play(flow, f"security: {{integrity: [NIA{integrity}], ciphering: [NEA{ciphering}]}}\n")


def test_two_hundred_phones_on_one_gnb_without_one_retransmission():
    """Every message of every phone exactly once: what 200 phones take is 200 times what one takes."""

    def counted(phones: int) -> Counter[str]:
        seen: list[Counter[str]] = []

        async def flow(network):
            async with registered(network) as units:
                assert len(units) == phones
                assert all(unit.has_session for unit in units)
                await asyncio.sleep(1)
                seen.append(network.counts)

        play(flow, phones=phones)
        return seen[0]

    one, all_of_them = counted(1), counted(200)
    once = {"NGSetupRequest", "NGSetupResponse"}
    assert all_of_them == Counter({name: n if name in once else n * 200 for name, n in one.items()})


@pytest.mark.judge
def test_pycrate_reads_every_ngap_message_of_both_halves_alike():
    async def flow(network):
        async with registered(network) as units:
            for unit in units:
                await unit.phone.until_idle()
            await ping(units[0])

        for octets in network.sent:
            pycrate_ngap.same(octets)
        assert len(network.counts) >= 13

    play(flow, IDLE, phones=3, gnbs=2)


@pytest.mark.parametrize("seed", range(8))
def test_delay_jitter_and_loss_on_every_link_end_well(seed):
    """SCTP delivers late, N3 loses: phones register all the same, and nothing is left."""

    async def flow(network):
        async with registered(network) as units:
            assert all(unit.has_session for unit in units)

    play(flow, seed=seed, phones=5, gnbs=2, delay=0.02, jitter=0.05, loss=0.02)


def test_a_day_of_periodic_registration():
    """T3512 of 54 minutes (an hour, as GPRS timer 3 has no 54): a phone shows itself for a day."""

    async def flow(network):
        async with registered(network) as (unit,):
            await asyncio.sleep(24 * 3600)
            assert unit.idle
            assert len(unit.phone.measurements.registration) >= 24

    play(flow, IDLE)


def test_a_silent_phone_is_implicitly_deregistered():
    """TS 24.501 5.3.7: mobile reachable timer, then implicit deregistration; its sessions go too."""

    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        await unit.phone.until_idle()
        await unit.phone.close()
        await asyncio.sleep(3600 + 2 * 240 + 10)

    play(flow, IDLE)


def test_the_network_withdraws_a_subscription():
    """TS 23.502 4.2.2.3.3, to an idle phone: it is paged, told, and gone."""

    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        await unit.phone.until_idle()
        assert await network.core.udm.withdraw(unit.phone.config.supi)
        await asyncio.sleep(30)
        assert not unit.registered

    play(flow, IDLE)


KEY, OTHER = "00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"
WRONG_KEY = f"""
phones:
  list: [{{imsi: "001010000000001", k: {KEY}, opc: {KEY}}}]
subscribers:
  - {{imsi: "001010000000001", k: {OTHER}, opc: {KEY}}}
"""


@pytest.mark.parametrize(
    ("yaml", "cause", "reason", "fix"),
    [
        (WRONG_KEY, GmmCause.ILLEGAL_UE, "challenge", "OPc"),
        ("phones: {count: 1, slices: ['7']}\nsubscribers: []\n", None, "", ""),
    ],
)
def test_refused_registrations_say_why(yaml, cause, reason, fix):
    async def flow(network):
        (unit,) = network.units
        if cause is None:
            await unit.register()
            assert unit.phone.context.rejected_nssai
            await unit.deregister()
            return
        with pytest.raises(Rejected) as refused:
            await unit.register()
        assert refused.value.cause == cause
        entry = next(entry for entry in network.core.journal.entries if entry.cause)
        assert reason in entry.reason
        assert fix in entry.fix

    play(flow, yaml)


def test_an_unknown_subscriber_is_told_and_named():
    async def flow(network):
        (unit,) = network.units
        await network.repository.remove(unit.phone.config.supi)
        with pytest.raises(Rejected) as refused:
            await unit.register()
        assert refused.value.cause == GmmCause.ILLEGAL_UE
        entry = next(entry for entry in network.core.journal.entries if entry.cause)
        assert "pilot5g subscriber add" in entry.fix

    play(flow)


def test_an_unknown_dnn_is_refused_with_the_cause():
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        with pytest.raises(Rejected) as refused:
            await unit.phone.open_session("nowhere")
        assert refused.value.cause == GmmCause.DNN_NOT_SUPPORTED_OR_NOT_SUBSCRIBED_IN_SLICE
        await unit.deregister()

    play(flow)


def test_a_session_is_released_by_the_phone_and_by_the_network():
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        first = unit.sessions[0]
        await unit.phone.release_session(first.id)
        assert not first.active
        await asyncio.sleep(1)
        assert network.core.smf.sessions == 0
        second = await unit.phone.open_session()
        await network.core.smf.release(unit.phone.config.supi, second.id, GsmCause.REACTIVATION_REQUESTED)
        await asyncio.sleep(2)
        assert not second.active
        await unit.deregister()

    play(flow)


def test_kill_9_of_the_core_loses_nobody():
    """Design, decision 4: every registered phone and every session is there after a restart, and traffic
    goes on without a new registration."""

    async def main():
        network = Network(IDLE, phones=4, gnbs=2)
        await network.start()
        await asyncio.gather(*(unit.register() for unit in network.units))
        await asyncio.gather(*(unit.open_sessions() for unit in network.units))
        addresses = [unit.address for unit in network.units]
        for unit in network.units:
            await unit.phone.until_idle()
        await network.kill_core()
        await network.start_core()
        await asyncio.sleep(60)
        before = [len(unit.phone.measurements.registration) for unit in network.units]
        await asyncio.gather(*(ping(unit) for unit in network.units))
        assert [len(unit.phone.measurements.registration) for unit in network.units] == before
        assert [unit.address for unit in network.units] == addresses
        assert await network.core.udm.withdraw(network.units[0].phone.config.supi)
        await asyncio.sleep(5)
        assert not network.units[0].registered
        await asyncio.gather(*(unit.deregister() for unit in network.units[1:]))
        await asyncio.sleep(1)
        assert network.core.leftovers() == []
        await network.close()

    run_virtual(main())


def test_a_gnb_that_loses_its_amf_comes_back():
    async def flow(network):
        (unit,) = network.units
        await unit.register()
        await unit.open_sessions()
        radio, amf = network.config.radios[0], network.config.n2
        network.memory.cut(radio.n2_address, amf.address)
        await asyncio.sleep(20)
        assert not unit.phone.connected
        network.memory.heal(radio.n2_address, amf.address)
        await asyncio.sleep(60)
        await ping(unit)
        await unit.deregister()

    play(flow)


def test_the_time_reaches_the_phone():
    noon = UniversalTime(2026, 11, 22, 12, 0, 0)

    async def flow(network):
        network.core.amf.wall_clock = lambda: noon
        async with registered(network) as (unit,):
            assert unit.phone.context.network_time == noon

    play(flow)


def test_the_network_name_reaches_the_phone():
    """TS 24.501 5.4.4: generic UE configuration update."""

    async def flow(network):
        async with registered(network) as (unit,):
            await asyncio.sleep(2)
            assert unit.phone.context.network_name == "Field trial"

    play(flow, "network: {name: Field trial}\n")

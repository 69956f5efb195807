"""Bad days of a whole network: at the k-th message of a phone's life something breaks.

Whatever it is, afterwards the phone can be used again, a bystander on another radio never lost its session,
and when both have left nothing is left of either. The default run takes some messages of each fault;
`HYPOTHESIS_PROFILE=deep` takes all of them, and many pairs.
"""

import asyncio
import contextlib
import random

import msgspec
import pytest

from judges.faults import DEEP, YAML, Fated, asked, empty, no_bug, ping, recovered, sweep, through
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.ran.ue.phone import Phone
from pilot5g.wire.nas import GsmCause


def lost(network: Fated, deliver) -> None:
    """The message is never delivered."""


def doubled(network: Fated, deliver) -> None:
    deliver()
    deliver()


def late(network: Fated, deliver) -> None:
    """20 s later, and everything else overtakes it."""
    asyncio.get_running_loop().call_later(20, deliver)


def stalled(network: Fated, deliver) -> None:
    """The link delivers nothing for 20 s, then everything in order."""
    waiting, usual = [deliver], network.memory.fate

    def keep(association, data, later) -> None:
        waiting.append(later)

    def go_on() -> None:
        network.memory.fate = usual
        for each in waiting:
            each()

    network.memory.fate = keep
    asyncio.get_running_loop().call_later(20, go_on)


def cut(network: Fated, deliver) -> None:
    """The association is gone with the message, and can be made again at once."""
    radio, amf = str(network.config.radios[0].n2_address), str(network.config.n2.address)
    network.memory.cut(radio, amf)
    network.memory.heal(radio, amf)


def unplugged(network: Fated, deliver) -> None:
    """The cable is out for a minute, which both ends notice after five seconds."""
    radio, amf = str(network.config.radios[0].n2_address), str(network.config.n2.address)
    network.memory.cut(radio, amf, noticed=5)
    asyncio.get_running_loop().call_later(60, network.memory.heal, radio, amf)


def core_killed(network: Fated, deliver) -> None:
    """kill -9 before the message is read."""
    network.spawn(network.restart_core())


def core_killed_after(network: Fated, deliver) -> None:
    """kill -9 right after the message was read."""
    deliver()
    network.spawn(network.restart_core())


def power_failure(network: Fated, deliver) -> None:
    network.spawn(network.restart_radios())


def tunnel(network: Fated, deliver) -> None:
    """The phone drives into a tunnel."""
    network.phone.radio_loss()
    deliver()


def sim_swapped(network: Fated, deliver) -> None:
    """Battery out at this very moment, and the SIM in another phone."""
    new = network.swap_phone()
    deliver()
    network.spawn(new.register())


FAULTS = (
    lost, doubled, late, stalled, cut, unplugged, core_killed, core_killed_after, power_failure, tunnel,
    sim_swapped,
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_fault_at_message_k(fault):
    sweep(fault, step=6, first=FAULTS.index(fault))


def test_two_faults_in_one_life():
    chance = random.Random(1)
    for _ in range(400 if DEEP else 20):
        at = {chance.randrange(50): chance.choice(FAULTS) for _ in range(2)}
        try:
            through(at, seed=chance.randrange(1000))
        except BaseException as wrong:
            wrong.add_note(f"with {at}")
            raise


@pytest.mark.parametrize("seed", range(30))
def test_weather(seed):
    """Delay, jitter and loss on every link, and what is doubled or reordered on N3."""
    links = {"delay": 0.02, "jitter": 0.05, "loss": 0.02, "duplicate": 0.02, "reorder": 0.05}
    through({}, seed=seed, **links)


def test_a_phone_that_vanishes_at_message_k_is_forgotten():
    """Its battery is out for good: mobile reachable and implicit deregistration timers clean up behind it
    (TS 24.501 5.3.7), and the bystander's session goes on."""

    def gone(network: Fated, deliver) -> None:
        network.spawn(network.phone.close())
        deliver()

    async def afterwards(network: Fated) -> None:
        await asyncio.sleep(120 + 240 + 240 + 300)

    sweep(gone, step=4, instead_of_recovery=afterwards)


def on_its_own(yaml: str, flow, **options) -> None:
    """A flow of its own; when every phone has left nothing may be left."""

    async def main() -> None:
        network = Fated(yaml, **options)
        await network.start()
        await flow(network)
        await empty(network)

    with no_bug():
        run_virtual(main())


@pytest.mark.parametrize("algorithm", ["milenage", "tuak"])
@pytest.mark.parametrize("sim", [1, 1000, 1 << 27, 1 << 40], ids=["used", "ahead", "far ahead", "elsewhere"])
def test_a_sim_that_another_network_has_used(sim, algorithm):
    """SQN out of range is resynchronised (TS 33.102 6.3.5, TS 24.501 5.4.1.3.7 f), and the next works at
    once."""

    async def flow(network: Fated) -> None:
        phone = network.phone
        phone.usim.seq[:] = [sim] * 32
        await phone.register()
        await ping(network, phone)
        assert phone.usim.seq[phone.usim.seq.index(max(phone.usim.seq))] > sim
        await phone.deregister()
        before = network.counts["UplinkNASTransport"]
        await network.swap_phone().register()
        assert (
            network.counts["UplinkNASTransport"] - before <= 4
        )  # response, complete, complete, nothing else
        await recovered(network, network.phone)

    on_its_own(YAML.replace("count: 1", f"count: 1, algorithm: {algorithm}"), flow)


def test_a_network_that_is_ahead_of_the_sim():
    """A restored subscriber database whose SEQ lies further ahead than a SIM follows (TS 33.102 C.2.1)."""

    async def flow(network: Fated) -> None:
        await network.repository.set_sqn(network.phone.config.supi, 1 << 40)
        await network.phone.register()
        await recovered(network, network.phone)

    on_its_own(YAML, flow)


def test_addresses_that_are_used_up_and_come_back():
    """Cause #26 while the pool is empty (TS 24.501 6.4.1.4.1); a session that ends makes room."""

    async def flow(network: Fated) -> None:
        phones = [unit.phone for unit in network.units]
        for phone in phones:
            await phone.register()
        taken = [await phone.open_session() for phone in phones[:-1]]
        last = phones[-1]
        with pytest.raises(Rejected) as refused:
            await last.open_session()
        assert refused.value.cause == GsmCause.INSUFFICIENT_RESOURCES
        said = next(entry for entry in network.core.journal.entries if entry.cause)
        assert "ipv4_pool" in said.fix
        await phones[0].release_session(taken[0].id)
        await asyncio.sleep(1)
        await recovered(network, last)
        for phone in phones:
            await phone.deregister()

    pool = "data_networks: [{dnn: internet, ipv4_pool: 10.45.0.0/29}]\n"
    on_its_own(pool + YAML, flow, phones=6)


def test_a_radio_of_another_network_or_area_until_the_network_serves_it():
    """NG Setup fails with the cause, both journals say what to change, and the radio comes by itself once
    the network was changed (TS 38.413 8.7.1.3)."""

    async def flow(network: Fated) -> None:
        await network.bystander.register()
        radio, first = network.gnbs[0], network.config
        wrong = msgspec.structs.replace(first, tracking_areas=(99,))
        network.config = wrong
        await network.restart_core()
        await asyncio.sleep(30)
        assert not radio.in_service
        said = [entry for entry in network.core.journal.entries if entry.what == "NG Setup"]
        assert said
        assert "TAC 1" in said[0].reason
        assert "tracking_areas" in said[0].fix
        told = [entry for entry in network.journal.entries if "NG Setup was refused" in entry.what]
        assert told
        assert "TAC" in told[-1].reason + told[-1].fix
        network.config = first
        await network.restart_core()
        await asyncio.sleep(30)
        assert radio.in_service
        await recovered(network, network.phone)
        await recovered(network, network.bystander)

    on_its_own(YAML, flow)


@pytest.mark.parametrize(
    ("wrong", "cause", "words"),
    [
        ("plmn: 999-70", "misc/unknown-PLMN-or-SNPN", "999-70"),
        ("slices: ['7', '7-000001', '1-ffff00']", "radioNetwork/slice-not-supported", "7-000001"),
        ("tac: 300", "misc/unspecified", "300"),
    ],
)
def test_a_radio_that_has_nothing_in_common_is_told_what(wrong, cause, words):
    """NG Setup Failure (TS 38.413 8.7.1.3, 8.7.1.4), and both journals say it in words; others serve on."""

    async def flow(network: Fated) -> None:
        await asyncio.sleep(20)
        good, foreign = network.gnbs
        assert good.in_service
        assert not foreign.in_service
        said = next(entry for entry in network.core.journal.entries if entry.what == "NG Setup")
        assert said.cause == cause
        assert words in said.reason
        assert words in said.fix
        assert words in foreign.trouble
        await recovered(network, network.phone)

    first, second = (
        "{name: gnb-1, id: 1, n2_address: 127.0.0.11, n3_address: 127.0.0.11}",
        ("{name: gnb-2, id: 2, n2_address: 127.0.0.12, n3_address: 127.0.0.12, " + wrong + "}"),
    )

    async def main() -> None:
        network = Fated(f"radios: [{first}, {second}]\n" + YAML, phones=1)
        with contextlib.suppress(AssertionError):  # that one of the radios is not taken is the point
            await network.start()
        network.spread()
        await flow(network)
        await empty(network)

    with no_bug():
        run_virtual(main())


def test_two_phones_with_one_sim():
    """A cloned SIM: whoever registered last is the subscriber; the other finds out when it wants something
    and comes back; neither leaves anything behind."""

    async def flow(network: Fated) -> None:
        first = network.phone
        second = Phone(first.config, network.journal, seeded(77), list(network.gnbs[1].cells))
        await first.register()
        await second.register()
        for _ in range(6):
            for phone in (first, second):
                await recovered(network, phone)
                await asyncio.sleep(7)
        assert len(first.measurements.registration) == len(second.measurements.registration) == 7
        await asked(network, second.deregister())
        await recovered(network, first)
        await second.close()

    on_its_own(YAML, flow)


def test_a_phone_has_something_to_send_right_after_its_registration():
    """The service request is behind the registration complete in the same instant: it is served, not answered
    with 5GMM STATUS #98."""

    async def flow(network: Fated) -> None:
        phone = network.phone
        await phone.register()
        await ping(network, phone)
        await phone.until_idle()
        await phone.register()  # without uplink data status
        assert await ping(network, phone, tries=1) < 0.1

    on_its_own(YAML, flow)


def test_data_that_comes_with_the_bearer_asks_the_radio_for_nothing():
    """A packet between the radio's answer and the UPF's update is no reason to set the session up again."""

    async def flow(network: Fated) -> None:
        phone = network.phone
        await phone.register()
        session = await phone.open_session()
        for _ in range(20):
            await ping(network, phone, tries=1)
        assert session.packets_down == 20
        assert network.counts["PDUSessionResourceSetupRequest"] == 1
        await phone.until_idle()
        await ping(network, phone, tries=1)
        assert network.counts["InitialContextSetupRequest"] == 2
        assert network.counts["PDUSessionResourceSetupRequest"] == 1

    on_its_own(YAML, flow)


def test_a_session_that_only_the_amf_remembers_is_no_session():
    """The core is killed when the AMF has committed a session and the SMF has not: PDU session status tells
    the phone (TS 24.501 5.6.1.4), which can then have a new one at once."""

    async def flow(network: Fated) -> None:
        phone = network.phone
        await phone.register()
        await phone.open_session()
        await phone.until_idle()
        for key in await network.store.load("sm_context"):
            await network.store.delete("sm_context", key)
        await network.restart_core()
        await asyncio.sleep(20)
        with pytest.raises(TimeoutError):
            await ping(network, phone, tries=1)
        assert list(phone.sessions) == []
        assert await ping(network, phone, tries=1) < 0.1

    on_its_own(YAML, flow)


def test_an_area_is_forbidden_until_the_phone_is_switched_off():
    """TS 24.501 5.3.13: refused with #15 in the only area there is, a phone finds no cell; switched off and
    on it tries again."""

    async def flow(network: Fated) -> None:
        phone = network.phone
        await phone.register()
        phone.context.forbidden_roaming |= {phone.tai}
        await phone.deregister()
        with pytest.raises(NoCell):
            await phone.register()
        await phone.deregister(switch_off=True)
        await recovered(network, phone)

    on_its_own(YAML, flow)

"""Phones of every profile against the real core: what the core does, and that nothing is left of them.

A bystander that behaves is there all the while, and must not notice.
"""

import asyncio
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judges.network import Network, play
from pilot5g.flow.errors import Stopped
from pilot5g.flow.timer import DEFAULTS
from pilot5g.model import PduSessionType
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.context import State, Substate
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.ran.ue.profile import BUILT_IN, HEARD, PAGING, SAID, Fault, Profile
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, UsageSetting

OTHERS = "timers: {X-INACTIVE: 12, T3512: 120, T3502: 60}\n"
NOT_TAKEN = {
    "null-integrity": GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH,
    "wrong-response": GmmCause.ILLEGAL_UE,
}
"""Profiles that the network refuses at once, with a cause that says why."""
NEVER_IN = {*NOT_TAKEN, "mac-failure", "synch-failure", "security-refused", "wrong-mac", "too-slow"}


def among(profile: str, flow, more: str = "", **options) -> None:
    """A phone of the profile and a bystander; when all have left the core holds nothing."""

    async def whole(network: Network) -> None:
        odd, bystander = network.units
        await bystander.register()
        await bystander.open_sessions()
        await flow(network, odd)
        await bystander.stack.ping(bystander.gateway, timeout=5)
        await bystander.deregister()
        await odd.close()
        await asyncio.sleep(120 + 2 * 240 + 240)  # what went without a word is deregistered implicitly

    two = f"phones: {{count: 1, profile: {profile}, groups: [{{count: 1}}]{more}}}\n"
    play(whole, OTHERS + two, **options)


async def tries(unit) -> None:
    """Register, or not, as the profile has it."""
    with contextlib.suppress(Stopped, NoCell):
        await unit.register()


@pytest.mark.parametrize("name", sorted(set(BUILT_IN) - NEVER_IN - {"voice-centric", "unprotected"}))
def test_a_phone_that_the_network_takes(name):
    """Registered, a session with traffic, idle, awake, and gone, whatever its manners."""

    async def flow(network, odd):
        await odd.register()
        await odd.phone.until_registered()
        await odd.open_sessions()
        await odd.stack.ping(odd.gateway, timeout=60)
        await asyncio.sleep(60)
        await odd.stack.ping(odd.gateway, timeout=60)
        await odd.deregister()

    async def patiently(network, odd):
        """As many times as its manners need."""
        await tries(odd)
        await asyncio.wait_for(odd.phone.until_registered(), 200)
        await flow(network, odd)

    among(name, patiently if name in ("dropping", "foreign-identity") else flow)


@pytest.mark.parametrize("name", sorted(NEVER_IN))
def test_a_phone_that_the_network_does_not_take(name):
    async def flow(network, odd):
        await tries(odd)
        await asyncio.sleep(400)
        assert not odd.registered
        told = [entry for entry in network.core.journal.entries if entry.cause]
        if name in NOT_TAKEN:
            assert any(str(int(NOT_TAKEN[name])) in entry.cause for entry in told)
        assert all(entry.reason for entry in told)

    among(name, flow)


def test_wrong_manners_are_covered():
    assert {fault.value for fault in Fault} <= set(BUILT_IN)


def test_voice_centric_leaves_a_network_without_voice_24_501_4_3_2():
    """And says why; data centric stays (above)."""

    async def flow(network, odd):
        await odd.register()
        await asyncio.sleep(20)
        assert not odd.registered
        said = next(entry for entry in network.journal.entries if entry.what == "leaves the network")
        assert "voice" in said.reason
        with pytest.raises(NoCell, match="voice"):
            await odd.register()
        await odd.phone.deregister(switch_off=True)  # N1 mode is enabled again
        await odd.register()

    among("voice-centric", flow)


@pytest.mark.parametrize("name", ["voice-centric", "data-centric"])
def test_the_usage_setting_is_told_24_501_9_11_3_55(name):
    async def flow(network, odd):
        seen = []
        receive = network.core.amf.on_message

        def on_message(association, data, stream):
            seen.append(data)
            receive(association, data, stream)

        network.core.amf.on_message = on_message
        odd.phone.context.current = None
        request = odd.phone.config.profile.usage
        assert request is (UsageSetting.VOICE_CENTRIC if name[0] == "v" else UsageSetting.DATA_CENTRIC)
        await odd.register()
        assert any(b"\x18\x01" + bytes((request,)) in data for data in seen)  # deciphered: NEA0

    among(name, flow, ", ciphering: [NEA0]")


def test_a_phone_with_priority_says_so_24_501_4_5_6():
    async def flow(network, odd):
        await odd.register()
        initial = [m for m in network.ngap if type(m).__name__ == "InitialUEMessage"]
        causes = sorted(m.rrc_establishment_cause for m in initial)
        assert causes == ["mo-Signalling", "mps-PriorityAccess"]
        await odd.deregister()

    among("priority", flow)


def test_ipv4_only_asks_for_ipv4_alone():
    async def flow(network, odd):
        await odd.register()
        await odd.open_sessions()
        assert odd.sessions[0].kind == PduSessionType.IPV4
        await odd.deregister()

    among("ipv4-only", flow, ", sessions: [{type: ipv6}]")


@pytest.mark.parametrize(("name", "pair"), [("snow-only", (1, 1)), ("no-ciphering", (2, 0))])
def test_algorithms_of_a_profile_are_chosen(name, pair):
    async def flow(network, odd):
        await odd.register()
        current = odd.phone.context.current
        assert (current.nas.integrity, current.nas.ciphering) == pair
        await odd.deregister()

    among(name, flow)


@pytest.mark.parametrize(("name", "repeated"), [("slow", False), ("too-slow", True)])
def test_a_slow_phone_is_asked_again_when_t3560_expires(name, repeated):
    """And where its own T3510 ends before its answers, it never gets in."""

    async def flow(network, odd):
        assert (odd.phone.config.profile.delay > DEFAULTS["T3560"].seconds) is repeated
        before = network.counts["DownlinkNASTransport"]
        await tries(odd)
        asked = network.counts["DownlinkNASTransport"] - before
        assert (asked > 2) is repeated  # challenge and security mode; the accept comes with the context
        assert odd.registered is not repeated
        await odd.deregister()

    among(name, flow)


def test_retransmitted_messages_change_nothing_24_501_4_4_3_2():
    """Three times each message: a protected copy fails its COUNT, a plain one repeats what was answered."""

    async def flow(network, odd):
        await odd.register()
        assert network.counts["InitialContextSetupRequest"] == 2  # with the bystander's
        await odd.open_sessions()
        assert network.counts["PDUSessionResourceSetupRequest"] == 2
        await odd.deregister()

    among("retransmitting", flow)


@pytest.mark.parametrize("cause", [3, 6, 7, 9, 11, 12, 13, 15, 22, 27, 62, 73, 95, 111])
def test_a_persistent_phone_comes_back_on_every_cause(cause):
    """Five seconds later, as if nothing had been said; the core refuses as often, and keeps nothing."""

    async def flow(network, odd):
        phone = odd.phone
        await odd.register()
        refused = []
        arrived = phone.signalling.open

        def reject(pdu):
            message = arrived(pdu)
            if isinstance(message, nas.RegistrationAccept) and len(refused) < 4:
                refused.append(cause)
                return nas.RegistrationReject(cause=GmmCause(cause), t3346_value=nas.GprsTimer(3600))
            return message

        await odd.deregister()
        type(phone.signalling).open, usual = reject_for(phone, reject), type(phone.signalling).open
        try:
            with pytest.raises(Rejected):
                await odd.register()
            await asyncio.wait_for(phone.until_registered(), 200)
        finally:
            type(phone.signalling).open = usual
        assert len(refused) == 4
        await odd.deregister()

    among("persistent", flow)


def reject_for(phone, reject):
    """`Signalling.open` that is another one for this phone."""
    usual = type(phone.signalling).open
    return lambda self, pdu: reject(pdu) if self is phone.signalling else usual(self, pdu)


def test_a_radio_lost_in_the_middle_of_security():
    """The core lets go of a phone whose radio is lost at SECURITY MODE COMMAND, and takes it the third
    time."""

    async def flow(network, odd):
        await tries(odd)
        await asyncio.wait_for(odd.phone.until_registered(), 60)
        assert network.counts["UEContextReleaseRequest"] >= 2
        await odd.deregister()

    among("dropping", flow)


def test_a_phone_deaf_to_updates_keeps_its_name_and_the_core_gives_up():
    """T3555 five times (TS 24.501 5.4.4.6 b): both 5G-GUTIs are valid then."""

    async def flow(network, odd):
        await odd.register()
        assert odd.phone.context.network_name == ""
        await asyncio.sleep(60)
        assert odd.registered
        await odd.deregister()

    among("deaf-to-updates", flow)


def test_a_phone_deaf_to_deregistration_is_gone_for_the_core():
    """T3522 five times (TS 24.501 5.5.2.3.5 a); the phone finds out when it asks for service."""

    async def flow(network, odd):
        await odd.register()
        await odd.open_sessions()
        assert await network.core.udm.withdraw(odd.phone.config.supi)
        await asyncio.sleep(60)
        assert odd.phone.context.state is State.REGISTERED
        assert len(network.core.amf.ues.by_supi) == 1  # the bystander
        with pytest.raises(Rejected) as refused:
            await odd.phone.service_request()
        assert refused.value.cause in (
            GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED,
            GmmCause.IMPLICITLY_DEREGISTERED,
        )
        await odd.phone.until_registered()  # its subscription was not taken away from the store
        await odd.phone.close()

    among("deaf-to-deregistration", flow)


def test_a_phone_deaf_to_paging_misses_its_calls_and_comes_by_itself():
    async def flow(network, odd):
        await odd.register()
        await odd.open_sessions()
        await odd.phone.until_idle()
        await odd.arm(20)
        await asyncio.sleep(60)
        assert network.counts["Paging"] >= 4  # T3513, four times
        assert odd.pagings == 0
        await odd.stack.ping(odd.gateway, timeout=5)
        await odd.deregister()

    among("deaf-to-paging", flow)


def test_a_forgetful_phone_shows_its_suci_every_time():
    async def flow(network, odd):
        for _ in range(3):
            before = network.counts["UplinkNASTransport"]
            await odd.register()
            assert network.counts["UplinkNASTransport"] - before >= 2  # it is authenticated anew
            await odd.deregister()
        await asyncio.sleep(1)

    among("forgetful", flow)


def test_an_unfinished_registration_stands_24_501_5_5_1_2_8():
    """T3550 five times, and both 5G-GUTIs name the phone."""

    async def flow(network, odd):
        await odd.register()
        await asyncio.sleep(40)
        assert odd.registered
        await odd.phone.service_request()
        await odd.deregister()

    among("unfinished", flow)


def test_messages_in_the_clear_are_not_heard_24_501_4_4_4_3():
    """What should be protected and is not is dropped: no registration complete, no session."""

    async def flow(network, odd):
        await odd.register()
        with pytest.raises(Stopped):
            await odd.open_sessions()
        await asyncio.sleep(60)

    among("unprotected", flow)


def test_a_profile_of_ones_own():
    async def flow(network, odd):
        profile = odd.phone.config.profile
        slow = BUILT_IN["slow"]
        assert profile == Profile(
            name="snail", delay=slow.delay, copies=2, spacing=0.5, faults=frozenset({Fault.GARBAGE})
        )
        await odd.register()
        await odd.open_sessions()
        await odd.deregister()

    own = ", profiles: [{name: snail, like: slow, copies: 2, spacing: 500 ms, faults: [garbage]}]"
    among("snail", flow, own)


def test_a_phone_that_stops_in_the_middle_of_being_slow():
    async def flow(network, odd):
        going = asyncio.ensure_future(tries(odd))
        await asyncio.sleep(3)
        assert odd.phone.context.state is State.REGISTERED_INITIATED
        assert odd.phone.context.substate is Substate.NONE
        await odd.close()
        await going

    among("slow", flow)


def some(names):
    return st.lists(st.sampled_from(sorted(names)), max_size=2, unique=True)


ANY_PROFILE = st.fixed_dictionaries(
    {"name": st.just("any")},
    optional={
        "like": st.sampled_from(sorted(BUILT_IN)),
        "delay": st.sampled_from([0.1, 1, 4, 7]),
        "copies": st.integers(1, 4),
        "spacing": st.sampled_from([0.1, 3, 20]),
        "persistent": st.booleans(),
        "forgetful": st.booleans(),
        "ignores": some({*HEARD, PAGING}),
        "omits": some(SAID),
        "drops_radio_at": st.sampled_from(sorted(HEARD)),
        "drops": st.integers(1, 4),
        "faults": some(fault.value for fault in Fault),
    },
)


@settings(max_examples=25, deadline=None)
@given(profile=ANY_PROFILE)
def test_a_phone_of_any_profile_leaves_nothing_behind(profile):
    """Whatever it can be made to do wrong, a bystander does not notice, and the core is rid of it."""

    async def flow(network, odd):
        for work in (odd.register, odd.open_sessions, odd.register):
            with contextlib.suppress(Stopped, NoCell, TimeoutError):
                await asyncio.wait_for(work(), 120)
            await asyncio.sleep(20)
        with contextlib.suppress(Stopped, NoCell, TimeoutError):
            await asyncio.wait_for(odd.deregister(), 120)

    among("any", flow, f", profiles: [{json.dumps(profile)}]")

"""An AMF with too much to do: refusals before anything is made, and Overload Start.

TS 24.501 5.3.9, TS 38.413 8.7.7, 8.7.8. Every octet string it sends is judged by pycrate, as in all of these
ladders.
"""

import asyncio

import msgspec
import pytest

from flows.amf.world import Phone, play, settle
from pilot5g.core.amf.admission import OverloadLimits
from pilot5g.core.amf.overload import PERIOD, TICK
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType, parse_header
from pilot5g.wire.ngap import messages as ngap

LIMITS = OverloadLimits(late=0.02, least=2, back_off=(60, 120))
CONGESTION = nas.GmmCause.CONGESTION


async def busy(looks=10):
    """The event loop has more to do than it can: each look at it comes a tenth of a second late."""
    loop = asyncio.get_running_loop()
    for _ in range(looks):
        await asyncio.sleep(TICK / 2)
        loop._jumping.now += 0.1
        await asyncio.sleep(TICK / 2)


async def overloaded(world, gnb):
    """As many under way as are let in at least, and the AMF late: the next one is too many."""
    waiting = [Phone(world, 100 + n) for n in range(LIMITS.least)]
    for phone in waiting:
        phone.begins(gnb, phone.registration())
        await phone.gets(nas.AuthenticationRequest)
    await busy()
    assert world.amf.overload.window.size == LIMITS.least
    return waiting


def refused(phone):
    """What a refused phone and its radio heard."""
    message = phone.inbox.get_nowait()
    assert message.cause == CONGESTION
    names = [type(each) for each in phone.n2]
    assert names[-2:] == [ngap.DownlinkNASTransport, ngap.UEContextReleaseCommand]
    assert phone.n2[-1].cause == ("misc", "control-processing-overload")
    assert 60 <= message.t3346_value.seconds <= 120
    return message


def test_a_new_phone_is_refused_before_anything_is_made_5_5_1_2_5():
    async def flow(world):
        gnb = await world.gnb().setup()
        await overloaded(world, gnb)
        asked, connections, stored = (
            len(world.ausf.calls),
            len(world.amf.connections),
            len(world.amf.ues.by_supi),
        )
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await settle()
        assert isinstance(refused(phone), nas.RegistrationReject)
        assert parse_header(phone.n2[-2].nas_pdu) is None  # nothing proves who it is
        assert len(world.ausf.calls) == asked
        assert len(world.amf.connections) == connections
        assert len(world.amf.ues.by_supi) == stored
        assert gnb.inbox.empty()  # the release was confirmed, and nobody wondered by whom

    play(flow, overload=LIMITS)


def test_values_of_t3346_differ():
    async def flow(world):
        gnb = await world.gnb().setup()
        await overloaded(world, gnb)
        values = set()
        for number in range(40):
            phone = Phone(world, number)
            phone.begins(gnb, phone.registration())
            await settle()
            values.add(refused(phone).t3346_value.seconds)
        assert len(values) > 1

    play(flow, overload=LIMITS)


@pytest.mark.parametrize("by_radio", [True, False])
def test_a_phone_with_keys_is_refused_under_them_and_stays_registered(by_radio):
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        await overloaded(world, gnb)
        s_tmsi = phone.guti.s_tmsi if by_radio else None
        phone.begins(gnb, phone.registration(nas.RegistrationKind.MOBILITY), s_tmsi=s_tmsi)
        await settle()
        assert isinstance(refused(phone), nas.RegistrationReject)
        assert parse_header(phone.n2[-2].nas_pdu).header_type == SecurityHeaderType.CIPHERED
        phone.begins(gnb, phone.service(), s_tmsi=phone.guti.s_tmsi)
        await settle()
        assert isinstance(refused(phone), nas.ServiceReject)
        assert world.amf.ues.by_supi[phone.supi].registered
        await asyncio.sleep(5)  # those under way have been silent for too long to count
        await phone.register(gnb, kind=nas.RegistrationKind.MOBILITY)

    play(flow, overload=LIMITS)


def test_who_only_claims_to_be_a_phone_gets_no_message_under_its_keys():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        before = world.amf.ues.by_supi[phone.supi].context.keys.nas.downlink_count
        await overloaded(world, gnb)
        rogue = Phone(world, 7)
        rogue.guti, rogue.keys = phone.guti, msgspec.structs.replace(phone.keys, knas_int=bytes(16))
        rogue.begins(gnb, rogue.service(), s_tmsi=phone.guti.s_tmsi)
        await settle()
        assert parse_header(rogue.n2[0].nas_pdu) is None
        assert world.amf.ues.by_supi[phone.supi].context.keys.nas.downlink_count == before

    play(flow, overload=LIMITS)


@pytest.mark.parametrize(
    "cause", ["emergency", "highPriorityAccess", "mt-Access", "mps-PriorityAccess", "mcs-PriorityAccess"]
)
def test_priority_accesses_are_served_5_19_5_2(cause):
    async def flow(world):
        gnb = await world.gnb().setup()
        await overloaded(world, gnb)
        phone = Phone(world)
        phone.begins(gnb, phone.registration(), cause=cause)
        await phone.authenticates()

    play(flow, overload=LIMITS)


def test_a_call_for_help_the_answer_to_a_page_and_a_farewell_are_heard_whatever_the_radio_says():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb)
        await overloaded(world, gnb)
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED), s_tmsi=phone.guti.s_tmsi)
        await phone.gets(nas.ServiceAccept)
        await phone.idles()
        stranger = Phone(world, 2)
        stranger.begins(gnb, stranger.registration(nas.RegistrationKind.EMERGENCY))
        assert (await stranger.gets(nas.RegistrationReject)).cause != CONGESTION  # but it has no such service
        leaving = nas.DeregistrationRequest(
            deregistration_type=nas.DeregistrationType(switch_off=True),
            ngksi=nas.KeySetIdentifier(phone.keys.ngksi),
            mobile_identity=phone.guti,
        )
        phone.begins(gnb, leaving, s_tmsi=phone.guti.s_tmsi)
        await settle()
        assert phone.supi not in world.amf.ues.by_supi

    play(flow, overload=LIMITS)


def test_what_has_begun_goes_on():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        challenge = await phone.gets(nas.AuthenticationRequest)
        await overloaded(world, gnb)
        other = Phone(world, 2)
        other.begins(gnb, other.registration())
        await settle()
        refused(other)
        phone.answers(challenge)
        await phone.secures()
        await phone.completes()
        assert world.amf.ues.by_supi[phone.supi].registered

    play(flow, overload=LIMITS)


def test_phones_that_are_silent_are_no_load():
    async def flow(world):
        gnb = await world.gnb().setup()
        for number in range(300):
            phone = Phone(world, 100 + number)
            phone.begins(gnb, phone.registration())
        await asyncio.sleep(1)
        assert world.amf.overload.under_way == 300
        honest = Phone(world)
        await honest.register(gnb)  # the loop is in time
        await asyncio.sleep(3)
        assert world.amf.overload.under_way == 0

    play(flow, overload=LIMITS)


def test_an_identity_of_a_refused_phone_is_nobodys():
    async def flow(world):
        gnb = await world.gnb().setup()
        await overloaded(world, gnb)
        gnb.auto = False
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await settle()
        gnb.says(
            ngap.UplinkNASTransport(**phone.ids, nas_pdu=b"late", user_location_information=gnb.location)
        )
        gnb.ask_release(phone)
        gnb.says(ngap.UEContextReleaseComplete(**phone.ids))
        await settle()
        assert gnb.inbox.empty()
        gnb.auto = True

    play(flow, overload=LIMITS)


def test_a_connection_whose_identity_a_refused_phone_takes_over_is_gone():
    async def flow(world):
        gnb = await world.gnb().setup()
        await overloaded(world, gnb)
        before = len(world.amf.connections)
        gnb.next_ran_id = 0
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        await settle()
        assert len(world.amf.connections) == before - 1

    play(flow, overload=LIMITS)


# -- radios (TS 38.413 8.7.7, 8.7.8)


async def crowd(world, gnb, count, first=1000):
    """So many phones that are refused."""
    for number in range(count):
        phone = Phone(world, first + number)
        phone.begins(gnb, phone.registration())
    await settle()


def reductions(gnb):
    """What a radio was told, in order: percent, or 0 for the end."""
    told = []
    while not gnb.inbox.empty():
        message = gnb.inbox.get_nowait()
        if isinstance(message, ngap.OverloadStart):
            assert message.amf_overload_response == ("overloadAction", "reject-rrc-cr-signalling")
            told.append(message.amf_traffic_load_reduction_indication)
        else:
            assert isinstance(message, ngap.OverloadStop), message
            told.append(0)
    return told


def test_radios_are_told_and_told_when_it_is_over():
    async def flow(world):
        gnb, other, stranger = await world.gnb().setup(), await world.gnb(2).setup(), world.gnb(3)
        await overloaded(world, gnb)
        for _ in range(4):
            await crowd(world, gnb, 40)
            await busy(PERIOD // 3)
        told = reductions(gnb)
        assert told
        assert all(1 <= percent <= 99 for percent in told)
        assert reductions(other) == told
        assert stranger.inbox.empty()
        await stranger.setup()
        assert reductions(stranger) == told[-1:]  # it comes to an AMF that is overloaded
        await asyncio.sleep(60)
        told = reductions(gnb)
        assert told[-1] == 0
        assert told == sorted(told, reverse=True)  # less and less, and Stop once
        await asyncio.sleep(600)
        assert reductions(gnb) == []
        assert any("overload is over" in str(entry) for entry in world.journal.entries)

    play(flow, overload=LIMITS)


def test_a_few_refusals_are_no_matter_for_radios():
    async def flow(world):
        gnb = await world.gnb().setup()
        await overloaded(world, gnb)
        await crowd(world, gnb, 3)
        await busy(2 * PERIOD)
        assert reductions(gnb) == []
        assert any("#22" in entry.cause for entry in world.reasons())

    play(flow, overload=LIMITS)

"""SMS, positioning and UE policies through the AMF (TS 24.501 5.4.5, TS 29.518 5.2.2.3)."""

import pytest

from flows.amf.world import Phone, World, play, settle
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.n1 import N1Class, N1Payload
from pilot5g.service.namf import TransferCause
from pilot5g.wire import nas
from pilot5g.wire.nas import PayloadContainerType as Type
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause

SMS = N1Payload(kind=N1Class.SMS, octets=b"cp-data")
LPP = N1Payload(kind=N1Class.LPP, octets=b"lpp", routing=b"\1\2")
POLICY = N1Payload(kind=N1Class.UE_POLICY, octets=b"ursp")


class User:
    """An SMSF, LMF and PCF in one."""

    def __init__(self, *kinds):
        self.kinds = frozenset(kinds or N1Class)
        self.heard, self.failed = [], []

    def notified(self, supi, payload):
        self.heard.append((supi, payload))

    def not_delivered(self, supi, payload, why):
        self.failed.append((supi, payload, why))


async def registered(world: World, *kinds, **options):
    world.amf.n1_user = User(*kinds)
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, **({"follow_on": True} | options))
    return gnb, phone, world.amf.n1_user


def up(kind, octets, routing=None):
    return nas.UlNasTransport(
        payload_container_type=kind, payload_container=octets, additional_information=routing
    )


@pytest.mark.parametrize(
    ("container", "payload"), [(Type.SMS, SMS), (Type.LPP, LPP), (Type.UE_POLICY, POLICY)]
)
def test_both_ways(container, payload):
    async def flow(world):
        _, phone, user = await registered(world)
        phone.says(up(container, payload.octets, payload.routing))
        await settle()
        assert user.heard == [(phone.supi, payload)]
        assert await world.amf.service.send_n1(phone.supi, payload) is TransferCause.INITIATED
        message = await phone.gets(nas.DlNasTransport)
        assert message.payload_container_type == container
        assert message.payload_container == payload.octets
        assert message.additional_information == payload.routing
        assert message.cause is None

    play(flow)


def test_what_nobody_serves_ends_here():
    """TS 24.501 5.4.5.2.5: nothing is answered; people are told."""

    async def flow(world):
        _, phone, user = await registered(world, N1Class.SMS)
        for kind in (Type.LPP, Type.SOR, Type.LOCATION_SERVICES, Type.MULTIPLE):
            phone.says(up(kind, b"what", b"\1"))
        await phone.hears_nothing(1)
        assert user.heard == []
        assert len([each for each in world.reasons() if "nobody in the network" in each.reason]) == 4
        world.amf.n1_user = None
        phone.says(up(Type.SMS, b"what"))
        await phone.hears_nothing(1)

    play(flow)


def test_a_positioning_message_without_its_correlation():
    async def flow(world):
        _, phone, user = await registered(world)
        phone.says(up(Type.LPP, b"lpp"))
        await phone.hears_nothing(1)
        assert user.heard == []

    play(flow)


def test_an_idle_phone_is_paged():
    async def flow(world):
        gnb, phone, _ = await registered(world)
        await phone.idles()
        assert await world.amf.service.send_n1(phone.supi, SMS) is TransferCause.ATTEMPTING_TO_REACH_UE
        await world.amf.service.send_n1(phone.supi, POLICY)
        await settle()
        assert gnb.paged == [phone.guti.s_tmsi]
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)
        assert (await phone.gets(nas.DlNasTransport)).payload_container == SMS.octets
        assert (await phone.gets(nas.DlNasTransport)).payload_container == POLICY.octets
        update = await phone.gets(nas.ConfigurationUpdateCommand)
        phone.guti = update.guti
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()

    play(flow)


def test_5_6_2_2_2_a_phone_that_does_not_answer_the_paging():
    async def flow(world):
        _, phone, user = await registered(world)
        await phone.idles()
        await world.amf.service.send_n1(phone.supi, SMS)
        await phone.hears_nothing(10)
        assert user.failed == [(phone.supi, SMS, "UE_NOT_RESPONDING")]
        world.amf.n1_user = None
        await world.amf.service.send_n1(phone.supi, SMS)
        await phone.hears_nothing(10)

    play(flow)


def test_who_cannot_be_sent_to():
    async def flow(world):
        _, phone, _ = await registered(world)
        with pytest.raises(ServiceError) as nobody:
            await world.amf.service.send_n1("imsi-001010000000099", SMS)
        assert nobody.value.problem is Problem.CONTEXT_NOT_FOUND
        await phone.idles()
        world.amf.ues.by_supi[phone.supi].reachable = False
        with pytest.raises(ServiceError) as silent:
            await world.amf.service.send_n1(phone.supi, SMS)
        assert silent.value.problem is Problem.UE_NOT_REACHABLE

    play(flow)


def test_a_radio_that_could_not_deliver_it():
    """TS 38.413 8.6.4: who sent it is told, once."""

    async def flow(world):
        gnb, phone, user = await registered(world)
        await world.amf.service.send_n1(phone.supi, SMS)
        await phone.gets(nas.DlNasTransport)
        pdu = phone.n2[-1].nas_pdu
        for octets in (pdu, pdu, b"another"):
            gnb.says(
                ngap.NASNonDeliveryIndication(
                    **phone.ids,
                    nas_pdu=octets,
                    cause=cause("radioNetwork", "radio-connection-with-ue-lost"),
                )
            )
        assert user.failed == [(phone.supi, SMS, "radioNetwork/radio-connection-with-ue-lost")]

    play(flow)


def test_a_ue_policy_message_comes_with_the_registration():
    async def flow(world):
        _, phone, user = await registered(
            world, payload_container_type=Type.UE_POLICY, payload_container=b"state"
        )
        assert user.heard == [(phone.supi, N1Payload(kind=N1Class.UE_POLICY, octets=b"state"))]

    play(flow)


@pytest.mark.parametrize(
    ("asked", "kinds", "allowed"), [(True, (), True), (False, (), False), (True, (N1Class.LPP,), False)]
)
def test_5_5_1_2_4_sms_is_allowed_where_it_is_served(asked, kinds, allowed):
    async def flow(world):
        _, phone, _ = await registered(world, *kinds, update_type=nas.UpdateType(sms_requested=asked))
        assert phone.accept.registration_result.sms_allowed is allowed

    play(flow)


def test_before_the_registration_is_accepted_nothing_is_carried():
    async def flow(world):
        world.amf.n1_user = User()
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.gets(nas.SecurityModeCommand)
        phone.says(up(Type.SMS, b"early"))
        await phone.hears_nothing(1)
        assert world.amf.n1_user.heard == []
        world.orderly = False

    play(flow)

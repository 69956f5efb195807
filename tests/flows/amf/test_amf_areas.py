"""Where a phone may be, and a subscription that changes (TS 23.501 5.3.4, TS 23.502 4.5.1)."""

import msgspec
import pytest

from flows.amf.world import OTHER_SLICE, PLMN, SLICE, TAI, Phone, World, play, settle
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Ambr, Plmn, Tai
from pilot5g.service.namf import N1N2Message, N2Sm, N2SmType
from pilot5g.service.nudm import AccessAndMobility
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap

HERE, NEXT = TAI.tac, 2


def subscribe(world: World, **data):
    """What the UDM says from now on."""
    told = AccessAndMobility(
        **({"ue_ambr": Ambr(10**9, 2 * 10**9), "default_nssai": world.udm.slices} | data)
    )

    async def access_and_mobility(supi):
        return told

    world.udm.access_and_mobility = access_and_mobility


async def registered(world: World, psis=(), **options):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, **({"follow_on": True} | options))
    for psi in psis:
        await phone.opens(psi)
    return gnb, phone


async def changed(world, phone, **data):
    subscribe(world, **data)
    await world.amf.service.subscription_changed(phone.supi)
    await settle()


# -- areas


def test_a_registration_area_over_several_tracking_areas():
    async def flow(world):
        _, phone = await registered(world)
        assert phone.accept.tai_list == (TAI, Tai(PLMN, NEXT))
        assert phone.accept.service_area_list is None

    play(flow)


def test_equivalent_plmns_are_told_to_phone_and_radio():
    async def flow(world):
        _, phone = await registered(world)
        assert phone.accept.equivalent_plmns == (Plmn("001", "02"),)
        (setup,) = [each for each in phone.n2 if isinstance(each, ngap.InitialContextSetupRequest)]
        assert len(setup.mobility_restriction_list["equivalentPLMNs"]) == 1

    play(flow, equivalent_plmns=(Plmn("001", "02"),))


def test_5_5_1_2_5_a_forbidden_area_is_12():
    async def flow(world):
        subscribe(world, forbidden_areas=(HERE,))
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == nas.GmmCause.TRACKING_AREA_NOT_ALLOWED
        assert "forbidden_areas" in world.reasons()[-1].fix
        await settle()
        assert phone.supi not in world.amf.ues.by_supi

    play(flow)


def test_a_forbidden_area_is_not_part_of_the_registration_area():
    async def flow(world):
        subscribe(world, forbidden_areas=(NEXT,))
        _, phone = await registered(world)
        assert phone.accept.tai_list == (TAI,)
        (setup,) = [each for each in phone.n2 if isinstance(each, ngap.InitialContextSetupRequest)]
        (area,) = setup.mobility_restriction_list["forbiddenAreaInformation"]
        assert area["forbiddenTACs"] == [NEXT.to_bytes(3)]
        await phone.idles()
        other = await world.gnb(2, tac=NEXT).setup()
        phone.begins(other, phone.registration(nas.RegistrationKind.MOBILITY))
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == nas.GmmCause.TRACKING_AREA_NOT_ALLOWED

    play(flow)


@pytest.mark.parametrize("allowed", [True, False])
def test_5_3_5_2_a_non_allowed_area_has_registration_and_no_service(allowed):
    async def flow(world):
        subscribe(world, service_areas=(NEXT if allowed else HERE,), areas_allowed=allowed)
        gnb, phone = await registered(world)
        listed = phone.accept.service_area_list
        assert listed.restricts(TAI)
        assert not listed.restricts(Tai(PLMN, NEXT))
        (setup,) = [each for each in phone.n2 if isinstance(each, ngap.InitialContextSetupRequest)]
        assert "serviceAreaInformation" in setup.mobility_restriction_list
        phone.says(phone.session(1))
        back = await phone.gets(nas.DlNasTransport)
        assert back.cause == nas.GmmCause.RESTRICTED_SERVICE_AREA
        await phone.idles()
        phone.begins(gnb, phone.service())
        reject = await phone.gets(nas.ServiceReject)
        assert reject.cause == nas.GmmCause.RESTRICTED_SERVICE_AREA
        assert "tracking area 1" in world.reasons()[-1].reason
        await settle()
        for kind in (nas.ServiceType.HIGH_PRIORITY, nas.ServiceType.MOBILE_TERMINATED):
            phone.begins(gnb, phone.service(kind))
            await phone.gets(nas.ServiceAccept)
            if kind is nas.ServiceType.MOBILE_TERMINATED:
                update = await phone.gets(nas.ConfigurationUpdateCommand)
                phone.guti = update.guti
                phone.says(nas.ConfigurationUpdateComplete())
            await phone.idles()

    play(flow)


def test_user_planes_do_not_come_back_in_a_non_allowed_area():
    """5.5.1.3.4: the reactivation result says so, with #28; and no SMF can have the phone paged."""

    async def flow(world):
        subscribe(world, service_areas=(HERE,))
        gnb, phone = await registered(world, (1,))
        await phone.idles()
        other = await world.gnb(2, tac=NEXT).setup()
        request = phone.registration(
            nas.RegistrationKind.MOBILITY,
            uplink_data_status=frozenset({1}),
            pdu_session_status=frozenset({1}),
        )
        phone.begins(other, request)
        accept = await phone.completes()
        assert accept.pdu_session_reactivation_result == {1}
        (error,) = accept.pdu_session_reactivation_result_error_cause
        assert error.cause == nas.GmmCause.RESTRICTED_SERVICE_AREA
        wanted = N1N2Message(pdu_session_id=1, n2=N2Sm(N2SmType.PDU_RES_SETUP_REQ, b"\0"))
        with pytest.raises(ServiceError) as refused:
            await world.amf.service.transfer(phone.supi, wanted)
        assert refused.value.problem is Problem.UE_IN_NON_ALLOWED_AREA
        phone.begins(
            gnb, phone.registration(nas.RegistrationKind.MOBILITY, uplink_data_status=frozenset({1}))
        )
        await phone.completes()
        assert phone.planes == {1}

    play(flow)


# -- a subscription that changes


def test_new_areas_are_told_at_once():
    async def flow(world):
        _, phone = await registered(world)
        await changed(world, phone, service_areas=(HERE,))
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        assert command.configuration_update_indication.acknowledgement
        assert command.service_area_list == nas.ServiceAreaList(tais=(TAI,))
        assert command.allowed_nssai is None
        assert command.guti is None
        phone.says(nas.ConfigurationUpdateComplete())
        await changed(world, phone, service_areas=(HERE,))  # the same again is no news
        await phone.hears_nothing(1)

    play(flow)


def test_new_slices_are_told_at_once():
    async def flow(world):
        _, phone = await registered(world)
        await changed(world, phone, default_nssai=(SLICE, OTHER_SLICE))
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        assert command.configured_nssai == (SLICE, OTHER_SLICE)
        assert not command.configuration_update_indication.registration
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()

    play(flow)


def test_a_slice_that_is_lost_takes_its_sessions_and_asks_for_a_registration():
    """TS 24.501 5.4.4.2, 5.4.4.3."""

    async def flow(world):
        world.udm.slices = (SLICE, OTHER_SLICE)
        gnb, phone = await registered(world, (1,), requested_nssai=(SLICE, OTHER_SLICE))
        await changed(world, phone, default_nssai=(OTHER_SLICE,))
        assert world.smf.sessions == {}
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        assert command.allowed_nssai == (OTHER_SLICE,)
        assert command.configuration_update_indication.registration
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()
        assert phone.gnb is None
        request = phone.registration(
            nas.RegistrationKind.MOBILITY, pdu_session_status=frozenset({1}), requested_nssai=(OTHER_SLICE,)
        )
        phone.begins(gnb, request)
        assert (await phone.completes()).pdu_session_status == frozenset()

    play(flow)


def test_an_idle_phone_is_paged_for_what_it_must_know():
    async def flow(world):
        gnb, phone = await registered(world)
        await phone.idles()
        await changed(world, phone, service_areas=(HERE,))
        assert gnb.paged == [phone.guti.s_tmsi]
        phone.begins(gnb, phone.service(nas.ServiceType.MOBILE_TERMINATED))
        await phone.gets(nas.ServiceAccept)
        told = await phone.gets(nas.ConfigurationUpdateCommand)
        assert told.service_area_list is not None
        phone.says(nas.ConfigurationUpdateComplete())
        update = await phone.gets(nas.ConfigurationUpdateCommand)
        phone.guti = update.guti
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()

    play(flow)


def test_other_rates_go_to_the_radio_alone():
    async def flow(world):
        _, phone = await registered(world)
        await changed(world, phone, ue_ambr=Ambr(5, 6))
        (request,) = [each for each in phone.n2 if isinstance(each, ngap.UEContextModificationRequest)]
        assert request.security_key is None
        assert request.ue_aggregate_maximum_bit_rate == {
            "uEAggregateMaximumBitRateDL": 6,
            "uEAggregateMaximumBitRateUL": 5,
        }
        await phone.hears_nothing(1)
        phone.gnb.says(ngap.UEContextModificationResponse(**phone.ids))
        await settle()

    play(flow)


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        ({"forbidden_areas": (HERE,)}, nas.GmmCause.TRACKING_AREA_NOT_ALLOWED),
        ({"default_nssai": ()}, nas.GmmCause.NO_NETWORK_SLICES_AVAILABLE),
    ],
)
def test_a_phone_that_may_not_stay_is_deregistered_with_the_cause(data, cause):
    """TS 23.502 4.2.2.3.3, TS 24.501 5.5.2.3.2."""

    async def flow(world):
        _, phone = await registered(world, (1,))
        await changed(world, phone, **data)
        request = await phone.gets(nas.DeregistrationRequestNetwork)
        assert request.cause == cause
        assert not request.deregistration_type.re_registration_required
        phone.says(nas.DeregistrationAcceptNetwork())
        await settle()
        assert phone.supi not in world.amf.ues.by_supi
        assert world.reasons()[-1].fix

    play(flow)


def test_a_udm_that_cannot_say_changes_nothing():
    async def flow(world):
        _, phone = await registered(world)

        async def fails(supi):
            raise ServiceError(Problem.SYSTEM_FAILURE, "as ordered")

        world.udm.access_and_mobility = fails
        before = msgspec.structs.asdict(world.amf.ues.by_supi[phone.supi].context)
        await world.amf.service.subscription_changed(phone.supi)
        await world.amf.service.subscription_changed("imsi-001010000000077")  # of nobody
        await settle()
        assert msgspec.structs.asdict(world.amf.ues.by_supi[phone.supi].context) == before

    play(flow)


def test_a_change_in_the_middle_of_a_registration_comes_after_it():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        phone.request = phone.registration(follow_on=True)
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        await phone.gets(nas.RegistrationAccept)
        await changed(world, phone, service_areas=(HERE,))
        await phone.hears_nothing(1)
        phone.says(nas.RegistrationComplete())
        command = await phone.gets(nas.ConfigurationUpdateCommand)
        assert command.service_area_list is not None
        phone.says(nas.ConfigurationUpdateComplete())
        await settle()

    play(flow)

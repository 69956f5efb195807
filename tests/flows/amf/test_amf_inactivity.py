"""RRC_INACTIVE at the AMF (TS 23.501 5.3.3.2.5, 5.4.6.2, TS 38.413 8.3.4, 8.3.5)."""

import pytest

from flows.amf.world import TAI, Phone, play, settle
from pilot5g.core.amf import inactivity
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.nradio import InactivityReport
from pilot5g.wire.nas.ies.timers import GPRS_TIMER_3
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import tai_to


async def connected(world, **more):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True, **more)
    return gnb, phone


def test_radios_are_told_what_they_need():
    """TS 38.413 9.3.1.15: the paging identity, T3512, the registration area."""

    async def flow(world):
        gnb, phone = await connected(world)
        await phone.idles()
        phone.begins(gnb, phone.service())
        await settle()
        setup = [each for each in phone.n2 if isinstance(each, ngap.InitialContextSetupRequest)][-1]
        told = setup.core_network_assistance_information_for_inactive
        assert told["uEIdentityIndexValue"] == ("indexLength10", (phone.guti.tmsi & 0x3FF, 10))
        octet, bits = told["periodicRegistrationUpdateTimer"]
        seconds = GPRS_TIMER_3.decode(bytes((octet,))).seconds
        assert (seconds, bits) == (phone.accept.t3512_value.seconds, 8)
        assert {"tAI": tai_to(TAI)} in told["tAIListForInactive"]
        assert len(told["tAIListForInactive"]) == 2

    play(flow, rrc_inactive=True)


def test_nothing_is_told_where_nobody_asked_for_it():
    async def flow(world):
        _, phone = await connected(world)
        for each in phone.n2:
            assert getattr(each, "core_network_assistance_information_for_inactive", None) is None

    play(flow)


def test_8_3_5_the_amf_is_told_of_transitions():
    async def flow(world):
        gnb, phone = await connected(world)
        inactivity.watch(world.amf, phone.supi, InactivityReport.EVERY)
        await settle()
        request = phone.n2[-1]
        assert request.rrc_inactive_transition_report_request == "subsequent-state-transition-report"
        line = world.amf.ues.by_supi[phone.supi].line()
        gnb.says(ngap.UEContextModificationResponse(**phone.ids, rrc_state="connected"))
        assert not line.inactive
        for state in ("inactive", "connected"):
            gnb.says(
                ngap.RRCInactiveTransitionReport(
                    **phone.ids, rrc_state=state, user_location_information=gnb.location
                )
            )
            assert line.inactive is (state == "inactive")
        await phone.idles()
        for supi, problem in ((phone.supi, Problem.UE_NOT_REACHABLE), ("imsi-1", Problem.CONTEXT_NOT_FOUND)):
            with pytest.raises(ServiceError) as refused:
                inactivity.watch(world.amf, supi, InactivityReport.EVERY)
            assert refused.value.problem is problem

    play(flow)

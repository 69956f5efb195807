"""Radio capabilities, by octets and by identity, and voice (TS 38.413 8.3.9, 8.14)."""

import pytest

from flows.amf.world import Phone, play, settle
from pilot5g.core.amf import capabilities
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import nssai_to, s_tmsi_to

MODEL, OCTETS = b"\x01\x23", b"what it can do"


async def connected(world, **more):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True, **more)
    return gnb, phone


def setups(phone):
    return [each for each in phone.n2 if isinstance(each, ngap.InitialContextSetupRequest)]


def test_8_14_1_told_once_kept_and_given_back():
    async def flow(world):
        gnb, phone = await connected(world)
        assert setups(phone)[-1].ue_radio_capability is None
        gnb.says(ngap.UERadioCapabilityInfoIndication(**phone.ids, ue_radio_capability=OCTETS))
        await phone.idles()
        phone.begins(gnb, phone.service())
        await settle()
        assert setups(phone)[-1].ue_radio_capability == OCTETS

    play(flow)


def test_8_14_3_a_radio_asks_what_an_identity_stands_for():
    """What the first phone of a model told, the next one's radio gets with its context."""

    async def flow(world):
        gnb, phone = await connected(world, ue_radio_capability_id=MODEL)
        asked = ngap.UERadioCapabilityIDMappingRequest(ue_radio_capability_id=MODEL)
        gnb.says(asked)
        assert (await gnb.gets(ngap.ErrorIndication)).cause == ("protocol", "semantic-error")
        gnb.says(ngap.UERadioCapabilityInfoIndication(**phone.ids, ue_radio_capability=OCTETS))
        gnb.says(asked)
        answer = await gnb.gets(ngap.UERadioCapabilityIDMappingResponse)
        assert (answer.ue_radio_capability_id, answer.ue_radio_capability) == (MODEL, OCTETS)
        other = Phone(world, 2)
        await other.register(gnb, follow_on=True, ue_radio_capability_id=MODEL)
        assert setups(other)[-1].ue_radio_capability == OCTETS
        gnb.says(ngap.UERadioCapabilityInfoIndication(**other.ids, ue_radio_capability=b"something else"))
        gnb.says(asked)
        answer = await gnb.gets(ngap.UERadioCapabilityIDMappingResponse)
        assert answer.ue_radio_capability == OCTETS

    play(flow)


def test_identities_are_not_kept_without_bound():
    known = capabilities.Capabilities()
    for number in range(capabilities.MOST + 2):
        known.learn(number.to_bytes(2, "big"), b"x")
        known.of(b"\0\0")
    assert known.of(b"\0\0") == b"x"
    assert known.of(b"\0\1") is None
    assert known.of(b"\0\3") == b"x"


@pytest.mark.parametrize("said", ["supported", "not-supported"])
def test_8_14_2_capability_for_voice(said):
    async def flow(world):
        gnb, phone = await connected(world)
        gnb.says(ngap.UERadioCapabilityInfoIndication(**phone.ids, ue_radio_capability=OCTETS))
        capabilities.check_voice(world.amf, phone.supi)
        await settle()
        assert phone.n2[-1].ue_radio_capability == OCTETS
        gnb.says(ngap.UERadioCapabilityCheckResponse(**phone.ids, ims_voice_support_indicator=said))
        assert world.amf.ues.by_supi[phone.supi].context.voice_match is (said == "supported")
        await phone.idles()
        for supi, problem in ((phone.supi, Problem.UE_NOT_REACHABLE), ("imsi-1", Problem.CONTEXT_NOT_FOUND)):
            with pytest.raises(ServiceError) as refused:
                capabilities.check_voice(world.amf, supi)
            assert refused.value.problem is problem

    play(flow)


def test_8_3_9_what_is_known_of_a_phone_before_it_connects():
    async def flow(world):
        gnb, phone = await connected(world)
        gnb.says(ngap.UERadioCapabilityInfoIndication(**phone.ids, ue_radio_capability=OCTETS))
        known = s_tmsi_to(phone.guti.s_tmsi)
        gnb.says(ngap.RetrieveUEInformation(five_g_s_tmsi=known))
        told = await gnb.gets(ngap.UEInformationTransfer)
        assert told.ue_radio_capability == OCTETS
        assert told.allowed_nssai == nssai_to(world.amf.ues.by_supi[phone.supi].context.allowed_nssai)
        stranger = {**known, "fiveG-TMSI": b"\xde\xad\xbe\xef"}
        gnb.says(ngap.RetrieveUEInformation(five_g_s_tmsi=stranger))
        told = await gnb.gets(ngap.UEInformationTransfer)
        assert told == ngap.UEInformationTransfer(five_g_s_tmsi=stranger)

    play(flow)

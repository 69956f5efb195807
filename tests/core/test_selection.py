"""NSSF, NRF and PCF: which slices, which function, how fast."""

import pytest

from pilot5g.core.nrf import Nrf
from pilot5g.core.nssf import Nssf
from pilot5g.core.pcf import Pcf
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.errors import ServiceError
from pilot5g.model import Ambr, PduSessionType, Plmn, Qos, Snssai, Tai, supi
from pilot5g.service.nnrf import NfProfile, NfType
from pilot5g.service.nnssf import RejectedCause, SliceSelection
from pilot5g.service.npcf import SmPolicyContext

HOME = Plmn("001", "01")
HERE, THERE = Tai(HOME, 1), Tai(HOME, 2)
EMBB, VIDEO, IOT, FOREIGN = Snssai(1), Snssai(1, 0x010203), Snssai(3), Snssai(99)
NSSF = Nssf({HERE: frozenset({EMBB, VIDEO}), THERE: frozenset({EMBB, VIDEO, IOT})})


@pytest.mark.parametrize(
    ("requested", "tai", "expected"),
    [
        ((), HERE, SliceSelection((EMBB,), (EMBB, VIDEO, IOT))),
        ((VIDEO,), HERE, SliceSelection((VIDEO,), (EMBB, VIDEO, IOT))),
        ((Snssai(1, 0xFFFFFF),), HERE, SliceSelection((EMBB,), (EMBB, VIDEO, IOT))),
        (
            (VIDEO, IOT, FOREIGN),
            HERE,
            SliceSelection(
                (VIDEO,),
                (EMBB, VIDEO, IOT),
                (
                    (IOT, RejectedCause.NOT_AVAILABLE_IN_REGISTRATION_AREA),
                    (FOREIGN, RejectedCause.NOT_AVAILABLE_IN_PLMN),
                ),
            ),
        ),
        ((IOT,), THERE, SliceSelection((IOT,), (EMBB, VIDEO, IOT))),
        ((), Tai(HOME, 9), SliceSelection((), (EMBB, VIDEO, IOT))),
    ],
)
def test_slice_selection(requested, tai, expected):
    """TS 23.501 5.15.5.2.1; SD absent and FFFFFF are one slice."""

    async def flow():
        assert await NSSF.select(requested, (EMBB, VIDEO, IOT), (EMBB,), tai) == expected

    run_virtual(flow())


def test_discovery_filters_and_orders():
    async def flow():
        nrf = Nrf()
        slow = NfProfile(instance_id="smf-2", nf_type=NfType.SMF, priority=1)
        good = NfProfile(instance_id="smf-1", nf_type=NfType.SMF)
        video = NfProfile(instance_id="smf-3", nf_type=NfType.SMF, slices=(VIDEO,), dnns=("video",))
        for profile in (slow, good, video, NfProfile(instance_id="upf", nf_type=NfType.UPF)):
            await nrf.register(profile)
        assert await nrf.discover(NfType.SMF, EMBB, "internet") == (good, slow)
        assert await nrf.discover(NfType.SMF, VIDEO, "video") == (good, video, slow)
        await nrf.deregister("smf-1")
        assert await nrf.discover(NfType.SMF, IOT) == (slow,)
        with pytest.raises(ServiceError):
            await nrf.deregister("smf-1")

    run_virtual(flow())


def test_policy_grants_the_lesser_of_subscription_and_limit_and_is_ended_once():
    async def flow():
        pcf = Pcf({"internet": Ambr(10, 1000)}, ue_limit=Ambr(500, 500))
        context = SmPolicyContext(
            supi=supi("001010000000001"),
            pdu_session_id=1,
            dnn="internet",
            snssai=EMBB,
            pdu_session_type=PduSessionType.IPV4,
            subscribed_ambr=Ambr(100, 100),
            subscribed_qos=Qos(7),
        )
        decision = await pcf.create_sm_policy(context)
        assert decision.session_ambr == Ambr(10, 100)
        assert decision.qos == Qos(7)
        policy = await pcf.create_am_policy(context.supi, Ambr(1000, 100))
        assert policy.ue_ambr == Ambr(500, 100)
        await pcf.delete_sm_policy(decision.association_id)
        await pcf.delete_am_policy(policy.association_id)
        assert pcf.leftovers() == []
        with pytest.raises(ServiceError):
            await pcf.delete_am_policy(policy.association_id)

    run_virtual(flow())

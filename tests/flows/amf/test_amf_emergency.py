"""Emergency registration, sessions and services (TS 23.501 5.16.4, TS 24.501 5.5.1.2.6, TS 33.501 10.2)."""

import msgspec
import pytest

from flows.amf.world import SLICE, Phone, World, play, settle
from pilot5g.core.amf.emergency import Emergency
from pilot5g.core.amf.refusal import kind_of
from pilot5g.flow.errors import Problem
from pilot5g.model import Ambr, Plmn
from pilot5g.service.nnrf import NfProfile, NfType
from pilot5g.service.nudm import AccessAndMobility
from pilot5g.wire import nas
from pilot5g.wire.nas.security import NasSecurity, SecurityHeaderType, parse_header
from pilot5g.wire.ngap import messages as ngap

FOR_SUBSCRIBERS = Emergency(dnn="sos", snssai=SLICE, numbers=("112", "911"))
FOR_ANYBODY = Emergency(dnn="sos", snssai=SLICE, anybody=True)
KIND = nas.RegistrationKind.EMERGENCY
PEI = nas.Imeisv("4370816125816151")


class Stranger(Phone):
    """A phone that takes null algorithms, as one in need does."""

    def hears(self, pdu):
        secured = parse_header(pdu)
        if secured is not None and secured.header_type == SecurityHeaderType.NEW_CONTEXT:
            command = nas.decode(secured.payload)
            if command.selected_nas_security_algorithms.integrity == 0:
                self.keys = NasSecurity(
                    ngksi=command.ngksi.value,
                    knas_enc=bytes(16),
                    knas_int=bytes(16),
                    ciphering=0,
                    integrity=0,
                )
                self.keys.unprotect(pdu, uplink=False)
                self.secure = True
                self.inbox.put_nowait(command)
                return
        super().hears(pdu)

    def emergency(self, identity=None):
        return nas.RegistrationRequest(
            registration_type=nas.RegistrationType(KIND, True),
            ngksi=nas.KeySetIdentifier(7),
            mobile_identity=identity or self.suci,
            gmm_capability=nas.GmmCapability(b"\x00"),
            ue_security_capability=self.capability,
        )


async def serve(world: World):
    """An SMF for the emergency DNN too."""
    profile = NfProfile(instance_id="smf-1", nf_type=NfType.SMF, slices=(SLICE,), dnns=("internet", "sos"))
    await world.nrf.register(profile)
    return await world.gnb().setup()


def help_wanted(phone, psi=1, kind=nas.RequestType.INITIAL_EMERGENCY):
    return nas.UlNasTransport(
        payload_container_type=nas.PayloadContainerType.N1_SM,
        payload_container=b"establish",
        pdu_session_id=psi,
        request_type=kind,
    )


@pytest.mark.parametrize(
    ("emergency", "identity", "cause"),
    [
        (None, None, nas.GmmCause.PROTOCOL_ERROR),
        (None, PEI, nas.GmmCause.PEI_NOT_ACCEPTED),
        (FOR_SUBSCRIBERS, PEI, nas.GmmCause.PEI_NOT_ACCEPTED),
    ],
)
def test_5_5_1_2_6_refused_where_there_is_none_for_it(emergency, identity, cause):
    async def flow(world):
        gnb = await serve(world)
        phone = Stranger(world)
        phone.begins(gnb, phone.emergency(identity))
        reject = await phone.gets(nas.RegistrationReject)
        assert reject.cause == cause
        assert world.reasons()[-1].fix
        await settle()

    play(flow, emergency=emergency)


def test_a_subscriber_is_authenticated_and_needs_no_subscription():
    async def flow(world):
        gnb = await serve(world)

        async def nothing(supi):
            raise AssertionError("the UDM is not asked")

        world.udm.access_and_mobility = nothing
        phone = Stranger(world)
        phone.request = phone.emergency()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        accept = await phone.completes()
        assert accept.registration_result.emergency
        assert accept.allowed_nssai is None
        assert accept.network_feature_support.emergency_services == 1
        assert accept.emergency_number_list == bytes.fromhex("031f11f2 031f19f1")
        context = world.amf.ues.by_supi[phone.supi].context
        assert context.emergency
        assert context.keys.nas.integrity == 2
        phone.says(help_wanted(phone))
        assert (await phone.gets(nas.DlNasTransport)).payload_container == b"accept"
        (kind, create) = world.smf.calls[0]
        assert kind == "create"
        assert (create.dnn, create.snssai, create.emergency) == ("sos", SLICE, True)

    play(flow, emergency=FOR_SUBSCRIBERS)


def test_registered_for_emergencies_only_has_no_other_sessions():
    async def flow(world):
        gnb = await serve(world)
        phone = Stranger(world)
        phone.request = phone.emergency()
        phone.begins(gnb, phone.request)
        await phone.authenticates()
        await phone.secures()
        await phone.completes()
        phone.says(phone.session(2))
        back = await phone.gets(nas.DlNasTransport)
        assert back.cause == nas.GmmCause.PAYLOAD_WAS_NOT_FORWARDED
        assert "emergency services only" in world.reasons()[-1].reason
        await phone.idles()
        await phone.register(gnb, follow_on=True)  # with its subscription now, by the same keys
        assert not world.amf.ues.by_supi[phone.supi].context.emergency
        assert phone.accept.allowed_nssai == (SLICE,)

    play(flow, emergency=FOR_SUBSCRIBERS)


@pytest.mark.parametrize("how", ["no SIM", "unknown", "wrong key", "foreign", "silent home"])
def test_anybody_is_let_in_without_protection(how):
    """TS 33.501 10.2.2: NIA0 and NEA0 for phone and radio, and a name that is nobody's."""

    async def flow(world):
        gnb = await serve(world)
        phone = Stranger(world, key=b"wrong" if how == "wrong key" else None)
        identity = PEI if how == "no SIM" else None
        if how == "unknown":
            world.ausf.keys.clear()
        if how == "foreign":
            identity = msgspec.structs.replace(phone.suci, plmn=Plmn("999", "70"))
        if how == "silent home":
            world.ausf.problem = Problem.SYSTEM_FAILURE
        phone.request = phone.emergency(identity)
        phone.begins(gnb, phone.request)
        if how == "wrong key":
            await phone.authenticates()
        command = await phone.secures()
        assert command.selected_nas_security_algorithms == nas.SecurityAlgorithms(0, 0)
        accept = await phone.completes()
        assert accept.registration_result.emergency
        (name,) = world.amf.ues.by_supi
        assert name.startswith("imei-")
        assert (name == f"imei-{PEI.digits}") is (how == "no SIM")
        (setup,) = [each for each in phone.n2 if isinstance(each, ngap.InitialContextSetupRequest)]
        assert setup.ue_security_capabilities["nRintegrityProtectionAlgorithms"] == (0, 16)
        phone.says(help_wanted(phone))
        assert (await phone.gets(nas.DlNasTransport)).payload_container == b"accept"
        assert phone.planes == {1}

    play(flow, emergency=FOR_ANYBODY)


def test_who_is_registered_is_not_disturbed_by_somebody_in_its_name():
    """A call for help with another's SUCI and a wrong key takes nothing from that one."""

    async def flow(world):
        gnb = await serve(world)
        victim = Phone(world)
        await victim.register(gnb, follow_on=True)
        await victim.opens(1)
        other = Stranger(world)
        other.request = other.emergency()
        other.begins(gnb, other.request)
        await other.authenticates(key=b"wrong")
        await other.secures()
        await other.completes()
        assert world.amf.ues.by_supi[victim.supi].connected
        assert victim.planes == {1}
        victim.says(victim.session(2))
        await victim.gets(nas.DlNasTransport)

    play(flow, emergency=FOR_ANYBODY)


def test_null_keys_prove_nothing_to_a_normal_registration():
    async def flow(world):
        gnb = await serve(world)
        phone = Stranger(world)
        phone.request = phone.emergency(PEI)
        phone.begins(gnb, phone.request)
        await phone.secures()
        await phone.completes()
        await phone.idles()
        phone.request = phone.registration(follow_on=True)
        phone.begins(gnb, phone.request)
        await phone.gets(nas.IdentityRequest)
        world.orderly = False

    play(flow, emergency=FOR_ANYBODY)


def test_a_registered_phone_calls_for_help_wherever_it_is():
    """No area restriction holds (TS 24.501 5.3.5.2)."""

    async def flow(world):
        async def elsewhere(supi):
            return AccessAndMobility(Ambr(1, 1), (SLICE,), service_areas=(99,))

        world.udm.access_and_mobility = elsewhere
        gnb = await serve(world)
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        phone.says(phone.session(1))
        assert (await phone.gets(nas.DlNasTransport)).cause == nas.GmmCause.RESTRICTED_SERVICE_AREA
        phone.says(help_wanted(phone, 2))
        assert (await phone.gets(nas.DlNasTransport)).payload_container == b"accept"
        await phone.idles()
        phone.begins(gnb, phone.service(nas.ServiceType.EMERGENCY))
        await phone.gets(nas.ServiceAccept)

    play(flow, emergency=FOR_SUBSCRIBERS)


@pytest.mark.parametrize("emergency", [None, FOR_SUBSCRIBERS])
def test_5_6_1_5_there_is_nothing_to_fall_back_to(emergency):
    async def flow(world):
        gnb = await serve(world)
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        await phone.idles()
        phone.begins(gnb, phone.service(nas.ServiceType.EMERGENCY_FALLBACK))
        assert (await phone.gets(nas.ServiceReject)).cause == nas.GmmCause.PROTOCOL_ERROR
        await settle()

    play(flow, emergency=emergency)


def test_an_emergency_session_that_is_not_there():
    async def flow(world):
        gnb = await serve(world)
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        phone.says(help_wanted(phone, 3, nas.RequestType.EXISTING_EMERGENCY))
        back = await phone.gets(nas.DlNasTransport)
        assert back.cause == nas.GmmCause.PAYLOAD_WAS_NOT_FORWARDED
        phone.says(help_wanted(phone, 3))
        await phone.gets(nas.DlNasTransport)
        phone.says(help_wanted(phone, 3, nas.RequestType.EXISTING_EMERGENCY))
        await settle()
        assert world.smf.calls[-1][0] == "update"

    play(flow, emergency=FOR_SUBSCRIBERS)


def test_in_an_overload_calls_for_help_are_heard():
    """5.3.9."""
    phone = Stranger.__new__(Stranger)
    phone.capability, phone.msin = nas.UeSecurityCapability.of([0], [0]), "0000000001"
    assert kind_of(nas.encode(phone.emergency())) is None

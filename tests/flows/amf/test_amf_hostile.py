"""Bad input on N1 and N2: what is answered, and what it costs (TS 38.413 10, TS 24.501 4.4.4, 7)."""

import asyncio
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.amf.world import PLMN, SLICE, TAI, Phone, drain, play, settle
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, plmn_to, s_tmsi_to, tai_to

Cause = nas.GmmCause


async def registered(world, number=1):
    gnb = world.gnbs[0] if world.gnbs else await world.gnb().setup()
    phone = Phone(world, number)
    await phone.register(gnb, follow_on=True)
    return gnb, phone


# -- N2


def test_octets_that_are_no_ngap_are_a_transfer_syntax_error():
    """TS 38.413 10.2."""

    async def flow(world):
        gnb, _ = await registered(world)
        gnb.octets(b"\xff\xff\xff")
        error = await gnb.gets(ngap.ErrorIndication)
        assert error.cause == ("protocol", "transfer-syntax-error")

    play(flow)


def test_an_unknown_procedure_is_rejected():
    """TS 38.413 10.3.4.1."""

    async def flow(world):
        gnb, _ = await registered(world)
        gnb.octets(bytes.fromhex("00f9000400000000"))
        error = await gnb.gets(ngap.ErrorIndication)
        assert error.cause == ("protocol", "abstract-syntax-error-reject")
        assert error.criticality_diagnostics["procedureCode"] == 0xF9
        gnb.octets(bytes.fromhex("00f9400400000000"))
        await settle()
        assert gnb.inbox.empty()

    play(flow)


def test_a_procedure_the_amf_does_not_have_is_as_good_as_unknown():
    async def flow(world):
        gnb, phone = await registered(world)
        gnb.says(
            ngap.RANCPRelocationIndication(
                ran_ue_ngap_id=77,
                five_g_s_tmsi=s_tmsi_to(phone.guti.s_tmsi),
                eutra_cgi={"pLMNIdentity": plmn_to(PLMN), "eUTRACellIdentity": (1, 28)},
                tai=tai_to(TAI),
                ul_cp_security_information={"ul-NAS-MAC": (1, 16), "ul-NAS-Count": (1, 5)},
            )
        )
        error = await gnb.gets(ngap.ErrorIndication)
        assert error.cause == ("protocol", "abstract-syntax-error-reject")
        assert phone.gnb is gnb

    play(flow)


def test_a_setup_request_without_its_areas_fails():
    """TS 38.413 10.3.5: a mandatory IE of criticality reject is missing."""

    async def flow(world):
        gnb = world.gnb()
        octets = codec.encode(gnb.setup_request())
        at = octets.index(bytes.fromhex("006600"))  # id-SupportedTAList, reject
        size = octets[at + 3]
        cut = octets[:at] + octets[at + 4 + size :]
        cut = cut[:3] + bytes((cut[3] - 4 - size,)) + cut[4:]
        cut = cut[:6] + bytes((cut[6] - 1,)) + cut[7:]
        gnb.octets(cut)
        failure = await gnb.gets(ngap.NGSetupFailure)
        assert failure.cause == ("protocol", "abstract-syntax-error-reject")
        (missing,) = failure.criticality_diagnostics["iEsCriticalityDiagnostics"]
        assert missing == {"iECriticality": "reject", "iE-ID": 102, "typeOfError": "missing"}

    play(flow)


def test_a_node_that_is_no_gnb_is_refused():
    async def flow(world):
        gnb = world.gnb()
        request = gnb.setup_request()
        n3iwf = {
            "pLMNIdentity": b"\x00\xf1\x10",
            "n3IWF-ID": ("n3IWF-ID", (1, 16)),
        }
        gnb.says(
            ngap.NGSetupRequest(
                global_ran_node_id=("globalN3IWF-ID", n3iwf),
                supported_ta_list=request.supported_ta_list,
                default_paging_drx="v32",
            )
        )
        assert (await gnb.gets(ngap.NGSetupFailure)).cause == ("protocol", "semantic-error")

    play(flow)


def test_unknown_and_inconsistent_ue_identities():
    """TS 38.413 10.6."""

    async def flow(world):
        gnb, phone = await registered(world)
        message = ngap.UplinkNASTransport(
            amf_ue_ngap_id=999,
            ran_ue_ngap_id=998,
            nas_pdu=b"~\0\x67",
            user_location_information=gnb.location,
        )
        gnb.says(message)
        error = await gnb.gets(ngap.ErrorIndication)
        assert error.cause == ("radioNetwork", "unknown-local-UE-NGAP-ID")
        assert (error.amf_ue_ngap_id, error.ran_ue_ngap_id) == (999, 998)
        gnb.says(
            ngap.UplinkNASTransport(
                amf_ue_ngap_id=phone.amf_id,
                ran_ue_ngap_id=998,
                nas_pdu=b"~\0\x67",
                user_location_information=gnb.location,
            )
        )
        error = await gnb.gets(ngap.ErrorIndication)
        assert error.cause == ("radioNetwork", "inconsistent-remote-UE-NGAP-ID")
        assert not world.amf.connections
        assert world.amf.ues.by_supi[phone.supi].registered
        gnb.says(ngap.UEContextReleaseComplete(amf_ue_ngap_id=999, ran_ue_ngap_id=998))
        await settle()
        assert gnb.inbox.empty()

    play(flow)


def test_another_radios_connection_cannot_be_touched():
    async def flow(world):
        _, phone = await registered(world)
        other = await world.gnb(2).setup()
        other.says(ngap.UEContextReleaseRequest(**phone.ids, cause=cause("misc", "unspecified")))
        await other.gets(ngap.ErrorIndication)
        other.says(ngap.NGReset(cause=cause("misc", "unspecified"), reset_type=_part(phone)))
        await other.gets(ngap.NGResetAcknowledge)
        other.says(ngap.ErrorIndication(**phone.ids, cause=cause("radioNetwork", "unknown-local-UE-NGAP-ID")))
        assert list(world.amf.connections) == [phone.amf_id]

    play(flow)


def _part(phone):
    item = {"aMF-UE-NGAP-ID": phone.amf_id, "rAN-UE-NGAP-ID": phone.ran_id}
    return ("partOfNG-Interface", [item])


def test_a_ran_identity_used_again_forgets_the_old_connection():
    async def flow(world):
        gnb, phone = await registered(world)
        gnb.next_ran_id -= 1
        other = Phone(world, 2)
        await other.register(gnb, follow_on=True)
        assert list(world.amf.connections) == [other.amf_id]
        phone.gnb = None

    play(flow)


def test_responses_nobody_asked_for():
    """TS 38.413 10.4: local error handling."""

    async def flow(world):
        gnb, phone = await registered(world)
        gnb.says(ngap.InitialContextSetupResponse(**phone.ids))
        why = cause("misc", "unspecified")
        gnb.says(ngap.InitialContextSetupFailure(**phone.ids, cause=why))
        gnb.says(ngap.AMFConfigurationUpdateAcknowledge())
        gnb.says(ngap.NGResetAcknowledge())
        gnb.says(ngap.PDUSessionResourceSetupResponse(**phone.ids))
        gnb.says(ngap.NASNonDeliveryIndication(**phone.ids, nas_pdu=b"~\0\x67", cause=why))
        await settle()
        assert gnb.inbox.empty()
        assert phone.gnb is gnb

    play(flow)


# -- N1


@pytest.mark.parametrize(
    ("pdu", "cause"),
    [
        (b"", None),  # 7.2.1: too short
        (b"\x7e", None),
        (b"\x7e\x00", None),
        (b"\x07\x00\x41", None),  # another protocol
        (b"\x7e\x00\xee", 97),  # 7.4: unknown message type
        (b"\x7e\x00\x68\x01\x00\x05\x00", 96),  # 7.5.1: cut short in a mandatory container
        (b"\x7e\x00\x67\x01\x00\x02\x01\x02", 98),  # UL NAS TRANSPORT cannot begin a connection
        (b"\x7e\x0f\x41", None),  # a reserved security header type
        (b"\x7e\x02\x00\x00\x00\x00\x00\x41", None),  # ciphered with keys nobody knows
    ],
)
def test_first_messages_that_cannot_be(pdu, cause):
    """TS 24.501 clause 7; the connection is released, nothing is kept."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        gnb.connect(phone, pdu)
        await settle()
        heard = [message.cause for message in drain(phone.inbox)]
        assert heard == ([] if cause is None else [cause])
        assert phone.gnb is None
        assert not world.amf.connections

    play(flow)


def test_a_registration_request_without_its_identity_is_rejected_as_96():
    """TS 24.501 5.5.1.2.8 b), 7.5.1; likewise a service request."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        gnb.connect(phone, b"\x7e\x00\x41\x79\x00\x20\x01")
        assert (await phone.gets(nas.RegistrationReject)).cause == 96
        await settle()
        gnb.connect(phone, b"\x7e\x00\x4c\x10\x00\x20\x01")
        assert (await phone.gets(nas.ServiceReject)).cause == 96
        await settle()
        assert phone.gnb is None

    play(flow)


def test_status_for_what_does_not_fit_and_silence_for_status():
    """TS 24.501 7.4: #98; a STATUS is never answered."""

    async def flow(world):
        _, phone = await registered(world)
        phone.says(nas.IdentityRequest(identity_type=nas.IdentityType.SUCI))
        assert (await phone.gets(nas.GmmStatus)).cause == Cause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE
        phone.says(nas.GmmStatus(cause=Cause.PROTOCOL_ERROR))
        phone.says(nas.RegistrationComplete())
        phone.says(nas.AuthenticationResponse(response=b"late" * 4))
        await phone.hears_nothing(1)
        phone.raw(phone.keys.protect(b"\x7e\x00\xee", SecurityHeaderType.CIPHERED, uplink=True))
        assert (await phone.gets(nas.GmmStatus)).cause == Cause.MESSAGE_TYPE_NON_EXISTENT
        phone.raw(phone.keys.protect(b"\x7e\x00\x67\x01", SecurityHeaderType.CIPHERED, uplink=True))
        assert (await phone.gets(nas.GmmStatus)).cause == Cause.INVALID_MANDATORY_INFORMATION
        phone.raw(phone.keys.protect(b"\x2e\x01\x01\xd6", SecurityHeaderType.CIPHERED, uplink=True))
        await phone.hears_nothing(1)

    play(flow)


def test_replayed_and_forged_messages_are_discarded():
    """TS 24.501 4.4.3.2, 4.4.4.3."""

    async def flow(world):
        _, phone = await registered(world)
        plain = nas.encode(phone.session(1))
        pdu = phone.keys.protect(plain, SecurityHeaderType.CIPHERED, uplink=True)
        phone.raw(pdu)
        await phone.gets(nas.DlNasTransport)
        phone.raw(pdu)
        phone.raw(plain)
        phone.raw(pdu[:-1] + bytes((pdu[-1] ^ 1,)))
        await phone.hears_nothing(1)
        assert [call[0] for call in world.smf.calls].count("create") == 1

    play(flow)


def test_the_phone_counts_on_after_256_messages():
    """TS 24.501 4.4.3.1: the overflow counter."""

    async def flow(world):
        _, phone = await registered(world)
        for _ in range(300):
            phone.says(nas.GmmStatus(cause=Cause.PROTOCOL_ERROR))
        phone.says(phone.session(1))
        await phone.gets(nas.DlNasTransport)
        await settle()

    play(flow)


def test_a_bug_costs_one_phone(monkeypatch, caplog):
    """A procedure of ours that fails takes its phone's connection with it, and nothing else."""
    from pilot5g.core.amf.procedures import registration

    async def broken(*_):
        raise KeyError("ours")

    async def flow():
        from flows.amf.world import World

        async with World() as world:
            gnb, good = await registered(world)
            monkeypatch.setattr(registration, "select_slices", broken)
            bad = Phone(world, 2)
            bad.request = bad.registration()
            bad.begins(gnb, bad.request)
            await bad.authenticates()
            await bad.secures()
            await settle()
            assert bad.gnb is None
            assert set(world.amf.ues.by_supi) == set(world.udm.serving) == {good.supi}
            await good.opens(1)

    from pilot5g.flow.clock import run_virtual

    run_virtual(flow())
    assert "this costs one UE" in caplog.text or "costs one UE" in caplog.text


# -- whatever


def _survives(octets_of):
    """Hostile octets beside a phone that works: it works on, and nothing of the others is left."""

    async def flow(world):
        gnb, good = await registered(world)
        await good.opens(1)
        bad = Phone(world, 2)
        for octets in octets_of(gnb, bad):
            gnb.octets(octets)
            await asyncio.sleep(0)
        await asyncio.sleep(40)
        phones = {good.ran_id} if good.gnb else set()
        for number in list(gnb.phones):
            if number not in phones:
                gnb.phones.pop(number)
        drain(good.inbox)
        assert world.amf.ues.by_supi[good.supi].registered
        if good.gnb and good.amf_id in world.amf.connections:
            await good.opens(2)
        for connection in list(world.amf.connections.values()):
            assert connection.ue is None or connection.ue.registered or connection.releasing

    play(flow)


def _corpus():
    """Valid messages of every kind a radio sends, to be broken."""
    location = (
        "userLocationInformationNR",
        {
            "nR-CGI": {"pLMNIdentity": b"\x00\xf1\x10", "nRCellIdentity": (16, 36)},
            "tAI": {"pLMNIdentity": b"\x00\xf1\x10", "tAC": b"\0\0\1"},
        },
    )
    ids = {"amf_ue_ngap_id": 1, "ran_ue_ngap_id": 1}
    why = cause("misc", "unspecified")
    registration = bytes.fromhex("7e004179000d0100f110f0ff00001032547698f02e04f0f0f0f0")
    return [
        codec.encode(message)
        for message in (
            ngap.InitialUEMessage(
                ran_ue_ngap_id=7,
                nas_pdu=registration,
                user_location_information=location,
                rrc_establishment_cause="mo-Data",
                ue_context_request="requested",
                allowed_nssai=[{"s-NSSAI": {"sST": b"\1"}}],
            ),
            ngap.UplinkNASTransport(**ids, nas_pdu=registration, user_location_information=location),
            ngap.UEContextReleaseRequest(**ids, cause=why),
            ngap.UEContextReleaseComplete(**ids),
            ngap.InitialContextSetupResponse(**ids),
            ngap.NGReset(cause=why, reset_type=("nG-Interface", "reset-all")),
            ngap.ErrorIndication(**ids, cause=cause("radioNetwork", "unknown-local-UE-NGAP-ID")),
            ngap.UERadioCapabilityInfoIndication(**ids, ue_radio_capability=b"abc"),
        )
    ]


def test_broken_ngap_of_every_kind():
    source = random.Random(1)

    def broken(gnb, bad):
        corpus = _corpus()
        for _ in range(400):
            octets = bytearray(source.choice(corpus))
            for _ in range(source.randrange(1, 4)):
                octets[source.randrange(len(octets))] = source.randrange(256)
            yield bytes(octets[: source.randrange(3, len(octets) + 1)])

    _survives(broken)


def test_broken_nas_in_good_ngap():
    source = random.Random(2)
    seeds = [
        bytes.fromhex("7e004179000d0100f110f0ff00001032547698f02e04f0f0f0f0"),
        bytes.fromhex("7e004c1000070440000000000140020200"),
        bytes.fromhex("7e0045010" + "00b" + "f200f110020040deadbeef"),
        bytes.fromhex("7e01deadbeef007e004171000bf200f11002004000000001"),
    ]

    def broken(gnb, bad):
        for count in range(400):
            pdu = bytearray(source.choice(seeds))
            pdu[source.randrange(len(pdu))] = source.randrange(256)
            yield codec.encode(
                ngap.InitialUEMessage(
                    ran_ue_ngap_id=1000 + count % 20,
                    nas_pdu=bytes(pdu[: source.randrange(1, len(pdu) + 1)]),
                    user_location_information=gnb.location,
                    rrc_establishment_cause="mo-Data",
                )
            )

    _survives(broken)


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=60), max_size=8))
def test_random_octets(octets):
    _survives(lambda gnb, bad: octets)


@settings(max_examples=25)
@given(st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=6), st.booleans())
def test_random_nas_on_a_connection(pdus, protected):
    """On the connection of a registered phone: plain it is discarded, protected its own fault."""

    async def flow(world):
        _, phone = await registered(world)
        _, other = await registered(world, 2)
        for pdu in pdus:
            if phone.gnb is None:
                break
            if protected:
                pdu = phone.keys.protect(pdu, SecurityHeaderType.CIPHERED, uplink=True)
            phone.raw(pdu)
            await settle()
        await asyncio.sleep(40)
        await other.opens(1)
        assert world.amf.ues.by_supi[other.supi].context.allowed_nssai == (SLICE,)

    play(flow)

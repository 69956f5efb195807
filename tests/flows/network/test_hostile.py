"""Bad input to the whole network, by name: what crashed other cores, and what is owed for it.

The octets are our own, made from the descriptions that others' issue trackers give. After each of them honest
phones go on as if nothing had been, and nothing is left.
"""

import asyncio

import msgspec
import pytest

from judges.faults import Fated, empty, no_bug, ping, recovered
from judges.hostile import Rogue, sender_is_radio, unharmed
from pilot5g.flow.clock import run_virtual
from pilot5g.ran.ue.phone import Phone
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.values import cause

REJECT_96 = ["RegistrationReject #96", "UEContextReleaseCommand"]
GONE = ["UEContextReleaseCommand"]


def beset(attack) -> None:
    """`attack(rogue, victim)` with two honest phones registered and in the middle of a session."""

    async def main() -> None:
        network = Fated(phones=3)
        await network.start()
        phones = (network.phone, network.bystander)
        for phone in phones:
            await phone.register()
            await ping(network, phone)
        rogue = await Rogue(network).set_up()
        await attack(rogue, network.phone)
        await unharmed(network, *phones)
        await rogue.leave()
        await asyncio.sleep(60)
        await unharmed(network, *phones)
        await empty(network)

    with no_bug():
        run_virtual(main())


async def answers(rogue: Rogue, wait: float = 0.1) -> list[str]:
    """What the AMF has said, in short: the NAS message where there is one, with its cause."""
    await asyncio.sleep(wait)
    said = []
    for message in rogue.takes():
        pdu = getattr(message, "nas_pdu", None)
        inner = message if pdu is None else nas.decode(pdu)
        why = getattr(inner, "cause", None) if pdu is not None else None
        said.append(type(inner).__name__ + (f" #{int(why)}" if why is not None else ""))
    return said


def initial(network: Fated) -> ngap.InitialUEMessage:
    """The first message of the first phone, as a mould."""
    return next(m for m in network.ngap if isinstance(m, ngap.InitialUEMessage))


def uplink(network: Fated) -> ngap.UplinkNASTransport:
    return next(m for m in network.ngap if isinstance(m, ngap.UplinkNASTransport))


SUCI = "000d0100f110f0ff0000000000"  # 001-01, null scheme, all but the last two octets of the MSIN
CAPABLE = "2e04f070f070"
BAD_BEGINNINGS = {
    "no octet at all": ("", GONE),
    "a discriminator": ("7e", GONE),
    "no message type": ("7e00", GONE),
    "EPS": ("0741", GONE),
    "a registration of nothing": ("7e0041", REJECT_96),
    "no identity": ("7e004179", REJECT_96),
    "an identity of no length": ("7e0041790000", REJECT_96),
    "a SUCI of one octet": ("7e004179000101", REJECT_96),
    "a SUCI that is cut off": ("7e00417900050100f110f0", REJECT_96),
    "a SUCI longer than the message": ("7e004179ffff0100f110f0ff0000", REJECT_96),
    "a SUCI without a PLMN": ("7e004179000d01fffffff0ff00000000000010" + CAPABLE, REJECT_96),
    "a MSIN of letters": ("7e004179" + SUCI + "aabb" + CAPABLE, ["RegistrationReject #3", *GONE]),
    "a scheme nobody has": (
        "7e004179000d0100f110f0ff0f000000000010" + CAPABLE,
        ["RegistrationReject #3", *GONE],
    ),
    "a key nobody has": (
        "7e004179000d0100f110f0ff01ff0000000010" + CAPABLE,
        ["RegistrationReject #3", *GONE],
    ),
    "a SUCI as NAI": ("7e0041790009110d4061406e6169" + "2e" + CAPABLE, ["IdentityRequest"]),
    "no identity, in so many words": ("7e00417900010" + "0" + CAPABLE, ["IdentityRequest"]),
    "a GUTI of nobody": ("7e004179000bf200f110010041deadbeef" + CAPABLE, ["IdentityRequest"]),
    "a GUTI of elsewhere": ("7e004179000bf299f907020041deadbeef" + CAPABLE, ["IdentityRequest"]),
    "a SIM of elsewhere": (
        "7e004179000d0199f907f0ff00000000000010" + CAPABLE,
        ["RegistrationReject #11", *GONE],
    ),
    "nobody's SIM": ("7e004179" + SUCI + "9999" + CAPABLE, ["RegistrationReject #3", *GONE]),
    "no capability": ("7e004179" + SUCI + "0010", ["RegistrationReject #100", *GONE]),
    "a capability of one octet": ("7e004179" + SUCI + "00102e0180", ["RegistrationReject #100", *GONE]),
    "null integrity alone": ("7e004179" + SUCI + "00102e028080", ["RegistrationReject #23", *GONE]),
    "an element that must be understood": ("7e004179" + SUCI + "0010" + CAPABLE + "0a01ff", REJECT_96),
    "a service request of nothing": ("7e004c", ["ServiceReject #96", *GONE]),
    "a service request by nobody": ("7e004c700007f40041deadbeef", ["ServiceReject #9", *GONE]),
    "a service request by a stranger's keys": (
        "7e01deadbeef007e004c700007f40041deadbeef",
        ["ServiceReject #9", *GONE],
    ),
    "a farewell of nothing": ("7e004509", ["GmmStatus #96", *GONE]),
    "a farewell of nobody": ("7e004579000bf200f110010041deadbeef", GONE),
    "an answer nobody asked for": ("7e00572d10" + "00" * 16, ["GmmStatus #98", *GONE]),
    "a completion of nothing": ("7e0043", ["GmmStatus #98", *GONE]),
    "a security mode of nothing": ("7e005e", ["GmmStatus #98", *GONE]),
    "a status": ("7e006460", GONE),
    "half a status": ("7e0064", GONE),
    "no such type": ("7e00ff", ["GmmStatus #97", *GONE]),
    "ciphered by nobody": ("7e02" + "00" * 20, GONE),
    "a new context of nobody": ("7e04" + "00" * 9, GONE),
    "a reserved security header": ("7e0f" + "00" * 9, GONE),
    "wrapped in itself": ("7e017e017e017e017e017e017e01", GONE),
    "3,000 octets": ("7e0041" + "79" * 3000, REJECT_96),
}
"""Initial NAS messages in the clear, and what the AMF says (TS 24.501 7.2 to 7.8, 5.5.1.2.5, 5.6.1.5)."""


@pytest.mark.parametrize("name", BAD_BEGINNINGS)
def test_an_initial_message_that_is(name):
    octets, expected = BAD_BEGINNINGS[name]

    async def attack(rogue: Rogue, victim: Phone) -> None:
        network = rogue.network
        network.core.journal.entries.clear()
        mould = initial(network)
        rogue.says(msgspec.structs.replace(mould, nas_pdu=bytes.fromhex(octets), ran_ue_ngap_id=700), 1)
        assert await answers(rogue) == expected
        if expected != ["IdentityRequest"]:
            said = [str(entry) for entry in network.core.journal.entries]
            assert any("UE 700" in line for line in said), said  # people are told who, and what is wrong

    beset(attack)


# -- N2


def test_an_initial_message_without_nas():
    """A mandatory IE of criticality reject is missing (TS 38.413 10.3.5)."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        whole = encode(initial(rogue.network))
        at = whole.index(bytes.fromhex("002600"))  # id-NAS-PDU, reject
        size = whole[at + 3] + 4
        cut = bytearray(whole[:at] + whole[at + size :])
        cut[3] -= size  # the length of the message
        cut[6] -= 1  # the number of its IEs
        rogue.octets(bytes(cut), 1)
        await asyncio.sleep(0.1)
        (error,) = rogue.takes()
        assert isinstance(error, ngap.ErrorIndication)
        assert error.cause == ("protocol", "abstract-syntax-error-reject")
        (missing,) = error.criticality_diagnostics["iEsCriticalityDiagnostics"]
        assert missing == {"iECriticality": "reject", "iE-ID": 38, "typeOfError": "missing"}

    beset(attack)


def about_one_phone(network: Fated, amf: int, ran: int) -> list[ngap.Message]:
    """Every message a radio may send about one phone."""
    ids = {"amf_ue_ngap_id": amf, "ran_ue_ngap_id": ran}
    why = cause("radioNetwork", "unspecified")
    location = initial(network).user_location_information
    captured = {type(m): m for m in network.ngap if hasattr(m, "amf_ue_ngap_id")}
    kinds = (
        ngap.UplinkNASTransport,
        ngap.InitialContextSetupResponse,
        ngap.UERadioCapabilityInfoIndication,
        ngap.PDUSessionResourceSetupResponse,
    )
    return [msgspec.structs.replace(captured[kind], **ids) for kind in kinds] + [
        ngap.UEContextReleaseRequest(**ids, cause=why),
        ngap.UEContextReleaseComplete(**ids),
        ngap.InitialContextSetupFailure(**ids, cause=why),
        ngap.NASNonDeliveryIndication(**ids, nas_pdu=b"~\0\x41", cause=why),
        ngap.PDUSessionResourceReleaseResponse(
            **ids,
            pdu_session_resource_released_list_rel_res=[
                {"pDUSessionID": 1, "pDUSessionResourceReleaseResponseTransfer": b"\0"}
            ],
        ),
        ngap.PDUSessionResourceNotify(
            **ids,
            pdu_session_resource_released_list_not=[
                {"pDUSessionID": 1, "pDUSessionResourceNotifyReleasedTransfer": b"\0"}
            ],
        ),
        ngap.RRCInactiveTransitionReport(**ids, rrc_state="inactive", user_location_information=location),
        ngap.ErrorIndication(**ids, cause=cause("radioNetwork", "unknown-local-UE-NGAP-ID")),
    ]


@pytest.mark.parametrize(("amf", "ran"), [(999, 5), (1, 1), (1, 77), (2**40 - 1, 2**32 - 1)])
def test_every_message_about_a_phone_that_is_not_there(amf, ran):
    """Unknown to this radio, whosever it is (TS 38.413 10.6): the AMF says so, save to the last message of a
    connection and to an Error Indication. AMF-UE-NGAP-ID 1 is an honest phone's, on another radio."""
    silent = (ngap.UEContextReleaseComplete, ngap.InitialContextSetupFailure, ngap.ErrorIndication)

    async def attack(rogue: Rogue, victim: Phone) -> None:
        for message in about_one_phone(rogue.network, amf, ran):
            rogue.says(message, 1)
            said = await answers(rogue, 0.01)
            assert said == ([] if isinstance(message, silent) else ["ErrorIndication"]), message.name

    beset(attack)


def test_every_answer_that_was_not_asked_for():
    """About a connection that is there: nothing waits for them, so nothing comes of them."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        network = rogue.network
        rogue.says(msgspec.structs.replace(initial(network), ran_ue_ngap_id=5), 1)
        await asyncio.sleep(0.1)
        (challenge,) = rogue.takes()
        ending = (ngap.UEContextReleaseRequest, ngap.UEContextReleaseComplete, ngap.ErrorIndication)
        for message in about_one_phone(network, challenge.amf_ue_ngap_id, 5):
            if not isinstance(message, ending):
                rogue.says(message, 1)
                assert await answers(rogue, 0.01) == [], message.name

    beset(attack)


def test_everything_before_ng_setup():
    """TS 38.413 8.7.1.1, 10.4: not compatible with the state, and nothing else."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        network = rogue.network
        early = Rogue(network, "127.0.0.67")
        await asyncio.sleep(0.1)
        for message in [initial(network), *about_one_phone(network, 1, 1)]:
            early.says(message, 1)
        reset = ngap.NGReset(cause=cause("misc", "unspecified"), reset_type=("nG-Interface", "reset-all"))
        early.says(reset)
        await asyncio.sleep(0.1)
        causes = {message.cause for message in early.takes()}
        assert causes == {("protocol", "message-not-compatible-with-receiver-state")}
        await early.leave()

    beset(attack)


def test_the_same_ng_setup_twice_and_from_elsewhere():
    """On the same association it starts anew (TS 38.413 8.7.1.1); with an identity that another radio has, it
    is refused, and that radio's phones stay."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        for _ in range(3):
            await rogue.set_up()
        thief = Rogue(rogue.network, "127.0.0.68")
        with pytest.raises(AssertionError):
            await thief.set_up(number=1)
        assert "NGSetupFailure" in str(thief.network.ladder)
        await thief.leave()

    beset(attack)


def test_a_reset_of_connections_that_are_not_there_or_not_ones_own():
    """Acknowledged item by item (TS 38.413 8.7.4.2.2), and nobody is released."""
    items = [
        {"aMF-UE-NGAP-ID": 999},
        {"rAN-UE-NGAP-ID": 999},
        {"aMF-UE-NGAP-ID": 1, "rAN-UE-NGAP-ID": 1},
        {"aMF-UE-NGAP-ID": 2},
        {},
    ]

    async def attack(rogue: Rogue, victim: Phone) -> None:
        kind = ("partOfNG-Interface", items)
        rogue.says(ngap.NGReset(cause=cause("misc", "unspecified"), reset_type=kind))
        await asyncio.sleep(0.1)
        (acknowledged,) = rogue.takes()
        assert acknowledged.ue_associated_logical_ng_connection_list == items
        assert victim.connected

    beset(attack)


def test_a_storm_of_registrations_that_lead_nowhere():
    """1,000 first messages of phones that never answer: honest ones register meanwhile, and after T3560 and
    the release nothing is kept of the others."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        network = rogue.network
        mould = initial(network)
        for number in range(1000):
            rogue.says(msgspec.structs.replace(mould, ran_ue_ngap_id=1000 + number), 1 + number % 15)
        await recovered(network, network.units[-1].phone)
        assert len(network.core.amf.connections) >= 1000
        await asyncio.sleep(5 * 6 + 10 + 1)
        assert len(network.core.amf.connections) <= 3
        assert network.core.ausf.open_challenges <= 3
        await network.units[-1].phone.deregister()

    beset(attack)


def test_a_hundred_associations_that_say_nothing():
    async def attack(rogue: Rogue, victim: Phone) -> None:
        network = rogue.network
        crowd = [Rogue(network, f"127.0.1.{number}") for number in range(100)]
        await asyncio.sleep(1)
        assert len(network.core.amf.radios) >= 100
        for each in crowd[:50]:
            each.association.abort()
        for each in crowd:
            await each.leave()
        await asyncio.sleep(10)
        assert len(network.core.amf.radios) == 3

    beset(attack)


def test_an_identity_used_again_for_another_phone():
    """The radio has forgotten the connection before (TS 38.413 8.6.1): it goes without a word."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        mould = initial(rogue.network)
        before = len(rogue.network.core.amf.connections)
        for _ in range(20):
            rogue.says(msgspec.structs.replace(mould, ran_ue_ngap_id=5), 1)
        assert set(await answers(rogue)) == {"AuthenticationRequest"}
        assert len(rogue.network.core.amf.connections) == before + 1

    beset(attack)


# -- N1, by way of a radio that is not to be trusted


def test_what_a_victim_has_sent_is_sent_again():
    """Every captured message of honest radios, in order and in reverse, from the rogue's association."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        captured = [octets for octets in rogue.network.sent if sender_is_radio(octets)]
        for octets in [*captured, *reversed(captured)]:
            message = decode(octets)
            if not isinstance(message, ngap.NGSetupRequest):
                rogue.octets(octets, 1)
                await asyncio.sleep(0.01)
        await asyncio.sleep(1)

    beset(attack)


@pytest.mark.parametrize(
    "message",
    [
        lambda guti: nas.DeregistrationRequest(
            deregistration_type=nas.DeregistrationType(switch_off=True),
            ngksi=nas.KeySetIdentifier(0),
            mobile_identity=guti,
        ),
        lambda guti: nas.DeregistrationRequest(
            deregistration_type=nas.DeregistrationType(),
            ngksi=nas.KeySetIdentifier(0),
            mobile_identity=guti,
        ),
        lambda guti: nas.ServiceRequest(
            ngksi=nas.KeySetIdentifier(0), service_type=nas.ServiceType.SIGNALLING, s_tmsi=guti.s_tmsi
        ),
        lambda guti: nas.RegistrationRequest(
            registration_type=nas.RegistrationType(nas.RegistrationKind.INITIAL),
            ngksi=nas.KeySetIdentifier(0),
            mobile_identity=guti,
            ue_security_capability=nas.UeSecurityCapability.of((0, 2), (1, 2)),
        ),
        lambda guti: nas.RegistrationRequest(
            registration_type=nas.RegistrationType(nas.RegistrationKind.PERIODIC),
            ngksi=nas.KeySetIdentifier(0),
            mobile_identity=guti,
        ),
    ],
    ids=["switch off", "leave", "service", "initial", "periodic"],
)
@pytest.mark.parametrize("answer", [True, False], ids=["answered", "unanswered"])
def test_in_the_name_of_a_victim(message, answer):
    """Knowing a temporary identity disturbs nobody (TS 24.501 4.4.4.3): without its keys the answer to the
    challenge is wrong, the attacker is rejected, the victim goes on."""

    async def attack(rogue: Rogue, victim: Phone) -> None:
        network = rogue.network
        octets = nas.encode(message(victim.context.guti))
        for pdu in (octets, bytes.fromhex("7e01deadbeef00") + octets):
            rogue.says(msgspec.structs.replace(initial(network), nas_pdu=pdu, ran_ue_ngap_id=5), 1)
            await asyncio.sleep(0.1)
            for got in rogue.takes() if answer else ():
                if isinstance(got, ngap.DownlinkNASTransport):
                    ids = {"amf_ue_ngap_id": got.amf_ue_ngap_id, "ran_ue_ngap_id": 5}
                    wrong = nas.encode(nas.AuthenticationResponse(response=bytes(16)))
                    rogue.says(msgspec.structs.replace(uplink(network), nas_pdu=wrong, **ids), 1)
                    await asyncio.sleep(0.1)
            assert victim.connected

    beset(attack)


def send_session_message(phone: Phone, outer: int, message: nas.GsmMessage, *, first: bool = False) -> None:
    """Under the phone's protection, in a transport that names session `outer`."""
    phone.signalling.send(
        nas.UlNasTransport(
            payload_container_type=nas.PayloadContainerType.N1_SM,
            payload_container=nas.encode(message),
            pdu_session_id=outer,
            request_type=nas.RequestType.INITIAL if first else None,
        )
    )


def request(number: int, transaction: int) -> nas.PduSessionEstablishmentRequest:
    return nas.PduSessionEstablishmentRequest(
        pdu_session_id=number, pti=transaction, integrity_protection_maximum_data_rate=nas.IntegrityRate()
    )


@pytest.mark.parametrize(
    ("outer", "inner", "transaction"),
    [(0, 0, 9), (16, 16, 9), (255, 255, 9), (5, 0, 9), (5, 6, 9), (5, 255, 9), (5, 5, 0), (5, 5, 255)],
)
def test_session_requests_with_identities_that_cannot_be(outer, inner, transaction):
    """From a real phone (TS 24.007 11.2.3.1a and b, TS 24.501 7.3): no session comes of it."""

    async def main() -> None:
        network = Fated()
        await network.start()
        phone = network.phone
        await phone.register()
        await ping(network, phone)
        send_session_message(phone, outer, request(inner, transaction), first=True)
        await asyncio.sleep(1)
        assert network.core.smf.sessions == 1
        await ping(network, phone, tries=1)
        await empty(network)

    with no_bug():
        run_virtual(main())


def test_session_messages_with_transactions_that_cannot_be():
    """About a session that there is: STATUS #81 for a request without a transaction, silence to the reserved
    one, to another session's, and to a STATUS that cannot be read (TS 24.501 7.3.1, 7.3.2, 7.4)."""

    async def main() -> None:
        network = Fated()
        await network.start()
        phone = network.phone
        await phone.register()
        await ping(network, phone)
        said: list[nas.Message] = []
        phone.sessions.receive = lambda transport: said.append(nas.decode(transport.payload_container))
        regular = nas.GsmCause.REGULAR_DEACTIVATION
        for number, transaction in ((1, 255), (2, 3), (1, 0)):
            release = nas.PduSessionReleaseRequest(pdu_session_id=number, pti=transaction, cause=regular)
            send_session_message(phone, 1, release)
            await asyncio.sleep(0.1)
        half = nas.UlNasTransport(
            payload_container_type=nas.PayloadContainerType.N1_SM,
            payload_container=bytes.fromhex("2e0100d6"),
            pdu_session_id=1,
        )
        phone.signalling.send(half)
        await asyncio.sleep(0.1)
        assert [type(message).__name__ for message in said] == ["GsmStatus"]
        assert said[0].cause == nas.GsmCause.INVALID_PTI_VALUE
        del phone.sessions.receive
        assert network.core.smf.sessions == 1
        await ping(network, phone, tries=1)
        await empty(network)

    with no_bug():
        run_virtual(main())


def test_a_release_asked_for_while_the_context_is_set_up():
    """The radio changes its mind between Initial Context Setup Request and its answer."""

    async def main() -> None:
        network = Fated()
        await network.start()
        phone = network.phone

        def fate(association, data, deliver) -> None:
            message = decode(data)
            if isinstance(message, ngap.InitialContextSetupResponse):
                ids = {"amf_ue_ngap_id": message.amf_ue_ngap_id, "ran_ue_ngap_id": message.ran_ue_ngap_id}
                why = cause("radioNetwork", "radio-connection-with-ue-lost")
                deliver(encode(ngap.UEContextReleaseRequest(**ids, cause=why)))
            deliver()

        network.at({}, fate)
        await asyncio.wait({asyncio.ensure_future(phone.register())}, timeout=60)
        network.at({})
        await recovered(network, phone)
        await empty(network)

    with no_bug():
        run_virtual(main())

"""EAP-AKA' between the AUSF's server and the phone's peer, which share key derivation and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.core.ausf import Ausf
from pilot5g.core.udm import Udm
from pilot5g.crypto import kdf
from pilot5g.crypto.eap_aka import mac, prime, prime_keys
from pilot5g.crypto.milenage import Milenage
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Plmn, network_access_identifier, serving_network_name, supi
from pilot5g.ran.ue import eap_aka
from pilot5g.ran.ue.config import PhoneConfig
from pilot5g.ran.ue.usim import Usim
from pilot5g.service.nausf import AuthenticationInfo, AuthResult, EapContext
from pilot5g.service.nudr import AuthenticationSubscription, Subscriber, sqn_of
from pilot5g.store.memory import MemorySubscribers
from pilot5g.wire import eap
from pilot5g.wire.eap import AkaMessage, At, EapCode, EapPacket, Subtype

HOME = Plmn("001", "01")
SNN = serving_network_name(HOME)
WHO = supi("001010000000001")
NAI = network_access_identifier(WHO, HOME)
K, OPC = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc"), bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")


def usim(k=K):
    return Usim(PhoneConfig(name="phone", imsi="001010000000001", home_plmn=HOME, k=k, opc=OPC))


async def home(**how):
    repository = MemorySubscribers()
    subscription = AuthenticationSubscription(k=K, opc=OPC, method="EAP_AKA_PRIME", **how)
    await repository.put(Subscriber(supi=WHO, authentication=subscription))
    return Ausf(Udm(repository, HOME, {}, seeded(1)), [HOME]), repository


async def challenged(ausf):
    context = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
    assert isinstance(context, EapContext)
    return context


def signed(message, k_aut):
    bare = message.encode()
    return bare[:-16] + mac(k_aut, bare)


def request(kdfs=(1,), name=SNN, extra=(), leave=(), sqn=32, amf=b"\x80\0", spoil=False):
    """A challenge made by hand, as another server could make it."""
    aka, rand = Milenage(K, OPC), bytes(range(16))
    octets = sqn.to_bytes(6)
    token, keys = aka.f12345(rand, octets, amf)
    concealed = bytes(a ^ b for a, b in zip(octets, keys.ak, strict=True))
    ck, ik = prime(keys.ck, keys.ik, name, concealed)
    attributes = [
        eap.fixed(At.RAND, rand),
        eap.fixed(At.AUTN, concealed + amf + token),
        *(eap.number(At.KDF, each) for each in kdfs),
        eap.sized(At.KDF_INPUT, name.encode()),
        *extra,
        eap.MAC_ZERO,
    ]
    kept = tuple(each for each in attributes if each.type not in leave)
    message = AkaMessage(EapCode.REQUEST, 7, Subtype.CHALLENGE, kept)
    octets = signed(message, prime_keys(ck, ik, NAI).aut)
    return octets[:-1] + bytes((octets[-1] ^ spoil,))


def hear(octets, sim=None, offered=()):
    return eap_aka.hear(sim or usim(), octets, NAI, SNN, offered)


def subtype(response):
    return AkaMessage.decode(response).subtype


# -- both together


def test_a_genuine_phone_gets_a_success_and_both_have_the_same_key():
    async def flow():
        ausf, _ = await home()
        context = await challenged(ausf)
        heard = hear(context.request)
        session = await ausf.eap(context.context_id, heard.response)
        assert session.result is AuthResult.SUCCESS
        assert session.supi == WHO
        assert session.kseaf == kdf.kseaf(heard.kausf, SNN)
        assert EapPacket.decode(session.message).code == EapCode.SUCCESS
        assert session.kseaf.hex() not in repr(session)
        assert ausf.open_challenges == 0

    run_virtual(flow())


def test_a_sim_out_of_step_is_followed_once():
    async def flow():
        ausf, _ = await home()
        sim = usim()
        sim.seq[:] = [1 << 20] * 32
        context = await challenged(ausf)
        heard = hear(context.request, sim)
        assert isinstance(heard, eap_aka.Declined)
        assert AkaMessage.decode(heard.response).kdfs == (1,)
        again = await ausf.eap(context.context_id, heard.response)
        assert again.result is AuthResult.ONGOING
        assert again.message[1] != context.request[1]  # another identifier
        done = await ausf.eap(context.context_id, hear(again.message, sim).response)
        assert done.result is AuthResult.SUCCESS

    run_virtual(flow())


def test_a_sim_out_of_step_again_has_failed():
    async def flow():
        ausf, _ = await home()
        sim = usim()
        sim.seq[:] = [1 << 20] * 32
        context = await challenged(ausf)
        again = await ausf.eap(context.context_id, hear(context.request, sim).response)
        sim.seq[:] = [1 << 30] * 32
        done = await ausf.eap(context.context_id, hear(again.message, sim).response)
        assert done.result is AuthResult.FAILURE
        assert "resynchronisation" in done.reason

    run_virtual(flow())


def test_an_auts_of_somebody_else_has_failed():
    async def flow():
        ausf, repository = await home()
        before = (await repository.get(WHO)).authentication.sqn
        context = await challenged(ausf)
        response = AkaMessage(
            EapCode.RESPONSE,
            context.request[1],
            Subtype.SYNCHRONIZATION_FAILURE,
            (eap.Attribute(At.AUTS, bytes(14)), eap.number(At.KDF, 1)),
        ).encode()
        done = await ausf.eap(context.context_id, response)
        assert done.result is AuthResult.FAILURE
        assert "MAC-S" in done.reason
        assert (await repository.get(WHO)).authentication.sqn <= sqn_of((before >> 5) + 1)

    run_virtual(flow())


def test_a_subscription_changed_meanwhile():
    async def flow():
        ausf, repository = await home()
        sim = usim()
        sim.seq[:] = [1 << 20] * 32
        context = await challenged(ausf)
        plain = AuthenticationSubscription(k=K, opc=OPC)
        await repository.put(Subscriber(supi=WHO, authentication=plain))
        done = await ausf.eap(context.context_id, hear(context.request, sim).response)
        assert done.result is AuthResult.FAILURE
        assert ausf.open_challenges == 0

    run_virtual(flow())


def test_a_wrong_sim_rejects_and_fails():
    async def flow():
        ausf, _ = await home()
        context = await challenged(ausf)
        heard = hear(context.request, usim(bytes(16)))
        assert subtype(heard.response) == Subtype.AUTHENTICATION_REJECT
        done = await ausf.eap(context.context_id, heard.response)
        assert done.result is AuthResult.FAILURE
        assert EapPacket.decode(done.message).code == EapCode.FAILURE
        assert "K or OPc" in done.fix

    run_virtual(flow())


@pytest.mark.parametrize("wrong", ["res", "mac"])
def test_a_wrong_answer_is_notified_then_failed(wrong):
    """RFC 4187 6.3.2."""

    async def flow():
        ausf, _ = await home()
        context = await challenged(ausf)
        right = hear(context.request).response
        octets = bytearray(right)
        octets[-1 if wrong == "mac" else 13] ^= 1
        told = await ausf.eap(context.context_id, bytes(octets))
        assert told.result is AuthResult.ONGOING
        heard = hear(told.message)
        assert heard == eap_aka.Noted(heard.response, 0x4000)
        done = await ausf.eap(context.context_id, heard.response)
        assert done.result is AuthResult.FAILURE

    run_virtual(flow())


@pytest.mark.parametrize(
    ("kind", "attributes", "reason"),
    [
        (Subtype.CHALLENGE, (eap.number(At.KDF, 2),), "function 2"),
        (Subtype.CHALLENGE, (), "lacks AT_RES"),
        (Subtype.SYNCHRONIZATION_FAILURE, (), "lacks AT_AUTS"),
        (Subtype.CLIENT_ERROR, (eap.number(At.CLIENT_ERROR_CODE, 0),), "could not process"),
        (Subtype.IDENTITY, (), "message 5"),
    ],
)
def test_what_a_phone_may_say_instead(kind, attributes, reason):
    async def flow():
        ausf, _ = await home()
        context = await challenged(ausf)
        response = AkaMessage(EapCode.RESPONSE, context.request[1], kind, attributes).encode()
        done = await ausf.eap(context.context_id, response)
        assert done.result is AuthResult.FAILURE
        assert reason in done.reason
        assert done.fix

    run_virtual(flow())


@pytest.mark.parametrize("response", [b"", b"\2\0\0\4", EapPacket(2, 99, 50, b"\1\0\0").encode()])
def test_octets_that_are_no_answer(response):
    async def flow():
        ausf, _ = await home()
        context = await challenged(ausf)
        assert (await ausf.eap(context.context_id, response)).result is AuthResult.FAILURE
        with pytest.raises(ServiceError) as gone:
            await ausf.eap(context.context_id, response)
        assert gone.value.problem is Problem.CONTEXT_NOT_FOUND

    run_virtual(flow())


def test_an_eap_session_is_confirmed_by_nothing_else():
    async def flow():
        ausf, _ = await home()
        context = await challenged(ausf)
        with pytest.raises(ServiceError):
            await ausf.confirm(context.context_id, bytes(16))

    run_virtual(flow())


@given(st.binary(max_size=60), st.integers(0, 255))
def test_random_octets_are_answered_by_both(octets, subtype):
    """Whole EAP-AKA' messages of any subtype with anything in them, and what is no message at all."""
    framed = bytes((1, 7)) + (8 + len(octets)).to_bytes(2) + bytes((50, subtype, 0, 0)) + octets
    for said in (octets, framed):
        heard = hear(said)
        assert isinstance(heard, eap_aka.Declined | eap_aka.Noted)
        assert AkaMessage.decode(heard.response).code == EapCode.RESPONSE

    async def flow():
        ausf, _ = await home()
        context = await challenged(ausf)
        answer = bytes((2, context.request[1])) + framed[2:]
        session = await ausf.eap(context.context_id, answer)
        assert session.result is not AuthResult.SUCCESS

    run_virtual(flow())


# -- the phone alone


def test_the_first_function_of_several_is_taken_at_once():
    assert isinstance(hear(request((1, 2))), eap_aka.Answered)


def test_another_function_is_negotiated():
    """RFC 9048 3.2, with the response that it shows."""
    heard = hear(request((2, 1)))
    assert heard == eap_aka.Negotiating(bytes((2, 7, 0, 12, 50, 1, 0, 0, 24, 1, 0, 1)), (2, 1))
    assert isinstance(hear(request((1, 2, 1)), offered=(2, 1)), eap_aka.Answered)
    assert isinstance(hear(request((1, 3, 1)), offered=(2, 1)), eap_aka.Declined)


@pytest.mark.parametrize("kdfs", [(2,), (1, 1), (), (2, 2, 1)])
def test_functions_that_cannot_be_agreed_on(kdfs):
    heard = hear(request(kdfs))
    assert subtype(heard.response) == Subtype.AUTHENTICATION_REJECT
    assert isinstance(heard, eap_aka.Declined)


def test_a_challenge_for_another_network_is_rejected():
    heard = hear(request(name="5G:mnc002.mcc001.3gppnetwork.org"))
    assert subtype(heard.response) == Subtype.AUTHENTICATION_REJECT
    assert "mnc002" in heard.reason


def test_a_vector_of_another_system_is_rejected():
    """The separation bit (TS 33.501 6.1.3.1)."""
    assert subtype(hear(request(amf=b"\0\0")).response) == Subtype.AUTHENTICATION_REJECT


def test_a_wrong_mac_is_a_client_error():
    assert subtype(hear(request(spoil=True)).response) == Subtype.CLIENT_ERROR


def test_bidding_and_other_attributes_that_may_be_passed_over():
    assert isinstance(hear(request(extra=(eap.number(At.BIDDING, 0x8000),))), eap_aka.Answered)


@pytest.mark.parametrize("missing", [At.RAND, At.AUTN, At.KDF_INPUT])
def test_a_challenge_that_lacks_something(missing):
    assert subtype(hear(request(leave=(missing,))).response) == Subtype.CLIENT_ERROR


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\3\1\0\4",
        request(extra=(eap.Attribute(99, b"\0\0"),)),
        AkaMessage(EapCode.RESPONSE, 7, Subtype.CHALLENGE).encode(),
        AkaMessage(EapCode.REQUEST, 7, Subtype.REAUTHENTICATION).encode(),
        AkaMessage(EapCode.REQUEST, 7, Subtype.NOTIFICATION).encode(),
        AkaMessage(EapCode.REQUEST, 7, Subtype.CHALLENGE, (eap.Attribute(At.RAND, b"\0\0"),)).encode(),
    ],
)
def test_what_a_phone_cannot_process_is_a_client_error(octets):
    heard = hear(octets)
    assert isinstance(heard, eap_aka.Declined)
    assert subtype(heard.response) == Subtype.CLIENT_ERROR

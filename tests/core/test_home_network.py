"""AUSF and UDM over a repository in memory: challenges, resynchronisation, concealed identities."""

import asyncio

import pytest

from pilot5g.core.ausf import Ausf
from pilot5g.core.udm import Udm
from pilot5g.crypto import kdf
from pilot5g.crypto.aka import auts, parse_autn, xor
from pilot5g.crypto.algorithm import AkaAlgorithm
from pilot5g.crypto.milenage import Milenage
from pilot5g.crypto.suci import HomeKey, conceal, msin_to_bcd
from pilot5g.crypto.tuak import Tuak
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Plmn, Suci, Supi, serving_network_name, supi
from pilot5g.service.nausf import AuthenticationInfo, Resynchronisation
from pilot5g.service.nudm import AmfRegistration
from pilot5g.service.nudr import AuthenticationSubscription, Subscriber, sqn_of
from pilot5g.service.store import StoreError
from pilot5g.store.memory import MemorySubscribers

HOME = Plmn("001", "01")
SNN = serving_network_name(HOME)
WHO = supi("001010000000001")
K, OPC = bytes.fromhex("465b5ce8b199b49faa5f0a2ee238a6bc"), bytes.fromhex("cd63cb71954a9f4e48a5994e37a02baf")
AKA = Milenage(K, OPC)
KEY_A = HomeKey(1, bytes(range(1, 33)))
KEY_B = HomeKey(2, bytes(range(2, 34)))


async def home() -> tuple[Ausf, Udm, MemorySubscribers]:
    repository = MemorySubscribers()
    await repository.put(Subscriber(supi=WHO, authentication=AuthenticationSubscription(k=K, opc=OPC)))
    udm = Udm(repository, HOME, {1: KEY_A, 2: KEY_B}, seeded(1))
    return Ausf(udm, [HOME]), udm, repository


def answer(rand: bytes, autn: bytes, aka: AkaAlgorithm = AKA) -> tuple[bytes, int]:
    """What a SIM answers, and the SQN it saw; raises where the MAC is wrong."""
    keys = aka.f2345(rand)
    token = parse_autn(autn)
    sqn = xor(token.sqn_xor_ak, keys.ak)
    assert aka.f1(rand, sqn, token.amf) == token.mac
    return kdf.res_star(keys.ck, keys.ik, SNN, rand, keys.res), int.from_bytes(sqn)


def test_a_challenge_is_answered_once_and_gives_kseaf():
    async def flow():
        ausf, _, _ = await home()
        context = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
        res_star, _ = answer(context.rand, context.autn)
        assert kdf.hres_star(context.rand, res_star) == context.hxres_star
        done = await ausf.confirm(context.context_id, res_star)
        assert done.supi == WHO
        assert len(done.kseaf) == 32
        with pytest.raises(ServiceError) as again:
            await ausf.confirm(context.context_id, res_star)
        assert again.value.problem is Problem.CONTEXT_NOT_FOUND
        assert ausf.open_challenges == 0

    run_virtual(flow())


def test_a_wrong_answer_is_rejected_with_the_fix():
    async def flow():
        ausf, _, _ = await home()
        context = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
        with pytest.raises(ServiceError) as wrong:
            await ausf.confirm(context.context_id, bytes(16))
        assert wrong.value.problem is Problem.AUTHENTICATION_REJECTED
        assert "K or OPc" in wrong.value.fix

    run_virtual(flow())


def test_every_challenge_has_a_newer_sqn():
    async def flow():
        ausf, _, _ = await home()
        seen = []
        for _ in range(5):
            context = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
            seen.append(answer(context.rand, context.autn)[1])
        assert seen == sorted(set(seen))

    run_virtual(flow())


def test_resynchronisation_takes_over_the_sims_sqn_only_with_its_mac():
    """TS 33.102 6.3.5."""

    async def flow():
        ausf, _, _ = await home()
        first = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
        aka = Milenage(K, OPC)
        sqn_ms = (1 << 40).to_bytes(6)
        ak = aka.f5star(first.rand)
        good = auts(sqn_ms, ak, aka.f1star(first.rand, sqn_ms, b"\0\0"))
        forged = auts(sqn_ms, ak, bytes(8))
        with pytest.raises(ServiceError) as wrong:
            await ausf.authenticate(AuthenticationInfo(WHO, SNN, Resynchronisation(first.rand, forged)))
        assert wrong.value.problem is Problem.AUTHENTICATION_REJECTED
        again = await ausf.authenticate(AuthenticationInfo(WHO, SNN, Resynchronisation(first.rand, good)))
        assert answer(again.rand, again.autn)[1] > 1 << 40

    run_virtual(flow())


def test_a_sim_that_takes_short_leaps_only_is_followed():
    """It refuses what 2^28 would allow (TS 33.102 C.2.1 leaves the leap to the operator of the USIM)."""

    async def flow():
        ausf, _, repository = await home()
        await repository.set_sqn(WHO, sqn_of(1 << 20))
        first = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
        sqn_ms = sqn_of(7).to_bytes(6)
        aka = Milenage(K, OPC)
        answered = auts(sqn_ms, aka.f5star(first.rand), aka.f1star(first.rand, sqn_ms, b"\0\0"))
        again = await ausf.authenticate(AuthenticationInfo(WHO, SNN, Resynchronisation(first.rand, answered)))
        assert answer(again.rand, again.autn)[1] == sqn_of(8)

    run_virtual(flow())


def test_a_new_key_is_used_at_once():
    async def flow():
        ausf, _, repository = await home()
        await ausf.authenticate(AuthenticationInfo(WHO, SNN))
        for k, opc in ((OPC, OPC), (OPC, K), (K, OPC)):
            await repository.put(
                Subscriber(supi=WHO, authentication=AuthenticationSubscription(k=k, opc=opc))
            )
            context = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
            answer(context.rand, context.autn, Milenage(k, opc))
        tuak = AuthenticationSubscription(k=K, opc=K + OPC, algorithm="tuak")
        await repository.put(Subscriber(supi=WHO, authentication=tuak))
        context = await ausf.authenticate(AuthenticationInfo(WHO, SNN))
        answer(context.rand, context.autn, Tuak(K, K + OPC))

    run_virtual(flow())


@pytest.mark.parametrize("what", ["get", "next_sqn"])
def test_a_store_that_fails_says_why(what):
    class Broken(MemorySubscribers):
        async def fail(self, supi):
            raise StoreError("the disk is full: make room")

    async def flow():
        repository = Broken([Subscriber(supi=WHO, authentication=AuthenticationSubscription(k=K, opc=OPC))])
        setattr(repository, what, repository.fail)
        udm = Udm(repository, HOME, {}, seeded(1))
        with pytest.raises(ServiceError) as failed:
            await udm.generate_auth_data(WHO, SNN)
        assert failed.value.problem is Problem.SYSTEM_FAILURE
        assert "the disk is full: make room" in failed.value.reason

    run_virtual(flow())


@pytest.mark.parametrize(("scheme", "key"), [(0, None), (1, KEY_A), (2, KEY_B)])
def test_a_concealed_identity_opens(scheme, key):
    async def flow():
        _, udm, _ = await home()
        msin = msin_to_bcd("0000000001")
        output = conceal(scheme, key.public if key else b"", msin, bytes(range(3, 35)))
        vector = await udm.generate_auth_data(Suci(HOME, "0", scheme, scheme, output), SNN)
        assert vector.supi == WHO

    run_virtual(flow())


@pytest.mark.parametrize(
    ("suci", "problem"),
    [
        (Suci(Plmn("999", "99"), "0", 0, 0, msin_to_bcd("0000000001")), Problem.USER_NOT_FOUND),
        (Suci(HOME, "0", 1, 7, bytes(45)), Problem.INVALID_HN_PUBLIC_KEY_IDENTIFIER),
        (Suci(HOME, "0", 2, 1, bytes(45)), Problem.UNSUPPORTED_PROTECTION_SCHEME),
        (Suci(HOME, "0", 1, 1, bytes(45)), Problem.INVALID_SCHEME_OUTPUT),
        (Suci(HOME, "0", 0, 0, b"\xff"), Problem.INVALID_SCHEME_OUTPUT),
        (Suci(HOME, "0", 0, 0, msin_to_bcd("0000000002")), Problem.USER_NOT_FOUND),
    ],
)
def test_an_identity_that_cannot_be_used_says_why(suci, problem):
    async def flow():
        _, udm, _ = await home()
        with pytest.raises(ServiceError) as refused:
            await udm.generate_auth_data(suci, SNN)
        assert refused.value.problem is problem
        assert refused.value.fix

    run_virtual(flow())


def test_another_network_is_not_authorised():
    async def flow():
        ausf, _, _ = await home()
        with pytest.raises(ServiceError) as refused:
            await ausf.authenticate(AuthenticationInfo(WHO, serving_network_name(Plmn("262", "01"))))
        assert refused.value.problem is Problem.SERVING_NETWORK_NOT_AUTHORIZED

    run_virtual(flow())


def test_the_amf_served_before_is_told_to_let_go():
    class Amf:
        told: list[tuple[Supi, str]]

        def __init__(self):
            self.told = []

        async def deregister(self, who, reason):
            self.told.append((who, reason))

    async def flow():
        _, udm, _ = await home()
        old, new = Amf(), Amf()
        await udm.register_amf(AmfRegistration(WHO, "amf-1"), old)
        await udm.register_amf(AmfRegistration(WHO, "amf-1"), old)
        await udm.register_amf(AmfRegistration(WHO, "amf-2"), new)
        await udm.deregister_amf(WHO, "amf-1")
        assert await udm.withdraw(WHO)
        await udm.deregister_amf(WHO, "amf-2")
        await asyncio.sleep(0.1)
        assert udm.leftovers() == []
        assert old.told == [(WHO, "UE_INITIAL_REGISTRATION")]
        assert new.told == [(WHO, "SUBSCRIPTION_WITHDRAWN")]

    run_virtual(flow())

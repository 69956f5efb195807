"""EAP-AKA' between both halves of the network (TS 24.501 5.4.1.2, TS 33.501 6.1.3.1)."""

import asyncio

import msgspec
import pytest

from flows.network.test_judged import write
from judges import tshark
from judges.network import play, registered
from pilot5g.core.amf.procedures.authentication import Authentication
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.ran.ue.phone import Phone
from pilot5g.ran.ue.usim import Usim
from pilot5g.wire import nas
from pilot5g.wire.eap import AkaMessage, EapCode, EapPacket, Subtype
from pilot5g.wire.nas.security import SecurityHeaderType, parse_header

EAP = "phones: {count: 1, authentication: eap-aka-prime}\n"
CLEAR = "security: {ciphering: [NEA0]}\n" + EAP


def said(network, kind):
    """The messages of a kind that went by in the clear or null ciphered, in order."""
    found = []
    for message in network.ngap:
        pdu = getattr(message, "nas_pdu", None)
        if not pdu:
            continue
        secured = parse_header(pdu)
        plain = pdu if secured is None else secured.payload
        try:
            decoded = nas.decode(plain)
        except nas.NasError:
            continue
        if isinstance(decoded, kind):
            found.append(decoded)
    return found


def test_a_life_by_eap_aka_prime():
    """The success comes with the security mode command (5.4.1.2.5), and both have the same keys."""

    async def flow(network):
        async with registered(network) as (unit,):
            await unit.stack.ping(unit.gateway, timeout=5)
        (request,) = said(network, nas.AuthenticationRequest)
        assert request.rand is None
        assert request.autn is None
        assert AkaMessage.decode(request.eap_message).subtype == Subtype.CHALLENGE
        (command,) = said(network, nas.SecurityModeCommand)
        assert EapPacket.decode(command.eap_message).code == EapCode.SUCCESS
        assert command.abba == b"\0\0"

    play(flow, CLEAR)


@pytest.mark.parametrize("algorithm", ["milenage", "tuak"])
def test_with_both_algorithm_sets(algorithm):
    async def flow(network):
        async with registered(network):
            pass

    play(flow, f"phones: {{count: 1, authentication: eap-aka-prime, algorithm: {algorithm}}}\n")


def test_a_sim_that_another_network_has_used_is_followed():
    """Synchronisation failure: another challenge in the same EAP session."""

    async def flow(network):
        (unit,) = network.units
        unit.phone.usim.seq[:] = [1 << 20] * 32
        await unit.register()
        challenges = said(network, nas.AuthenticationRequest)
        assert len(challenges) == 2
        await unit.deregister()

    play(flow, CLEAR)


def test_5_4_1_2_2_a_wrong_key_is_rejected_with_an_eap_failure():
    async def flow(network):
        (unit,) = network.units
        unit.phone.usim._config = msgspec.structs.replace(unit.phone.config, k=bytes(16))
        with pytest.raises(Rejected) as refused:
            await unit.register()
        assert refused.value.cause == nas.GmmCause.ILLEGAL_UE
        (reject,) = said(network, nas.AuthenticationReject)
        assert EapPacket.decode(reject.eap_message).code == EapCode.FAILURE
        entry = next(e for e in network.core.journal.entries if e.reason)
        assert "does not accept the challenge" in entry.reason
        assert "K or OPc" in entry.fix
        assert unit.phone.context.usim_valid  # anybody may have said so (TS 24.501 5.3.20)

    play(flow, CLEAR)


def test_a_wrong_answer_is_notified_and_then_rejected(monkeypatch):
    """A SIM that takes the network for genuine and answers wrongly. RFC 4187 6.3.2."""
    check = Usim.check
    monkeypatch.setattr(
        Usim, "check", lambda self, *asked: msgspec.structs.replace(check(self, *asked), res=bytes(8))
    )

    async def flow(network):
        (unit,) = network.units
        with pytest.raises(Rejected):
            await unit.register()
        asked = said(network, nas.AuthenticationRequest)
        assert [AkaMessage.decode(each.eap_message).subtype for each in asked] == [
            Subtype.CHALLENGE,
            Subtype.NOTIFICATION,
        ]

    play(flow, CLEAR)


def test_5_4_1_2_4_5_b_a_key_set_identifier_in_use(monkeypatch):
    """AUTHENTICATION FAILURE #71: the same EAP request under another ngKSI."""
    given = iter((0, 0, 5))
    monkeypatch.setattr(Authentication, "_fresh", lambda self, ksi: next(given))

    async def flow(network):
        (unit,) = network.units
        phone = unit.phone
        await unit.register()
        await phone.until_idle()
        phone.context.current.nas.knas_int = bytes(16)  # nobody can check what it protects now
        await phone.register()
        (failure,) = said(network, nas.AuthenticationFailure)
        assert failure.cause == nas.GmmCause.NGKSI_ALREADY_IN_USE
        first, second = said(network, nas.AuthenticationRequest)[-2:]
        assert first.eap_message == second.eap_message
        assert (first.ngksi.value, second.ngksi.value) == (0, 5)
        await unit.deregister()

    play(flow, CLEAR)


def test_the_same_request_again_is_given_the_same_answer(monkeypatch):
    """RFC 3748 4.1; the phone's sequence number is not used up twice."""
    hear = Phone.on_nas

    def twice(phone, pdu):
        hear(phone, pdu)
        if parse_header(pdu) is None and isinstance(nas.decode(pdu), nas.AuthenticationRequest):
            hear(phone, pdu)

    monkeypatch.setattr(Phone, "on_nas", twice)

    async def flow(network):
        (unit,) = network.units
        await unit.register()
        first, second = said(network, nas.AuthenticationResponse)
        assert first.eap_message == second.eap_message
        await unit.deregister()

    play(flow, CLEAR)


def test_an_unprotected_deregistration_gets_its_success_in_an_authentication_result():
    """5.4.1.2.5: no security mode command follows."""

    async def flow(network):
        (unit,) = network.units
        phone = unit.phone
        await unit.register()
        await phone.until_idle()
        phone.context.current = None
        await phone.deregister()
        (result,) = said(network, nas.AuthenticationResult)
        assert EapPacket.decode(result.eap_message).code == EapCode.SUCCESS
        assert phone.context.partial is not None
        await asyncio.sleep(20)

    play(flow, CLEAR)


def test_5_4_1_2_5_an_eap_failure_in_a_result_ends_the_authentication():
    async def flow(network):
        (unit,) = network.units
        phone = unit.phone
        await unit.register()
        phone.context.partial = phone.context.current
        failure = EapPacket(EapCode.FAILURE, 1).encode()
        for eap in (b"\1", failure):
            message = nas.AuthenticationResult(ngksi=nas.KeySetIdentifier(1), eap_message=eap.ljust(4, b"\0"))
            keys = network.core.amf.ues.by_supi[phone.config.supi].context.keys.nas
            phone.on_nas(keys.protect(nas.encode(message), SecurityHeaderType.CIPHERED, uplink=False))
        assert phone.context.partial is None
        await unit.deregister()

    play(flow, CLEAR)


@pytest.mark.judge
@pytest.mark.skipif(not tshark.AVAILABLE, reason="tshark is not installed: make setup-dev")
def test_tshark_reads_what_was_said(tmp_path):
    async def flow(network):
        (unit,) = network.units
        unit.phone.usim.seq[:] = [1 << 20] * 32
        await unit.register()
        await unit.deregister()
        path = tmp_path / "eap.pcap"
        write(path, network.sent)
        assert tshark.faults(path) == []
        read = tshark.fields(path, "eap.type", "eap.aka.subtype", only="eap")
        kinds = [line for line in read if line[0]]
        assert kinds == [["50", "1"], ["50", "4"], ["50", "1"], ["50", "1"]]

    play(flow, CLEAR)

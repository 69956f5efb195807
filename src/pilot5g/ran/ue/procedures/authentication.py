"""Authentication on the phone's side: 5G AKA (TS 24.501 5.4.1.3), and EAP-AKA' (5.4.1.2) by `eap_aka`.

A challenge is answered on the spot, whatever else runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.crypto import kdf
from pilot5g.model import network_access_identifier, serving_network_name
from pilot5g.ran.ue import eap_aka, security
from pilot5g.ran.ue.context import SecurityContext
from pilot5g.ran.ue.identity import KeptEap
from pilot5g.ran.ue.rejections import react, words
from pilot5g.ran.ue.usim import Authenticated, MacFailure, NotFor5g, SynchFailure
from pilot5g.wire import nas
from pilot5g.wire.eap import EapCode, EapPacket
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas import GmmCause

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

CHANCES = 3
"""Consecutive failures after which the network is not genuine (5.4.1.3.7, "the UE shall deem")."""


def challenged(phone: Phone, request: nas.AuthenticationRequest) -> None:
    """AUTHENTICATION REQUEST (5.4.1.3.2 to 5.4.1.3.4, 5.4.1.3.7; 5.4.1.2.4)."""
    if request.eap_message is not None:
        _asked_by_eap(phone, request, request.eap_message)
        return
    if request.rand is None or request.autn is None:
        phone.status(GmmCause.CONDITIONAL_IE_ERROR)  # without EAP, RAND and AUTN must be there (7.7.2)
        return
    answered = phone.identity.challenge
    if answered is not None and answered.rand == request.rand:
        phone.signalling.send(nas.AuthenticationResponse(response=answered.res_star))
        return
    current = phone.context.current
    if current is not None and current.ngksi == request.ngksi.value:
        _fail(phone, nas.AuthenticationFailure(cause=GmmCause.NGKSI_ALREADY_IN_USE))
        return
    snn = serving_network_name(phone.serving_plmn)
    match phone.usim.authenticate(request.rand, request.autn, snn):
        case Authenticated() as genuine:
            _answer(phone, request, request.rand, genuine)
        case SynchFailure(auts):
            _fail(phone, nas.AuthenticationFailure(cause=GmmCause.SYNCH_FAILURE, auts=auts))
        case MacFailure():
            _fail(phone, nas.AuthenticationFailure(cause=GmmCause.MAC_FAILURE))
        case NotFor5g():
            _fail(phone, nas.AuthenticationFailure(cause=GmmCause.NON_5G_AUTHENTICATION_UNACCEPTABLE))


def _answer(phone: Phone, request: nas.AuthenticationRequest, rand: bytes, genuine: Authenticated) -> None:
    """A partial native context is made, RES* kept for a repetition while T3516 runs (5.4.1.3.2)."""
    ngksi = request.ngksi.value
    phone.context.partial = security.partial(genuine, phone.config.supi, ngksi, request.abba)
    phone.alarms.stop("T3520")
    phone.failed_challenges = 0
    phone.identity.keep_challenge(rand, genuine.res_star)
    phone.signalling.send(nas.AuthenticationResponse(response=genuine.res_star))


def _fail(phone: Phone, failure: nas.AuthenticationFailure) -> None:
    name = failure.cause.name.lower().replace("_", " ")
    reason = "the challenge does not fit the SIM" if failure.auts is None else "the sequence number is used"
    fix = "give subscriber and SIM the same K and OPc" if failure.cause == GmmCause.MAC_FAILURE else ""
    _decline(phone, failure, f"#{int(failure.cause)} {name}", reason, fix)


def _decline(
    phone: Phone,
    answer: nas.AuthenticationFailure | nas.AuthenticationResponse,
    cause: str,
    reason: str,
    fix: str,
) -> None:
    """T3520 runs; three in a row, and the network is not genuine."""
    consecutive = phone.alarms.running("T3520")
    phone.failed_challenges = phone.failed_challenges + 1 if consecutive else 1
    phone.signalling.send(answer)
    if phone.failed_challenges >= CHANCES:
        _not_genuine(phone, f"{CHANCES} challenges in a row failed, the last by {cause or reason}")
        return
    what = "refused an authentication challenge"
    phone.journal.refuse(phone.config.name, what, cause=cause, reason=reason, fix=fix)
    seconds = phone.config.timers["T3520"].seconds
    phone.alarms.start("T3520", seconds, lambda: _not_genuine(phone, "T3520 expired without a new challenge"))


def _not_genuine(phone: Phone, why: str) -> None:
    """The network is no network of the SIM's: leave it and bar the cell (5.4.1.3.7)."""
    phone.failed_challenges = 0
    phone.camping.bar(why)
    phone.release_locally("the network failed the authentication check: " + why)


def rejected(phone: Phone, reject: nas.AuthenticationReject) -> None:
    """AUTHENTICATION REJECT (5.4.1.3.5): the SIM is of no use here until the phone is switched off.

    Without integrity protection it counts only while an authentication is under way.
    """
    under_way = phone.alarms.running("T3516") or phone.alarms.running("T3520")
    under_way = under_way or phone.identity.eap is not None
    if not (phone.signalling.established or under_way):
        phone.signalling.counters.not_protected += 1
        return
    phone.identity.forget_challenge()
    phone.alarms.stop("T3519", "T3520")
    reaction = phone.doubts.reaction(GmmCause.ILLEGAL_UE)
    assert reaction is not None
    react(phone, reaction)
    reason, fix = words(GmmCause.ILLEGAL_UE)
    phone.journal.refuse(phone.config.name, "authentication rejected", cause="#3", reason=reason, fix=fix)
    phone.renewal.deregistered("authentication was rejected")
    if phone.mm.busy:
        phone.mm.deliver(reject)


# EAP-AKA' (5.4.1.2)


def _asked_by_eap(phone: Phone, request: nas.AuthenticationRequest, message: bytes) -> None:
    """An EAP request (5.4.1.2.4). The same again is given the same answer (RFC 3748 4.1)."""
    kept, current, ngksi = phone.identity.eap, phone.context.current, request.ngksi.value
    if kept is not None and kept.request == message:
        phone.signalling.send(nas.AuthenticationResponse(eap_message=kept.response))
        return
    if current is not None and current.ngksi == ngksi:
        _fail(phone, nas.AuthenticationFailure(cause=GmmCause.NGKSI_ALREADY_IN_USE))
        return
    snn = serving_network_name(phone.serving_plmn)
    nai = network_access_identifier(phone.config.supi, phone.config.home_plmn)
    offered = kept.offered if kept is not None else ()
    heard = eap_aka.hear(phone.usim, message, nai, snn, offered)
    answer = nas.AuthenticationResponse(eap_message=heard.response)
    match heard:
        case eap_aka.Answered(response, kausf):
            phone.identity.eap = KeptEap(message, response, ngksi, kausf, offered)
            phone.alarms.stop("T3520")
            phone.failed_challenges = 0
            phone.signalling.send(answer)
        case eap_aka.Declined(response, reason):
            phone.identity.eap = KeptEap(message, response, ngksi, offered=offered)
            _decline(phone, answer, "", reason, "")
        case eap_aka.Negotiating(response, functions):
            phone.identity.eap = KeptEap(message, response, ngksi, offered=functions)
            phone.signalling.send(answer)
        case eap_aka.Noted(response, code):
            phone.identity.eap = KeptEap(message, response, ngksi)
            phone.journal.note(phone.config.name, f"the network says EAP-AKA' notification {code}")
            phone.signalling.send(answer)


def resulted(phone: Phone, result: nas.AuthenticationResult) -> None:
    """AUTHENTICATION RESULT (5.4.1.2.5)."""
    concluded(phone, result.ngksi, result.eap_message, result.abba)


def concluded(phone: Phone, ngksi: nas.KeySetIdentifier, message: bytes, abba: bytes | None) -> None:
    """An EAP success makes the partial native context of the challenge that was answered, an EAP failure
    ends it (5.4.1.2.2); here, or within a security mode command."""
    kept = phone.identity.eap
    try:
        packet = EapPacket.decode(message)
    except DecodeError:
        phone.signalling.counters.unreadable += 1
        return
    if packet.code == EapCode.FAILURE:
        phone.identity.forget_challenge()
        phone.context.partial = None
    elif packet.code == EapCode.SUCCESS and kept is not None and kept.kausf and kept.ngksi == ngksi.value:
        kseaf = kdf.kseaf(kept.kausf, serving_network_name(phone.serving_plmn))
        given = abba if abba is not None else b"\0\0"
        kamf = kdf.kamf(kseaf, phone.config.supi, given)
        phone.context.partial = SecurityContext(ngksi=ngksi.value, kamf=kamf, abba=given)

"""5G AKA on the phone's side (TS 24.501 5.4.1.3). A challenge is answered on the spot, whatever else runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.model import serving_network_name
from pilot5g.ran.ue import security
from pilot5g.ran.ue.rejections import REACTIONS, react, words
from pilot5g.ran.ue.usim import Authenticated, MacFailure, NotFor5g, SynchFailure
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

CHANCES = 3
"""Consecutive failures after which the network is not genuine (5.4.1.3.7, "the UE shall deem")."""


def challenged(phone: Phone, request: nas.AuthenticationRequest) -> None:
    """AUTHENTICATION REQUEST (5.4.1.3.2 to 5.4.1.3.4, 5.4.1.3.7)."""
    if request.rand is None or request.autn is None:
        phone.status(GmmCause.CONDITIONAL_IE_ERROR)  # EAP is not used: RAND and AUTN must be there (7.7.2)
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
    consecutive = phone.alarms.running("T3520")
    phone.failed_challenges = phone.failed_challenges + 1 if consecutive else 1
    phone.signalling.send(failure)
    name = failure.cause.name.lower().replace("_", " ")
    if phone.failed_challenges >= CHANCES:
        _not_genuine(phone, f"{CHANCES} challenges in a row failed, the last by {name}")
        return
    phone.journal.refuse(
        phone.config.name,
        "refused an authentication challenge",
        cause=f"#{int(failure.cause)} {name}",
        reason="the challenge does not fit the SIM"
        if failure.auts is None
        else "the sequence number is used",
        fix="give subscriber and SIM the same K and OPc" if failure.cause == GmmCause.MAC_FAILURE else "",
    )
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
    if not (phone.signalling.established or under_way):
        phone.signalling.counters.not_protected += 1
        return
    phone.identity.forget_challenge()
    phone.alarms.stop("T3519", "T3520")
    react(phone.context, REACTIONS[GmmCause.ILLEGAL_UE], phone.tai)
    reason, fix = words(GmmCause.ILLEGAL_UE)
    phone.journal.refuse(phone.config.name, "authentication rejected", cause="#3", reason=reason, fix=fix)
    phone.renewal.deregistered("authentication was rejected")
    if phone.mm.busy:
        phone.mm.deliver(reject)

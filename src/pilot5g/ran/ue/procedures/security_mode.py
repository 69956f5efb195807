"""Security mode control on the phone's side (TS 24.501 5.4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pilot5g.crypto import kdf
from pilot5g.ran.ue import security
from pilot5g.ran.ue.context import SecurityContext
from pilot5g.ran.ue.procedures.authentication import concluded
from pilot5g.ran.ue.procedures.registration import Registration
from pilot5g.ran.ue.rejections import words
from pilot5g.ran.ue.signalling import Command
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


def commanded(phone: Phone, command: Command) -> None:
    """SECURITY MODE COMMAND: check, then take the context into use (5.4.2.3) or refuse (5.4.2.5)."""
    message = command.message
    if message.eap_message is not None:
        concluded(phone, message.ngksi, message.eap_message, message.abba)
    cause = _unacceptable(phone, message)
    context = None if cause else _genuine(phone, command)
    if context is None:
        _refuse(phone, cause or GmmCause.SECURITY_MODE_REJECTED)
        return
    phone.context.current = context
    phone.context.partial = None
    phone.identity.forget_challenge()
    phone.alarms.stop("T3520")
    extra = message.additional_5g_security_information
    again = extra is not None and extra.retransmission_requested
    phone.signalling.send_new_context(
        nas.SecurityModeComplete(
            imeisv=nas.Imeisv(phone.config.imeisv) if message.imeisv_request else None,
            nas_message_container=phone.initial_message(again),
        )
    )


def _unacceptable(phone: Phone, message: nas.SecurityModeCommand) -> GmmCause | None:
    """#23 where the network repeats other capabilities than were sent or selects what the phone lacks.

    Null integrity is for who registers for emergency services only (TS 33.501 5.5.2).
    """
    capability, selected = phone.capability, message.selected_nas_security_algorithms
    if message.replayed_ue_security_capabilities != capability:
        return GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH
    if selected.integrity == security.NULL:
        fits = _in_need(phone) and selected.ciphering == security.NULL
        return None if fits else GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH
    if selected.ciphering not in capability.ciphering or selected.integrity not in capability.integrity:
        return GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH
    return None


def _in_need(phone: Phone) -> bool:
    """Whether it is registering for emergency services."""
    running = phone.mm.procedure
    return isinstance(running, Registration) and running.kind == RegistrationKind.EMERGENCY


def _genuine(phone: Phone, command: Command) -> SecurityContext | None:
    """The context that the command names, with keys for its algorithms, if the MAC is right."""
    context = _named(phone, command.message)
    if context is None or context.nas is None:
        return None
    try:
        context.nas.unprotect(command.octets, uplink=False)
    except nas.IntegrityError:
        phone.signalling.counters.wrong_mac += 1
        return None
    return context


def _named(phone: Phone, message: nas.SecurityModeCommand) -> SecurityContext | None:
    """A copy of the context with this ngKSI, keyed anew. COUNTs start at zero for a context fresh from
    authentication or from K_AMF derivation, and go on for the one in use (5.4.2.3)."""
    if message.ngksi.mapped:
        return None
    partial, current = phone.context.partial, phone.context.current
    if message.selected_nas_security_algorithms.integrity == security.NULL:
        partial = SecurityContext(
            ngksi=message.ngksi.value, kamf=phone.entropy(32)
        )  # nobody has it (5.4.2.3)
    algorithms = message.selected_nas_security_algorithms
    if partial is not None and partial.ngksi == message.ngksi.value:
        return msgspec.structs.replace(partial, nas=security.nas_keys(partial, algorithms))
    if current is None or current.nas is None or current.ngksi != message.ngksi.value:
        return None
    extra = message.additional_5g_security_information
    if extra is not None and extra.kamf_derivation:
        derived = kdf.kamf_prime(current.kamf, 0, current.kgnb_count)  # TS 33.501 A.13, 6.9.3
        fresh = msgspec.structs.replace(current, kamf=derived)
        return msgspec.structs.replace(fresh, nas=security.nas_keys(fresh, algorithms))
    keys = security.nas_keys(current, algorithms)
    keys.uplink_count, keys.downlink_count = current.nas.uplink_count, current.nas.downlink_count
    return msgspec.structs.replace(current, nas=keys)


def _refuse(phone: Phone, cause: GmmCause) -> None:
    reason = words(cause)[0] if cause != GmmCause.SECURITY_MODE_REJECTED else "MAC or key set is wrong"
    phone.journal.refuse(
        phone.config.name, "refused a security mode command", cause=f"#{int(cause)}", reason=reason
    )
    phone.signalling.send(nas.SecurityModeReject(cause=cause))

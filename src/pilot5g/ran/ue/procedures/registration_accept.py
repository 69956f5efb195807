"""What REGISTRATION ACCEPT changes in a phone (TS 24.501 5.5.1.2.4, 5.5.1.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.model import Guti
from pilot5g.ran.ue.context import UpdateStatus
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


def needs_complete(message: nas.RegistrationAccept) -> bool:
    """Whether the network waits for REGISTRATION COMPLETE: it gave a 5G-GUTI or something else to confirm."""
    slicing = message.network_slicing_indication
    return (
        message.guti is not None
        or message.configured_nssai is not None
        or (slicing is not None and slicing.subscription_changed)
        or message.sor_transparent_container is not None
        or message.operator_defined_access_category_definitions is not None
        or message.cag_information_list is not None
        or message.ue_radio_capability_id is not None
        or message.ue_radio_capability_id_deletion_indication is not None
    )


def accept(phone: Phone, message: nas.RegistrationAccept, asked: frozenset[int]) -> None:
    """Store what the message gives; what it does not mention keeps its value where the clause says so.

    `asked`: the sessions whose user plane was asked for.
    """
    context = phone.context
    phone.alarms.stop("T3346")
    phone.identity.forget_challenge()
    context.registration_attempts = context.service_attempts = 0
    context.update_status = UpdateStatus.UPDATED
    context.last_visited_tai = phone.tai
    context.emergency = message.registration_result.emergency
    context.equivalent_plmns = message.equivalent_plmns or ()
    if isinstance(message.guti, Guti):
        phone.identity.take_guti(message.guti)
        phone.camping.listen()
    if message.tai_list is not None:
        context.tai_list = message.tai_list
    context.service_areas = message.service_area_list
    context.forbidden_plmns -= {phone.serving_plmn}  # 5.3.13A: it takes the phone after all
    phone.search.told(message)
    phone.search.stop()
    phone.doubts.registered()
    _timers(phone, message)
    _slices(phone, message)
    if message.pdu_session_status is not None:
        phone.sessions.keep_only(message.pdu_session_status)
    phone.sessions.reactivated(asked, message.pdu_session_reactivation_result or frozenset())
    _voice(phone, message.network_feature_support)


def _voice(phone: Phone, offered: nas.NetworkFeatureSupport | None) -> None:
    """A voice centric phone does not stay where there is no voice over IMS: N1 mode is disabled for this
    network (4.3.2, 4.9.2), and with no other access that is the end."""
    wants = phone.config.profile.usage == nas.UsageSetting.VOICE_CENTRIC
    if not wants or (offered is not None and offered.ims_voice_3gpp):
        return
    phone.context.voiceless_plmns |= {phone.serving_plmn}
    phone.renewal.leave()
    phone.journal.refuse(
        phone.config.name,
        "leaves the network",
        cause="",
        reason="it is voice centric, and the network offers no voice over IMS (IMS VoPS)",
        fix="set the phone to data centric, or connect an IMS",
    )


def _timers(phone: Phone, message: nas.RegistrationAccept) -> None:
    """T3512 (zero and deactivated: no periodic registration, 5.3.7) and T3502 (5.5.1.2.4)."""
    if message.t3512_value is not None:
        phone.context.t3512 = message.t3512_value.seconds or None
    phone.context.t3502 = message.t3502_value.seconds if message.t3502_value is not None else None


def _slices(phone: Phone, message: nas.RegistrationAccept) -> None:
    context = phone.context
    context.rejected_nssai = tuple(entry.s_nssai for entry in message.rejected_nssai or ())
    if message.configured_nssai is not None:
        context.configured_nssai = message.configured_nssai
    if message.allowed_nssai is not None:
        context.allowed_nssai = message.allowed_nssai

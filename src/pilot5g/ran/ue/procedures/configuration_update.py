"""Generic UE configuration update on the phone's side (TS 24.501 5.4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.model import Guti
from pilot5g.wire import nas
from pilot5g.wire.nas import RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


def updated(phone: Phone, command: nas.ConfigurationUpdateCommand) -> None:
    """CONFIGURATION UPDATE COMMAND (5.4.4.3): take what is there, confirm if asked, register if told."""
    context = phone.context
    if isinstance(command.guti, Guti):
        phone.identity.take_guti(command.guti)
        phone.camping.listen()
    if command.tai_list is not None:
        context.tai_list = command.tai_list
    if command.service_area_list is not None:
        context.service_areas = command.service_area_list
    if command.allowed_nssai is not None:
        context.allowed_nssai = command.allowed_nssai
    if command.configured_nssai is not None:
        context.configured_nssai = command.configured_nssai
    if command.rejected_nssai is not None:
        context.rejected_nssai = tuple(entry.s_nssai for entry in command.rejected_nssai)
    if command.full_name_for_network is not None:
        context.network_name = command.full_name_for_network.text
    if command.universal_time_and_local_time_zone is not None:
        context.network_time = command.universal_time_and_local_time_zone
    indication = command.configuration_update_indication
    if indication is not None and indication.acknowledgement:
        phone.signalling.send(nas.ConfigurationUpdateComplete())
    if indication is not None and indication.registration:
        phone.renewal.after_release(RegistrationKind.MOBILITY)
    phone.search.settle()
    phone.changed()

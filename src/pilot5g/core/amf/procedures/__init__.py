"""The procedures of TS 23.502 chapter 4, one a file, and which event begins which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.events import (
    Carry,
    Deregister,
    Forget,
    Page,
    Reauthenticate,
    Reconfigure,
    SubscriptionChanged,
)
from pilot5g.core.amf.payloads import down
from pilot5g.core.amf.procedures.configuration_update import ConfigurationUpdate
from pilot5g.core.amf.procedures.context_fetch import ContextFetch, Foreign
from pilot5g.core.amf.procedures.deregistration import Deregistration, ImplicitDeregistration
from pilot5g.core.amf.procedures.emergency_registration import EmergencyRegistration
from pilot5g.core.amf.procedures.network_deregistration import NetworkDeregistration
from pilot5g.core.amf.procedures.paging import Paging
from pilot5g.core.amf.procedures.reauthentication import Reauthentication
from pilot5g.core.amf.procedures.registration import Registration
from pilot5g.core.amf.procedures.service_request import Service, reject_service
from pilot5g.core.amf.procedures.subscription_change import SubscriptionChange
from pilot5g.flow.procedure import Procedure
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

LATE = (
    nas.AuthenticationResponse,
    nas.AuthenticationFailure,
    nas.IdentityResponse,
    nas.SecurityModeComplete,
    nas.SecurityModeReject,
    nas.RegistrationComplete,
    nas.ConfigurationUpdateComplete,
    nas.DeregistrationAcceptNetwork,
)
"""Answers whose question has been given up. They are ignored."""


def begin(ue: Ue, event: Any) -> Procedure | None:
    """The procedure an event begins for a phone, None where it was dealt with on the spot."""
    match event:
        case nas.GmmMessage() if not ue.connected:
            return None  # it was kept until now, and the connection it came by is no more
        case Foreign():
            return ContextFetch(ue, event)
        case nas.RegistrationRequest() if event.registration_type.kind is nas.RegistrationKind.EMERGENCY:
            return EmergencyRegistration(ue, event)
        case nas.RegistrationRequest():
            return Registration(ue, event)
        case nas.ServiceRequest():
            if ue.registered and ue.line().secure:
                return Service(ue, event)
            reject_service(ue, event)
            return None
        case nas.DeregistrationRequest():
            return Deregistration(ue, event)
        case _ if isinstance(event, LATE):
            return None
        case nas.GmmMessage():
            ue.refuse(event)
            return None
        case _:
            return _internal(ue, event)


def _internal(ue: Ue, event: Any) -> Procedure | None:
    match event:
        case SubscriptionChanged() if ue.registered:
            return SubscriptionChange(ue)
        case Page() if ue.registered and ue.idle:
            return Paging(ue)
        case Deregister() if ue.secured:
            return NetworkDeregistration(ue, event)
        case Carry() if ue.secured:
            down(ue, event.payload)
            return None
        case Reauthenticate() if ue.secured:
            return Reauthentication(ue)
        case Reconfigure() if ue.secured:
            return ConfigurationUpdate(ue, event)
        case Reconfigure() if not event.urgent:
            return None  # it will be told when it registers
        case Deregister() | Reauthenticate() | Reconfigure() | Carry() if ue.registered and ue.reachable:
            ue.want(event)
            return Paging(ue) if ue.idle else None
        case Deregister() | Forget() if ue.registered:
            return ImplicitDeregistration(ue, event.reason)
        case _:
            return None

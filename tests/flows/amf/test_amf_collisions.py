"""Every procedure of the AMF has decided what it does with every message and event that it does not wait for.

`collisions.txt` beside this file is the table: procedure, event, outcome. A change of any outcome changes the
table, and so is seen; `WRITE=1 pytest` on this file writes it anew.
"""

import os
import re
from pathlib import Path

import pytest

from flows.amf.world import SLICE, Phone, play, settle
from pilot5g.core.amf import events
from pilot5g.core.amf.procedures.configuration_update import ConfigurationUpdate
from pilot5g.core.amf.procedures.deregistration import Deregistration, ImplicitDeregistration
from pilot5g.core.amf.procedures.emergency_registration import EmergencyRegistration
from pilot5g.core.amf.procedures.network_deregistration import NetworkDeregistration
from pilot5g.core.amf.procedures.paging import Paging
from pilot5g.core.amf.procedures.reauthentication import Reauthentication
from pilot5g.core.amf.procedures.registration import Registration
from pilot5g.core.amf.procedures.service_request import Service
from pilot5g.core.amf.procedures.subscription_change import SubscriptionChange
from pilot5g.flow.procedure import Verdict
from pilot5g.service.n1 import N1Class, N1Payload
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap

TABLE = Path(__file__).with_name("collisions.txt")
PAYLOAD = N1Payload(kind=N1Class.SMS, octets=b"sms")


def incoming(phone):
    """Everything that can reach a phone's owner, by name."""
    kinds = nas.RegistrationKind
    pei = nas.Imeisv("4370816125816151")
    return {
        "initial registration": phone.registration(requested_nssai=(SLICE,)),
        "mobility registration": phone.registration(kinds.MOBILITY),
        "periodic registration": phone.registration(kinds.PERIODIC),
        "emergency registration": phone.registration(kinds.EMERGENCY),
        "service request": phone.service(),
        "deregistration": nas.DeregistrationRequest(
            deregistration_type=nas.DeregistrationType(),
            ngksi=nas.KeySetIdentifier(0),
            mobile_identity=phone.guti,
        ),
        "authentication response": nas.AuthenticationResponse(response=bytes(16)),
        "authentication failure": nas.AuthenticationFailure(cause=nas.GmmCause.MAC_FAILURE),
        "identity response": nas.IdentityResponse(mobile_identity=pei),
        "security mode complete": nas.SecurityModeComplete(),
        "security mode reject": nas.SecurityModeReject(cause=nas.GmmCause.SECURITY_MODE_REJECTED),
        "registration complete": nas.RegistrationComplete(),
        "configuration update complete": nas.ConfigurationUpdateComplete(),
        "deregistration accept": nas.DeregistrationAcceptNetwork(),
        "notification response": nas.NotificationResponse(),
        "context set up": ngap.InitialContextSetupResponse(amf_ue_ngap_id=1, ran_ue_ngap_id=1),
        "context modified": ngap.UEContextModificationResponse(amf_ue_ngap_id=1, ran_ue_ngap_id=1),
        "page": events.Page(),
        "deregister": events.Deregister("as ordered"),
        "forget": events.Forget("as ordered"),
        "reauthenticate": events.Reauthenticate(),
        "new identity": events.Reconfigure(new_guti=True),
        "new slices": events.Reconfigure(slices=True),
        "subscription changed": events.SubscriptionChanged(),
        "sms": events.Carry(PAYLOAD),
    }


def procedures(ue, phone):
    """Every procedure, for a phone that is registered and connected."""
    kinds = nas.RegistrationKind
    return {
        "Registration": lambda: Registration(ue, phone.registration()),
        "EmergencyRegistration": lambda: EmergencyRegistration(ue, phone.registration(kinds.EMERGENCY)),
        "Service": lambda: Service(ue, phone.service(nas.ServiceType.SIGNALLING)),
        "Deregistration": lambda: Deregistration(ue, incoming(phone)["deregistration"]),
        "ImplicitDeregistration": lambda: ImplicitDeregistration(ue, "as ordered"),
        "NetworkDeregistration": lambda: NetworkDeregistration(ue, events.Deregister("as ordered")),
        "ConfigurationUpdate": lambda: ConfigurationUpdate(ue, events.Reconfigure(new_guti=True)),
        "Reauthentication": lambda: Reauthentication(ue),
        "SubscriptionChange": lambda: SubscriptionChange(ue),
        "Paging": lambda: Paging(ue),
    }


def decided():
    """The table, as the procedures have it."""
    lines = []

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        await settle()
        ue = world.amf.ues.by_supi[phone.supi]
        for name, make in procedures(ue, phone).items():
            for event, message in incoming(phone).items():
                ue.wanted = ()
                verdict = make().collide(message)
                assert isinstance(verdict, Verdict), (name, event)
                held = " (wanted)" if ue.wanted else ""
                lines.append(f"{name} | {event} | {verdict.name.lower()}{held}")
        ue.wanted = ()

    play(flow)
    return lines


def test_the_table_is_the_one_that_was_agreed_on():
    lines = decided()
    if os.environ.get("WRITE"):
        TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert lines == TABLE.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 250


def ue_messages():
    """The 5GMM messages that a phone may send."""
    network = (
        "Accept", "Reject", "Command", "AuthenticationRequest", "AuthenticationResult", "IdentityRequest",
        "DlNasTransport", "DeregistrationRequestNetwork", "Notification",
        "NetworkSliceSpecificAuthenticationResult",
    )  # fmt: skip
    elsewhere = (
        "UlNasTransport", "GmmStatus", "ControlPlaneServiceRequest",
        "NetworkSliceSpecificAuthenticationComplete",
    )  # fmt: skip
    for kind in nas.GmmMessage.__subclasses__():
        name = kind.__name__
        downlink = name in network or (
            name.endswith(("Accept", "Reject", "Command")) and name != "SecurityModeReject"
        )
        if not downlink and name not in elsewhere:
            yield pytest.param(kind, id=name)


@pytest.mark.parametrize("kind", list(ue_messages()))
def test_no_message_of_a_phone_is_left_out(kind):
    names = {
        "RegistrationRequest": "initial registration",
        "ServiceRequest": "service request",
        "DeregistrationRequest": "deregistration",
        "DeregistrationAcceptNetwork": "deregistration accept",
    }
    spelled = re.sub("(?<!^)(?=[A-Z])", " ", kind.__name__).lower()
    assert f"| {names.get(kind.__name__, spelled)} |" in TABLE.read_text(encoding="utf-8")

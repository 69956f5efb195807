"""What the causes mean that this core tells phones and radios, and what to do about them: for people.

Where a refusal happens, its own reason says more (`flow.journal`); this is what is true of a cause wherever
it is met. `docs/reference/causes.md` is made of it, and a test sees to it that no cause that the core can
emit is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from pilot5g.wire.nas import GmmCause

Words = tuple[str, str]
"""The reason, and what to do."""

GMM: Mapping[GmmCause, Words] = {
    GmmCause.ILLEGAL_UE: (
        "the network does not take the SIM: it is unknown, barred, or failed authentication",
        "add the subscriber with the IMSI, K and OPc of the SIM; switch the phone off and on",
    ),
    GmmCause.PEI_NOT_ACCEPTED: (
        "a phone without a SIM asks for emergency services that are for subscribers",
        "set `emergency.dnn` and `emergency.anybody` if it shall have them",
    ),
    GmmCause.SERVICES_NOT_ALLOWED: (
        "the subscription has ended, or has no data",
        "add the subscriber again, or give it a slice and a data network",
    ),
    GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED: (
        "the temporary identity or its keys are unknown, as after a long absence",
        "nothing: the phone registers anew by itself",
    ),
    GmmCause.IMPLICITLY_DEREGISTERED: (
        "the phone was silent for longer than its periodic timer allows",
        "nothing: the phone registers anew by itself",
    ),
    GmmCause.PLMN_NOT_ALLOWED: (
        "the SIM is of another network, and there is no roaming",
        "use a SIM of this network",
    ),
    GmmCause.TRACKING_AREA_NOT_ALLOWED: (
        "the subscription forbids the tracking area",
        "take it out of the subscriber's `forbidden_areas`, or use another cell",
    ),
    GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA: (
        "the cell is in a tracking area that the network does not serve",
        "add it under `tracking_areas`, or change the cell",
    ),
    GmmCause.SYNCH_FAILURE: (
        "the SIM has seen a later sequence number: another network uses it, or a restored backup is behind",
        "nothing where it happens once, for the network follows the SIM",
    ),
    GmmCause.CONGESTION: (
        "the core has too much to do, or another of its functions does not answer",
        "look at the core's load and log; the phone comes back when T3346 ends",
    ),
    GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH: (
        "phone and network have no algorithm in common",
        "allow one of the phone's under `security`",
    ),
    GmmCause.RESTRICTED_SERVICE_AREA: (
        "the subscription has no service in the tracking area, only registration",
        "change the subscriber's `service_areas`, or use another cell",
    ),
    GmmCause.NO_NETWORK_SLICES_AVAILABLE: (
        "no slice that is asked for is both subscribed and served there",
        "give the subscriber a slice that the network serves there",
    ),
    GmmCause.NGKSI_ALREADY_IN_USE: (
        "the phone has other keys under the number that the network chose",
        "nothing: the network chooses another",
    ),
    GmmCause.SERVING_NETWORK_NOT_AUTHORIZED: (
        "the home network does not take this network's name",
        "check `network.plmn`",
    ),
    GmmCause.PAYLOAD_WAS_NOT_FORWARDED: (
        "a session message could not be passed on: there is no such session, or no function that takes it",
        "look at the reason beside it in the core's log",
    ),
    GmmCause.DNN_NOT_SUPPORTED_OR_NOT_SUBSCRIBED_IN_SLICE: (
        "the data network is not to be had in that slice, or not subscribed",
        "correct the phone's APN, or add the DNN to subscriber and slice",
    ),
    GmmCause.INSUFFICIENT_RESOURCES_FOR_SLICE_AND_DNN: (
        "addresses or capacity of the data network are used up",
        "enlarge its address pool",
    ),
    GmmCause.INSUFFICIENT_USER_PLANE_RESOURCES: (
        "the user plane of a session could not be set up again",
        "look at the logs of SMF and UPF",
    ),
    GmmCause.INVALID_MANDATORY_INFORMATION: (
        "a message cannot be read",
        "the phone does not follow TS 24.501 8; try another",
    ),
    GmmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE: (
        "a message came that fits nothing that is going on",
        "nothing where it happens once: messages cross; otherwise try another phone",
    ),
    GmmCause.CONDITIONAL_IE_ERROR: (
        "a message lacks what its other parts call for",
        "the phone does not follow TS 24.501; try another",
    ),
    GmmCause.PROTOCOL_ERROR: (
        "a phone wants what is not to be had, or does what it may not",
        "look at the reason beside it in the core's log",
    ),
}
"""5GMM causes (TS 24.501 9.11.3.2, annex A)."""

NGAP: Mapping[str, Words] = {
    "misc/control-processing-overload": (
        "the AMF has too much to do",
        "look at the core's load; more of it needs a faster machine, or another AMF",
    ),
    "misc/om-intervention": ("somebody has ordered it", "nothing"),
    "misc/unknown-PLMN-or-SNPN": (
        "the radio serves no PLMN of the network",
        "give the radio the PLMN of `network.plmn`",
    ),
    "misc/unspecified": (
        "something that has no cause of its own, mostly a fault of the core",
        "look at the core's log at that time",
    ),
    "nas/authentication-failure": (
        "the phone failed authentication",
        "compare K, OPc and algorithm of SIM and subscriber",
    ),
    "nas/deregister": ("the phone has been deregistered", "nothing"),
    "nas/normal-release": ("the phone has nothing more to say", "nothing"),
    "nas/unspecified": ("what the phone wanted was refused", "look at the refusal in the core's log"),
    "protocol/abstract-syntax-error-falsely-constructed-message": (
        "a message has an element twice, or out of order",
        "the radio's software has a fault: report it",
    ),
    "protocol/abstract-syntax-error-ignore-and-notify": (
        "a message has what this core does not know, and says that it can be passed over",
        "nothing, if the radio works; else see which procedure it was",
    ),
    "protocol/abstract-syntax-error-reject": (
        "a message has what this core does not know, or lacks what it needs",
        "see the conformance page whether the procedure is supported",
    ),
    "protocol/message-not-compatible-with-receiver-state": (
        "a message came before NG Setup, or in the middle of what it does not fit",
        "have the radio set up NG anew",
    ),
    "protocol/semantic-error": (
        "a message has values that contradict each other, or that mean nothing",
        "look at the reason beside it in the core's log",
    ),
    "protocol/transfer-syntax-error": (
        "octets arrived that are no NGAP",
        "see what sends to the AMF's address; a radio of another release can be read",
    ),
    "protocol/unspecified": (
        "a message cannot be read for another reason",
        "look at the core's log at that time",
    ),
    "radioNetwork/failure-in-radio-interface-procedure": (
        "the radio could not change the phone's keys",
        "look into the radio's log; the phone comes back by itself",
    ),
    "radioNetwork/handover-cancelled": ("the source radio has called a handover off", "nothing"),
    "radioNetwork/ho-failure-in-target-5GC-ngran-node-or-target-system": (
        "the target of a handover could not be prepared",
        "look at the target radio's log: often it lacks the slice, or has no room",
    ),
    "radioNetwork/ho-target-not-allowed": (
        "the phone may not go to that tracking area",
        "look at the subscriber's areas, or at the AMF that serves the target",
    ),
    "radioNetwork/inconsistent-remote-UE-NGAP-ID": (
        "the radio named a phone's connection wrongly",
        "the radio's software has a fault: report it",
    ),
    "radioNetwork/interaction-with-other-procedure": (
        "something else is going on with the phone",
        "nothing: it is tried again",
    ),
    "radioNetwork/multiple-PDU-session-ID-instances": (
        "the radio named a session twice",
        "the radio's software has a fault: report it",
    ),
    "radioNetwork/n26-interface-not-available": (
        "the target of a handover is LTE, and there is none",
        "take LTE out of the radio's neighbours",
    ),
    "radioNetwork/ng-intra-system-handover-triggered": ("the phone is being handed over", "nothing"),
    "radioNetwork/release-due-to-5gc-generated-reason": (
        "the core no longer needs the connection, as where a handover has come to nothing",
        "nothing",
    ),
    "radioNetwork/release-due-to-cn-detected-mobility": (
        "the phone has appeared on another connection",
        "nothing",
    ),
    "radioNetwork/slice-not-supported": (
        "radio and network have no slice in common",
        "give the radio a slice of the network",
    ),
    "radioNetwork/successful-handover": ("the phone has arrived at another radio", "nothing"),
    "radioNetwork/tngrelocoverall-expiry": (
        "a phone did not arrive at the target of its handover in time",
        "look at the radio conditions, and at the timer X-HANDOVER",
    ),
    "radioNetwork/unknown-PDU-session-ID": (
        "the radio spoke of a session that the phone has not",
        "nothing where it happens once: messages cross",
    ),
    "radioNetwork/unknown-local-UE-NGAP-ID": (
        "the radio spoke of a connection that the AMF has not, as after a restart",
        "nothing: the radio releases it",
    ),
    "radioNetwork/unknown-targetID": (
        "the target of a handover is no radio of this network",
        "connect the target gNB, or correct the radio's neighbours",
    ),
    "radioNetwork/unspecified": (
        "a phone or radio was silent",
        "look at the core's log: it says which timer has ended",
    ),
    "radioNetwork/user-inactivity": ("the phone has no traffic", "nothing"),
    "radioNetwork/xn-handover-triggered": ("the phone is being handed over", "nothing"),
    "transport/transport-resource-unavailable": (
        "there is no tunnel for a session's packets",
        "look at the addresses of `n3`, and at the UPF's log",
    ),
}
"""NGAP causes (TS 38.413 9.3.1.2), group and value."""

"""The elements that are a number, and those whose octets nobody here looks into (TS 29.244 8.2)."""

from __future__ import annotations

from enum import IntEnum

from pilot5g.wire.pfcp.element import Ie, Octets, low_bits, octet_string, unsigned


class Cause(IntEnum):
    """What became of a request (TS 29.244 8.2.1). 1 to 63 accept, the others reject."""

    REQUEST_ACCEPTED = 1
    MORE_USAGE_REPORT_TO_SEND = 2
    REQUEST_PARTIALLY_ACCEPTED = 3
    REQUEST_REJECTED = 64
    SESSION_CONTEXT_NOT_FOUND = 65
    MANDATORY_IE_MISSING = 66
    CONDITIONAL_IE_MISSING = 67
    INVALID_LENGTH = 68
    MANDATORY_IE_INCORRECT = 69
    INVALID_FORWARDING_POLICY = 70
    INVALID_F_TEID_ALLOCATION_OPTION = 71
    NO_ESTABLISHED_PFCP_ASSOCIATION = 72
    RULE_CREATION_MODIFICATION_FAILURE = 73
    PFCP_ENTITY_IN_CONGESTION = 74
    NO_RESOURCES_AVAILABLE = 75
    SERVICE_NOT_SUPPORTED = 76
    SYSTEM_FAILURE = 77
    REDIRECTION_REQUESTED = 78
    ALL_DYNAMIC_ADDRESSES_ARE_OCCUPIED = 79
    UNKNOWN_PRE_DEFINED_RULE = 80
    UNKNOWN_APPLICATION_ID = 81


class Interface(IntEnum):
    """Source and destination interface (TS 29.244 8.2.2, 8.2.24)."""

    ACCESS = 0
    CORE = 1
    SGI_LAN_N6_LAN = 2
    CP_FUNCTION = 3


class PdnType(IntEnum):
    """TS 29.244 8.2.79."""

    IPV4 = 1
    IPV6 = 2
    IPV4V6 = 3
    NON_IP = 4
    ETHERNET = 5


def _cause(raw: bytes) -> int:
    value = Octets(raw).number()
    if not value:
        raise ValueError("cause 0 is reserved")
    return value


def _count(value: int) -> bytes:
    return value.to_bytes(1 if value < 256 else 2, "big")


def _count_from(raw: bytes) -> int:
    return Octets(raw).number(min(max(len(raw), 1), 2))


CAUSE = Ie(19, "Cause", _cause, lambda value: value.to_bytes(1, "big"))
SOURCE_INTERFACE = low_bits(20, "Source Interface", 4)
NETWORK_INSTANCE = octet_string(22, "Network Instance")
APPLICATION_ID = octet_string(24, "Application ID")
QER_CORRELATION_ID = unsigned(28, "QER Correlation ID", 4)
PRECEDENCE = unsigned(29, "Precedence", 4)
TRANSPORT_LEVEL_MARKING = unsigned(30, "Transport Level Marking", 2)
TIME_THRESHOLD = unsigned(32, "Time Threshold", 4)
MONITORING_TIME = unsigned(33, "Monitoring Time", 4)
SUBSEQUENT_TIME_THRESHOLD = unsigned(35, "Subsequent Time Threshold", 4)
INACTIVITY_DETECTION_TIME = unsigned(36, "Inactivity Detection Time", 4)
OFFENDING_IE = unsigned(40, "Offending IE", 2)
DESTINATION_INTERFACE = low_bits(42, "Destination Interface", 4)
DOWNLINK_DATA_NOTIFICATION_DELAY = unsigned(46, "Downlink Data Notification Delay", 1)
DL_BUFFERING_SUGGESTED_PACKET_COUNT = Ie(48, "DL Buffering Suggested Packet Count", _count_from, _count)
SEQUENCE_NUMBER = unsigned(52, "Sequence Number", 4)
METRIC = unsigned(53, "Metric", 1)
PDR_ID = unsigned(56, "PDR ID", 2)
MEASUREMENT_PERIOD = unsigned(64, "Measurement Period", 4)
FQ_CSID = octet_string(65, "FQ-CSID", 1)
DURATION_MEASUREMENT = unsigned(67, "Duration Measurement", 4)
TIME_OF_FIRST_PACKET = unsigned(69, "Time of First Packet", 4)
TIME_OF_LAST_PACKET = unsigned(70, "Time of Last Packet", 4)
QUOTA_HOLDING_TIME = unsigned(71, "Quota Holding Time", 4)
TIME_QUOTA = unsigned(74, "Time Quota", 4)
START_TIME = unsigned(75, "Start Time", 4)
END_TIME = unsigned(76, "End Time", 4)
URR_ID = unsigned(81, "URR ID", 4)
LINKED_URR_ID = unsigned(82, "Linked URR ID", 4)
BAR_ID = unsigned(88, "BAR ID", 1)
APPLICATION_INSTANCE_ID = octet_string(91, "Application Instance ID")
RECOVERY_TIME_STAMP = unsigned(96, "Recovery Time Stamp", 4)
UR_SEQN = unsigned(104, "UR-SEQN", 4)
ACTIVATE_PREDEFINED_RULES = octet_string(106, "Activate Predefined Rules")
DEACTIVATE_PREDEFINED_RULES = octet_string(107, "Deactivate Predefined Rules")
FAR_ID = unsigned(108, "FAR ID", 4)
QER_ID = unsigned(109, "QER ID", 4)
PDN_TYPE = low_bits(113, "PDN Type", 3)
USER_PLANE_INACTIVITY_TIMER = unsigned(117, "User Plane Inactivity Timer", 4)
AGGREGATED_URR_ID = unsigned(120, "Aggregated URR ID", 4)
SUBSEQUENT_TIME_QUOTA = unsigned(122, "Subsequent Time Quota", 4)
QFI = low_bits(124, "QFI", 6)
QUERY_URR_REFERENCE = unsigned(125, "Query URR Reference", 4)
ADDITIONAL_USAGE_REPORTS = unsigned(126, "Additional Usage Reports Information", 2)
TRAFFIC_ENDPOINT_ID = unsigned(131, "Traffic Endpoint ID", 1)
ETHERTYPE = unsigned(136, "Ethertype", 2)
ETHERNET_FILTER_ID = unsigned(138, "Ethernet Filter ID", 4)
SUGGESTED_BUFFERING_PACKETS_COUNT = unsigned(140, "Suggested Buffering Packets Count", 1)
ETHERNET_INACTIVITY_TIMER = unsigned(146, "Ethernet Inactivity Timer", 4)
EVENT_QUOTA = unsigned(148, "Event Quota", 4)
EVENT_THRESHOLD = unsigned(149, "Event Threshold", 4)
SUBSEQUENT_EVENT_QUOTA = unsigned(150, "Subsequent Event Quota", 4)
SUBSEQUENT_EVENT_THRESHOLD = unsigned(151, "Subsequent Event Threshold", 4)
TRACE_INFORMATION = octet_string(152, "Trace Information", 3)
FRAMED_ROUTE = octet_string(153, "Framed-Route")
FRAMED_ROUTING = unsigned(154, "Framed-Routing", 4)
FRAMED_IPV6_ROUTE = octet_string(155, "Framed-IPv6-Route")
TIME_STAMP = unsigned(156, "Time Stamp", 4)
AVERAGING_WINDOW = unsigned(157, "Averaging Window", 4)
PAGING_POLICY_INDICATOR = low_bits(158, "Paging Policy Indicator", 3)
INTERFACE_TYPE = low_bits(160, "3GPP Interface Type", 6)
ACTIVATION_TIME = unsigned(163, "Activation Time", 4)
DEACTIVATION_TIME = unsigned(164, "Deactivation Time", 4)
SMF_SET_ID = octet_string(180, "SMF Set ID", 1)
QUOTA_VALIDITY_TIME = unsigned(181, "Quota Validity Time", 4)
NUMBER_OF_REPORTS = unsigned(182, "Number of Reports", 2)
DL_DATA_PACKETS_SIZE = unsigned(250, "DL Data Packets Size", 2)
NF_INSTANCE_ID = octet_string(253, "NF Instance ID", 16)
RAT_TYPE = unsigned(275, "RAT Type", 1)

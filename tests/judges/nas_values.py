"""Arbitrary NAS values: a Hypothesis strategy for every information element, and for every message.

A strategy per codec object, not per type: the codec says what can be written.
"""

from ipaddress import IPv4Address, IPv6Address
from typing import Any

from hypothesis import strategies as st

from pilot5g.model import Ambr, Guami, Guti, PduSessionType, Plmn, Snssai, SscMode, STmsi, Suci, Tai
from pilot5g.wire.nas import GMM, GSM, GsmMessage, ies
from pilot5g.wire.nas.table import FLAG, HALF, Row

DIGIT = st.sampled_from("0123456789")
OCTET = st.integers(0, 255)


def digits(low: int, high: int) -> st.SearchStrategy[str]:
    return st.text(DIGIT, min_size=low, max_size=high)


PLMNS = st.builds(Plmn, digits(3, 3), digits(2, 3))
TACS = st.integers(0, 0xFFFFFF)
TAIS = st.builds(Tai, PLMNS, TACS)
TMSIS = st.integers(0, 0xFFFFFFFF)
GUTIS = st.builds(Guti, st.builds(Guami, PLMNS, OCTET, st.integers(0, 1023), st.integers(0, 63)), TMSIS)
S_TMSIS = st.builds(STmsi, st.integers(0, 1023), st.integers(0, 63), TMSIS)
NULL_SUCIS = st.builds(Suci, PLMNS, digits(1, 4), st.just(0), st.just(0), digits(5, 10).map(ies.to_bcd))
SUCIS = st.builds(
    Suci, PLMNS, digits(1, 4), st.sampled_from([1, 2]), OCTET, st.binary(min_size=48, max_size=60)
)
IMEISVS = digits(16, 16).map(ies.Imeisv)
IDENTITIES = st.one_of(
    GUTIS,
    S_TMSIS,
    NULL_SUCIS,
    SUCIS,
    digits(15, 15).map(ies.Imei),
    IMEISVS,
    st.just(ies.NoIdentity()),
    st.binary(min_size=6, max_size=6).map(lambda mac: ies.OtherIdentity(b"\x06" + mac)),
)
SD = st.none() | st.integers(0, 0xFFFFFF)
SLICES = st.one_of(
    st.builds(Snssai, OCTET, SD),
    st.builds(ies.MappedSnssai, OCTET, st.integers(0, 0xFFFFFF), OCTET, SD),
    st.builds(ies.MappedSnssai, OCTET, st.none(), OCTET),
)
SESSIONS = st.frozensets(st.integers(0, 15))
RATES = st.builds(
    lambda value, unit: value * unit,
    st.integers(1, 65535),
    st.sampled_from([1000, 64000, 10**6, 16 * 10**6, 10**9]),
)


def tai_lists() -> st.SearchStrategy[tuple[Tai, ...]]:
    several = st.lists(TAIS, min_size=1, max_size=16).map(tuple)
    one_plmn = st.builds(
        lambda plmn, tacs: tuple(Tai(plmn, tac) for tac in tacs),
        PLMNS,
        st.lists(TACS, min_size=1, max_size=16),
    )
    consecutive = st.builds(
        lambda plmn, start, count: tuple(Tai(plmn, start + i) for i in range(count)),
        PLMNS,
        st.integers(0, 0xFFFF00),
        st.integers(1, 16),
    )
    return several | one_plmn | consecutive


def timers(kind: Any, units: list[int]) -> st.SearchStrategy[Any]:
    some = st.builds(lambda count, unit: kind(count * unit), st.integers(0, 31), st.sampled_from(units))
    return st.just(kind(None)) | some


IPV4 = st.integers(0, 2**32 - 1).map(IPv4Address)
IPV6 = st.integers(0, 2**128 - 1).map(IPv6Address)
PORT = st.integers(0, 65535)
FIELDS = {129: 6, 130: 6, 131: 2, 132: 2, 133: 1, 134: 1, 135: 2, 136: 12, 137: 12}
COMPONENTS = st.one_of(
    st.just(ies.MatchAll()),
    st.builds(ies.Ipv4Match, st.booleans(), IPV4, IPV4),
    st.builds(ies.Ipv6Match, st.booleans(), IPV6, st.integers(0, 128)),
    st.builds(ies.ProtocolMatch, OCTET),
    st.builds(ies.PortMatch, st.booleans(), PORT, st.none() | PORT),
    st.builds(ies.SpiMatch, st.integers(0, 2**32 - 1)),
    st.builds(ies.TrafficClassMatch, OCTET, OCTET),
    st.builds(ies.FlowLabelMatch, st.integers(0, 2**20 - 1)),
    st.sampled_from(sorted(FIELDS)).flatmap(
        lambda kind: st.binary(min_size=FIELDS[kind], max_size=FIELDS[kind]).map(
            lambda value: ies.FieldMatch(kind, value)
        )
    ),
)
FILTERS = st.builds(
    ies.PacketFilter,
    st.integers(0, 15),
    st.sampled_from(list(ies.Direction)),
    st.lists(COMPONENTS, min_size=1, max_size=4).map(tuple),
)
FLOW = {"precedence": OCTET, "qfi": st.integers(0, 63), "segregation": st.booleans()}
RULES = st.one_of(
    st.builds(
        ies.QosRule,
        identifier=OCTET,
        operation=st.sampled_from([1, 3, 4]).map(ies.RuleOperation),
        default=st.booleans(),
        packet_filters=st.lists(FILTERS, min_size=1, max_size=3).map(tuple),
        **FLOW,
    ),
    st.builds(ies.QosRule, identifier=OCTET, operation=st.just(ies.RuleOperation.DELETE)),
    st.builds(
        ies.QosRule,
        identifier=OCTET,
        operation=st.just(ies.RuleOperation.DELETE_FILTERS),
        deleted_filters=st.lists(st.integers(0, 15), min_size=1, max_size=5).map(tuple),
    ),
    st.builds(
        ies.QosRule, identifier=OCTET, operation=st.just(ies.RuleOperation.MODIFY_WITHOUT_FILTERS), **FLOW
    ),
)
FLOWS = st.builds(
    ies.QosFlowDescription,
    qfi=st.integers(0, 63),
    operation=st.sampled_from(list(ies.FlowOperation)),
    five_qi=st.none() | OCTET,
    gfbr_uplink=st.none() | RATES,
    gfbr_downlink=st.none() | RATES,
    mfbr_uplink=st.none() | RATES,
    mfbr_downlink=st.none() | RATES,
    averaging_window=st.none() | PORT,
    eps_bearer_identity=st.none() | st.integers(0, 15),
)
OPTIONS = st.lists(
    st.builds(
        ies.ProtocolOption,
        st.sampled_from([0x0003, 0x000A, 0x000C, 0x000D, 0x0010, 0x001A, 0x0022, 0xFF00]),
        st.binary(max_size=20),
    ),
    max_size=5,
).map(lambda options: ies.ProtocolOptions(tuple(options)))
LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=20)

STRATEGIES: dict[Any, st.SearchStrategy[Any]] = {
    ies.MOBILE_IDENTITY: IDENTITIES,
    ies.GUTI: GUTIS,
    ies.S_TMSI: S_TMSIS,
    ies.IMEISV: IMEISVS,
    ies.EQUIPMENT: digits(15, 15).map(ies.Imei) | IMEISVS,
    ies.IDENTITY_TYPE: st.sampled_from(list(ies.IdentityType)),
    ies.TAI: TAIS,
    ies.TAI_LIST: tai_lists(),
    ies.PLMN: PLMNS,
    ies.PLMN_LIST: st.lists(PLMNS, min_size=1, max_size=15).map(tuple),
    ies.S_NSSAI: SLICES,
    ies.NSSAI: st.lists(SLICES, min_size=1, max_size=8).map(tuple),
    ies.REJECTED_NSSAI: st.lists(
        st.builds(
            ies.RejectedSnssai, st.builds(Snssai, OCTET, SD), st.sampled_from(list(ies.RejectedSnssaiCause))
        ),
        min_size=1,
        max_size=8,
    ).map(tuple),
    ies.GPRS_TIMER: timers(ies.GprsTimer, [2, 60, 360]),
    ies.GPRS_TIMER_3: timers(ies.GprsTimer3, [2, 30, 60, 600, 3600, 36000, 1152000]),
    ies.GMM_CAUSE: OCTET.map(ies.GmmCause),
    ies.GSM_CAUSE: OCTET.map(ies.GsmCause),
    ies.KEY_SET_IDENTIFIER: st.builds(ies.KeySetIdentifier, st.integers(0, 7), st.booleans()),
    ies.SECURITY_ALGORITHMS: st.builds(ies.SecurityAlgorithms, st.integers(0, 7), st.integers(0, 7)),
    ies.UE_SECURITY_CAPABILITY: st.builds(
        ies.UeSecurityCapability, OCTET, OCTET, st.just(b"") | st.binary(min_size=2, max_size=2)
    ),
    ies.ADDITIONAL_SECURITY_INFORMATION: st.builds(
        ies.AdditionalSecurityInformation, st.booleans(), st.booleans()
    ),
    ies.REGISTRATION_TYPE: st.builds(
        ies.RegistrationType, st.integers(0, 7).map(ies.RegistrationKind), st.booleans()
    ),
    ies.REGISTRATION_RESULT: st.builds(
        ies.RegistrationResult, st.integers(1, 3).map(ies.AccessType), *[st.booleans()] * 4
    ),
    ies.DEREGISTRATION_TYPE: st.builds(
        ies.DeregistrationType, st.integers(1, 3).map(ies.AccessType), st.booleans(), st.booleans()
    ),
    ies.ACCESS_TYPE: st.integers(1, 2).map(ies.AccessType),
    ies.SERVICE_TYPE: st.integers(0, 15).map(ies.ServiceType),
    ies.PAYLOAD_CONTAINER_TYPE: st.sampled_from([2, 3, 4, 15]).map(ies.PayloadContainerType),
    ies.REQUEST_TYPE: st.integers(1, 7).map(ies.RequestType),
    ies.MICO_INDICATION: st.builds(ies.MicoIndication, st.booleans(), st.booleans()),
    ies.CONFIGURATION_UPDATE_INDICATION: st.builds(
        ies.ConfigurationUpdateIndication, st.booleans(), st.booleans()
    ),
    ies.NETWORK_SLICING_INDICATION: st.builds(ies.NetworkSlicingIndication, st.booleans(), st.booleans()),
    ies.DRX_CYCLE: st.integers(0, 15).map(ies.DrxCycle),
    ies.UPDATE_TYPE: st.builds(
        ies.UpdateType, st.booleans(), st.booleans(), st.integers(0, 3), st.integers(0, 3)
    ),
    ies.USAGE_SETTING: st.sampled_from(list(ies.UsageSetting)),
    ies.UE_STATUS: st.builds(ies.UeStatus, st.booleans(), st.booleans()),
    ies.GMM_CAPABILITY: st.binary(min_size=1, max_size=13).map(ies.GmmCapability),
    ies.GSM_CAPABILITY: st.binary(min_size=1, max_size=13).map(ies.GsmCapability),
    ies.NETWORK_FEATURE_SUPPORT: st.binary(min_size=1, max_size=4).map(ies.NetworkFeatureSupport),
    ies.PDU_SESSIONS: SESSIONS,
    ies.REACTIVATION_ERRORS: st.lists(
        st.builds(ies.ReactivationError, st.integers(0, 15), OCTET.map(ies.GmmCause)), min_size=1, max_size=15
    ).map(tuple),
    ies.DNN: st.lists(LABEL, min_size=1, max_size=4).map(".".join),
    ies.NETWORK_NAME: st.builds(
        ies.NetworkName, st.text("Pilot5Gå@ 日本Ω", min_size=1, max_size=20), st.booleans()
    ),
    ies.TIME_ZONE: st.integers(-79, 79),
    ies.UNIVERSAL_TIME: st.builds(
        ies.UniversalTime,
        st.integers(2000, 2099),
        st.integers(1, 12),
        st.integers(1, 31),
        st.integers(0, 23),
        st.integers(0, 59),
        st.integers(0, 59),
        st.integers(-79, 79),
    ),
    ies.DAYLIGHT_SAVING: st.integers(0, 2),
    ies.INTEGRITY_RATE: st.builds(ies.IntegrityRate, OCTET.map(ies.MaximumRate), OCTET.map(ies.MaximumRate)),
    ies.PDU_SESSION_TYPE: st.sampled_from(list(PduSessionType)),
    ies.SSC_MODE: st.sampled_from(list(SscMode)),
    ies.MAXIMUM_PACKET_FILTERS: st.integers(17, 1024),
    ies.PDU_ADDRESS: st.one_of(
        st.builds(ies.PduAddress, IPV4),
        st.builds(ies.PduAddress, st.none(), st.binary(min_size=8, max_size=8), st.none() | IPV6),
        st.builds(ies.PduAddress, IPV4, st.binary(min_size=8, max_size=8), st.none() | IPV6),
    ),
    ies.SESSION_AMBR: st.builds(Ambr, RATES, RATES),
    ies.ALLOWED_SSC_MODES: st.builds(ies.AllowedSscModes, *[st.booleans()] * 3),
    ies.CONGESTION_REATTEMPT: st.builds(ies.CongestionReattempt, st.booleans()),
    ies.REATTEMPT_INDICATOR: st.builds(ies.ReattemptIndicator, st.booleans(), st.booleans()),
    ies.QOS_RULES: st.lists(RULES, min_size=1, max_size=3).map(tuple),
    ies.QOS_FLOWS: st.lists(FLOWS, min_size=1, max_size=3).map(tuple),
    ies.OPTIONS_UPLINK: OPTIONS,
    ies.OPTIONS_DOWNLINK: OPTIONS,
    ies.SERVICE_AREA_LIST: st.builds(
        ies.ServiceAreaList,
        allowed=st.booleans(),
        tais=tai_lists().map(lambda tais: tais[:8]),
        plmns=st.lists(PLMNS, max_size=3, unique=True).map(tuple),
    ),
    ies.HALF: st.integers(0, 15),
    ies.FLAG: st.booleans(),
    ies.OCTET: OCTET,
}


def value_of(row: Row, ie: Any) -> st.SearchStrategy[Any]:
    """Values that this row of a table can carry."""
    if ie is ies.OCTETS:
        return st.binary(min_size=row.low, max_size=min(row.high, row.low + 12))
    return STRATEGIES[ie]


def codec_of(row: Row) -> Any:
    """The codec object that a row was declared with."""
    return row.octets or row.half


def messages(cls: Any, *, full: bool = False) -> st.SearchStrategy[Any]:
    """Messages of one class, `full` with every optional element."""
    values: dict[str, st.SearchStrategy[Any]] = {}
    for row in cls.TABLE.rows:
        value = st.just(True) if row.framing == FLAG else value_of(row, codec_of(row))
        fits = value.filter(
            lambda v, row=row: row.framing == HALF or row.low <= len(row.octets.encode(v)) <= row.high
        )
        values[row.name] = fits if full or row.iei is None else st.none() | fits
    if issubclass(cls, GsmMessage):
        values |= {"pdu_session_id": OCTET, "pti": OCTET}
    return st.builds(cls, **values)


CLASSES = [*GMM.values(), *GSM.values()]
ANY_MESSAGE = st.sampled_from(CLASSES).flatmap(messages)

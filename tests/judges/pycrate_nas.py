"""The judge of NAS messages: pycrate decodes them to the same values and encodes those to the same octets.

`same(octets)` for any plain NAS message that either half sends. A 5GSM message within a transport message and
a message within a plain NAS message container are judged as well.
"""

import logging
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import msgspec
from pycrate_mobile.TS24501_FGMM import FGMMTypeClasses
from pycrate_mobile.TS24501_FGSM import FGSMTypeClasses

from judges.nas_values import codec_of
from pilot5g.model import Ambr, Guami, Guti, PduSessionType, Plmn, Snssai, SscMode, STmsi, Suci, Tai
from pilot5g.wire.nas import (
    GmmMessage,
    Message,
    PayloadContainerType,
    PduSessionEstablishmentReject,
    PduSessionModificationReject,
    RegistrationAccept,
    RegistrationRequest,
    decode,
    encode,
    ies,
)
from pilot5g.wire.nas.table import FLAG, HALF

logging.getLogger("pycrate_mobile").setLevel(logging.CRITICAL)


TAGS: dict[Any, dict[str, int]] = {
    # table 8.2.7.1.1; for the first tshark agrees with it
    RegistrationAccept: {"WUSAssistInfo": 0x1C, "PEIPSAssistInfo": 0x33, "5GSAddReqResult": 0x35},
    # tables 8.3.3.1.1 and 8.3.8.1.1; a slip of the pen leaves it without a tag there
    PduSessionEstablishmentReject: {"ReattemptInd": 0x1D},
    PduSessionModificationReject: {"ReattemptInd": 0x1D},
}
"""Tags that pycrate has wrong, and what the specification's tables have."""

SET_ASIDE: dict[Any, tuple[str, ...]] = {RegistrationRequest: ("n5gc_indication",)}
"""Elements that pycrate cannot judge: table 8.2.6.1.1 has A-, a half octet, where it has the octet 0A."""


def correct(cls: Any, theirs: Any) -> None:
    """Put right the tags that pycrate has wrong in a message of this class."""
    wrong = TAGS.get(cls, {})
    for element in theirs._content[1:]:
        if element._name in wrong:
            element["T"].set_val(wrong[element._name])
    theirs._opts = [(size, wrong.get(ie._name, tag), ie) for size, tag, ie in theirs._opts]


def same(octets: bytes) -> Message:
    """Assert that both sides read and write the message alike; returns it."""
    message = decode(octets)
    assert message.defects == ()
    assert message.unknown == ()
    assert encode(message).hex() == octets.hex()
    for name in SET_ASIDE.get(type(message), ()):
        rest = msgspec.structs.replace(message, **{name: None})
        compare(rest, parse(rest, encode(rest)))
        break
    else:
        compare(message, parse(message, octets))
    for inner in contained(message):
        same(inner)
    return message


def parse(message: Message, octets: bytes) -> Any:
    """What pycrate makes of a message; it must write the same octets again.

    It is kept from looking into the elements that we carry as octets: what it makes of arbitrary ones it does
    not always write again.
    """
    classes = FGMMTypeClasses if isinstance(message, GmmMessage) else FGSMTypeClasses
    theirs = classes[message.MESSAGE_TYPE]()
    correct(type(message), theirs)
    opaque = {row.iei for row in message.TABLE.rows if codec_of(row) is ies.OCTETS}
    for element in theirs._content[1:]:
        if "T" in getattr(element, "_by_name", ()) and element["T"].get_val() in opaque:
            element.DECODE_INNER = False
    theirs.from_bytes(octets)
    assert theirs.to_bytes().hex() == octets.hex()
    return theirs


def contained(message: Message) -> list[bytes]:
    """The plain NAS messages within this one."""
    found = []
    if getattr(message, "payload_container_type", None) == PayloadContainerType.N1_SM:
        found.append(message.payload_container)
    container = getattr(message, "nas_message_container", None)
    if container is not None and container[:2] == b"\x7e\x00":
        found.append(container)
    return found


def compare(message: Message, theirs: Any) -> None:
    """Assert that both have the same elements with the same octets, and the same values in them."""
    found = elements(theirs)
    for place, row in enumerate(message.TABLE.rows):
        value = getattr(message, row.name)
        if row.iei is None:
            element = found.pop(place)
        else:
            assert (value is not None) == (row.iei + 256 in found), row.name
            element = found.pop(row.iei + 256, None)
        if value is None or row.framing == FLAG:
            continue
        ours = codec_of(row).encode(value)
        inner = element._content[-1]
        raw = inner.to_uint() if row.framing == HALF else inner.to_bytes()
        assert raw == ours, row.name
        view = VIEWS.get(codec_of(row))
        if view is not None and inner._name != "V":
            theirs_value = inner.get_val_d() if hasattr(inner, "get_val_d") else inner.get_val()
            assert view(theirs_value) == value, row.name
    assert not found


def elements(theirs: Any) -> dict[int, Any]:
    """pycrate's elements that are there: mandatory ones by place, optional ones by tag, 256 added.

    It lists two half octets as they are drawn, the higher first; tables list the lower first.
    """
    mandatory, optional, halves = [], {}, []
    for element in theirs._content[1:]:
        if element.get_trans():
            continue
        kind = type(element).__name__
        if kind in ("Uint", "Type1V"):
            halves.append(element)
            if len(halves) == 2:
                mandatory += [half for half in reversed(halves) if type(half).__name__ == "Type1V"]
                halves = []
        elif "T" in element._by_name:
            tag = element["T"].get_val()
            tag = tag * 16 if kind == "Type1TV" else tag
            assert tag + 256 not in optional
            optional[tag + 256] = element
        else:
            mandatory.append(element)
    return dict(enumerate(mandatory)) | optional


def plmn(octets: bytes) -> Plmn:
    return Plmn.from_octets(octets)


def identity(v: Any) -> Any:
    match v["Type"]:
        case 0:
            return ies.NoIdentity()
        case 1 if v["Fmt"] == 0:
            s = v["Value"]
            output = s["Output"]
            if isinstance(output, dict):
                output = b"".join(output.values())
            return Suci(plmn(s["PLMN"]), ies.bcd(s["RoutingInd"]), s["ProtSchemeID"], s["HNPKID"], output)
        case 2:
            guami = Guami(plmn(v["PLMN"]), v["AMFRegionID"], v["AMFSetID"], v["AMFPtr"])
            return Guti(guami, v["5GTMSI"])
        case 3:
            return ies.Imei(f"{v['Digit1']}{ies.bcd(v['Digits'])}")
        case 4:
            return STmsi(v["AMFSetID"], v["AMFPtr"], v["5GTMSI"])
        case 5:
            return ies.Imeisv(f"{v['Digit1']}{ies.bcd(v['Digits'])}")
        case _:
            return ies.OtherIdentity(bytes((v["Type"],)) + v["MAC"])


def snssai(v: dict[str, Any]) -> Snssai:
    if "MappedHPLMNSST" in v:
        return ies.MappedSnssai(v["SST"], v.get("SD"), v["MappedHPLMNSST"], v.get("MappedHPLMNSD"))
    return Snssai(v["SST"], v.get("SD"))


def tai_list(lists: list[Any]) -> tuple[Tai, ...]:
    tais: list[Tai] = []
    for part in lists:
        p = part["PTAI"]
        match part["Type"]:
            case 0:
                tais += [Tai(plmn(p["PLMN"]), tac) for tac in p["TACs"]]
            case 1:
                tais += [Tai(plmn(p["PLMN"]), p["TAC1"] + i) for i in range(p["Num"] + 1)]
            case _:
                tais += [tai(t) for t in p["TAIs"]]
    return tuple(tais)


def tai(v: dict[str, Any]) -> Tai:
    return Tai(plmn(v["PLMN"]), v["TAC"])


def sessions(v: dict[str, Any]) -> frozenset[int]:
    return frozenset(i for i in range(16) if v[f"PSI_{i}"])


def bits(v: dict[str, int], prefix: str) -> int:
    return sum(
        bit << (7 - i) for i, bit in enumerate(bit for name, bit in v.items() if name.startswith(prefix))
    )


def capability(v: dict[str, int]) -> ies.UeSecurityCapability:
    eps = bytes((bits(v, "EEA"), bits(v, "EIA"))) if "EEA0" in v else b""
    return ies.UeSecurityCapability(bits(v, "5G-EA"), bits(v, "5G-IA"), eps)


SCALE_2 = [2, 60, 360, 60, 60, 60, 60, None]
SCALE_3 = [600, 3600, 36000, 2, 30, 60, 1152000, None]


def timer(kind: Any, scale: list[int | None]) -> Callable[[Any], Any]:
    def view(v: dict[str, int]) -> Any:
        unit = scale[v["Unit"]]
        return kind(None if unit is None else unit * v["Value"])

    return view


def rate(unit: int, value: int) -> int:
    """pycrate's own table names the unit: 1 kbit/s is 1, then four times each, Mbit/s from 6 on."""
    names = ["1", "4", "16", "64", "256"]
    return int(names[(unit - 1) % 5]) * 1000 ** ((unit - 1) // 5 + 1) * value


def component(v: dict[str, Any]) -> Any:
    kind, value = v["Type"], v["Value"]
    match kind:
        case 1:
            return ies.MatchAll()
        case 16 | 17:
            return ies.Ipv4Match(kind == 16, IPv4Address(value["Addr"]), IPv4Address(value["Mask"]))
        case 33 | 35:
            return ies.Ipv6Match(kind == 33, IPv6Address(value["Addr"]), value["Pref"])
        case 48:
            return ies.ProtocolMatch(value)
        case 64 | 80:
            return ies.PortMatch(kind == 80, value)
        case 65 | 81:
            return ies.PortMatch(kind == 81, value["Low"], value["High"])
        case 96:
            return ies.SpiMatch(value)
        case 112:
            return ies.TrafficClassMatch(value["Class"], value["Mask"])
        case 128:
            return ies.FlowLabelMatch(value["Value"])
        case _:
            return kind


def rules(vs: list[Any]) -> list[Any]:
    out = []
    for v in vs:
        filters = [
            f["ID"] if "ID" in f else (f["Id"], f["Dir"], [component(c) for c in f["PktFilter"]])
            for f in v["PktFilterList"]
        ]
        used = 1 + sum(1 if "ID" in f else 2 + f["Len"] for f in v["PktFilterList"])
        flow = v["Flow"]
        tail: tuple[Any, ...] = (None, None, False)
        if v["Len"] == used + 2:
            tail = (v["Precedence"], flow["QFI"], bool(flow["Segregation"]))
        elif v["Len"] == used + 1:
            tail = (v["Precedence"], None, False)
        out.append((v["ID"], v["OpCode"], bool(v["DQR"]), filters, tail))
    return out


class Rules:
    """Compares with a tuple of our QoS rules; components pycrate gives no values for count by their type."""

    def __init__(self, theirs: list[Any]) -> None:
        self.theirs = rules(theirs)

    def __eq__(self, ours: object) -> bool:
        found = []
        for rule in ours:
            filters: list[Any] = list(rule.deleted_filters)
            for f in rule.packet_filters:
                parts = [c.type if isinstance(c, ies.FieldMatch) else c for c in f.components]
                filters.append((f.identifier, f.direction, parts))
            tail = (rule.precedence, rule.qfi, rule.segregation)
            found.append((rule.identifier, rule.operation, rule.default, filters, tail))
        return self.theirs == found

    __hash__ = None


PARAMETERS = {
    1: "five_qi",
    2: "gfbr_uplink",
    3: "gfbr_downlink",
    4: "mfbr_uplink",
    5: "mfbr_downlink",
    6: "averaging_window",
}


def flows(vs: list[Any]) -> tuple[ies.QosFlowDescription, ...]:
    out = []
    for v in vs:
        values = {}
        for p in v["Params"]:
            content = p["Content"]
            if p["Type"] in (2, 3, 4, 5):
                values[PARAMETERS[p["Type"]]] = rate(content["Unit"], content["Value"])
            elif p["Type"] == 7:
                # TS 24.501 9.11.4.12 has the identity in bits 5 to 8; pycrate draws it in bits 1 to 4
                values["eps_bearer_identity"] = content["spare"]
            else:
                values[PARAMETERS[p["Type"]]] = content
        replace = v["OpCode"] == 3 and bool(v["E"])
        out.append(
            ies.QosFlowDescription(
                qfi=v["QFI"], operation=ies.FlowOperation(v["OpCode"]), replace=replace, **values
            )
        )
    return tuple(out)


def address(v: dict[str, Any]) -> ies.PduAddress:
    link = IPv6Address(v["SMFIPv6LinkLocalAddr"]) if v["SI6LLA"] else None
    match v["Type"]:
        case 1:
            return ies.PduAddress(IPv4Address(v["Addr"]), None, link)
        case 2:
            return ies.PduAddress(None, v["Addr"], link)
        case _:
            return ies.PduAddress(IPv4Address(v["Addr"]["IPv4"]), v["Addr"]["IPv6IfId"], link)


def options(v: dict[str, Any]) -> ies.ProtocolOptions:
    return ies.ProtocolOptions(tuple(ies.ProtocolOption(o["ID"], o["Cont"]) for o in v["Config"]))


VIEWS: dict[Any, Callable[[Any], Any]] = {
    ies.MOBILE_IDENTITY: identity,
    ies.GUTI: identity,
    ies.S_TMSI: identity,
    ies.IMEISV: identity,
    ies.EQUIPMENT: identity,
    ies.TAI: tai,
    ies.TAI_LIST: tai_list,
    ies.S_NSSAI: snssai,
    ies.NSSAI: lambda vs: tuple(snssai(v["SNSSAI"]) for v in vs),
    ies.REJECTED_NSSAI: lambda vs: tuple(
        ies.RejectedSnssai(snssai(v["SNSSAI"]), ies.RejectedSnssaiCause(v["Cause"])) for v in vs
    ),
    ies.GPRS_TIMER: timer(ies.GprsTimer, SCALE_2),
    ies.GPRS_TIMER_3: timer(ies.GprsTimer3, SCALE_3),
    ies.GMM_CAUSE: int,
    ies.GSM_CAUSE: int,
    ies.KEY_SET_IDENTIFIER: lambda v: ies.KeySetIdentifier(v["Value"], bool(v["TSC"])),
    ies.SECURITY_ALGORITHMS: lambda v: ies.SecurityAlgorithms(v["CiphAlgo"], v["IntegAlgo"]),
    ies.UE_SECURITY_CAPABILITY: capability,
    ies.ADDITIONAL_SECURITY_INFORMATION: lambda v: ies.AdditionalSecurityInformation(
        bool(v["HDP"]), bool(v["RINMR"])
    ),
    ies.REGISTRATION_TYPE: lambda v: ies.RegistrationType(ies.RegistrationKind(v["Value"]), bool(v["FOR"])),
    ies.REGISTRATION_RESULT: lambda v: ies.RegistrationResult(
        ies.AccessType(v["Value"]),
        bool(v["SMSAllowed"]),
        bool(v["NSSAAPerformed"]),
        bool(v["Emergency"]),
        bool(v["DisasterRoaming"]),
    ),
    ies.DEREGISTRATION_TYPE: lambda v: ies.DeregistrationType(
        ies.AccessType(v["AccessType"]), bool(v["SwitchOff"]), bool(v["ReregistrationRequired"])
    ),
    ies.ACCESS_TYPE: lambda v: v["Value"],
    ies.IDENTITY_TYPE: lambda v: v["Value"],
    ies.REQUEST_TYPE: lambda v: v["Value"],
    ies.MICO_INDICATION: lambda v: ies.MicoIndication(bool(v["RAAI"]), bool(v["SPRTI"])),
    ies.CONFIGURATION_UPDATE_INDICATION: lambda v: ies.ConfigurationUpdateIndication(
        bool(v["ACK"]), bool(v["RED"])
    ),
    ies.NETWORK_SLICING_INDICATION: lambda v: ies.NetworkSlicingIndication(bool(v["NSSCI"]), bool(v["DCNI"])),
    ies.DRX_CYCLE: lambda v: v["Value"],
    ies.UPDATE_TYPE: lambda v: ies.UpdateType(
        bool(v["SMSRequested"]), bool(v["NG-RAN-RCU"]), v["5GS-PNB-CIoT"], v["EPS-PNB-CIoT"]
    ),
    ies.USAGE_SETTING: lambda v: v["Value"],
    ies.UE_STATUS: lambda v: ies.UeStatus(bool(v["S1ModeReg"]), bool(v["N1ModeReg"])),
    ies.PDU_SESSIONS: sessions,
    ies.REACTIVATION_ERRORS: lambda vs: tuple(
        ies.ReactivationError(psi, ies.GmmCause(cause)) for psi, cause in vs
    ),
    ies.DNN: lambda vs: b".".join(v["Value"] for v in vs).decode(),
    ies.INTEGRITY_RATE: lambda v: ies.IntegrityRate(ies.MaximumRate(v["UPUL"]), ies.MaximumRate(v["UPDL"])),
    ies.PDU_SESSION_TYPE: lambda v: PduSessionType(v["Value"]),
    ies.SSC_MODE: lambda v: SscMode(v["Value"]),
    ies.MAXIMUM_PACKET_FILTERS: lambda v: v["Value"],
    ies.PDU_ADDRESS: address,
    ies.SESSION_AMBR: lambda v: Ambr(rate(v["ULUnit"], v["UL"]), rate(v["DLUnit"], v["DL"])),
    ies.ALLOWED_SSC_MODES: lambda v: ies.AllowedSscModes(bool(v["SSC1"]), bool(v["SSC2"]), bool(v["SSC3"])),
    ies.CONGESTION_REATTEMPT: lambda v: ies.CongestionReattempt(bool(v["ABO"])),
    ies.QOS_RULES: Rules,
    ies.QOS_FLOWS: flows,
    ies.OPTIONS_UPLINK: options,
    ies.OPTIONS_DOWNLINK: options,
    ies.OCTET: int,
}

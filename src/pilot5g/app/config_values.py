"""How single values are written in the configuration, read, and shown again.

Every reader gets the text as it stands in the file, never what YAML makes of it: YAML 1.1 reads `00101` as an
octal number, `no` as false and `1:30` as 90. A `Scalar` says what was expected and gives an example, which is
all an error needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address, ip_network
from typing import Annotated, Any

import msgspec

from pilot5g.model import PduSessionType, Plmn, Snssai


class Scalar(msgspec.Struct, frozen=True):
    """How one kind of value is read from text (raising ValueError) and shown as plain YAML."""

    expected: str
    example: str
    read: Callable[[str], Any]
    show: Callable[[Any], str | int | float | bool] = str
    secret: bool = False

    def refused(self, text: str) -> str:
        """How an error shows what was given: cut short, and of a secret only its length."""
        return f"the {len(text)} characters given" if self.secret else repr(text[:60])


def integer(low: int, high: int, example: int, what: str = "a whole number") -> Scalar:
    """Decimal, or hexadecimal with 0x, from `low` to `high`."""

    def read(text: str) -> int:
        value = int(text, 16) if text.lower().startswith("0x") else int(text)
        if not low <= value <= high:
            raise ValueError(text)
        return value

    return Scalar(f"{what} from {low} to {high}", str(example), read, int)


def choice(what: str, names: Mapping[str, Any], example: str) -> Scalar:
    """One of several words, whatever their case."""
    shown = {value: name for name, value in reversed(list(names.items()))}
    folded = {name.lower(): value for name, value in names.items()}

    def read(text: str) -> Any:
        if text.lower() not in folded:
            raise ValueError(text)
        return folded[text.lower()]

    return Scalar(f"{what}: one of {', '.join(names)}", example, read, lambda value: shown[value])


def octets(what: str, lengths: tuple[int, ...], example: str, *, secret: bool = False) -> Scalar:
    """Hexadecimal digits."""

    def read(text: str) -> bytes:
        value = bytes.fromhex(text)
        if len(value) not in lengths:
            raise ValueError(f"{len(value)} octets")
        return value

    digits = " or ".join(str(2 * n) for n in lengths)
    return Scalar(f"{what} of {digits} hexadecimal digits", example, read, lambda value: value.hex(), secret)


def matching(what: str, pattern: str, example: str) -> Scalar:
    """Text of a given form, whole."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(text)
        return text

    return Scalar(what, example, read)


_RATE = re.compile(r"(\d+(?:\.\d+)?) ?(?:([kmgt]?)(?:bps|bit/s))?", re.ASCII | re.IGNORECASE)
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def rate(text: str) -> int:
    """`100 Mbps` in bit/s (TS 29.571 5.5.2, BitRate). Raises ValueError."""
    found = _RATE.fullmatch(text)
    if not found:
        raise ValueError(text)
    whole, _, fraction = found[1].partition(".")
    unit = _UNITS[(found[2] or "").lower()]
    value, rest = divmod(int(whole + fraction) * unit, int("1" + "0" * len(fraction)))
    if rest or not 0 < value <= 4_000_000_000_000:  # what NGAP can say (TS 38.413 9.3.1.4)
        raise ValueError(text)
    return value


def rate_text(value: int) -> str:
    """bit/s with the largest unit that leaves a whole number."""
    for letter in "tgmk":
        if value % _UNITS[letter] == 0:
            return f"{value // _UNITS[letter]} {'K' if letter == 'k' else letter.upper()}bps"
    return f"{value} bps"


_OCTETS = re.compile(r"(\d+) ?(?:([kmgt]?)b)?", re.ASCII | re.IGNORECASE)


def volume(text: str) -> int:
    """`100 MB` in octets. Raises ValueError."""
    found = _OCTETS.fullmatch(text)
    value = int(found[1]) * _UNITS[(found[2] or "").lower()] if found else 0
    if not 0 < value < 1 << 62:
        raise ValueError(text)
    return value


def volume_text(value: int) -> str:
    """Octets with the largest unit that leaves a whole number."""
    for letter in "tgmk":
        if value % _UNITS[letter] == 0:
            return f"{value // _UNITS[letter]} {letter.upper().replace('K', 'k')}B"
    return f"{value} B"


_SECONDS = {"": 1.0, "ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0}


def duration(text: str) -> float:
    """`6`, `6 s`, `54 min`, `200 ms` or `1 h` in seconds. Raises ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(ms|s|min|h)?", text, re.ASCII)
    if not found or not 0 < float(found[1]) * _SECONDS[found[2] or ""] <= 31 * 24 * 3600:
        raise ValueError(text)
    return float(found[1]) * _SECONDS[found[2] or ""]


def _place(text: str) -> tuple[float, float]:
    east, north = (float(part) for part in text.split(","))
    if not (-1e6 <= east <= 1e6 and -1e6 <= north <= 1e6):
        raise ValueError(text)
    return east, north


def _imsi(text: str) -> str:
    digits = text.removeprefix("imsi-")
    if not (digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15):
        raise ValueError(text)
    return digits


def _dnn(text: str) -> str:
    """A network identifier: labels as in DNS, at most 63 octets here (TS 23.003 9.1.1)."""
    label = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
    if not re.fullmatch(rf"{label}(?:\.{label})*", text) or len(text) > 63:
        raise ValueError(text)
    return text.lower()


def _address(text: str) -> str:
    return str(ip_address(text))


def _prefix64(text: str) -> str:
    network = IPv6Network(text)
    if network.prefixlen != 64:
        raise ValueError(text)
    return str(network)


def _pool6(text: str) -> IPv6Network:
    network = IPv6Network(text)
    if not 32 <= network.prefixlen <= 63:
        raise ValueError(text)
    return network


def _pool4(text: str) -> IPv4Network:
    network = IPv4Network(text)
    if not 8 <= network.prefixlen <= 29:
        raise ValueError(text)
    return network


def _ethertype(text: str) -> int:
    if not re.fullmatch(r"0[xX][0-9a-fA-F]{4}", text):
        raise ValueError(text)
    return int(text, 16)


def _mac(text: str) -> bytes:
    if not re.fullmatch(r"([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}", text):
        raise ValueError(text)
    return bytes.fromhex(text.replace(":", ""))


_CLASSES = {"CS0": 0, "EF": 46, **{f"CS{i}": 8 * i for i in range(1, 8)}}
_CLASSES |= {f"AF{i}{j}": 8 * i + 2 * j for i in range(1, 5) for j in range(1, 4)}


def _dscp(text: str) -> int:
    """By number, or by the name of its class (RFC 2474, RFC 2597, RFC 3246)."""
    value = _CLASSES.get(text.upper())
    value = int(text) if value is None else value
    if not 0 <= value <= 63:
        raise ValueError(text)
    return value


_FLAG = choice("a yes or no", {"true": True, "false": False, "yes": True, "no": False}, "true")
_NIA = {"NIA1": 1, "NIA2": 2, "NIA3": 3}
_NEA = {"NEA0": 0, "NEA1": 1, "NEA2": 2, "NEA3": 3}
_TYPES = {
    "ipv4": PduSessionType.IPV4,
    "ipv6": PduSessionType.IPV6,
    "ipv4v6": PduSessionType.IPV4V6,
    "ethernet": PduSessionType.ETHERNET,
}
_NAME = r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}"

Flag = Annotated[bool, msgspec.structs.replace(_FLAG, show=bool)]
Name = Annotated[str, matching("a name of letters, digits, space, dot, - and _", _NAME, "gnb-1")]
Path = Annotated[str, Scalar("a file name", "pilot.db", str)]
PlmnId = Annotated[
    Plmn, Scalar("a PLMN, an MCC of 3 and an MNC of 2 or 3 digits in quotes", '"001-01"', Plmn.parse)
]
Slice = Annotated[Snssai, Scalar("a slice, SST or SST-SD with the SD in hex", '"1-010203"', Snssai.parse)]
Dnn = Annotated[str, Scalar("a DNN, labels of letters, digits and -", "internet", _dnn)]
Tac = Annotated[int, integer(0, 0xFFFFFF, 1, "a tracking area code")]
Rfsp = Annotated[int, integer(1, 256, 5, "an index to RAT/frequency selection priority")]
Processors = Annotated[int, integer(1, 16, 4, "a number of processors")]
Port = Annotated[int, integer(1, 65535, 38412, "a port")]
Address = Annotated[str, Scalar("an IPv4 or IPv6 address", "127.0.0.5", _address)]
Address4 = Annotated[str, Scalar("an IPv4 address", "10.45.0.7", lambda text: str(IPv4Address(text)))]
Prefix6 = Annotated[str, Scalar("an IPv6 prefix of 64 bits", "2001:db8:45:7::/64", _prefix64)]
Pool4 = Annotated[IPv4Network, Scalar("an IPv4 network of /8 to /29", "10.45.0.0/16", _pool4)]
Pool6 = Annotated[
    IPv6Network, Scalar("an IPv6 network of /32 to /63, cut into /64s", "2001:db8:45::/48", _pool6)
]
Dscp = Annotated[int, Scalar("a DSCP, 0 to 63 or the name of a class", "EF", _dscp, int)]
FramedRoute = Annotated[
    str, Scalar("a network without host bits", "192.168.77.0/24", lambda text: str(ip_network(text)))
]
Rate = Annotated[int, Scalar("a bit rate", "100 Mbps", rate, rate_text)]
Octets = Annotated[int, Scalar("a volume", "5 GB", volume, volume_text)]
Place = Annotated[
    tuple[float, float],
    Scalar("a place, metres east and north", '"1000,0"', _place, lambda at: f"{at[0]:g},{at[1]:g}"),
]
Seconds = Annotated[float, Scalar("a time above 0", "6 s, or 54 min", duration, float)]
Imsi = Annotated[str, Scalar("an IMSI of 6 to 15 digits", '"001010000000001"', _imsi)]
Msisdn = Annotated[str, matching("an MSISDN of 5 to 15 digits without +", r"\d{5,15}", '"491700000001"')]
Key = Annotated[bytes, octets("a key K", (16, 32), "465b5ce8b199b49faa5f0a2ee238a6bc", secret=True)]
Opc = Annotated[
    bytes, octets("an OPc (TOPc for tuak)", (16, 32), "cd63cb71954a9f4e48a5994e37a02baf", secret=True)
]
Op = Annotated[
    bytes, octets("an OP (TOP for tuak)", (16, 32), "cdc202d5123e20f62b6d676ac72cb318", secret=True)
]
AmfField = Annotated[bytes, octets("an authentication management field", (2,), '"8000"')]
Sqn = Annotated[int, integer(0, (1 << 48) - 1, 0, "a sequence number")]
AkaName = Annotated[str, choice("an algorithm", {"milenage": "milenage", "tuak": "tuak"}, "milenage")]
EmergencyNumber = Annotated[str, matching("a telephone number of 2 to 8 digits", r"\d{2,8}", "112")]
AuthenticationMethod = Annotated[
    str,
    choice(
        "a method of primary authentication",
        {"5g-aka": "5G_AKA", "eap-aka-prime": "EAP_AKA_PRIME"},
        "5g-aka",
    ),
]
HomePrivateKey = Annotated[bytes, octets("a private key (from openssl rand -hex 32)", (32,), "", secret=True)]
HomePublicKey = Annotated[
    bytes, octets("a public key of the home network, for profile B compressed,", (32, 33), "")
]
Profile = Annotated[str, choice("a profile", {"A": "A", "B": "B"}, "A")]
SuciScheme = Annotated[int, choice("a SUCI scheme", {"none": 0, "A": 1, "B": 2}, "A")]
RoutingIndicator = Annotated[str, matching("a routing indicator of 1 to 4 digits", r"\d{1,4}", '"0"')]
Nia = Annotated[
    int,
    choice("an integrity algorithm (null integrity NIA0 protects nothing and is refused)", _NIA, "NIA2"),
]
Nea = Annotated[int, choice("a ciphering algorithm", _NEA, "NEA2")]
SessionType = Annotated[PduSessionType, choice("a session type", _TYPES, "ipv4v6")]
LinkName = Annotated[
    str, matching("the name of a link, up to 15 letters, digits, ., - and _", r"[\w.-]{0,15}", "br0")
]
Ethertype = Annotated[
    int, Scalar("an Ethertype of four hex digits", '"0x88b8"', _ethertype, lambda value: f"0x{value:04x}")
]
Mac = Annotated[bytes, Scalar("a MAC address", '"02:00:00:00:00:01"', _mac, lambda value: value.hex(":"))]
UserPlane = Annotated[
    str, choice("a user plane", {each: each for each in ("auto", "ebpf", "userspace")}, "auto")
]
Transport = Annotated[
    str,
    choice(
        "a transport of N2",
        {each: each for each in ("auto", "kernel", "usrsctp-raw", "usrsctp-udp")},
        "auto",
    ),
]

"""The network as one YAML file describes it, every value with a default that works.

`Config()` is a working network of two emulated gNBs and twenty phones; a file states only what differs.
Values left out that depend on others (a second data network's address pool, a radio's name and addresses,
its slices) are filled in when a `Config` is made, so that whoever reads one finds only settled values and
`pilot5g config show` prints exactly what runs.

Reading is in `config_read`, the form of single values in `config_values`, what contradicts what in
`config_check`, and how phones and subscribers become subscriptions in `config_subscribers`.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from pilot5g.app import config_values as v
from pilot5g.app.config_access import AccessControl
from pilot5g.app.config_amf import Amf, FurtherAmf, Overload, Sbi
from pilot5g.app.config_emergency import Emergency
from pilot5g.app.config_n4 import N4, Classifier
from pilot5g.app.config_profile import PhoneProfile, ProfileName
from pilot5g.app.config_qos import FrameFlow, QosSettings
from pilot5g.app.config_read import ConfigError, Problem, Reader, plain
from pilot5g.app.config_usage import UsageSettings
from pilot5g.model import Ambr, Arp, Guami, PduSessionType, Plmn, Qos, Snssai

__all__ = [
    "Amf",
    "Config",
    "ConfigError",
    "DataNetwork",
    "FurtherAmf",
    "HomeNetworkKey",
    "Network",
    "Overload",
    "Phone",
    "PhoneSession",
    "Phones",
    "Problem",
    "QosSettings",
    "Radio",
    "Rates",
    "Security",
    "StoreFiles",
    "SubscriberEntry",
    "load",
    "parse",
    "shown",
]

_POOL4 = IPv4Network("10.45.0.0/16")
_POOL6 = IPv6Network("2001:db8:45::/48")
_TYPES = (PduSessionType.IPV4, PduSessionType.IPV6, PduSessionType.IPV4V6)
DEFAULT_PHONES = 20


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Who the network is. The names are shown on phones (TS 24.501 8.2.19)."""

    name: v.Name = "Pilot5G"
    plmn: v.PlmnId = Plmn("001", "01")
    short_name: v.Name = "Pilot5G"
    equivalent_plmns: tuple[v.PlmnId, ...] = ()
    """PLMNs that phones treat as this one (TS 24.501 5.3.14)."""
    rrc_inactive: v.Flag = False
    """Whether quiet phones go to RRC_INACTIVE; AMFs then tell radios what they need for it."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """An aggregate maximum bit rate; in bit/s here, `100 Mbps` in the file."""

    uplink: v.Rate = 1_000_000_000
    downlink: v.Rate = 1_000_000_000

    @property
    def ambr(self) -> Ambr:
        return Ambr(uplink=self.uplink, downlink=self.downlink)


class Priority(msgspec.Struct, frozen=True, kw_only=True):
    """Allocation and retention priority (TS 23.501 5.7.2.2)."""

    priority: Annotated[int, v.integer(1, 15, 8)] = 8
    may_preempt: v.Flag = False
    preemptable: v.Flag = True


class DataNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """One DNN: which slices lead to it, its addresses, and what its sessions are given."""

    dnn: v.Dnn
    slices: tuple[v.Slice, ...] = ()
    """Default: every slice of the network."""
    ipv4_pool: v.Pool4 = _POOL4
    """Default: 10.45.0.0/16 for the first data network, 10.46.0.0/16 for the second, …"""
    ipv6_pool: v.Pool6 = _POOL6
    """Each phone gets a /64 of it. Default: 2001:db8:45::/48, 2001:db8:46::/48, …"""
    dns: tuple[v.Address, ...] = ()
    mtu: Annotated[int, v.integer(1280, 9000, 1400)] = 1400
    nat: v.Flag = False
    """Whether IPv4 leaves with the address of the machine that the UPF is on, for a network that has no
    route to the phones. Nobody there can begin a conversation with a phone."""
    ue_to_ue: v.Flag = True
    """Whether its phones may reach each other."""
    buffer_packets: Annotated[int, v.integer(0, 1_000_000, 128)] = 128
    """Packets that are kept for a session whose phone is idle, until it has been reached."""
    session_types: tuple[v.SessionType, ...] = _TYPES
    """`[ethernet]` for a data network of Ethernet frames, which has no addresses to give."""
    bridge: v.LinkName = ""
    """Of a data network of Ethernet: the bridge, on the machine of the UPF, that its interface becomes a port
    of. Default: none; the interface is there for you to connect."""
    flows: tuple[FrameFlow, ...] = ()
    """Of a data network of Ethernet: QoS flows beside the default one, the first that fits."""
    five_qi: Annotated[int, v.integer(1, 254, 9)] = 9
    arp: Priority = Priority()
    session_ambr: Rates = Rates()
    usage: UsageSettings = UsageSettings()
    classifier: Classifier = Classifier()

    @property
    def qos(self) -> Qos:
        """5QI and ARP of the default QoS flow."""
        return Qos(self.five_qi, Arp(self.arp.priority, self.arp.may_preempt, self.arp.preemptable))

    @property
    def default_type(self) -> PduSessionType:
        """For a session that asks for no type: IPv4v6 where that is allowed, else the first allowed."""
        v4v6 = PduSessionType.IPV4V6
        return v4v6 if v4v6 in self.session_types else self.session_types[0]

    @property
    def ethernet(self) -> bool:
        """Whether it carries Ethernet frames."""
        return PduSessionType.ETHERNET in self.session_types

    @property
    def gateway4(self) -> str:
        """The data network's own address on N6: the first of the pool."""
        return str(self.ipv4_pool[1])

    @property
    def gateway6(self) -> str:
        """The first address of the pool's first /64, which no phone gets."""
        return str(self.ipv6_pool[1])


class HomeNetworkKey(msgspec.Struct, frozen=True, kw_only=True):
    """A private key to reveal SUCIs with (TS 33.501 annex C); `id` is the key identifier phones carry."""

    id: Annotated[int, v.integer(0, 254, 1)]
    profile: v.Profile
    private_key: v.HomePrivateKey

    @property
    def scheme(self) -> int:
        """The protection scheme identifier of the profile (TS 33.501 C.1)."""
        return {"A": 1, "B": 2}[self.profile]


class Security(msgspec.Struct, frozen=True, kw_only=True):
    """NAS algorithms in order of preference, by number (TS 33.501 5.11.1), and home network keys."""

    integrity: tuple[v.Nia, ...] = (2, 1, 3)
    ciphering: tuple[v.Nea, ...] = (2, 1, 3, 0)
    home_network_keys: tuple[HomeNetworkKey, ...] = ()
    horizontal_derivation: v.Flag = False
    """Whether a phone that goes to another AMF gets a K_AMF derived from that before (TS 33.501 6.9.3)."""


class N2(msgspec.Struct, frozen=True, kw_only=True):
    """Where the AMF listens, and over which SCTP (`udp_port` is for RFC 6951 encapsulation)."""

    address: v.Address = "127.0.0.5"
    port: v.Port = 38412
    transport: v.Transport = "auto"
    udp_port: v.Port = 9899


class N3(msgspec.Struct, frozen=True, kw_only=True):
    """Where the UPF takes GTP-U."""

    address: v.Address = "127.0.0.5"
    port: v.Port = 2152
    sources: tuple[v.FramedRoute, ...] = ()
    """Networks of radios and other UPFs: what anybody else sends is dropped. None: anybody may send."""
    processors: v.Processors = 1
    """How many share the uplink of one radio, which one receive queue brings. For programs in the kernel."""


class N6(msgspec.Struct, frozen=True, kw_only=True):
    """The interface towards each data network: this prefix and a number."""

    interface: Annotated[
        str,
        v.matching("an interface name of up to 10 letters, digits, - and _", r"[\w-]{1,10}", "n6-"),
    ] = "n6-"


class StoreFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Where subscribers and contexts are kept. Relative to the configuration file's folder."""

    path: v.Path = "pilot.db"
    key_file: v.Path = "pilot.key"


class Radio(msgspec.Struct, frozen=True, kw_only=True):
    """One emulated gNB."""

    name: v.Name = ""
    """Default: gnb-1, gnb-2, …"""
    id: Annotated[int, v.integer(0, 0xFFFFFFFF, 1)] = -1
    """Default: 1, 2, …"""
    id_bits: Annotated[int, v.integer(22, 32, 24)] = 24
    n2_address: v.Address = ""
    """Default: 127.0.0.11, 127.0.0.12, …"""
    n3_address: v.Address = ""
    """Default: its n2_address."""
    plmn: v.PlmnId = Plmn("", "")
    """Default: the network's."""
    tac: v.Tac = -1
    """Default: the first of `tracking_areas`."""
    amfs: tuple[v.Name, ...] = ()
    """Names of the AMFs that it connects to. Default: every one."""
    cells: Annotated[int, v.integer(1, 16, 3)] = 3
    slices: tuple[v.Slice, ...] = ()
    """Default: every slice of the network."""
    xn: v.Flag = True
    """Whether it has Xn with its neighbours; without, phones are handed over through the AMF."""
    random_access: v.Seconds = 0.02
    """What a phone that is handed over needs to be heard in the new cell: the interruption."""
    access_control: tuple[AccessControl, ...] = ()
    """What it broadcasts of unified access control."""
    bars_in_overload: v.Flag = False
    """In an overload of its AMFs, whether it bars accesses by broadcast rather than reject them."""
    position: v.Place = (-1.0, -1.0)
    """Where it stands, for phones that move. Default: 0,0, then 1000,0, then 2000,0, …"""


class PhoneSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session a phone opens once registered."""

    dnn: v.Dnn | None = None
    """None: named by the network, which takes the subscription's default."""
    type: v.SessionType = PduSessionType.IPV4V6
    slice: v.Slice | None = None


class PhoneTraits(msgspec.Struct, frozen=True, kw_only=True):
    """What phones made by count and phones listed one by one have in common."""

    k: v.Key | None = None
    """None: generated for this run, with a subscription to match."""
    opc: v.Opc | None = None
    algorithm: v.AkaName = "milenage"
    authentication: v.AuthenticationMethod = "5G_AKA"
    """Of the subscription that is made for it: its home network chooses (TS 33.501 6.1.2)."""
    suci_scheme: v.SuciScheme = 0
    key_id: Annotated[int, v.integer(0, 254, 1)] = 0
    public_key: v.HomePublicKey | None = None
    """None: that of the home network key with this id in this configuration."""
    routing_indicator: v.RoutingIndicator = "0"
    slices: tuple[v.Slice, ...] = ()
    """What it requests; none: whatever the subscription has as default."""
    sessions: tuple[PhoneSession, ...] = (PhoneSession(),)
    behind: tuple[v.FramedRoute, ...] = ()
    """Networks that it forwards for: `framed_routes` of its subscription, which no network tells a phone."""
    bridge: v.LinkName = ""
    """The bridge in its namespace, made where there is none, that the interfaces of its Ethernet sessions
    become ports of. Default: none."""
    integrity: tuple[v.Nia, ...] = (1, 2, 3)
    ciphering: tuple[v.Nea, ...] = (0, 1, 2, 3)
    profile: ProfileName = "ordinary"
    """How it behaves: the name of a [profile](phone-profiles.md), built in or of `phones.profiles`."""
    path: tuple[v.Place, ...] = ()
    """Places that it goes by, there and back again, under `pilot5g up` and `pilot5g ran`; none: it stays."""
    speed: Annotated[int, v.integer(1, 500, 15)] = 15
    """Metres per second on its path."""


class Phone(PhoneTraits, frozen=True, kw_only=True):
    """One emulated phone."""

    imsi: v.Imsi


class PhoneGroup(PhoneTraits, frozen=True, kw_only=True):
    """Phones that are alike, with IMSIs in a row behind those of the groups before."""

    count: Annotated[int, v.integer(1, 100_000, 5)]
    first_imsi: v.Imsi | None = None
    """Default: the next after the group before."""


class Phones(PhoneTraits, frozen=True, kw_only=True):
    """The emulated phones: `count` alike with IMSIs from `first_imsi` on, groups of others, and those
    listed."""

    count: Annotated[int, v.integer(0, 100_000, 20)] = -1
    """Default: 20, or 0 where phones are listed or grouped."""
    first_imsi: v.Imsi | None = None
    """Default: number 1 of the network's PLMN."""
    groups: tuple[PhoneGroup, ...] = ()
    list: tuple[Phone, ...] = ()
    profiles: tuple[PhoneProfile, ...] = ()
    """Own profiles, beside those built in."""
    user_plane: v.UserPlane = "userspace"
    """Who moves phones' packets between their interfaces and tunnels: the radios' process (`userspace`),
    programs in the kernel for phones with one QoS flow (`ebpf`), or `auto`, the kernel where that can be
    had."""

    def __post_init__(self) -> None:
        if self.count < 0:
            msgspec.structs.force_setattr(self, "count", 0 if self.list or self.groups else DEFAULT_PHONES)

    @property
    def number(self) -> int:
        """How many there are."""
        return self.count + sum(group.count for group in self.groups) + len(self.list)


class SubscriberEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription to create at start, where there is none of that IMSI yet."""

    imsi: v.Imsi
    k: v.Key
    opc: v.Opc | None = None
    op: v.Op | None = None
    algorithm: v.AkaName = "milenage"
    authentication: v.AuthenticationMethod = "5G_AKA"
    """How the phone proves who it is (TS 33.501 6.1.2)."""
    amf: v.AmfField = b"\x80\x00"
    sqn: v.Sqn = 0
    slices: tuple[v.Slice, ...] = ()
    """Subscribed by default; none: every slice of the network."""
    dnns: tuple[v.Dnn, ...] = ()
    """None: every data network of its slices."""
    ue_ambr: Rates = Rates()
    static_ipv4: v.Address4 | None = None
    static_ipv6_prefix: v.Prefix6 | None = None
    framed_routes: tuple[v.FramedRoute, ...] = ()
    """Networks behind the phone, reached by its session in the first DNN (TS 23.501 5.6.14)."""
    quota: v.Octets | None = None
    """What it may use of each of its data networks. None: what the data network says."""
    forbidden_areas: tuple[v.Tac, ...] = ()
    """Tracking areas in which it may not register (TS 23.501 5.3.4.1.1)."""
    service_areas: tuple[v.Tac, ...] = ()
    """The tracking areas in which it has service, elsewhere it may only register; none: everywhere."""
    non_service_areas: tuple[v.Tac, ...] = ()
    """The tracking areas in which it may only register, in place of `service_areas`."""
    rfsp: v.Rfsp | None = None
    """What its radio goes by in choosing cells for it (RFSP index, TS 23.501 5.3.4.3)."""
    msisdn: v.Msisdn | None = None
    enabled: v.Flag = True


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One network, whole."""

    network: Network = Network()
    amf: Amf = Amf()
    amfs: tuple[FurtherAmf, ...] = ()
    tracking_areas: tuple[v.Tac, ...] = (1,)
    slices: tuple[v.Slice, ...] = (Snssai(1), Snssai(1, 0x010203))
    data_networks: tuple[DataNetwork, ...] = (DataNetwork(dnn="internet"),)
    security: Security = Security()
    timers: dict[str, v.Seconds] = {}
    """Seconds by 3GPP name, over those of `pilot5g.flow.timer.DEFAULTS`."""
    n2: N2 = N2()
    sbi: Sbi = Sbi()
    n3: N3 = N3()
    n4: N4 = N4()
    n6: N6 = N6()
    qos: QosSettings = QosSettings()
    emergency: Emergency = Emergency()
    user_plane: v.UserPlane = "auto"
    """Who moves packets: programs in the kernel (`ebpf`), the core's own process (`userspace`), or `auto`,
    the kernel where that can be had."""
    store: StoreFiles = StoreFiles()
    radios: tuple[Radio, ...] = (Radio(), Radio())
    """`[]` for a network of real radios only."""
    phones: Phones = Phones()
    subscribers: tuple[SubscriberEntry, ...] = ()

    @classmethod
    def default(cls) -> Config:
        """The network of an empty file."""
        return cls()

    def __post_init__(self) -> None:
        networks = tuple(self._settled_network(i, each) for i, each in enumerate(self.data_networks))
        amfs = tuple(self._settled_amf(i, each) for i, each in enumerate(self.amfs))
        msgspec.structs.force_setattr(self, "amfs", amfs)
        radios = tuple(self._settled_radio(i, each) for i, each in enumerate(self.radios))
        msgspec.structs.force_setattr(self, "data_networks", networks)
        msgspec.structs.force_setattr(self, "radios", radios)

    def _settled_network(self, i: int, given: DataNetwork) -> DataNetwork:
        # `is`: the pool was left out. The same pool written by hand is kept, and found to overlap.
        pool4, pool6 = given.ipv4_pool, given.ipv6_pool
        return msgspec.structs.replace(
            given,
            slices=given.slices or self.slices,
            ipv4_pool=IPv4Network(f"10.{45 + i}.0.0/16") if pool4 is _POOL4 and i < 200 else pool4,
            ipv6_pool=IPv6Network(f"2001:db8:{45 + i}::/48") if pool6 is _POOL6 else pool6,
        )

    def _settled_amf(self, i: int, given: FurtherAmf) -> FurtherAmf:
        n2_address = given.n2_address or f"127.0.0.{221 + i}"
        return msgspec.structs.replace(
            given,
            name=given.name or f"amf-{i + 2}",
            region=given.region if given.region >= 0 else self.amf.region,
            set=given.set if given.set >= 0 else self.amf.set,
            pointer=given.pointer if given.pointer >= 0 else (self.amf.pointer + i + 1) % 64,
            n2_address=n2_address,
            sbi_address=given.sbi_address or n2_address,
            tracking_areas=given.tracking_areas or self.tracking_areas,
            slices=given.slices or self.slices,
        )

    def _settled_radio(self, i: int, given: Radio) -> Radio:
        n2_address = given.n2_address or f"127.0.{i // 200}.{11 + i % 200}"
        return msgspec.structs.replace(
            given,
            name=given.name or f"gnb-{i + 1}",
            id=given.id if given.id >= 0 else i + 1,
            n2_address=n2_address,
            n3_address=given.n3_address or n2_address,
            plmn=given.plmn if given.plmn.mcc else self.network.plmn,
            tac=given.tac if given.tac >= 0 or not self.tracking_areas else self.tracking_areas[0],
            slices=given.slices or self.slices,
            amfs=given.amfs or (self.amf.name, *(each.name for each in self.amfs)),
            position=given.position if given.position != (-1.0, -1.0) else (1000.0 * i, 0.0),
        )

    @property
    def guami(self) -> Guami:
        """The AMF's identifier (TS 23.003 2.10.1)."""
        return Guami(self.network.plmn, self.amf.region, self.amf.set, self.amf.pointer)

    def n2_of(self, amf: str) -> tuple[str, int]:
        """Where an AMF takes the first associations of radios."""
        further = {each.name: each.n2_address for each in self.amfs}
        return further.get(amf, self.n2.address), self.n2.port

    def every_n2_of(self, amf: str) -> list[tuple[str, int]]:
        """The same of all associations."""
        tnls = {each.name: each.tnls for each in self.amfs}.get(amf, self.amf.tnls)
        return [self.n2_of(amf), *((each.address, self.n2.port) for each in tnls)]

    def data_network(self, dnn: str) -> DataNetwork | None:
        """The data network of that name, whatever its case."""
        return next((each for each in self.data_networks if each.dnn == dnn.lower()), None)


def parse(text: str, source: str = "configuration") -> Config:
    """A configuration from YAML text; `source` names it in errors. Raises ConfigError with every problem."""
    from pilot5g.app.config_check import contradictions

    reader = Reader()
    config = reader.document(text, Config)
    problems = reader.problems or contradictions(config or Config(), reader.lines)
    if problems or config is None:
        raise ConfigError(source, problems)
    return config


def load(path: Path | str | None = None) -> Config:
    """The configuration in a file, or the default one. Raises ConfigError, also where there is no file."""
    if path is None:
        return Config.default()
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        why = e.strerror if isinstance(e, OSError) else "it is not UTF-8 text"
        expected = f"a readable file ({why}): `pilot5g config init` writes one to begin with"
        raise ConfigError(str(path), [Problem("", 0, expected)]) from e
    config = parse(text, str(path))
    folder = Path(path).parent
    files = StoreFiles(path=str(folder / config.store.path), key_file=str(folder / config.store.key_file))
    return msgspec.structs.replace(config, store=files)


def shown(config: Config, *, secrets: bool = False) -> str:
    """The effective configuration as YAML; keys are masked unless `secrets`."""
    values: dict[str, Any] = plain(config, Config, secrets=secrets)
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True)

"""What contradicts what in a configuration whose single values are all well formed.

Only contradictions within what one party says: two pools that overlap, a slice that is not there. A radio in
a foreign tracking area or a phone with a foreign PLMN is no error here: the network refuses it with a cause
and the reason, as it does with any radio and phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Network, ip_network
from typing import Any

from pilot5g.app.config import Amf, Config, DataNetwork, FurtherAmf, PhoneTraits, SubscriberEntry
from pilot5g.app.config_n4 import upf_faults
from pilot5g.app.config_profile import profiles
from pilot5g.app.config_read import Problem, unknown
from pilot5g.core.smf.flows import MOST as MOST_FLOWS
from pilot5g.crypto.suci import HomeKey, SuciError
from pilot5g.flow.timer import DEFAULTS
from pilot5g.model import Snssai
from pilot5g.ran.ue.profile import BUILT_IN, ORDINARY


def contradictions(config: Config, lines: Mapping[str, int]) -> list[Problem]:
    """Every contradiction; `lines` says where each key stands."""

    def at(path: str) -> int:
        while path and path not in lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return lines.get(path, 0)

    found = tuple(_empty(config)) or (
        *_repeated(config),
        *_amfs(config),
        *_slices(config),
        *_pools(config),
        *_frames(config),
        *_back_off(config),
        *_n4(config),
        *_qos(config),
        *_emergency(config),
        *_timers(config),
        *_home_keys(config),
        *_radios(config),
        *_subscriptions(config),
        *_profiles(config),
        *_phones(config),
    )
    return [Problem(key, at(key), *rest) for key, *rest in found]


_Found = tuple[str, ...]
"""Key, expected, example, found."""


def _empty(config: Config) -> Iterator[_Found]:
    lists: dict[str, tuple[tuple[Any, ...], str]] = {
        "tracking_areas": (config.tracking_areas, "[1]"),
        "slices": (config.slices, '["1"]'),
        "data_networks": (config.data_networks, "[{dnn: internet}]"),
        "security.integrity": (config.security.integrity, "[NIA2, NIA1, NIA3]"),
        "security.ciphering": (config.security.ciphering, "[NEA2, NEA1, NEA3, NEA0]"),
    }
    for key, (values, example) in lists.items():
        if not values:
            yield key, "at least one", example, "an empty list"
    if len(config.slices) > 8:
        # Allowed NSSAI holds 8 S-NSSAIs (TS 24.501 9.11.3.37)
        yield "slices", "at most 8 slices", "", f"{len(config.slices)}"
    if len(config.tracking_areas) > 16:
        yield (
            "tracking_areas",
            "at most 16 (one registration area, TS 24.501 9.11.3.9)",
            "",
            str(len(config.tracking_areas)),
        )


def _back_off(config: Config) -> Iterator[_Found]:
    low, high = config.amf.overload.back_off_from, config.amf.overload.back_off_to
    if low > high:
        yield "amf.overload.back_off_to", f"not less than back_off_from, {low}", str(low), str(high)


def _repeats(values: Iterable[Any], key: str, what: str) -> Iterator[_Found]:
    seen: dict[Any, int] = {}
    for i, value in enumerate(values):
        if value in seen:
            yield key.format(i), f"{what} that is not that of {key.format(seen[value])}", "", repr(str(value))
        seen.setdefault(value, i)


def _repeated(config: Config) -> Iterator[_Found]:
    keys, radios = config.security.home_network_keys, config.radios
    yield from _repeats(config.tracking_areas, "tracking_areas[{}]", "a tracking area")
    yield from _repeats((each.canonical for each in config.slices), "slices[{}]", "a slice")
    yield from _repeats((each.dnn for each in config.data_networks), "data_networks[{}].dnn", "a DNN")
    yield from _repeats((each.id for each in keys), "security.home_network_keys[{}].id", "an id")
    amfs = ((config.amf.region, config.amf.set, config.amf.pointer), *map(_guami, config.amfs))
    for i, each in enumerate(config.amfs):
        if _guami(each) in amfs[: i + 1]:
            key = f"amfs[{i}].pointer"
            yield key, "another pointer: two AMFs have this region, set and pointer", "", str(each.pointer)
        if each.name in (config.amf.name, *(other.name for other in config.amfs[:i])):
            yield f"amfs[{i}].name", "a name that no other AMF has", "", repr(each.name)
        if each.n2_address in (config.n2.address, *(other.n2_address for other in config.amfs[:i])):
            yield f"amfs[{i}].n2_address", "an address that no other AMF has", "", repr(each.n2_address)
    yield from _repeats((each.name for each in radios), "radios[{}].name", "a name")
    yield from _repeats((each.id for each in radios), "radios[{}].id", "an id")
    yield from _repeats((each.n2_address for each in radios), "radios[{}].n2_address", "an address")
    yield from _repeats((each.n3_address for each in radios), "radios[{}].n3_address", "an address")
    yield from _repeats((each.imsi for each in config.subscribers), "subscribers[{}].imsi", "an IMSI")
    yield from _repeats((each.imsi for each in config.phones.list), "phones.list[{}].imsi", "an IMSI")


def _guami(amf: FurtherAmf) -> tuple[int, int, int]:
    return amf.region, amf.set, amf.pointer


def _amfs(config: Config) -> Iterator[_Found]:
    """What AMFs serve the network has, and radios connect to AMFs that there are."""
    names = {config.amf.name, *(each.name for each in config.amfs)}
    for i, radio in enumerate(config.radios):
        for name in radio.amfs:
            if name not in names:
                yield f"radios[{i}].amfs", f"names of AMFs ({', '.join(sorted(names))})", "", repr(name)
    areas = ", ".join(map(str, config.tracking_areas))
    every: dict[str, Amf | FurtherAmf] = {"amf": config.amf}
    every |= {f"amfs[{i}]": each for i, each in enumerate(config.amfs)}
    for key, each in every.items():
        yield from _foreign_slices(f"{key}.slices", each.slices, config)
        for tac in each.tracking_areas:
            if tac not in config.tracking_areas:
                yield f"{key}.tracking_areas", f"tracking areas of the network ({areas})", "", str(tac)


def _slices(config: Config) -> Iterator[_Found]:
    for i, each in enumerate(config.data_networks):
        yield from _foreign_slices(f"data_networks[{i}].slices", each.slices, config)


def _foreign_slices(key: str, slices: tuple[Snssai, ...], config: Config) -> Iterator[_Found]:
    known = {each.canonical for each in config.slices}
    for each in slices:
        if each.canonical not in known:
            offered = ", ".join(map(str, config.slices))
            yield key, f"slices of the network ({offered})", "", repr(str(each))


def _pools(config: Config) -> Iterator[_Found]:
    for i, later in enumerate(config.data_networks):
        if not later.session_types:
            yield f"data_networks[{i}].session_types", "at least one", "[ipv4v6]", "an empty list"
        for j, earlier in enumerate(config.data_networks[:i]):
            if later.ipv4_pool.overlaps(earlier.ipv4_pool):
                yield _overlap(f"data_networks[{i}].ipv4_pool", j, earlier.dnn, str(later.ipv4_pool))
            if later.ipv6_pool.overlaps(earlier.ipv6_pool):
                yield _overlap(f"data_networks[{i}].ipv6_pool", j, earlier.dnn, str(later.ipv6_pool))


def _overlap(key: str, other: int, dnn: str, pool: str) -> _Found:
    return key, f"a network that does not overlap that of data_networks[{other}] ({dnn})", "", pool


def _frames(config: Config) -> Iterator[_Found]:
    """A data network has one interface: it carries packets, or it carries frames."""
    for i, each in enumerate(config.data_networks):
        if each.ethernet and len(each.session_types) > 1:
            types = ", ".join(kind.name.lower() for kind in each.session_types)
            yield f"data_networks[{i}].session_types", "ethernet, or types of IP", "[ethernet]", types
        if each.ethernet and each.nat:
            yield f"data_networks[{i}].nat", "a data network of IP: frames are not translated"
        if each.flows and not each.ethernet:
            yield f"data_networks[{i}].flows", "`session_types: [ethernet]`: packets of IP have one flow"
        if len(each.flows) > MOST_FLOWS:
            yield f"data_networks[{i}].flows", f"at most {MOST_FLOWS}", "", str(len(each.flows))
        if each.bridge and not each.ethernet:
            yield f"data_networks[{i}].bridge", "`session_types: [ethernet]`: IP packets are not bridged"


def _n4(config: Config) -> Iterator[_Found]:
    smf, upf = config.n4.smf_address, config.n4.upf_address
    if smf == upf:
        yield (
            "n4.upf_address",
            "another address than smf_address: both listen on the same port",
            "",
            repr(upf),
        )
    if (":" in smf) is not (":" in upf):
        yield "n4.upf_address", f"an address of the family of smf_address, {smf}", "", repr(upf)
    yield from upf_faults(config.n4, {each.dnn: each.classifier for each in config.data_networks})


def _qos(config: Config) -> Iterator[_Found]:
    for name in config.qos.dscp:
        if not (name.isascii() and name.isdigit() and 1 <= int(name) <= 254):
            yield f"qos.dscp.{name}", "a 5QI from 1 to 254", "9: 0", repr(name)


def _timers(config: Config) -> Iterator[_Found]:
    for name in config.timers:
        if name not in DEFAULTS:
            problem = unknown(f"timers.{name}", name, 0, sorted(DEFAULTS))
            yield problem.key, problem.expected, "", problem.found


def _home_keys(config: Config) -> Iterator[_Found]:
    for i, each in enumerate(config.security.home_network_keys):
        try:
            HomeKey(each.scheme, each.private_key)
        except SuciError:
            yield f"security.home_network_keys[{i}].private_key", "a private key in the range of its curve"


def _radios(config: Config) -> Iterator[_Found]:
    for i, each in enumerate(config.radios):
        if each.id >> each.id_bits:
            yield f"radios[{i}].id", f"an id of {each.id_bits} bits (id_bits)", "1", str(each.id)
        for name, own, core in (
            ("n2", each.n2_address, config.n2.address),
            ("n3", each.n3_address, config.n3.address),
        ):
            if own == core:
                yield (
                    f"radios[{i}].{name}_address",
                    f"another address than {name}.address",
                    "127.0.0.11",
                    own,
                )


def _subscriptions(config: Config) -> Iterator[_Found]:
    for i, each in enumerate(config.subscribers):
        yield from subscription_faults(f"subscribers[{i}]", each, config)


def _emergency(config: Config) -> Iterator[_Found]:
    dnn = config.emergency.dnn
    if dnn is not None and config.data_network(dnn) is None:
        yield "emergency.dnn", f"a DNN of data_networks ({_dnns(config)})", "", repr(dnn)


def subscription_faults(key: str, entry: SubscriberEntry, config: Config) -> Iterator[_Found]:
    """What is wrong with a subscription in this network, as key, expected, example, found."""
    if (entry.opc is None) == (entry.op is None):
        yield f"{key}.opc", "either opc or op", "cd63cb71954a9f4e48a5994e37a02baf"
    yield from _key_sizes(key, entry)
    yield from _foreign_slices(f"{key}.slices", entry.slices, config)
    networks = [config.data_network(dnn) for dnn in entry.dnns]
    for dnn, network in zip(entry.dnns, networks, strict=True):
        if network is None:
            yield f"{key}.dnns", f"a DNN of data_networks ({_dnns(config)})", "", repr(dnn)
        elif not _shared(entry, network, config):
            yield f"{key}.dnns", f"a DNN that one of its slices leads to ({_dnns(config)})", "", repr(dnn)
    network = networks[0] if networks else config.data_networks[0]
    if entry.service_areas and entry.non_service_areas:
        yield f"{key}.non_service_areas", "either service_areas or non_service_areas"
    yield from _foreign_addresses(key, entry, network)
    yield from _taken_routes(key, entry, config)


def _shared(entry: SubscriberEntry, network: DataNetwork, config: Config) -> bool:
    slices = {each.canonical for each in entry.slices or config.slices}
    return any(each.canonical in slices for each in network.slices)


def _dnns(config: Config) -> str:
    return ", ".join(each.dnn for each in config.data_networks)


def _foreign_addresses(key: str, entry: SubscriberEntry, network: DataNetwork | None) -> Iterator[_Found]:
    """Static addresses belong to the first DNN: its pool routes them."""
    if network is None:
        return
    pool4, pool6 = network.ipv4_pool, network.ipv6_pool
    if entry.static_ipv4 and IPv4Address(entry.static_ipv4) not in pool4:
        yield f"{key}.static_ipv4", f"an address in {pool4} ({network.dnn})", str(pool4[7]), entry.static_ipv4
    if entry.static_ipv6_prefix and not IPv6Network(entry.static_ipv6_prefix).subnet_of(pool6):
        yield f"{key}.static_ipv6_prefix", f"a /64 in {pool6} ({network.dnn})", "", entry.static_ipv6_prefix


def _taken_routes(key: str, entry: SubscriberEntry, config: Config) -> Iterator[_Found]:
    """A network behind a phone is none that phones have their addresses from."""
    pools = [pool for each in config.data_networks for pool in (each.ipv4_pool, each.ipv6_pool)]
    for text in entry.framed_routes:
        network = ip_network(text)
        if any(network.version == pool.version and network.overlaps(pool) for pool in pools):
            yield f"{key}.framed_routes", "networks outside every pool", "192.168.77.0/24", text


def _key_sizes(key: str, each: SubscriberEntry | PhoneTraits) -> Iterator[_Found]:
    """Milenage: K and OPc of 16 octets (TS 35.206 2.3); TUAK: K of 16 or 32, TOPc of 32 (TS 35.231)."""
    op = each.op if isinstance(each, SubscriberEntry) else None
    size = 16 if each.algorithm == "milenage" else 32
    if each.k is not None and each.algorithm == "milenage" and len(each.k) != 16:
        yield f"{key}.k", "32 hexadecimal digits for milenage", "", f"{2 * len(each.k)}"
    for name, value in (("opc", each.opc), ("op", op)):
        if value is not None and len(value) != size:
            yield (
                f"{key}.{name}",
                f"{2 * size} hexadecimal digits for {each.algorithm}",
                "",
                f"{2 * len(value)}",
            )


def _phones(config: Config) -> Iterator[_Found]:
    every: list[tuple[str, PhoneTraits]] = [("phones", config.phones)]
    every += [(f"phones.groups[{i}]", each) for i, each in enumerate(config.phones.groups)]
    every += [(f"phones.list[{i}]", each) for i, each in enumerate(config.phones.list)]
    keys = {each.id: each for each in config.security.home_network_keys}
    known = profiles(config.phones.profiles)
    for key, each in every:
        yield from _key_sizes(key, each)
        yield from _requests(key, each)
        if each.profile not in known:
            yield f"{key}.profile", f"a profile: one of {', '.join(known)}", "", repr(each.profile)
        if (each.k is None) != (each.opc is None):
            yield key, "both k and opc, or neither to have them generated"
        home = keys.get(each.key_id)
        if each.suci_scheme and each.public_key is None and (home is None or home.scheme != each.suci_scheme):
            yield (
                f"{key}.key_id",
                "the id of a home network key of that profile in security.home_network_keys, or a public_key",
                "key_id: 1",
            )
    last = int(config.phones.first_imsi or 0) + max(config.phones.count - 1, 0)
    if config.phones.first_imsi and len(str(last)) > len(config.phones.first_imsi):
        yield "phones.first_imsi", "an IMSI with room for all of count", "", repr(config.phones.first_imsi)


def _profiles(config: Config) -> Iterator[_Found]:
    """An own profile has a name of its own, and is like one that comes before it."""
    known = dict(BUILT_IN)
    for i, each in enumerate(config.phones.profiles):
        if each.name in known:
            yield f"phones.profiles[{i}].name", "a name that no other profile has", "", repr(each.name)
        if each.like not in known:
            yield f"phones.profiles[{i}].like", f"one of {', '.join(known)}", "", repr(each.like)
        known[each.name] = known.get(each.like, ORDINARY)


def _requests(key: str, phone: PhoneTraits) -> Iterator[_Found]:
    """A phone has PDU session identities 1 to 15 (TS 24.007 11.2.3.1b), and a key that fits its scheme."""
    if len(phone.sessions) > 15:
        yield f"{key}.sessions", "at most 15 sessions", "", str(len(phone.sessions))
    if len(phone.slices) > 8:
        yield f"{key}.slices", "at most 8 slices (TS 24.501 9.11.3.37)", "", str(len(phone.slices))
    size = {0: 0, 1: 32, 2: 33}[phone.suci_scheme]
    if phone.suci_scheme and phone.public_key is not None and len(phone.public_key) != size:
        yield f"{key}.public_key", f"{2 * size} hexadecimal digits for its suci_scheme", "", ""
    for name, algorithms in (("integrity", phone.integrity), ("ciphering", phone.ciphering)):
        if not algorithms:
            yield f"{key}.{name}", "at least one", "", "an empty list"

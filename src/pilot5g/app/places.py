"""Where the parts of a pilot on one machine live, and what addresses that gives them.

With namespaces: core, radio side, data network and every phone have one each, joined by veth pairs
(`net.topology`). Without: everything on loopback, and the data network inside the core's process.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from pilot5g.app.config import (
    Config,
    DataNetwork,
    FurtherAmf,
    Phone,
    Radio,
    StoreFiles,
    SubscriberEntry,
    shown,
)
from pilot5g.app.config_subscribers import phones
from pilot5g.crypto.suci import HomeKey
from pilot5g.flow.entropy import Entropy
from pilot5g.net.topology import Lan, TopologyPlan

PREFIX = "p5g"
CORE = "10.53.1.1"
CORE_DN = "10.54.6.1"
DN = "10.54.6.2"
RAN_UDP_PORT = 9900
"""SCTP over UDP on loopback needs a port each; the core has 9899."""


def radio_address(i: int) -> str:
    """N2 and N3 of the i-th gNB within its namespace."""
    return f"10.53.{1 + (10 + i) // 250}.{1 + (10 + i) % 250}"


def settled(config: Config, entropy: Entropy, folder: Path) -> Config:
    """The configuration with everything in it that core and radio side must agree on: every phone with its
    keys, a subscription for each, the public keys phones conceal their identity with, and a store of its
    own in `folder`."""
    public = {
        key.id: HomeKey(key.scheme, key.private_key).public for key in config.security.home_network_keys
    }
    each = tuple(
        msgspec.structs.replace(phone, public_key=phone.public_key or public.get(phone.key_id))
        for phone in phones(config, entropy)
    )
    known = {entry.imsi for entry in config.subscribers}
    entries = tuple(_entry(phone) for phone in each if phone.imsi not in known)
    return msgspec.structs.replace(
        config,
        phones=msgspec.structs.replace(config.phones, count=0, groups=(), list=each),
        subscribers=config.subscribers + entries,
        store=StoreFiles(path=str(folder / "pilot.db"), key_file=str(folder / "pilot.key")),
    )


def _entry(phone: Phone) -> SubscriberEntry:
    assert phone.k is not None, "config_subscribers.phones gives every phone its keys"
    return SubscriberEntry(
        imsi=phone.imsi,
        k=phone.k,
        opc=phone.opc,
        algorithm=phone.algorithm,
        authentication=phone.authentication,
    )


def in_namespaces(config: Config) -> Config:
    """The configuration with the addresses of the namespaces."""
    radios = tuple(_moved(radio, radio_address(i)) for i, radio in enumerate(config.radios))
    networks = tuple(
        msgspec.structs.replace(each, bridge=each.bridge or f"br{i}") if each.ethernet else each
        for i, each in enumerate(config.data_networks)
    )
    return msgspec.structs.replace(
        config,
        amf=msgspec.structs.replace(config.amf, tnls=()),
        amfs=tuple(_in_core(each, f"10.53.1.{2 + i}") for i, each in enumerate(config.amfs)),
        data_networks=networks,
        n2=msgspec.structs.replace(config.n2, address=CORE, transport="auto"),
        n3=msgspec.structs.replace(config.n3, address=CORE),
        radios=radios,
    )


def with_one_core(config: Config) -> Config:
    """The configuration with all AMFs in the core's process: a pilot starts no other for them."""
    amfs = tuple(msgspec.structs.replace(each, process="core") for each in config.amfs)
    return msgspec.structs.replace(config, amfs=amfs)


def _in_core(amf: FurtherAmf, address: str) -> FurtherAmf:
    return msgspec.structs.replace(amf, n2_address=address, tnls=())


def _moved(radio: Radio, address: str) -> Radio:
    return msgspec.structs.replace(radio, n2_address=address, n3_address=address)


def on_loopback(config: Config) -> Config:
    """The configuration with addresses that need no privilege: loopback, SCTP over UDP."""
    radios = tuple(_moved(radio, f"127.0.0.{11 + i}") for i, radio in enumerate(config.radios))
    return msgspec.structs.replace(
        config,
        n2=msgspec.structs.replace(config.n2, address="127.0.0.5", transport="usrsctp-udp"),
        n3=msgspec.structs.replace(config.n3, address="127.0.0.5"),
        radios=radios,
    )


def plan(config: Config, prefix: str = PREFIX) -> TopologyPlan:
    """The namespaces of a settled configuration."""
    routed = [each for each in config.data_networks if not each.ethernet]
    pools = [str(pool) for each in routed for pool in (each.ipv4_pool, each.ipv6_pool)]
    return TopologyPlan(
        prefix=prefix,
        phones=len(config.phones.list),
        core=(f"{CORE}/16", *(f"{each.n2_address}/16" for each in config.amfs)),
        ran=tuple(f"{radio.n2_address}/16" for radio in config.radios),
        core_dn=(f"{CORE_DN}/24", "fd53:6::1/64"),
        dn=(f"{DN}/24", "fd53:6::2/64"),
        pools=tuple(pools),
        lans=tuple(_lan(each, i) for i, each in enumerate(config.data_networks) if each.ethernet),
        mtu=max(each.mtu for each in config.data_networks) + 100,
    )


def _lan(network: DataNetwork, i: int) -> Lan:
    """The far end of a data network of Ethernet: a host with the addresses that it would have of IP."""
    own = (
        f"{network.gateway4}/{network.ipv4_pool.prefixlen}",
        f"{network.gateway6}/{network.ipv6_pool.prefixlen}",
    )
    return Lan(bridge=network.bridge, link=f"lan{i}", mtu=network.mtu, dn=own)


def write(config: Config, path: Path) -> None:
    """The configuration, keys included, in a file that only its owner reads."""
    path.touch(0o600)
    path.write_text(shown(config, secrets=True), encoding="utf-8")

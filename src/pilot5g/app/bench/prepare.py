"""From what was asked for to what the processes of a bench are told: addresses, radios, subscribers.

Our own core gets loopback addresses of this run's own, so that several runs and a pilot can be on one
machine, a store of its own in a temporary folder, and a subscriber for every phone. Another AMF is taken as
it is: then phones need the keys that its network has for them, and the radios an address that reaches it.
"""

from __future__ import annotations

import os
import socket
from ipaddress import IPv4Network, IPv6Network, ip_address
from pathlib import Path

import msgspec

from pilot5g.app import places
from pilot5g.app.bench.arrivals import Share
from pilot5g.app.bench.messages import Plan
from pilot5g.app.bench.runner import BenchError
from pilot5g.app.bench.sims import Sims
from pilot5g.app.config import Config, DataNetwork, Phones, PhoneSession, Radio, StoreFiles
from pilot5g.app.ran_alone import with_phones
from pilot5g.crypto.suci import HomeKey
from pilot5g.flow.entropy import Entropy
from pilot5g.model import PduSessionType
from pilot5g.net.sctp.kernel import available
from pilot5g.store.database import Database
from pilot5g.store.subscribers import open_subscribers

PORTION = 2000
"""Subscribers written at once."""
IDLE_AFTER = 0.3
"""Seconds without traffic after which radios release a phone, where the load needs idle phones."""
NEVER = 24 * 3600.0
WIDE4, WIDE6 = IPv4Network("100.64.0.0/10"), IPv6Network("2001:db8::/32")
"""Pools of over four million addresses."""
LOOPBACK_NETS = 200


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for, beside the load. `amf`: host and port of another AMF, None for our own core."""

    phones: int
    gnbs: int = 1
    generators: int = 1
    seed: int = 1
    amf: tuple[str, int] | None = None
    idles: bool = False
    """Whether phones must fall idle for the load."""


async def prepare(config: Config, wanted: Wanted, folder: Path, entropy: Entropy) -> list[Plan]:
    """Everything in the folder that the processes need; the generators' plans. Raises BenchError, OSError,
    StoreError, PhonesWithoutKeys."""
    gnbs = max(wanted.gnbs, wanted.generators)
    config = _timed(config, wanted)
    if wanted.amf is None:
        config = _own(config, gnbs, folder, wanted.phones)
        await _subscribe(Sims(config, wanted.phones, wanted.seed, True), config, entropy)
        count = wanted.phones
    else:
        config = _elsewhere(config, wanted.amf, gnbs, wanted.phones, entropy)
        count = len(config.phones.list)
    return [
        _plan(config, wanted, folder, Share(i, wanted.generators), count) for i in range(wanted.generators)
    ]


def _plan(config: Config, wanted: Wanted, folder: Path, share: Share, count: int) -> Plan:
    """One generator's plan, and the configuration with its part of the radios in a file."""
    own = msgspec.structs.replace(config, radios=config.radios[share.number :: share.of])
    path = folder / f"bench-{share.number}.yaml"
    places.write(own, path)
    far = wanted.amf is not None and not ip_address(wanted.amf[0]).is_loopback
    return Plan(
        config=str(path),
        folder=str(folder),
        phones=count,
        derived=wanted.amf is None,
        seed=wanted.seed,
        share=share,
        own_core=wanted.amf is None,
        source=source(wanted.amf[0]) if wanted.amf is not None and far else "",
    )


def _timed(config: Config, wanted: Wanted) -> Config:
    """Radios release idle phones soon where the load needs idle ones, and else never."""
    timers = {"X-INACTIVE": IDLE_AFTER if wanted.idles else NEVER, **config.timers}
    return msgspec.structs.replace(config, timers=timers)


# our own core


def _own(config: Config, gnbs: int, folder: Path, phones: int) -> Config:
    net = f"127.{20 + os.getpid() % LOOPBACK_NETS}"
    core = f"{net}.0.1"
    transport = "kernel" if available() else "usrsctp-udp"
    radios = tuple(
        Radio(name=f"gnb-{i + 1}", id=i + 1, n2_address=address, n3_address=address)
        for i, address in enumerate(f"{net}.{1 + i // 250}.{1 + i % 250}" for i in range(gnbs))
    )
    return Config(
        network=config.network,
        amf=config.amf,
        tracking_areas=config.tracking_areas,
        slices=config.slices,
        data_networks=_roomy(config, phones),
        security=config.security,
        timers=config.timers,
        n2=msgspec.structs.replace(config.n2, address=core, transport=transport),
        n3=msgspec.structs.replace(config.n3, address=core),
        store=StoreFiles(path=str(folder / "bench.db"), key_file=str(folder / "bench.key")),
        radios=radios,
        phones=_phones(config),
    )


def _phones(config: Config) -> Phones:
    """The traits phones are to have; how many is in the plan. Plain ones ask for IPv4, as other tools do."""
    given = config.phones
    keys = {key.id: HomeKey(key.scheme, key.private_key).public for key in config.security.home_network_keys}
    plain = given.sessions == (PhoneSession(),)
    return msgspec.structs.replace(
        given,
        count=0,
        list=(),
        public_key=given.public_key or keys.get(given.key_id),
        sessions=(PhoneSession(type=PduSessionType.IPV4),) if plain else given.sessions,
    )


def _roomy(config: Config, phones: int) -> tuple[DataNetwork, ...]:
    """The data networks; a single one whose pools are too small for the phones is given wide ones."""
    first = config.data_networks[0]
    if len(config.data_networks) > 1 or min(first.ipv4_pool.num_addresses, 1 << 16) > phones + 8:
        return config.data_networks
    return (msgspec.structs.replace(first, ipv4_pool=WIDE4, ipv6_pool=WIDE6),)


async def _subscribe(sims: Sims, config: Config, entropy: Entropy) -> None:
    database = Database(config.store.path)
    try:
        subscribers = await open_subscribers(database, config.store.key_file, entropy)
        portion = []
        for each in sims.subscribers():
            portion.append(each)
            if len(portion) == PORTION:
                await subscribers.put(*portion)
                portion.clear()
        await subscribers.put(*portion)
    finally:
        await database.close()


# another AMF


def _elsewhere(config: Config, amf: tuple[str, int], gnbs: int, phones: int, entropy: Entropy) -> Config:
    host, port = amf
    given = config.phones
    if given.k is not None and given.opc is not None and not given.list:
        given = msgspec.structs.replace(given, count=phones)
    config = with_phones(msgspec.structs.replace(config, phones=given), entropy)
    each = config.phones.list[:phones]
    if not each:
        raise BenchError("there is no phone in the configuration: give them under `phones`, with k and opc")
    return msgspec.structs.replace(
        config,
        n2=msgspec.structs.replace(config.n2, address=host, port=port),
        radios=_radios(config, gnbs),
        phones=msgspec.structs.replace(config.phones, list=each),
    )


def _radios(config: Config, gnbs: int) -> tuple[Radio, ...]:
    """`gnbs` radios: those configured, and more like the first with the next addresses on loopback."""
    first = config.radios[0] if config.radios else Radio(name="gnb-1", id=1)
    taken = max((radio.id for radio in config.radios), default=0)
    more = tuple(
        msgspec.structs.replace(first, name=f"bench-{i}", id=taken + i, n2_address="", n3_address="")
        for i in range(1, gnbs - len(config.radios) + 1)
    )
    return Config(radios=(*config.radios, *more)[:gnbs]).radios


def source(host: str) -> str:
    """The address this machine reaches a host from. Raises BenchError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((host, 9))
            return str(probe.getsockname()[0])
    except OSError as error:
        raise BenchError(f"there is no way from here to {host}: {error.strerror}") from error

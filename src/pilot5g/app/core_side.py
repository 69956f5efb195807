"""The core as one process: every function an object, wired by the interfaces of `service` (design, 1).

`compose` builds the functions over whatever carries octets and packets; the tests do so over memory and
virtual time. `open_core` opens the real things: SCTP, UDP, TUN, SQLite.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING, cast

import msgspec

from pilot5g.app.amfs import amf_config, further_config, introduce, peer
from pilot5g.app.config import Config
from pilot5g.app.config_qos import FrameFlow
from pilot5g.app.config_subscribers import session_subscriptions, subscriber
from pilot5g.app.n4 import N4End, open_n4
from pilot5g.app.opening import opening
from pilot5g.app.sbi import ONE, Sbi
from pilot5g.app.user_plane import UserPlane, open_user_plane
from pilot5g.app.work import work
from pilot5g.core.amf import Amf, Work
from pilot5g.core.amf.service import Smf as AmfSmf
from pilot5g.core.ausf import Ausf
from pilot5g.core.nrf import Nrf
from pilot5g.core.nssf import Nssf
from pilot5g.core.pcf import Pcf
from pilot5g.core.smf import DataNetwork, Smf, SmfConfig
from pilot5g.core.smf.flows import DEFAULT_RULE, Flow
from pilot5g.core.udm import Udm
from pilot5g.core.upf import Upf
from pilot5g.crypto.suci import HomeKey
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import DatagramPort, PacketPort
from pilot5g.flow.timer import Timers
from pilot5g.model import Tai
from pilot5g.net.sctp import Mode, choose, open_endpoint
from pilot5g.net.tcp import TcpEndpoint
from pilot5g.service.datapath import Datapath
from pilot5g.service.n14 import N14
from pilot5g.service.nausf import Nausf
from pilot5g.service.nnrf import NfProfile, NfType, Nnrf
from pilot5g.service.nnssf import Nnssf
from pilot5g.service.npcf import Npcf
from pilot5g.service.nudm import Nudm
from pilot5g.service.nudr import Nudr
from pilot5g.service.remote import Offered
from pilot5g.service.store import Store
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore
from pilot5g.store.subscribers import open_subscribers
from pilot5g.wire.ethernet import Ends, EthernetFilter, Tag, one
from pilot5g.wire.nas import UniversalTime

if TYPE_CHECKING:
    from pilot5g.core.smf.pfcp import PfcpUpf
    from pilot5g.core.smf.upfs import Upfs

COLLECT_AFTER = (20_000, 1, 2500)
"""Objects, and younger collections, between two looks of the garbage collector (`gc.set_threshold`).

The middle look stops the core for 0.4 µs an object that came and stayed since the last one: it comes often,
and is short, so that no phone pays for 100,000 that arrived before it."""


UPF_PATIENCE = 5.0
"""Seconds that a core waits for a UPF elsewhere before it serves without: the UPF may come later."""


class Core:
    """The network functions of one process."""

    def __init__(
        self,
        config: Config,
        *,
        user_plane: Datapath | N4End,
        repository: Nudr,
        store: Store,
        entropy: Entropy,
        work: Work | None = None,
    ) -> None:
        """`user_plane` is a data path for a UPF of this process, or where to reach one elsewhere."""
        self.config = config
        self.journal = Journal()
        timers = Timers(config.timers)
        plmn = config.network.plmn
        tais = tuple(Tai(plmn, tac) for tac in config.tracking_areas)
        keys = {key.id: HomeKey(key.scheme, key.private_key) for key in config.security.home_network_keys}
        self.nrf = Nrf()
        self.udm = Udm(repository, plmn, keys, entropy)
        self.ausf = Ausf(self.udm, [plmn])
        self.pcf = Pcf()
        self.nssf = Nssf({tai: frozenset(config.slices) for tai in tais})
        self.upf: Upf | PfcpUpf | Upfs
        self._n4: PfcpUpf | Upfs | None = None
        if isinstance(user_plane, N4End):
            self.upf = self._n4 = elsewhere(config, user_plane, timers, self.journal, entropy)
        else:
            self.upf = Upf(config.n3.address, user_plane, entropy)
        self.smf = Smf(
            smf_config(config, timers),
            udm=self.udm,
            pcf=self.pcf,
            upf=self.upf,
            store=store,
            journal=self.journal,
            entropy=entropy,
        )
        inside = [each for each in config.amfs if each.process == "core"]
        told = [amf_config(config, timers), *(further_config(config, each, timers) for each in inside)]
        self.amfs = [
            Amf(
                each,
                nausf=self.ausf,
                nudm=self.udm,
                nnrf=self.nrf,
                smf_of={self.smf.config.instance_id: self.smf}.get,
                npcf=self.pcf,
                nnssf=self.nssf,
                journal=self.journal,
                entropy=entropy,
                store=store,
                work=work,
            )
            for each in told
        ]
        self.amf = self.amfs[0]
        for amf in self.amfs:
            self.smf.serve(amf.service, amf.config.instance_id)
        self.sbi = self._open_to_others(config, timers)
        self.upf.attach(self.smf)

    async def start(self) -> None:
        """Register the functions and take over what a process before left in the store."""
        for profile in self._profiles():
            await self.nrf.register(profile)
        if self._n4 is not None:
            self._n4.start()
            await self._n4.until_associated(UPF_PATIENCE)
        await self.smf.restore()
        for amf in self.amfs:
            await amf.start()

    def _open_to_others(self, config: Config, timers: Timers) -> Sbi | None:
        """What AMFs that are processes of their own find here, and this core of them."""
        others = [each for each in config.amfs if each.process == "own"]
        if not others:
            introduce(self.amfs)
            return None
        offered = Offered()
        for interface, whose, producer in (
            (Nausf, ONE, self.ausf),
            (Nudm, ONE, self.udm),
            (Nnrf, ONE, self.nrf),
            (Npcf, ONE, self.pcf),
            (Nnssf, ONE, self.nssf),
            (AmfSmf, self.smf.config.instance_id, self.smf),
            *((N14, amf.config.instance_id, amf.colleague) for amf in self.amfs),
        ):
            offered.add(interface, whose, producer)
        sbi = Sbi({each.name: each.sbi_address for each in others}, offered, self.journal)
        for each in others:
            self.smf.serve(sbi.namf(each.name), each.name)
        introduce(self.amfs, [peer(further_config(config, e, timers), sbi.n14(e.name)) for e in others])
        return sbi

    async def close(self) -> None:
        """Stop everything; contexts stay in the store."""
        if self.sbi is not None:
            await self.sbi.close()
        for amf in self.amfs:
            await amf.close()
        await self.smf.close()
        await self.udm.close()
        if self._n4 is not None:
            await self._n4.close()

    def leftovers(self) -> list[str]:
        """What phones have left behind; empty once all are gone."""
        amf = [f"AMF: {supi} is registered" for each in self.amfs for supi in each.ues.by_supi]
        amf += [f"AMF: {line}" for each in self.amfs for line in each.leftovers()]
        smf = [f"SMF: {line}" for line in self.smf.leftovers()]
        upf = [f"UPF: {line}" for line in self.upf.leftovers()]
        rest = [f"policy {line}" for line in self.pcf.leftovers()]
        return amf + smf + upf + rest + [f"UDM: {line}" for line in self.udm.leftovers()]

    def _profiles(self) -> list[NfProfile]:
        dnns = tuple(network.dnn for network in self.config.data_networks)
        smf = self.smf.config.instance_id
        return [
            NfProfile(instance_id=smf, nf_type=NfType.SMF, slices=self.config.slices, dnns=dnns),
            NfProfile(instance_id="upf-1", nf_type=NfType.UPF, slices=self.config.slices, dnns=dnns),
            NfProfile(instance_id="ausf-1", nf_type=NfType.AUSF),
            NfProfile(instance_id="udm-1", nf_type=NfType.UDM),
            NfProfile(instance_id="pcf-1", nf_type=NfType.PCF),
            NfProfile(instance_id="nssf-1", nf_type=NfType.NSSF),
        ]


def elsewhere(
    config: Config, end: N4End, timers: Timers, journal: Journal, entropy: Entropy
) -> PfcpUpf | Upfs:
    """The UPF at `n4.upf_address`, over PFCP, or it and others: read here, for a core with its UPF inside
    starts without."""
    from pilot5g.core.smf.pfcp import PfcpUpf
    from pilot5g.core.smf.upfs import Upfs, Way
    from pilot5g.service.pfcp.endpoint import Identity
    from pilot5g.service.pfcp.shared import share

    n4 = config.n4

    def at(address: str, port: DatagramPort) -> PfcpUpf:
        return PfcpUpf(
            port,
            (address, n4.port),
            Identity(ip_address(n4.smf_address), end.began),
            timers=timers,
            journal=journal,
            entropy=entropy,
            ipv6_n3=":" in config.n3.address,
        )

    if len(n4.upfs) == 1:
        return at(n4.upf_address, end.port)
    ways = {
        each.dnn: Way(n4.upf_of(each.dnn), each.classifier.anchor, each.classifier.local)
        for each in config.data_networks
    }
    ports = share(end.port, n4.upfs)
    return Upfs({name: at(name, port) for name, port in ports.items()}, ways, Way(n4.upf_address))


def smf_config(config: Config, timers: Timers) -> SmfConfig:
    """What the SMF is told."""
    networks = tuple(
        DataNetwork(
            dnn=each.dnn,
            slices=each.slices,
            ipv4_pool=None if each.ethernet else str(each.ipv4_pool),
            ipv6_pool=None if each.ethernet else str(each.ipv6_pool),
            dns=tuple(str(address) for address in each.dns),
            mtu=each.mtu,
            ethernet=each.ethernet,
            flows=tuple(_flow(qfi, flow) for qfi, flow in enumerate(each.flows, DEFAULT_RULE + 1)),
            report_volume=each.usage.report_volume,
            report_seconds=None if each.usage.report_time is None else max(1, round(each.usage.report_time)),
        )
        for each in config.data_networks
    )
    return SmfConfig(data_networks=networks, timers=timers, dscp=config.qos.marking)


def _flow(qfi: int, given: FrameFlow) -> Flow:
    """A flow of frames, as the SMF has it."""
    tagged = given.vlan is not None or given.priority is not None
    dei = None if given.priority is None else False  # a phone's filter cannot say the one without the other
    return Flow(
        qfi,
        given.five_qi,
        EthernetFilter(
            ends=() if given.station is None else (Ends(destination=one(given.station)),),
            ethertype=given.ethertype,
            c_tag=Tag(given.vlan, given.priority, dei) if tagged else None,
        ),
    )


class Opened(msgspec.Struct, frozen=True):
    """A core that serves, and what to close when it is done."""

    core: Core
    stack: AsyncExitStack
    detail: str


async def open_core(
    config: Config, entropy: Entropy, n6: Sequence[PacketPort] | None = None, *, prepared: bool = False
) -> Opened:
    """The core on real sockets, listening. `n6`: packet ports to use instead of TUN interfaces, one for
    each data network. Raises OSError, StoreError or SctpUnavailable, with nothing left open."""
    stack = AsyncExitStack()
    try:
        database = Database(config.store.path)
        store = SqliteStore(database)
        stack.push_async_callback(store.close)
        database.claim()
        repository = await open_subscribers(database, config.store.key_file, entropy)
        await add_subscribers(config, repository)
        plane: N4End | UserPlane
        user_plane: N4End | Datapath
        if config.n4.upf == "external":
            plane = user_plane = open_n4(config)
            stack.callback(plane.port.close)
        else:
            plane = open_user_plane(config, n6, prepared=prepared)
            user_plane = plane.datapath
            stack.callback(plane.close)
        core = Core(
            config, user_plane=user_plane, repository=repository, store=store, entropy=entropy, work=work()
        )
        stack.push_async_callback(core.close)
        for amf in core.amfs:
            amf.wall_clock = time_of_day
        await core.start()
        core.udm.follow(repository.changes)
        if isinstance(plane, UserPlane):
            plane.restored()
        mode = choose(cast("Mode", config.n2.transport))
        with opening(f"N2 at {config.n2.address}, SCTP port {config.n2.port} ({mode})", "n2"):
            endpoint = await open_endpoint(mode, udp_port=config.n2.udp_port)
            stack.push_async_callback(endpoint.close)
            for amf in core.amfs:
                for address in config.every_n2_of(amf.config.name):
                    endpoint.listen(address, amf.listen_user)
        if core.sbi is not None:
            with opening(f"the AMFs' service port at {config.sbi.address}, TCP {config.sbi.port}", "sbi"):
                services = TcpEndpoint()
                stack.push_async_callback(services.close)
                services.listen((config.sbi.address, config.sbi.port), core.sbi)
    except BaseException:
        await stack.aclose()
        raise
    _collect_rarely()
    n2, n3 = config.n2, config.n3
    detail = f"N2 {n2.address}:{n2.port} over {mode}"
    if isinstance(plane, UserPlane):
        detail += f", N3 {n3.address}:{n3.port}, {plane.detail}"
    else:
        detail += f", UPF at {config.n4.upf_address}:{config.n4.port} over PFCP"
    return Opened(core, stack, detail)


def time_of_day() -> UniversalTime:
    """What phones are told: universal time, and how far the zone here is from it (TS 24.008 10.5.3.9)."""
    now = datetime.now().astimezone()  # noqa: TID251 - phones need the wall clock
    offset = now.utcoffset()
    there = now.astimezone(UTC)
    zone = 0 if offset is None else round(offset.total_seconds() / 900)
    return UniversalTime(there.year, there.month, there.day, there.hour, there.minute, there.second, zone)


def _collect_rarely() -> None:
    """What is there at the start stays, and what comes and goes leaves no cycles: the garbage collector,
    which stops everything while it looks, looks seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def add_subscribers(config: Config, repository: Nudr) -> None:
    """Create the configured subscribers that are not there yet."""
    sessions = session_subscriptions(config)
    made = [subscriber(config, entry, sessions) for entry in config.subscribers]
    wanted = {each.supi: each for each in made}
    known = await repository.known(wanted)
    await repository.put(*(each for supi, each in wanted.items() if supi not in known))

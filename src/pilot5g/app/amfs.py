"""The AMFs of a network: what each is told, and how they come to know each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from pilot5g.app.config import Config, FurtherAmf
from pilot5g.core.amf import Amf, AmfConfig, OverloadLimits
from pilot5g.core.amf.emergency import Emergency
from pilot5g.core.amf.keeper import KIND
from pilot5g.flow.timer import Timers
from pilot5g.model import Guami, Tai
from pilot5g.service.n14 import N14, Peer


def amf_config(config: Config, timers: Timers) -> AmfConfig:
    """What the first AMF is told."""
    limits = config.amf.overload
    plmn = config.network.plmn
    return AmfConfig(
        name=config.amf.name,
        instance_id=config.amf.name,
        guami=config.guami,
        slices={plmn: config.amf.slices or config.slices},
        tais=tuple(Tai(plmn, tac) for tac in config.amf.tracking_areas or config.tracking_areas),
        integrity=config.security.integrity,
        ciphering=config.security.ciphering,
        horizontal_derivation=config.security.horizontal_derivation,
        timers=timers,
        full_name=config.network.name,
        short_name=config.network.short_name,
        equivalent_plmns=config.network.equivalent_plmns,
        emergency=emergency_of(config),
        relative_capacity=config.amf.relative_capacity,
        rrc_inactive=config.network.rrc_inactive,
        tnls=tuple((each.address, each.weight) for each in config.amf.tnls),
        overload=OverloadLimits(
            busy=limits.busy_percent / 100,
            late=limits.late,
            least=limits.at_least,
            back_off=(limits.back_off_from, limits.back_off_to),
        ),
    )


def emergency_of(config: Config) -> Emergency | None:
    """What there is for emergencies; None where no data network is named for them."""
    given = config.emergency
    network = config.data_network(given.dnn) if given.dnn is not None else None
    if network is None:
        return None
    return Emergency(dnn=network.dnn, snssai=network.slices[0], anybody=given.anybody, numbers=given.numbers)


def further_config(config: Config, each: FurtherAmf, timers: Timers) -> AmfConfig:
    """What another one is told: what is not its own is that of the first."""
    plmn = config.network.plmn
    return msgspec.structs.replace(
        amf_config(config, timers),
        name=each.name,
        instance_id=each.name,
        guami=Guami(plmn, each.region, each.set, each.pointer),
        slices={plmn: each.slices},
        tais=tuple(Tai(plmn, tac) for tac in each.tracking_areas),
        relative_capacity=each.relative_capacity,
        tnls=tuple((tnl.address, tnl.weight) for tnl in each.tnls),
        kept_as=f"{KIND} {each.name}",
    )


def peer(config: AmfConfig, n14: N14) -> Peer:
    """An AMF as the others know it."""
    slices = tuple(snssai for offered in config.slices.values() for snssai in offered)
    return Peer(amf_id=config.instance_id, guami=config.guami, tais=config.tais, slices=slices, n14=n14)


def introduce(amfs: Iterable[Amf], others: Iterable[Peer] = ()) -> None:
    """The AMFs of this process get to know each other, and those elsewhere."""
    here = [(amf, peer(amf.config, amf.colleague)) for amf in amfs]
    for amf, _ in here:
        amf.peers.meet([*(known for other, known in here if other is not amf), *others])


def peers_elsewhere(config: Config, own: str, n14: Callable[[str], N14]) -> list[Peer]:
    """The other AMFs, for one that is a process of its own."""
    timers = Timers(config.timers)
    told = [amf_config(config, timers), *(further_config(config, each, timers) for each in config.amfs)]
    return [peer(each, n14(each.instance_id)) for each in told if each.instance_id != own]

"""Subscriptions and phones from the few words a configuration or a CSV file spends on them.

A subscription left plain has every slice of the network by default and every data network of those slices,
with the types, 5QI and rates that the data network states.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import msgspec

from pilot5g.app.config import Config, DataNetwork, Phone, PhoneGroup, Phones, PhoneTraits, SubscriberEntry
from pilot5g.crypto.milenage import compute_opc
from pilot5g.crypto.tuak import compute_topc
from pilot5g.flow.entropy import Entropy
from pilot5g.model import Plmn, Snssai, supi
from pilot5g.service.nudr import (
    AccessAndMobility,
    AuthenticationSubscription,
    DnnConfiguration,
    SessionManagement,
    Subscriber,
)

Sessions = Callable[[tuple[Snssai, ...], tuple[str, ...]], tuple[SessionManagement, ...]]


def session_subscriptions(config: Config) -> Sessions:
    """A function from slices and DNNs (none: all) to session subscriptions; it remembers what it made."""

    @lru_cache(maxsize=256)
    def sessions(slices: tuple[Snssai, ...], dnns: tuple[str, ...]) -> tuple[SessionManagement, ...]:
        made = (_in_slice(config, each, dnns) for each in slices or config.slices)
        return tuple(each for each in made if each is not None)

    return sessions


def _in_slice(config: Config, wanted: Snssai, dnns: tuple[str, ...]) -> SessionManagement | None:
    networks = [each for each in config.data_networks if not dnns or each.dnn in dnns]
    offered = {
        each.dnn: dnn_configuration(each)
        for each in sorted(networks, key=lambda each: dnns.index(each.dnn) if dnns else 0)
        if any(its.canonical == wanted.canonical for its in each.slices)
    }
    if not offered:
        return None
    return SessionManagement(slice=wanted, dnns=offered, default_dnn=next(iter(offered)))


def dnn_configuration(network: DataNetwork) -> DnnConfiguration:
    """What a plain subscription to a data network allows."""
    return DnnConfiguration(
        default_type=network.default_type,
        allowed_types=network.session_types,
        qos=network.qos,
        session_ambr=network.session_ambr.ambr,
        quota=network.usage.quota,
    )


def subscriber(config: Config, entry: SubscriberEntry, sessions: Sessions | None = None) -> Subscriber:
    """The subscription an entry stands for. `sessions`: see `session_subscriptions`, for many in a row."""
    made = (sessions or session_subscriptions(config))(entry.slices, entry.dnns)
    if entry.static_ipv4 or entry.static_ipv6_prefix or entry.framed_routes:
        made = _with_static(made, entry)
    if entry.quota is not None:
        made = _with_quota(made, entry.quota)
    return Subscriber(
        supi=supi(entry.imsi),
        authentication=AuthenticationSubscription(
            k=entry.k,
            opc=_opc(entry),
            algorithm="tuak" if entry.algorithm == "tuak" else "milenage",
            method="EAP_AKA_PRIME" if entry.authentication == "EAP_AKA_PRIME" else "5G_AKA",
            amf=entry.amf,
            sqn=entry.sqn,
        ),
        access=AccessAndMobility(
            ue_ambr=entry.ue_ambr.ambr,
            default_slices=entry.slices or config.slices,
            forbidden_areas=entry.forbidden_areas,
            service_areas=entry.service_areas or entry.non_service_areas,
            areas_allowed=not entry.non_service_areas,
            rfsp=entry.rfsp,
        ),
        sessions=made,
        msisdn=entry.msisdn,
        enabled=entry.enabled,
    )


def _opc(entry: SubscriberEntry) -> bytes:
    """OPc of an entry that gives OP or OPc (TS 35.206 2.3, TS 35.231 6.1)."""
    if entry.opc is not None:
        return entry.opc
    assert entry.op is not None, "checked where the entry was read"
    return compute_topc(entry.k, entry.op) if entry.algorithm == "tuak" else compute_opc(entry.k, entry.op)


def _with_static(
    sessions: tuple[SessionManagement, ...], entry: SubscriberEntry
) -> tuple[SessionManagement, ...]:
    """The entry's static addresses and framed routes, in the default DNN of its first slice: one session can
    hold them."""
    first, *others = sessions
    fixed = msgspec.structs.replace(
        first.dnns[first.default_dnn],
        static_ipv4=entry.static_ipv4,
        static_ipv6_prefix=entry.static_ipv6_prefix,
        framed_routes=entry.framed_routes,
    )
    return msgspec.structs.replace(first, dnns={**first.dnns, first.default_dnn: fixed}), *others


def _with_quota(sessions: tuple[SessionManagement, ...], quota: int) -> tuple[SessionManagement, ...]:
    """The same with a quota of its own for each data network."""
    return tuple(
        msgspec.structs.replace(
            each, dnns={dnn: msgspec.structs.replace(of, quota=quota) for dnn, of in each.dnns.items()}
        )
        for each in sessions
    )


def first_imsi(plmn: Plmn) -> str:
    """Number 1 of a PLMN, in 15 digits."""
    digits = plmn.mcc + plmn.mnc
    return digits + "1".zfill(15 - len(digits))


def phones(config: Config, entropy: Entropy) -> tuple[Phone, ...]:
    """Every configured phone, one by one, each with a K and OPc: those it was given or new ones."""
    given = config.phones
    following = given.first_imsi or first_imsi(config.network.plmn)
    every: list[Phone] = []
    groups: tuple[Phones | PhoneGroup, ...] = (given, *given.groups)
    for group in groups:
        first = group.first_imsi or following
        common = {name: getattr(group, name) for name in PhoneTraits.__struct_fields__}
        every += (Phone(imsi=_later(first, i), **common) for i in range(group.count))
        following = _later(first, group.count)
    return tuple(_with_keys(each, entropy) for each in (*every, *given.list))


def _later(imsi: str, by: int) -> str:
    return str(int(imsi) + by).zfill(len(imsi))


def _with_keys(phone: Phone, entropy: Entropy) -> Phone:
    if phone.k is not None and phone.opc is not None:
        return phone
    size = 32 if phone.algorithm == "tuak" else 16
    return msgspec.structs.replace(phone, k=entropy(16), opc=entropy(size))


def subscriber_of(config: Config, phone: Phone, sessions: Sessions | None = None) -> Subscriber:
    """The plain subscription that lets an emulated phone (with its keys, see `phones`) in."""
    assert phone.k is not None
    entry = SubscriberEntry(
        imsi=phone.imsi,
        k=phone.k,
        opc=phone.opc,
        algorithm=phone.algorithm,
        authentication=phone.authentication,
    )
    return subscriber(config, entry, sessions)

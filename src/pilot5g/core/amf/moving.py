"""A phone's context on its way between AMFs (TS 29.518 6.1.6.2.25): out of one, into another."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from pilot5g.core.amf.context import KeySet, SmContext, UeContext
from pilot5g.crypto import kdf
from pilot5g.flow.errors import ServiceError
from pilot5g.service import n14
from pilot5g.service.nsmf import SmContextUpdate, UpCnxState
from pilot5g.service.nudm import AmfRegistration
from pilot5g.wire.nas.security import NasSecurity

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

SAME = (
    "security_capability",
    "gmm_capability",
    "imeisv",
    "allowed_nssai",
    "configured_nssai",
    "subscribed_nssai",
    "default_nssai",
    "ue_ambr",
    "rfsp",
    "policy",
    "area",
    "tai",
    "cell",
    "periodic",
    "drx",
    "radio_capability",
    "radio_capability_for_paging",
)
"""What is called the same on both sides."""


def exported(context: UeContext, *, keys: KeySet | None = None, changed: bool = False) -> n14.UeContext:
    """What another AMF is told of a phone; `keys`: those to go along, `changed` where the phone has yet to
    derive them."""
    assert context.supi is not None
    return n14.UeContext(
        supi=context.supi,
        guti=context.guti,
        kamf=keys.kamf if keys is not None else b"",
        nas=msgspec.structs.replace(keys.nas) if keys is not None else None,
        changed=changed,
        sessions={
            psi: n14.SessionContext(each.ref, each.smf, each.dnn, each.snssai)
            for psi, each in context.sessions.items()
        },
        **{name: getattr(context, name) for name in SAME},
    )


def adopted(moved: n14.UeContext) -> UeContext:
    """The context of a phone that comes from another AMF; it is not registered here yet."""
    return UeContext(
        supi=moved.supi,
        guti=moved.guti,
        keys=keys_of(moved),
        sessions=sessions_of(moved.sessions),
        **{name: getattr(moved, name) for name in SAME},
    )


def derived(keys: KeySet, direction: int, count: int) -> KeySet:
    """What another AMF gets in place of keys in use: K_AMF' of a NAS COUNT, and no NAS key (TS 33.501 6.9.3,
    A.13). It has the COUNTs, algorithms and ngKSI that there were."""
    bare = msgspec.structs.replace(keys.nas, knas_enc=b"", knas_int=b"")
    return KeySet(kamf=kdf.kamf_prime(keys.kamf, direction, count), nas=bare)


def keyed(kamf: bytes, ngksi: int, ciphering: int, integrity: int) -> KeySet:
    """K_NASenc and K_NASint of these algorithms, both COUNTs at zero (TS 33.501 A.8, 6.4.3.1)."""
    nas = NasSecurity(
        ngksi=ngksi,
        knas_enc=kdf.nas_key(kamf, kdf.KeyType.NAS_ENC, ciphering),
        knas_int=kdf.nas_key(kamf, kdf.KeyType.NAS_INT, integrity),
        ciphering=ciphering,
        integrity=integrity,
    )
    return KeySet(kamf=kamf, nas=nas)


def keys_of(moved: n14.UeContext) -> KeySet | None:
    """The keys that came along; those of a new K_AMF, which the phone has yet to derive, are made here."""
    nas = moved.nas
    if nas is None:
        return None
    if moved.changed:
        return keyed(moved.kamf, nas.ngksi, nas.ciphering, nas.integrity)
    return KeySet(kamf=moved.kamf, nas=nas)


def sessions_of(moved: Mapping[int, n14.SessionContext]) -> dict[int, SmContext]:
    """Sessions that came along."""
    return {psi: SmContext(each.ref, each.smf, each.dnn, each.snssai) for psi, each in moved.items()}


def take(ue: Ue, moved: n14.UeContext) -> None:
    """This phone is that of a context from elsewhere. What was known of it here is older."""
    stale = ue.amf.ues.by_supi.get(moved.supi)
    if stale is not None and stale is not ue:
        hand_away(stale)
    ue.context = adopted(moved)
    ue.amf.ues.add(ue)


def hand_away(ue: Ue) -> None:
    """Another AMF has this phone: nothing of it stays, and its sessions are not touched."""
    ue.amf.keeper.forget(ue.supi)
    ue.amf.ues.remove(ue)
    ue.retire()
    ue.context = UeContext()


async def hand_over(ue: Ue, peer: n14.Peer) -> bool:
    """Give a phone that is registered to another AMF, with what waits for it. Whether that took it."""
    if not ue.registered or ue.context.supi is None:
        return False
    context = ue.context
    await ue.lane.do(lambda: quieten(ue))
    try:
        await peer.n14.take_over(exported(context, keys=context.keys), ue.amf.config.instance_id)
    except ServiceError as problem:
        ue.amf.journal.note(ue.name, f"{peer.amf_id} does not take it: {problem}")
        return False
    if ue.context is context:
        supi, pending = ue.supi, tuple(ue.pending.values())
        hand_away(ue)
        for message in pending:
            with contextlib.suppress(ServiceError):  # its SMF will hear that it has not been delivered
                await peer.n14.transfer(supi, message)
    return True


async def settle(ue: Ue) -> None:
    """The phone is this AMF's from here on: SMFs are told, and the AMF that it came from may forget it
    (TS 23.502 4.2.2.2.2 steps 10 and 17)."""
    origin, ue.origin = ue.origin, None
    if origin is None or not origin.taken:
        return
    amf_id = ue.amf.config.instance_id
    tell_smfs(ue)
    try:
        await origin.peer.n14.registration_status(ue.supi, amf_id, True)
    except ServiceError as problem:
        ue.amf.journal.note(ue.name, f"{origin.peer.amf_id} was not told that it may forget it: {problem}")


def tell_smfs(ue: Ue) -> None:
    """Every SMF of the phone hears that this AMF serves it."""
    update = SmContextUpdate(amf_id=ue.amf.config.instance_id)
    for psi in sorted(ue.context.sessions):
        ue.lane.put(lambda psi=psi: ue.tell_smf(psi, update))  # type: ignore[misc]


async def serve(ue: Ue) -> None:
    """An adopted phone is registered here without a registration of its own: it asked for service, was handed
    over, or its AMF left. Raises ServiceError."""
    await register_with_udm(ue)
    await settle(ue)


async def register_with_udm(ue: Ue) -> None:
    """Nudm_UECM_Registration (TS 23.502 4.2.2.2.2 step 14a); the AMF before is told to let go of nothing but
    its own context where this one has it. Raises ServiceError."""
    known = ue.origin is not None and ue.origin.taken
    registration = AmfRegistration(ue.supi, ue.amf.config.instance_id, initial=not known)
    await ue.amf.nudm.register_amf(registration, ue.amf.service)


async def give_back(ue: Ue) -> bool:
    """Whether the phone's context had been taken from another AMF, which has it on again now: nothing came of
    what the phone wanted here."""
    origin, ue.origin = ue.origin, None
    if origin is None or not origin.taken:
        return False
    try:
        await origin.peer.n14.registration_status(ue.supi, ue.amf.config.instance_id, False)
    except ServiceError as problem:
        ue.amf.journal.note(ue.name, f"{origin.peer.amf_id} was not told that it stays: {problem}")
    ue.amf.ues.remove(ue)
    ue.context = UeContext()
    return True


async def quieten(ue: Ue) -> None:
    """User planes of a phone that is about to go are not active any more: it is somewhere else."""
    line = ue.connection
    if line is None or not line.active:
        return
    active, line.active = line.active, frozenset()
    for psi in sorted(active & ue.context.sessions.keys()):
        await ue.tell_smf(psi, SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED))

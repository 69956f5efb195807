"""Nudm: authentication vectors, subscription data, and who serves whom now."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from pilot5g.core.udm.authentication import Algorithms, Concealment, resynchronise, vector
from pilot5g.crypto.suci import HomeKey
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.recent import Recent
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Plmn, Snssai, Suci, Supi
from pilot5g.service.nausf import Resynchronisation
from pilot5g.service.nudm import (
    AccessAndMobility,
    AmfRegistration,
    AuthenticationVector,
    Deregistered,
    EapAkaPrimeVector,
    SessionManagement,
)
from pilot5g.service.nudr import Nudr, SqnExhausted, Subscriber, UnknownSubscriber
from pilot5g.service.store import StoreError


class _Serving(msgspec.Struct, frozen=True):
    amf_id: str
    callback: Deregistered


class _Session(msgspec.Struct, frozen=True):
    id: int
    dnn: str
    snssai: Snssai


class _Phone(msgspec.Struct, frozen=True):
    """Who serves a phone, and the sessions that SMFs have for it."""

    amf: _Serving | None = None
    sessions: tuple[_Session, ...] = ()


_UNKNOWN: Final = _Phone()

ALIKE: Final = 1 << 10
"""Kinds of phones, by AMF and sessions, that are remembered to be shared."""

FOLLOW: Final = 1.0
"""Seconds between two looks for subscriptions that were changed elsewhere."""


class Udm:
    """One home network's UDM over a repository of subscribers."""

    def __init__(
        self, repository: Nudr, plmn: Plmn, home_keys: Mapping[int, HomeKey], entropy: Entropy
    ) -> None:
        self._repository = repository
        self._concealment = Concealment(plmn, home_keys)
        self._entropy = entropy
        self._algorithms = Algorithms()
        self._phones: dict[Supi, _Phone] = {}
        self._alike: Recent[_Phone, _Phone] = Recent(ALIKE)
        self._tasks = Tasks()

    def follow(self, changes: Callable[[], int]) -> None:
        """See to what `pilot5g subscriber` and the like change from now on. `changes` counts, and does not
        say whose subscription it was: the AMFs compare."""
        self._tasks.spawn(self._following(changes), "following the subscriptions")

    async def _following(self, changes: Callable[[], int]) -> None:
        seen = changes()
        while True:
            await asyncio.sleep(FOLLOW)
            with contextlib.suppress(StoreError):  # seen to at the next look
                now = changes()
                if now == seen:
                    continue
                for supi in list(self._phones):
                    await _quietly(self.changed(supi))
                    await asyncio.sleep(0)
                seen = now

    async def close(self) -> None:
        """End what still runs."""
        await self._tasks.close()

    async def generate_auth_data(
        self, identity: Supi | Suci, serving_network_name: str, resync: Resynchronisation | None = None
    ) -> AuthenticationVector | EapAkaPrimeVector:
        """TS 29.503 5.4.2.2."""
        who = self._concealment.reveal(identity) if isinstance(identity, Suci) else identity
        how = (await self._subscriber(who)).authentication
        aka = self._algorithms.of(who, how)
        try:
            if resync is not None:
                await resynchronise(who, aka, resync, self._repository)
            sqn = await self._repository.next_sqn(who)
        except (SqnExhausted, UnknownSubscriber) as ended:
            raise ServiceError(Problem.AUTHENTICATION_REJECTED, str(ended), "give the SIM a new K") from ended
        except StoreError as failed:
            raise _unusable(who, failed) from failed
        return vector(who, aka, how, sqn, serving_network_name, self._entropy)

    async def access_and_mobility(self, supi: Supi) -> AccessAndMobility:
        """TS 29.503 5.2.2.2.3."""
        subscriber = await self._subscriber(supi)
        access = subscriber.access
        return AccessAndMobility(
            ue_ambr=access.ue_ambr,
            default_nssai=_canonical(access.default_slices),
            other_nssai=_canonical(access.other_slices),
            gpsi=f"msisdn-{subscriber.msisdn}" if subscriber.msisdn else None,
            forbidden_areas=access.forbidden_areas,
            service_areas=access.service_areas,
            areas_allowed=access.areas_allowed,
            rfsp=access.rfsp,
        )

    async def session_management(self, supi: Supi, snssai: Snssai, dnn: str) -> SessionManagement:
        """TS 29.503 5.2.2.2.5."""
        found = (await self._subscriber(supi)).configuration(snssai, dnn)
        if found is None:
            raise ServiceError(
                Problem.DNN_NOT_SUPPORTED,
                f"{supi} has no subscription to DNN {dnn} in slice {snssai}",
                "add the DNN to the subscriber, or ask for another",
            )
        return SessionManagement(
            dnn=dnn,
            default_type=found.default_type,
            allowed_types=found.allowed_types,
            default_ssc_mode=found.default_ssc,
            allowed_ssc_modes=found.allowed_ssc,
            session_ambr=found.session_ambr,
            qos=found.qos,
            static_ipv4=found.static_ipv4,
            static_ipv6_prefix=found.static_ipv6_prefix,
            framed_routes=found.framed_routes,
            quota=found.quota,
        )

    async def default_dnn(self, supi: Supi, snssai: Snssai) -> str:
        """TS 29.503 5.2.2.2.4."""
        dnn = (await self._subscriber(supi)).default_dnn(snssai)
        if dnn is None:
            raise ServiceError(
                Problem.DATA_NOT_FOUND,
                f"{supi} has no DNN in slice {snssai}",
                "give the subscriber a DNN there",
            )
        return dnn

    async def register_amf(self, registration: AmfRegistration, callback: Deregistered) -> None:
        """TS 29.503 5.3.2.2.2: the AMF that served before, if another, is told to let go."""
        before = self._known(registration.supi)
        if registration.restored and before.amf is not None and before.amf.amf_id != registration.amf_id:
            what = f"{before.amf.amf_id} serves {registration.supi} meanwhile"
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, what)
        serving = _Serving(registration.amf_id, callback)
        self._know(registration.supi, _Phone(serving, before.sessions))
        if before.amf is not None and before.amf.amf_id != registration.amf_id:
            reason = "UE_INITIAL_REGISTRATION" if registration.initial else "UE_REGISTRATION_AREA_CHANGE"
            work = before.amf.callback.deregister(registration.supi, reason)
            self._tasks.spawn(_quietly(work), f"deregistration notification for {registration.supi}")

    async def deregister_amf(self, supi: Supi, amf_id: str) -> None:
        """TS 29.503 5.3.2.4.2; from an AMF that no longer serves, no effect."""
        known = self._known(supi)
        if known.amf is not None and known.amf.amf_id == amf_id:
            self._know(supi, _Phone(None, known.sessions))

    async def register_smf(self, supi: Supi, pdu_session_id: int, dnn: str, snssai: Snssai) -> None:
        """TS 29.503 5.3.2.2.4."""
        known = self._known(supi)
        others = tuple(each for each in known.sessions if each.id != pdu_session_id)
        self._know(supi, _Phone(known.amf, (*others, _Session(pdu_session_id, dnn, snssai))))

    async def deregister_smf(self, supi: Supi, pdu_session_id: int) -> None:
        """TS 29.503 5.3.2.4.3."""
        known = self._known(supi)
        others = tuple(each for each in known.sessions if each.id != pdu_session_id)
        self._know(supi, _Phone(known.amf, others))

    async def withdraw(self, supi: Supi) -> bool:
        """The subscription ended: the serving AMF deregisters the phone (TS 23.502 4.2.2.3.3). Whether one
        served it."""
        serving = self._known(supi).amf
        if serving is not None:
            await serving.callback.deregister(supi, "SUBSCRIPTION_WITHDRAWN")
        return serving is not None

    async def changed(self, supi: Supi) -> bool:
        """The subscription is another, or is no more: the serving AMF is told (TS 23.502 4.5.1). Whether one
        serves the phone."""
        serving = self._known(supi).amf
        if serving is None:
            return False
        subscriber = await self._repository.get(supi)
        if subscriber is None or not subscriber.enabled:
            return await self.withdraw(supi)
        await serving.callback.subscription_changed(supi)
        return True

    def leftovers(self) -> list[str]:
        """What is still registered, for leak checks."""
        served = [supi for supi, known in self._phones.items() if known.amf is not None]
        sessions = [(supi, each) for supi, known in self._phones.items() for each in known.sessions]
        return [*served, *(f"{supi} session {each.id}" for supi, each in sessions)]

    def _known(self, supi: Supi) -> _Phone:
        return self._phones.get(supi, _UNKNOWN)

    def _know(self, supi: Supi, phone: _Phone) -> None:
        """Most phones differ in nothing but who they are: those that are alike share what is known."""
        if phone == _UNKNOWN:
            self._phones.pop(supi, None)
            return
        alike = self._alike.get(phone)
        if alike is None:
            self._alike.put(phone, phone)
        self._phones[supi] = alike or phone

    async def _subscriber(self, supi: Supi) -> Subscriber:
        try:
            subscriber = await self._repository.get(supi)
        except StoreError as failed:
            raise _unusable(supi, failed) from failed
        if subscriber is None:
            raise ServiceError(
                Problem.USER_NOT_FOUND,
                f"{supi} is not a subscriber",
                f"pilot5g subscriber add {supi.removeprefix('imsi-')} --k … --opc …",
            )
        if not subscriber.enabled:
            raise ServiceError(Problem.USER_NOT_FOUND, f"{supi} is barred", "enable the subscriber")
        return subscriber


@lru_cache(maxsize=1024)
def _canonical(slices: tuple[Snssai, ...]) -> tuple[Snssai, ...]:
    """Subscribers with the same slices share them."""
    return tuple(snssai.canonical for snssai in slices)


async def _quietly(work: Coroutine[Any, Any, Any]) -> None:
    """An AMF that cannot be told of its phone has to find out by itself."""
    with contextlib.suppress(ServiceError):
        await work


def _unusable(supi: Supi, failed: StoreError) -> ServiceError:
    """The repository failed, and says why and what to do."""
    return ServiceError(Problem.SYSTEM_FAILURE, f"the data of {supi} cannot be used: {failed}", "see the log")

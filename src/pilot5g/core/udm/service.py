"""Nudm: authentication vectors, subscription data, and who serves whom now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import msgspec

from pilot5g.core.udm.authentication import Algorithms, Concealment, resynchronise, vector
from pilot5g.crypto.suci import HomeKey
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.flow.tasks import Tasks
from pilot5g.model import Plmn, Snssai, Suci, Supi
from pilot5g.service.nausf import Resynchronisation
from pilot5g.service.nudm import (
    AccessAndMobility,
    AmfRegistration,
    AuthenticationVector,
    Deregistered,
    SessionManagement,
)
from pilot5g.service.nudr import Nudr, SqnExhausted, Subscriber, UnknownSubscriber
from pilot5g.service.store import StoreError


class _Serving(msgspec.Struct, frozen=True):
    amf_id: str
    callback: Deregistered


class Udm:
    """One home network's UDM over a repository of subscribers."""

    def __init__(
        self, repository: Nudr, plmn: Plmn, home_keys: Mapping[int, HomeKey], entropy: Entropy
    ) -> None:
        self._repository = repository
        self._concealment = Concealment(plmn, home_keys)
        self._entropy = entropy
        self._algorithms = Algorithms()
        self._serving: dict[Supi, _Serving] = {}
        self._amfs: dict[str, _Serving] = {}
        """By AMF: the phones of one share it."""
        self._sessions: dict[tuple[Supi, int], tuple[str, Snssai]] = {}
        self._tasks = Tasks()

    async def close(self) -> None:
        """End what still runs."""
        await self._tasks.close()

    async def generate_auth_data(
        self, identity: Supi | Suci, serving_network_name: str, resync: Resynchronisation | None = None
    ) -> AuthenticationVector:
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
        return vector(who, aka, how.amf, sqn, serving_network_name, self._entropy)

    async def access_and_mobility(self, supi: Supi) -> AccessAndMobility:
        """TS 29.503 5.2.2.2.3."""
        subscriber = await self._subscriber(supi)
        access = subscriber.access
        return AccessAndMobility(
            ue_ambr=access.ue_ambr,
            default_nssai=_canonical(access.default_slices),
            other_nssai=_canonical(access.other_slices),
            gpsi=f"msisdn-{subscriber.msisdn}" if subscriber.msisdn else None,
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
        before = self._serving.get(registration.supi)
        serving = self._amfs.get(registration.amf_id)
        if serving is None or serving.callback is not callback:
            serving = self._amfs[registration.amf_id] = _Serving(registration.amf_id, callback)
        self._serving[registration.supi] = serving
        if before is not None and before.amf_id != registration.amf_id:
            work = before.callback.deregister(registration.supi, "UE_INITIAL_REGISTRATION")
            self._tasks.spawn(work, f"deregistration notification for {registration.supi}")

    async def deregister_amf(self, supi: Supi, amf_id: str) -> None:
        """TS 29.503 5.3.2.4.2; from an AMF that no longer serves, no effect."""
        serving = self._serving.get(supi)
        if serving is not None and serving.amf_id == amf_id:
            del self._serving[supi]

    async def register_smf(self, supi: Supi, pdu_session_id: int, dnn: str, snssai: Snssai) -> None:
        """TS 29.503 5.3.2.2.4."""
        self._sessions[supi, pdu_session_id] = (dnn, snssai)

    async def deregister_smf(self, supi: Supi, pdu_session_id: int) -> None:
        """TS 29.503 5.3.2.4.3."""
        self._sessions.pop((supi, pdu_session_id), None)

    async def withdraw(self, supi: Supi) -> bool:
        """The subscription ended: the serving AMF deregisters the phone (TS 23.502 4.2.2.3.3). Whether one
        served it."""
        serving = self._serving.get(supi)
        if serving is not None:
            await serving.callback.deregister(supi, "SUBSCRIPTION_WITHDRAWN")
        return serving is not None

    def leftovers(self) -> list[str]:
        """What is still registered, for leak checks."""
        return [*self._serving, *(f"{supi} session {psi}" for supi, psi in self._sessions)]

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


def _unusable(supi: Supi, failed: StoreError) -> ServiceError:
    """The repository failed, and says why and what to do."""
    return ServiceError(Problem.SYSTEM_FAILURE, f"the data of {supi} cannot be used: {failed}", "see the log")

"""Nudm: what AMF, SMF and AUSF ask of the UDM (TS 29.503 5.2 to 5.4)."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pilot5g.model import Ambr, PduSessionType, Qos, Snssai, SscMode, Suci, Supi
from pilot5g.service.nausf import Resynchronisation


class AuthenticationVector(msgspec.Struct, frozen=True):
    """A 5G HE AV and whom it is for (TS 29.503 6.3.6.2.2, 6.3.6.2.5)."""

    supi: Supi
    rand: bytes
    autn: bytes
    xres_star: bytes
    kausf: bytes


class EapAkaPrimeVector(msgspec.Struct, frozen=True):
    """An EAP-AKA' AV and whom it is for (TS 29.503 6.3.6.2.4, TS 33.501 6.1.3.1 step 1)."""

    supi: Supi
    rand: bytes
    autn: bytes
    xres: bytes
    ck_prime: bytes
    ik_prime: bytes

    def __repr__(self) -> str:
        """Without the keys, which belong into no log."""
        return f"EapAkaPrimeVector({self.supi})"


class AccessAndMobility(msgspec.Struct, frozen=True):
    """Access and mobility subscription data (TS 29.503 6.1.6.2.4); canonical slices."""

    ue_ambr: Ambr
    default_nssai: tuple[Snssai, ...]
    other_nssai: tuple[Snssai, ...] = ()
    gpsi: str | None = None
    forbidden_areas: tuple[int, ...] = ()
    """Tracking area codes (forbiddenAreas)."""
    service_areas: tuple[int, ...] = ()
    """Tracking area codes with service, or without where not `areas_allowed` (serviceAreaRestriction)."""
    areas_allowed: bool = True
    rfsp: int | None = None
    """Index to RAT/Frequency Selection Priority (rfspIndex)."""

    @property
    def nssai(self) -> tuple[Snssai, ...]:
        """All subscribed slices, default ones first."""
        return self.default_nssai + self.other_nssai


class SessionManagement(msgspec.Struct, frozen=True, kw_only=True):
    """Session management subscription of one slice and DNN (TS 29.503 6.1.6.2.9 DnnConfiguration)."""

    dnn: str
    default_type: PduSessionType
    allowed_types: tuple[PduSessionType, ...]
    default_ssc_mode: SscMode = SscMode.SSC_1
    allowed_ssc_modes: tuple[SscMode, ...] = (SscMode.SSC_1,)
    session_ambr: Ambr
    qos: Qos
    static_ipv4: str | None = None
    static_ipv6_prefix: str | None = None
    framed_routes: tuple[str, ...] = ()
    quota: int | None = None
    """Octets of both directions that the subscriber may use of the data network."""


class AmfRegistration(msgspec.Struct, frozen=True):
    """Which AMF serves the UE (TS 29.503 6.2.6.2.2, Amf3GppAccessRegistration). `initial`: the AMF knows
    nothing of what another had of it (initialRegistrationInd). `restored`: the AMF was not there for a while
    and has the phone from its store; another one that serves it meanwhile goes on to (CONTEXT_NOT_FOUND)."""

    supi: Supi
    amf_id: str
    initial: bool = True
    restored: bool = False


class Deregistered(Protocol):
    """Nudm_UECM_DeregistrationNotification and subscription changes, told to the serving AMF."""

    async def deregister(self, supi: Supi, reason: str) -> None:
        """`reason` is a DeregistrationReason of TS 29.503 6.2.6.3.3, like SUBSCRIPTION_WITHDRAWN."""
        ...

    async def subscription_changed(self, supi: Supi) -> None:
        """There is another access and mobility subscription to be had (Nudm_SDM_Notification)."""
        ...


class Nudm(Protocol):
    """Raises ServiceError: USER_NOT_FOUND, DATA_NOT_FOUND, INVALID_SCHEME_OUTPUT,
    INVALID_HN_PUBLIC_KEY_IDENTIFIER, UNSUPPORTED_PROTECTION_SCHEME, DNN_NOT_SUPPORTED."""

    async def generate_auth_data(
        self, identity: Supi | Suci, serving_network_name: str, resync: Resynchronisation | None = None
    ) -> AuthenticationVector | EapAkaPrimeVector:
        """Nudm_UEAuthentication_Get (TS 29.503 5.4.2.2): reveals a SUCI, resynchronises, makes a vector for
        the method of the subscription."""
        ...

    async def access_and_mobility(self, supi: Supi) -> AccessAndMobility: ...
    async def session_management(self, supi: Supi, snssai: Snssai, dnn: str) -> SessionManagement: ...
    async def default_dnn(self, supi: Supi, snssai: Snssai) -> str:
        """The default DNN of a subscribed slice (TS 29.503 6.1.6.2.10 SMF selection data)."""
        ...

    async def register_amf(self, registration: AmfRegistration, callback: Deregistered) -> None:
        """Nudm_UECM_Registration: an AMF registered before for this UE is told through its callback."""
        ...

    async def deregister_amf(self, supi: Supi, amf_id: str) -> None: ...
    async def register_smf(self, supi: Supi, pdu_session_id: int, dnn: str, snssai: Snssai) -> None: ...
    async def deregister_smf(self, supi: Supi, pdu_session_id: int) -> None: ...

"""What registration, service and configuration update say of themselves (TS 24.501 9.11.3)."""

from __future__ import annotations

import msgspec

from pilot5g.wire.nas.ies.base import CodePoint, code_half, first
from pilot5g.wire.nas.ies.causes import GmmCause
from pilot5g.wire.nas.table import HalfIe, Ie


class RegistrationKind(CodePoint):
    """Why a UE registers (TS 24.501 table 9.11.3.7.1)."""

    INITIAL = 1
    MOBILITY = 2
    PERIODIC = 3
    EMERGENCY = 4
    SNPN_ONBOARDING = 5
    DISASTER_ROAMING_MOBILITY = 6
    DISASTER_ROAMING_INITIAL = 7


class RegistrationType(msgspec.Struct, frozen=True):
    """5GS registration type (9.11.3.7); `follow_on_request`: the UE has more to send after it."""

    kind: RegistrationKind = RegistrationKind.INITIAL
    follow_on_request: bool = False


class AccessType(CodePoint):
    """Which access something is about (9.11.2.1A, 9.11.3.6, 9.11.3.20)."""

    THREE_GPP = 1
    NON_3GPP = 2
    BOTH = 3


class RegistrationResult(msgspec.Struct, frozen=True):
    """5GS registration result (9.11.3.6)."""

    access: AccessType = AccessType.THREE_GPP
    sms_allowed: bool = False
    slice_authentication_pending: bool = False
    emergency: bool = False
    disaster_roaming: bool = False


class DeregistrationType(msgspec.Struct, frozen=True):
    """De-registration type (9.11.3.20). A UE says `switch_off`, a network `re_registration_required`."""

    access: AccessType = AccessType.THREE_GPP
    switch_off: bool = False
    re_registration_required: bool = False


class ServiceType(CodePoint):
    """Why a UE asks for service (9.11.3.50)."""

    SIGNALLING = 0
    DATA = 1
    MOBILE_TERMINATED = 2
    EMERGENCY = 3
    EMERGENCY_FALLBACK = 4
    HIGH_PRIORITY = 5
    ELEVATED_SIGNALLING = 6


class DrxCycle(CodePoint):
    """5GS DRX parameters: the paging cycle in radio frames (9.11.3.2A)."""

    NOT_SPECIFIED = 0
    T32 = 1
    T64 = 2
    T128 = 3
    T256 = 4


class UpdateType(msgspec.Struct, frozen=True):
    """5GS update type (9.11.3.9A)."""

    sms_requested: bool = False
    radio_capability_update: bool = False
    preferred_5gs_ciot: int = 0
    preferred_eps_ciot: int = 0


class MicoIndication(msgspec.Struct, frozen=True):
    """MICO indication: mobile initiated connection only (9.11.3.31)."""

    all_plmn_registration_area: bool = False
    strictly_periodic: bool = False


class ConfigurationUpdateIndication(msgspec.Struct, frozen=True):
    """What the UE shall do with a configuration update (9.11.3.18)."""

    acknowledgement: bool = False
    registration: bool = False


class NetworkSlicingIndication(msgspec.Struct, frozen=True):
    """Network slicing indication (9.11.3.36)."""

    subscription_changed: bool = False
    default_configured: bool = False


class UsageSetting(CodePoint):
    """UE's usage setting (9.11.3.55)."""

    VOICE_CENTRIC = 0
    DATA_CENTRIC = 1


class UeStatus(msgspec.Struct, frozen=True):
    """UE status: where it is registered (9.11.3.56)."""

    emm_registered: bool = False
    gmm_registered: bool = False


class ReactivationError(msgspec.Struct, frozen=True):
    """Why the user plane of one PDU session was not reactivated (9.11.3.43)."""

    pdu_session_id: int
    cause: GmmCause


class PayloadContainerType(CodePoint):
    """What a payload container holds (9.11.3.40)."""

    N1_SM = 1
    SMS = 2
    LPP = 3
    SOR = 4
    UE_POLICY = 5
    UE_PARAMETERS_UPDATE = 6
    LOCATION_SERVICES = 7
    CIOT_USER_DATA = 8
    SERVICE_LEVEL_AA = 9
    EVENT_NOTIFICATION = 10
    MULTIPLE = 15


class RequestType(CodePoint):
    """What a UE wants with the PDU session it names (9.11.3.47)."""

    INITIAL = 1
    EXISTING = 2
    INITIAL_EMERGENCY = 3
    EXISTING_EMERGENCY = 4
    MODIFICATION = 5
    MA_PDU = 6


class GmmCapability(msgspec.Struct, frozen=True):
    """5GMM capability (9.11.3.1). Kept as octets: the AMF stores them all, whatever release they are from."""

    octets: bytes = b"\x00"

    @property
    def s1_mode(self) -> bool:
        """The UE can also live in an EPS."""
        return bool(self.octets[0] & 1)

    @property
    def handover_attach(self) -> bool:
        """ATTACH REQUEST may transfer PDN connections from N1 mode."""
        return bool(self.octets[0] & 2)

    @property
    def lte_positioning(self) -> bool:
        """The UE speaks LPP in N1 mode."""
        return bool(self.octets[0] & 4)

    @property
    def service_gap_control(self) -> bool:
        """The UE obeys T3447."""
        return bool(self.octets[0] & 0x80)


class NetworkFeatureSupport(msgspec.Struct, frozen=True):
    """5GS network feature support (9.11.3.5), kept as octets."""

    octets: bytes = b"\x00\x00"

    @classmethod
    def of(
        cls, *, ims_voice: bool = False, emergency: int = 0, interworking_without_n26: bool = False
    ) -> NetworkFeatureSupport:
        """The features this network has; `emergency` is the EMC field (0 none, 1 in NR)."""
        head = int(ims_voice) | (emergency & 3) * 4 | int(interworking_without_n26) * 64
        return cls(bytes((head, 0)))

    @property
    def ims_voice_3gpp(self) -> bool:
        """IMS voice over PS session in 3GPP access."""
        return bool(self.octets[0] & 1)

    @property
    def emergency_services(self) -> int:
        """EMC: 0 none, 1 in NR, 2 in E-UTRA, 3 in both."""
        return self.octets[0] >> 2 & 3

    @property
    def interworking_without_n26(self) -> bool:
        """IWK N26: interworking without the N26 interface is supported."""
        return bool(self.octets[0] & 64)


REGISTRATION_TYPE: HalfIe[RegistrationType] = HalfIe(
    lambda half: RegistrationType(RegistrationKind(half & 7), bool(half & 8)),
    lambda value: value.kind | int(value.follow_on_request) * 8,
)


def _result(octets: bytes) -> RegistrationResult:
    o = first(octets)
    return RegistrationResult(AccessType(o & 7), bool(o & 8), bool(o & 16), bool(o & 32), bool(o & 64))


def _from_result(value: RegistrationResult) -> bytes:
    flags = int(value.sms_allowed) * 8 | int(value.slice_authentication_pending) * 16
    flags |= int(value.emergency) * 32 | int(value.disaster_roaming) * 64
    return bytes((value.access | flags,))


REGISTRATION_RESULT: Ie[RegistrationResult] = Ie(_result, _from_result, kept=True)
DEREGISTRATION_TYPE: HalfIe[DeregistrationType] = HalfIe(
    lambda half: DeregistrationType(AccessType(half & 3), bool(half & 8), bool(half & 4)),
    lambda value: value.access | int(value.switch_off) * 8 | int(value.re_registration_required) * 4,
)
ACCESS_TYPE = code_half(AccessType, 3)
SERVICE_TYPE = code_half(ServiceType)
PAYLOAD_CONTAINER_TYPE = code_half(PayloadContainerType)
REQUEST_TYPE = code_half(RequestType, 7)
MICO_INDICATION: HalfIe[MicoIndication] = HalfIe(
    lambda half: MicoIndication(bool(half & 1), bool(half & 2)),
    lambda value: int(value.all_plmn_registration_area) | int(value.strictly_periodic) * 2,
)
CONFIGURATION_UPDATE_INDICATION: HalfIe[ConfigurationUpdateIndication] = HalfIe(
    lambda half: ConfigurationUpdateIndication(bool(half & 1), bool(half & 2)),
    lambda value: int(value.acknowledgement) | int(value.registration) * 2,
)
NETWORK_SLICING_INDICATION: HalfIe[NetworkSlicingIndication] = HalfIe(
    lambda half: NetworkSlicingIndication(bool(half & 1), bool(half & 2)),
    lambda value: int(value.subscription_changed) | int(value.default_configured) * 2,
)
DRX_CYCLE: Ie[DrxCycle] = Ie(
    lambda octets: DrxCycle(first(octets) & 15), lambda value: bytes((value,)), kept=True
)


def _update_type(octets: bytes) -> UpdateType:
    o = first(octets)
    return UpdateType(bool(o & 1), bool(o & 2), o >> 2 & 3, o >> 4 & 3)


def _from_update_type(value: UpdateType) -> bytes:
    flags = int(value.sms_requested) | int(value.radio_capability_update) * 2
    return bytes((flags | (value.preferred_5gs_ciot & 3) * 4 | (value.preferred_eps_ciot & 3) * 16,))


UPDATE_TYPE: Ie[UpdateType] = Ie(_update_type, _from_update_type, kept=True)
USAGE_SETTING: Ie[UsageSetting] = Ie(
    lambda octets: UsageSetting(first(octets) & 1), lambda value: bytes((value,)), kept=True
)
UE_STATUS: Ie[UeStatus] = Ie(
    lambda octets: UeStatus(bool(first(octets) & 1), bool(octets[0] & 2)),
    lambda value: bytes((int(value.emm_registered) | int(value.gmm_registered) * 2,)),
    kept=True,
)


def _at_least_one(octets: bytes) -> bytes:
    first(octets)
    return octets


GMM_CAPABILITY: Ie[GmmCapability] = Ie(
    lambda octets: GmmCapability(_at_least_one(octets)), lambda value: value.octets, kept=True
)
NETWORK_FEATURE_SUPPORT: Ie[NetworkFeatureSupport] = Ie(
    lambda octets: NetworkFeatureSupport(_at_least_one(octets)), lambda value: value.octets, kept=True
)


def _sessions(octets: bytes) -> frozenset[int]:
    """PDU session identities as bits: 0 to 7 in the first octet, 8 to 15 in the second (9.11.3.44)."""
    if len(octets) < 2:
        raise ValueError("session bits are two octets")
    bits = octets[0] | octets[1] << 8
    return frozenset(psi for psi in range(16) if bits >> psi & 1)


def _from_sessions(sessions: frozenset[int]) -> bytes:
    bits = 0
    for psi in sessions:
        if not 0 <= psi <= 15:
            raise ValueError(f"a PDU session identity is 0 to 15, not {psi}")
        bits |= _BIT[psi]
    return bits.to_bytes(2, "little")


_BIT = tuple(2**psi for psi in range(16))
PDU_SESSIONS: Ie[frozenset[int]] = Ie(_sessions, _from_sessions, kept=True)


def _errors(octets: bytes) -> tuple[ReactivationError, ...]:
    if not octets or len(octets) % 2:
        raise ValueError("error causes come in pairs of octets")
    return tuple(ReactivationError(octets[i], GmmCause(octets[i + 1])) for i in range(0, len(octets), 2))


REACTIVATION_ERRORS: Ie[tuple[ReactivationError, ...]] = Ie(
    _errors, lambda errors: b"".join(bytes((e.pdu_session_id, e.cause)) for e in errors)
)

"""What a phone is configured with: its SIM, its algorithms, what it wants, its timers.

A value made once by whoever builds the phone; what changes while the phone lives is in `context`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilot5g.flow.timer import Timers
from pilot5g.model import PduSessionType, Plmn, Snssai, Supi, supi
from pilot5g.ran.radio import EstablishmentCause
from pilot5g.ran.ue.profile import ORDINARY, Profile

_PRIORITY = {
    1: EstablishmentCause.MPS_PRIORITY_ACCESS,
    2: EstablishmentCause.MCS_PRIORITY_ACCESS,
    **dict.fromkeys(range(11, 16), EstablishmentCause.HIGH_PRIORITY_ACCESS),
}
"""Establishment causes of the access identities with priority (TS 24.501 table 4.5.6.1)."""


class Algorithm(StrEnum):
    """The authentication algorithm set of the SIM (TS 35.205, TS 35.231)."""

    MILENAGE = "milenage"
    TUAK = "tuak"


class SessionWish(msgspec.Struct, frozen=True, kw_only=True):
    """A PDU session to ask for. Without DNN or slice the network's default serves (TS 24.501 6.4.1.2)."""

    dnn: str | None = None
    snssai: Snssai | None = None
    kind: PduSessionType = PduSessionType.IPV4
    emergency: bool = False
    """For emergency services: the network alone knows where to (TS 24.501 6.4.1.2)."""


class PhoneConfig(msgspec.Struct, frozen=True, kw_only=True):
    """One phone and its SIM. Raises ValueError where the SIM makes no sense.

    `k` has 16 octets (16 or 32 for TUAK), `opc` is OPc of 16 or TOPc of 32 octets; `scheme` is the SUCI
    protection scheme (0 null, 1 profile A, 2 profile B), for which `home_public_key` and `home_key_id` are
    the home network's (TS 33.501 annex C). `ciphering` and `integrity` are algorithm numbers. `sessions` are
    opened by whoever runs the phone. `buffered_packets` bounds what a session keeps while it has no bearer.
    `follow_on` asks the network to keep the connection after a registration (TS 24.501 5.5.1.2.2).
    `access_identity` is that of a phone with priority (1, 2, 11 to 15), 0 for any other (TS 24.501 table
    4.5.2.1). A phone that `roams` takes any network that is not forbidden (TS 23.122 4.4.3.1.1). `behind` are
    the networks that it forwards for. `profile` is how it behaves; `profiled` makes what it says of
    algorithms, sessions and the like true.
    """

    name: str
    imsi: str
    home_plmn: Plmn
    k: bytes
    opc: bytes
    algorithm: Algorithm = Algorithm.MILENAGE
    scheme: int = 0
    home_public_key: bytes = b""
    home_key_id: int = 0
    routing_indicator: str = "0"
    ciphering: tuple[int, ...] = (0, 1, 2, 3)
    integrity: tuple[int, ...] = (1, 2, 3)
    requested_slices: tuple[Snssai, ...] = ()
    sessions: tuple[SessionWish, ...] = ()
    imeisv: str = "4370816125816151"
    follow_on: bool = True
    access_identity: int = 0
    roams: bool = False
    buffered_packets: int = 256
    behind: tuple[str, ...] = ()
    profile: Profile = ORDINARY
    timers: Timers = msgspec.field(default_factory=Timers)

    def __post_init__(self) -> None:
        digits = self.supi.removeprefix("imsi-")
        plmn = self.home_plmn.mcc + self.home_plmn.mnc
        if not digits.startswith(plmn) or len(digits) == len(plmn):
            raise ValueError(f"{self.name}: IMSI {digits} is not one of the home network {self.home_plmn}")
        if self.scheme not in (0, 1, 2):
            raise ValueError(f"{self.name}: the SUCI protection scheme is 0, 1 or 2, not {self.scheme}")
        if self.scheme and not self.home_public_key:
            raise ValueError(f"{self.name}: SUCI protection scheme {self.scheme} needs home_public_key")
        if not (self.imeisv.isdecimal() and len(self.imeisv) == 16):
            raise ValueError(f"{self.name}: an IMEISV has 16 digits")

        if self.access_identity and self.access_identity not in _PRIORITY:
            raise ValueError(f"{self.name}: the access identity is 0, 1, 2 or 11 to 15")

    def establishment(self, cause: EstablishmentCause) -> EstablishmentCause:
        """The RRC establishment cause of an access that an ordinary phone makes for `cause` (TS 24.501 table
        4.5.6.1)."""
        if cause is EstablishmentCause.EMERGENCY:
            return cause
        return _PRIORITY.get(self.access_identity, cause)

    def profiled(self, profile: Profile) -> PhoneConfig:
        """This phone, as one of that profile."""
        kinds = profile.session_types
        sessions = tuple(
            msgspec.structs.replace(wish, kind=kinds[0]) if kinds and wish.kind not in kinds else wish
            for wish in self.sessions
        )
        return msgspec.structs.replace(
            self,
            profile=profile,
            ciphering=profile.ciphering or self.ciphering,
            integrity=profile.integrity or self.integrity,
            access_identity=self.access_identity
            if profile.access_identity is None
            else profile.access_identity,
            roams=self.roams if profile.roams is None else profile.roams,
            follow_on=self.follow_on if profile.follow_on is None else profile.follow_on,
            sessions=sessions,
        )

    @property
    def supi(self) -> Supi:
        """The permanent identity."""
        return supi(self.imsi)

    @property
    def msin(self) -> str:
        """The IMSI's digits behind the home network's."""
        return self.supi.removeprefix("imsi-")[len(self.home_plmn.mcc + self.home_plmn.mnc) :]

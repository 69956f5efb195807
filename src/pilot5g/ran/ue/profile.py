"""How a kind of phone behaves: what it can do, how polite it is, and what it does wrong.

A core that has only met polite phones has met none of those in a shop. A profile is a value that phones
share; `manners` makes a phone behave as it says. The ones here have names that the configuration uses; others
are made there from the same few words. Whatever a profile does, a core must survive it and be rid of the
phone afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from pilot5g.model import PduSessionType
from pilot5g.wire import nas
from pilot5g.wire.nas import UsageSetting

PAGING = "PAGING"
"""What is ignored under this name is the radio's paging record."""

HEARD: Mapping[str, type[nas.GmmMessage]] = {
    "AUTHENTICATION REQUEST": nas.AuthenticationRequest,
    "SECURITY MODE COMMAND": nas.SecurityModeCommand,
    "IDENTITY REQUEST": nas.IdentityRequest,
    "REGISTRATION ACCEPT": nas.RegistrationAccept,
    "REGISTRATION REJECT": nas.RegistrationReject,
    "SERVICE ACCEPT": nas.ServiceAccept,
    "SERVICE REJECT": nas.ServiceReject,
    "CONFIGURATION UPDATE COMMAND": nas.ConfigurationUpdateCommand,
    "DEREGISTRATION REQUEST": nas.DeregistrationRequestNetwork,
    "DEREGISTRATION ACCEPT": nas.DeregistrationAccept,
    "DL NAS TRANSPORT": nas.DlNasTransport,
    "NOTIFICATION": nas.Notification,
}
"""5GMM messages of the network by their name in TS 24.501 clause 8.2: what a phone may be deaf to."""

SAID: Mapping[str, type[nas.GmmMessage]] = {
    "AUTHENTICATION RESPONSE": nas.AuthenticationResponse,
    "AUTHENTICATION FAILURE": nas.AuthenticationFailure,
    "SECURITY MODE COMPLETE": nas.SecurityModeComplete,
    "IDENTITY RESPONSE": nas.IdentityResponse,
    "REGISTRATION COMPLETE": nas.RegistrationComplete,
    "CONFIGURATION UPDATE COMPLETE": nas.ConfigurationUpdateComplete,
    "DEREGISTRATION ACCEPT": nas.DeregistrationAcceptNetwork,
    "UL NAS TRANSPORT": nas.UlNasTransport,
}
"""5GMM messages of the phone: what it may leave unsaid."""


class Fault(StrEnum):
    """What a phone does against the book."""

    WRONG_RESPONSE = "wrong-response"
    """RES* is wrong: the SIM is none of the network's."""
    MAC_FAILURE = "mac-failure"
    """Every challenge fails by its MAC (5GMM cause #20)."""
    SYNCH_FAILURE = "synch-failure"
    """Every challenge fails by its sequence number, with an AUTS that nobody can check (#21)."""
    SECURITY_REFUSED = "security-refused"
    """Every SECURITY MODE COMMAND is rejected with #23."""
    WRONG_MAC = "wrong-mac"
    """What is integrity protected has a wrong MAC."""
    UNPROTECTED = "unprotected"
    """Messages are sent in the clear although secure exchange is established."""
    GARBAGE = "garbage"
    """Octets that are no message before each message."""
    UNASKED = "unasked"
    """Answers that nobody asked for behind each message."""
    FOREIGN_IDENTITY = "foreign-identity"
    """It goes by a 5G-GUTI that its network never gave it."""


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """See the module. None, an empty set or zero leave a phone as it is configured.

    `usage` is the UE's usage setting (TS 24.501 9.11.3.55): a voice centric phone does not stay where there
    is no voice over IMS (4.3.2, 4.9.2). `session_types` are those it can have; what it is asked for beyond is
    turned into the first. `delay` seconds pass before the phone takes notice of each message and page.
    `copies` of each message are sent, `spacing` seconds apart. A `persistent` phone registers anew whatever
    the cause, `pause` seconds later. `ignores` and `omits` are keys of HEARD (or PAGING) and SAID.
    `drops_radio_at` is a key of HEARD: instead of dealing with that message the phone loses its radio,
    `drops` times in its life. A `forgetful` phone knows no 5G-GUTI when it registers initially.
    `access_identity`, `roams` and `follow_on` are as in `PhoneConfig`.
    """

    name: str
    integrity: tuple[int, ...] = ()
    ciphering: tuple[int, ...] = ()
    usage: UsageSetting | None = None
    session_types: tuple[PduSessionType, ...] = ()
    access_identity: int | None = None
    roams: bool | None = None
    follow_on: bool | None = None
    delay: float = 0.0
    copies: int = 1
    spacing: float = 0.0
    persistent: bool = False
    pause: float = 5.0
    ignores: frozenset[str] = frozenset()
    omits: frozenset[str] = frozenset()
    drops_radio_at: str = ""
    drops: int = 1
    forgetful: bool = False
    faults: frozenset[Fault] = frozenset()

    @property
    def acts(self) -> bool:
        """Whether it changes what a phone does with messages, beyond what it says of itself."""
        plain = Profile(name=self.name, pause=self.pause, drops=self.drops, spacing=self.spacing)
        quiet = (
            "integrity", "ciphering", "usage", "session_types", "access_identity", "roams", "follow_on",
        )  # fmt: skip
        kept = {each: getattr(self, each) for each in quiet}
        return self != msgspec.structs.replace(plain, **kept)


ORDINARY = Profile(name="ordinary")

BUILT_IN: Mapping[str, Profile] = {
    each.name: each
    for each in (
        ORDINARY,
        Profile(name="voice-centric", usage=UsageSetting.VOICE_CENTRIC),
        Profile(name="data-centric", usage=UsageSetting.DATA_CENTRIC),
        Profile(name="ipv4-only", session_types=(PduSessionType.IPV4,)),
        Profile(name="priority", access_identity=1),
        Profile(name="roaming", roams=True),
        Profile(name="snow-only", integrity=(1,), ciphering=(1,)),
        Profile(name="no-ciphering", ciphering=(0,)),
        Profile(name="null-integrity", integrity=(0,), ciphering=(0,)),
        Profile(name="slow", delay=2.0),
        Profile(name="too-slow", delay=8.0),
        Profile(name="retransmitting", copies=3),
        Profile(name="persistent", persistent=True),
        Profile(name="dropping", drops_radio_at="SECURITY MODE COMMAND", drops=2),
        Profile(name="forgetful", forgetful=True, follow_on=False),
        Profile(name="deaf-to-updates", ignores=frozenset({"CONFIGURATION UPDATE COMMAND"})),
        Profile(name="deaf-to-deregistration", ignores=frozenset({"DEREGISTRATION REQUEST"})),
        Profile(name="deaf-to-paging", ignores=frozenset({PAGING})),
        Profile(name="unfinished", omits=frozenset({"REGISTRATION COMPLETE"})),
        *(Profile(name=fault.value, faults=frozenset({fault})) for fault in Fault),
    )
}
"""By name, as `phones.profile` of the configuration takes them."""

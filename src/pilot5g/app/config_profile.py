"""Profiles of phones in the configuration: those built in by name, and own ones that say what differs.

What a profile does is in `pilot5g.ran.ue.profile`; here are its words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import msgspec

from pilot5g.app import config_values as v
from pilot5g.ran.ue.profile import BUILT_IN, HEARD, PAGING, SAID, Fault, Profile
from pilot5g.wire.nas import UsageSetting

_USAGE = {"voice-centric": UsageSetting.VOICE_CENTRIC, "data-centric": UsageSetting.DATA_CENTRIC}
_IDENTITIES = {str(each): each for each in (0, 1, 2, *range(11, 16))}

ProfileName = Annotated[
    str,
    v.matching("the name of a profile, built in or of `phones.profiles`", r"[a-z0-9][a-z0-9-]{0,40}", "slow"),
]
Heard = Annotated[
    str, v.choice("a message of the network", {each: each for each in (*HEARD, PAGING)}, "PAGING")
]
Taken = Annotated[
    str, v.choice("a message of the network", {each: each for each in HEARD}, "SECURITY MODE COMMAND")
]
Said = Annotated[
    str, v.choice("a message of the phone", {each: each for each in SAID}, "REGISTRATION COMPLETE")
]
Wrong = Annotated[Fault, v.choice("a fault", {each.value: each for each in Fault}, "wrong-mac")]
Usage = Annotated[UsageSetting, v.choice("a usage setting", _USAGE, "voice-centric")]


class PhoneProfile(msgspec.Struct, frozen=True, kw_only=True):
    """A way for phones to behave, under a name for `profile`. What is left out is as in `like`."""

    name: ProfileName
    like: ProfileName = "ordinary"
    """A built-in profile, or one further up."""
    integrity: tuple[v.Nia, ...] | None = None
    """None: those of the phone."""
    ciphering: tuple[v.Nea, ...] | None = None
    """None: those of the phone."""
    usage: Usage | None = None
    """The UE's usage setting; a voice centric phone leaves a network without voice over IMS."""
    session_types: tuple[v.SessionType, ...] | None = None
    """Those it can have; None: all. It asks for the first where it is configured to ask for another."""
    access_identity: Annotated[int, v.choice("an access identity", _IDENTITIES, "1")] | None = None
    """Of a phone with priority: 1 multimedia, 2 mission critical, 11 to 15 by access class."""
    roams: v.Flag | None = None
    """Takes any network that is not forbidden, not only its own and equivalent ones."""
    follow_on: v.Flag | None = None
    """Whether it asks the network to keep the connection after a registration."""
    delay: v.Seconds | None = None
    """Before it takes notice of a message or a page."""
    copies: Annotated[int, v.integer(1, 20, 3)] | None = None
    """How many times it sends each message."""
    spacing: v.Seconds | None = None
    """Between copies; None: at once."""
    persistent: v.Flag | None = None
    """Registers anew whatever the cause, `pause` later."""
    pause: v.Seconds | None = None
    ignores: tuple[Heard, ...] | None = None
    """Messages, or pages, that it does not notice."""
    omits: tuple[Said, ...] | None = None
    """Messages that it never sends."""
    drops_radio_at: Taken | None = None
    """The message at which it loses its radio, in place of answering."""
    drops: Annotated[int, v.integer(1, 1000, 2)] | None = None
    """How many times in its life."""
    forgetful: v.Flag | None = None
    """Registers by its SUCI although it has a 5G-GUTI."""
    faults: tuple[Wrong, ...] | None = None
    """What it does against the book."""

    def over(self, base: Profile) -> Profile:
        """`base` with what this one says."""
        said = {
            each: _kept(each, value)
            for each in self.__struct_fields__
            if each not in ("name", "like") and (value := getattr(self, each)) is not None
        }
        return msgspec.structs.replace(base, name=self.name, **said)


def _kept(name: str, value: object) -> object:
    return frozenset(value) if name in ("ignores", "omits", "faults") and isinstance(value, tuple) else value


def profiles(own: Iterable[PhoneProfile]) -> dict[str, Profile]:
    """Every profile by name. An own one whose `like` is not there (yet) is left out: see `config_check`."""
    known = dict(BUILT_IN)
    for each in own:
        if each.like in known:
            known[each.name] = each.over(known[each.like])
    return known

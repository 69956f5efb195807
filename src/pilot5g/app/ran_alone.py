"""Emulated radios and phones against any AMF: this network's or another's.

The gNBs use the addresses of the configuration in the network this process is in. As root every phone has a
namespace and an interface of its own; otherwise phones are inside the program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import msgspec

from pilot5g.app import places
from pilot5g.app.config import Config
from pilot5g.app.events import Event, Line, Ready, Settled, Step
from pilot5g.app.pilot import take_names
from pilot5g.app.radio_side import open_radio_side
from pilot5g.app.scenario import Scenario
from pilot5g.app.up import Tell, hints, until_told
from pilot5g.app.world import Inside
from pilot5g.crypto.suci import HomeKey
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Entry
from pilot5g.net import namespace


class PhonesWithoutKeys(ValueError):
    """Emulated phones need the keys that the AMF's network has for them."""

    def __init__(self) -> None:
        super().__init__(
            "phones need `k` and `opc` to register with an AMF: give them under `phones`, as its subscribers"
            ' have them, for example\n  phones: {count: 1, first_imsi: "001010000000001", k: "…", opc: "…"}'
        )


class NoRadios(ValueError):
    """There is nothing to run without a radio."""

    def __init__(self) -> None:
        super().__init__(
            "this configuration has no radios: give some under `radios`, for example\n"
            "  radios: [{name: gnb-1, id: 1, n2_address: 192.0.2.20, n3_address: 192.0.2.20}]"
        )


def with_phones(config: Config, entropy: Entropy) -> Config:
    """The configuration with its phones one by one. Raises NoRadios or PhonesWithoutKeys."""
    from pilot5g.app.config_subscribers import phones

    if not config.radios:
        raise NoRadios
    given = config.phones
    if given.count and (given.k is None or given.opc is None):
        raise PhonesWithoutKeys
    if any(each.k is None or each.opc is None for each in (*given.groups, *given.list)):
        raise PhonesWithoutKeys
    public = {
        key.id: HomeKey(key.scheme, key.private_key).public for key in config.security.home_network_keys
    }
    each = tuple(
        msgspec.structs.replace(phone, public_key=phone.public_key or public.get(phone.key_id))
        for phone in phones(config, entropy)
    )
    given = msgspec.structs.replace(given, count=0, groups=(), list=each)
    return msgspec.structs.replace(config, phones=given)


@contextmanager
def _phone_namespaces(config: Config, mode: str) -> Iterator[str]:
    """Where the phones live: the prefix of their namespaces, or `inside`."""
    if mode != "root":
        yield "inside"
        return
    with ExitStack() as stack:
        take_names(stack)
        namespace.remove_all(f"{places.PREFIX}-")
        for i in range(1, len(config.phones.list) + 1):
            name = f"{places.PREFIX}-ue{i}"
            namespace.create(name)
            stack.callback(namespace.remove, name)
        yield places.PREFIX


async def radios_alone(config: Config, mode: str, entropy: Entropy, tell: Tell) -> None:
    """Connect, register, open sessions, stay until told to end; then deregister.

    Raises OSError, SctpUnavailable, NoRadios, PhonesWithoutKeys, PilotError.
    """
    ending = until_told()
    config = with_phones(config, entropy)
    with _phone_namespaces(config, mode) as place:
        async with open_radio_side(config, entropy, place) as side:
            side.journal.listeners.append(lambda entry: tell(_line(entry)))
            tell(Ready("ran", 0.0, side.detail))

            def hear(event: Event) -> None:
                tell(event)
                if isinstance(event, Settled):
                    for text in hints(mode, event.namespaces, ("ping <an address of the data network>",)):
                        tell(Step(text))

            scenario = Scenario(side, Inside(), hear)
            work = asyncio.ensure_future(scenario.hold())
            told = asyncio.ensure_future(ending.wait())
            await asyncio.wait([work, told], return_when=asyncio.FIRST_COMPLETED)
            work.cancel()
            told.cancel()
            await scenario.deregister()


def _line(entry: Entry) -> Event:
    return Line("ran", entry)

"""The main job: launch a whole network, use it as people would, and say what held.

The configuration is the user's with two things added where it leaves them open: home network keys, so that
phones conceal their identities by both profiles, and variety among the phones (SIM algorithm, SUCI scheme,
session type, NAS algorithms), so that one run shows every kind at work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from pilot5g.app.config import Config, HomeNetworkKey, Phone, PhoneSession
from pilot5g.app.config_subscribers import phones
from pilot5g.app.events import NAMES, Check, Event, Failed, Figure, Line, Ready, Standing
from pilot5g.app.pilot import Pilot, network
from pilot5g.app.report import Report
from pilot5g.flow.clock import now
from pilot5g.flow.entropy import Entropy
from pilot5g.model import PduSessionType

LIMIT = 120.0
"""Seconds the scenario may take: far beyond what it does, short of for ever."""
IDLE_AFTER = 1.0
KINDS = (PduSessionType.IPV4V6, PduSessionType.IPV4, PduSessionType.IPV6)


def varied(config: Config, entropy: Entropy) -> Config:
    """The configuration of a demonstration."""
    if not config.security.home_network_keys:
        keys = (
            HomeNetworkKey(id=1, profile="A", private_key=entropy(32)),
            HomeNetworkKey(id=2, profile="B", private_key=b"\x01" + entropy(31)),
        )
        security = msgspec.structs.replace(config.security, home_network_keys=keys)
        config = msgspec.structs.replace(config, security=security)
    if config.phones.count and not (config.phones.list or config.phones.groups) and config.phones.k is None:
        each = tuple(_variant(phone, i, entropy) for i, phone in enumerate(phones(config, entropy)))
        given = msgspec.structs.replace(config.phones, count=0, list=each)
        config = msgspec.structs.replace(config, phones=given)
    timers = {"X-INACTIVE": IDLE_AFTER, **config.timers}
    return msgspec.structs.replace(config, timers=timers)


def _variant(phone: Phone, i: int, entropy: Entropy) -> Phone:
    scheme = (0, 1, 2)[i % 3]
    tuak = i % 4 == 3
    session = PhoneSession(type=KINDS[i % len(KINDS)])
    return msgspec.structs.replace(
        phone,
        algorithm="tuak" if tuak else "milenage",
        opc=entropy(32) if tuak else phone.opc,
        suci_scheme=scheme,
        key_id=scheme,
        integrity=((1, 2, 3), (2,), (1,), (3,))[i % 4],
        ciphering=((0, 1, 2, 3), (0, 2), (0, 1), (0, 3))[i % 4],
        sessions=(session,),
    )


class NothingToShow(ValueError):
    """A demonstration needs at least one radio and one phone."""

    def __init__(self, config: Config) -> None:
        lacking = " and ".join(name for name in ("radios", "phones") if not _has(config, name))
        super().__init__(
            f"the demonstration needs {lacking}, and this configuration has none: give some, or leave the key"
            " out for the default. For real gNBs: pilot5g up --core-only"
        )


def _has(config: Config, name: str) -> bool:
    return bool(config.radios if name == "radios" else config.phones.number)


class Demo:
    """One run: what is heard becomes the report."""

    def __init__(self, config: Config, report: Report, logs: Path, tell: Callable[[Event], None]) -> None:
        """`report` says how it runs, and is filled in. `tell` hears every event as it comes, for whoever
        watches. Raises NothingToShow."""
        if not (_has(config, "radios") and _has(config, "phones")):
            raise NothingToShow(config)
        self.report = report
        self._config = config
        self._logs = logs
        self._tell = tell

    async def run(self) -> Report:
        """Launch, use, judge, take down. Raises PilotError or OSError where it could not begin."""
        began = now()
        async with network(self._config, self.report.mode, self._logs, self._hear, what="scenario") as pilot:
            self.report.figures.append(Figure("start to ready", now() - began, "s"))
            await self._wait(pilot)
            await self._inspect(pilot)
        self.report.seconds = now() - began
        order = list(NAMES.values())
        self.report.started.sort(key=lambda line: order.index(line.partition(": ")[0]))
        return self.report

    async def _wait(self, pilot: Pilot) -> None:
        try:
            await asyncio.wait_for(pilot.finished.wait(), LIMIT)
        except TimeoutError:
            text = f"it took more than {LIMIT:.0f} s: see {self._logs}"
            self.report.checks.append(Check("the scenario ended", False, text))

    async def _inspect(self, pilot: Pilot) -> None:
        """Ask core and UPF what is left, and, where something failed, what the user plane counted."""
        if pilot.failure is not None:
            return
        before = len(self.report.checks)
        asked = [name for name in ("core", "upf") if name in pilot.children]
        for name in asked:
            pilot.children[name].tell("leftovers")
            if not self.report.ok:
                pilot.children[name].tell("counters")
        for _ in range(250):
            if len(self.report.checks) == before + len(asked):
                return
            await asyncio.sleep(0.02)
        self.report.checks.append(Check("nothing left in the core", False, "it does not answer"))

    def _hear(self, event: Event) -> None:
        match event:
            case Check():
                self.report.checks.append(event)
            case Standing():
                self.report.standings.append(event)
            case Figure():
                self.report.figures.append(event)
            case Ready():
                self.report.started.append(f"{NAMES.get(event.who, event.who)}: {_started(event)}")
            case Failed():
                text = f"{event.reason} (its log: {self._logs / (event.who + '.log')})"
                name = NAMES.get(event.who, event.who)
                self.report.checks.append(Check(f"{name}: running to the end", False, text))
            case Line() if event.entry.cause:
                self.report.refusals.append(event)
            case _:
                pass
        self._tell(event)


def _started(event: Ready) -> str:
    return event.detail + (f"; started in {event.seconds:.2f} s" if event.seconds else "")

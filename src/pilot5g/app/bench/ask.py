"""What was asked for on the command line, checked, and carried out.

Every wrong option is an error in words before anything starts.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec

from pilot5g.app.bench import overload
from pilot5g.app.bench.arrivals import Arrivals, Recorded, parse_arrivals
from pilot5g.app.bench.load import Stage
from pilot5g.app.bench.mix import STANDARD, Mix, parse_mix
from pilot5g.app.bench.plans import Bench, Runs
from pilot5g.app.bench.prepare import Wanted, prepare
from pilot5g.app.bench.report import Report, report
from pilot5g.app.bench.runner import Result, Watch, processes
from pilot5g.app.bench.usage import ProcessGone, usage
from pilot5g.app.config import Config
from pilot5g.flow.link import NGAP_PORT

PHONES = 500
MOST_PHONES = 1_000_000
FIRST_RATE = 50.0
"""Where the search for the highest rate begins."""


class OptionError(ValueError):
    """An option is wrong; the text says which, why, and what would do."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The options as they were given."""

    rate: str = ""
    fast: bool = False
    mix: str = ""
    arrivals: str = "constant"
    duration: float = 10.0
    count: int = 1_000_000
    phones: int | None = None
    gnbs: int = 1
    generators: int = 1
    window: int = 32
    seed: int = 1
    traffic: float = 0.0
    steps: str = ""
    find_max: bool = False
    overload: bool = False
    crowded: bool = False
    """All phones up first: what they cost among so many (`benchmarks/control_plane.py --scale`)."""
    limit_ms: float = 100.0
    patience: float = 10.0
    amf: str = ""
    plain_core: bool = False
    """Our own core runs as plain Python, whatever is compiled."""
    pid: str = ""
    warm_up: bool = True

    def check(self) -> None:
        """Raises OptionError (MixError and ArrivalsError are put into its words)."""
        try:
            self.the_mix, self.the_arrivals  # noqa: B018 - read for what they raise
        except ValueError as wrong:
            raise OptionError(str(wrong)) from wrong
        modes = [name for name, given in self._modes.items() if given]
        if len(modes) > 1:
            raise OptionError(f"{' and '.join(modes)} exclude each other: give one of them")
        self.the_rate, self.the_steps, self.the_amf, self.the_pids  # noqa: B018
        self._check_bounds()
        if self.plain_core and self.amf:
            raise OptionError("--plain-core is for our own core: --amf is another")
        if self.pid and not self.amf:
            raise OptionError("--pid is for another AMF (--amf): our own core is measured anyway")
        try:
            usage(self.the_pids)
        except ProcessGone as gone:
            raise OptionError(f"--pid: {gone}") from gone

    @property
    def _modes(self) -> dict[str, bool]:
        return {
            "--as-fast-as-possible": self.fast,
            "--steps": bool(self.steps),
            "--find-max": self.find_max,
            "--overload": self.overload,
            "--rate": bool(self.rate) and not self.find_max and not self.overload,
        }

    def _check_bounds(self) -> None:
        for name, value, low, high in (
            ("--duration", self.duration, 0.1, 24 * 3600),
            ("--count", self.count, 1, 100_000_000),
            ("--phones", self.the_phones, 1, MOST_PHONES),
            ("--gnbs", self.gnbs, 1, 1000),
            ("--generators", self.generators, 1, 64),
            ("--window", self.window, 1, 100_000),
            ("--seed", self.seed, 0, 1 << 62),
            ("--traffic", self.traffic, 0, 1_000_000),
            ("--limit-ms", self.limit_ms, 0.001, 1e6),
            ("--patience", self.patience, 0.1, 600),
        ):
            if not low <= value <= high:
                raise OptionError(f"{name} {value:g} is not from {low:g} to {high:g}")
        if self.the_phones < self.generators:
            raise OptionError(f"--phones {self.the_phones} are too few for --generators {self.generators}")
        if self.overload and self.mix:
            raise OptionError("--overload has a mix of its own, registration+session: give no --mix")

    # as values

    @property
    def standard(self) -> bool:
        """Whether no load was named: the suite."""
        named = any(self._modes.values()) or self.mix or self.traffic
        return not named and not isinstance(self.the_arrivals, Recorded)

    @property
    def the_phones(self) -> int:
        """How many, where it was not said: as many as the load needs."""
        if self.phones is not None:
            return self.phones
        return overload.PHONES if self.overload else PHONES

    @property
    def the_mix(self) -> Mix:
        """Raises MixError."""
        return parse_mix(self.mix) if self.mix else STANDARD

    @property
    def the_arrivals(self) -> Arrivals:
        """Raises ArrivalsError."""
        return parse_arrivals(self.arrivals)

    @property
    def the_rate(self) -> float:
        """Arrivals a second; 0 where none was given. Raises OptionError."""
        if not self.rate:
            return 1.0 if isinstance(self.the_arrivals, Recorded) and not self.fast else 0.0
        return _rate("--rate", self.rate)

    @property
    def the_steps(self) -> list[float]:
        """Raises OptionError."""
        return [_rate("--steps", each) for each in self.steps.split(",")] if self.steps else []

    @property
    def the_amf(self) -> tuple[str, int] | None:
        """Raises OptionError."""
        if not self.amf:
            return None
        host, port = self.amf, ""
        if self.amf.startswith("["):
            host, _, port = self.amf[1:].partition("]")
            port = port.removeprefix(":")
        elif self.amf.count(":") == 1:
            host, _, port = self.amf.partition(":")
        if port and not (port.isdecimal() and 0 < int(port) < 65536):
            raise OptionError(f"--amf: {port!r} is no port; for example --amf 192.0.2.10:38412")
        return _address(host), int(port or NGAP_PORT)

    @property
    def the_pids(self) -> list[int]:
        """Raises OptionError."""
        each = [part.strip() for part in self.pid.split(",") if part.strip()]
        if wrong := [part for part in each if not part.isdecimal()]:
            raise OptionError(f"--pid: {wrong[0]!r} is no process; for example --pid 1234,1235")
        return [int(part) for part in each]

    @property
    def stage(self) -> Stage:
        """The load."""
        rate = self.the_rate or (FIRST_RATE if self.find_max else 0.0)
        return Stage(
            name="load",
            mix=self.the_mix,
            rate=rate,
            window=0 if rate else self.window,
            arrivals=self.the_arrivals,
            duration=self.duration,
            count=self.count,
            patience=min(self.patience, overload.PATIENCE) if self.overload else self.patience,
            traffic=self.traffic,
            seed=self.seed,
        )


def _rate(option: str, text: str) -> float:
    try:
        value = float(text.strip().removesuffix("/s"))
    except ValueError:
        value = math.nan
    if not 0 < value <= 1_000_000:
        raise OptionError(f"{option}: {text!r} is no rate above 0 a second; for example {option} 50")
    return value


def _address(host: str) -> str:
    import socket

    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])
    except OSError as error:
        raise OptionError(f"--amf: {host!r} is no address of a host: {error.strerror}") from error


Step = Callable[[Result], None]


async def measure(
    config: Config, asked: Asked, watch: Watch, ended: Step, logs: Path | None = None
) -> Report:
    """Start what is needed, run what was asked for, end it. `ended` hears of each result as it comes.

    Raises BenchError, PhonesWithoutKeys, OSError, StoreError.
    """
    mix = asked.the_mix
    wanted = Wanted(
        phones=asked.the_phones,
        gnbs=asked.gnbs,
        generators=asked.generators,
        seed=asked.seed,
        amf=asked.the_amf,
        idles=mix.idles,
    )
    with tempfile.TemporaryDirectory(prefix="pilot5g-bench-") as name:
        plans = await prepare(config, wanted, Path(name), os.urandom)
        own = wanted.amf is None
        results: list[Result] = []
        plain, pids = asked.plain_core, asked.the_pids
        async with processes(plans, own_core=own, plain=plain, core_pids=pids, watch=watch) as runner:
            async for result in _stages(runner, asked, plans[0].phones):
                results.append(result)
                ended(result)
            return report(
                results,
                target=_target(asked) if own else f"the AMF at {asked.amf}",
                seed=asked.seed,
                phones=plans[0].phones,
                generators=asked.generators,
                parts=runner.details,
                ready_in=runner.ready_in,
                limit=asked.limit_ms if asked.find_max else 0.0,
            )


def _target(asked: Asked) -> str:
    form = ", uncompiled," if asked.plain_core else ","
    return f"our own core{form} in a process of its own"


def _stages(runner: Runs, asked: Asked, phones: int) -> AsyncIterator[Result]:
    bench = Bench(runner, asked.stage, phones)
    warm_up = asked.warm_up and runner.measures_core
    if asked.crowded:
        return bench.crowded()
    if asked.standard:
        return bench.suite()
    if asked.overload:
        return overload.stages(runner, asked.stage, phones)
    if asked.steps:
        return bench.steps(asked.stage, asked.the_steps, warm_up=warm_up)
    if asked.find_max:
        return bench.find_most(asked.stage, asked.limit_ms, warm_up=warm_up)
    return bench.one(asked.stage, warm_up=warm_up)

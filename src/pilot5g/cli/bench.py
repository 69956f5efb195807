"""`pilot5g bench`: a load on any AMF, and what it took."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilot5g.cli.config import ConfigFile, chosen


def register(app: typer.Typer) -> None:
    """Add `bench` to the command line."""
    app.command("bench")(bench)


Rate = Annotated[str, typer.Option(help="Arrivals a second, open loop: 50, or 50/s.")]
Fast = Annotated[
    bool, typer.Option("--as-fast-as-possible", help="Closed loop: --window phones at work at a time.")
]
MixText = Annotated[
    str,
    typer.Option(
        help="What phones do, by weight, + for one after the other: registration+session=1,service=0.5."
        " Default: registration+session=1,deregistration=1."
    ),
]
ArrivalsText = Annotated[
    str, typer.Option(help="constant, poisson, burst:K, or a CSV file of seconds to replay.")
]
Duration = Annotated[float, typer.Option(help="Seconds of load, at each rate.")]
Count = Annotated[int, typer.Option(help="At most so many arrivals.")]
Phones = Annotated[
    int | None,
    typer.Option(help="Phones, used again and again. Default: 500, with --overload 30000."),
]
Gnbs = Annotated[int, typer.Option(help="Emulated gNBs.")]
Generators = Annotated[int, typer.Option(help="Processes that generate the load.")]
Window = Annotated[int, typer.Option(help="Phones at work at a time, where there is no rate.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same schedule.")]
Traffic = Annotated[float, typer.Option(help="Pings a second of phones with a session.")]
Steps = Annotated[str, typer.Option(help="A curve: the load at each of these rates, 50,100,200.")]
FindMax = Annotated[
    bool, typer.Option("--find-max", help="Search the highest rate without failure, from --rate on.")
]
Overload = Annotated[
    bool,
    typer.Option(
        "--overload",
        help="Goodput at 1x, 2x and 5x of the capacity, which is found first, or given by --rate.",
    ),
]
Limit = Annotated[float, typer.Option("--limit-ms", help="The p99 up to which a rate counts as held.")]
Patience = Annotated[float, typer.Option(help="Seconds until a procedure is given up.")]
OtherAmf = Annotated[str, typer.Option(help="Another AMF: HOST or HOST:PORT. Default: a core of our own.")]
PlainCore = Annotated[
    bool,
    typer.Option(
        "--plain-core",
        help="Our own core runs uncompiled: slower than its generator, which can then overload it.",
    ),
]
Pids = Annotated[str, typer.Option(help="Processes of the core to measure, with --amf: 12,34.")]
WarmUp = Annotated[
    bool,
    typer.Option(
        "--warm-up/--no-warm-up", help="Measure each procedure alone first (--no-warm-up: not). Default: yes."
    ),
]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Write everything here as JSON.")]
HtmlFile = Annotated[Path | None, typer.Option("--html", help="Write a page with plots here.")]


def bench(
    context: typer.Context,
    config: ConfigFile = None,
    rate: Rate = "",
    fast: Fast = False,
    mix: MixText = "",
    arrivals: ArrivalsText = "constant",
    duration: Duration = 10.0,
    count: Count = 1_000_000,
    phones: Phones = None,
    gnbs: Gnbs = 1,
    generators: Generators = 1,
    window: Window = 32,
    seed: Seed = 1,
    traffic: Traffic = 0.0,
    steps: Steps = "",
    find_max: FindMax = False,
    overload: Overload = False,
    limit_ms: Limit = 100.0,
    patience: Patience = 10.0,
    amf: OtherAmf = "",
    plain_core: PlainCore = False,
    pid: Pids = "",
    warm_up: WarmUp = True,
    json_file: JsonFile = None,
    html_file: HtmlFile = None,
) -> None:
    """Put a load on a core and measure it: without options a standard suite of about twenty seconds.

    Times are taken at the phone, from its first message to the network's last. Exit status 1 where anything
    failed.
    """
    from pilot5g.app.bench.ask import Asked, OptionError, measure
    from pilot5g.cli.bench_screen import run

    known = set(Asked.__struct_fields__)
    asked = Asked(**{name: value for name, value in context.params.items() if name in known})
    try:
        asked.check()
    except OptionError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(2) from wrong
    raise typer.Exit(run(measure, chosen(config), asked, json_file, html_file))

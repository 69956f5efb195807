"""`pilot5g bench`: a load on any AMF, and what it took."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pilot5g.cli.config import ConfigFile, chosen


def register(app: typer.Typer) -> None:
    """Add `bench` to the command line."""
    app.command("bench")(bench)


def bench(
    config: ConfigFile = None,
    rate: Annotated[str, typer.Option(help="Arrivals a second, open loop: 50, or 50/s.")] = "",
    fast: Annotated[
        bool, typer.Option("--as-fast-as-possible", help="Closed loop: --window phones at work at a time.")
    ] = False,
    mix: Annotated[
        str,
        typer.Option(
            help="What phones do, with weights, + for one after the other: registration+session=1,service=.5."
            " Default: registration+session=1,deregistration=1."
        ),
    ] = "",
    arrivals: Annotated[
        str, typer.Option(help="constant, poisson, burst:K, or a CSV file of seconds to replay.")
    ] = "constant",
    duration: Annotated[float, typer.Option(help="Seconds of load, at each rate.")] = 10.0,
    count: Annotated[int, typer.Option(help="At most so many arrivals.")] = 1_000_000,
    phones: Annotated[int, typer.Option(help="Phones, used again and again.")] = 500,
    gnbs: Annotated[int, typer.Option(help="Emulated gNBs.")] = 1,
    generators: Annotated[int, typer.Option(help="Processes that generate the load.")] = 1,
    window: Annotated[int, typer.Option(help="Phones at work at a time, where there is no rate.")] = 32,
    seed: Annotated[int, typer.Option(help="The same seed gives the same schedule.")] = 1,
    traffic: Annotated[float, typer.Option(help="Pings a second of phones with a session.")] = 0.0,
    steps: Annotated[str, typer.Option(help="A curve: the load at each of these rates, 50,100,200.")] = "",
    find_max: Annotated[
        bool, typer.Option("--find-max", help="Search the highest rate without failure, from --rate on.")
    ] = False,
    limit_ms: Annotated[float, typer.Option(help="The p99 up to which a rate counts as held.")] = 100.0,
    patience: Annotated[float, typer.Option(help="Seconds until a procedure is given up.")] = 10.0,
    amf: Annotated[
        str, typer.Option(help="Another AMF: HOST or HOST:PORT. Default: a core of our own.")
    ] = "",
    pid: Annotated[str, typer.Option(help="Processes of the core to measure, with --amf: 12,34.")] = "",
    no_warm_up: Annotated[
        bool, typer.Option("--no-warm-up", help="Do not measure each procedure alone before a load.")
    ] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything here as JSON.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write a page with plots here.")] = None,
) -> None:
    """Put a load on a core and measure it: without options a standard suite of about ten seconds.

    Times are taken at the phone, from its first message to the network's last. Exit status 1 where anything
    failed.
    """
    from pilot5g.app.bench.ask import Asked, OptionError, measure
    from pilot5g.cli.bench_screen import run

    asked = Asked(
        rate=rate,
        fast=fast,
        mix=mix,
        arrivals=arrivals,
        duration=duration,
        count=count,
        phones=phones,
        gnbs=gnbs,
        generators=generators,
        window=window,
        seed=seed,
        traffic=traffic,
        steps=steps,
        find_max=find_max,
        limit_ms=limit_ms,
        patience=patience,
        amf=amf,
        pid=pid,
        warm_up=not no_warm_up,
    )
    try:
        asked.check()
    except OptionError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(2) from wrong
    raise typer.Exit(run(measure, chosen(config), asked, json_file, html_file))

"""`pilot5g subscriber add|list|show|usage|remove|import` on the SQLite store, also while the network runs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from pilot5g.app.config import Config, ConfigError
from pilot5g.app.config_csv import read_entry, read_subscribers
from pilot5g.app.config_read import Problem
from pilot5g.app.config_values import rate_text, volume_text
from pilot5g.cli.config import ConfigFile, chosen
from pilot5g.model import Supi, supi
from pilot5g.service.nudr import Nudr, Subscriber
from pilot5g.service.store import Table as Contexts
from pilot5g.service.usage import KIND, Used
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore
from pilot5g.store.subscribers import open_subscribers

R = TypeVar("R")

_TABLE_MOST = 1000
"""A table lays out all of its rows before it shows one; a longer list is lines with tabs."""

app = typer.Typer(no_args_is_help=True, help="Add, list, show, remove and import subscribers.")

Imsi = Annotated[str, typer.Argument(help="The IMSI, 6 to 15 digits.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]
Secrets = Annotated[bool, typer.Option("--secrets", help="Show K and OPc.")]


def register(to: typer.Typer) -> None:
    """Add `subscriber` to the command line."""
    to.add_typer(app, name="subscriber")


def _on_store(config: Config, work: Callable[[Nudr], Awaitable[R]]) -> R:
    """Open the store that the configuration names, work on it, close it."""

    async def run() -> R:
        database = Database(config.store.path)
        try:
            return await work(await open_subscribers(database, config.store.key_file, os.urandom))
        finally:
            await database.close()

    return asyncio.run(run())


def _fail(why: str) -> typer.Exit:
    typer.echo(why, err=True)
    return typer.Exit(1)


def _supi(imsi: str) -> Supi:
    try:
        return supi(imsi)
    except ValueError as e:
        raise typer.BadParameter(str(e)) from e


@app.command()
def add(
    imsi: Imsi,
    k: Annotated[str, typer.Option(help="K in hex. Default: a new one, with a new OPc.")] = "",
    opc: Annotated[str, typer.Option(help="OPc (TOPc for tuak) in hex.")] = "",
    op: Annotated[str, typer.Option(help="OP (TOP) in hex, instead of OPc.")] = "",
    algorithm: Annotated[str, typer.Option(help="milenage or tuak.")] = "milenage",
    authentication: Annotated[str, typer.Option(help="5g-aka or eap-aka-prime.")] = "5g-aka",
    amf: Annotated[str, typer.Option(help="Authentication management field in hex.")] = "8000",
    sqn: Annotated[str, typer.Option(help="The last sequence number used.")] = "0",
    slices: Annotated[list[str] | None, typer.Option("--slice", help="A slice; default: all.")] = None,
    dnn: Annotated[list[str] | None, typer.Option(help="A DNN; default: all of the slices.")] = None,
    static_ipv4: Annotated[str, typer.Option(help="A fixed address in the first DNN.")] = "",
    static_ipv6_prefix: Annotated[str, typer.Option(help="A fixed /64 in the first DNN.")] = "",
    framed_route: Annotated[list[str] | None, typer.Option(help="A network behind the phone.")] = None,
    quota: Annotated[
        str, typer.Option(help="What it may use of each data network. Default: what that says.")
    ] = "",
    msisdn: Annotated[str, typer.Option(help="The telephone number, without +.")] = "",
    disabled: Annotated[bool, typer.Option("--disabled", help="Barred until enabled.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a subscriber that is there.")] = False,
    config: ConfigFile = None,
) -> None:
    """Add one subscriber. Without --k, keys are generated; `show --secrets` tells them."""
    network = chosen(config)
    if not k and not opc and not op:
        opc = os.urandom(32 if algorithm.lower() == "tuak" else 16).hex()
    cells = {
        "imsi": imsi,
        "k": k or os.urandom(16).hex(),
        "op": op,
        "opc": opc,
        "algorithm": algorithm,
        "authentication": authentication,
        "amf": amf,
        "sqn": sqn,
        "slices": " ".join(slices or ()),
        "dnn": " ".join(dnn or ()),
        "static_ipv4": static_ipv4,
        "static_ipv6_prefix": static_ipv6_prefix,
        "framed_routes": " ".join(framed_route or ()),
        "quota": quota,
        "msisdn": msisdn,
        "enabled": "no" if disabled else "yes",
    }
    new = read_entry(cells, network, "subscriber add")
    _store_new(network, {0: new}, "subscriber add", replace=replace)
    typer.echo(f"added {new.supi}")


def _store_new(config: Config, new: dict[int, Subscriber], source: str, *, replace: bool) -> None:
    """Put all of them, or none where one is known already and `replace` does not allow it."""

    async def work(nudr: Nudr) -> None:
        if not replace:
            await _refuse_known(nudr, new, source)
        await nudr.put(*new.values())

    _on_store(config, work)


async def _refuse_known(nudr: Nudr, new: dict[int, Subscriber], source: str) -> None:
    """Raises ConfigError that names the line of every subscriber there is already."""
    known = await nudr.known(each.supi for each in new.values())
    if known:
        expected = "a new subscriber (or --replace)"
        there = [(line, f"{each.supi}, known already") for line, each in new.items() if each.supi in known]
        raise ConfigError(source, [Problem("imsi", line, expected, found=found) for line, found in there])


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file with a header row.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, change nothing.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace subscribers that are there.")] = False,
    config: ConfigFile = None,
) -> None:
    """Add the subscribers of a CSV file, all or none.

    The columns imsi, k, and opc or op are needed. These are not: algorithm,
    authentication, amf, sqn, slices, dnn, ue_ambr_uplink, ue_ambr_downlink,
    static_ipv4, static_ipv6_prefix, framed_routes, quota, msisdn, enabled.
    """
    network = chosen(config)
    new = read_subscribers(_text(file), network, str(file))
    if not dry_run:
        _store_new(network, new, str(file), replace=replace)
        typer.echo(f"imported {len(new)} subscribers")
        return
    if not replace and Path(network.store.path).exists():
        _on_store(network, lambda nudr: _refuse_known(nudr, new, str(file)))
    typer.echo(f"{len(new)} subscribers could be imported; nothing was changed")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as e:
        raise _fail(f"{file} is not UTF-8 text") from e
    except OSError as e:
        raise _fail(f"{file} cannot be read: {e.strerror}") from e


@app.command("list")
def list_(as_json: AsJson = False, secrets: Secrets = False, config: ConfigFile = None) -> None:
    """List every subscriber."""
    every = _on_store(chosen(config), _every)
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode([_plain(each, secrets) for each in every])))
        return
    if len(every) > _TABLE_MOST:
        typer.echo("\n".join("\t".join(_summary(each)) for each in every))
        return
    table = Table(title=f"{len(every)} subscriber{'' if len(every) == 1 else 's'}", title_justify="left")
    for heading in ("SUPI", "MSISDN", "algorithm", "slices", "data networks", "SQN", "enabled"):
        table.add_column(heading, overflow="fold")
    for each in every:
        table.add_row(*_summary(each))
    _console().print(table)


async def _every(nudr: Nudr) -> list[Subscriber]:
    return [each async for each in nudr.subscribers()]


def _summary(each: Subscriber) -> tuple[str, ...]:
    dnns = dict.fromkeys(dnn for data in each.sessions for dnn in data.dnns)
    return (
        each.supi,
        each.msisdn or "",
        each.authentication.algorithm,
        ", ".join(map(str, each.access.slices)),
        ", ".join(dnns),
        str(each.authentication.sqn),
        "yes" if each.enabled else "no",
    )


def _console() -> Console:
    """As wide as the terminal; wide enough for every column where the output goes to a file or a pipe."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=200)


@app.command()
def show(imsi: Imsi, secrets: Secrets = False, as_json: AsJson = False, config: ConfigFile = None) -> None:
    """Show one subscriber whole. K and OPc only with --secrets."""
    wanted = _supi(imsi)
    found = _on_store(chosen(config), lambda nudr: nudr.get(wanted))
    if found is None:
        raise _fail(f"{wanted} is not a subscriber")
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(_plain(found, secrets))))
        return
    table = Table(show_header=False, title=found.supi, title_justify="left")
    for name, value in _details(found, secrets):
        table.add_row(name, value)
    _console().print(table)


def _plain(each: Subscriber, secrets: bool) -> dict[str, Any]:
    """As JSON has it: octets in hex, slices as in the configuration, keys only where wanted."""
    how = each.authentication
    keys = {"k": how.k.hex(), "opc": how.opc.hex()} if secrets else {}
    return {
        "supi": each.supi,
        "msisdn": each.msisdn,
        "enabled": each.enabled,
        "authentication": {
            "method": how.method,
            "algorithm": how.algorithm,
            "amf": how.amf.hex(),
            "sqn": how.sqn,
            **keys,
        },
        "slices": [str(one) for one in each.access.slices],
        "ue_ambr": each.access.ue_ambr,
        "sessions": [
            {"slice": str(data.slice), "default_dnn": data.default_dnn, "dnns": data.dnns}
            for data in each.sessions
        ],
    }


def _details(each: Subscriber, secrets: bool) -> list[tuple[str, str]]:
    how, ambr = each.authentication, each.access.ue_ambr
    rows = [
        ("MSISDN", each.msisdn or "none"),
        ("enabled", "yes" if each.enabled else "no: every registration is refused"),
        ("authentication", f"{how.method}, {how.algorithm}, AMF {how.amf.hex()}"),
        ("SQN", f"{how.sqn} (SEQ {how.sqn >> 5}, IND {how.sqn & 31})"),
        ("K", how.k.hex() if secrets else "hidden: --secrets shows it"),
        ("TOPc" if how.algorithm == "tuak" else "OPc", how.opc.hex() if secrets else "hidden"),
        ("UE-AMBR", f"{rate_text(ambr.uplink)} up, {rate_text(ambr.downlink)} down"),
        ("slices", ", ".join(map(str, each.access.slices))),
    ]
    for data in each.sessions:
        for dnn, allowed in data.dnns.items():
            types = ", ".join(kind.name.lower() for kind in allowed.allowed_types)
            fixed = [one for one in (allowed.static_ipv4, allowed.static_ipv6_prefix) if one]
            text = f"{types}; 5QI {allowed.qos.five_qi}; {', '.join(fixed) or 'address from the pool'}"
            if allowed.framed_routes:
                text += f"; behind the phone {', '.join(allowed.framed_routes)}"
            if allowed.quota is not None:
                text += f"; quota {volume_text(allowed.quota)}"
            rows.append((f"{dnn} in slice {data.slice}", text))
    return rows


@app.command()
def usage(imsi: Annotated[str, typer.Argument(help="The IMSI.")], config: ConfigFile = None) -> None:
    """Show what a subscriber has used of each data network that is measured.

    A session that is open adds to it when it reports, and when it ends.
    """
    settings, whose = chosen(config), _supi(imsi)

    async def read() -> dict[str, Used]:
        store = SqliteStore(Database(settings.store.path))
        try:
            return await Contexts(store, KIND, Used).load()
        finally:
            await store.close()

    every = {name: used for name, used in asyncio.run(read()).items() if name.startswith(f"{whose}/")}
    if not every:
        typer.echo(f"nothing is known of what {whose} has used")
    for name, used in every.items():
        dnn = name.partition("/")[2]
        typer.echo(f"{dnn}: {used.uplink} octets up, {used.downlink} down")


@app.command()
def remove(
    imsis: Annotated[list[str], typer.Argument(help="One IMSI or several.")], config: ConfigFile = None
) -> None:
    """Remove subscribers. One that is not there is an error; the others are removed all the same."""
    wanted = [_supi(each) for each in imsis]

    async def work(nudr: Nudr) -> list[Supi]:
        return [each for each in wanted if not await nudr.remove(each)]

    missing = _on_store(chosen(config), work)
    for each in wanted:
        gone = each not in missing
        typer.echo(f"removed {each}" if gone else f"{each} is not a subscriber", err=not gone)
    if missing:
        raise typer.Exit(1)

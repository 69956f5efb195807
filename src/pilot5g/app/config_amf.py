"""What the configuration says of the AMFs: the first, and any beside it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pilot5g.app import config_values as v


class Overload(msgspec.Struct, frozen=True, kw_only=True):
    """When the AMF refuses new phones because it has too much to do, and when they may come back
    (TS 24.501 5.3.9). Phones with priority, and those that are called, are always let in."""

    busy_percent: Annotated[int, v.integer(1, 100, 97)] = 97
    """Part of the time in which the core has had work, from which on fewer are let in."""
    late: v.Seconds = 0.02
    """The same of the event loop's lateness."""
    at_least: Annotated[int, v.integer(1, 100_000, 64)] = 64
    """So many new phones may be under way at a time, whatever the load."""
    back_off_from: Annotated[int, v.integer(2, 11_160, 60)] = 60
    """T3346 of refused phones is drawn from this many seconds on."""
    back_off_to: Annotated[int, v.integer(2, 11_160, 300)] = 300
    """To this many."""


class Tnl(msgspec.Struct, frozen=True, kw_only=True):
    """A further address of an AMF on N2, for associations that share the load (TS 38.412 7)."""

    address: v.Address
    weight: Annotated[int, v.integer(0, 255, 1)] = 1
    """Of phones' signalling, in comparison with the others; the first address has 1."""


class Amf(msgspec.Struct, frozen=True, kw_only=True):
    """How the AMF names itself to radios (TS 38.413 9.2.6.2) and in every 5G-GUTI (TS 23.003 2.10.1)."""

    name: v.Name = "amf-1"
    region: Annotated[int, v.integer(0, 255, 1)] = 1
    set: Annotated[int, v.integer(0, 1023, 1)] = 1
    pointer: Annotated[int, v.integer(0, 63, 1)] = 1
    relative_capacity: Annotated[int, v.integer(0, 255, 255)] = 255
    tracking_areas: tuple[v.Tac, ...] = ()
    """That it serves, where there are several AMFs. Default: all of the network."""
    slices: tuple[v.Slice, ...] = ()
    """Default: every slice of the network."""
    overload: Overload = Overload()
    tnls: tuple[Tnl, ...] = ()


class FurtherAmf(msgspec.Struct, frozen=True, kw_only=True):
    """An AMF beside `amf`, with the rest of the core in common. Those of one set stand in for each other
    (TS 23.501 5.21)."""

    name: v.Name = ""
    """Default: amf-2, amf-3, …"""
    region: Annotated[int, v.integer(0, 255, 1)] = -1
    """Default: that of `amf`."""
    set: Annotated[int, v.integer(0, 1023, 1)] = -1
    """Default: that of `amf`."""
    pointer: Annotated[int, v.integer(0, 63, 2)] = -1
    """Default: 2, 3, …"""
    relative_capacity: Annotated[int, v.integer(0, 255, 255)] = 255
    n2_address: v.Address = ""
    """Where it listens, at the port of `n2`. Default: 127.0.0.221, 127.0.0.222, …"""
    process: Annotated[
        str,
        v.choice("whose process it is in", {"core": "core", "own": "own"}, "own"),
    ] = "core"
    """`core`: with the rest of the core; `own`: apart, by `pilot5g amf`."""
    tnls: tuple[Tnl, ...] = ()
    sbi_address: v.Address = ""
    """From where it connects to the core, if it is a process of its own. Default: its n2_address."""
    tracking_areas: tuple[v.Tac, ...] = ()
    """Default: all of the network."""
    slices: tuple[v.Slice, ...] = ()
    """Default: every slice of the network."""


class Sbi(msgspec.Struct, frozen=True, kw_only=True):
    """Where AMFs that are processes of their own find the rest of the core. For a network you trust: keys of
    phones pass here in the clear."""

    address: v.Address = "127.0.0.8"
    port: v.Port = 7777

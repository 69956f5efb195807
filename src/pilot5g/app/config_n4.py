"""What the configuration says of UPFs elsewhere: where they are on N4, and which of them sessions go by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from pilot5g.app import config_values as v


class FurtherUpf(msgspec.Struct, frozen=True, kw_only=True):
    """One more UPF of this core."""

    address: v.Address
    """Of the UPF, on N4."""
    dnns: tuple[v.Dnn, ...] = ()
    """The data networks whose sessions it serves; for an anchor alone there may be none."""


class N4(msgspec.Struct, frozen=True, kw_only=True):
    """Between SMF and UPF (TS 29.244), where the UPF is a process of its own."""

    upf: Annotated[
        str,
        v.choice("where the UPF is", {"inside": "inside", "external": "external"}, "external"),
    ] = "inside"
    """`inside`: in the core's process, without a word on any wire; `external`: elsewhere, over PFCP, for
    example `pilot5g upf`."""
    smf_address: v.Address = "127.0.0.6"
    """Of the core, on N4."""
    upf_address: v.Address = "127.0.0.7"
    """Of the UPF, on N4."""
    others: tuple[FurtherUpf, ...] = ()
    """More UPFs. What none of them serves is served by the one at `upf_address`."""
    port: v.Port = 8805
    peers: tuple[v.Address, ...] = ()
    """Further SMFs that `pilot5g upf` answers, beside `smf_address`."""

    def upf_of(self, dnn: str) -> str:
        """The N4 address of the UPF that serves a data network."""
        return next((each.address for each in self.others if dnn in each.dnns), self.upf_address)

    @property
    def upfs(self) -> tuple[str, ...]:
        """Every UPF's N4 address."""
        return tuple(dict.fromkeys((self.upf_address, *(each.address for each in self.others))))


class Classifier(msgspec.Struct, frozen=True, kw_only=True):
    """An uplink classifier (TS 23.501 5.6.4.2): the UPF that serves the data network sends what is for the
    `local` networks out there, and all else over N9 to an anchor, by whose N6 the phones are reached."""

    anchor: v.Address | None = None
    """The N4 address of the UPF that is the anchor. None: there is no classifier."""
    local: tuple[v.FramedRoute, ...] = ()


def upf_faults(n4: N4, classifiers: dict[str, Classifier]) -> Iterator[tuple[str, ...]]:
    """What contradicts what, of UPFs. `classifiers`: by the DNN of each data network."""
    if n4.others and n4.upf != "external":
        yield "n4.others", "`n4.upf: external`, for more than one UPF", "external", n4.upf
    known: set[str] = set()
    for i, each in enumerate(n4.others):
        for dnn in each.dnns:
            if dnn not in classifiers:
                yield f"n4.others[{i}].dnns", "a DNN of `data_networks`", ", ".join(classifiers), dnn
            elif dnn in known:
                yield f"n4.others[{i}].dnns", "each DNN at one UPF", "", dnn
            known.add(dnn)
    for i, (dnn, way) in enumerate(classifiers.items()):
        key = f"data_networks[{i}].classifier"
        if way.anchor is None:
            if way.local:
                yield f"{key}.anchor", "the UPF that is the anchor", n4.upfs[-1], "none"
        elif way.anchor not in n4.upfs or way.anchor == n4.upf_of(dnn):
            yield f"{key}.anchor", "another UPF, of `n4.others`", n4.upfs[-1], way.anchor
        elif not way.local:
            yield f"{key}.local", "the networks that are reached without the anchor", "192.0.2.0/24", "none"

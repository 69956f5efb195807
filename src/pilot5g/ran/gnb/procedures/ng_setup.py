"""NG Setup: the first procedure on every association (TS 38.413 8.7.1)."""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Owner, Verdict
from pilot5g.flow.timer import Timer
from pilot5g.ran.gnb.bearers import SEMANTIC, Cause
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.ng import AmfInfo, Ng
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.words import setup_refused
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.values import (
    gnb_id_to,
    guami_from,
    nssai_from,
    nssai_to,
    plmn_from,
    plmn_to,
    tac_to,
)

PATIENCE = {"v1s": 1.0, "v2s": 2.0, "v5s": 5.0, "v10s": 10.0, "v20s": 20.0, "v60s": 60.0}
"""Time to Wait in seconds (TS 38.413 9.3.1.56)."""
UNASKED_WAIT = 10.0
"""Seconds before the next attempt where the AMF named no time."""


class Unusable(msgspec.Struct, frozen=True):
    """The AMF's answer could not be used, or the AMF could not use what it was sent (10.3)."""

    cause: Cause | None
    reason: str


class Again(msgspec.Struct, frozen=True):
    """Somebody wants the next attempt now."""


class Node(Protocol):
    """The gNB as the procedures that concern no UE see it."""

    site: Site
    ng: Ng
    owner: Owner

    def in_service(self, amf: AmfInfo) -> None:
        """NG Setup succeeded."""
        ...

    def give_up(self, reason: str) -> None:
        """This association leads nowhere: begin anew."""
        ...

    def turned_away(self) -> None:
        """NG Setup was refused; it will be tried again."""
        ...


class NgSetup:
    """Ask until the AMF agrees; the wait it asks for is kept (TS 38.413 8.7.1.3)."""

    def __init__(self, node: Node) -> None:
        self.node = node

    async def run(self) -> None:
        node = self.node
        timer = node.site.config.timers["X-N2-SETUP"]
        request = setup_request(node.site)
        while True:
            try:
                answer = await node.owner.ask(
                    lambda: node.ng.send(request),
                    m.NGSetupResponse,
                    m.NGSetupFailure,
                    Unusable,
                    timer=timer,
                )
            except TimerExpired:
                node.give_up("the AMF did not answer NG Setup")
                return
            if isinstance(answer, m.NGSetupResponse):
                usable = amf_info(answer)
                if isinstance(usable, AmfInfo):
                    node.in_service(usable)
                    return
                answer = usable
            await self._wait(answer)

    async def _wait(self, answer: m.NGSetupFailure | Unusable) -> None:
        site = self.node.site
        wait = UNASKED_WAIT
        if isinstance(answer, Unusable):
            reason, fix = answer.reason, "compare both ends' capture with TS 38.413 9.2.6"
        else:
            reason, fix = setup_refused(site.config, answer.cause)
            wait = PATIENCE.get(answer.time_to_wait or "", UNASKED_WAIT)
        self.node.ng.trouble = f"NG Setup was refused: {reason}" + (f" (to fix: {fix})" if fix else "")
        site.journal.refuse(
            site.config.name,
            f"NG Setup was refused; the next attempt is in {wait:g} s",
            cause=answer.cause[1] if answer.cause else "",
            reason=reason,
            fix=fix,
        )
        self.node.turned_away()
        try:
            await self.node.owner.wait(Again, timer=Timer("X-WAIT", wait, 1, "TS 38.413 8.7.1.3"))
        except TimerExpired:
            return

    def collide(self, event: Any) -> Verdict:
        """NG Setup comes first; what else the radio wants of the AMF waits (8.7.1.1)."""
        return Verdict.IGNORE if isinstance(event, Unusable | Again) else Verdict.LATER


def setup_request(site: Site) -> m.NGSetupRequest:
    """NG Setup Request (TS 38.413 9.2.6.1)."""
    config = site.config
    return m.NGSetupRequest(
        global_ran_node_id=gnb_id_to(config.identity),
        ran_node_name=config.name,
        supported_ta_list=supported_tas(config),
        default_paging_drx=f"v{config.paging_drx}",
    )


def supported_tas(config: GnbConfig) -> list[dict[str, Any]]:
    """Supported TA List (TS 38.413 9.2.6.1)."""
    plmns = [
        {"pLMNIdentity": plmn_to(plmn), "tAISliceSupportList": nssai_to(config.slices)}
        for plmn in config.plmns
    ]
    return [{"tAC": tac_to(config.tac), "broadcastPLMNList": plmns}]


def amf_info(response: m.NGSetupResponse) -> AmfInfo | Unusable:
    """What the AMF said of itself, or why that cannot be."""
    try:
        return AmfInfo(
            name=response.amf_name,
            guamis=guamis_of(response.served_guami_list),
            capacity=response.relative_amf_capacity,
            slices=slices_of(response.plmn_support_list),
        )
    except DecodeError as error:
        return Unusable(SEMANTIC, f"NG Setup Response: {error}")


def guamis_of(value: list[dict[str, Any]]) -> tuple[Any, ...]:
    """Served GUAMI List. Raises DecodeError."""
    return tuple(guami_from(item["gUAMI"]) for item in value)


def slices_of(value: list[dict[str, Any]]) -> dict[Any, tuple[Any, ...]]:
    """PLMN Support List. Raises DecodeError."""
    return {plmn_from(item["pLMNIdentity"]): nssai_from(item["sliceSupportList"]) for item in value}

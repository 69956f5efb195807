"""RAN Configuration Update (TS 38.413 8.7.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pilot5g.flow.errors import Stopped
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.procedures.ng_reset import Asking
from pilot5g.ran.gnb.procedures.ng_setup import supported_tas
from pilot5g.ran.gnb.ue import text_of
from pilot5g.wire.ngap import messages as m


class RanConfigurationUpdate:
    """The radio's name, areas or slices changed. Refused, it goes on with what it had."""

    def __init__(self, n2: Asking, config: GnbConfig, done: Callable[[bool], None]) -> None:
        self.n2 = n2
        self.config = config
        self.done = done

    async def run(self) -> None:
        site, config = self.n2.site, self.config
        message = m.RANConfigurationUpdate(
            ran_node_name=config.name,
            supported_ta_list=supported_tas(config),
            default_paging_drx=f"v{config.paging_drx}",
        )
        try:
            answer = await self.n2.owner.ask(
                lambda: self.n2.ng.send(message),
                m.RANConfigurationUpdateAcknowledge,
                m.RANConfigurationUpdateFailure,
                timer=site.config.timers["X-N2"],
            )
        except Stopped as stopped:
            site.note(f"RAN Configuration Update had no answer: {stopped}")
            self.done(False)
            return
        if isinstance(answer, m.RANConfigurationUpdateFailure):
            site.journal.refuse(
                site.config.name,
                "RAN Configuration Update was refused",
                cause=text_of(answer.cause),
                reason="the AMF does not take the new areas or slices",
                fix="compare them with those of the AMF",
            )
            self.done(False)
            return
        site.config = config
        self.done(True)

    def collide(self, event: Any) -> Verdict:
        return Verdict.LATER

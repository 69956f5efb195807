"""NG Reset by the radio (TS 38.413 8.7.4.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from pilot5g.flow.errors import Stopped
from pilot5g.flow.procedure import Owner, Verdict
from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.ng import Ng
from pilot5g.ran.gnb.reset import reset_of
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.ue import Ue, text_of
from pilot5g.wire.ngap import messages as m


class Asking(Protocol):
    """The NG interface as a procedure that asks the AMF something sees it."""

    site: Site
    ng: Ng
    owner: Owner


class NgReset:
    """Some connections or all (None) are gone here: the AMF is to forget them too."""

    def __init__(
        self, n2: Asking, ues: Sequence[Ue] | None, cause: Cause, done: Callable[[bool], None]
    ) -> None:
        self.n2 = n2
        self.ues = ues
        self.cause = cause
        self.done = done

    async def run(self) -> None:
        site = self.n2.site
        reset = reset_of(self.ues, self.cause)
        for ue in self.n2.ng.ues if self.ues is None else self.ues:
            ue.drop(f"NG Reset: {text_of(self.cause)}")
        timer = site.config.timers["X-N2"]
        try:
            await self.n2.owner.ask(lambda: self.n2.ng.send(reset), m.NGResetAcknowledge, timer=timer)
        except Stopped as stopped:
            site.note(f"NG Reset was not acknowledged: {stopped}")
            self.done(False)
        else:
            self.done(True)

    def collide(self, event: Any) -> Verdict:
        return Verdict.LATER

"""Phones without traffic are sent to idle (TS 38.413 8.3.2, cause user inactivity).

There is no timer per packet, nor per phone: traffic only notes the time, and one alarm per gNB looks when the
first phone could be due. Looks are at least a twentieth of the time apart, so a phone is idle that much late
at most and a look at all phones is rare.
"""

from __future__ import annotations

from pilot5g.flow.timer import Alarm
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.ue import Deactivate, Idle, Ue

SLACK = 0.05


class Inactivity:
    """Watches the connected phones of one gNB; without phones nothing runs."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._alarm = Alarm()
        self._watching = False

    def watch(self) -> None:
        """A phone connected."""
        if not self._watching and self._site.config.inactivity > 0:
            self._watching = True
            self._alarm.start(self._site.config.inactivity, self._look)

    def stop(self) -> None:
        """Watch no more."""
        self._watching = False
        self._alarm.stop()

    def _look(self) -> None:
        site = self._site
        patience = site.config.inactivity
        now = site.now()
        waiting = [ue for ue in site.ues if not self._due(ue, now - patience)]
        if not waiting:
            self._watching = False
            return
        first = min(ue.last_traffic() for ue in waiting) + patience - now
        self._alarm.start(max(first, patience * SLACK), self._look)

    def _due(self, ue: Ue, since: float) -> bool:
        """Whether its release was asked for now. A phone with a procedure under way is not idle."""
        if ue.last_traffic() > since or ue.owner.busy:
            return False
        self._site.counters.inactive += 1
        ue.deliver(Deactivate() if self._site.config.rrc_inactive and ue.tunnels else Idle())
        return True

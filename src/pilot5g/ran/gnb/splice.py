"""In order over a handover: first what the source gNB passes on, then what the UPF sends here by itself.

The UPF ends the old path with an end marker, which the source passes on behind the last packet. Until it is
here, or the time is up, fresh packets wait (TS 38.300 9.2.3.2.3, TS 23.501 5.8.2.9).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.flow.timer import Alarm
from pilot5g.ran.gnb.userplane import Tunnel

if TYPE_CHECKING:
    from pilot5g.ran.gnb.context import Session
    from pilot5g.ran.gnb.ue import Ue

HELD = 1000
"""Fresh packets of a session that may wait; what comes beyond is lost, and counted."""


class Splice:
    """The two downlink tunnels of one session at its target. Takes itself out of the way when one is left."""

    __slots__ = ("_alarm", "_forwarding", "_fresh", "_held", "_ue", "teid")

    def __init__(self, ue: Ue, session: Session, fresh: Tunnel, teid: int) -> None:
        """`fresh` is the tunnel to the UPF; the source is to forward to `teid`."""
        self._ue = ue
        self._fresh = fresh
        self._held: list[bytes] = []
        self._alarm = Alarm()
        self.teid = teid
        self._forwarding = ue.site.userplane.receive_forwarded(session, teid, _Forwarded(self, ue))
        fresh.user = self

    def path_switched(self, seconds: float) -> None:
        """The UPF sends here from now on: the end marker is due within so long."""
        if self._fresh.user is self:
            self._alarm.start(seconds, self.end)

    def end(self) -> None:
        """What was forwarded is all here: what waited follows, and this splice is no more."""
        if self._fresh.user is self:
            self._fresh.user = self._ue
            held, self._held = self._held, []
            if held:
                self._ue.on_downlink(self._fresh.session_id, held)
        self.close()

    def close(self) -> None:
        """Forget it, with what waits."""
        self._alarm.stop()
        self._fresh.go_on(0, self._forwarding.downs)
        self._ue.site.userplane.close(self._forwarding)
        self._ue.splices.pop(self._fresh.session_id, None)

    # -- of the fresh tunnel

    def on_downlink(self, pdu_session_id: int, packets: list[bytes]) -> None:
        """From the UPF."""
        room = HELD - len(self._held)
        self._held += packets[:room]
        self._ue.site.userplane.lose_down(len(packets) - room)

    def on_tunnel_refused(self, pdu_session_id: int) -> None:
        """The UPF does not know the uplink tunnel."""
        self._ue.on_tunnel_refused(pdu_session_id)

    def on_end_marker(self, pdu_session_id: int) -> None:
        """The UPF moves the session on already."""


class _Forwarded:
    """The user of the forwarding tunnel."""

    __slots__ = ("_splice", "_ue")

    def __init__(self, splice: Splice, ue: Ue) -> None:
        self._splice = splice
        self._ue = ue

    def on_downlink(self, pdu_session_id: int, packets: list[bytes]) -> None:
        self._ue.on_downlink(pdu_session_id, packets)

    def on_tunnel_refused(self, pdu_session_id: int) -> None:
        """Nothing goes up this tunnel."""

    def on_end_marker(self, pdu_session_id: int) -> None:
        self._splice.end()

"""What a UPF asks of the thing that moves packets, whichever it is (userspace here, eBPF beside it).

The UPF keeps the N4 sessions and checks them; a data path gets complete sessions and applies them at once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import msgspec

from pilot5g.service.n4 import FTeid, Session, Usage


class DatapathReports(Protocol):
    """What a data path tells the UPF."""

    def downlink_data(self, seid: int, pdr_id: int, qfi: int | None) -> None:
        """First downlink packet buffered for a FAR with BUFF and NOCP since the FAR was (re)installed."""
        ...

    def error_indication(self, seid: int, remote: FTeid) -> None: ...
    def usage(self, seid: int, usage: Usage) -> None: ...
    def inactive(self, seid: int) -> None:
        """No packet for the time that the session says; once, and again after packets came."""
        ...


class Counters(msgspec.Struct):
    """What the data path did since it started; packets unless said otherwise."""

    uplink: int = 0
    uplink_octets: int = 0
    downlink: int = 0
    downlink_octets: int = 0
    buffered: int = 0
    dropped_unknown_source: int = 0
    """Of nobody who may send to N3, where that is limited."""
    dropped_unknown_teid: int = 0
    dropped_no_session: int = 0
    dropped_spoofed: int = 0
    dropped_no_rule: int = 0
    """Of a known session, and no PDR matches."""
    dropped_by_rule: int = 0
    """A FAR says drop."""
    dropped_gate: int = 0
    dropped_rate: int = 0
    """The queue of a rate was full."""
    dropped_quota: int = 0
    dropped_too_big: int = 0
    dropped_ue_to_ue: int = 0
    dropped_buffer_full: int = 0
    malformed: int = 0
    hostile: dict[str, int] = {}
    """What was malformed, by the reason's name (`datapath.hostile`)."""
    shaped: int = 0
    """Waited in a queue for its rate."""
    too_big_answered: int = 0
    fragmented: int = 0
    echo_answered: int = 0
    error_indications_sent: int = 0
    error_indications_received: int = 0
    end_markers_sent: int = 0
    link_local: int = 0
    """IPv6 packets of the phone's own link (solicitations, multicast listener reports): not forwarded."""
    router_advertisements: int = 0


class Datapath(Protocol):
    """Rules to packets."""

    def attach(self, reports: DatapathReports) -> None:
        """Say who hears of downlink data, error indications and usage; before any session."""
        ...

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> tuple[Usage, ...]:
        """Apply a session whole: new, or in place of the one with its SEID. Packets buffered for a FAR that
        now forwards leave in order, before any newer packet. `end_markers`: ids of FARs whose *old* tunnel
        gets an End Marker first (TS 29.281 7.3.2). A FAR that changed notifies again; one that was given
        again though equal does where `reinstalled` has its id (paging failed, and data may come again).
        Gives what was measured by URRs that the session no longer has.

        Raises N4Error where a rule cannot be applied (a filter, a DNN without N6, a TEID of another
        session): then nothing has changed.
        """
        ...

    def query(self, seid: int, urr_ids: Collection[int]) -> tuple[Usage, ...]:
        """What these URRs of a session measured since they last reported; they begin anew."""
        ...

    def remove(self, seid: int) -> tuple[Usage, ...]:
        """Forget a session, drop what it buffered, and give what its URRs measured."""
        ...

    @property
    def counters(self) -> Counters: ...
    def close(self) -> None: ...

"""Public warnings at a gNB: which of its cells broadcast what (TS 38.413 8.9, TS 23.041 9.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.flow.clock import now
from pilot5g.model import NrCgi, Tai
from pilot5g.ran.radio import Cell
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import criticality_diagnostics
from pilot5g.wire.ngap.values import GnbId, gnb_id_to, nr_cgi_from, nr_cgi_to, tai_from, tai_to

if TYPE_CHECKING:
    from pilot5g.ran.gnb.ng import Ng

MOST = 65535
"""Broadcasts that an answer can count (TS 38.413 9.3.1.45)."""


class OnAir(msgspec.Struct, frozen=True, kw_only=True):
    """A warning in some cells, sent every `period` seconds, `wanted` times or (0) until it is cancelled."""

    contents: bytes
    cells: tuple[NrCgi, ...]
    since: float
    period: int
    wanted: int

    @property
    def broadcasts(self) -> int:
        """How often each cell has sent it by now."""
        if not self.period:
            return 1
        sent = 1 + int((now() - self.since) / self.period)
        return min(sent, self.wanted or sent, MOST)


class Warnings:
    """Those of one gNB, by message identifier and serial number."""

    def __init__(self) -> None:
        self.cells: tuple[Cell, ...] = ()
        self.on_air: dict[tuple[int, int], OnAir] = {}

    def write_replace(self, ng: Ng, request: m.WriteReplaceWarningRequest) -> None:
        """TS 38.413 8.9.1.2. The same message again is answered as at first and broadcast no more often; a
        new serial number replaces the old of its message, unless both are wanted at once."""
        area = _cells(self.cells, request.warning_area_list)
        identifier, serial = request.message_identifier[0], request.serial_number[0]
        if area and (identifier, serial) not in self.on_air:
            if request.concurrent_warning_message_ind is None:
                for other in [each for each in self.on_air if each[0] == identifier]:
                    del self.on_air[other]
            self.on_air[identifier, serial] = OnAir(
                contents=request.warning_message_contents or b"",
                cells=area,
                since=now(),
                period=request.repetition_period,
                wanted=request.number_of_broadcasts_requested,
            )
        ng.send(
            m.WriteReplaceWarningResponse(
                message_identifier=request.message_identifier,
                serial_number=request.serial_number,
                broadcast_completed_area_list=_completed(area),
                criticality_diagnostics=criticality_diagnostics(request, in_answer=True) or None,
            )
        )

    def cancel(self, ng: Ng, request: m.PWSCancelRequest) -> None:
        """TS 38.413 8.9.2.2: in these cells, in all without an area; with an indication every warning."""
        area = frozenset(_cells(self.cells, request.warning_area_list))
        named = (request.message_identifier[0], request.serial_number[0])
        every = request.cancel_all_warning_messages is not None
        stopped = [
            {"nR-CGI": nr_cgi_to(cell), "numberOfBroadcasts": warning.broadcasts}
            for each, warning in list(self.on_air.items())
            if every or each == named
            for cell in self._stop(each, warning, area)
        ]
        ng.send(
            m.PWSCancelResponse(
                message_identifier=request.message_identifier,
                serial_number=request.serial_number,
                broadcast_cancelled_area_list=("cellIDCancelledNR", stopped) if stopped else None,
                criticality_diagnostics=criticality_diagnostics(request, in_answer=True) or None,
            )
        )

    def restart(self, ng: Ng, whose: GnbId) -> None:
        """What was on the air is lost, and is to be told again (TS 38.413 8.9.3)."""
        self.on_air.clear()
        cells = [nr_cgi_to(cell.cgi) for cell in self.cells]
        ng.send(
            m.PWSRestartIndication(
                cell_id_list_for_restart=("nR-CGIListforRestart", cells),
                global_ran_node_id=gnb_id_to(whose),
                tai_list_for_restart=[tai_to(tai) for tai in {cell.tai: None for cell in self.cells}],
            )
        )

    def _stop(self, which: tuple[int, int], warning: OnAir, area: frozenset[NrCgi]) -> tuple[NrCgi, ...]:
        """Off the air in an area; where it was."""
        left = tuple(cell for cell in warning.cells if cell not in area)
        if left:
            self.on_air[which] = msgspec.structs.replace(warning, cells=left)
        else:
            del self.on_air[which]
        return tuple(cell for cell in warning.cells if cell in area)


def _cells(cells: Iterable[Cell], area: tuple[str, Any] | None) -> tuple[NrCgi, ...]:
    """This gNB's cells of a warning area; emergency areas are not configured. Raises DecodeError."""
    match area:
        case None:
            return tuple(cell.cgi for cell in cells)
        case ("tAIListForWarning", items):
            tais: set[Tai] = {tai_from(item) for item in items}
            return tuple(cell.cgi for cell in cells if cell.tai in tais)
        case ("nR-CGIListForWarning", items):
            named = {nr_cgi_from(item) for item in items}
            return tuple(cell.cgi for cell in cells if cell.cgi in named)
    return ()


def _completed(area: tuple[NrCgi, ...]) -> tuple[str, Any] | None:
    return ("cellIDBroadcastNR", [{"nR-CGI": nr_cgi_to(cell)} for cell in area]) if area else None

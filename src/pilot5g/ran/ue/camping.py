"""Which cell a phone camps on, and why not on the others (TS 38.304 4.5, 5.2, 5.3).

A cell is suitable that is of the SIM's network or an equivalent one, is in no forbidden area, is not barred,
and is in service. The phone stays where it is while that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pilot5g.flow.journal import Journal
from pilot5g.model import NrCgi, STmsi
from pilot5g.ran.radio import Cell, NoCell, PhoneRadio
from pilot5g.ran.ue.alarms import Alarms
from pilot5g.ran.ue.config import PhoneConfig
from pilot5g.ran.ue.context import PhoneContext


def _nothing() -> Sequence[Cell]:
    """No other cell."""
    return ()


BARRED = 300.0
"""Seconds a cell whose network is not genuine is treated as barred (TS 38.304 5.3.1)."""


class Camping:
    """The cells a phone hears, and the one it camps on."""

    __slots__ = (
        "_alarms", "_barred", "_config", "_context", "_journal", "_name", "_radio", "cell", "cells",
        "hears",
    )  # fmt: skip

    def __init__(
        self,
        config: PhoneConfig,
        context: PhoneContext,
        radio: PhoneRadio,
        alarms: Alarms,
        journal: Journal,
        cells: Iterable[Cell],
    ) -> None:
        self._config = config
        self._context = context
        self._radio = radio
        self._alarms = alarms
        self._journal = journal
        self._barred: frozenset[NrCgi] = frozenset()
        self._name: STmsi | None = None
        self.cells = list(cells)
        self.hears: Callable[[], Sequence[Cell]] = _nothing
        """What else is on the air where it is, the best first."""
        self.cell: Cell | None = None

    def select(self) -> Cell:
        """The cell camped on if it is still suitable, else the first that is. Raises NoCell with reasons."""
        if self.cell is not None and self.unsuitable(self.cell) is None:
            return self.cell
        heard = (*self.cells, *self.hears())
        for cell in heard:
            if self.unsuitable(cell) is None:
                self.move(cell)
                return cell
        if not heard:
            raise NoCell(f"{self._config.name} hears no cell")
        why = "; ".join(dict.fromkeys(f"{cell.tai} {self.unsuitable(cell)}" for cell in heard))
        raise NoCell(f"{self._config.name} finds no suitable cell: {why}")

    def camp_on_any(self) -> None:
        """Camp on an acceptable cell, for limited service: one in service that is not barred, of whatever
        network (TS 38.304 4.5, 5.2.8)."""
        if self.cell is not None and self._acceptable(self.cell):
            return
        for cell in (*self.cells, *self.hears()):
            if self._acceptable(cell):
                self.move(cell)
                return

    def acceptable(self) -> Cell:
        """A suitable cell, else one that will do for an emergency call. Raises NoCell."""
        try:
            return self.select()
        except NoCell:
            self.camp_on_any()
            if self.cell is None or not self._acceptable(self.cell):
                raise
            return self.cell

    def _acceptable(self, cell: Cell) -> bool:
        return cell.in_service and cell.cgi not in self._barred

    def move(self, cell: Cell) -> None:
        """Camp there, and nowhere else."""
        self.leave()
        if cell not in self.cells:
            self.cells.append(cell)
        self.cell = cell
        cell.camp(self._radio)
        self.listen()

    def leave(self) -> None:
        """Camp nowhere."""
        if self.cell is not None:
            self.cell.listen_for(self._radio, None, self._name)
            self.cell.leave(self._radio)
            self.cell = self._name = None

    def listen(self) -> None:
        """Be paged by the 5G-GUTI there is now (TS 24.501 5.6.2.2.1)."""
        guti = self._context.guti
        name = guti.s_tmsi if guti is not None else None
        if self.cell is not None and name != self._name:
            self.cell.listen_for(self._radio, name, self._name)
            self._name = name

    def unsuitable(self, cell: Cell) -> str | None:
        """Why not to use a cell, None for a suitable one."""
        context = self._context
        known = (self._config.home_plmn, *context.equivalent_plmns)
        if not self._config.roams and not any(plmn in cell.plmns for plmn in known):
            return "is of another network than the SIM's"
        if cell.tai.plmn in context.forbidden_plmns:
            return "is of a network that refused this SIM"
        if cell.tai.plmn in context.voiceless_plmns:
            return "is of a network without voice over IMS, and the phone is voice centric"
        if cell.tai in context.forbidden_roaming or cell.tai in context.forbidden_regional:
            return "is in a tracking area that refused this SIM"
        if cell.cgi in self._barred:
            return "is barred: its network failed authentication"
        return None if cell.in_service else "is not in service: its gNB has no AMF"

    def bar(self, why: str) -> None:
        """Treat the cell camped on as barred for a while (TS 24.501 5.4.1.3.7)."""
        if self.cell is None:
            return
        cgi = self.cell.cgi
        self._barred |= {cgi}
        self._alarms.start(f"barred {cgi}", BARRED, lambda: self._unbar(cgi))
        self._journal.refuse(
            self._config.name,
            f"treats cell {cgi.cell:#x} as barred",
            cause="",
            reason=why,
            fix="give subscriber and SIM the same K and OPc",
        )

    def _unbar(self, cgi: NrCgi) -> None:
        self._barred -= {cgi}

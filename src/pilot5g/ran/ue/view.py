"""What can be seen of a phone: its state, where it is, and waiting for either to change."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.flow.clock import now
from pilot5g.flow.prompt import PromptOwner
from pilot5g.model import Plmn, Tai
from pilot5g.ran.radio import Cell, NoCell, RrcConnection
from pilot5g.ran.ue.camping import Camping
from pilot5g.ran.ue.config import PhoneConfig
from pilot5g.ran.ue.context import PhoneContext, State
from pilot5g.ran.ue.signalling import Signalling
from pilot5g.ran.ue.watch import Watches


class PhoneView:
    """Of a phone; whoever acts on it is `Phone`."""

    __slots__ = ()

    config: PhoneConfig
    context: PhoneContext
    camping: Camping
    signalling: Signalling
    mm: PromptOwner
    _watches: Watches

    @property
    def registered(self) -> bool:
        """5GMM-REGISTERED, or asking for service from there."""
        return self.context.state in (State.REGISTERED, State.SERVICE_REQUEST_INITIATED)

    @property
    def standing(self) -> str:
        """5GMM state with its substate, and 5GS update status, for people (TS 24.501 5.1.3.2)."""
        context = self.context
        state = f"{context.state}.{context.substate}" if context.substate else str(context.state)
        return f"{state}, {context.update_status}"

    @property
    def attached(self) -> bool:
        """Registered, or in the middle of a registration or of leaving."""
        return self.context.state not in (State.NULL, State.DEREGISTERED)

    @property
    def connection(self) -> RrcConnection | None:
        """Its RRC connection, None while it is idle."""
        return self.signalling.connection

    @property
    def connected(self) -> bool:
        """5GMM-CONNECTED."""
        return self.signalling.connected

    @property
    def tai(self) -> Tai:
        """Where it camps. Raises NoCell."""
        if self.cell is None:
            raise NoCell(f"{self.config.name} camps on no cell")
        return self.cell.tai

    @property
    def cell(self) -> Cell | None:
        """The cell it camps on."""
        return self.camping.cell

    def suits(self, cell: Cell) -> bool:
        """Whether it would camp there for normal service (TS 38.304 4.5)."""
        return self.camping.unsuitable(cell) is None

    @property
    def serving_plmn(self) -> Plmn:
        """Raises NoCell."""
        return self.tai.plmn

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds, looking whenever the phone changes. Raises Abandoned when closed."""
        await self._watches.until(condition)

    async def until_idle(self) -> None:
        """Wait for 5GMM-IDLE."""
        await self.until(lambda: not self.connected)

    async def until_connected(self) -> None:
        """Wait for 5GMM-CONNECTED with the network's consent: no procedure is under way."""
        await self.until(lambda: self.connected and not self.mm.busy)

    async def until_registered(self) -> None:
        """Wait for 5GMM-REGISTERED, however often it must try."""
        await self.until(lambda: self.registered)

    def changed(self) -> None:
        """Something others may wait for is different now."""
        self._watches.look()

    def now(self) -> float:
        """Seconds on the loop's clock."""
        return now()

"""Generic UE configuration update (TS 24.501 5.4.4): a new GUTI, slices, areas, the network's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.events import Page, Reconfigure
from pilot5g.core.amf.restrictions import service_area_list
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.wire import nas
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


class ConfigurationUpdate:
    """One run; names alone need not be acknowledged."""

    def __init__(self, ue: Ue, what: Reconfigure) -> None:
        self.ue = ue
        self.what = what

    async def run(self) -> None:
        """Send what is new; a phone that does not acknowledge keeps both GUTIs."""
        try:
            if self.what.names:
                send_names(self.ue)
            if self.what.new_guti or self.what.urgent:
                await self._update()
        except (TimerExpired, Gone):
            pass  # both GUTIs stay valid, the former until the phone uses the new one (5.4.4.6 a, b)

    async def _update(self) -> None:
        """What is new, until it is acknowledged; a phone that shall register anew is let go for that
        (5.4.4.3, 5.4.4.4)."""
        ue, what, context = self.ue, self.what, self.ue.context
        command = nas.ConfigurationUpdateCommand(
            configuration_update_indication=nas.ConfigurationUpdateIndication(
                acknowledgement=True, registration=what.register
            ),
            guti=ue.amf.ues.renew_guti(ue) if what.new_guti else None,
            tai_list=context.area if what.new_guti or what.areas else None,
            allowed_nssai=context.allowed_nssai[:8] if what.slices else None,
            configured_nssai=context.configured_nssai[:16] or None if what.slices else None,
            service_area_list=service_area_list(context) if what.areas else None,
        )
        await ue.owner.ask(
            lambda: ue.send(command),
            nas.ConfigurationUpdateComplete,
            timer=ue.amf.config.timers["T3555"],
        )
        if what.new_guti:
            ue.amf.ues.settle_guti(ue)
        if what.register:
            ue.amf.release(ue.line(), cause("nas", "normal-release"))

    def collide(self, event: Any) -> Verdict:
        """What the phone wants goes first (5.4.4.6 c to e); both GUTIs stay valid then."""
        match event:
            case nas.RegistrationRequest() | nas.ServiceRequest() | nas.DeregistrationRequest():
                return Verdict.REPLACE
            case nas.GmmMessage() | Page():
                return Verdict.IGNORE
            case _:
                return Verdict.LATER


def send_names(ue: Ue) -> None:
    """The network's names and the time, where it has any (TS 22.042); nothing to acknowledge."""
    config, clock = ue.amf.config, ue.amf.wall_clock
    if not (config.full_name or config.short_name or config.time_zone is not None or clock):
        return
    ue.send(
        nas.ConfigurationUpdateCommand(
            full_name_for_network=nas.NetworkName(config.full_name) if config.full_name else None,
            short_name_for_network=nas.NetworkName(config.short_name) if config.short_name else None,
            local_time_zone=config.time_zone,
            universal_time_and_local_time_zone=None if clock is None else clock(),
        )
    )

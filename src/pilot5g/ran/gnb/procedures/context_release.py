"""UE Context Release, asked for by the radio and commanded by the AMF (TS 38.413 8.3.2, 8.3.3)."""

from __future__ import annotations

from typing import Any

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.reset import reset_of
from pilot5g.ran.gnb.ue import Ue, text_of
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import criticality_diagnostics


class ReleaseRequest:
    """The radio wants the connection released: user inactivity, radio link failure (TS 38.413 8.3.2)."""

    def __init__(self, ue: Ue, cause: Cause) -> None:
        self.ue = ue
        self.cause = cause

    async def run(self) -> None:
        ue = self.ue
        if ue.context.amf_ue_ngap_id is None:  # the AMF never established the connection: nothing to ask
            ue.drop(text_of(self.cause))
            return
        sessions = [{"pDUSessionID": each} for each in ue.context.sessions]
        request = m.UEContextReleaseRequest(
            **ue.ids, pdu_session_resource_list_cxt_rel_req=sessions or None, cause=self.cause
        )
        timer = ue.site.config.timers["X-N2"]
        try:
            command = await ue.owner.ask(lambda: ue.send(request), m.UEContextReleaseCommand, timer=timer)
        except TimerExpired:
            self._alone()
        else:
            await ContextRelease(ue, command).run()

    def _alone(self) -> None:
        """The AMF does not answer: the connection is reset from this side (TS 38.413 8.7.4.2.2)."""
        ue = self.ue
        ue.site.journal.refuse(
            ue.site.config.name,
            f"releases UE {ue.context.ran_ue_ngap_id} alone",
            cause=text_of(self.cause),
            reason="the AMF did not answer the UE Context Release Request",
            fix="look whether the AMF works",
        )
        ue.ng.send(reset_of([ue], self.cause))
        ue.drop(text_of(self.cause))

    def collide(self, event: Any) -> Verdict:
        """NAS goes on, or is reported undelivered (8.6.4); the rest would be released anyway."""
        if isinstance(event, m.DownlinkNASTransport):
            self.ue.downlink_nas(event)
            return Verdict.IGNORE
        return Verdict.LATER


class ContextRelease:
    """The AMF orders the release (TS 38.413 8.3.3.2)."""

    def __init__(self, ue: Ue, command: m.UEContextReleaseCommand) -> None:
        self.ue = ue
        self.command = command

    async def run(self) -> None:
        ue = self.ue
        sessions = [{"pDUSessionID": each} for each in ue.context.sessions]
        diagnostics = criticality_diagnostics(self.command, in_answer=True) or None
        complete = m.UEContextReleaseComplete(
            **ue.ids,
            user_location_information=ue.location,
            pdu_session_resource_list_cxt_rel_cpl=sessions or None,
            criticality_diagnostics=diagnostics,
        )
        ue.drop(text_of(self.command.cause))
        ue.send(complete)

    def collide(self, event: Any) -> Verdict:
        """After the order to release nothing counts any more."""
        return Verdict.IGNORE

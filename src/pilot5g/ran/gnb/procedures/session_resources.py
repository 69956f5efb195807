"""PDU Session Resource Setup, Modify, Release and Notify (TS 38.413 8.2.1 to 8.2.4)."""

from __future__ import annotations

from typing import Any

from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.bearers import (
    MULTIPLE_SESSIONS,
    NO_TRANSPORT,
    Admitted,
    Cause,
    Refusal,
    Wanted,
    admit,
    repeated,
    ue_ambr,
    unsuccessful,
    wanted,
)
from pilot5g.ran.gnb.clause10 import NOT_NOW
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.ue import LOST, TunnelRefused, Ue, text_of
from pilot5g.ran.radio import Bearer
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import encode_transfer


class Setup:
    """The sessions of one request, each set up or refused on its own; shared with Initial Context Setup.

    `done` and `failed` are the items of the answer's two lists.
    """

    def __init__(self, ue: Ue, sessions: list[Wanted]) -> None:
        self.ue = ue
        self.sessions = sessions
        self.done: list[dict[str, Any]] = []
        self.failed: list[dict[str, Any]] = []

    async def run(self, first: bytes | None = None) -> bool:
        """Set up bearers and tunnels, then pass NAS on: `first`, then that of each session that came to be.
        False where the phone is out of reach, and then nothing was set up."""
        ue = self.ue
        admitted = self._admit()
        for each in admitted:
            ue.open(each.session)
        bearers = tuple(Bearer(each.session.id, tuple(each.session.flows)) for each in admitted)
        if bearers and not await ue.configure(bearers):
            for each in admitted:
                ue.close(each.session.id)
                self._fail(each.session.id, LOST, "the phone went out of reach")
            return False
        for nas in (first, *(each.nas for each in admitted)):
            if nas is not None:
                ue.nas(nas)
        self._succeed(admitted)
        return True

    def _admit(self) -> list[Admitted]:
        """TS 38.413 8.2.1.4: repeated identities, and those of sessions there are, are refused."""
        ue, config = self.ue, self.ue.site.config
        twice = repeated([each.id for each in self.sessions])
        for number in sorted(twice):
            self._fail(number, MULTIPLE_SESSIONS, "the request names it more than once")
        admitted = []
        for want in self.sessions:
            if want.id in twice:
                continue
            if ue.context.security is None:  # TS 38.331 5.3.5.2: no bearer for user data before it
                self._fail(want.id, NOT_NOW, "AS security is not set up")
                continue
            if want.id in ue.context.sessions:
                self._fail(want.id, MULTIPLE_SESSIONS, "it is set up already")
                continue
            try:
                admitted.append(admit(want, config.slices, config.n3, ue.site.userplane.new_teid()))
            except Refusal as refusal:
                self._fail(want.id, refusal.cause, str(refusal))
        return admitted

    def _succeed(self, admitted: list[Admitted]) -> None:
        self.ue.site.counters.sessions += len(admitted)
        for each in admitted:
            transfer = each.response(self.ue.site.config.n3)
            self.done.append(
                {"pDUSessionID": each.session.id, "pDUSessionResourceSetupResponseTransfer": transfer}
            )

    def _fail(self, number: int, why: Cause, reason: str) -> None:
        refuse(self.ue, f"PDU session {number} was not set up", why, reason)
        transfer = unsuccessful(why)
        self.failed.append({"pDUSessionID": number, "pDUSessionResourceSetupUnsuccessfulTransfer": transfer})


class SessionSetup:
    """PDU Session Resource Setup (TS 38.413 8.2.1)."""

    def __init__(self, ue: Ue, request: m.PDUSessionResourceSetupRequest) -> None:
        self.ue = ue
        self.request = request

    async def run(self) -> None:
        ue, request = self.ue, self.request
        ue.context.ambr = ue_ambr(request.ue_aggregate_maximum_bit_rate) or ue.context.ambr
        setup = Setup(ue, wanted(request.pdu_session_resource_setup_list_su_req, "pDUSessionNAS-PDU"))
        if not await setup.run(first=request.nas_pdu) and request.nas_pdu is not None:
            ue.nas(request.nas_pdu)
        ue.answer(
            m.PDUSessionResourceSetupResponse,
            request,
            pdu_session_resource_setup_list_su_res=setup.done or None,
            pdu_session_resource_failed_to_setup_list_su_res=setup.failed or None,
            user_location_information=ue.location,
        )

    def collide(self, event: Any) -> Verdict:
        return collide(event)


class SessionRelease:
    """PDU Session Resource Release (TS 38.413 8.2.2). A session that is not there counts as released."""

    def __init__(self, ue: Ue, command: m.PDUSessionResourceReleaseCommand) -> None:
        self.ue = ue
        self.command = command

    async def run(self) -> None:
        ue, command = self.ue, self.command
        items = command.pdu_session_resource_to_release_list_rel_cmd
        numbers = list(dict.fromkeys(item["pDUSessionID"] for item in items))  # 8.2.2.4: once each
        present = tuple(number for number in numbers if number in ue.context.sessions)
        for number in present:
            ue.close(number)
        if present:
            await ue.configure((), present)
        if command.nas_pdu is not None:
            ue.nas(command.nas_pdu)
        transfer = encode_transfer("PDUSessionResourceReleaseResponseTransfer", {})
        ue.answer(
            m.PDUSessionResourceReleaseResponse,
            command,
            pdu_session_resource_released_list_rel_res=[
                {"pDUSessionID": number, "pDUSessionResourceReleaseResponseTransfer": transfer}
                for number in numbers
            ],
            user_location_information=ue.location,
        )

    def collide(self, event: Any) -> Verdict:
        return collide(event)


class SessionLoss:
    """The UPF does not know a session's tunnel: it is released here and the SMF told (TS 38.413 8.2.4)."""

    def __init__(self, ue: Ue, event: TunnelRefused) -> None:
        self.ue = ue
        self.number = event.pdu_session_id

    async def run(self) -> None:
        ue, number = self.ue, self.number
        if number not in ue.context.sessions or ue.context.amf_ue_ngap_id is None:
            return
        ue.close(number)
        await ue.configure((), (number,))
        transfer = encode_transfer("PDUSessionResourceNotifyReleasedTransfer", {"cause": NO_TRANSPORT})
        ue.send(
            m.PDUSessionResourceNotify(
                **ue.ids,
                pdu_session_resource_released_list_not=[
                    {"pDUSessionID": number, "pDUSessionResourceNotifyReleasedTransfer": transfer}
                ],
                user_location_information=ue.location,
            )
        )

    def collide(self, event: Any) -> Verdict:
        return collide(event)


def refuse(ue: Ue, what: str, why: Cause, reason: str) -> None:
    """Say in the journal what was refused to a UE."""
    subject = f"{ue.site.config.name} UE {ue.context.ran_ue_ngap_id}"
    ue.site.journal.refuse(subject, what, cause=text_of(why), reason=reason)

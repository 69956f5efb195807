"""What the AMF says that concerns no single UE (TS 38.413 8.5.1, 8.7), and what the radio asks of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from pilot5g.flow.procedure import Owner
from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.clause10 import INCONSISTENT, UNKNOWN_LOCAL, identities
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.ng import Ng
from pilot5g.ran.gnb.overload import REJECTED, Overload
from pilot5g.ran.gnb.procedures.ng_reset import NgReset
from pilot5g.ran.gnb.procedures.ng_setup import Unusable, guamis_of, slices_of
from pilot5g.ran.gnb.procedures.ran_configuration import RanConfigurationUpdate
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.tnlas import Tnlas
from pilot5g.ran.gnb.ue import Ue, text_of
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import criticality_diagnostics
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.values import guami_from


class N2Side(Protocol):
    """What is needed of the NG interface."""

    site: Site
    ng: Ng
    owner: Owner
    tnlas: Tnlas


class NodeMessages:
    """Deals with each on the spot; the answers to what the radio asked go to who waits for them."""

    def __init__(self, n2: N2Side, page: Callable[[m.Paging], None]) -> None:
        self._n2 = n2
        self._site = n2.site
        self._ng = n2.ng
        self._page = page
        self._asked: set[asyncio.Future[bool]] = set()

    def take(self, message: Message) -> bool:
        """Act on a message; False where this radio has no use for it. Raises DecodeError."""
        match message:
            case m.NGSetupResponse() | m.NGSetupFailure() | m.NGResetAcknowledge():
                self._n2.owner.deliver(message)
            case m.RANConfigurationUpdateAcknowledge() | m.RANConfigurationUpdateFailure():
                self._n2.owner.deliver(message)
            case m.Paging():
                self._page(message)
            case m.NGReset():
                self._reset(message)
            case m.ErrorIndication():
                self._error(message)
            case m.AMFConfigurationUpdate():
                self._amf_update(message)
            case m.AMFStatusIndication():
                self._amf_status(message)
            case m.OverloadStart():
                self._overload_start(message)
            case m.OverloadStop():
                self._ng.overload = None
                self._site.note("the AMF's overload is over")
            case _:
                return self._take_more(message)
        return True

    def _take_more(self, message: Message) -> bool:
        """What radios have to tell each other, and what concerns phones to come."""
        match message:
            case m.DownlinkRANConfigurationTransfer():
                self._site.neighbours.configuration(self._ng, message)
            case m.DownlinkRIMInformationTransfer():
                self._site.neighbours.interfered(message)
            case m.UERadioCapabilityIDMappingResponse():
                self._capability(message)
            case m.WriteReplaceWarningRequest():
                self._site.warnings.write_replace(self._ng, message)
            case m.PWSCancelRequest():
                self._site.warnings.cancel(self._ng, message)
            case _:
                return False
        return True

    # -- asked by the radio

    async def reset(self, ues: Sequence[Ue] | None, cause: Cause) -> bool:
        """NG Reset of these connections or of all (None); whether the AMF acknowledged it."""
        return await self._ask(lambda done: NgReset(self._n2, ues, cause, done))

    async def update(self, config: GnbConfig) -> bool:
        """RAN Configuration Update; whether the AMF took it."""
        return await self._ask(lambda done: RanConfigurationUpdate(self._n2, config, done))

    async def _ask(self, procedure: Callable[[Callable[[bool], None]], Any]) -> bool:
        if self._ng.amf is None:
            return False
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.add(answer)
        self._n2.owner.deliver(procedure(lambda ok: None if answer.done() else answer.set_result(ok)))
        try:
            return await answer
        finally:
            self._asked.discard(answer)

    def abandon(self) -> None:
        """The association is going away: nothing asked will be answered."""
        for answer in self._asked:
            if not answer.done():
                answer.set_result(False)

    # -- said by the AMF

    def _reset(self, message: m.NGReset) -> None:
        """TS 38.413 8.7.4.2.1: released at once, acknowledged item by item in the order received."""
        kind, value = message.reset_type
        ng, site = self._ng, self._site
        why = f"NG Reset by the AMF: {text_of(message.cause)}"
        items = None
        if kind == "partOfNG-Interface":
            named = [item for item in value if "rAN-UE-NGAP-ID" in item or "aMF-UE-NGAP-ID" in item]
            for item in named:
                ue = ng.by_ran(item.get("rAN-UE-NGAP-ID")) or ng.by_amf(item.get("aMF-UE-NGAP-ID"))
                if ue is not None:
                    ue.drop(why)
            items = [_bare(item) for item in named] or None
        else:
            for ue in ng.ues:
                ue.drop(why)
        site.note(why)
        ng.send(
            m.NGResetAcknowledge(
                ue_associated_logical_ng_connection_list=items,
                criticality_diagnostics=criticality_diagnostics(message, in_answer=True) or None,
            )
        )

    def _error(self, message: m.ErrorIndication) -> None:
        """TS 38.413 8.7.5. Where the AMF does not know the connection it is released here too (10.6)."""
        site = self._site
        site.counters.errors_received += 1
        site.journal.refuse(
            site.config.name,
            "got an Error Indication from its AMF",
            cause=text_of(message.cause),
            reason=_told(message),
        )
        amf_id, ran_id = identities(message)
        if amf_id is None and ran_id is None:
            self._n2.owner.deliver(Unusable(message.cause, "the AMF indicated an error"))
            return
        unknown = message.cause in (UNKNOWN_LOCAL, INCONSISTENT)
        for ue in (self._ng.by_ran(ran_id), self._ng.by_amf(amf_id)):
            if ue is not None and (unknown or ue.context.amf_ue_ngap_id is None):
                ue.drop(f"Error Indication by the AMF: {text_of(message.cause)}")

    def _amf_update(self, message: m.AMFConfigurationUpdate) -> None:
        """TS 38.413 8.7.3: what is not named stays as it was. The answer waits for the associations that are
        to be made."""
        amf, tnlas = self._ng.amf, self._n2.tnlas
        if amf is not None:
            guamis, slices = message.served_guami_list, message.plmn_support_list
            self._ng.amf = msgspec.structs.replace(
                amf,
                name=message.amf_name or amf.name,
                guamis=amf.guamis if guamis is None else guamis_of(guamis),
                capacity=amf.capacity
                if message.relative_amf_capacity is None
                else message.relative_amf_capacity,
                slices=amf.slices if slices is None else slices_of(slices),
            )
        self._site.note("took the AMF's new configuration")

        def acknowledge(done: list[Any], failed: list[Any]) -> None:
            self._ng.send(
                m.AMFConfigurationUpdateAcknowledge(
                    amf_tnl_association_setup_list=done or None,
                    amf_tnl_association_failed_to_setup_list=failed or None,
                    criticality_diagnostics=criticality_diagnostics(message, in_answer=True) or None,
                )
            )

        tnlas.remove(message.amf_tnl_association_to_remove_list or ())
        tnlas.change(message.amf_tnl_association_to_update_list or ())
        tnlas.add(message.amf_tnl_association_to_add_list or (), self._n2, acknowledge)

    def _amf_status(self, message: m.AMFStatusIndication) -> None:
        """TS 38.413 8.7.6: phones of these identities go to the backup AMF, or to another of the set."""
        items, amf = message.unavailable_guami_list, self._ng.amf
        gone = tuple(guami_from(item["gUAMI"]) for item in items)
        backup = next((item["backupAMFName"] for item in items if "backupAMFName" in item), None)
        if amf is not None:
            self._ng.amf = msgspec.structs.replace(amf, unavailable=gone)
        if backup is not None:
            self._site.backups |= dict.fromkeys(gone, backup)
        self._site.note(f"was told that {len(gone)} of its AMF's identities will be unavailable")

    def _capability(self, message: m.UERadioCapabilityIDMappingResponse) -> None:
        """TS 38.413 8.14.3.2: for the phones that wait for it, and for those to come."""
        identity, capability = message.ue_radio_capability_id, message.ue_radio_capability
        if capability is not None:
            self._site.capabilities[identity] = capability
            for ue in self._ng.ues:
                if ue.context.radio_capability_id == identity:
                    ue.context.radio_capability = capability

    def _overload_start(self, message: m.OverloadStart) -> None:
        """TS 38.413 8.7.7: what is said now replaces what was said before. An action that this radio does not
        know is none. A list of slices is noted only: one phone's slices are NAS's to know."""
        response, percent = message.amf_overload_response, message.amf_traffic_load_reduction_indication
        action = str(response[1]) if response is not None and response[0] == "overloadAction" else ""
        known = action if action in REJECTED else ""
        if known or percent is not None:
            self._ng.overload = Overload(known, 100 if percent is None else percent)
        part = "" if percent is None else f", {percent} %"
        self._site.note(f"was told that the AMF is overloaded ({action or 'some slices'}{part})")


def _bare(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("aMF-UE-NGAP-ID", "rAN-UE-NGAP-ID") if name in item}


def _told(message: m.ErrorIndication) -> str:
    value = message.criticality_diagnostics or {}
    if "procedureCode" not in value:
        return "it names no procedure"
    return f"it is about procedure {value['procedureCode']}, {value.get('triggeringMessage', 'some message')}"

"""What operators, and functions other than SMF and UDM, ask of an AMF: to have a phone located or traced, to
carry NRPPa, to warn the public, to change what it tells radios of itself (TS 38.413 8.7.3, 8.7.6, 8.8 to
8.12).

Each sends one message; what comes back is in `ngap_reports`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.events import Reauthenticate
from pilot5g.core.amf.moving import hand_over
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Plmn, Snssai, Supi
from pilot5g.service.nradio import LocationEvent, PublicWarning
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import (
    cause,
    guami_to,
    nssai_to,
    plmn_to,
    tai_to,
    transport_address_to,
)

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection
    from pilot5g.core.amf.ran import Radio


class Operation:
    """The operations of one AMF. Those that concern a phone raise ServiceError where it is not connected."""

    def __init__(self, amf: Amf) -> None:
        self._amf = amf
        self.warnings: dict[tuple[int, int], PublicWarning] = {}
        """Being broadcast, by message identifier and serial number."""

    # -- one phone

    def authenticate(self, supi: Supi) -> None:
        """Have a phone authenticate anew, now or once it has been paged (TS 33.501 6.1.2)."""
        ue = self._amf.ues.by_supi.get(supi)
        if ue is None or not ue.registered:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} is not registered here")
        ue.owner.deliver(Reauthenticate())

    def locate(self, supi: Supi, event: LocationEvent = LocationEvent.NOW) -> None:
        """LOCATION REPORTING CONTROL (8.12.1); the answer is `RadioNews.located`."""
        line = self._line(supi)
        kind = {"eventType": event.value, "reportArea": "cell"}
        if event is not LocationEvent.NOW:
            wanted = kind if event is LocationEvent.EVERY_CELL else None
            self._watch(supi, reporting=wanted)
        line.send(
            ngap.LocationReportingControl(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                location_reporting_request_type=kind,
            )
        )

    def trace(self, supi: Supi, activation: dict[str, Any]) -> None:
        """TRACE START (8.11.1), with a Trace Activation (9.3.1.14). Of several, the last one is begun at the
        radios that the phone comes to as well."""
        line = self._line(supi)
        self._watch(supi, trace=activation)
        line.send(
            ngap.TraceStart(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                trace_activation=activation,
            )
        )

    def stop_trace(self, supi: Supi, trace_id: bytes) -> None:
        """DEACTIVATE TRACE (8.11.3)."""
        line = self._line(supi)
        trace = self._amf.ues.by_supi[supi].watched.trace
        if trace is not None and trace["nGRANTraceID"] == trace_id:
            self._watch(supi, trace=None)
        line.send(
            ngap.DeactivateTrace(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                ngran_trace_id=trace_id,
            )
        )

    def position(self, supi: Supi, routing_id: bytes, nrppa: bytes) -> None:
        """DOWNLINK UE ASSOCIATED NRPPA TRANSPORT (8.10.2)."""
        line = self._line(supi)
        line.send(
            ngap.DownlinkUEAssociatedNRPPaTransport(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                routing_id=routing_id,
                nrppa_pdu=nrppa,
            )
        )

    def _watch(self, supi: Supi, **changes: Any) -> None:
        ue = self._amf.ues.by_supi[supi]
        ue.watched = msgspec.structs.replace(ue.watched, **changes)

    def _line(self, supi: Supi) -> Connection:
        ue = self._amf.ues.by_supi.get(supi)
        if ue is None:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} is not registered here")
        if not ue.connected or ue.line().held:
            raise ServiceError(Problem.UE_NOT_REACHABLE, f"{supi} is not connected just now", "try again")
        return ue.line()

    # -- radios

    def position_by(self, radio: str, routing_id: bytes, nrppa: bytes) -> None:
        """DOWNLINK NON UE ASSOCIATED NRPPA TRANSPORT (8.10.3) to a radio by its name. Raises ServiceError."""
        found = next((each for each in self._ready if each.name == radio), None)
        if found is None:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"no radio {radio} is connected")
        found.send(ngap.DownlinkNonUEAssociatedNRPPaTransport(routing_id=routing_id, nrppa_pdu=nrppa))

    def warn(self, warning: PublicWarning) -> int:
        """WRITE-REPLACE WARNING REQUEST (8.9.1) to all radios of the area; how many."""
        self.warnings[warning.identifier, warning.serial] = warning
        radios = [radio for radio in self._ready if concerns(warning, radio)]
        for radio in radios:
            radio.send(_request(warning))
        return len(radios)

    def warn_again(self, radio: Radio) -> int:
        """The warnings there are, to a radio that has lost them (8.9.3); how many."""
        known = [warning for warning in self.warnings.values() if concerns(warning, radio)]
        for warning in known:
            radio.send(_request(warning))
        return len(known)

    def cancel_warning(self, identifier: int, serial: int) -> int:
        """PWS CANCEL REQUEST (8.9.2); to how many radios. Raises ServiceError for a warning nobody knows."""
        warning = self.warnings.pop((identifier, serial), None)
        if warning is None:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"there is no warning {identifier}/{serial}")
        radios = [radio for radio in self._ready if concerns(warning, radio)]
        for radio in radios:
            radio.send(
                ngap.PWSCancelRequest(
                    message_identifier=(identifier, 16),
                    serial_number=(serial, 16),
                    warning_area_list=_area(warning),
                )
            )
        return len(radios)

    def update(
        self,
        *,
        relative_capacity: int | None = None,
        slices: dict[Plmn, tuple[Snssai, ...]] | None = None,
    ) -> None:
        """AMF CONFIGURATION UPDATE (8.7.3): what changes is so from now on, and every radio is told."""
        amf, changes = self._amf, {"relative_capacity": relative_capacity, "slices": slices}
        given = {name: value for name, value in changes.items() if value is not None}
        amf.config = msgspec.structs.replace(amf.config, **given)
        support = None
        if slices is not None:
            support = [
                {"pLMNIdentity": plmn_to(plmn), "sliceSupportList": nssai_to(offered)}
                for plmn, offered in slices.items()
            ]
        told = ngap.AMFConfigurationUpdate(relative_amf_capacity=relative_capacity, plmn_support_list=support)
        for radio in self._ready:
            radio.send(told)

    def name_tnls(self, radio: Radio) -> None:
        """AMF CONFIGURATION UPDATE with the further associations that a radio is to make (8.7.3)."""
        added = [
            {
                "aMF-TNLAssociationAddress": ("endpointIPAddress", transport_address_to(*_families(address))),
                "tNLAssociationUsage": "both",
                "tNLAddressWeightFactor": weight,
            }
            for address, weight in self._amf.config.tnls
        ]
        radio.send(ngap.AMFConfigurationUpdate(amf_tnl_association_to_add_list=added))

    def weigh(self, weights: dict[str, int]) -> None:
        """The same with other weights by address; with 0 a radio sends no more phones there."""
        changed = [
            {
                "aMF-TNLAssociationAddress": ("endpointIPAddress", transport_address_to(*_families(address))),
                "tNLAddressWeightFactor": weight,
            }
            for address, weight in weights.items()
        ]
        for radio in self._ready:
            radio.send(ngap.AMFConfigurationUpdate(amf_tnl_association_to_update_list=changed))

    def unbind(self, supi: Supi) -> None:
        """UE TNLA BINDING RELEASE REQUEST (8.13.1, TS 23.501 5.21.1.3): the radio may use another
        association for this phone."""
        line = self._line(supi)
        line.send(
            ngap.UETNLABindingReleaseRequest(
                amf_ue_ngap_id=line.amf_ue_ngap_id, ran_ue_ngap_id=line.ran_ue_ngap_id
            )
        )
        line.tnla = None

    def leave(self, backup: str | None = None) -> None:
        """AMF STATUS INDICATION (8.7.6): this AMF is about to leave service (TS 23.501 5.21.2.2)."""
        item: dict[str, Any] = {"gUAMI": guami_to(self._amf.config.guami)}
        if backup is not None:
            item["backupAMFName"] = backup
        for radio in self._ready:
            radio.send(ngap.AMFStatusIndication(unavailable_guami_list=[item]))

    async def withdraw(self, backup: str | None = None) -> int:
        """Take this AMF out of service (TS 23.501 5.21.2.2.2): radios send no more phones here, those that
        are connected are let go, and every context goes to `backup`, or to another AMF of the set. How many
        contexts have gone. Raises ServiceError where there is nobody to take them."""
        amf = self._amf
        able = amf.peers.of_set() if backup is None else (amf.peers.named(backup),)
        peer = next(iter(able), None)
        if peer is None:
            fix = "give the network another AMF of this set, under `amfs`"
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, "there is no AMF to take the phones", fix)
        self.leave(peer.amf_id)
        for connection in list(amf.connections.values()):
            amf.release(connection, cause("misc", "om-intervention"))
        gone = 0
        for ue in list(amf.ues.by_supi.values()):
            gone += await hand_over(ue, peer)
        amf.journal.note(amf.config.name, f"has left service, {peer.amf_id} has {gone} phones of it")
        return gone

    @property
    def _ready(self) -> list[Radio]:
        return [radio for radio in self._amf.radios.values() if radio.ready]


def _families(address: str) -> tuple[str | None, str | None]:
    return (None, address) if ":" in address else (address, None)


def concerns(warning: PublicWarning, radio: Radio) -> bool:
    """Whether a radio is in a warning's area."""
    return not warning.tais or radio.serves(warning.tais)


def _request(warning: PublicWarning) -> ngap.WriteReplaceWarningRequest:
    return ngap.WriteReplaceWarningRequest(
        message_identifier=(warning.identifier, 16),
        serial_number=(warning.serial, 16),
        warning_area_list=_area(warning),
        repetition_period=warning.period,
        number_of_broadcasts_requested=warning.broadcasts,
        data_coding_scheme=(warning.coding, 8),
        warning_message_contents=warning.contents,
    )


def _area(warning: PublicWarning) -> tuple[str, Any] | None:
    if not warning.tais:
        return None
    return "tAIListForWarning", [tai_to(tai) for tai in warning.tais]

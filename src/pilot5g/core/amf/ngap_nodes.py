"""Non UE-associated NGAP: a radio introduces itself, changes, resets, complains (TS 38.413 8.7).

The checks say in plain words what a radio and the network do not have in common: most radios that do not
come up have a PLMN, a tracking area code or a slice wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.ngap_errors import diagnostics_for_answer
from pilot5g.core.amf.ran import Radio
from pilot5g.model import Plmn, Snssai, Tai
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, gnb_id_from, guami_to, nssai_from, nssai_to, plmn_from, plmn_to

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.config import AmfConfig
    from pilot5g.core.amf.connection import Connection

WAIT = "v10s"
"""Time to wait before the next NG Setup (TS 38.413 9.3.1.56): long enough for somebody to change a file."""

Areas = Mapping[Tai, Mapping[Plmn, tuple[Snssai, ...]]]


class Refusal(msgspec.Struct, frozen=True):
    """Why a radio is not taken: the cause it is told, and reason and fix for people."""

    cause: tuple[str, str]
    reason: str
    fix: str


def ng_setup(amf: Amf, radio: Radio, request: ngap.NGSetupRequest) -> None:
    """TS 38.413 8.7.1. A radio that sets up again starts anew: all its connections are gone."""
    gnb = gnb_id_from(request.global_ran_node_id)
    radio.name = request.ran_node_name or f"gNB {gnb}"
    areas = _areas(request.supported_ta_list)
    refusal = common_ground(amf.config, areas) or _same_identity(amf, radio, gnb)
    if refusal is not None:
        _refuse(amf, radio, "NG Setup", refusal)
        radio.send(ngap.NGSetupFailure(cause=refusal.cause, time_to_wait=WAIT))
        return
    amf.drop_connections(radio, "the radio set up anew")
    radio.gnb = gnb
    radio.supported = _served(amf.config, areas)
    radio.send(_setup_response(amf.config, request))
    amf.overload.greet(radio)
    if amf.config.tnls:
        amf.operation.name_tnls(radio)
    tacs = ", ".join(str(tai.tac) for tai in radio.supported)
    amf.journal.note(radio.name, f"NG Setup done, serves TAC {tacs}")


def _setup_response(config: AmfConfig, request: ngap.NGSetupRequest) -> ngap.NGSetupResponse:
    return ngap.NGSetupResponse(
        amf_name=config.name,
        served_guami_list=[{"gUAMI": guami_to(config.guami)}],
        relative_amf_capacity=config.relative_capacity,
        plmn_support_list=[
            {"pLMNIdentity": plmn_to(plmn), "sliceSupportList": nssai_to(slices)}
            for plmn, slices in config.slices.items()
        ],
        criticality_diagnostics=diagnostics_for_answer(request),
    )


def _areas(supported_ta_list: list[dict[str, Any]]) -> Areas:
    areas: dict[Tai, dict[Plmn, tuple[Snssai, ...]]] = {}
    for item in supported_ta_list:
        tac = int.from_bytes(item["tAC"], "big")
        for broadcast in item["broadcastPLMNList"]:
            plmn = plmn_from(broadcast["pLMNIdentity"])
            slices = nssai_from(broadcast["tAISliceSupportList"])
            areas.setdefault(Tai(plmn, tac), {})[plmn] = tuple(s.canonical for s in slices)
    return areas


def _served(config: AmfConfig, areas: Areas) -> Areas:
    return {tai: slices for tai, slices in areas.items() if tai in config.tais}


def common_ground(config: AmfConfig, areas: Areas) -> Refusal | None:
    """What keeps radio and network from working together, or None: they share a PLMN, one of its tracking
    areas, and a slice there (TS 38.413 8.7.1.3, 8.7.1.4)."""
    plmns = {tai.plmn for tai in areas}
    if not plmns & set(config.plmns):
        return Refusal(
            cause("misc", "unknown-PLMN-or-SNPN"),
            f"it offers PLMN {_list(plmns)}, the network serves {_list(config.plmns)}",
            f"add {_list(plmns)} under `plmns`, or change the radio",
        )
    here = _served(config, areas)
    if not here:
        tacs, own = {tai.tac for tai in areas}, {tai.tac for tai in config.tais}
        return Refusal(
            cause("misc", "unspecified"),
            f"it offers TAC {_list(tacs)}, the network serves {_list(own)}",
            f"add {_list(tacs)} under `tracking_areas`, or change the radio",
        )
    offered = {s for slices in here.values() for of in slices.values() for s in of}
    wanted = {s.canonical for tai in here for s in config.slices.get(tai.plmn, ())}
    if not offered & wanted:
        return Refusal(
            cause("radioNetwork", "slice-not-supported"),
            f"it offers slice {_list(offered)}, the network serves {_list(wanted)}",
            f"add {_list(offered)} under `slices`, or change the radio",
        )
    return None


def _same_identity(amf: Amf, radio: Radio, gnb: object) -> Refusal | None:
    """Two radios with one identity. Where it is the same host, its former association is dead already."""
    for other in list(amf.radios.values()):
        if other is radio or other.gnb != gnb:
            continue
        if other.association.peer[0] != radio.association.peer[0]:
            return Refusal(
                cause("misc", "unspecified"),
                f"{other.name} at {other.association.peer[0]} has the same gNB ID {gnb}",
                "give every radio a gNB ID of its own",
            )
        amf.lose(other, "the radio came back on a new association")
        other.association.abort()
    return None


def _list(values: object) -> str:
    return ", ".join(str(value) for value in sorted(values))  # type: ignore[call-overload]


def _refuse(amf: Amf, radio: Radio, what: str, refusal: Refusal) -> None:
    group, value = refusal.cause
    amf.journal.refuse(radio.name, what, cause=f"{group}/{value}", reason=refusal.reason, fix=refusal.fix)


def ran_configuration_update(amf: Amf, radio: Radio, update: ngap.RANConfigurationUpdate) -> None:
    """TS 38.413 8.7.2: what is not in the update stays as it was."""
    if not radio.ready:
        _join(amf, radio, update)
        return
    if update.supported_ta_list is not None:
        areas = _areas(update.supported_ta_list)
        refusal = common_ground(amf.config, areas)
        if refusal is not None:
            _refuse(amf, radio, "RAN Configuration Update", refusal)
            radio.send(ngap.RANConfigurationUpdateFailure(cause=refusal.cause, time_to_wait=WAIT))
            return
        radio.supported = _served(amf.config, areas)
    if update.ran_node_name is not None:
        radio.name = update.ran_node_name
    diagnostics = diagnostics_for_answer(update)
    radio.send(ngap.RANConfigurationUpdateAcknowledge(criticality_diagnostics=diagnostics))
    amf.journal.note(radio.name, "RAN Configuration Update done")


def _join(amf: Amf, radio: Radio, update: ngap.RANConfigurationUpdate) -> None:
    """A further association says whose it is: of a radio that set NG up from the same host (8.7.2.2)."""
    assert update.global_ran_node_id is not None, "dispatch lets no other in"
    gnb = gnb_id_from(update.global_ran_node_id)
    association = radio.association
    owner = next((each for each in amf.radios.values() if each.gnb is not None and each.gnb == gnb), None)
    if owner is None or owner.association.peer[0] != association.peer[0]:
        refusal = Refusal(
            cause("misc", "unspecified"),
            f"a further association of gNB {gnb}, which is not set up from {association.peer[0]}",
            "the radio has to send NG Setup first",
        )
        _refuse(amf, radio, "RAN Configuration Update", refusal)
        radio.send(ngap.RANConfigurationUpdateFailure(cause=refusal.cause, time_to_wait=WAIT))
        return
    del amf.radios[association]
    amf.further[association] = owner
    owner.join(association)
    radio.send(ngap.RANConfigurationUpdateAcknowledge())
    amf.journal.note(owner.name, "has a further association")


def ng_reset(amf: Amf, radio: Radio, reset: ngap.NGReset) -> None:
    """TS 38.413 8.7.4.2.2: the radio has lost all of its connections, or the named ones."""
    kind, part = reset.reset_type
    diagnostics = diagnostics_for_answer(reset)
    if kind == "nG-Interface":
        amf.drop_connections(radio, "the radio was reset")
        radio.send(ngap.NGResetAcknowledge(criticality_diagnostics=diagnostics))
    else:
        for item in part:
            if (connection := _named(amf, radio, item)) is not None:
                amf.drop(connection, "the radio reset the connection")
        radio.send(
            ngap.NGResetAcknowledge(
                ue_associated_logical_ng_connection_list=part, criticality_diagnostics=diagnostics
            )
        )
    amf.journal.note(radio.name, f"NG Reset: {_cause(reset.cause)}")


def ng_reset_acknowledge(amf: Amf, radio: Radio, _: ngap.NGResetAcknowledge) -> None:
    """TS 38.413 8.7.4.2.1: the answer to a reset of ours."""
    radio.resetting.stop()
    amf.journal.note(radio.name, "NG Reset acknowledged")


def reset(amf: Amf, radio: Radio) -> None:
    """Tell a radio that the AMF has lost all of its connections (TS 38.413 8.7.4.2.1)."""
    amf.drop_connections(radio, "the AMF was reset")
    radio.send(ngap.NGReset(cause=cause("misc", "om-intervention"), reset_type=("nG-Interface", "reset-all")))

    def silent() -> None:
        amf.journal.note(radio.name, "NG Reset not acknowledged")

    radio.resetting.start(amf.config.timers["X-N2"].seconds, silent)


def _named(amf: Amf, radio: Radio, item: dict[str, Any]) -> Connection | None:
    """A connection named by either or both of its identities (TS 38.413 9.3.3.25)."""
    amf_id, ran_id = item.get("aMF-UE-NGAP-ID"), item.get("rAN-UE-NGAP-ID")
    if amf_id is not None:
        connection = amf.connections.get(amf_id)
    else:
        connection = radio.connections.get(ran_id) if ran_id is not None else None
    if connection is None or connection.radio is not radio:
        return None
    return connection if ran_id in (None, connection.ran_ue_ngap_id) else None


def error_indication(amf: Amf, radio: Radio, error: ngap.ErrorIndication) -> None:
    """TS 38.413 8.7.5. A connection that the radio does not know is no connection (10.6)."""
    connection = amf.connections.get(error.amf_ue_ngap_id) if error.amf_ue_ngap_id is not None else None
    if connection is not None and connection.radio is radio:
        subject = str(connection)
        if error.cause is not None and error.cause[1] in UNKNOWN_IDENTITIES:
            amf.drop(connection, "the radio does not know the connection")
    else:
        subject = radio.name
    amf.journal.note(subject, f"Error Indication: {_cause(error.cause)}")


UNKNOWN_IDENTITIES = ("unknown-local-UE-NGAP-ID", "inconsistent-remote-UE-NGAP-ID")


def _cause(value: tuple[str, Any] | None) -> str:
    return "no cause" if value is None else "/".join(str(part) for part in value)

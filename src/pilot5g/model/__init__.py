"""Frozen values that every layer speaks: identities, areas, slices, rates (TS 23.003, TS 23.501)."""

from pilot5g.model.identity import (
    Guami,
    Guti,
    NrCgi,
    Plmn,
    STmsi,
    Suci,
    Supi,
    Tai,
    network_access_identifier,
    serving_network_name,
    supi,
)
from pilot5g.model.session import NO_SD, Ambr, Arp, PduSessionType, Qos, Snssai, SscMode

__all__ = [
    "NO_SD",
    "Ambr",
    "Arp",
    "Guami",
    "Guti",
    "NrCgi",
    "PduSessionType",
    "Plmn",
    "Qos",
    "STmsi",
    "Snssai",
    "SscMode",
    "Suci",
    "Supi",
    "Tai",
    "network_access_identifier",
    "serving_network_name",
    "supi",
]

"""What a message carries as octets for somebody else: SM transfers and radio containers (TS 38.413 9.3.4).

N2 SM information is opaque to the AMF (TS 23.502 4.3.2.2.1), so the messages keep every `OCTET STRING
(CONTAINING ...)` as bytes, and whoever is its end decodes it here: SMF and gNB the ...Transfer types, two
gNBs the ...TransparentContainer types. A broken transfer is thus never a reason to refuse the message
around it: the end that finds it refuses that one PDU session, with the error's `cause` in the transfer that
reports the failure.

Most transfers are SEQUENCEs: dicts with the specification's field names. A few, like
`PDUSessionResourceSetupRequestTransfer`, are containers of protocol IEs; they are dicts too, by the IE's name
(`UL-NGU-UP-TNLInformation`), and ids and criticalities are the table's. The order of their IEs is not judged.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

from pilot5g.wire import aper
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ngap.errors import FALSELY_CONSTRUCTED, REJECTED, AbstractSyntaxError, TransferSyntaxError
from pilot5g.wire.ngap.message import REJECT, Ie
from pilot5g.wire.ngap.schema import TRANSFERS, TYPES

NAMES: Final = frozenset(TRANSFERS)
"""The transfers there are, by the specification's name."""


def decode_transfer(name: str, octets: bytes) -> dict[str, Any]:
    """The value of a transfer, e.g. of a `PDUSessionResourceSetupRequestTransfer`.

    Raises TransferSyntaxError or AbstractSyntaxError (a mandatory IE is missing, one came twice, or one of
    criticality reject is unknown), whose `cause` tells the peer; both are DecodeErrors.
    """
    table = TRANSFERS[name]
    reader = aper.Reader(octets)
    try:
        value: Any = TYPES[name].dec(reader)
    except DecodeError as error:
        raise TransferSyntaxError(f"{name}: {error}") from None
    for number, criticality in reader.unknown:
        if criticality == REJECT:
            _refuse(name, f"the IE {number} is unknown here")
    return value if table is None else _by_name(name, table, value["protocolIEs"])


def _by_name(transfer: str, table: tuple[Ie, ...], items: list[dict[str, Any]]) -> dict[str, Any]:
    names = {ie.id: ie.name for ie in table}
    out: dict[str, Any] = {}
    for item in items:
        name = names.get(item["id"])
        if name is None:
            continue
        if name in out:
            _refuse(transfer, f"{name} came twice", FALSELY_CONSTRUCTED)
        out[name] = item["value"][1]
    for ie in table:
        if ie.mandatory and ie.name not in out:
            _refuse(transfer, f"{ie.name} is missing")
    return out


def _refuse(name: str, why: str, cause: tuple[str, str] = REJECTED) -> NoReturn:
    raise AbstractSyntaxError(f"{name}: {why}", cause=cause)


def encode_transfer(name: str, value: dict[str, Any]) -> bytes:
    """The octets of a transfer. Raises EncodeError where the value does not fit."""
    table = TRANSFERS[name]
    try:
        return aper.encode(TYPES[name], value if table is None else _container(table, value))
    except EncodeError as error:
        raise EncodeError(f"{name}: {error}") from None


def _container(table: tuple[Ie, ...], value: dict[str, Any]) -> dict[str, Any]:
    strange = sorted(value.keys() - {ie.name for ie in table})
    missing = [ie.name for ie in table if ie.mandatory and ie.name not in value]
    if strange or missing:
        raise EncodeError(f"no IE {', '.join(strange)}" if strange else f"{', '.join(missing)} missing")
    items = [
        {"id": ie.id, "criticality": ie.criticality, "value": (ie.type, value[ie.name])}
        for ie in table
        if ie.name in value
    ]
    return {"protocolIEs": items}

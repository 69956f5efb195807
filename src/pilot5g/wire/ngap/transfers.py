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

from typing import Any, Final, cast

from pilot5g.wire import aper
from pilot5g.wire.aper.bits import Reader, Writer
from pilot5g.wire.aper.node import Node
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ngap.container import Container, Receipt, Row, write
from pilot5g.wire.ngap.errors import FALSELY_CONSTRUCTED, REJECTED, AbstractSyntaxError, TransferSyntaxError
from pilot5g.wire.ngap.message import REJECT
from pilot5g.wire.ngap.schema import TRANSFERS, TYPES

NAMES: Final = frozenset(TRANSFERS)
"""The transfers there are, by the specification's name."""

_NODES: Final[dict[str, Node]] = {name: TYPES[name] for name in TRANSFERS}
_CONTAINERS: Final[dict[str, Container]] = {
    name: Container(
        [
            Row(position, ie.id, ie.name, ie.criticality, ie.mandatory, TYPES[ie.type])
            for position, ie in enumerate(table)
        ]
    )
    for name, table in TRANSFERS.items()
    if table is not None
}


def decode_transfer(name: str, octets: bytes) -> dict[str, Any]:
    """The value of a transfer, e.g. of a `PDUSessionResourceSetupRequestTransfer`.

    Raises TransferSyntaxError or AbstractSyntaxError (a mandatory IE is missing, one came twice, or one of
    criticality reject is not comprehended), whose `cause` tells the peer; both are DecodeErrors.
    """
    container = _CONTAINERS.get(name)
    reader = Reader(octets)
    try:
        if container is not None:
            receipt = Receipt(container, True)
            receipt.read(reader)
            return _judged(name, receipt)
        value = cast("dict[str, Any]", _NODES[name].dec(reader))
    except AbstractSyntaxError:
        raise
    except DecodeError as error:
        raise TransferSyntaxError(f"{name}: {error}") from None
    for number, criticality in reader.unknown:
        if criticality == REJECT:
            raise _refused(name, f"the IE {number} is unknown here", REJECTED)
    return value


def _judged(name: str, receipt: Receipt) -> dict[str, Any]:
    receipt.note_missing()
    if receipt.false:
        repeated = [d.reason for d in receipt.defects if d.reason.endswith("twice")]
        raise _refused(name, "; ".join(repeated), FALSELY_CONSTRUCTED)
    refused = [d.reason for d in receipt.defects if d.criticality == REJECT]
    if refused:
        raise _refused(name, "; ".join(refused), REJECTED)
    return receipt.values


def _refused(name: str, why: str, cause: tuple[str, str]) -> AbstractSyntaxError:
    return AbstractSyntaxError(f"{name}: {why}", cause=cause)


def encode_transfer(name: str, value: dict[str, Any]) -> bytes:
    """The octets of a transfer. Raises EncodeError where the value does not fit."""
    container = _CONTAINERS.get(name)
    try:
        if container is None:
            return aper.encode(_NODES[name], value)
        return _encode_container(container, value)
    except EncodeError as error:
        raise EncodeError(f"{name}: {error}") from None


def _encode_container(container: Container, value: dict[str, Any]) -> bytes:
    values: list[object] = [value.get(row.name) for row in container.rows]
    if len(value) > len(values) - values.count(None):
        strange = sorted(value.keys() - {row.name for row in container.rows})
        raise EncodeError(f"no IE {', '.join(strange)}")
    w = Writer()
    write(w, container, values)
    return w.getvalue()

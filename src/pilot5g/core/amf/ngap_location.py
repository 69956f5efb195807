"""Where a phone is, as its radio says (TS 38.413 9.3.1.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap.values import user_location_nr_from

if TYPE_CHECKING:
    from pilot5g.core.amf.connection import Connection


def locate(connection: Connection, location: tuple[str, Any] | None) -> None:
    """Where the phone is now. A location that cannot be read changes nothing: it is of criticality ignore."""
    if location is None:
        return
    try:
        connection.cell, connection.tai = user_location_nr_from(location)
    except DecodeError:
        return
    if connection.ue is not None:
        connection.ue.context.cell, connection.ue.context.tai = connection.cell, connection.tai

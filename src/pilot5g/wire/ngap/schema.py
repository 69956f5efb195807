"""The types of TS 38.413 9.4, loaded once: `TYPES` by the specification's name, and `TRANSFERS`, those that
travel inside an OCTET STRING, with their table where they are containers of protocol IEs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pilot5g.wire.aper import Schema, load
from pilot5g.wire.ngap.message import Ie

PATH: Final = Path(__file__).with_name("schema.json")
_LOADED: Final = load(PATH)
TYPES: Final[Schema] = _LOADED[0]
TRANSFERS: Final[dict[str, tuple[Ie, ...] | None]] = {
    transfer: None
    if rows is None
    else tuple(Ie(number, "", name, kind, presence, crit) for number, name, kind, presence, crit in rows)
    for transfer, rows in _LOADED[1].items()
}

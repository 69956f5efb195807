"""The types of TS 38.413 9.4, loaded once: `TYPES` by the specification's name, and `TRANSFERS`, the names of
those that travel inside an OCTET STRING."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pilot5g.wire.aper import Schema, load

PATH: Final = Path(__file__).with_name("schema.json")
_LOADED: Final = load(PATH)
TYPES: Final[Schema] = _LOADED[0]
TRANSFERS: Final[tuple[str, ...]] = _LOADED[1]

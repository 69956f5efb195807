"""The emulated air at speed: programs that take phones' packets past the radios' process."""

from pilot5g.datapath.air.air import FIRST, Air, AirUnavailable, Path, open_air

__all__ = ["FIRST", "Air", "AirUnavailable", "Path", "open_air"]

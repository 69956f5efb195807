"""The authentication server function (TS 29.509, TS 33.501 6.1)."""

from pilot5g.core.ausf.service import Ausf

__all__ = ["Ausf"]

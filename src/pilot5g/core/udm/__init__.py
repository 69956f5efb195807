"""Unified data management (TS 29.503, TS 33.501 6.1.2 and 6.12)."""

from pilot5g.core.udm.service import Udm

__all__ = ["Udm"]

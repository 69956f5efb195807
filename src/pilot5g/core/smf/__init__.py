"""Session management: PDU sessions from request to release (TS 23.502 4.3, TS 24.501 clause 6)."""

from pilot5g.core.smf.config import DataNetwork, SmfConfig
from pilot5g.core.smf.service import Smf

__all__ = ["DataNetwork", "Smf", "SmfConfig"]

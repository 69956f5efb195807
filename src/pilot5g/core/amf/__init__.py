"""The AMF: registration, connection, mobility and reachability of every phone (TS 23.501 6.2.1).

`amf` puts it together; `procedures` has one file per procedure of TS 23.502; `context` is what outlives one.
"""

from pilot5g.core.amf.admission import OverloadLimits
from pilot5g.core.amf.amf import Amf
from pilot5g.core.amf.config import AmfConfig
from pilot5g.core.amf.overload import Work

__all__ = ["Amf", "AmfConfig", "OverloadLimits", "Work"]

"""The emulated gNB: NGAP as the radio (TS 38.413), N3, and cells for phones to camp on."""

from pilot5g.ran.gnb.config import GnbConfig, cell_identities
from pilot5g.ran.gnb.counters import Counters, UserCounters
from pilot5g.ran.gnb.gnb import Gnb

__all__ = ["Counters", "Gnb", "GnbConfig", "UserCounters", "cell_identities"]

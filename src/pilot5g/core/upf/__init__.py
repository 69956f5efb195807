"""The user plane function: N4 sessions, checked, over whatever data path there is (TS 23.501 6.2.3)."""

from pilot5g.core.upf.service import Upf

__all__ = ["Upf"]

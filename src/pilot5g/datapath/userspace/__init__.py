"""The user plane in this process: GTP-U datagrams on one side, IP packets on the other."""

from pilot5g.datapath.userspace.plane import UserspaceDatapath

__all__ = ["UserspaceDatapath"]

"""The user plane in the kernel: eBPF programs at XDP and tc, their tables, and what drives them."""

from pilot5g.datapath.ebpf.opening import EbpfUnavailable, Opened, obstacle, open_datapath
from pilot5g.datapath.ebpf.plane import EbpfDatapath

__all__ = ["EbpfDatapath", "EbpfUnavailable", "Opened", "obstacle", "open_datapath"]

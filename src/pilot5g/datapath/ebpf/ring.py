"""A BPF ring buffer as its one reader sees it: what programs submitted, in order (linux/bpf.h).

Two pages of positions and the data, mapped twice in a row so that no record is ever torn at the end.
"""

from __future__ import annotations

import mmap
import struct

from pilot5g.datapath.ebpf.bpf import PAGE, Map

_BUSY, _DISCARDED = 1 << 31, 1 << 30
_HEADER = 8
_WORD, _POSITION = struct.Struct("=I"), struct.Struct("=Q")


class Ring:
    """The reader. Its map's descriptor is readable (select, epoll) when there is something."""

    def __init__(self, ring: Map) -> None:
        self.descriptor = ring.descriptor
        self._mask = ring.entries - 1
        self._consumer = mmap.mmap(ring.descriptor, PAGE)
        self._producer = mmap.mmap(
            ring.descriptor, PAGE + 2 * ring.entries, mmap.MAP_SHARED, mmap.PROT_READ, offset=PAGE
        )

    def close(self) -> None:
        self._consumer.close()
        self._producer.close()

    def read(self) -> list[bytes]:
        """Everything that was submitted since."""
        found: list[bytes] = []
        (at,) = _POSITION.unpack_from(self._consumer)
        (end,) = _POSITION.unpack_from(self._producer)
        while at < end:
            place = PAGE + (at & self._mask)
            (length,) = _WORD.unpack_from(self._producer, place)
            if length & _BUSY:
                break
            size = length & ~_DISCARDED
            if size == length:
                found.append(self._producer[place + _HEADER : place + _HEADER + size])
            at += (size + _HEADER + 7) & ~7
        _POSITION.pack_into(self._consumer, 0, at)
        return found

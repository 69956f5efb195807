"""The kernel's bpf(2), as far as a data path needs it: load an object, map memory, attach, pin, adopt, test.

libbpf (by ctypes) reads the ELF file and loads what is in it; everything after that is the one system call
itself, which is smaller than a binding and works with any libbpf 1.x: 1.1 knows no TCX, the kernel does.
Descriptors close with their owner. Everything raises OSError.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)

NUMBERS = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351, "ppc64le": 361}
"""The number of bpf(2) by machine."""
_NUMBER = NUMBERS.get(platform.machine(), -1)

# enum bpf_cmd and enum bpf_attach_type (linux/bpf.h)
CREATE, LOOKUP, UPDATE, DELETE, NEXT_KEY, PIN, GET, TEST_RUN, INFO = 0, 1, 2, 3, 4, 6, 7, 10, 15
UPDATE_BATCH, LINK_CREATE, LINK_UPDATE = 26, 28, 29
XDP, TCX_INGRESS, TCX_EGRESS = 37, 46, 47
XDP_GENERIC, XDP_NATIVE = 2, 4
LIVE_FRAMES = 2
_SIZE = 168
_MMAPABLE = 1 << 10
PAGE = mmap.PAGESIZE


def _bpf(command: int, attributes: bytes, what: str) -> tuple[int, bytes]:
    buffer = ctypes.create_string_buffer(attributes, _SIZE)
    result = _libc.syscall(_NUMBER, command, buffer, _SIZE)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result, buffer.raw


def _buffer(data: bytes) -> tuple[ctypes.Array[ctypes.c_char], int]:
    """Memory with these octets, and its address; it lives as long as the first is held."""
    memory = ctypes.create_string_buffer(data, len(data))
    return memory, ctypes.addressof(memory)


def probe() -> None:
    """Raises OSError where the kernel has no bpf(2), or not for us, or where libbpf is missing."""
    library()
    descriptor, _ = _bpf(CREATE, struct.pack("=IIII", 2, 4, 8, 1), "make a map")
    os.close(descriptor)


def pin(descriptor: int, path: Path) -> None:
    """Let the kernel keep a map or a link under a name in a BPF file system."""
    memory, address = _buffer(bytes(path) + b"\0")
    _bpf(PIN, struct.pack("=QII", address, descriptor, 0), f"pin {path}")
    del memory


def pinned(path: Path) -> int:
    """A descriptor of what is pinned there."""
    memory, address = _buffer(bytes(path) + b"\0")
    descriptor, _ = _bpf(GET, struct.pack("=QII", address, 0, 0), f"open {path}")
    del memory
    return descriptor


def info(descriptor: int, size: int = 80) -> bytes:
    """struct bpf_map_info, bpf_prog_info or bpf_link_info, whatever the descriptor is."""
    memory, address = _buffer(bytes(size))
    _bpf(INFO, struct.pack("=IIQ", descriptor, size, address), "ask about a BPF object")
    return memory.raw


class Map:
    """A map by its descriptor, which it owns."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        what = info(descriptor)
        self.kind, _, self.key_size, self.value_size, self.entries, self.flags = struct.unpack_from(
            "=6I", what
        )

    def update(self, key: bytes, value: bytes) -> None:
        """Set an element."""
        keys, key_address = _buffer(key)
        values, value_address = _buffer(value)
        _bpf(UPDATE, struct.pack("=I4xQQQ", self.descriptor, key_address, value_address, 0), "update a map")
        del keys, values

    def delete(self, key: bytes) -> None:
        """Remove an element; FileNotFoundError where there is none."""
        keys, key_address = _buffer(key)
        _bpf(DELETE, struct.pack("=I4xQQQ", self.descriptor, key_address, 0, 0), "delete from a map")
        del keys

    def lookup(self, key: bytes, copies: int = 1) -> bytes:
        """An element's value; of a per-processor map as many as there are processors."""
        keys, key_address = _buffer(key)
        values, value_address = _buffer(bytes((self.value_size + 7) // 8 * 8 * copies))
        _bpf(
            LOOKUP, struct.pack("=I4xQQQ", self.descriptor, key_address, value_address, 0), "look up in a map"
        )
        del keys
        return values.raw

    def keys(self) -> list[bytes]:
        """All keys of a hash."""
        found: list[bytes] = []
        after, value_address = _buffer(bytes(self.key_size))
        first = 0
        try:
            while True:
                attributes = struct.pack("=I4xQQQ", self.descriptor, first, value_address, 0)
                _bpf(NEXT_KEY, attributes, "walk a map")
                found.append(after.raw)
                first = value_address
        except FileNotFoundError:
            return found

    def memory(self) -> mmap.mmap:
        """The values of an array made with BPF_F_MMAPABLE, in this process's own memory."""
        assert self.flags & _MMAPABLE, "only an array with BPF_F_MMAPABLE has memory to share"
        size = (self.value_size + 7) // 8 * 8 * self.entries
        return mmap.mmap(self.descriptor, (size + PAGE - 1) // PAGE * PAGE)

    def close(self) -> None:
        os.close(self.descriptor)


class Object:
    """An ELF file loaded: its maps and programs by name.

    Maps found under `pins` are used instead of new ones, others are pinned there. `entries` sets the size of
    maps, `constants` the content of `.rodata` and its like, `programs` which to load (all where None).
    """

    def __init__(
        self,
        path: Path,
        *,
        pins: Path | None = None,
        entries: Mapping[str, int] | None = None,
        constants: Mapping[str, bytes] | None = None,
        programs: set[str] | None = None,
    ) -> None:
        self._library = library()
        self._object = self._library.bpf_object__open_file(bytes(path), None)
        if not self._object:
            raise OSError(ctypes.get_errno(), f"open {path}: {os.strerror(ctypes.get_errno())}")
        try:
            maps, found = self._each("map"), self._each("program")
            self._prepare(maps, pins, entries or {}, constants or {})
            for name, program in found.items():
                self._library.bpf_program__set_autoload(program, programs is None or name in programs)
            self._check(self._library.bpf_object__load(self._object), f"load {path.name}")
            self.maps = {name: Map(os.dup(self._descriptor("map", each))) for name, each in maps.items()}
            self.programs = {
                name: os.dup(self._descriptor("program", each))
                for name, each in found.items()
                if programs is None or name in programs
            }
        finally:
            self._library.bpf_object__close(self._object)

    def close(self) -> None:
        """Close the descriptors; what is pinned or attached lives on."""
        for descriptor in self.programs.values():
            os.close(descriptor)
        for each in self.maps.values():
            each.close()

    def _prepare(
        self,
        maps: Mapping[str, int],
        pins: Path | None,
        entries: Mapping[str, int],
        constants: Mapping[str, bytes],
    ) -> None:
        for name, each in maps.items():
            section = name[max(name.find("."), 0) :]
            if section in constants:
                content = constants[section]
                size = ctypes.c_size_t()
                self._library.bpf_map__initial_value(each, ctypes.byref(size))
                assert size.value == len(content), f"{section} has {size.value} octets, not {len(content)}"
                result = self._library.bpf_map__set_initial_value(each, content, len(content))
                self._check(result, "set the constants")
            elif not name.startswith(".") and "." not in name:
                if name in entries:
                    result = self._library.bpf_map__set_max_entries(each, entries[name])
                    self._check(result, f"size {name}")
                if pins is not None:
                    result = self._library.bpf_map__set_pin_path(each, bytes(pins / name))
                    self._check(result, f"pin {name}")

    def _each(self, kind: str) -> dict[str, int]:
        following = getattr(self._library, f"bpf_object__next_{kind}")
        name = getattr(self._library, f"bpf_{kind}__name")
        found: dict[str, int] = {}
        each = following(self._object, None)
        while each:
            found[name(each).decode()] = each
            each = following(self._object, each)
        return found

    def _descriptor(self, kind: str, each: int) -> int:
        result: int = getattr(self._library, f"bpf_{kind}__fd")(each)
        self._check(min(result, 0), f"descriptor of a {kind}")
        return result

    @staticmethod
    def _check(result: int, what: str) -> None:
        if result < 0:
            raise OSError(-result, f"{what}: {os.strerror(-result)}; {_log[-1] if _log else ''}".rstrip("; "))


_log: list[str] = []
"""What libbpf said last."""

_PRINT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)


def library() -> Any:
    """libbpf, its functions typed. Raises OSError where it is not installed."""
    found = ctypes.CDLL("libbpf.so.1", use_errno=True)
    pointer = ctypes.c_void_p
    for name in ("bpf_object__open_file", "bpf_object__next_map", "bpf_object__next_program"):
        getattr(found, name).restype = pointer
        getattr(found, name).argtypes = [pointer, pointer]
    found.bpf_object__open_file.argtypes = [ctypes.c_char_p, pointer]
    for name in ("bpf_map__name", "bpf_program__name"):
        getattr(found, name).restype = ctypes.c_char_p
        getattr(found, name).argtypes = [pointer]
    for name in ("bpf_map__fd", "bpf_program__fd", "bpf_object__load", "bpf_object__close"):
        getattr(found, name).argtypes = [pointer]
    found.bpf_map__set_pin_path.argtypes = [pointer, ctypes.c_char_p]
    found.bpf_map__set_max_entries.argtypes = [pointer, ctypes.c_uint32]
    found.bpf_map__initial_value.argtypes = [pointer, pointer]
    found.bpf_map__initial_value.restype = pointer
    found.bpf_map__set_initial_value.argtypes = [pointer, ctypes.c_char_p, ctypes.c_size_t]
    found.bpf_program__set_autoload.argtypes = [pointer, ctypes.c_bool]
    return found


def attach(program: int, device: int, kind: int, flags: int = 0) -> int:
    """A link of a program to a device (by index): XDP, TCX_INGRESS or TCX_EGRESS. It lasts while it is held
    or pinned."""
    attributes = struct.pack("=IIIIIIQ", program, device, kind, flags, 0, 0, 0)
    return _bpf(LINK_CREATE, attributes, f"attach to device {device}")[0]


def replace(link: int, program: int) -> None:
    """Put another program in the place of a link's, between two packets."""
    _bpf(LINK_UPDATE, struct.pack("=IIII", link, program, 0, 0), "replace a program")


def device_of(link: int) -> int:
    """The index of the device a link is at; 0 where that is gone (struct bpf_link_info: xdp, tcx)."""
    device: int = struct.unpack_from("=I", info(link, 64), 16)[0]
    return device


class Outcome(tuple[int, int, bytes]):
    """What a test run gave: the program's verdict, ns per run, and the packet afterwards."""

    __slots__ = ()
    verdict = property(lambda self: self[0])
    cost = property(lambda self: self[1])
    packet = property(lambda self: self[2])


def try_out(
    program: int, frame: bytes, *, repeat: int = 1, device: int = 0, live: bool = False, batch: int = 0
) -> Outcome:
    """Run an XDP program over a frame as if it came from `device`; `live` sends it where the program says."""
    data, data_address = _buffer(frame)
    room = 0 if live else 4096
    out, out_address = _buffer(bytes(max(room, 1)))
    context, context_address = _buffer(struct.pack("=6I", 0, len(frame), 0, device, 0, 0))
    with_context = (24, context_address) if device else (0, 0)
    attributes = struct.pack(
        "=IIIIQQIIIIQQIII", program, 0, len(frame), room, data_address, 0 if live else out_address, repeat, 0,
        with_context[0], 0, with_context[1], 0, LIVE_FRAMES if live else 0, 0, batch,
    )  # fmt: skip
    _, after = _bpf(TEST_RUN, attributes, "run a program")
    del data, context
    verdict, size, cost = (struct.unpack_from("=I", after, at)[0] for at in (4, 12, 36))
    return Outcome((verdict, cost, out.raw[:size]))

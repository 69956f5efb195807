"""What outlives this process: maps and links under names in a BPF file system, one folder per data path.

The folder's name has the layout of the tables in it, so a data path is only ever adopted by a program that
reads it as it was written. Removing the folder is what stops the data path.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from contextlib import suppress
from pathlib import Path

from pilot5g.datapath.ebpf import bpf
from pilot5g.datapath.ebpf.records import LAYOUT

SYSTEM = Path("/sys/fs/bpf")
OWN = Path("/run/pilot5g/bpf")
_MAGIC = 0xCAFE4A11

_libc = ctypes.CDLL(None, use_errno=True)


def folder(name: str) -> Path:
    """The folder of the data path of that name, made where it is not there. Raises OSError."""
    path = _file_system() / "pilot5g" / f"{name}-v{LAYOUT}"
    path.mkdir(parents=True, exist_ok=True)
    return path


def remove(name: str) -> bool:
    """Stop the data path of that name, of whatever layout; whether there was one."""
    found = [path for root in (SYSTEM, OWN) for path in (root / "pilot5g").glob(f"{name}-v*")]
    for path in found:
        shutil.rmtree(path, ignore_errors=True)
    return bool(found)


def link(path: Path, program: int, device: int, kind: int, flags: int = 0) -> int:
    """Attach a program to a device and pin that; a link that is pinned already gets the program. Its
    descriptor. Raises OSError."""
    with suppress(OSError):
        descriptor = bpf.pinned(path)
        if bpf.device_of(descriptor) == device:
            bpf.replace(descriptor, program)
            return descriptor
        os.close(descriptor)
    path.unlink(missing_ok=True)
    descriptor = bpf.attach(program, device, kind, flags)
    try:
        bpf.pin(descriptor, path)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _file_system() -> Path:
    """Where BPF objects can be pinned: the system's place, else one of our own."""
    for path in (SYSTEM, OWN):
        if _is_bpf(path):
            return path
    OWN.mkdir(parents=True, exist_ok=True)
    if _libc.mount(b"pilot5g", bytes(OWN), b"bpf", 0, None) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"mount a BPF file system on {OWN}: {os.strerror(code)}")
    return OWN


def _is_bpf(path: Path) -> bool:
    buffer = ctypes.create_string_buffer(256)
    if _libc.statfs(bytes(path), buffer) < 0:
        return False
    return int.from_bytes(buffer.raw[:8], "little") & 0xFFFFFFFF == _MAGIC

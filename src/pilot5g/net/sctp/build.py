"""Compiles the binding to libusrsctp, where a compiler and libusrsctp-dev are at hand. Optional.

`make compile` does so for a checkout, `python -m pilot5g.net.sctp.build` puts it beside this file. The
next start uses it instead of opening the library: the calls are the same ones, layouts come from the real
header, callbacks are cheaper, and no declarations are parsed.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import cffi

from pilot5g.net.sctp._cdef import CDEF

NAME = "pilot5g.net.sctp._usrsctp"
"""The module, where it is looked for."""

_CALLBACKS = """
extern "Python" int pilot5g_output(void *, void *, size_t, uint8_t, uint8_t);
extern "Python" void pilot5g_upcall(struct socket *, void *, int);
"""


def compile_into(directory: Path) -> Path:
    """Compile the module `_usrsctp` into a directory. Raises cffi.VerificationError where that fails."""
    ffi = cffi.FFI()
    ffi.cdef(CDEF + _CALLBACKS)
    ffi.set_source(
        "_usrsctp",
        "#include <usrsctp.h>\n",
        libraries=["usrsctp"],
        extra_compile_args=["-O2", "-Wno-incompatible-pointer-types", "-Wno-discarded-qualifiers"],
    )
    with TemporaryDirectory() as scratch:
        made = Path(ffi.compile(tmpdir=scratch))
        return Path(shutil.copy(made, directory / made.name))


if __name__ == "__main__":
    print(compile_into(Path(__file__).parent))

"""Which form of the hot modules runs: compiled by mypyc, or the same sources as Python reads them.

A wheel that was built with a C compiler has the compiled modules beside their sources, and Python takes them.
In a checkout `make compile` puts them into `build/compiled`, never beside the sources, with a stamp that says
what they were made from. `use` looks at the stamp once, when `pilot5g` is imported, and lets Python find them
there as long as nothing under `wire`, `crypto` and `model` has changed since, nor the binding to usrsctp: an
edit is never shadowed by what was compiled before it, it only makes the program slower until `make compile`
runs again.

`PILOT5G_COMPILED=no` is for tests of the plain form, `=yes` makes it an error not to have the compiled one.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterable, Sequence
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).resolve().parent
BUILT = PACKAGE.parent.parent / "build" / "compiled"
STAMP = "stamp"
VARIABLE = "PILOT5G_COMPILED"
LAYERS = ("wire", "crypto", "model")
"""Where the compiled modules and all that they are built upon are."""
BINDING = ("net/sctp/_cdef.py", "net/sctp/build.py")
"""What the binding to usrsctp is made from."""


def suffix() -> str:
    """How the name of a compiled module ends for this interpreter."""
    return str(sysconfig.get_config_var("EXT_SUFFIX"))


def digest(package: Path = PACKAGE) -> str:
    """What the sources of the compiled modules, and of what they import, are now."""
    found = hashlib.blake2b(digest_size=16)
    for pattern in (*(f"{layer}/**/*.py" for layer in LAYERS), *BINDING):
        for path in sorted(package.glob(pattern)):
            found.update(f"{path.relative_to(package)}\n{path.stat().st_size}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def write_stamp(built: Path, modules: Iterable[str], package: Path) -> None:
    """Say in `built` that the compiled modules there, by name, were made from this package."""
    (built / STAMP).write_text("\n".join([suffix(), digest(package), *modules]) + "\n")


def why_not(built: Path = BUILT) -> str:
    """Why what is in `built` cannot be used, in words; empty where it can."""
    if not (built / STAMP).is_file():
        return "nothing is compiled"
    made_for, made_from, *_ = (built / STAMP).read_text().splitlines()
    if made_for != suffix():
        return f"compiled for another Python ({made_for})"
    return "" if made_from == digest() else "the sources have changed since they were compiled"


class _Finder:
    """Finds the compiled modules, and the library that all of them share."""

    def __init__(self, built: Path) -> None:
        names = (built / STAMP).read_text().splitlines()[2:]
        self.files = {name: built / (name.replace(".", "/") + suffix()) for name in names}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module of ours is; None for any other."""
        file = self.files.get(fullname)
        return None if file is None else spec_from_file_location(fullname, file)


def use(built: Path = BUILT) -> None:
    """Let Python find the compiled modules where they fit. Raises ImportError where they must and do not."""
    wish = os.environ.get(VARIABLE, "")
    if wish == "no" or (not wish and not built.is_dir()):
        return
    reason = why_not(built)
    if not reason:
        sys.meta_path.insert(0, _Finder(built))
    elif wish == "yes" and not is_compiled():
        raise ImportError(f"{VARIABLE}=yes, but {reason}: run `make compile`")


def is_compiled() -> bool:
    """Whether the hot modules are the compiled ones: found by `use`, or beside their sources in a wheel."""
    found = any(isinstance(finder, _Finder) for finder in sys.meta_path)
    return found or any(PACKAGE.rglob(f"*{suffix()}"))

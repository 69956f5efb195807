"""Compiles the hot modules with mypyc: `python tools/compile.py`, which `make compile` runs.

    --optional   where that cannot be done here, say why, once, and go on without
    --force      although nothing has changed

The modules are those of `[tool.pilot5g] compiled` in pyproject.toml, and the binding to libusrsctp where its
header is installed. They go to `build/compiled`, from where `pilot5g.compiled` takes them as long as the
sources stay what they were. A wheel is built by the same code (`tools/wheel_hook.py`).

All other modules get their byte code here, as an installation has it: Python writes it at the first import,
but not where it must not (`PYTHONDONTWRITEBYTECODE`), and a start that reads sources takes twice the time.
"""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src"
GROUP = "pilot5g"
SUFFIX = str(sysconfig.get_config_var("EXT_SUFFIX"))
LIBRARY = f"{GROUP}__mypyc"
"""The library that all compiled modules share, so that calls between them are calls of C."""


def modules() -> list[str]:
    """The modules to compile, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [str(name) for name in project["tool"]["pilot5g"]["compiled"]]


def obstacle() -> str:
    """Why nothing can be compiled here, and what to do; empty where it can."""
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
    if shutil.which(compiler) is None:
        return f"there is no C compiler ({compiler}). On Debian: sudo apt-get install gcc"
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        return "the headers of Python are missing. On Debian: sudo apt-get install python3-dev"
    return ""


def snapshot(scratch: Path) -> Path:
    """A copy of the sources, for they may be edited while they are compiled."""
    return shutil.copytree(SOURCES, scratch / "src", ignore=shutil.ignore_patterns("__pycache__"))


def build_into(target: Path, sources: Path) -> list[Path]:
    """Compile `sources` into `target`, as the tree that Python imports from; the files, relative to it."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, str(Path(__file__).resolve()), "--here", scratch, *modules()]
        done = subprocess.run(
            command, cwd=sources, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            raise RuntimeError(f"mypyc could not compile:\n{(done.stdout + done.stderr)[-4000:]}")
        made = Path(scratch) / "made"
        files = sorted(path.relative_to(made) for path in made.rglob(f"*{SUFFIX}"))
        shutil.copytree(made, target, dirs_exist_ok=True)
        return files


def bind_into(target: Path) -> list[str]:
    """Compile the binding to libusrsctp as well, which without it is made at every start, and slower. The
    names of the modules: none where the library's header is missing."""
    import cffi

    from pilot5g.net.sctp import build

    folder = target / build.NAME.rpartition(".")[0].replace(".", "/")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        build.compile_into(folder)
    except cffi.VerificationError:
        print("compile: without the binding to usrsctp (on Debian: libusrsctp-dev)", file=sys.stderr)
        return []
    return [build.NAME]


def _here(scratch: Path, names: list[str]) -> None:
    """What the process in the scratch folder does: mypyc, and the C compiler on what it wrote."""
    from mypyc.build import mypycify
    from setuptools import Distribution
    from setuptools.command.build_ext import build_ext

    (scratch / "mypy.ini").write_text("[mypy]\nmypy_path = .\n")
    files = [name.replace(".", "/") + ".py" for name in names]
    extensions = mypycify(
        [f"--config-file={scratch / 'mypy.ini'}", f"--cache-dir={scratch / 'cache'}", *files],
        opt_level="3",
        debug_level="0",
        group_name=GROUP,
        target_dir=str(scratch / "c"),
    )
    command = build_ext(Distribution({"name": GROUP, "ext_modules": extensions}))
    command.build_lib = str(scratch / "made")
    command.build_temp = str(scratch / "objects")
    command.parallel = os.cpu_count()
    command.ensure_finalized()
    command.run()


def main(arguments: list[str]) -> int:
    """Compile where needed and possible; the exit code."""
    if arguments[:1] == ["--here"]:
        _here(Path(arguments[1]), arguments[2:])
        return 0
    compileall.compile_dir(SOURCES, quiet=2)
    os.environ["PILOT5G_COMPILED"] = "no"
    sys.path.insert(0, str(SOURCES))
    from pilot5g import compiled

    if "--force" not in arguments and not compiled.why_not():
        return 0
    if reason := obstacle():
        print(f"compile: the hot modules stay uncompiled: {reason}", file=sys.stderr)
        return 0 if "--optional" in arguments else 1
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        sources = snapshot(Path(scratch))
        made = Path(scratch) / "compiled"
        build_into(made, sources)
        names = [LIBRARY, *modules(), *bind_into(made)]
        compiled.write_stamp(made, names, sources / "pilot5g")
        shutil.rmtree(compiled.BUILT, ignore_errors=True)
        shutil.copytree(made, compiled.BUILT)
    print(f"compile: {len(names) - 1} modules after {time.monotonic() - started:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Compiles the programs of the user plane for the kernel: `python tools/ebpf.py`, which `make compile` runs.

    --optional   where that cannot be done here, say why, once, and go on without

They go to `build/ebpf`, where `pilot5g.datapath` finds them; a wheel has them beside their modules. The
kernel checks them when they are loaded, so what is compiled here runs on any machine of the same byte order.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATAPATH = ROOT / "src" / "pilot5g" / "datapath"
SOURCES = DATAPATH / "ebpf" / "programs"
OBJECTS = {"ebpf": "plane.bpf", "air": "air.bpf"}
"""Of each folder of `datapath` that has programs, the one file they are in."""
HEADERS = Path("/usr/include")


def obstacle() -> str:
    """Why nothing can be compiled here, and what to do; empty where it can."""
    if shutil.which("clang") is None:
        return "there is no clang. On Debian: sudo apt-get install clang"
    if not (HEADERS / "bpf" / "bpf_helpers.h").is_file():
        return "the headers of libbpf are missing. On Debian: sudo apt-get install libbpf-dev"
    return ""


def build(target: Path, source: Path = SOURCES / "plane.bpf.c", *options: str) -> None:
    """Compile one program file into `target`. Raises RuntimeError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    multiarch = HEADERS / str(sysconfig.get_config_var("MULTIARCH") or "x86_64-linux-gnu")
    command = [
        "clang",
        "-O2",
        "-g",
        "-target",
        "bpf",
        "-mcpu=v3",
        "-Wall",
        "-Wextra",
        "-Wno-unused-parameter",
    ]
    command += ["-Werror", f"-I{multiarch}", f"-I{SOURCES}", *options, "-c", str(source), "-o", str(target)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"clang could not compile {source.name}:\n{done.stderr[-4000:]}")


def build_all(folder: Path) -> dict[str, Path]:
    """Compile all that a user needs into a folder; by folder of `datapath`. Raises RuntimeError."""
    made = {}
    for part, name in OBJECTS.items():
        made[part] = folder / f"{name}.o"
        build(made[part], DATAPATH / part / "programs" / f"{name}.c")
    return made


def main(arguments: list[str]) -> int:
    """Compile where possible; the exit code."""
    if reason := obstacle():
        print(f"compile: the user plane in the kernel is left out: {reason}", file=sys.stderr)
        return 0 if "--optional" in arguments else 1
    build_all(ROOT / "build" / "ebpf")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

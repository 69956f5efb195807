"""Compiles what a wheel can carry: the hot modules where there is a C compiler, else it is pure Python, and
the user plane's programs for the kernel where there is clang, else it runs without them.

Both wheels come from the same tree: `HATCH_BUILD_NO_HOOKS=true` gives the pure one anywhere. This is a hook
of our own and not hatch-mypyc, because that one fails where nothing can be compiled, and a checkout compiles
by the same code (`tools/compile.py`).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))
import compile as compiling
import ebpf

MYPYC = ["mypy==2.4.1", "setuptools"]
"""What compiles. The version is exact, since tests of the compiled form are what vouches for it."""


class CompiledWheel(BuildHookInterface[Any]):
    """The hook."""

    def dependencies(self) -> list[str]:
        """What the build needs: mypyc reads the types of what the modules import, so that as well."""
        if compiling.obstacle():
            return []
        return [*MYPYC, *self.metadata.core.dependencies]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and add what was made to the wheel."""
        if version == "editable":
            return
        self.made = tempfile.TemporaryDirectory()
        self._compile_programs(build_data)
        if reason := compiling.obstacle():
            self.app.display_warning(f"a pure wheel, whose hot modules run uncompiled: {reason}")
            return
        made = Path(self.made.name)
        for place in compiling.build_into(made, compiling.SOURCES):
            build_data["force_include"][str(made / place)] = str(place)
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def _compile_programs(self, build_data: dict[str, Any]) -> None:
        if reason := ebpf.obstacle():
            self.app.display_warning(f"a wheel without the user plane in the kernel: {reason}")
            return
        for part, path in ebpf.build_all(Path(self.made.name)).items():
            build_data["force_include"][str(path)] = f"pilot5g/datapath/{part}/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what has been packed."""
        if hasattr(self, "made"):
            self.made.cleanup()

"""The compiled form is taken where it fits, never where it does not; and a run that asks for it has it."""

import ast
import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pilot5g import compiled

ROOT = Path(__file__).parents[2]
MODULES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pilot5g"]["compiled"]
WANTED = os.environ.get("PILOT5G_COMPILED") == "yes"


@pytest.mark.parametrize("name", MODULES)
def test_this_run_has_the_form_it_asked_for(name):
    module = importlib.import_module(name)
    assert module.__file__.endswith(compiled.suffix() if WANTED else ".py")
    assert compiled.is_compiled() == WANTED


@pytest.mark.parametrize("name", MODULES)
def test_no_literal_is_shifted_by_a_variable(name):
    """mypyc 2.4 makes a 32-bit shift of `literal << i64`."""
    path = ROOT / "src" / (name.replace(".", "/") + ".py")
    wrong = [
        f"{path.name}:{node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift)
        if isinstance(node.left, ast.Constant) and not isinstance(node.right, ast.Constant)
    ]
    assert wrong == []


@pytest.fixture
def checkout(tmp_path):
    """A package of three layers with one module that claims to be compiled."""
    package = tmp_path / "src" / "pilot5g"
    for layer in compiled.LAYERS:
        (package / layer).mkdir(parents=True)
        (package / layer / "__init__.py").write_text('"""A layer."""\n')
    for name in compiled.BINDING:
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text('"""The binding."""\n')
    (package / "wire" / "hot.py").write_text('FORM = "plain"\n')
    shutil.copy(compiled.__file__, package / "compiled.py")
    (package / "__init__.py").write_text("from pilot5g import compiled\n\ncompiled.use()\n")
    built = tmp_path / "build" / "compiled"
    place = built / "pilot5g" / "wire" / f"hot{compiled.suffix()}"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"not a library")
    compiled.write_stamp(built, ["pilot5g.wire.hot"], package)
    return tmp_path


def imported(checkout, wish=""):
    """What a fresh interpreter finds for the module: its place, or the error."""
    code = "import importlib.util as u, pilot5g; print(u.find_spec('pilot5g.wire.hot').origin)"
    environment = {"PYTHONPATH": str(checkout / "src"), "PILOT5G_COMPILED": wish}
    command = [sys.executable, "-S", "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_what_fits_is_taken(checkout):
    assert imported(checkout).endswith(f"build/compiled/pilot5g/wire/hot{compiled.suffix()}")


def test_nothing_is_taken_where_the_plain_form_is_asked_for(checkout):
    assert imported(checkout, "no").endswith("src/pilot5g/wire/hot.py")


@pytest.mark.parametrize("edited", [*(f"{each}/__init__.py" for each in compiled.LAYERS), *compiled.BINDING])
def test_an_edit_is_never_shadowed(checkout, edited):
    with (checkout / "src" / "pilot5g" / edited).open("a") as file:
        file.write("# edited\n")
    assert imported(checkout).endswith("src/pilot5g/wire/hot.py")
    assert "changed since they were compiled: run `make compile`" in imported(checkout, "yes")


def test_a_new_source_makes_it_stale(checkout):
    (checkout / "src" / "pilot5g" / "wire" / "more.py").write_text("")
    assert imported(checkout).endswith("src/pilot5g/wire/hot.py")


def test_what_another_python_made_is_left_alone(checkout):
    stamp = checkout / "build" / "compiled" / compiled.STAMP
    stamp.write_text(stamp.read_text().replace(compiled.suffix(), ".cpython-399-other.so"))
    assert imported(checkout).endswith("src/pilot5g/wire/hot.py")
    assert "compiled for another Python (.cpython-399-other.so)" in imported(checkout, "yes")


def test_without_a_stamp_nothing_is_compiled(checkout):
    (checkout / "build" / "compiled" / compiled.STAMP).unlink()
    assert imported(checkout).endswith("src/pilot5g/wire/hot.py")
    assert "nothing is compiled" in imported(checkout, "yes")


def test_a_wheel_needs_no_stamp(checkout):
    """There the compiled module lies beside its source."""
    shutil.rmtree(checkout / "build")
    beside = checkout / "src" / "pilot5g" / "wire" / f"hot{compiled.suffix()}"
    beside.write_bytes(b"not a library")
    assert imported(checkout) == str(beside)

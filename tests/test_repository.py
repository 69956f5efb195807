"""What holds for the repository as a whole: sizes, words that do not belong, docstrings, places, licences."""

import ast
import functools
import re
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))

LONGEST_FILE = 500
LONGEST_FUNCTION = 60

# Catalogues of messages and information elements follow the tables of their specification, however long those
# are. The list may only hold files that need it.
CATALOGUES = {"src/pilot5g/wire/ngap/messages.py"}

# Beside the folders that mirror src/pilot5g.
OTHER_TEST_FOLDERS = {"docs", "flows", "fuzz", "interop", "judges", "properties", "system", "vectors"}

# Written in pieces, so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b|NotImplemented" + r"Error")
REGISTRY_HOSTS = re.compile(
    r"(pypi|pythonhosted|npmjs|crates|golang|maven)\.(org|com|io)|deb\.debian\." + "org"
)
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(work|home|Users)/\w+|/tmp/(plan|bash_jobs)")

PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|PSF|ISC|Python Software Foundation|0BSD)\b", re.IGNORECASE)
RESTRICTIVE = re.compile(r"\bA?GPL|\bLGPL|SSPL|General Public License", re.IGNORECASE)


@functools.cache
def tracked() -> list[Path]:
    """The text files that git tracks, or those on disk where this is no git checkout."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        paths = [*SOURCES, *TESTS, *(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "Makefile"]
    return [path for path in paths if path.is_file()]


@functools.cache
def text(path: Path) -> str:
    """The file's text; empty for a binary file."""
    octets = path.read_bytes()
    return "" if b"\0" in octets else octets.decode(errors="replace")


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), str(path))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def matches(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    """`file:line: text` for every line on which the pattern is found."""
    return [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in paths
        if pattern.search(text(path))
        for number, line in enumerate(text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_source_file_is_longer_than_a_person_reads_at_once():
    lengths = {name(path): text(path).count("\n") for path in SOURCES}
    long = {path for path, length in lengths.items() if length > LONGEST_FILE}
    assert sorted(long - CATALOGUES) == []
    assert sorted(CATALOGUES - long) == [], "short enough by now: take these off the list of catalogues"


def test_no_function_is_longer_than_a_screen():
    long = [
        f"{name(path)}:{node.lineno}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for path in SOURCES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_every_module_says_what_it_is_for():
    assert [name(path) for path in SOURCES if not ast.get_docstring(tree(path))] == []


def test_nothing_is_left_for_later():
    assert matches(UNFINISHED, [path for path in tracked() if path.suffix in {".py", ".md", ".toml"}]) == []


def test_no_registry_is_named():
    assert matches(REGISTRY_HOSTS, tracked()) == []


def test_no_path_of_one_machine_is_named():
    assert matches(MACHINE_PATHS, tracked()) == []


def test_every_test_lies_beside_what_it_tests():
    layers = {path.name for path in (ROOT / "src" / "pilot5g").iterdir() if path.is_dir()}
    stray = [
        name(path)
        for path in TESTS
        if path != Path(__file__)
        and path.relative_to(ROOT / "tests").parts[0] not in layers | OTHER_TEST_FOLDERS
    ]
    assert stray == []


def locked(kind: str) -> dict[str, str]:
    """The packages and versions of one locked file, those of other systems left out."""
    lines = text(ROOT / "requirements" / f"{kind}.txt").splitlines()
    pins = [line for line in lines if "==" in line and "win32" not in line]
    return dict(re.match(r"([\w.-]+)==(\S+)", line).groups() for line in pins)


def test_the_development_lock_holds_the_runtime_lock():
    assert locked("run").items() <= locked("dev").items()


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_every_locked_package_has_hashes_and_no_address(kind):
    requirements = re.split(r"\n(?=\S)", text(ROOT / "requirements" / f"{kind}.txt").strip())
    assert [entry for entry in requirements if "--hash=sha256:" not in entry] == []
    assert matches(re.compile(r"://|--index|--find-links"), [ROOT / "requirements" / f"{kind}.txt"]) == []


def test_the_command_and_the_package_agree_on_the_version():
    import pilot5g

    project = text(ROOT / "pyproject.toml")
    assert f'version = "{pilot5g.__version__}"' in project


def licence_of(package: str) -> str:
    about = metadata.metadata(package)
    expression = about.get("License-Expression") or ""
    classifiers = [entry for entry in about.get_all("Classifier") or [] if entry.startswith("License")]
    return " | ".join(filter(None, [expression, *classifiers, (about.get("License") or "")[:80]]))


@pytest.mark.parametrize("package", sorted(locked("run")))
def test_the_licence_of_a_runtime_dependency_is_permissive(package):
    licence = licence_of(package)
    assert PERMISSIVE.search(licence), licence
    assert not RESTRICTIVE.search(licence), licence

"""The conformance tables name tests that exist, and leave no clause without a word."""

import ast
import importlib.util
import re
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
spec = importlib.util.spec_from_file_location("conformance", ROOT / "tools" / "conformance.py")
conformance = importlib.util.module_from_spec(spec)
sys.modules["conformance"] = conformance
spec.loader.exec_module(conformance)

TABLES = conformance.tables()
ROWS = [
    pytest.param(clause, id=f"{table.specification} {number}")
    for table in TABLES
    for number, clause in table.clauses.items()
]


@cache
def functions_of(path):
    """The names of the test functions of a file."""
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in ast.walk(tree) if isinstance(each, functions)}


@pytest.mark.parametrize("clause", ROWS)
def test_every_clause_says_what_is_done_and_by_which_tests(clause):
    assert bool(clause.about) != bool(clause.tests or clause.missing)
    assert clause.title
    for named in clause.tests:
        path, _, name = named.partition("::")
        assert name in functions_of(path), f"there is no {named}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.specification)
def test_clauses_are_in_their_order(table):
    def key(number):
        parts = (re.fullmatch(r"(\d+)([a-zA-Z]*)", part).groups() for part in number.split("."))
        return [(int(digits), letters) for digits, letters in parts]

    numbers = list(table.clauses)
    assert numbers == sorted(numbers, key=key)

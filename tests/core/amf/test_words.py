"""Every cause that the core can tell a phone or a radio has a reason and a hint for people."""

import ast
from itertools import pairwise
from pathlib import Path

import pytest

import pilot5g.core
from pilot5g.core.amf import causes, words
from pilot5g.flow.errors import Problem
from pilot5g.wire.nas import GmmCause

CORE = Path(pilot5g.core.__file__).parent
SOURCES = [(path, ast.parse(path.read_text(encoding="utf-8"))) for path in sorted(CORE.rglob("*.py"))]
GROUPS = ("radioNetwork", "transport", "nas", "protocol", "misc")
INPUT = {"MAC_FAILURE", "NON_5G_AUTHENTICATION_UNACCEPTABLE", "SECURITY_MODE_REJECTED"}
"""Causes that a phone says, and the core never does."""


def gmm_causes():
    """Every member of GmmCause that the core names."""
    names = set()
    for path, tree in SOURCES:
        if path.name == "words.py":
            continue
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and getattr(node.value, "attr", getattr(node.value, "id", "")) == "GmmCause"
            ):
                names.add(node.attr)
    return sorted(names - INPUT)


def ngap_causes():
    """Every pair of a group and a value that is spelled in the core."""
    found = set()
    for path, tree in SOURCES:
        if path.name == "words.py":
            continue
        for node in ast.walk(tree):
            texts = [each.value for each in ast.iter_child_nodes(node) if isinstance(each, ast.Constant)]
            for group, value in pairwise(texts):
                if group in GROUPS and isinstance(value, str):
                    found.add(f"{group}/{value}")
    return sorted(found)


def test_there_is_something_to_judge():
    assert len(gmm_causes()) > 20
    assert len(ngap_causes()) > 25


@pytest.mark.parametrize("name", gmm_causes())
def test_a_gmm_cause_has_words(name):
    reason, hint = words.GMM[GmmCause[name]]
    assert reason
    assert hint


@pytest.mark.parametrize("name", ngap_causes())
def test_an_ngap_cause_has_words(name):
    reason, hint = words.NGAP[name]
    assert reason
    assert hint


@pytest.mark.parametrize("problem", list(Problem), ids=str)
def test_what_another_function_says_becomes_a_cause_with_words(problem):
    assert causes.REGISTRATION[problem] in words.GMM
    assert causes.NOT_FORWARDED.get(problem, GmmCause.PAYLOAD_WAS_NOT_FORWARDED) in words.GMM


def refusals():
    """Every `Refused(…)` and `refuse(…)` that is written in the core."""
    for path, tree in SOURCES:
        for node in ast.walk(tree):
            called = getattr(node, "func", None)
            name = getattr(called, "id", getattr(called, "attr", ""))
            if isinstance(node, ast.Call) and name in ("Refused", "AuthenticationRefused", "refuse"):
                yield pytest.param(name, node, id=f"{path.relative_to(CORE)}:{node.lineno}")


@pytest.mark.parametrize(("name", "call"), list(refusals()))
def test_every_refusal_says_why_and_what_to_do(name, call):
    """A cause, a reason and a fix, none of them left out."""
    if name == "refuse" and not call.keywords:
        return  # an inbox refuses what fits no state: 5GMM STATUS
    given = len(call.args) + len(call.keywords)
    assert given >= {"Refused": 3, "AuthenticationRefused": 2, "refuse": 4}[name]
    texts = [*call.args, *(keyword.value for keyword in call.keywords)]
    assert not any(isinstance(each, ast.Constant) and each.value is None for each in texts)


def test_the_names_are_those_of_the_specification():
    """Each is a value of the ASN.1 that the codec has."""
    known = (CORE.parent / "wire" / "ngap" / "schema.json").read_text(encoding="utf-8")
    for name in words.NGAP:
        assert f'"{name.partition("/")[2]}"' in known, name

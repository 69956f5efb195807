"""A configuration means the same, and is answered the same, with libyaml and without."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.app import config_read
from pilot5g.app.config import Config, ConfigError, parse, shown

PIECES = (
    *("a", "b", ": ", ":", "- ", "-", "\n", "\n", "  ", " ", "[", "]", "{", "}", ",", '"', "'", "#", " #"),
    *("&a ", "*a ", "%YAML 1.1\n", "---\n", "...\n", "---", "? ", "~", "\u00e9", "@", "`", "1", "<<", "\t"),
    *("\\", "\\n", "\x07", "\x7f", "\U0001f600", "%", "!x ", "|", ">", "\x85", "\u2028", "\ufeff", "\r"),
)
FAULTY = Path(__file__).with_name("config_faults.txt").read_text(encoding="utf-8").split("\n\n")[1:]
WHOLE = [shown(Config(), secrets=True), *(case.partition("\n=> ")[0] + "\n" for case in FAULTY)]
BENT = st.builds(
    lambda text, at, piece: text[: at % len(text)] + piece + text[at % len(text) + len(piece) % 2 :],
    st.sampled_from(WHOLE),
    st.integers(0, 5000),
    st.sampled_from(PIECES),
)


def graph(node, above=()):
    """All that is read of a node; a mark is its line."""
    if node is None or id(node) in above:
        return None
    above = (*above, id(node))
    head = (node.tag, node.start_mark.line)
    if isinstance(node, yaml.ScalarNode):
        return *head, node.value, node.style or None
    if isinstance(node, yaml.SequenceNode):
        return *head, [graph(each, above) for each in node.value]
    return *head, [(graph(key, above), graph(value, above)) for key, value in node.value]


def answer(compose, text):
    """The graph, or the words of the refusal."""
    try:
        return graph(compose(text))
    except yaml.YAMLError as wrong:
        return str(wrong)


OWN_WAYS = [
    "a\t",
    "|#\n",
    ">#a\n",
    "!\n",
    "?",
    "? a",
    "---",
    "---\n  ",
    "\x85\ufeff}&\n",
    "\u2028!]\n",
    "\r\ufeff@\n",
    "{a:\n}\n",
    "{a: # b\n\n , c: d}\n",
]


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML was built without libyaml")
@pytest.mark.parametrize("text", OWN_WAYS)
def test_where_they_differ_the_slow_one_is_asked(text):
    slow = answer(lambda each: yaml.compose(each, Loader=yaml.SafeLoader), text)
    assert answer(lambda each: yaml.compose(each, Loader=yaml.CSafeLoader), text) != slow
    assert answer(config_read.composed, text) == slow


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML was built without libyaml")
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | BENT, st.sampled_from(["", "\n"]))
@settings(max_examples=1000, deadline=None)
def test_both_loaders_see_the_same(text, end):
    slow = answer(lambda each: yaml.compose(each, Loader=yaml.SafeLoader), text + end)
    assert answer(config_read.composed, text + end) == slow


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML was built without libyaml")
def test_libyaml_is_used_for_what_people_write(monkeypatch):
    monkeypatch.delattr(yaml, "SafeLoader")
    text = shown(Config(), secrets=True) + "# done\n"
    assert parse(text) == Config()


def test_without_libyaml(monkeypatch):
    monkeypatch.setattr(yaml, "__with_libyaml__", False)
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert parse(shown(Config(), secrets=True)) == Config()


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 40_000 + "]" * 40_000, "{a: " * 50_000, "- " * 30_000])
def test_a_hundred_thousand_levels_are_refused(text):
    """libyaml's own graph of it would be the end of the process."""
    with pytest.raises(ConfigError, match="expected well-formed YAML"):
        parse(text + "\n")

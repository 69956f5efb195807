"""YAML to frozen Structs, with every problem named: key, line, what was expected, an example.

PyYAML's node graph keeps where each thing stands, and the text of scalars before YAML interprets it. The
Structs are the schema: their fields say which keys there are, of which type, and the default of each. Reading
goes on after a problem, so that one run names them all.

libyaml reads ten times as fast as PyYAML's own loader, which thousands of subscribers need. It is used where
both see the same: what it refuses, and what they judge differently, the slow one reads, so that a
configuration means the same, and is answered the same, on every machine.
"""

from __future__ import annotations

import difflib
import re
import types
import typing
from functools import lru_cache
from typing import Any, Final, TypeVar

import msgspec
import yaml

from pilot5g.app.config_values import Scalar

S = TypeVar("S", bound=msgspec.Struct)

_NULL = ("", "~", "null", "Null", "NULL")

_OWN_WAYS: Final = re.compile(
    "[\t\r!?|>\x85\u2028\u2029\ufeff]|[^\n]\\Z|: *(?:#[^\n]*)?\n(?: *(?:#[^\n]*)?\n)* *[\\]},]"
)
"""What libyaml and PyYAML differ on: tabs, tags, complex keys, the heads of block scalars, unusual ends of
lines, BOMs, where a text ends that does not end its last line, and on which line a value is that is left out
before the end of one."""
_DEEP: Final = 50
"""More levels than any configuration has. libyaml's node graph is made by recursion on the stack of C."""


class Problem(msgspec.Struct, frozen=True):
    """One thing wrong in a configuration. `line` counts from 1; 0 where no line can be named."""

    key: str
    line: int
    expected: str
    example: str = ""
    found: str = ""

    def __str__(self) -> str:
        found = f", not {self.found}" if self.found else ""
        example = f"; for example: {self.example}" if self.example else ""
        key = f"{self.key}: " if self.key else ""
        return f"{key}expected {self.expected}{found}{example}"


class ConfigError(Exception):
    """A configuration that cannot be used; `problems` has all that is wrong with it."""

    def __init__(self, source: str, problems: list[Problem]) -> None:
        self.source = source
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(self._line(problem) for problem in self.problems))

    def _line(self, problem: Problem) -> str:
        return f"{self.source}:{problem.line}: {problem}" if problem.line else f"{self.source}: {problem}"


class Reader:
    """One reading of one document: `problems` and where each key stood, filled while it goes."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[str, int] = {}

    def document(self, text: str, kind: type[S]) -> S | None:
        """The document as a `kind`; None where `problems` says why not. An empty one is all defaults."""
        try:
            root = composed(text)
        except yaml.MarkedYAMLError as e:
            mark = e.problem_mark or e.context_mark
            line = mark.line + 1 if mark else 0
            self.problems.append(Problem("", line, f"well-formed YAML ({e.problem})"))
            return None
        except (yaml.YAMLError, RecursionError) as e:
            self.problems.append(Problem("", 0, f"well-formed YAML ({str(e).splitlines()[0]})"))
            return None
        value = kind() if root is None else self.read(kind, root, "")
        return None if self.problems else typing.cast("S", value)

    def read(self, kind: Any, node: yaml.Node, path: str) -> Any:
        """A node as a value of the type `kind`; None, and a problem, where it is none."""
        self.lines[path] = node.start_mark.line + 1
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (types.UnionType, typing.Union):
            return None if _is_null(node) else self.read(arguments[0], node, path)
        if origin is typing.Annotated:
            return self._scalar(arguments[1], node, path)
        if origin is tuple:
            return self._sequence(arguments[0], node, path)
        if origin is dict:
            return self._dictionary(arguments[1], node, path)
        return self._struct(kind, node, path)

    def _scalar(self, scalar: Scalar, node: yaml.Node, path: str) -> Any:
        if not isinstance(node, yaml.ScalarNode) or _is_null(node):
            self._wrong(path, node, scalar.expected, scalar.example)
            return None
        try:
            return scalar.read(node.value.strip())
        except (ValueError, OverflowError):
            self._wrong(path, node, scalar.expected, scalar.example, scalar.refused(node.value))
            return None

    def _sequence(self, kind: Any, node: yaml.Node, path: str) -> tuple[Any, ...] | None:
        if not isinstance(node, yaml.SequenceNode):
            self._wrong(path, node, "a list", f"[{_example(kind)}]")
            return None
        return tuple(self.read(kind, item, f"{path}[{i}]") for i, item in enumerate(node.value))

    def _dictionary(self, kind: Any, node: yaml.Node, path: str) -> dict[str, Any] | None:
        return {key: self.read(kind, item, f"{path}.{key}") for key, item in self._pairs(node, path).items()}

    def _struct(self, kind: type[msgspec.Struct], node: yaml.Node, path: str) -> msgspec.Struct | None:
        types_of, required = _schema(kind)
        before = len(self.problems)
        values = {}
        pairs = self._pairs(node, path)
        for key, item in pairs.items():
            where = f"{path}.{key}" if path else key
            if key in types_of:
                values[key] = self.read(types_of[key], item, where)
            else:
                self.problems.append(
                    unknown(where, key, item.start_mark.line + 1, list(kind.__struct_fields__))
                )
        for name in required:
            if name not in pairs:
                self._missing(f"{path}.{name}", node, types_of[name])
        return kind(**values) if len(self.problems) == before else None

    def _pairs(self, node: yaml.Node, path: str) -> dict[str, yaml.Node]:
        """The keys of a mapping. A section left empty is one with no keys."""
        if _is_null(node):
            return {}
        if not isinstance(node, yaml.MappingNode):
            self._wrong(path, node, "keys with values", "key: value")
            return {}
        pairs: dict[str, yaml.Node] = {}
        for key, item in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else ""
            if name in pairs:
                where = f"{path}.{name}" if path else name
                self.problems.append(Problem(where, key.start_mark.line + 1, "each key once"))
            pairs[name] = item
        return pairs

    def _wrong(self, path: str, node: yaml.Node, expected: str, example: str, found: str = "") -> None:
        line = node.start_mark.line + 1
        self.problems.append(Problem(path, line, expected, example, found or _found(node)))

    def _missing(self, path: str, node: yaml.Node, kind: Any) -> None:
        scalar = _scalar(kind)
        self._wrong(path, node, scalar.expected if scalar else "a value", _example(kind), "nothing")


def composed(text: str) -> yaml.Node | None:
    """The node graph of the one document of a text; None where there is none. Raises YAMLError, and
    RecursionError for thousands of levels."""
    if yaml.__with_libyaml__ and not _OWN_WAYS.search(text):
        try:
            if not _too_deep(text):
                return yaml.compose(text, Loader=yaml.CSafeLoader)
        except yaml.YAMLError:
            pass  # the other one says why, in its own words
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _too_deep(text: str) -> bool:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEP:
                return True
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return False


@lru_cache
def _schema(kind: type[msgspec.Struct]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The types of a Struct's fields, and the names of those that must be given."""
    required = tuple(field.name for field in msgspec.structs.fields(kind) if field.required)
    return typing.get_type_hints(kind, include_extras=True), required


def _example(kind: Any) -> str:
    """One value of a list: that of its scalar, else three dots."""
    scalar = _scalar(kind)
    return scalar.example if scalar else "…"


def _scalar(kind: Any) -> Scalar | None:
    if typing.get_origin(kind) is not typing.Annotated:
        return None
    scalar = typing.get_args(kind)[1]
    return scalar if isinstance(scalar, Scalar) else None


def unknown(path: str, name: str, line: int, names: list[str]) -> Problem:
    """A name that is none of `names`, with the nearest one where something is near."""
    near = difflib.get_close_matches(name, names, 1, 0.6)
    expected = repr(near[0]) if near else f"one of {', '.join(names)}"
    return Problem(path, line, expected, found=repr(name))


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.style and node.value in _NULL


def _found(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return "nothing" if _is_null(node) else repr(node.value[:60])
    return "a list" if isinstance(node, yaml.SequenceNode) else "keys with values"


def plain(value: Any, kind: Any, *, secrets: bool) -> Any:
    """A value of the type `kind` as YAML writes it; keys are masked unless `secrets`."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if value is None:
        return None
    if origin in (types.UnionType, typing.Union):
        return plain(value, arguments[0], secrets=secrets)
    if origin is typing.Annotated:
        scalar = arguments[1]
        return "********" if scalar.secret and not secrets else scalar.show(value)
    if origin is tuple:
        return [plain(item, arguments[0], secrets=secrets) for item in value]
    if origin is dict:
        return {key: plain(item, arguments[1], secrets=secrets) for key, item in value.items()}
    types_of = typing.get_type_hints(kind, include_extras=True)
    return {
        name: plain(getattr(value, name), types_of[name], secrets=secrets) for name in kind.__struct_fields__
    }

"""What an interface's operations take and give, read from its declaration, and the octets of it.

Arguments travel by position, each encoded for its annotation. A parameter that is itself an interface
(somebody to be told of something) does not travel: the callee gets an object that calls back over the same
link.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from pilot5g.wire.errors import DecodeError

_encode = msgspec.msgpack.Encoder().encode


class Value:
    """One annotation. A union of structs, which msgpack cannot tell apart, says by number which it is."""

    __slots__ = ("_decoders", "_kinds", "interface")

    def __init__(self, hint: Any) -> None:
        self.interface: type[Any] | None = hint if getattr(hint, "_is_protocol", False) else None
        self._kinds: tuple[type[Any], ...] = ()
        hints: tuple[Any, ...] = (hint,)
        if get_origin(hint) in (Union, types.UnionType):
            structs = tuple(each for each in get_args(hint) if _is_struct(each))
            if len(structs) > 1:
                hints = self._kinds = structs
        self._decoders = () if self.interface else tuple(msgspec.msgpack.Decoder(each) for each in hints)

    def encode(self, value: Any) -> bytes:
        """Its octets."""
        if self.interface is not None:
            return b""
        kind = bytes((self._kinds.index(type(value)),)) if self._kinds else b"\0"
        return kind + _encode(value)

    def decode(self, octets: bytes) -> Any:
        """Raises DecodeError."""
        try:
            return self._decoders[octets[0]].decode(memoryview(octets)[1:])
        except (IndexError, msgspec.DecodeError, ValueError, TypeError) as wrong:
            raise DecodeError(f"no value of the interface: {wrong}") from wrong


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


class Operation:
    """One operation: its parameters in order, and what it gives."""

    __slots__ = ("_bind", "defaults", "gives", "takes")

    def __init__(self, function: Callable[..., Any]) -> None:
        hints = get_type_hints(function)
        parameters = list(inspect.signature(function).parameters.values())[1:]
        self.takes = {each.name: Value(hints[each.name]) for each in parameters}
        self.defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
        self.gives = Value(hints.get("return", type(None)))

    def encode(self, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> list[bytes]:
        """The arguments of a call."""
        given = {**self.defaults, **dict(zip(self.takes, arguments, strict=False)), **named}
        return [value.encode(given[name]) for name, value in self.takes.items()]

    def decode(self, octets: list[bytes], call_back: Callable[[type[Any]], Any]) -> dict[str, Any]:
        """The arguments of a call that came. Raises DecodeError."""
        if len(octets) != len(self.takes):
            raise DecodeError(f"{len(octets)} arguments where {len(self.takes)} are taken")
        return {
            name: call_back(value.interface) if value.interface is not None else value.decode(each)
            for (name, value), each in zip(self.takes.items(), octets, strict=True)
        }


_KNOWN: dict[type[Any], Mapping[str, Operation]] = {}


def operations(interface: type[Any]) -> Mapping[str, Operation]:
    """The operations of an interface by name."""
    known = _KNOWN.get(interface)
    if known is not None:
        return known
    found: dict[str, Operation] = {}
    for name in dir(interface):
        function = getattr(interface, name)
        if not name.startswith("_") and inspect.iscoroutinefunction(function):
            found[name] = Operation(function)
    _KNOWN[interface] = found
    return found

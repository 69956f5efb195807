"""An object that looks like a producer of an interface and is in another process."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.remote.link import Link
from pilot5g.service.remote.operations import Operation, operations
from pilot5g.wire.errors import DecodeError

T = TypeVar("T")


class Far:
    """See the module. Its operations are made when they are first used."""

    def __init__(self, interface: type[Any], link: Link, whose: str) -> None:
        self._interface = interface
        self._link = link
        self._whose = whose

    def __getattr__(self, name: str) -> Any:
        operation = operations(self._interface).get(name)
        if operation is None:
            raise AttributeError(name)
        made = self._calling(name, operation)
        self.__dict__[name] = made
        return made

    def _calling(self, name: str, operation: Operation) -> Callable[..., Coroutine[Any, Any, Any]]:
        link, whose, interface = self._link, self._whose, self._interface.__name__

        async def call(*arguments: Any, **named: Any) -> Any:
            octets = await link.call(interface, whose, name, operation.encode(arguments, named))
            try:
                return operation.gives.decode(octets)
            except DecodeError as wrong:
                what = f"{name} of {link.name} gave what it should not"
                raise ServiceError(Problem.SYSTEM_FAILURE, f"{what}: {wrong}") from wrong

        return call


def far(interface: type[T], link: Link, whose: str) -> T:
    """The producer `whose` of an interface, behind a link. Its operations raise ServiceError also where that
    cannot be reached."""
    return cast("T", Far(interface, link, whose))

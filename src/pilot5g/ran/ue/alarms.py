"""A phone's supervision timers by their 3GPP name: T3502, T3511, T3512, T3516, T3519, T3520, T3540, T3346."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.flow.timer import Alarm


class Alarms:
    """Timers that outlive procedures, one of each name."""

    __slots__ = ("_running",)

    def __init__(self) -> None:
        self._running: dict[str, Alarm] = {}

    def start(self, name: str, seconds: float, ring: Callable[[], None]) -> None:
        """(Re)start; `ring` is called once unless it is stopped before."""
        alarm = self._running.setdefault(name, Alarm())

        def expired() -> None:
            self._running.pop(name, None)
            ring()

        alarm.start(seconds, expired)

    def stop(self, *names: str) -> None:
        """Stop those that run."""
        for name in names:
            if (alarm := self._running.pop(name, None)) is not None:
                alarm.stop()

    def stop_all(self) -> None:
        self.stop(*list(self._running))

    def running(self, name: str) -> bool:
        """Whether it was started and has neither expired nor been stopped."""
        return name in self._running

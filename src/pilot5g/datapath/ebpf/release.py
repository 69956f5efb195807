"""Order over a change of path: packets of a session that are on their way to user space leave it first.

While a session's downlink goes through user space (its phone is idle, its tunnel is being moved) the kernel
counts what it passes, and `Passage` counts what arrives. When the session may take the fast path again, the
programs are told the number that has arrived; they open the path at the packet that finds exactly that many
passed, so none is still on its way and none overtakes. Packets that stay away for `PATIENCE` looks were lost
or cut on their way: nothing waits for them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pilot5g.datapath.ebpf.records import Flag, Network
from pilot5g.datapath.ebpf.tables import Tables

LOOK_AGAIN = 0.005
"""Seconds between two looks at a session that changes its path."""
PATIENCE = 4
"""Looks after which what has not come never will, and after which a path that is used is a settled one."""


Key = bytes | Network
"""An address of a phone, or a network behind it."""


class Loop(Protocol):
    """What of an event loop (asyncio's) is used here."""

    def time(self) -> float: ...
    def call_later(self, delay: float, callback: Callable[[], None], /) -> object: ...
    def add_reader(self, fd: int, callback: Callable[[], None], /) -> None: ...
    def remove_reader(self, fd: int, /) -> bool: ...


class _Held:
    """A session whose downlink goes through user space: `base` of the kernel's count, how many arrived."""

    __slots__ = ("base", "behind", "flags", "idle", "last", "looks", "seen", "slot")

    def __init__(self, slot: int, base: int) -> None:
        self.slot = slot
        self.base = base
        self.seen = 0
        self.flags: int | None = None
        """What the session gets, once it is being released."""
        self.last = -1
        self.idle = self.looks = 0
        self.behind = 0
        """How many had not arrived, at the best moment of the last looks."""


class Passage:
    """The sessions whose downlink is not, or not yet, fast."""

    def __init__(self, tables: Tables, loop: Loop) -> None:
        self._tables = tables
        self._loop = loop
        self._held: dict[Key, _Held] = {}
        self._releasing: set[Key] = set()
        self._shapes: set[tuple[int, int]] = set()
        """Sizes of networks that were ever held."""
        self._looking = False

    def hold(self, keys: tuple[Key, ...], slot: int) -> None:
        """From now on the session of these addresses goes through user space; its flags say so already."""
        held = self._held.get(keys[0]) if keys else None
        if held is None or held.slot != slot:
            held = _Held(slot, self._tables.passed(slot))
        held.flags = None
        for key in keys:
            self._held[key] = held
            self._releasing.discard(key)
            if isinstance(key, tuple):
                self._shapes.add(key[:2])

    def release(self, keys: tuple[Key, ...], flags: int) -> None:
        """Let the session have these flags, among them FAST_DOWN, when nothing of it is on its way here."""
        held = self._held.get(keys[0])
        assert held is not None, "a session is held before it is released"
        held.flags, held.idle, held.last, held.looks = flags, 0, -1, 0
        held.behind = 1 << 32
        self._releasing.add(keys[0])
        self._try(held)
        self._look_later()

    def forget(self, keys: tuple[Key, ...]) -> None:
        """The session is gone."""
        for key in keys:
            self._held.pop(key, None)
            self._releasing.discard(key)

    def close(self) -> None:
        """Look no more."""
        self._held.clear()
        self._releasing.clear()

    def arrived(self, packets: list[bytes]) -> None:
        """Count downlink packets that came to user space. Call it before they are forwarded."""
        if not self._held:
            return
        held = self._held
        for packet in packets:
            one = held.get(packet[16:20] if packet[:1] < b"\x60" else packet[24:32])
            if one is None and self._shapes:
                one = self._behind(packet)
            if one is not None:
                one.seen += 1

    def came(self, key: Key) -> None:
        """The same of one that its session is known of."""
        held = self._held.get(key)
        if held is not None:
            held.seen += 1

    def _behind(self, packet: bytes) -> _Held | None:
        """Who has the network that a packet goes to, the smallest that is known."""
        address = packet[16:20] if packet[:1] < b"\x60" else packet[24:40]
        number, size = int.from_bytes(address, "big"), len(address)
        for length, shift in sorted(self._shapes):
            if length == size and (held := self._held.get((size, shift, number >> shift))) is not None:
                return held
        return None

    def forwarded(self) -> None:
        """What arrived has been sent on."""
        for key in self._releasing:
            self._try(self._held[key])

    def _try(self, held: _Held) -> None:
        """Open the fast path where all that was passed has arrived."""
        passed = self._tables.passed(held.slot)
        held.behind = min(held.behind, (passed - held.base - held.seen) & 0xFFFFFFFF)
        if not held.behind:
            self._open(held, passed)

    def _open(self, held: _Held, passed: int) -> None:
        assert held.flags is not None, "only what is being released is opened"
        held.base, held.seen, held.behind = passed, 0, 1 << 32
        self._tables.expect(held.slot, passed)
        self._tables.set_flags(held.slot, held.flags | Flag.DRAINING)

    def _look_later(self) -> None:
        if not self._looking and self._releasing:
            self._looking = True
            self._loop.call_later(LOOK_AGAIN, self._look)

    def _look(self) -> None:
        """Has the number stayed as it is? Then nothing is on its way any more."""
        self._looking = False
        for key in tuple(self._releasing):
            held = self._held[key]
            now = self._tables.passed(held.slot)
            held.idle = held.idle + 1 if now == held.last else 0
            held.last = now
            held.looks += 1
            if held.idle >= PATIENCE:
                self._settle(key, held)
            elif held.looks % PATIENCE == 0:
                held.seen += held.behind if held.behind < 1 << 31 else 0
                held.behind = 1 << 32
        self._look_later()

    def _settle(self, key: Key, held: _Held) -> None:
        assert held.flags is not None, "only what is being released is settled"
        self._tables.set_flags(held.slot, held.flags)
        self._releasing.discard(key)
        for other in [other for other, one in self._held.items() if one is held]:
            del self._held[other]

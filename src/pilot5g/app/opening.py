"""What a person is told where an address, a port or an interface cannot be had: which, why, what to change.

An errno names none of the three. Every socket that is configured is opened under `opening`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pilot5g.net.sctp import SctpUnavailable

_ADVICE = {
    errno.EADDRINUSE: "another program has it, perhaps another pilot: stop that one, or change `{key}`",
    errno.EBUSY: "another program has it, perhaps another pilot: stop that one, or change `{key}`",
    errno.EADDRNOTAVAIL: "this machine has no such address (`ip address` lists its own): change `{key}`",
    errno.EPERM: "that is not permitted: run as root",
    errno.EACCES: "that is not permitted: run as root",
    errno.ENOENT: "this machine has no such device: as root, modprobe tun",
    errno.ENODEV: "this machine has no such link (`ip link` lists its own): change `{key}`",
}


class CannotOpen(OSError):
    """Something that is configured cannot be opened; the text says what, why, and what to change."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(number, text)
        self.text = text

    def __str__(self) -> str:
        return self.text


@contextmanager
def opening(what: str, key: str) -> Iterator[None]:
    """Opens `what`, which the configuration has under `key`. Raises CannotOpen instead of an OSError."""
    try:
        yield
    except SctpUnavailable as error:
        raise CannotOpen(error.errno or errno.EPERM, f"{what}: {error.strerror}") from error
    except OSError as error:
        number = error.errno or errno.EIO
        advice = _ADVICE.get(number, os.strerror(number) + ": see `{key}`")
        raise CannotOpen(number, f"{what} cannot be opened: {advice.format(key=key)}") from error

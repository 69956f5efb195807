"""The key file under which K and OPc rest encrypted.

It lies beside the database, so it protects what leaves the machine without it: copies, backups, a database
sent to a colleague. Whoever can read the file can read the keys, hence mode 0600 and the refusal of any
wider one, as ssh does with private keys. Losing it loses every K: back it up apart from the database.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from pilot5g.flow.entropy import Entropy
from pilot5g.service.store import StoreError

_PREFIX = "pilot5g-key-1 "
_OCTETS = 32


def read_key(path: Path | str) -> bytes:
    """The 32 octets of a key file. Raises StoreError: not there, open to others, or no key file."""
    path = Path(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as e:
        raise StoreError(f"the key file {path} cannot be read: {e.strerror}") from e
    try:
        mode = os.fstat(descriptor).st_mode
        text = os.read(descriptor, 200) if stat.S_ISREG(mode) else b""
    finally:
        os.close(descriptor)
    if not stat.S_ISREG(mode):
        raise StoreError(f"the key file {path} is no regular file")
    if mode & 0o077:
        wide = stat.S_IMODE(mode)
        raise StoreError(f"the key file {path} is open to others (mode {wide:04o}): chmod 600 {path}")
    try:
        key = bytes.fromhex(text.decode("ascii").removeprefix(_PREFIX))
    except ValueError:
        key = b""
    if len(key) != _OCTETS or not text.startswith(_PREFIX.encode()):
        raise StoreError(f"{path} is no key file of this program")
    return key


def create_key(path: Path | str, entropy: Entropy) -> bytes:
    """Make a key file of mode 0600, unless there is one, and give what stands in it. Raises StoreError."""
    path = Path(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return read_key(path)
    except OSError as e:
        raise StoreError(f"the key file {path} cannot be made: {e.strerror}") from e
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(_PREFIX + entropy(_OCTETS).hex() + "\n")
        file.flush()
        os.fsync(descriptor)
    return read_key(path)

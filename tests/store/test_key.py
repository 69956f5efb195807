"""The key file: made for its owner alone, and refused when others can read it."""

import os
import stat

import pytest

from pilot5g.service.store import StoreError
from pilot5g.store.key import create_key, read_key


def test_it_is_made_once_and_for_its_owner_only(tmp_path):
    path = tmp_path / "pilot.key"
    before = os.umask(0)
    try:
        key = create_key(path, os.urandom)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (len(key), create_key(path, os.urandom), read_key(path)) == (32, key, key)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o601])
def test_it_is_refused_when_open_to_others(tmp_path, mode):
    path = tmp_path / "pilot.key"
    create_key(path, os.urandom)
    path.chmod(mode)
    with pytest.raises(StoreError) as refused:
        read_key(path)
    assert str(refused.value) == f"the key file {path} is open to others (mode {mode:04o}): chmod 600 {path}"


@pytest.mark.parametrize("content", [b"", b"pilot5g-key-1 ", b"00" * 32, b"pilot5g-key-1 zz", b"\xff" * 99])
def test_it_is_refused_when_it_is_something_else(tmp_path, content):
    path = tmp_path / "pilot.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(StoreError, match="is no key file of this program"):
        read_key(path)


def test_it_is_refused_when_it_is_no_file(tmp_path):
    with pytest.raises(StoreError, match="is no regular file"):
        read_key(tmp_path)
    os.mkfifo(tmp_path / "fifo", 0o600)
    with pytest.raises(StoreError, match="is no regular file"):
        read_key(tmp_path / "fifo")
    with pytest.raises(StoreError, match="cannot be read: No such file"):
        read_key(tmp_path / "none")
    with pytest.raises(StoreError, match="cannot be made: No such file"):
        create_key(tmp_path / "no" / "pilot.key", os.urandom)

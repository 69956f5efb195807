"""A core on real sockets: what it refuses before it serves anybody."""

import asyncio
import os

import msgspec
import pytest

from pilot5g.app.config import Config, StoreFiles
from pilot5g.app.core_side import open_core
from pilot5g.app.inside import InsideNetwork
from pilot5g.service.store import StoreError
from pilot5g.store.database import Database


def test_a_store_that_serves_another_core_is_refused_at_the_start(tmp_path):
    files = StoreFiles(path=str(tmp_path / "pilot.db"), key_file=str(tmp_path / "pilot.key"))
    config = msgspec.structs.replace(Config(), store=files)

    async def main():
        other = Database(files.path)
        other.claim()
        try:
            with pytest.raises(StoreError, match="serves another network already"):
                await open_core(config, os.urandom, [InsideNetwork(each) for each in config.data_networks])
        finally:
            await other.close()

    asyncio.run(main())

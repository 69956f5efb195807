"""Subscribers as Hypothesis draws them, and both implementations of each interface."""

import asyncio
import os

import pytest

from pilot5g.model import supi
from pilot5g.service.nudr import AuthenticationSubscription, Subscriber


@pytest.fixture
def files(tmp_path):
    """Where a database and its key file lie."""
    return tmp_path / "pilot.db", tmp_path / "pilot.key"


@pytest.fixture
def someone():
    """One subscriber, left plain."""
    return Subscriber(
        supi=supi("001010000000001"),
        authentication=AuthenticationSubscription(k=bytes(range(16)), opc=bytes(range(16, 32))),
    )


@pytest.fixture
def opened(files):
    """Run a function on the subscribers of a database that is opened and closed around it."""
    from pilot5g.store.database import Database
    from pilot5g.store.subscribers import open_subscribers

    def run(work, key_file=None):
        async def whole():
            database = Database(files[0], busy=0.05)
            try:
                return await work(await open_subscribers(database, key_file or files[1], os.urandom))
            finally:
                await database.close()

        return asyncio.run(whole())

    return run

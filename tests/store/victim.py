"""Authenticates and commits without end, says each result once it is durable, and waits to be killed."""

import asyncio
import os
import sys
from pathlib import Path

from pilot5g.model import supi
from pilot5g.service.nudr import AuthenticationSubscription, Subscriber
from pilot5g.service.store import Change
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore
from pilot5g.store.subscribers import open_subscribers

WHO = supi("001010000000001")


async def main(folder: Path) -> None:
    database = Database(folder / "pilot.db", gather=0)
    nudr, store = await open_subscribers(database, folder / "pilot.key", os.urandom), SqliteStore(database)
    if await nudr.get(WHO) is None:
        keys = AuthenticationSubscription(k=bytes(16), opc=bytes(16))
        await nudr.put(Subscriber(supi=WHO, authentication=keys))
    n = int(await store.get("ue", "a") or 0)
    while True:
        n += 1
        print("sqn", await nudr.next_sqn(WHO), flush=True)
        await store.commit([Change("ue", "a", b"%d" % n)])
        print("context", n, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))

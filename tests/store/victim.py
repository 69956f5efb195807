"""Authenticates, resynchronises and commits without end, says each result, and waits to be killed.

    python victim.py FOLDER SEED

Each line says what came back: `sqn 7 231` is a number given to subscriber 7, `resync 7 400` a USIM of his
that was found at SEQ 400, `context 12` a commit that has returned.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

from pilot5g.model import supi
from pilot5g.service.nudr import AuthenticationSubscription, Subscriber, sqn_of
from pilot5g.service.store import Change
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore
from pilot5g.store.subscribers import SqliteSubscribers, open_subscribers

MANY = 40
WHO = [supi(f"00101{n:010}") for n in range(MANY)]
BUSY = 3
"""Subscribers that authenticate far more often than the others, so that they use up what is reserved."""


async def authenticate(nudr: SqliteSubscribers, chance: random.Random) -> None:
    """One after another, in no order; now and then a USIM turns out to be further than the network knew."""
    while True:
        which = chance.randrange(BUSY if chance.random() < 0.8 else MANY)
        sqn = await nudr.next_sqn(WHO[which])
        print("sqn", which, sqn >> 5, flush=True)
        if chance.random() < 0.02:
            seq = (sqn >> 5) + chance.randrange(300)
            await nudr.set_sqn(WHO[which], sqn_of(seq))
            print("resync", which, seq, flush=True)
        if chance.random() < 0.1:
            await asyncio.sleep(0)


async def commit(store: SqliteStore) -> None:
    """One context that counts."""
    n = int(await store.get("ue", "a") or 0)
    while True:
        n += 1
        await store.commit([Change("ue", "a", b"%d" % n)])
        print("context", n, flush=True)


async def main(folder: Path, chance: random.Random) -> None:
    """Until killed."""
    database = Database(folder / "pilot.db", gather=0, interval=0)
    nudr, store = await open_subscribers(database, folder / "pilot.key", os.urandom), SqliteStore(database)
    if not await nudr.count():
        keys = AuthenticationSubscription(k=bytes(16), opc=bytes(16))
        await nudr.put(*(Subscriber(supi=each, authentication=keys) for each in WHO))
    await asyncio.gather(authenticate(nudr, chance), commit(store))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), random.Random(sys.argv[2])))

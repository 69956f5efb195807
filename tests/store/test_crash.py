"""kill -9 at any moment: no SQN is given twice, and no context that was committed is lost."""

import asyncio
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore

VICTIM = Path(__file__).with_name("victim.py")
LIVES = 8
CHANCE = random.Random("moments")


def one_life(folder, seed):
    """Everything the victim said before it was killed: whole lines only."""
    with subprocess.Popen([sys.executable, VICTIM, str(folder), seed], stdout=subprocess.PIPE) as victim:
        said = victim.stdout.readline()
        time.sleep(CHANCE.random() ** 2 * 0.25)
        victim.kill()
        said += victim.stdout.read()
    return [line.split() for line in said.decode().splitlines(keepends=True) if line.endswith("\n")]


def test_sequence_numbers_never_repeat_and_commits_stay(tmp_path):
    given, last_context, resynchronised = defaultdict(list), 0, 0
    for life in range(LIVES):
        said = one_life(tmp_path, str(life))
        assert said, "the victim did not start"
        for word, *values in said:
            if word == "context":
                last_context = int(values[0])
                continue
            which, seq = map(int, values)
            before = given[which][-1] if given[which] else 0
            assert seq > before or (word == "resync" and seq == before)
            resynchronised += word == "resync"
            given[which].append(seq)
        assert asyncio.run(stored_context(tmp_path)) >= last_context
    assert sum(map(len, given.values())) > 1000
    assert resynchronised > 10
    assert max(map(len, given.values())) > 300, "nobody used up a block"


async def stored_context(folder):
    store = SqliteStore(Database(folder / "pilot.db"))
    try:
        return int(await store.get("ue", "a") or 0)
    finally:
        await store.close()

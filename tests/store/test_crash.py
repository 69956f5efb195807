"""kill -9 at any moment: no SQN is given twice, and no context that was committed is lost."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore

VICTIM = Path(__file__).with_name("victim.py")
LIVES = 6


def one_life(folder, lines_before_the_kill):
    """Everything the victim said before it was killed: whole lines only."""
    with subprocess.Popen([sys.executable, VICTIM, str(folder)], stdout=subprocess.PIPE, text=True) as victim:
        said = [victim.stdout.readline() for _ in range(lines_before_the_kill)]
        victim.send_signal(signal.SIGKILL)
        said += victim.stdout.readlines()
    return [line.split() for line in said if line.endswith("\n")]


def test_sequence_numbers_never_repeat_and_commits_stay(tmp_path):
    given, last_context = [], 0
    for life in range(LIVES):
        said = one_life(tmp_path, 5 + 17 * life)
        assert said, "the victim did not start"
        given += [int(number) for word, number in said if word == "sqn"]
        contexts = [int(number) for word, number in said if word == "context"]
        last_context = max([last_context, *contexts])
        assert asyncio.run(stored_context(tmp_path)) >= last_context
    assert len(given) > 100
    assert given == sorted(set(given))


async def stored_context(folder):
    store = SqliteStore(Database(folder / "pilot.db"))
    try:
        return int(await store.get("ue", "a"))
    finally:
        await store.close()

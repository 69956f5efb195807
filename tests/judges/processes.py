"""`pilot5g` commands in the background, and what others see of them."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from judges.pilot import ROOT

PATIENCE = 30.0


def until(condition, what, patience=PATIENCE):
    """Wait for what another process does."""
    end = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not happen within {patience} s"
        time.sleep(0.05)
    return found


class Running:
    """A `pilot5g` in the background, and what it has printed."""

    def __init__(self, folder, arguments, before=()):
        self.folder = folder
        self.path = folder / f"{arguments[0]}-{len(list(folder.glob(arguments[0] + '-*.out')))}.out"
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "TMPDIR": str(folder), "COLUMNS": "200"}
        command = [*before, sys.executable, "-m", "pilot5g", *arguments]
        with self.path.open("wb") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, cwd=folder, env=environment
            )

    @property
    def screen(self):
        return self.path.read_text()

    def says(self, text):
        """Wait until it is on the screen."""
        until(lambda: text in self.screen or self.process.poll() is not None, f"{text!r} on the screen")
        assert text in self.screen, self.screen

    def children(self):
        """The processes that it has started."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split()]

    def child(self, name):
        """The process of the core, the radios or the data network."""
        return next(pid for pid in self.children() if name in words(pid)[3:5])

    def end(self, number=signal.SIGINT):
        """Its exit code after a signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def words(pid):
    """The command line of a process; empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


@contextmanager
def running(folder, *arguments, before=()):
    run = Running(folder, arguments, before)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait(PATIENCE)


def on(namespace, *command):
    """What a program in a namespace prints."""
    run = subprocess.run(
        ["ip", "netns", "exec", f"p5g-{namespace}", *command],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert run.returncode == 0, run
    return run.stdout


def left(folder):
    """Namespaces and temporary folders of a pilot that was started in this folder."""
    namespaces = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"p5g-\w+", namespaces) + [path.name for path in folder.glob("pilot5g-*")]

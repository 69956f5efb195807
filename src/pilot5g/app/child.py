"""A process of the pilot: started in its namespace, listened to, and ended for certain."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from pilot5g.app.events import Event, Failed, parse
from pilot5g.net.namespace import argv_in

PATIENCE = 5.0
"""Seconds a process has to end after it was asked to."""


class Child:
    """One process. Its standard output is events, its standard error goes into `log`."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self.log = log
        self._process = process
        self._stopping = False

    @classmethod
    async def start(
        cls,
        name: str,
        arguments: Sequence[str],
        *,
        namespace: str | None,
        folder: Path,
        module: str = "pilot5g.app.serve",
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        """Run `python -m <module> <arguments>` in a namespace (None: this one), `environment` beside ours."""
        log = folder / f"{name}.log"
        argv = argv_in(namespace, [sys.executable, "-m", module, *arguments])
        with log.open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
                limit=1 << 20,
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """Of the process itself (nsenter becomes it)."""
        return self._process.pid

    async def events(self) -> AsyncIterator[Event]:
        """What it tells, until it ends; an end that nobody asked for is told as Failed, if it has not told
        why itself."""
        told = False
        async for line in self.lines():
            if (event := parse(line)) is not None:
                told = told or isinstance(event, Failed)
                yield event
        failed = await self.end()
        if failed is None and not self._stopping:
            failed = Failed(self.name, "it ended, though nobody here asked it to")
        if failed is not None and not told:
            yield failed

    async def lines(self) -> AsyncIterator[bytes]:
        """What it writes to its standard output, line by line."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            yield line

    async def end(self) -> Failed | None:
        """Wait for its end; why, where nobody asked for it."""
        code = await self._process.wait()
        if not code or self._stopping:
            return None
        if code < 0:
            by = signal.Signals(-code).name
            hint = ", by somebody or by the kernel for want of memory" if by == "SIGKILL" else ""
            return Failed(self.name, f"it was killed ({by}{hint})")
        return Failed(self.name, f"it ended with code {code}: {self._last_words()}")

    def tell(self, line: str) -> None:
        """Write a line to its standard input."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(line.encode() + b"\n")

    async def stop(self) -> int:
        """Ask it to end, insist where it does not; its exit code."""
        self._stopping = True
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), PATIENCE)
            except TimeoutError:
                self._process.kill()
        if self._process.stdin is not None:
            self._process.stdin.close()
        return await self._process.wait()

    def _last_words(self) -> str:
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1] if lines else "no word"

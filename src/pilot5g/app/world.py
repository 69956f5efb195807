"""What phones do on their network: ping, download, upload, be called; with real tools or without.

`Tools` runs ping and curl within a phone's namespace, as its owner would. `Inside` does what can be done
where no namespace is to be had, through the phone's own small IP stack.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from pilot5g.app.data_network import content, digest
from pilot5g.app.inside import ECHO_PORT
from pilot5g.app.unit import PhoneUnit
from pilot5g.flow.clock import now
from pilot5g.net.namespace import argv_in

PING_PATIENCE = 3
PING_EVERY = 0.2
CALL_PATIENCE = 10
TRANSFER_PATIENCE = 60
UDP_PIECE = 1000


SPACING = 0.01
"""Seconds between the starts of two programs. A start stops this process, and with it every radio and phone,
for some milliseconds; twenty at a stroke would be measured as the network's latency."""

PACKAGES = {"ping": "iputils-ping", "curl": "curl", "nsenter": "util-linux", "sha256sum": "coreutils"}


class NotDone(Exception):
    """Something a phone tried did not work: which, and what the tool said."""


class Missing(NotDone):
    """A program that phones need is not on this machine; no hop of the network is to blame."""

    def __init__(self, tool: str) -> None:
        super().__init__(f"{tool} is not installed; on Debian: sudo apt-get install {PACKAGES[tool]}")


class World(Protocol):
    """How phones use their network."""

    transport: str
    """How files travel, for the report."""

    async def ping(self, unit: PhoneUnit, count: int, every: float = PING_EVERY) -> list[float]:
        """Round trips in ms to the data network, a ping every so many seconds. Raises NotDone."""
        ...

    async def download(self, unit: PhoneUnit, size: int) -> float:
        """Fetch a file, check its checksum; seconds. Raises NotDone."""
        ...

    async def upload(self, unit: PhoneUnit, size: int) -> float:
        """Send a file, compare checksums; seconds. Raises NotDone."""
        ...

    async def call(self, unit: PhoneUnit) -> float:
        """Downlink traffic to an idle phone; ms until its answer is back (or, inside, until the packet is
        there). Raises NotDone."""
        ...


class Tools:
    """Real programs in real namespaces."""

    transport = "HTTP (curl)"

    def __init__(self, prefix: str, folder: Path, peer: str) -> None:
        """`peer` is the data network's IPv4 address, `folder` where files to upload are kept."""
        self._dn = f"{prefix}-dn"
        self._folder = folder
        self._peers = {4: peer, 6: "fd53:6::2"}
        self._gate = asyncio.Lock()

    async def ping(self, unit: PhoneUnit, count: int, every: float = PING_EVERY) -> list[float]:
        """`ping` in the phone's namespace."""
        argv = ["ping", "-n", "-i", str(every), "-c", str(count), "-W", str(PING_PATIENCE), self._peer(unit)]
        output = await self._run(unit.namespace, argv, PING_PATIENCE + max(1.0, every) * count)
        trips = [float(text) for text in re.findall(r"time=([\d.]+) ms", output)]
        if len(trips) < count:
            raise NotDone(f"{len(trips)} of {count} pings were answered")
        return trips

    async def download(self, unit: PhoneUnit, size: int) -> float:
        """`curl | sha256sum` in the phone's namespace."""
        url = f"http://{self._host(unit)}/file/{size}"
        began = now()
        command = f"curl -sS --fail -m {TRANSFER_PATIENCE} {url} | sha256sum"
        output = await self._run(
            unit.namespace, ["sh", "-c", command], TRANSFER_PATIENCE, "curl", "sha256sum"
        )
        if output.split()[:1] != [digest(size)]:
            raise NotDone("the file arrived altered or not whole")
        return now() - began

    async def upload(self, unit: PhoneUnit, size: int) -> float:
        """`curl -T` in the phone's namespace; the server answers with the checksum."""
        path = await asyncio.to_thread(self._file, size)
        url = f"http://{self._host(unit)}/upload"
        began = now()
        argv = ["curl", "-sS", "--fail", "-m", str(TRANSFER_PATIENCE), "-T", str(path), url]
        output = await self._run(unit.namespace, argv, TRANSFER_PATIENCE)
        if output.strip() != digest(size):
            raise NotDone("the server received it altered or not whole")
        return now() - began

    async def call(self, unit: PhoneUnit) -> float:
        """One `ping` in the data network's namespace to the phone."""
        argv = ["ping", "-n", "-c", "1", "-W", str(CALL_PATIENCE), unit.address]
        output = await self._run(self._dn, argv, CALL_PATIENCE + 1)
        trips = re.findall(r"time=([\d.]+) ms", output)
        if not trips:
            raise NotDone("the packet that should have paged it was not answered")
        return float(trips[0])

    async def _run(self, namespace: str | None, argv: Sequence[str], patience: float, *needs: str) -> str:
        """What a program printed. Raises NotDone where it failed, with its own words."""
        for tool in needs or (argv[0],):
            if shutil.which(tool) is None:
                raise Missing(tool)
        async with self._gate:
            process = await asyncio.create_subprocess_exec(
                *argv_in(namespace, argv), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
            )
            await asyncio.sleep(SPACING)
        try:
            output, _ = await asyncio.wait_for(process.communicate(), patience + 5)
        except TimeoutError as slow:
            process.kill()
            raise NotDone(f"{argv[0]} did not end within {patience + 5:.0f} s") from slow
        text = output.decode(errors="replace")
        if process.returncode:
            last = text.strip().splitlines()[-1:] or ["no word"]
            raise NotDone(f"{argv[0]} says: {last[0]}")
        return text

    def _peer(self, unit: PhoneUnit) -> str:
        return self._peers[6 if ":" in unit.address else 4]

    def _host(self, unit: PhoneUnit) -> str:
        peer = self._peer(unit)
        return f"[{peer}]" if ":" in peer else peer

    def _file(self, size: int) -> Path:
        path = self._folder / f"upload-{size}"
        if not path.exists():
            path.write_bytes(b"".join(content(size)))
        return path


class Inside:
    """The phone's own stack, and the data network within the core's process."""

    transport = "UDP datagrams inside the program"

    async def ping(self, unit: PhoneUnit, count: int, every: float = PING_EVERY) -> list[float]:
        """Echo requests from the phone's stack."""
        running: list[asyncio.Task[float]] = []
        for left in range(count, 0, -1):
            running.append(asyncio.ensure_future(unit.stack.ping(unit.gateway, timeout=PING_PATIENCE)))
            await asyncio.sleep(every if left > 1 else 0)
        trips = await asyncio.gather(*running, return_exceptions=True)
        answered = [trip * 1000 for trip in trips if isinstance(trip, float)]
        if len(answered) < count:
            raise NotDone(f"{len(answered)} of {count} pings were answered")
        return answered

    async def download(self, unit: PhoneUnit, size: int) -> float:
        """The file goes there and back in datagrams; what comes back is compared."""
        began = now()
        sent, back = sha256(), sha256()
        port = unit.stack.udp()
        try:
            for block in content(size):
                for at in range(0, len(block), UDP_PIECE):
                    piece = block[at : at + UDP_PIECE]
                    sent.update(piece)
                    port.send(piece, unit.gateway, ECHO_PORT)
                    back.update((await port.receive(PING_PATIENCE))[0])
        except TimeoutError as silent:
            raise NotDone("a datagram did not come back") from silent
        finally:
            port.close()
        if sent.digest() != back.digest():
            raise NotDone("the data came back altered")
        return now() - began

    async def upload(self, unit: PhoneUnit, size: int) -> float:
        """See `download`: there is one path both ways."""
        return await self.download(unit, size)

    async def call(self, unit: PhoneUnit) -> float:
        """The data network was asked to call back (`arm`); the packet pages the phone."""
        due, caller = unit.call_due, unit.caller
        if due is None or caller is None:
            raise NotDone("the call was not arranged")
        try:
            await caller.receive(max(0.0, due - now()) + CALL_PATIENCE)
        except TimeoutError as silent:
            raise NotDone("the packet that should have paged it did not arrive") from silent
        return (now() - due) * 1000


def open_world(place: str, folder: str, peer: str) -> World:
    """The world of a place: the prefix of its namespaces, or `inside`."""
    return Inside() if place == "inside" else Tools(place, Path(folder), peer)

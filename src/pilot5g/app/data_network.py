"""The data network: a real HTTP server that phones download from and upload to, checksums included.

`GET /file/<octets>` gives that many octets, the same each time; `PUT /upload` answers with the SHA-256 of
what it was sent. The content is known to both ends without being stored (`content`, `digest`).
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from hashlib import sha256, shake_256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PORT = 80
BLOCK = shake_256(b"pilot5g data network").digest(1 << 20)
LARGEST = 1 << 32
_FILE = re.compile(r"/file/(\d{1,10})$")


def content(size: int) -> Iterator[bytes]:
    """The `size` octets of a file, block by block."""
    while size > 0:
        yield BLOCK[:size]
        size -= len(BLOCK)


def digest(size: int) -> str:
    """The SHA-256 of the file of that size, in hex."""
    whole = sha256()
    for block in content(size):
        whole.update(block)
    return whole.hexdigest()


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        found = _FILE.match(self.path)
        if self.path == "/":
            self._answer(200, b"This is the data network.\n")
        elif found is None or int(found[1]) > LARGEST:
            self._answer(404, b"GET /file/<octets>, PUT /upload\n")
        else:
            size = int(found[1])
            self._head(200, size, "application/octet-stream")
            for block in content(size):
                self.wfile.write(block)

    def do_PUT(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/upload" or not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True
            self._answer(400, b"PUT /upload with a Content-Length\n")
            return
        left, whole = int(length), sha256()
        while left and (part := self.rfile.read(min(left, 1 << 18))):
            whole.update(part)
            left -= len(part)
        self._answer(200, whole.hexdigest().encode() + b"\n")

    def _answer(self, status: int, body: bytes) -> None:
        self._head(status, len(body), "text/plain; charset=utf-8")
        self.wfile.write(body)

    def _head(self, status: int, size: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """One line a request on standard error, without the time of day."""
        print(self.client_address[0], format % args, file=sys.stderr, flush=True)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), _Exchange)


def open_server(address: str, port: int = PORT) -> ThreadingHTTPServer:
    """A server bound to an address (`::` serves both families). Call `serve_forever`. Raises OSError."""
    return _Server(address, port)

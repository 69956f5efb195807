"""The HTTP server of the data network, over loopback."""

import threading
from hashlib import sha256
from http.client import HTTPConnection

import pytest

from pilot5g.app.data_network import BLOCK, content, digest, open_server


@pytest.fixture
def connection():
    server = open_server("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    link = HTTPConnection("127.0.0.1", server.server_address[1], timeout=5)
    yield link
    link.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("size", [0, 1, 1000, len(BLOCK) + 7])
def test_a_file_is_whole_and_its_checksum_known(connection, size):
    connection.request("GET", f"/file/{size}")
    body = connection.getresponse().read()
    assert len(body) == size
    assert sha256(body).hexdigest() == digest(size)


def test_an_upload_is_answered_with_its_checksum(connection):
    body = b"".join(content(300_000))
    connection.request("PUT", "/upload", body)
    assert connection.getresponse().read().decode().strip() == digest(300_000)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 200), ("GET", "/file/x", 404), ("GET", "/file/99999999999", 404), ("PUT", "/other", 400)],
)
def test_what_it_does_not_have(connection, method, path, status):
    connection.request(method, path, b"x" if method == "PUT" else None)
    assert connection.getresponse().status == status

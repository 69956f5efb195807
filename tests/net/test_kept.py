"""Interfaces that outlive the process that made them, and the one that takes them over."""

import asyncio
import errno
import os
import subprocess
import threading

import pytest

from pilot5g.net import namespace as ns
from pilot5g.net.tun import open_tap, open_tun, remove_tun

pytestmark = pytest.mark.root

PREFIX = f"p5gk{os.getpid()}"
NAME = "p5gk0"


@pytest.fixture
def place():
    """A namespace for one test."""
    ns.create(PREFIX)
    yield PREFIX
    ns.remove(PREFIX)


def shown(what):
    command = ["ip", "-n", PREFIX, *what.split()]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def closed():
    """Wait for what closes in threads."""
    for thread in threading.enumerate():
        if thread.name.startswith("close "):
            thread.join()


def test_a_kept_interface_stays_with_its_routes_and_is_taken_over(place):
    async def run():
        first = open_tun(NAME, ["10.7.0.1/24", "2001:db8:7::1/64"], namespace=place, routes=["10.8.0.0/16"])
        first.keep(True)
        index = first._index
        with pytest.raises(OSError) as busy:
            open_tun(NAME, namespace=place)
        assert busy.value.errno == errno.EBUSY
        first.close()
        closed()
        assert f"10.8.0.0/16 dev {NAME}" in shown("route")
        assert "2001:db8:7::/64" in shown("-6 route")

        failing = open_tun(NAME, ["10.7.0.1/24"], namespace=place)
        failing.close()
        closed()
        assert f"10.8.0.0/16 dev {NAME}" in shown("route"), "one that fails to start leaves it as it was"

        second = open_tun(NAME, ["10.7.0.1/24", "10.9.0.1/24"], namespace=place)
        assert second._index == index
        assert second.routes() == ["10.8.0.0/16"]
        addresses = shown("-o address")
        assert "10.7.0.1/24" in addresses
        assert "10.9.0.1/24" in addresses
        assert "2001:db8:7::1" not in addresses, "of a configuration that is no more"
        second.keep(False)
        second.close()
        closed()
        assert NAME not in shown("link")

    asyncio.run(run())


@pytest.mark.parametrize("open_port", [open_tun, open_tap])
def test_a_kept_interface_is_removed_when_nobody_has_it_open(place, open_port):
    async def run():
        port = open_port(NAME, ["10.7.0.1/24"], namespace=place)
        port.keep(True)
        with pytest.raises(OSError) as busy:
            ns.inside(place, lambda: remove_tun(NAME))
        assert busy.value.errno == errno.EBUSY
        port.close()
        closed()
        assert NAME in shown("link")
        assert ns.inside(place, lambda: remove_tun(NAME))
        assert NAME not in shown("link")
        assert not ns.inside(place, lambda: remove_tun(NAME))

    asyncio.run(run())

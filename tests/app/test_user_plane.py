"""The data path of a core: given what the configuration says, and clear about what cannot be had."""

import asyncio

import pytest

from pilot5g.app import user_plane
from pilot5g.app.config import parse
from pilot5g.app.inside import InsideNetwork
from pilot5g.app.opening import CannotOpen
from pilot5g.net import namespace, nat

NETWORKS = """
n3: {address: 127.0.0.5, port: 21529}
user_plane: userspace
n6: {interface: t5gu-}
data_networks:
- {dnn: a, ue_to_ue: false, buffer_packets: 7}
- {dnn: b, nat: true}
"""


def test_each_data_network_is_given_its_own_settings():
    async def opened():
        config = parse(NETWORKS)
        n6 = [InsideNetwork(each) for each in config.data_networks]
        plane = user_plane.open_user_plane(config, n6)
        try:
            networks = plane.datapath._n6
            assert [(each.ue_to_ue, each.buffer_packets) for each in networks.values()] == [
                (False, 7),
                (True, 128),
            ]
            assert "without `nat`" in plane.detail
        finally:
            plane.close()

    asyncio.run(opened())


@pytest.mark.root
def test_a_machine_that_does_not_forward_is_told_so_and_nothing_is_left(monkeypatch, tmp_path):
    """Outside networks of our own forwarding is not ours to switch on."""
    off = tmp_path / "ip_forward"
    off.write_text("0\n")
    monkeypatch.setattr(nat, "FORWARDING", off)

    async def refused():
        with pytest.raises(CannotOpen, match=r"`nat: true`: .* `sysctl -w net.ipv4.ip_forward=1`"):
            user_plane.open_user_plane(parse(NETWORKS))

    asyncio.run(refused())
    with pytest.raises(OSError, match="t5gu-0"):
        namespace.configure(None, "t5gu-0")

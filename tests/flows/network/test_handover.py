"""Handover with both halves: core, radios and phones over octets alone, and packets in every cell.

Each half was written from the specification without a look at the other's; here they meet.
"""

import asyncio

import msgspec
import pytest

import judges.network
from judges.faults import ping
from judges.network import Network, play, registered
from pilot5g.app.radio_side import gnb_config
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import decode_transfer
from pilot5g.wire.ngap.values import gtp_tunnel_from

TWO = """
radios:
  - {name: gnb-1, id: 1, n2_address: 127.0.0.11, n3_address: 127.0.0.11}
  - {name: gnb-2, id: 2, n2_address: 127.0.0.12, n3_address: 127.0.0.12}
"""


RADIOS = {"127.0.0.11", "127.0.0.12"}


def forwarded(network: Network):
    """Where source radios were told to forward to."""
    found = set()
    for message in network.ngap:
        if isinstance(message, ngap.HandoverCommand):
            for item in message.pdu_session_resource_handover_list:
                told = decode_transfer("HandoverCommandTransfer", item["handoverCommandTransfer"])
                found.add(gtp_tunnel_from(told["dLForwardingUP-TNLInformation"])[1])
    return found


def other(network: Network, phone):
    """A cell of the radio where the phone is not."""
    here = phone.cell
    return next(cell for gnb in network.radios.gnbs.values() for cell in gnb.cells if here not in gnb.cells)


@pytest.mark.parametrize("via", ["xn", "n2"])
def test_ten_handovers(via):
    """The session follows, keys are chained alike on both sides, and NAS goes on."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            for _ in range(10):
                await network.radios.hand_over(phone, other(network, phone), via)
                assert await ping(network, phone, tries=1) < 0.1
                await asyncio.sleep(4)
                assert await ping(network, phone, tries=1) < 0.1
            assert network.counts["ServiceRequest"] == 0
        names = network.counts
        assert names["PathSwitchRequestAcknowledge" if via == "xn" else "HandoverNotify"] == 10
        assert names["ErrorIndication"] == names["InitialUEMessage"] - 1 == 0

    play(flow, TWO, gnbs=2)


def without_xn(monkeypatch):
    """Radios that do not reach each other: what they forward goes through the UPF."""

    def config(*given):
        return msgspec.structs.replace(gnb_config(*given), xn=False)

    monkeypatch.setattr(judges.network, "gnb_config", config)


@pytest.mark.parametrize("via", ["xn", "n2", "n2 without xn", "n2 by pfcp"])
def test_no_packet_is_lost(via, monkeypatch):
    """Echoes every two milliseconds through a handover over links that take time: what was on its way is
    forwarded, from radio to radio or through the UPF."""
    if via not in ("xn", "n2"):
        without_xn(monkeypatch)
    yaml = TWO + ("n4: {upf: external}\n" if via == "n2 by pfcp" else "")

    async def flow(network):
        async with registered(network) as (unit,):
            phone = unit.phone
            echoes = []
            for number in range(400):
                echoes.append(asyncio.ensure_future(unit.stack.ping(unit.gateway, timeout=3)))
                await asyncio.sleep(0.002)
                if number in (100, 250):
                    moving = asyncio.ensure_future(
                        network.radios.hand_over(phone, other(network, phone), via[:2])
                    )
            await moving
            answers = await asyncio.gather(*echoes, return_exceptions=True)
            assert not [answer for answer in answers if isinstance(answer, BaseException)]
            await asyncio.sleep(5)
        upf = str(network.config.n3.address)
        assert forwarded(network) == {"xn": set(), "n2": RADIOS}.get(via, {upf})

    play(flow, yaml, gnbs=2, delay=0.005)

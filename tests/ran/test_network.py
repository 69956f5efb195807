"""The emulated radio network: several gNBs, and phones that choose a cell."""

import asyncio

import msgspec
import pytest

from pilot5g.flow.entropy import seeded
from pilot5g.flow.journal import Journal
from pilot5g.model import Plmn
from pilot5g.net.memory import MemoryNetwork
from pilot5g.ran.gnb import cell_identities
from pilot5g.ran.network import RadioNetwork
from pilot5g.ran.radio import NoCell
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import decode, encode
from ran.gnb.ladder import AMF, PLMN, Phone, config, ladder, setup_response
from ran.gnb.test_node import S_TMSI, paging


class ManyRadios:
    """An AMF that agrees to every NG Setup, but with gNBs named in `refused`."""

    def __init__(self, network, refused=()):
        self.endpoint = network.endpoint()
        self.endpoint.listen(AMF, self)
        self.refused = refused
        self.associations = []

    def on_up(self, association):
        self.associations.append(association)

    def on_message(self, association, data, stream):
        message = decode(data)
        if isinstance(message, m.NGSetupRequest):
            ok = message.ran_node_name not in self.refused
            answer = setup_response() if ok else m.NGSetupFailure(cause=("misc", "unspecified"))
            association.send(encode(answer), 0)

    def on_down(self, association, reason):
        self.associations.remove(association)


def configs(count):
    return [
        config(
            name=f"gnb-{i}", gnb_id=i, n2=(f"127.0.0.{10 + i}", 0), n3=f"127.0.0.{10 + i}",
            cells=cell_identities(i, 24, 3), plmns=(PLMN,) if i < 3 else (PLMN, Plmn("999", "70")),
        )
        for i in range(1, count + 1)
    ]  # fmt: skip


async def built(network, count=3):
    endpoint = network.endpoint()
    return RadioNetwork.build(configs(count), endpoint, network.datagram_port, Journal(), seeded(1))


@ladder
async def test_phones_find_cells_spread_and_are_paged_in_one():
    network = MemoryNetwork(1)
    amf = ManyRadios(network)
    radios = await built(network)
    with pytest.raises(NoCell, match="gnb-1, gnb-2, gnb-3 out of service"):
        radios.pick(PLMN)
    assert await radios.start() == ()
    assert len(radios.cells()) == 9
    assert len(radios.cells(Plmn("999", "70"))) == 3
    with pytest.raises(NoCell, match="broadcast 001-01, 999-70"):
        radios.pick(Plmn("123", "45"))
    phones = [Phone() for _ in range(18)]
    for phone in phones:
        radios.pick(PLMN).camp(phone)
        radios.every_cell[0].listen_for(phone, S_TMSI, None)
    assert [len(cell.listeners) for cell in radios.every_cell] == [2] * 9
    phone = phones[0]
    for cell in radios.every_cell:
        cell.camp(phone)  # each time it leaves the one before, whichever gNB's
    for association in amf.associations:
        association.send(encode(paging(1)), 0)
    await asyncio.sleep(0.1)
    assert phone.heard == [("paging", S_TMSI)]
    await radios.close()
    assert radios.cells() == ()
    await amf.endpoint.close()
    network.close()


@ladder
async def test_one_refused_gnb_does_not_keep_the_others():
    network = MemoryNetwork(1)
    amf = ManyRadios(network, refused=("gnb-2",))
    radios = await built(network)
    assert await radios.start(5) == ("gnb-2",)
    assert len(radios.cells(PLMN)) == 6
    await radios.close()
    await amf.endpoint.close()
    network.close()


@ladder
async def test_what_cannot_be_built_is_said_and_leaves_nothing():
    network = MemoryNetwork(1)
    endpoint = network.endpoint()
    twins = [config(), msgspec.structs.replace(config(), n3="127.0.0.12")]
    with pytest.raises(ValueError, match="same"):
        RadioNetwork.build(twins, endpoint, network.datagram_port, Journal(), seeded(1))
    taken = network.datagram_port(("127.0.0.12", 2152))
    with pytest.raises(OSError, match="in use"):
        await built(network)
    taken.close()
    radios = await built(network)  # the ports of the others were given back
    await radios.close()
    network.close()

"""What the processes of a bench are told."""

import asyncio
import os

import pytest

from pilot5g.app.bench.arrivals import Share
from pilot5g.app.bench.generator import reaching
from pilot5g.app.bench.prepare import NEVER, Wanted, prepare, source
from pilot5g.app.bench.runner import BenchError
from pilot5g.app.bench.sims import Sims
from pilot5g.app.config import Config, load, parse
from pilot5g.app.ran_alone import PhonesWithoutKeys
from pilot5g.model import PduSessionType
from pilot5g.store.database import Database
from pilot5g.store.subscribers import open_subscribers

KEY = "465b5ce8b199b49faa5f0a2ee238a6bc"
ONE = f'phones: {{count: 1, first_imsi: "001010000000007", k: {KEY}, opc: {KEY}}}\n'


def prepared(yaml, folder, **wanted):
    plans = asyncio.run(prepare(parse(yaml), Wanted(**{"phones": 10, **wanted}), folder, os.urandom))
    return plans, [load(plan.config) for plan in plans]


def test_our_own_core_has_addresses_of_its_own_and_a_subscriber_for_each_phone(tmp_path):
    plans, (config,) = prepared("", tmp_path, phones=3, gnbs=2)
    assert plans[0].own_core
    addresses = {config.n2.address, *(radio.n2_address for radio in config.radios)}
    assert len(addresses) == 3
    assert not addresses & {"127.0.0.5", "127.0.0.11", "127.0.0.12"}
    assert config.timers["X-INACTIVE"] == NEVER

    async def known():
        database = Database(config.store.path)
        try:
            subscribers = await open_subscribers(database, config.store.key_file, os.urandom)
            return [each async for each in subscribers.subscribers()]
        finally:
            await database.close()

    found = asyncio.run(known())
    sims = Sims(config, 3, plans[0].seed, True)
    assert [each.supi for each in found] == [f"imsi-{sims[i].imsi}" for i in range(3)]
    assert [each.authentication.k for each in found] == [sims[i].k for i in range(3)]


def test_derived_sims_are_the_same_everywhere_and_all_different():
    one, two = (Sims(Config(), 100, 5, True) for _ in range(2))
    assert [one[i] for i in range(100)] == [two[i] for i in range(100)]
    assert len({one[i].k for i in range(100)}) == 100
    assert len({one[i].imsi for i in range(100)}) == 100
    assert Sims(Config(), 1, 6, True)[0].k != one[0].k
    tuak = Sims(parse("phones: {algorithm: tuak}"), 1, 5, True)[0]
    assert len(tuak.opc) == 32


def test_phones_conceal_with_the_key_of_the_network(tmp_path):
    yaml = f"""
security: {{home_network_keys: [{{id: 1, profile: A, private_key: "{"00" * 31}41"}}]}}
phones: {{suci_scheme: A, key_id: 1}}
"""
    plans, (config,) = prepared(yaml, tmp_path)
    assert len(Sims(config, 1, plans[0].seed, True)[0].public_key) == 32


def test_plain_phones_ask_for_ipv4_and_others_for_what_is_configured(tmp_path):
    _, (plain,) = prepared("", tmp_path)
    assert [each.type for each in plain.phones.sessions] == [PduSessionType.IPV4]
    _, (asked,) = prepared("phones: {sessions: [{type: ipv6}]}", tmp_path)
    assert [each.type for each in asked.phones.sessions] == [PduSessionType.IPV6]


def test_many_phones_have_room(tmp_path):
    config = Config()
    from pilot5g.app.bench import prepare as module

    (wide,) = module._roomy(config, 200_000)
    assert wide.ipv4_pool.num_addresses > 200_000
    (same,) = module._roomy(config, 20_000)
    assert same == config.data_networks[0]


def test_generators_share_radios_and_phones(tmp_path):
    plans, configs = prepared("", tmp_path, generators=3, gnbs=2)
    assert [plan.share for plan in plans] == [Share(i, 3) for i in range(3)]
    names = [[radio.name for radio in config.radios] for config in configs]
    assert names == [["gnb-1"], ["gnb-2"], ["gnb-3"]]


def test_another_amf_gets_as_many_phones_as_wanted_from_one_key(tmp_path):
    plans, (config,) = prepared(ONE, tmp_path, amf=("127.0.0.9", 38412), phones=4)
    assert not plans[0].own_core
    assert [phone.imsi[-1] for phone in config.phones.list] == ["7", "8", "9", "0"]
    assert (config.n2.address, config.n2.port) == ("127.0.0.9", 38412)


def test_phones_listed_one_by_one_are_all_there_are(tmp_path):
    yaml = f'phones: {{list: [{{imsi: "001010000000001", k: {KEY}, opc: {KEY}}}]}}'
    plans, _ = prepared(yaml, tmp_path, amf=("127.0.0.9", 38412), phones=100)
    assert plans[0].phones == 1


def test_another_amf_without_keys_is_refused(tmp_path):
    with pytest.raises(PhonesWithoutKeys):
        prepared("", tmp_path, amf=("127.0.0.9", 38412))
    with pytest.raises(BenchError, match="no phone in the configuration"):
        prepared("phones: {count: 0}", tmp_path, amf=("127.0.0.9", 38412))


def test_radios_reach_an_amf_elsewhere_from_this_machines_address(tmp_path, monkeypatch):
    monkeypatch.setattr("pilot5g.app.bench.prepare.source", lambda host: "192.0.2.7")
    (plan,), (config,) = prepared(ONE, tmp_path, amf=("192.0.2.10", 38412), gnbs=3)
    config = reaching(config, plan.source)
    assert {radio.n2_address for radio in config.radios} == {"192.0.2.7"}
    assert len({radio.n3_address for radio in config.radios}) == 3
    assert len({(radio.name, radio.id) for radio in config.radios}) == 3


def test_a_configured_address_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("pilot5g.app.bench.prepare.source", lambda host: "192.0.2.7")
    yaml = ONE + "radios: [{name: a, n2_address: 192.0.2.20}]\n"
    (plan,), (config,) = prepared(yaml, tmp_path, amf=("192.0.2.10", 38412))
    config = reaching(config, plan.source)
    assert config.radios[0].n2_address == "192.0.2.20"


def test_more_radios_than_configured_are_like_the_first(tmp_path):
    yaml = ONE + "tracking_areas: [9]\nradios: [{name: a, tac: 9}]\n"
    _, (config,) = prepared(yaml, tmp_path, amf=("127.0.0.9", 38412), gnbs=3)
    assert [radio.tac for radio in config.radios] == [9, 9, 9]
    assert len({radio.n2_address for radio in config.radios}) == 3
    assert len({radio.id for radio in config.radios}) == 3


def test_an_address_is_found_for_a_host():
    assert source("127.0.0.1") == "127.0.0.1"

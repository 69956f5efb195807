"""Quotas and reports in the configuration, in a CSV file, and what a subscriber is shown to have used."""

import asyncio

import pytest

from pilot5g.app.config import ConfigError, parse, shown
from pilot5g.app.config_csv import read_subscribers
from pilot5g.app.config_subscribers import subscriber
from pilot5g.app.config_values import volume, volume_text
from pilot5g.app.core_side import smf_config
from pilot5g.flow.timer import Timers
from pilot5g.service.store import Table
from pilot5g.service.usage import KIND, Used
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore

K = "00112233445566778899aabbccddeeff"
YAML = f"""
data_networks:
  - {{dnn: internet, usage: {{quota: 5 GB, report_volume: 100 MB, report_time: 10 min}}}}
  - {{dnn: ims}}
subscribers:
  - {{imsi: "001010000000001", k: {K}, opc: {K}}}
  - {{imsi: "001010000000002", k: {K}, opc: {K}, quota: 500 kB}}
"""


@pytest.mark.parametrize(
    ("text", "octets", "again"),
    [("1", 1, "1 B"), ("1500 b", 1500, "1500 B"), ("100 kB", 10**5, "100 kB"), ("5GB", 5 * 10**9, "5 GB")],
)
def test_volumes(text, octets, again):
    assert volume(text) == octets
    assert volume_text(octets) == again
    assert volume(again) == octets


@pytest.mark.parametrize("text", ["0", "-1 GB", "1.5 GB", "5 Gbps", "much", "9999999999 TB"])
def test_what_is_no_volume(text):
    with pytest.raises(ConfigError, match="a volume"):
        parse(f"data_networks: [{{dnn: internet, usage: {{quota: {text}}}}}]")


def test_a_quota_is_the_data_network_s_or_the_subscriber_s_own():
    config = parse(YAML)
    assert parse(shown(config, secrets=True)) == config
    plain, own = (subscriber(config, entry).sessions[0].dnns for entry in config.subscribers)
    assert (plain["internet"].quota, plain["ims"].quota) == (5 * 10**9, None)
    assert (own["internet"].quota, own["ims"].quota) == (500_000, 500_000)
    internet, ims = smf_config(config, Timers()).data_networks
    assert (internet.report_volume, internet.report_seconds) == (10**8, 600)
    assert (ims.report_volume, ims.report_seconds) == (None, None)


def test_a_quota_in_a_csv_file():
    text = f"imsi,k,opc,quota\n001010000000001,{K},{K},2 GB\n001010000000002,{K},{K},\n"
    first, second = read_subscribers(text, parse(YAML), "file").values()
    assert first.sessions[0].dnns["internet"].quota == 2 * 10**9
    assert second.sessions[0].dnns["internet"].quota == 5 * 10**9


def test_the_command_shows_what_was_used(tmp_path, monkeypatch, capsys):
    from pilot5g.cli.subscriber import usage

    async def write():
        store = SqliteStore(Database(str(tmp_path / "pilot.db")))
        used = Table(store, KIND, Used)
        await used.put("imsi-001010000000001/internet", Used(1000, 2000))
        await used.put("imsi-001010000000019/internet", Used(1, 1))
        await store.close()

    (tmp_path / "pilot.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    asyncio.run(write())
    usage("001010000000001")
    assert capsys.readouterr().out == "internet: 1000 octets up, 2000 down\n"
    usage("001010000000003")
    assert "nothing is known" in capsys.readouterr().out

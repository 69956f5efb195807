"""Address translation by nftables: rules of our own, put in at once, put in again, and gone afterwards."""

import subprocess

import pytest

from pilot5g.net import namespace, nat
from pilot5g.net.nat import NoNat, rules, table


def test_a_table_is_named_after_its_core():
    assert table("n3-10-53-1-1") == "pilot5g_n3_10_53_1_1"
    assert table("n3-fd00::é") == "pilot5g_n3_fd00___"


def test_only_what_leaves_from_a_translated_network_to_no_other_is_translated():
    text = rules("t", ["n6-1"], ["n6-0", "n6-1"])
    assert 'iifname { "n6-1" } oifname != { "n6-0", "n6-1" } masquerade' in text
    assert 'iifname { "n6-1" } oifname != { "n6-0", "n6-1" } ct state invalid drop' in text


def test_without_the_program_it_is_said_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    forwarding = tmp_path / "ip_forward"
    forwarding.write_text("1\n")
    monkeypatch.setattr(nat, "FORWARDING", forwarding)
    with pytest.raises(NoNat, match="apt-get install nftables"):
        nat.masquerade("nobody", ["n6-0"], ["n6-0"])
    nat.forget("nobody")


def test_a_machine_that_does_not_forward_is_told_to(monkeypatch, tmp_path):
    forwarding = tmp_path / "ip_forward"
    forwarding.write_text("0\n")
    monkeypatch.setattr(nat, "FORWARDING", forwarding)
    with pytest.raises(NoNat, match=r"sysctl -w net\.ipv4\.ip_forward=1"):
        nat.masquerade("nobody", ["n6-0"], ["n6-0"])


@pytest.fixture
def router():
    """A namespace that forwards."""
    name = "t5g-nat"
    namespace.remove(name)
    namespace.create(name)
    namespace.forward(name)
    yield name
    namespace.remove(name)


@pytest.mark.root
def test_rules_are_replaced_whole_and_removed(router):
    def listed():
        command = ["ip", "netns", "exec", router, "nft", "list", "ruleset"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    others = ["ip", "netns", "exec", router, "nft", "add", "table", "ip", "others"]
    subprocess.run(others, check=True)
    namespace.inside(router, lambda: nat.masquerade("core", ["n6-0"], ["n6-0"]))
    assert listed().count("masquerade") == 1
    namespace.inside(router, lambda: nat.masquerade("core", ["n6-1"], ["n6-1"]))  # after kill -9
    assert listed().count("masquerade") == 1
    assert "n6-0" not in listed()
    namespace.inside(router, lambda: nat.forget("core"))
    assert listed().split() == ["table", "ip", "others", "{", "}"], "what is not ours stays"
    namespace.inside(router, lambda: nat.forget("core"))

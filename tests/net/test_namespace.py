"""Network namespaces: made, entered, run in, removed; as root and as nobody in particular."""

import os
import socket
import subprocess
import textwrap
from pathlib import Path

import pytest

from judges.nobody import as_nobody, needs_root_itself
from pilot5g.net import namespace as ns
from pilot5g.net import topology
from pilot5g.net.netlink import Netlink

PREFIX = f"p5gt{os.getpid()}"
SOURCES = Path(ns.__file__).parents[2]


@pytest.fixture
def pair():
    names = (f"{PREFIX}-a", f"{PREFIX}-b")
    try:
        for name in names:
            ns.create(name)
        yield names
    finally:
        ns.remove_all(PREFIX)


def output(namespace, *argv):
    return ns.run_in(namespace, argv, stdout=subprocess.PIPE).communicate()[0].decode()


@pytest.mark.root
def test_a_namespace_is_another_network_with_its_loopback_up(pair):
    assert ns.names(PREFIX) == list(pair)
    assert "LOOPBACK,UP" in output(pair[0], "ip", "link")
    assert "127.0.0.1" in output(pair[0], "ip", "address")
    here = os.readlink("/proc/self/ns/net")
    assert ns.inside(pair[0], lambda: os.readlink("/proc/thread-self/ns/net")) != here
    assert os.readlink("/proc/self/ns/net") == here
    assert os.readlink("/proc/thread-self/ns/net") == here, "the caller's thread never moved"


@pytest.mark.root
def test_what_ip_netns_makes_is_the_same(pair):
    assert (
        "lo"
        in subprocess.run(
            ["ip", "netns", "exec", pair[0], "ip", "link"], capture_output=True, text=True, check=True
        ).stdout
    )
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert set(pair) <= {line.split()[0] for line in listed.splitlines()}


@pytest.mark.root
def test_a_name_is_taken_once_and_must_be_one(pair):
    with pytest.raises(FileExistsError):
        ns.create(pair[0])
    assert ns.names(PREFIX) == list(pair)
    for bad in ("", "..", "a/b", "a b", "x" * 65):
        with pytest.raises(ValueError, match="name"):
            ns.create(bad)
    with pytest.raises(ValueError, match="prefix"):
        ns.remove_all("")


@pytest.mark.root
def test_removing_what_is_not_there_is_no_error():
    ns.remove(f"{PREFIX}-none")
    assert ns.remove_all(PREFIX) == []
    with pytest.raises(FileNotFoundError):
        ns.inside(f"{PREFIX}-none", lambda: None)


@pytest.mark.root
def test_a_veth_pair_connects_two(pair):
    a, b = pair
    ns.connect(a, "left", b, "right", mtu=1600)
    ns.configure(
        a, "left", ["10.9.0.1/24", "fd09::1/64"], [("10.8.0.0/16", "10.9.0.2"), ("fd08::/48", "fd09::2")]
    )
    ns.configure(b, "right", ["10.9.0.2/24", "fd09::2/64"], [("0.0.0.0/0", "10.9.0.1")])
    for address in ("10.9.0.2", "fd09::2"):
        assert ", 0% packet loss" in output(a, "ping", "-c1", "-W2", address)
    assert "10.8.0.0/16 via 10.9.0.2 dev left" in output(a, "ip", "route")
    assert "fd08::/48 via fd09::2 dev left" in output(a, "ip", "-6", "route")
    assert "default via 10.9.0.1" in output(b, "ip", "route")
    assert "mtu 1600" in output(b, "ip", "link", "show", "right")


@pytest.mark.root
def test_errors_of_the_kernel_say_what_was_asked(pair):
    ns.connect(pair[0], "left", pair[1], "right")
    with pytest.raises(FileExistsError, match="left"):
        ns.connect(pair[0], "left", pair[1], "other")
    with pytest.raises(OSError, match="find link nothing"):
        ns.configure(pair[0], "nothing")
    with pytest.raises(OSError, match=r"add route 10\.1\.0\.0/16"):
        ns.configure(pair[0], "left", [], [("10.1.0.0/16", "192.0.2.1")])


@pytest.mark.root
def test_addresses_and_links_go_as_they_come(pair):
    ns.connect(pair[0], "left", pair[1], "right")

    def change():
        with Netlink() as netlink:
            index = netlink.index("left")
            netlink.add_address(index, "10.9.0.1/24")
            netlink.add_address(index, "10.9.0.1/24")
            netlink.delete_address(index, "10.9.0.1/24")
            assert "10.9.0.1" not in subprocess.run(["ip", "address"], capture_output=True, text=True).stdout
            netlink.add_queue(index, 100)
            netlink.delete_link(index)
            with pytest.raises(OSError, match="left"):
                netlink.index("left")

    ns.inside(pair[0], change)


@pytest.mark.root
def test_a_bridge_is_made_once_and_takes_ports(pair):
    near, far = pair
    for link in ("one", "two"):
        ns.connect(near, link, far, link)
        ns.configure(near, link)
    ns.add_bridge(near, "br0", ["one"])
    ns.add_bridge(near, "br0", ["two"], silent=True)
    ports = output(near, "ip", "-br", "link", "show", "master", "br0")
    assert [line.partition("@")[0] for line in ports.splitlines()] == ["one", "two"]
    assert ",UP" in output(near, "ip", "-br", "link", "show", "br0")
    assert "mcast_snooping 0" in output(near, "ip", "-d", "link", "show", "br0")
    assert output(near, "cat", "/proc/sys/net/ipv6/conf/br0/disable_ipv6") == "1\n"
    with pytest.raises(OSError, match="no-such-link"):
        ns.add_bridge(near, "br0", ["no-such-link"])


@pytest.mark.root
def test_forwarding_is_the_namespaces_own(pair):
    before = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    ns.forward(pair[0])
    ns.set_sysctl(pair[1], "net/ipv4/ip_forward", "0")
    read = Path("/proc/sys/net/ipv4/ip_forward").read_text
    assert (ns.inside(pair[0], read), ns.inside(pair[1], read)) == ("1\n", "0\n")
    assert read() == before


@pytest.mark.root
def test_programs_run_inside_by_either_way(pair):
    assert output(None, "readlink", "/proc/self/ns/net").strip() == os.readlink("/proc/self/ns/net")
    direct = output(pair[0], "readlink", "/proc/self/ns/net")
    entered = subprocess.run(
        ns.argv_in(pair[0], ["readlink", "/proc/self/ns/net"]), capture_output=True, text=True, check=True
    ).stdout
    assert direct == entered != output(None, "readlink", "/proc/self/ns/net")
    assert ns.argv_in(None, ["ls"]) == ["ls"]


@pytest.mark.root
def test_an_error_inside_comes_out(pair):
    with pytest.raises(ZeroDivisionError):
        ns.inside(pair[0], lambda: 1 // 0)


@pytest.mark.root
def test_this_process_may_and_says_so():
    assert ns.privilege() == ns.Privilege("root")
    assert ns.capability() == "root"


# A whole topology -----------------------------------------------------------------------------------------


@pytest.mark.root
def test_a_topology_is_built_and_taken_down():
    plan = topology.TopologyPlan(prefix=PREFIX, phones=20)
    topology.build(plan)
    try:
        assert len(ns.names(PREFIX)) == 23
        assert ", 0% packet loss" in output(plan.ran_name, "ping", "-c1", "-W2", "-s1500", "10.53.1.1")
        assert ", 0% packet loss" in output(plan.dn_name, "ping", "-c1", "-W2", "fd53:6::1")
        assert "10.53.1.12/24" in output(plan.ran_name, "ip", "address")
        assert "10.45.0.0/16 via 10.53.6.1" in output(plan.dn_name, "ip", "route")
        assert output(plan.phone_names[0], "ip", "route") == "", "a phone has nothing before its session"
        assert output(plan.core_name, "ip", "route", "show", "default") == "", "nothing leads outside"
    finally:
        topology.take_down(plan)
    assert ns.names(PREFIX) == []
    topology.take_down(plan)


@pytest.mark.root
def test_a_topology_that_cannot_be_built_leaves_nothing():
    ns.create(f"{PREFIX}-ue2")
    try:
        with pytest.raises(FileExistsError):
            topology.build(topology.TopologyPlan(prefix=PREFIX, phones=3))
        assert ns.names(PREFIX) == [f"{PREFIX}-ue2"], "only what was there before"
    finally:
        ns.remove_all(PREFIX)
    with pytest.raises(ValueError, match="core_dn"):
        topology.build(topology.TopologyPlan(prefix=PREFIX, phones=1, core_dn=("10.53.6.1/24",)))
    assert ns.names(PREFIX) == []


# Without root ---------------------------------------------------------------------------------------------

UNPRIVILEGED = textwrap.dedent(
    """
    import asyncio, os, subprocess
    from pilot5g.net import namespace as ns, topology, tun
    found = ns.privilege()
    assert found.capability == "userns", found
    before = set(os.listdir("/run/netns")) if os.path.isdir("/run/netns") else set()
    ns.enter_user_namespace()
    assert ns.names() == [], "a private /run/netns"
    plan = topology.TopologyPlan(prefix="p5gx", phones=2)
    topology.build(plan)
    ping = ns.run_in(plan.ran_name, ["ping", "-c1", "-W2", "10.53.1.1"], stdout=subprocess.PIPE)
    assert b", 0% packet loss" in ping.communicate()[0]
    async def phone():
        interface = tun.open_phone_interface("tun0", namespace=plan.phone_names[0])
        interface.set_ipv4("10.45.0.2")
        interface.close()
    asyncio.run(phone())
    socket = __import__("socket")
    ns.inside(plan.ran_name, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 132)).close()
    print("all of it, as user", os.environ["OUTER"])
    """
)


@pytest.mark.root
@needs_root_itself
def test_an_unprivileged_user_has_all_of_it_in_a_user_namespace():
    before = ns.names()
    run = as_nobody("-c", UNPRIVILEGED)
    assert run.returncode == 0, run.stderr
    assert run.stdout == "all of it, as user 65534\n"
    assert not [name for name in set(ns.names()) - set(before) if name.startswith("p5gx")]


@pytest.mark.root
@needs_root_itself
def test_where_tun_is_refused_the_reason_says_so():
    script = "from pilot5g.net import namespace as ns; p = ns.privilege(); print(p.capability, p.reason)"
    run = as_nobody("-c", script, tun_mode="600")
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("none /dev/net/tun cannot be opened: Permission denied")
    assert "chmod 0666" in run.stdout


@pytest.mark.root
@needs_root_itself
def test_where_user_namespaces_are_refused_the_reason_says_so():
    script = textwrap.dedent(
        """
        from pilot5g.net import namespace as ns
        import threading
        gate = threading.Event()
        threading.Thread(target=gate.wait, daemon=True).start()
        try:
            ns.enter_user_namespace()
        except ns.NamespaceUnavailable as error:
            print(error.reason)
        gate.set()
        """
    )
    run = as_nobody("-c", script)
    assert run.stdout == "a process with threads cannot enter a user namespace: do it first\n", run.stderr


@pytest.mark.root
@needs_root_itself
def test_no_user_namespaces_left_names_the_sysctl():
    """In a user namespace whose own limit is 0, as a hardened machine has it."""
    limited = textwrap.dedent(
        """
        from pilot5g.net import namespace as ns
        ns.enter_user_namespace()
        open("/proc/sys/user/max_user_namespaces", "w").write("0")
        try:
            ns.enter_user_namespace()
        except ns.NamespaceUnavailable as error:
            print(error.reason)
        """
    )
    run = as_nobody("-c", limited)
    assert "max_user_namespaces" in run.stdout, run.stderr


def test_a_socket_family_that_netlink_needs_is_there():
    with Netlink() as netlink:
        assert netlink.index("lo") == socket.if_nametoindex("lo")

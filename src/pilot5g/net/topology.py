"""The namespaces of a network on one machine: core, radio side, data network, one per phone.

    phone 1..n      ran ======= veth N2, N3 ======= core ======= veth N6 ======= dn
    (TUN, opened    (gNBs and phones:               (AMF, SMF, UPF:              (HTTP server,
     by ran)         one process)                    one process; TUNs of N6)     iperf3)

Core routes between its N6 TUNs and the data network in its kernel; the data network knows no way but back to
the core. Nothing here is connected to anything of the machine's.
"""

from __future__ import annotations

import ipaddress

import msgspec

from pilot5g.net import namespace as ns

CORE_LINK, RAN_LINK = "n3", "n3"
CORE_DN_LINK, DN_LINK = "n6", "n6"


class Lan(msgspec.Struct, frozen=True, kw_only=True):
    """A data network of Ethernet: a bridge in the core's namespace, and a link of this name from there to the
    data network's, which has the addresses."""

    bridge: str
    link: str
    mtu: int
    dn: tuple[str, ...] = ()


class TopologyPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Names begin with `prefix`; addresses have their prefix length; `pools` are the UE addresses."""

    prefix: str = "p5g"
    phones: int = 20
    core: tuple[str, ...] = ("10.53.1.1/24",)
    """N2 and N3 of the core."""
    ran: tuple[str, ...] = ("10.53.1.11/24", "10.53.1.12/24")
    """One for every gNB."""
    core_dn: tuple[str, ...] = ("10.53.6.1/24", "fd53:6::1/64")
    dn: tuple[str, ...] = ("10.53.6.2/24", "fd53:6::2/64")
    pools: tuple[str, ...] = ("10.45.0.0/16", "fd45::/48")
    lans: tuple[Lan, ...] = ()
    mtu: int = 1600
    """Of N3: 1500 and 44 octets of tunnel have room."""

    @property
    def core_name(self) -> str:
        return f"{self.prefix}-core"

    @property
    def ran_name(self) -> str:
        return f"{self.prefix}-ran"

    @property
    def dn_name(self) -> str:
        return f"{self.prefix}-dn"

    @property
    def phone_names(self) -> tuple[str, ...]:
        return tuple(f"{self.prefix}-ue{i}" for i in range(1, self.phones + 1))

    @property
    def names(self) -> tuple[str, ...]:
        """All namespaces."""
        return (self.core_name, self.ran_name, self.dn_name, *self.phone_names)


def build(plan: TopologyPlan) -> None:
    """Make all of it, or nothing. Raises OSError (FileExistsError: a network of this prefix is there)."""
    made: list[str] = []
    try:
        for name in plan.names:
            ns.create(name)
            made.append(name)
        _connect(plan)
    except BaseException:
        for name in made:
            ns.remove(name)
        raise


def _connect(plan: TopologyPlan) -> None:
    ns.forward(plan.core_name)
    ns.connect(plan.core_name, CORE_LINK, plan.ran_name, RAN_LINK, plan.mtu)
    ns.connect(plan.core_name, CORE_DN_LINK, plan.dn_name, DN_LINK)
    ns.configure(plan.core_name, CORE_LINK, plan.core)
    ns.configure(plan.ran_name, RAN_LINK, plan.ran)
    ns.configure(plan.core_name, CORE_DN_LINK, plan.core_dn)
    ns.configure(plan.dn_name, DN_LINK, plan.dn, [(pool, _gateway(plan, pool)) for pool in plan.pools])

    for lan in plan.lans:
        ns.connect(plan.core_name, lan.link, plan.dn_name, lan.link, lan.mtu)
        ns.configure(plan.core_name, lan.link)
        ns.configure(plan.dn_name, lan.link, lan.dn)
        ns.add_bridge(plan.core_name, lan.bridge, [lan.link], silent=True)  # else it would wake phones


def _gateway(plan: TopologyPlan, pool: str) -> str:
    """The core's address on N6 of the family of this pool."""
    family = ipaddress.ip_network(pool).version
    for address in plan.core_dn:
        interface = ipaddress.ip_interface(address)
        if interface.version == family:
            return str(interface.ip)
    raise ValueError(f"pool {pool} has no gateway: give the core's N6 an IPv{family} address in `core_dn`")


def take_down(plan: TopologyPlan) -> None:
    """Remove all of it, links and what runs over them included; what is gone already is no matter."""
    for name in plan.names:
        ns.remove(name)

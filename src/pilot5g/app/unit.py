"""One emulated phone with everything around it: its sessions, its interface, its place.

The first session of IP is the phone's network: it goes to a TUN interface in the phone's namespace, or to the
stand-in stack where there are no namespaces. Each session of Ethernet has a TAP there, and perhaps a bridge
in front of it for whoever is behind the phone.
"""

from __future__ import annotations

import asyncio

from pilot5g.app.air import Way
from pilot5g.app.config import DataNetwork
from pilot5g.app.inside import CALLBACK_PORT
from pilot5g.datapath.air import Air
from pilot5g.flow.clock import now
from pilot5g.model import PduSessionType
from pilot5g.net.namespace import add_bridge
from pilot5g.net.tun import PhoneInterface, TunPort, open_phone_interface, open_tap
from pilot5g.ran.ue.config import SessionWish
from pilot5g.ran.ue.interface import Interface
from pilot5g.ran.ue.phone import Phone
from pilot5g.ran.ue.session import Session
from pilot5g.ran.ue.stack import Stack, UdpPort

INTERFACE = "5g"
"""The name of a phone's interfaces in its namespace, with the number of the session from 0 on."""

ADDRESS_PATIENCE = 15.0
"""Seconds for an IPv6 address by router advertisement: three solicitations four seconds apart."""


class PhoneUnit:
    """A phone as the scenario knows it. `namespace` None: the phone is inside the program."""

    def __init__(
        self,
        phone: Phone,
        wishes: tuple[SessionWish, ...],
        network: DataNetwork,
        namespace: str | None,
        air: Air | None = None,
        bridge: str = "",
    ) -> None:
        """`air`: its packets may go past this process; `bridge`: what its TAPs are ports of, if anything."""
        self.phone = phone
        self.namespace = namespace
        self.sessions: list[Session] = []
        self.call_due: float | None = None
        self.caller: UdpPort | None = None
        self._wishes = wishes
        self._network = network
        self._interface: PhoneInterface | None = None
        self._taps: dict[int, TunPort] = {}
        self._bridge = bridge
        self._air = air
        self._way: Way | None = None
        self._stack: Stack | None = None

    @property
    def name(self) -> str:
        """For people: its number and IMSI."""
        return self.phone.config.name

    @property
    def registered(self) -> bool:
        """Whether the network has taken it."""
        return self.phone.registered

    @property
    def idle(self) -> bool:
        """Registered, without a connection."""
        return self.phone.registered and not self.phone.connected

    @property
    def has_session(self) -> bool:
        """Whether its network is there."""
        return bool(self.sessions) and self.main.active

    @property
    def on_ip(self) -> bool:
        """Whether its network is one of IP."""
        return self.has_session and self.main.kind is not PduSessionType.ETHERNET

    @property
    def main(self) -> Session:
        """The session that is its network."""
        of_ip = (each for each in self.sessions if each.wish.kind is not PduSessionType.ETHERNET)
        return next(of_ip, self.sessions[0])

    @property
    def registered_in(self) -> float | None:
        """Seconds its first registration took."""
        return next(iter(self.phone.measurements.registration), None)

    @property
    def sessions_in(self) -> list[float]:
        """Seconds its sessions took."""
        return self.phone.measurements.session

    @property
    def pagings(self) -> int:
        """Pagings it has answered."""
        return len(self.phone.measurements.paging)

    @property
    def address(self) -> str:
        """The address of its network, IPv4 where it has both."""
        session = self.main
        return str(session.ipv4 or session.ipv6)

    @property
    def gateway(self) -> str:
        """The data network's own address, of the same family."""
        return self._network.gateway6 if ":" in self.address else self._network.gateway4

    @property
    def stack(self) -> Stack:
        """The stand-in IP stack of a phone inside the program."""
        assert self._stack is not None, "a phone with an interface has the kernel's stack"
        return self._stack

    async def register(self) -> None:
        """Raises Stopped and its kin."""
        await self.phone.register()

    async def open_sessions(self) -> None:
        """All wishes in order. Raises Stopped, TimeoutError, OSError."""
        for wish in self._wishes:
            session = await self.phone.open_session(wish.dnn, wish.snssai, wish.kind)
            self.sessions.append(session)
            if session.kind is PduSessionType.ETHERNET:
                self._plug(session)
            elif session is self.main:
                await self._attach(session)

    async def deregister(self) -> None:
        """Politely, with the network's consent; the interface goes with the sessions."""
        await self.phone.deregister()
        self.detach()

    async def wait_idle(self, patience: float) -> None:
        """Until it is idle. Raises TimeoutError."""
        try:
            await asyncio.wait_for(self.phone.until_idle(), patience)
        except TimeoutError as busy:
            text = f"still connected after {patience:.0f} s: something keeps sending, or the gNB keeps it"
            raise TimeoutError(text) from busy

    async def paged(self, before: int, patience: float) -> bool:
        """Whether it has answered more pagings than that, now or soon."""
        try:
            await asyncio.wait_for(self.phone.until(lambda: self.pagings > before), patience)
        except TimeoutError:
            return False
        return True

    async def wait_active(self, patience: float) -> None:
        """Until packets of its network go over the radio. Raises TimeoutError."""
        session = self.main
        await asyncio.wait_for(self.phone.until(lambda: session.bearer), patience)

    async def arm(self, seconds: float) -> None:
        """Inside the program, the data network is asked to call back after so long."""
        if self._stack is not None:
            self.caller = self.caller or self._stack.udp(CALLBACK_PORT)
            self.call_due = now() + seconds
            self.caller.send(b"%d" % int(seconds * 1000), self.gateway, CALLBACK_PORT)

    def hops(self) -> str:
        """How far packets came, for whoever must find the broken hop."""
        if not self.sessions:
            return f"no session; it is {self.phone.standing}"
        session = self.main
        up, down = session.packets_up, session.packets_down
        told = f"its session carried {up} packets up and {down} down"
        if up and down:
            return told
        return f"{told}, so look at {'the radio, the UPF or the data network' if up else 'the phone itself'}"

    def detach(self) -> None:
        """Take the interfaces away."""
        for number in tuple(self._taps):
            self._unplug(number)
        if self._way is not None:
            self._way.remove()
            self._way = None
        if self._interface is not None:
            self._interface.close()
            self._interface = None

    async def close(self) -> None:
        """Battery out."""
        self.detach()
        await self.phone.close()

    def _plug(self, session: Session) -> None:
        """A TAP for a session of frames. A phone inside the program has nowhere for it."""
        if self.namespace is None:
            return
        number = self.sessions.index(session)
        mtu = session.mtu or self._network.mtu
        if self._bridge:
            add_bridge(self.namespace, self._bridge)
        name = f"{INTERFACE}{number}"
        tap = open_tap(name, mtu=mtu, namespace=self.namespace, bridge=self._bridge, host=True)
        self._taps[number] = tap
        Interface(session, tap)
        session.on_released.append(lambda _: self._unplug(number))

    def _unplug(self, number: int) -> None:
        tap = self._taps.pop(number, None)
        if tap is not None:
            tap.close()

    async def _attach(self, session: Session) -> None:
        if self.namespace is None:
            self._stack = Stack(session)
        else:
            self._interface = self._opened(session)
        if session.kind is not PduSessionType.IPV4:
            await asyncio.wait_for(self.phone.until(lambda: session.ipv6 is not None), ADDRESS_PATIENCE)

    def _opened(self, session: Session) -> PhoneInterface:
        """The interface, with what the session gave; the IPv6 address follows when it is known."""
        mtu = session.mtu or self._network.mtu
        name = f"{INTERFACE}{self.sessions.index(session)}"
        path = self._air.path() if self._air is not None else None
        if path is None:
            interface = open_phone_interface(name, namespace=self.namespace, mtu=mtu)
        else:
            interface = open_phone_interface(name, namespace=self.namespace, mtu=mtu, index=path.index)
        if session.ipv4 is not None:
            interface.set_ipv4(str(session.ipv4))
        Interface(session, interface)
        if path is not None:
            assert self.namespace is not None
            self._way = Way(path, session, self.namespace, mtu)
        session.on_released.append(lambda _: self.detach())

        def addressed(given: Session) -> None:
            interface.set_ipv6(str(given.ipv6))

        if session.ipv6 is not None:
            addressed(session)
        session.on_address.append(addressed)
        return interface

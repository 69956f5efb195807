"""Which sessions there are, and how a packet finds its own.

A session sleeps from its installation to its first packet: its rules have been checked, and nothing is made
of them yet. Most changes of a session come before any packet (the radio's end of the tunnel is known last),
many sessions never see one between two changes, and what a packet needs is several times what N4 said. So
the rules are made ready once, by the packet that needs them, and a session that changes sleeps again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pilot5g.datapath.userspace.checks import check_forwarding, check_rules, host
from pilot5g.datapath.userspace.place import place, port_of, teids_of
from pilot5g.datapath.userspace.ready import prepare
from pilot5g.datapath.userspace.rules import N3, N6, Rule, SessionState, Tunnel
from pilot5g.service.n4 import Cause, N4Error, Session
from pilot5g.wire import ip


class Installed:
    """The sessions of a data path. `tunnels` has the uplink TEIDs of those that are awake."""

    def __init__(self, n6s: Mapping[str, N6], n3s: Sequence[N3]) -> None:
        self._n6s = n6s
        self._n3s = n3s
        self._sessions: dict[int, SessionState] = {}
        self.tunnels: dict[int, Tunnel] = {}
        self._asleep: dict[int, SessionState] = {}
        """By uplink TEID, those that sleep."""
        self._peers: dict[str, dict[int, int]] = {}
        """SEIDs by the address and TEID of the peer's tunnel, for Error Indications."""

    def get(self, seid: int) -> SessionState | None:
        """A session by SEID."""
        return self._sessions.get(seid)

    def enter(self, session: Session) -> SessionState:
        """A new session. Raises N4Error; then nothing has changed."""
        check_rules(session)
        state = place(session, self._n6s, self._n3s)
        self._put(state, self._free_tunnels(session))
        return state

    def replace(self, before: SessionState, session: Session) -> SessionState:
        """The session with other rules. Raises N4Error; then nothing has changed."""
        old = before.session
        if _only_fars(old, session):
            check_forwarding(session)
            self._sleep(before)
            self._forget_peers(old)
            before.session = session
            if len(self._n3s) > 1:
                before.n3 = port_of(session, self._n3s)
            self._note_peers(session)
            return before
        check_rules(session)
        state = place(session, self._n6s, self._n3s)
        teids = self._free_tunnels(session)
        self._take(before)
        state.take_over(before)
        self._put(state, teids)
        return state

    def remove(self, seid: int) -> SessionState | None:
        """Forget a session."""
        state = self._sessions.get(seid)
        if state is not None:
            self._take(state)
            if state.n6.switch is not None:
                state.n6.switch.leave(seid)
        return state

    def of_peer(self, address: str, teid: int) -> int | None:
        """The session that sends into a peer's tunnel."""
        tunnels = self._peers.get(address)
        return None if tunnels is None else tunnels.get(teid)

    def sleeper(self, teid: int) -> SessionState | None:
        """The session that sleeps and has this uplink TEID."""
        return self._asleep.get(teid)

    def phone(self, n6: N6, key: bytes, packet: bytes) -> SessionState | None:
        """Who is reached by a packet, and slept until now or has the network it goes to behind it."""
        state = n6.asleep.get(key) or (_behind(n6, ip.destination(packet)) if n6.framed else None)
        if state is not None:
            self.wake(state)
        return state

    def wake(self, state: SessionState) -> None:
        """Make the rules of a session ready."""
        if state.awake:
            return
        tunnels = prepare(state)
        for teid in tunnels:
            del self._asleep[teid]
        self.tunnels.update(tunnels)
        _move(state, state.n6.asleep, state.n6.phones)

    def rules(self, state: SessionState) -> Iterator[tuple[int | None, Rule]]:
        """The rules of a session that is awake, each with its uplink TEID (None: downlink)."""
        for rule in state.downlink.ordered:
            yield None, rule
        for teid in teids_of(state.session):
            tunnel = self.tunnels.get(teid)
            if tunnel is not None:
                for rule in tunnel.rules.ordered:
                    yield teid, rule

    def clear(self) -> None:
        """Forget everything."""
        for found in (self._sessions, self.tunnels, self._asleep, self._peers):
            found.clear()
        for n6 in self._n6s.values():
            for found_by in (n6.phones, n6.asleep, n6.framed):
                found_by.clear()
            if n6.switch is not None:
                n6.switch.clear()

    def _sleep(self, state: SessionState) -> None:
        if not state.awake:
            return
        for teid in teids_of(state.session):
            del self.tunnels[teid]
            self._asleep[teid] = state
        _move(state, state.n6.phones, state.n6.asleep)
        state.rest()

    def _free_tunnels(self, session: Session) -> list[int]:
        """Its TEIDs, which are no other session's. Raises N4Error."""
        teids = teids_of(session)
        for teid in teids:
            awake = self.tunnels.get(teid)
            other = awake.session if awake is not None else self._asleep.get(teid)
            if other is not None and other.seid != session.seid:
                raise N4Error(Cause.RULE_CREATION_FAILURE, f"TEID {teid:#x} belongs to another session")
        return teids

    def _put(self, state: SessionState, teids: Iterable[int]) -> None:
        session, n6 = state.session, state.n6
        self._sessions[session.seid] = state
        for teid in teids:
            self._asleep[teid] = state
        for key in state.found_by:
            n6.phones.pop(key, None)
            n6.asleep[key] = state
        for size, shift, network in () if state.behind_anchor else state.framed:
            n6.framed.setdefault((size, shift), {})[network] = state
        if n6.switch is not None:
            n6.switch.enter(state)
        self._note_peers(session)

    def _take(self, state: SessionState) -> None:
        self._sleep(state)
        session = state.session
        del self._sessions[session.seid]
        for teid in teids_of(session):
            self._asleep.pop(teid, None)
        for key in state.found_by:
            if state.n6.asleep.get(key) is state:
                del state.n6.asleep[key]
        for size, shift, network in state.framed:
            networks = state.n6.framed.get((size, shift), {})
            if networks.get(network) is state:
                del networks[network]
                if not networks:
                    del state.n6.framed[size, shift]
        self._forget_peers(session)

    def _note_peers(self, session: Session) -> None:
        for far in session.fars:
            if (outer := far.outer_header) is not None:
                self._peers.setdefault(host(outer.address), {})[outer.teid] = session.seid

    def _forget_peers(self, session: Session) -> None:
        for far in session.fars:
            if (outer := far.outer_header) is None:
                continue
            address = host(outer.address)
            tunnels = self._peers.get(address)
            if tunnels is not None and tunnels.get(outer.teid) == session.seid:
                del tunnels[outer.teid]
                if not tunnels:
                    del self._peers[address]


def _behind(n6: N6, address: bytes) -> SessionState | None:
    """Who has the network of an address, the smallest that is known."""
    number, size = int.from_bytes(address, "big"), len(address)
    for length, shift in sorted(n6.framed):
        if length == size and (state := n6.framed[length, shift].get(number >> shift)) is not None:
            return state
    return None


def _move(state: SessionState, here: dict[bytes, SessionState], there: dict[bytes, SessionState]) -> None:
    """By its addresses; one that a newer session has taken stays with that."""
    for key in state.found_by:
        if here.get(key) is state:
            del here[key]
            there[key] = state


def _only_fars(old: Session, new: Session) -> bool:
    """Whether nothing but what FARs say has changed: what a UPF left alone is the very same tuple."""
    same = new.pdrs is old.pdrs and new.qers is old.qers and new.urrs is old.urrs and new.dnn == old.dnn
    return same and [far.far_id for far in new.fars] == [far.far_id for far in old.fars]

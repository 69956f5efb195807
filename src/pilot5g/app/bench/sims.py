"""The SIMs of a load: from the configuration, or derived from a seed where the core is our own.

Derived ones cost nothing to hold: number i of a seed is the same SIM in the process that subscribes it and in
the one that emulates it, so two hundred thousand need no file.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import shake_256

import msgspec

from pilot5g.app.config import Config, Phone, SubscriberEntry
from pilot5g.app.config_subscribers import first_imsi, session_subscriptions, subscriber
from pilot5g.service.nudr import Subscriber


class Sims(msgspec.Struct, frozen=True):
    """`count` SIMs. `common`: what they have in common where they are derived, None where the configuration
    lists them."""

    config: Config
    count: int
    seed: int
    derived: bool

    def __getitem__(self, i: int) -> Phone:
        """Number i, from 0."""
        if not self.derived:
            return self.config.phones.list[i]
        keys = shake_256(b"%d/%d" % (self.seed, i)).digest(48)
        given = self.config.phones
        first = given.first_imsi or first_imsi(self.config.network.plmn)
        return Phone(
            imsi=str(int(first) + i).zfill(len(first)),
            k=keys[:16],
            opc=keys[16:48] if given.algorithm == "tuak" else keys[16:32],
            algorithm=given.algorithm,
            suci_scheme=given.suci_scheme,
            key_id=given.key_id,
            public_key=given.public_key,
            routing_indicator=given.routing_indicator,
            slices=given.slices,
            sessions=given.sessions,
            integrity=given.integrity,
            ciphering=given.ciphering,
        )

    def subscribers(self) -> Iterator[Subscriber]:
        """A plain subscription for each."""
        sessions = session_subscriptions(self.config)
        for i in range(self.count):
            sim = self[i]
            assert sim.k is not None, "a derived SIM has keys"
            entry = SubscriberEntry(imsi=sim.imsi, k=sim.k, opc=sim.opc, algorithm=sim.algorithm)
            yield subscriber(self.config, entry, sessions)

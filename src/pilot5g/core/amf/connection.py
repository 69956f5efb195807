"""A phone's connection through a radio: one UE-associated logical NG-connection (TS 38.401, TS 38.413 8.2).

It has an identity on each side (AMF-UE-NGAP-ID, RAN-UE-NGAP-ID) and lives until the radio has confirmed its
release, longer than its phone may be on it: a phone that comes back at once gets a new connection, while the
old one still ends.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from pilot5g.core.amf.ran import Radio
from pilot5g.flow.link import Association
from pilot5g.flow.timer import Alarm
from pilot5g.model import Ambr, NrCgi, Tai
from pilot5g.service.n1 import N1Payload
from pilot5g.wire.ngap.message import Message

if TYPE_CHECKING:
    from pilot5g.core.amf.move import Move
    from pilot5g.core.amf.ue import Ue
    from pilot5g.wire.ngap.messages import InitialUEMessage


NO_SESSION: Final[frozenset[int]] = frozenset()


class Connection:
    """`secure`: secure exchange of NAS messages is established (TS 24.501 4.4.2.5), so that nothing
    unprotected counts any more. `open`: a registration or service has been accepted on it, so that session
    signalling may flow. `setting_up`, `has_context`: the radio sets up, has set up, a UE context,
    hence AS security.
    `began`: when it was let in, as `overload` counts, until its first procedure has ended.
    `active`: the PDU sessions with a user plane through it. `kgnb_count`: the uplink NAS COUNT that KgNB is
    derived with (TS 33.501 A.9), `as_kamf` the K_AMF that the radio's keys came from. `move` is there for a
    phone that has been handed over, or is about to be. `payloads` are the last SMS or their likes that it was
    sent, with the octets they went in. `tnla` is the association that its signalling goes by; None: any.
    `initial` is its first message, as long as it may be rerouted. `inactive`: its radio has said that the
    phone is in RRC_INACTIVE.
    `rates`, `rfsp`: the UE-AMBR and RFSP index that its radio has been told.
    `suspended`: the radio keeps the phone's context, and the phone is idle.
    """

    __slots__ = (
        "_guard",
        "active",
        "amf_ue_ngap_id",
        "as_kamf",
        "began",
        "cell",
        "context_requested",
        "has_context",
        "inactive",
        "initial",
        "kgnb_count",
        "move",
        "open",
        "payloads",
        "radio",
        "ran_ue_ngap_id",
        "rates",
        "releasing",
        "rfsp",
        "secure",
        "setting_up",
        "suspended",
        "tai",
        "tnla",
        "ue",
    )

    def __init__(self, radio: Radio, amf_ue_ngap_id: int, ran_ue_ngap_id: int) -> None:
        self.radio = radio
        self.tnla: Association | None = None
        self.initial: InitialUEMessage | None = None
        self.amf_ue_ngap_id = amf_ue_ngap_id
        self.ran_ue_ngap_id = ran_ue_ngap_id
        self.ue: Ue | None = None
        self.cell: NrCgi | None = None
        self.tai: Tai | None = None
        self.began = 0
        self.secure = False
        self.open = False
        self.context_requested = False
        self.setting_up = False
        self.has_context = False
        self.kgnb_count = 0
        self.as_kamf = b""
        self.move: Move | None = None
        self.active = NO_SESSION
        self.payloads: tuple[tuple[bytes, N1Payload], ...] = ()
        self.releasing = False
        self.rates: Ambr | None = None
        self.rfsp: int | None = None
        self.inactive = False
        self.suspended = False
        self._guard: Alarm | None = None

    @property
    def identities(self) -> tuple[str, Any]:
        """UE NGAP IDs (TS 38.413 9.3.3.10): both, or ours alone where the radio has not told its own."""
        if self.ran_ue_ngap_id < 0:
            return "aMF-UE-NGAP-ID", self.amf_ue_ngap_id
        pair = {"aMF-UE-NGAP-ID": self.amf_ue_ngap_id, "rAN-UE-NGAP-ID": self.ran_ue_ngap_id}
        return "uE-NGAP-ID-pair", pair

    @property
    def held(self) -> bool:
        """Whether nothing can be sent just now: the radio sets the phone's context up, or hands it over."""
        return self.setting_up or (self.move is not None and self.move.holding)

    def activate(self, psi: int) -> None:
        """A session has a user plane through it."""
        self.active = _with(self.active, psi)

    def deactivate(self, psi: int) -> None:
        """It has none any more."""
        self.active = self.active - {psi} or NO_SESSION

    def guard(self, seconds: float, ring: Callable[[], None]) -> None:
        """Have `ring` called unless the connection ends before."""
        self._guard = Alarm()
        self._guard.start(seconds, ring)

    def unguard(self) -> None:
        """The connection ends."""
        if self._guard is not None:
            self._guard.stop()
            self._guard = None

    def send(self, message: Message) -> None:
        """UE-associated signalling, on the stream of this phone."""
        self.radio.send_on(message, self.amf_ue_ngap_id, self.tnla)

    def __str__(self) -> str:
        return f"{self.radio.name} UE {self.ran_ue_ngap_id}"


@lru_cache(maxsize=256)
def _with(active: frozenset[int], psi: int) -> frozenset[int]:
    """Most connections carry the same few sessions: they share the sets."""
    return active | {psi}

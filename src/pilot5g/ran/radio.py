"""The air between phones and gNBs: RRC as far as NGAP and NAS can tell, without its octets.

A phone camps on a `Cell` and is paged there; connected, it holds an `RrcConnection`. The gNB calls the
phone through `PhoneRadio`. Both are in one process; every call crosses the air in a queue (with a configured
delay, or in the same turn of the event loop), so neither side is ever re-entered. AS security is real where
it shows that both ends hold the same key: the gNB's RRC Security Mode Command carries a MAC under K_RRCint
(TS 38.331 5.3.4, TS 33.501 6.7.4) that the phone checks with the key it derived itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.flow.link import Bypass
from pilot5g.model import Guami, NrCgi, Plmn, Snssai, STmsi, Tai


class EstablishmentCause(StrEnum):
    """RRC establishment cause as NGAP spells it (TS 38.413 9.3.1.111, TS 24.501 table 4.5.6.1)."""

    EMERGENCY = "emergency"
    HIGH_PRIORITY_ACCESS = "highPriorityAccess"
    MT_ACCESS = "mt-Access"
    MO_SIGNALLING = "mo-Signalling"
    MO_DATA = "mo-Data"
    MO_VOICE_CALL = "mo-VoiceCall"
    MO_VIDEO_CALL = "mo-VideoCall"
    MO_SMS = "mo-SMS"
    MPS_PRIORITY_ACCESS = "mps-PriorityAccess"
    MCS_PRIORITY_ACCESS = "mcs-PriorityAccess"


ACCESS_CATEGORY: Mapping[EstablishmentCause, int] = {
    EstablishmentCause.MT_ACCESS: 0,
    EstablishmentCause.EMERGENCY: 2,
    EstablishmentCause.MO_SIGNALLING: 3,
    EstablishmentCause.MO_VOICE_CALL: 4,
    EstablishmentCause.MO_VIDEO_CALL: 5,
    EstablishmentCause.MO_SMS: 6,
    EstablishmentCause.MO_DATA: 7,
}
"""The access category of an access that a phone without priority makes for that cause, one to one (TS 24.501
tables 4.5.2.2, 4.5.6.1)."""


class AccessBarring(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell broadcasts for an access category (UAC-BarringInfoSet, TS 38.331 6.3.2): how many of a
    hundred accesses are let through, for about how many seconds the others have to wait, and the access
    identities that are let through always."""

    percent: int
    seconds: int = 16
    identities: frozenset[int] = frozenset()


class SetupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What RRC Setup Request and Setup Complete tell the gNB (TS 38.331 5.3.3). `admitted`: the cell has
    answered the first already (`Cell.admit`)."""

    cause: EstablishmentCause
    admitted: bool = False
    nas: bytes
    s_tmsi: STmsi | None = None
    registered_amf: Guami | None = None
    requested_nssai: tuple[Snssai, ...] = ()
    selected_plmn: Plmn


class Bearer(msgspec.Struct, frozen=True):
    """A data radio bearer of one PDU session and the QoS flows mapped to it."""

    pdu_session_id: int
    qfis: tuple[int, ...]


class SecurityModeCommand(msgspec.Struct, frozen=True):
    """RRC Security Mode Command: algorithms and the MAC-I over `message` under K_RRCint."""

    integrity: int
    ciphering: int
    message: bytes
    mac: bytes


class PhoneRadio(Protocol):
    """What a gNB does to a phone. All calls come from the event loop."""

    def on_nas(self, pdu: bytes) -> None:
        """DL Information Transfer, or the NAS in a reconfiguration."""
        ...

    def on_security_mode(self, command: SecurityModeCommand) -> bool:
        """Whether the MAC is right with the phone's own K_gNB (Security Mode Complete or Failure)."""
        ...

    def on_bearers(self, added: tuple[Bearer, ...], released: tuple[int, ...]) -> None:
        """RRC Reconfiguration: bearers added, PDU sessions whose bearers go."""
        ...

    def on_packets(self, pdu_session_id: int, packets: list[bytes]) -> None:
        """Downlink user packets, in order."""
        ...

    def on_released(self, cause: str) -> None:
        """RRC Release, or radio link failure: the phone is idle now."""
        ...

    def on_handover(self, command: bytes, target: Cell) -> None:
        """RRC Reconfiguration with sync: go to that cell (`ran.rrc`, TS 38.331 5.3.5.5.2)."""
        ...

    def on_reestablishment(self, ncc: int) -> bytes:
        """RRC Reestablishment: the MAC-I of its completion under the key of that NCC, empty where the phone
        no longer wants it (TS 38.331 5.3.7.5)."""
        ...

    def on_suspended(self, i_rnti: int, ncc: int) -> None:
        """RRC Release with suspendConfig: RRC_INACTIVE, under this I-RNTI; `ncc` is that of the next key
        (TS 38.331 5.3.8.3)."""
        ...

    def on_resumed(self) -> bytes:
        """RRC Resume: the MAC-I of its completion under the new key, empty where the phone no longer wants it
        (TS 38.331 5.3.13.4)."""
        ...

    def on_ran_paging(self, i_rnti: int) -> None:
        """RAN paging, in the cell it camps on (TS 38.331 5.3.2.3)."""
        ...

    def on_synchronised(self) -> None:
        """Random access in the target cell of a handover succeeded (TS 38.331 5.3.5.3)."""
        ...

    def on_broadcast(self) -> None:
        """The system information of the cell it camps on is another (TS 38.331 5.2.2.2.2)."""
        ...

    def on_paging(self, s_tmsi: STmsi) -> None:
        """A paging record with the identity it listens for, on the cell it camps on; the phone compares it
        with the one it has now."""
        ...


class RrcConnection(Protocol):
    """A phone's connection to its serving cell."""

    @property
    def cell(self) -> Cell: ...

    def send_nas(self, pdu: bytes) -> None:
        """UL Information Transfer."""
        ...

    def send_packets(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None:
        """Uplink user packets of one QoS flow, in order. Without a bearer they are lost, and counted."""
        ...

    def bypass(self, pdu_session_id: int, qfi: int, way: Bypass | None) -> None:
        """A way for a session's packets past this process, for as long as it has a bearer with that QoS flow
        alone; None: there is none any more. No radio has this: it is how an emulated one gets fast."""
        ...

    def report(self, better: Cell) -> None:
        """Measurement Report of event A3: that cell is better than this one (TS 38.331 5.5.5)."""
        ...

    def suspend(self) -> None:
        """The phone no longer hears this cell and looks for another to go on in: the gNB is not told yet."""
        ...

    def fail(self) -> None:
        """The phone vanishes: battery out, tunnel. The gNB notices (radio link failure)."""
        ...


class Cell(Protocol):
    """What a phone can know of a cell from its broadcast (SIB1), and how to use it."""

    @property
    def cgi(self) -> NrCgi: ...
    @property
    def tai(self) -> Tai: ...
    @property
    def plmns(self) -> tuple[Plmn, ...]: ...
    @property
    def pci(self) -> int:
        """Physical cell identity."""
        ...

    @property
    def arfcn(self) -> int:
        """The absolute frequency of its SSB (TS 38.104 5.4.2.1)."""
        ...

    @property
    def in_service(self) -> bool:
        """Whether its gNB has an AMF and the cell is not barred."""
        ...

    @property
    def access_control(self) -> Mapping[int, AccessBarring]:
        """What it broadcasts of unified access control, by access category (TS 38.331 5.3.14)."""
        ...

    def camp(self, phone: PhoneRadio) -> None:
        """Listen to paging here (and no longer on any other cell)."""
        ...

    def leave(self, phone: PhoneRadio) -> None:
        """Stop listening."""
        ...

    def listen_for(self, phone: PhoneRadio, s_tmsi: STmsi | None, before: STmsi | None) -> None:
        """By which identity the phone is paged from now on, and by which it was (TS 38.304 7.1: a real one
        hears the pages of its own occasions and compares)."""
        ...

    def admit(self, cause: EstablishmentCause) -> None:
        """RRC Setup Request alone, for whoever wants to know before making a message: what is admitted may
        `connect`. Raises NoCell, RrcRejected."""
        ...

    def connect(self, phone: PhoneRadio, request: SetupRequest) -> RrcConnection:
        """Random access and RRC setup. Raises NoCell where the cell takes no one, RrcRejected."""
        ...

    def synchronise(self, phone: PhoneRadio, c_rnti: int, mac: bytes) -> RrcConnection:
        """Random access in a handover, and RRC Reconfiguration Complete with its MAC-I (TS 38.331 5.3.5.3).
        Raises NoCell where the cell expects nobody of that C-RNTI."""
        ...

    def reestablish(self, phone: PhoneRadio, lost: RrcConnection, mac: bytes) -> RrcConnection:
        """Random access and RRC Reestablishment Request (TS 38.331 5.3.7.4): the connection that was lost
        stands for PCI and C-RNTI of its cell, `mac` is ShortMAC-I. Raises NoCell where the cell's gNB has no
        such phone, so that the phone must set up a connection anew."""
        ...

    def resume(self, phone: PhoneRadio, i_rnti: int, mac: bytes) -> RrcConnection:
        """Random access and RRC Resume Request; `mac` is ShortResumeMAC-I (TS 38.331 5.3.13.3). Raises
        NoCell where nobody has the phone's context."""
        ...

    def expect_inactive(self, phone: PhoneRadio, i_rnti: int, *, gone: bool = False) -> None:
        """The phone listens for this I-RNTI as well, wherever it camps, or no longer."""
        ...


class NoCell(Exception):
    """There is no cell to camp on or the cell takes no connection; the text says which and why."""


class RrcRejected(NoCell):
    """RRC Reject: the cell takes connections, but not this one now; `wait` is what T302 is set to, in seconds
    (TS 38.331 5.3.15)."""

    def __init__(self, text: str, wait: int) -> None:
        super().__init__(text)
        self.wait = wait

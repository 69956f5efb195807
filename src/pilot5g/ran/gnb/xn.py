"""Xn between the emulated gNBs of one radio network: who has which cell, and what they say to each other.

The gNBs are in one process, so the messages are values, and XnAP's octets are not spoken; their contents are
those of TS 38.423. User packets pass between the gNBs' N3 ports as they would between real ones.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import msgspec

from pilot5g.model import Ambr, Guami, NrCgi, Snssai
from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.context import Session
from pilot5g.ran.gnb.inactives import owner
from pilot5g.ran.radio import Cell

SessionEnd = tuple[int, int, str]
"""A PDU session, and TEID and address to forward its downlink packets to."""


class HandoverRequest(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.1. `source` is the UE's identity at the source gNB, `key` K_NG-RAN*."""

    source: int
    origin: XnNode
    target: NrCgi
    cause: Cause
    guami: Guami
    amf_ue_ngap_id: int
    capabilities: tuple[int, int]
    key: bytes
    ncc: int
    ambr: Ambr | None
    allowed_nssai: tuple[Snssai, ...]
    sessions: tuple[Session, ...]
    reporting: dict[str, object] | None = None
    """Location Reporting Information (9.2.2.47)."""
    traces: tuple[bytes, ...] = ()
    transitions: str | None = None
    rfsp: int | None = None


class HandoverRequestAcknowledge(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.2."""

    to: int
    target: int
    admitted: tuple[SessionEnd, ...]
    command: bytes


class HandoverPreparationFailure(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.3."""

    to: int
    cause: Cause
    reason: str


class HandoverCancel(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.6."""

    to: int
    cause: Cause


class SnStatusTransfer(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.4: the DRBs whose packets are forwarded, with the packets up and down so far."""

    to: int
    drbs: tuple[tuple[int, int, int], ...]


class UeContextRelease(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.5: the path is switched, the source may forget the phone. `core` is what
    XnAP does not tell, for measurements: for how many seconds the AMF was waited for."""

    to: int
    core: float = 0.0


class RetrieveUeContextRequest(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.8: a phone wants to resume in `target`; `mac` is its ShortResumeMAC-I."""

    source: int
    origin: XnNode
    i_rnti: int
    mac: bytes
    target: Cell


class RetrieveUeContextResponse(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.9."""

    to: int
    context: HandoverRequest


class RetrieveUeContextFailure(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.10."""

    to: int


class XnUAddressIndication(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.11: where packets that wait for a phone are to be forwarded to."""

    to: int
    ends: tuple[SessionEnd, ...]


class RanPaging(msgspec.Struct, frozen=True, kw_only=True):
    """TS 38.423 9.1.1.7."""

    i_rnti: int


ToUe = (
    HandoverRequestAcknowledge
    | HandoverPreparationFailure
    | HandoverCancel
    | SnStatusTransfer
    | UeContextRelease
    | XnUAddressIndication
)
Fetching = RetrieveUeContextRequest | RetrieveUeContextResponse | RetrieveUeContextFailure | RanPaging
XnMessage = HandoverRequest | Fetching | ToUe


class XnNode(Protocol):
    """A gNB as its neighbours see it."""

    def on_xn(self, message: XnMessage) -> None: ...


class Xn:
    """The Xn interfaces of one radio network."""

    __slots__ = ("_cells", "_nodes")

    def __init__(self) -> None:
        self._cells: dict[int, tuple[XnNode, Cell]] = {}
        self._nodes: dict[int, XnNode] = {}

    def join(self, node: XnNode, cells: tuple[Cell, ...], gnb_id: int) -> None:
        """A gNB with these cells is there."""
        self._nodes[gnb_id] = node
        for cell in cells:
            self._cells[cell.cgi.cell] = node, cell

    def holder(self, i_rnti: int) -> XnNode | None:
        """The gNB that has given an I-RNTI."""
        return self._nodes.get(owner(i_rnti))

    def tell_all(self, but: XnNode, message: XnMessage) -> None:
        """Say it to every other gNB."""
        for node in self._nodes.values():
            if node is not but:
                self.send(node, message)

    def neighbour(self, cgi: NrCgi) -> XnNode | None:
        """The gNB of a cell."""
        found = self._cells.get(cgi.cell)
        return None if found is None else found[0]

    def cell(self, cgi: NrCgi) -> Cell | None:
        """A cell, as a phone sees it."""
        found = self._cells.get(cgi.cell)
        return None if found is None else found[1]

    def send(self, to: XnNode, message: XnMessage) -> None:
        """It arrives in the next turn of the loop, in order."""
        asyncio.get_running_loop().call_soon(to.on_xn, message)

"""The few RRC messages that two gNBs and a phone exchange in a handover, in their octets (TS 38.331).

The target's RRC Reconfiguration passes through the source gNB, with N2 handover through the AMFs as well, and
nobody on the way reads it. It says which cell it is for, by which key chain the phone gets its new key, and
which bearers are not there any more. An emulated radio has nothing else to configure, so of what the message
may carry it carries this, in unaligned PER, and reads no other form.
"""

from __future__ import annotations

import msgspec

from pilot5g.wire.errors import DecodeError

RECONFIGURATION_COMPLETE = bytes.fromhex("0800")
"""UL-DCCH-Message with RRCReconfigurationComplete, transaction 0 (TS 38.331 6.2.1, 6.2.2)."""


def short_mac_input(pci: int, cell: int) -> bytes:
    """VarShortMAC-Input (TS 38.331 7.1.1): the PCI of the cell that was lost, the identity of the one where
    the phone asks, and its C-RNTI, 0 on the emulated air, where a connection is known without."""
    return _octets(f"{pci:010b}{cell:036b}{0:016b}")


HANDOVER_PREPARATION = bytes.fromhex("0000")
"""HandoverPreparationInformation with an empty list of UE capabilities (TS 38.331 11.2.2): an emulated
phone's radio can do whatever an emulated gNB asks of it."""

_T304 = 0b101
"""ms1000."""
_POWER = 60
"""ss-PBCH-BlockPower of 0 dBm: nobody measures it."""
_GROUP = f"{0x04084800:032b}"
"""CellGroupConfig down to physCellId: cell group 0 with spCellConfig, reconfigurationWithSync and
spCellConfigCommon, in which physCellId is the only optional field."""
_GROUP_OCTETS = 9


class Reconfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """RRC Reconfiguration with sync and a new key (TS 38.331 5.3.5.5.2, 5.3.5.7).

    `ncc` is the Next Hop Chaining Count; `released` the DRBs that go (a DRB has the number of its PDU
    session); `nas` the NAS container of a change of NAS keys (TS 24.501 9.11.2.6).
    """

    pci: int
    c_rnti: int
    ncc: int
    ciphering: int
    integrity: int
    released: tuple[int, ...] = ()
    nas: bytes | None = None
    new_kamf: bool = False


def encode(message: Reconfiguration) -> bytes:
    """HandoverCommand with the RRCReconfiguration (TS 38.331 11.2.2)."""
    inner = _octets(_reconfiguration(message))
    return _octets(f"0000{len(inner):08b}" + _bits(inner))


def decode(octets: bytes) -> Reconfiguration:
    """What `encode` makes. Raises DecodeError, also for what TS 38.331 allows and no emulated gNB says."""
    outer = _Bits(octets)
    outer.expect("0000")
    return _read(_Bits(outer.octets(outer.take(8))))


def _reconfiguration(message: Reconfiguration) -> str:
    """Transaction 0; radioBearerConfig; v1530 with masterCellGroup and masterKeyUpdate (TS 38.331 6.2.2)."""
    drbs = message.released
    listed = f"{len(drbs) - 1:05b}" + "".join(f"{drb - 1:05b}" for drb in drbs) if drbs else ""
    security = f"011010{message.ciphering:03b}0{message.integrity:03b}0"
    group = f"{_GROUP}{message.pci:010b}0{_POWER:07b}{message.c_rnti:016b}{_T304:03b}000"
    nas = "" if message.nas is None else f"{len(message.nas):08b}{_bits(message.nas)}"
    return (
        "00010001"
        + f"0000{bool(drbs):d}1{listed}{security}"
        + f"10010000{_GROUP_OCTETS:08b}{group}"
        + f"0{message.nas is not None:d}{message.new_kamf:d}{message.ncc:03b}{nas}"
    )


def _read(bits: _Bits) -> Reconfiguration:
    bits.expect("00010001" + "0000")
    some = bits.take(1)
    bits.expect("1")
    released = tuple(bits.take(5) + 1 for _ in range(bits.take(5) + 1)) if some else ()
    bits.expect("011010")
    ciphering = bits.take(3)
    bits.expect("0")
    integrity = bits.take(3)
    bits.expect("0" + "10010000" + f"{_GROUP_OCTETS:08b}" + _GROUP)
    pci = bits.take(10)
    bits.take(8)
    c_rnti = bits.take(16)
    bits.take(6)
    bits.expect("0")
    carries_nas = bits.take(1)
    new_kamf = bool(bits.take(1))
    ncc = bits.take(3)
    return Reconfiguration(
        pci=pci,
        c_rnti=c_rnti,
        ncc=ncc,
        ciphering=ciphering,
        integrity=integrity,
        released=released,
        nas=bits.octets(bits.take(8)) if carries_nas else None,
        new_kamf=new_kamf,
    )


def _bits(octets: bytes) -> str:
    return "".join(f"{octet:08b}" for octet in octets)


def _octets(bits: str) -> bytes:
    whole = bits + "0" * (-len(bits) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8, "big")


class _Bits:
    """Reads bit by bit; running out of them is a DecodeError."""

    def __init__(self, octets: bytes) -> None:
        self._bits = _bits(octets)
        self._at = 0

    def take(self, count: int) -> int:
        """The next bits as a number."""
        end = self._at + count
        if end > len(self._bits):
            raise DecodeError("an RRC message ends early", self._at // 8)
        value, self._at = int(self._bits[self._at : end] or "0", 2), end
        return value

    def octets(self, count: int) -> bytes:
        """The next octets, wherever they begin."""
        return bytes(self.take(8) for _ in range(count))

    def expect(self, bits: str) -> None:
        """These and no others."""
        if self.take(len(bits)) != int(bits, 2):
            raise DecodeError("an RRC message of a form that no emulated radio uses", self._at // 8)

"""pycrate as judge of PFCP: the same types, the same tables, and every message read and written alike.

Where the two differ, pycrate is the one that is wrong; what TS 29.244 says is named beside it.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from pilot5g.wire import pfcp
from pilot5g.wire.pfcp import messages, reports
from pilot5g.wire.pfcp.element import Ie
from pilot5g.wire.pfcp.grammar import GROUPS, MANDATORY, MESSAGES, Group
from pilot5g.wire.pfcp.ies import addresses, flags, node, numbers, traffic

pytestmark = pytest.mark.judge
values = pytest.importorskip("judges.pfcp_values")
theirs = pytest.importorskip("pycrate_mobile.TS29244_PFCP")
base = pytest.importorskip("pycrate_core.base")

QUICK = (Phase.explicit, Phase.generate)
MISREAD = {
    38: "two redirect addresses",
    48: "an unsigned number of one or two octets",
    72: "packets and octets are there only with their flags (8.2.49)",
    98: "both lengths are one octet (8.2.67)",
    134: "PCP has three bits (8.2.94)",
    135: "PCP has three bits (8.2.95)",
    258: "one octet of flags (8.2.177)",
}
"""Elements that pycrate reads wrongly, and what the specification has."""

WITHOUT_A_TABLE: dict[type[Group], str] = {
    reports.UsageReport: "their mandatoryones are those of the downlink data report",
    messages.SessionDeletionRequest: "no table",
    messages.VersionNotSupportedResponse: "no table",
}
EVERYTHING = {
    name: ie for module in (addresses, flags, node, numbers, traffic) for name, ie in vars(module).items()
}
IES = [ie for ie in EVERYTHING.values() if isinstance(ie, Ie)] + [cls.IE for cls in GROUPS.values()]
NOT_DECLARED = {
    *(165, 166, 167, 168, 169, 170, 175, 176, 220, 221, 265),  # access traffic steering
    *(188, 192),  # IP multicast
    *(194, 195, 199, 200, 201, 203),  # time sensitive communication
    *(211, 212, 213, 214, 219, 238, 255, 270, 271, 205, 239),  # QoS and access monitoring
    *(189, 190, 193, 252, 254, 261, 262, 263, 267, 232),  # multicast, packet rate control, Ethernet context
}
"""Elements of features that no message of ours offers: they arrive in `unknown`."""


def test_every_element_has_its_type() -> None:
    """The type of each, by name."""
    for ie in IES:
        assert ie.number in theirs.PFCPIEType_dict, ie
        assert simple(theirs.PFCPIEType_dict[ie.number]) == simple(ie.name), ie


def simple(name: str) -> str:
    """A name without what authors abbreviate."""
    for long, short in (("request", "req"), ("response", "resp"), ("establishment", "est")):
        name = name.lower().replace(long, short)
    name = (
        name.replace("modification", "mod").replace("pfcp", "").replace("packet detection rule id", "pdr id")
    )
    return "".join(c for c in name if c.isalnum())


TABLES = [cls for cls in [*GROUPS.values(), *MESSAGES.values()] if cls not in WITHOUT_A_TABLE]


def their_group(cls: type[Group]) -> Any:
    if issubclass(cls, pfcp.Message):
        return next(c for n, c in theirs.PFCPDispatcher.items() if n == cls.TYPE)()[1]
    return theirs.PFCPIELUT[cls.IE.number]


@pytest.mark.parametrize("cls", TABLES, ids=lambda cls: cls.__name__)
def test_every_table_has_the_same_elements(cls: type[Group]) -> None:
    """What is mandatory, what may be there, and which are left out on purpose."""
    their = their_group(cls)
    mandatory, optional = numbers_of(their.MAND), numbers_of(their.OPT)
    assert {row.ie.number for row in cls.TABLE.mandatory} == mandatory
    ours = {row.ie.number for row in cls.TABLE.rows if row.need != MANDATORY}
    assert ours <= optional, ours - optional
    assert optional - ours <= NOT_DECLARED, optional - ours - NOT_DECLARED


def numbers_of(table: Any) -> set[int]:
    return {int(table)} if isinstance(table, int) else {int(number) for number in table}


def elements(group: Any) -> Iterator[tuple[int, Any]]:
    """Every element of a message as pycrate has read it, those within groups too."""
    for ie in group._content:
        yield ie[0].get_val(), ie[3]
        if isinstance(ie[3], theirs.PFCPIEs):
            yield from elements(ie[3])


@settings(phases=QUICK, max_examples=120)
@given(values.ANY)
def test_every_message_is_read_and_written_alike(pdu: pfcp.Pdu) -> None:
    """pycrate reads what we write to the last octet, knows every element, and writes the same again."""
    octets = pfcp.encode(pdu)
    verify, theirs.PFCPIEs.VERIF_MAND = theirs.PFCPIEs.VERIF_MAND, False
    try:
        message, error = theirs.parse_PFCP(octets)
    finally:
        theirs.PFCPIEs.VERIF_MAND = verify
    assert error == 0
    found = list(elements(message[1]))
    for number, data in found:
        if number not in MISREAD:
            assert type(data) is not base.Buf, f"pycrate gave up on {number}"
            extra = data["ext"].get_val() if "ext" in getattr(data, "_by_name", ()) else b""
            assert not extra, f"{number}: pycrate finds {extra!r} left over"
    if not any(number in MISREAD for number, _ in found):
        assert message.to_bytes() == octets
    assert message[0]["Type"].get_val() == type(pdu.message).TYPE
    assert message[0]["SeqNum"].get_val() == pdu.sequence

"""The judge of NGAP messages: pycrate decodes them to the same values and encodes those to the same octets.

`same(octets)` for any message either half sends; `same_transfer(name, octets)` for what travels inside.
"""

from typing import Any

from pycrate_asn1dir import NGAP

from pilot5g.wire.ngap.codec import decode, encode
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer

IDS = {
    item._val: item._name.removeprefix("id-")
    for item in NGAP.NGAP_Constants._all_
    if item._typeref is not None and item._typeref.called[1] == "ProtocolIE-ID"
}
PDU = NGAP.NGAP_PDU_Descriptions.NGAP_PDU
KINDS = {
    "initiating-message": "initiatingMessage",
    "successful-outcome": "successfulOutcome",
    "unsuccessfull-outcome": "unsuccessfulOutcome",
}


def same(octets: bytes) -> Message:
    """Assert that both sides read and write the message alike; returns it."""
    message = decode(octets)
    PDU.from_aper(octets)
    kind, pdu = PDU.get_val()
    assert KINDS[message.kind] == kind
    assert (message.procedure_code, message.criticality) == (pdu["procedureCode"], pdu["criticality"])
    name, body = pdu["value"]
    assert message.name == name
    compare(message, body)
    assert PDU.to_aper().hex() == octets.hex()
    assert encode(message).hex() == octets.hex()
    return message


def compare(message: Message, body: dict[str, Any]) -> None:
    """Assert that a message has the values that pycrate found."""
    if message.body:
        assert message.private_ies == body["privateIEs"]
        return
    theirs = {ie["id"]: ie for ie in body["protocolIEs"]}
    for ie in message.ies:
        ours = getattr(message, ie.attribute)
        assert (ours is None) == (ie.id not in theirs), ie.attribute
        if ours is not None:
            assert theirs[ie.id]["criticality"] == ie.criticality, ie.attribute
            equal(ours, theirs[ie.id]["value"][1], ie.attribute)


def equal(ours: Any, theirs: Any, where: str) -> None:
    """Assert that two values are the same. What pycrate decoded inside an OCTET STRING is bytes of ours."""
    if isinstance(ours, bytes) and isinstance(theirs, tuple):
        name, content = theirs
        value = decode_transfer(name, ours)
        equal(value, content, f"{where}.{name}")
        assert encode_transfer(name, value) == ours, f"{where}.{name}"
    elif isinstance(theirs, dict) and "protocolIEs" in theirs:
        found = {IDS[ie["id"]]: ie["value"][1] for ie in theirs["protocolIEs"]}
        equal(ours, found, where)
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), where
        for key, value in ours.items():
            equal(value, theirs[key], f"{where}.{key}")
    elif isinstance(ours, list):
        assert len(ours) == len(theirs), where
        for i, value in enumerate(ours):
            equal(value, theirs[i], f"{where}[{i}]")
    elif isinstance(ours, tuple) and isinstance(ours[0], str):
        assert ours[0] == theirs[0], where
        equal(ours[1], theirs[1], f"{where}.{ours[0]}")
    else:
        assert ours == theirs, where


def same_transfer(name: str, octets: bytes) -> Any:
    """Assert that both sides read and write a transfer alike; returns its value."""
    value = decode_transfer(name, octets)
    theirs = getattr(NGAP.NGAP_IEs, name.replace("-", "_"))
    theirs.from_aper(octets)
    equal(value, theirs.get_val(), name)
    assert theirs.to_aper().hex() == octets.hex()
    assert encode_transfer(name, value).hex() == octets.hex()
    return value

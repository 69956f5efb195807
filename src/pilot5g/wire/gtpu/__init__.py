"""GTPv1-U, the tunnel of N3 and N9 (TS 29.281) with the PDU session container (TS 38.415).

Two ways in. `decode` and `encode` know every message as a value. `decapsulate` and `Encapsulation` know the
one message that matters at a million a second, the G-PDU, and touch as few octets of it as they can.
"""

from pilot5g.wire.gtpu.gpdu import Encapsulation, decapsulate
from pilot5g.wire.gtpu.header import (
    ExtensionHeader,
    ExtensionType,
    Header,
    MessageType,
    UnsupportedExtension,
    decode_header,
    encode_header,
)
from pilot5g.wire.gtpu.messages import (
    EchoRequest,
    EchoResponse,
    EndMarker,
    ErrorIndication,
    Gpdu,
    Message,
    SupportedExtensionHeaders,
    decode,
    encode,
)
from pilot5g.wire.gtpu.session import (
    DlPduSessionInformation,
    PduSessionInformation,
    UlPduSessionInformation,
    decode_information,
    encode_information,
)

__all__ = [
    "DlPduSessionInformation",
    "EchoRequest",
    "EchoResponse",
    "Encapsulation",
    "EndMarker",
    "ErrorIndication",
    "ExtensionHeader",
    "ExtensionType",
    "Gpdu",
    "Header",
    "Message",
    "MessageType",
    "PduSessionInformation",
    "SupportedExtensionHeaders",
    "UlPduSessionInformation",
    "UnsupportedExtension",
    "decapsulate",
    "decode",
    "decode_header",
    "decode_information",
    "encode",
    "encode_header",
    "encode_information",
]

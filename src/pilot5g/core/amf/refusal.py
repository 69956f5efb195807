"""A new phone is refused because the AMF has too much to do, at the least cost (TS 24.501 5.3.9).

No context, no task, nothing stored: a reject with cause #22 and T3346, and the release of a connection that
nobody has entered anywhere. A phone whose request is proved by keys the AMF has gets its reject under these
keys and obeys the T3346 in it; any other draws one from 15 to 30 minutes by itself, for everybody could have
sent that reject (5.5.1.2.5, 5.5.1.3.5, 5.6.1.5; TS 24.008 table 11.3). Values are drawn from a range, so that
the phones refused together do not come back together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.core.amf import nas_uplink
from pilot5g.core.amf.ran import Radio
from pilot5g.flow.entropy import integer
from pilot5g.wire import nas
from pilot5g.wire.nas import RegistrationKind, ServiceType
from pilot5g.wire.nas.grammar import EPD_GMM
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, s_tmsi_from

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

HEADER = 7
"""Octets of a security header before the message it protects (TS 24.501 figure 9.1.1.2)."""
KEPT_SERVICES = (
    ServiceType.MOBILE_TERMINATED,
    ServiceType.EMERGENCY,
    ServiceType.EMERGENCY_FALLBACK,
    ServiceType.HIGH_PRIORITY,
)
"""Services that are never refused for congestion (TS 24.501 5.3.9)."""

Reject = type[nas.RegistrationReject] | type[nas.ServiceReject]


def kind_of(pdu: bytes) -> Reject | None:
    """The reject that a first message can be refused with; None where it is to be served all the same.

    Looks at the message type and the half octet that says registration or service type, which are always in
    the clear (4.4.6); what cannot be read is left to whoever decodes it.
    """
    at = HEADER if len(pdu) > 1 and pdu[1] & 15 else 0
    if len(pdu) < at + 4 or pdu[at] != EPD_GMM or pdu[at + 1] & 15:
        return None
    what, half = pdu[at + 2], pdu[at + 3]
    if what == nas.RegistrationRequest.MESSAGE_TYPE and half & 7 != RegistrationKind.EMERGENCY:
        return nas.RegistrationReject
    if what == nas.ServiceRequest.MESSAGE_TYPE and half >> 4 not in KEPT_SERVICES:
        return nas.ServiceReject
    return None


def reject_for(amf: Amf, message: ngap.InitialUEMessage) -> bytes:
    """The NAS message that refuses a phone; empty where it is to be served."""
    kind = kind_of(message.nas_pdu)
    if kind is None:
        return b""
    plain = nas.encode(kind(cause=nas.GmmCause.CONGESTION, t3346_value=back_off(amf)))
    s_tmsi = message.five_g_s_tmsi
    known = nas_uplink.proved(amf, message.nas_pdu, None if s_tmsi is None else s_tmsi_from(s_tmsi))
    return plain if known is None else known.seal(plain)


def back_off(amf: Amf) -> nas.GprsTimer:
    """A T3346 out of the configured range."""
    low, high = amf.config.overload.back_off
    return nas.GprsTimer.nearest(low + integer(amf.entropy, 16) * (high - low) // 0xFFFF)


def send(amf: Amf, radio: Radio, ran_ue_ngap_id: int, reject: bytes) -> int:
    """The reject, and the connection's release (TS 38.413 8.6.2, 8.3.3). Its AMF-UE-NGAP-ID."""
    former = radio.connections.get(ran_ue_ngap_id)
    if former is not None:
        amf.drop(former, "the radio uses the connection's identity for another")
    named = amf.new_id()
    radio.send_on(
        ngap.DownlinkNASTransport(amf_ue_ngap_id=named, ran_ue_ngap_id=ran_ue_ngap_id, nas_pdu=reject), named
    )
    pair = {"aMF-UE-NGAP-ID": named, "rAN-UE-NGAP-ID": ran_ue_ngap_id}
    release = ngap.UEContextReleaseCommand(
        ue_ngap_ids=("uE-NGAP-ID-pair", pair), cause=cause("misc", "control-processing-overload")
    )
    radio.send_on(release, named)
    return named

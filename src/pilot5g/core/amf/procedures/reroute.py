"""Registration with AMF re-allocation (TS 23.502 4.2.2.2.3): an AMF without any of the slices that a phone
asks for has the radio send the phone's first message to an AMF that has one (TS 38.413 8.6.5).

Only as long as nothing was sent to the phone: with another AMF it begins anew, and takes what is protected
with other keys for forged. So it is done for a phone whose first message shows, by keys there are, what it
wants; the other AMF fetches its context here, by that same message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.model import Snssai
from pilot5g.wire import nas
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


def own_slices(ue: Ue) -> frozenset[Snssai]:
    """What this AMF has."""
    return frozenset(each.canonical for offered in ue.amf.config.slices.values() for each in offered)


def reroute(ue: Ue, request: nas.RegistrationRequest) -> bool:
    """Whether the phone has been sent on; its context stays here until the other AMF fetches it."""
    line = ue.line()
    initial, keys = line.initial, ue.context.keys
    if initial is None or keys is None or not line.secure or ue.origin is not None:
        return False
    asked = {Snssai(each.sst, each.sd).canonical for each in request.requested_nssai or ()}
    wanted = asked or set(ue.context.default_nssai)
    if not wanted or wanted & own_slices(ue):
        return False
    peer = ue.amf.peers.with_slice(wanted)
    if peer is None:
        return False
    line.send(
        ngap.RerouteNASRequest(
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            ngap_message=codec.encode(initial),
            amf_set_id=(peer.guami.amf_set, 10),
        )
    )
    ue.amf.journal.note(ue.name, f"asks for slices of {peer.amf_id}, and is sent there")
    keys.nas.uplink_count = keys.nas.last_uplink_count  # the other AMF has the same message checked here
    ue.amf.drop(line, f"it was sent to {peer.amf_id}")
    return True

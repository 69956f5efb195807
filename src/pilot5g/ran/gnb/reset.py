"""NG Reset, the message: whose connections it names (TS 38.413 8.7.4, 9.2.6.11)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.ue import Ue
from pilot5g.wire.ngap import messages as m

MOST_CONNECTIONS = 65536
"""maxnoofNGConnectionsToReset (TS 38.413 9.4.7)."""


def reset_of(ues: Sequence[Ue] | None, cause: Cause) -> m.NGReset:
    """The reset of these connections, or of the whole interface (None)."""
    if ues is None or len(ues) > MOST_CONNECTIONS:
        return m.NGReset(cause=cause, reset_type=("nG-Interface", "reset-all"))
    return m.NGReset(cause=cause, reset_type=("partOfNG-Interface", [connection_of(ue) for ue in ues]))


def connection_of(ue: Ue) -> dict[str, Any]:
    """UE-associated Logical NG-connection Item (TS 38.413 9.3.3.25)."""
    item = {"rAN-UE-NGAP-ID": ue.context.ran_ue_ngap_id}
    if ue.context.amf_ue_ngap_id is not None:
        item["aMF-UE-NGAP-ID"] = ue.context.amf_ue_ngap_id
    return item

"""What an AMF's refusal means for people: the likely reason and what to change."""

from __future__ import annotations

from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.config import GnbConfig


def setup_refused(config: GnbConfig, why: Cause | None) -> tuple[str, str]:
    """Reason and fix for an NG Setup Failure (TS 38.413 8.7.1.3, 8.7.1.4)."""
    plmns = ", ".join(map(str, config.plmns))
    slices = ", ".join(map(str, config.slices))
    offered = f"PLMN {plmns}, TAC {config.tac}, slices {slices}"
    match why:
        case ("misc", "unknown-PLMN-or-SNPN"):
            return (
                f"the AMF serves none of this radio's PLMNs ({plmns})",
                "give the radio the AMF's PLMN, or have the AMF serve the radio's",
            )
        case ("misc", "control-processing-overload"):
            return "the AMF is overloaded", "wait: the radio tries again by itself"
        case ("radioNetwork", "slice-not-supported" | "resources-not-available-for-the-slice"):
            return f"the AMF serves none of this radio's slices ({slices})", "agree on slices on both sides"
        case ("misc", "om-intervention"):
            return "the AMF's operator does not want this radio", "ask the operator"
        case ("protocol", _):
            return (
                f"the AMF could not use the request ({offered})",
                "compare the capture with TS 38.413 9.2.6.1",
            )
    return (
        f"the AMF does not take what this radio offers: {offered}",
        "compare PLMN, TAC and slices with those of the AMF",
    )

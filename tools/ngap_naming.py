"""How an IE of TS 38.413 becomes an attribute.

The name is the one of its `id-` constant. Hyphens part words; within a part a word begins at a capital after
a small letter or a digit, and at the last capital of a run that a small letter follows
(`PDUSessionResourceSetupListCxtReq` -> `pdu_session_resource_setup_list_cxt_req`). Abbreviations that mix
cases count as one word (`QoS`, `CIoT`, `eDRX`), and a few names whose words the rule cannot see are spelled
out below. `5G` is `five_g`, as in the ASN.1.
"""

from __future__ import annotations

import re

MIXED = ("PC5", "QoS", "CIoT", "IoT", "eDRX", "NRPPa", "ProSe", "RedCap", "V2X", "A2X", "2Rx", "IDs")
RUNS = ("LTE", "NR", "MDT")
PARTS = {
    "TargettoSource": "target_to_source",
    "AerialUEsubscriptionInformation": "aerial_ue_subscription_information",
    "CEmodeBrestricted": "ce_mode_b_restricted",
    "CEmodeBSupport": "ce_mode_b_support",
    "PagingAssisDataforCEcapabUE": "paging_assis_data_for_ce_capab_ue",
    "PEIPSassistanceInformation": "peips_assistance_information",
    "FiveGCAction": "five_gc_action",
}
_WORD = re.compile(
    "|".join(
        (
            *MIXED,
            *(f"{run}(?=UE|V2X|A2X|PLMN|PagingeDRX)" for run in RUNS),
            r"[A-Z]+(?=PC5|V2X|eDRX)",
            r"[A-Z0-9]+(?=[A-Z][a-z])",
            r"[A-Z][a-z]+?(?=eDRX)",
            r"[A-Z][a-z]+",
            r"[A-Z0-9]+",
            r"[a-z]+",
        )
    )
)


def attribute(name: str) -> str:
    """The attribute of an IE: `AMF-UE-NGAP-ID` -> `amf_ue_ngap_id`."""
    words: list[str] = []
    for part in name.split("-"):
        words += [PARTS[part]] if part in PARTS else [word.lower() for word in _WORD.findall(part)]
    joined = "_".join(words)
    if joined.replace("_", "") != name.replace("-", "").lower():
        raise SystemExit(f"{name} would lose letters as {joined}")
    return joined

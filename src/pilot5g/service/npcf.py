"""Npcf: policy decisions for access and mobility, and for sessions (TS 29.507, TS 29.512)."""

from __future__ import annotations

from typing import Protocol

import msgspec

from pilot5g.model import Ambr, PduSessionType, Qos, Snssai, Supi


class AmPolicy(msgspec.Struct, frozen=True):
    """TS 29.507 5.6.2.2 PolicyAssociation, cut: the UE-AMBR the network grants."""

    association_id: str
    ue_ambr: Ambr


class SmPolicyContext(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.512 5.6.2.3 SmPolicyContextData: what is subscribed, to be granted or changed."""

    supi: Supi
    pdu_session_id: int
    dnn: str
    snssai: Snssai
    pdu_session_type: PduSessionType
    subscribed_ambr: Ambr
    subscribed_qos: Qos


class SmPolicyDecision(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.512 5.6.2.4: the session rule (authorized AMBR and default QoS)."""

    association_id: str
    session_ambr: Ambr
    qos: Qos


class Npcf(Protocol):
    """Raises ServiceError (CONTEXT_NOT_FOUND, USER_NOT_FOUND)."""

    async def create_am_policy(self, supi: Supi, subscribed_ambr: Ambr) -> AmPolicy: ...
    async def delete_am_policy(self, association_id: str) -> None: ...
    async def create_sm_policy(self, context: SmPolicyContext) -> SmPolicyDecision: ...
    async def delete_sm_policy(self, association_id: str) -> None: ...

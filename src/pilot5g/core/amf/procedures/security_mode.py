"""NAS security mode control (TS 24.501 5.4.2): the keys of an authentication are put into use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pilot5g.core.amf.context import KeySet
from pilot5g.core.amf.moving import keyed
from pilot5g.core.amf.procedures.authentication import ABBA, Proof
from pilot5g.flow.errors import Refused
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


class SecurityModeRefused(Refused):
    """The phone itself has refused: it is told nothing more (5.4.2.5)."""


def algorithms(ue: Ue, capability: nas.UeSecurityCapability) -> nas.SecurityAlgorithms:
    """The first of the configured preference that the phone has (TS 33.501 6.7.1). Raises Refused.

    Null integrity is never chosen: it is not in the preference (`AmfConfig`).
    """
    config = ue.amf.config
    chosen = _chosen(config.ciphering, config.integrity, capability.ea, capability.ia)
    if chosen is None:
        integrity = next((a for a in config.integrity if a in capability.integrity), None)
        kind, ours = ("NIA", config.integrity) if integrity is None else ("NEA", config.ciphering)
        theirs = capability.integrity if integrity is None else capability.ciphering
        raise Refused(
            nas.GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH,
            f"the phone has {_names(kind, theirs)}, the network takes {_names(kind, ours)}",
            "allow an algorithm of the phone under `security`; null integrity is not to be had",
        )
    return chosen


@lru_cache(maxsize=1024)
def _chosen(
    ciphering: tuple[int, ...], integrity: tuple[int, ...], ea: int, ia: int
) -> nas.SecurityAlgorithms | None:
    """The same for every phone of one make."""
    capability = nas.UeSecurityCapability(ea, ia)
    nia = next((a for a in integrity if a in capability.integrity), None)
    nea = next((a for a in ciphering if a in capability.ciphering), None)
    return None if nia is None or nea is None else nas.SecurityAlgorithms(nea, nia)


def _names(kind: str, numbers: tuple[int, ...]) -> str:
    return ", ".join(f"{kind}{number}" for number in numbers) or f"no {kind}"


def key_set(proof: Proof, chosen: nas.SecurityAlgorithms) -> KeySet:
    """K_NASenc and K_NASint of the chosen algorithms, both COUNTs at zero (TS 33.501 A.8, 6.4.3.1)."""
    return keyed(proof.kamf, proof.ksi, chosen.ciphering, chosen.integrity)


def capability_of(ue: Ue) -> nas.UeSecurityCapability:
    """The UE security capability of a phone that has registered."""
    octets = ue.context.security_capability
    return nas.UeSecurityCapability(octets[0], octets[1], octets[2:4], octets[4:])


def outdated(ue: Ue, capability: nas.UeSecurityCapability) -> bool:
    """Whether the algorithms in use are not those that the network would choose now. Raises Refused."""
    keys = ue.context.keys
    if keys is None:
        return False
    chosen = algorithms(ue, capability)
    return (keys.nas.ciphering, keys.nas.integrity) != (chosen.ciphering, chosen.integrity)


class SecurityMode:
    """One run. `whole_message`: the phone shall send its initial message again, now protected (4.4.6);
    `derive`: it shall derive a new K_AMF from the one in use (TS 33.501 6.9.3)."""

    def __init__(
        self,
        ue: Ue,
        capability: nas.UeSecurityCapability,
        keys: KeySet,
        *,
        eap: bytes | None = None,
        whole_message: bool = False,
        derive: bool = False,
    ) -> None:
        self.ue = ue
        self.capability = capability
        self.chosen = nas.SecurityAlgorithms(keys.nas.ciphering, keys.nas.integrity)
        self.keys = keys
        self.eap = eap
        self.whole_message = whole_message
        self.derive = derive

    @classmethod
    def of_proof(
        cls, ue: Ue, proof: Proof, capability: nas.UeSecurityCapability, *, whole_message: bool = False
    ) -> SecurityMode:
        """The keys of an authentication. Raises Refused where no algorithm is in common."""
        keys = key_set(proof, algorithms(ue, capability))
        return cls(ue, capability, keys, eap=proof.eap, whole_message=whole_message)

    @classmethod
    def of_algorithms(cls, ue: Ue, capability: nas.UeSecurityCapability) -> SecurityMode:
        """Other algorithms under the K_AMF in use, whose COUNTs go on (5.4.2.2). Raises Refused."""
        current = ue.context.keys
        assert current is not None, "there are keys to change the algorithms of"
        proof = Proof(ue.supi, current.kamf, current.nas.ngksi)
        keys = key_set(proof, algorithms(ue, capability))
        keys.nas.uplink_count, keys.nas.downlink_count = current.nas.uplink_count, current.nas.downlink_count
        return cls(ue, capability, keys)

    @classmethod
    def of_derivation(cls, ue: Ue, capability: nas.UeSecurityCapability) -> SecurityMode:
        """The K_AMF that another AMF has derived, which keeps the NAS keys that its message was sent with to
        itself: the message comes again (TS 33.501 6.9.3). Raises Refused."""
        current = ue.context.keys
        assert current is not None, "it came with its context"
        proof = Proof(ue.supi, current.kamf, current.nas.ngksi)
        keys = key_set(proof, algorithms(ue, capability))
        return cls(ue, capability, keys, whole_message=True, derive=True)

    async def run(self) -> nas.SecurityModeComplete:
        """Secure exchange is established. Raises SecurityModeRefused, TimerExpired, Gone."""
        ue = self.ue
        ue.candidate = self.keys
        try:
            answer = await ue.owner.ask(
                self._command,
                nas.SecurityModeComplete,
                nas.SecurityModeReject,
                timer=ue.amf.config.timers["T3560"],
            )
        finally:
            ue.candidate = None
        if isinstance(answer, nas.SecurityModeReject):
            raise SecurityModeRefused(
                answer.cause,
                "the phone refused the security mode",
                "with #23 somebody changed its capabilities on the way, or the radio spoils NAS",
            )
        line = ue.line()
        ue.context.keys = self.keys
        line.secure = True
        line.kgnb_count = self.keys.nas.last_uplink_count
        return answer

    def _command(self) -> None:
        command = nas.SecurityModeCommand(
            selected_nas_security_algorithms=self.chosen,
            ngksi=nas.KeySetIdentifier(self.keys.nas.ngksi),
            replayed_ue_security_capabilities=self.capability,
            imeisv_request=True,
            additional_5g_security_information=nas.AdditionalSecurityInformation(
                kamf_derivation=self.derive, retransmission_requested=self.whole_message
            ),
            eap_message=self.eap,
            abba=ABBA,
        )
        plain = nas.encode(command)
        self.ue.send_octets(self.keys.nas.protect(plain, SecurityHeaderType.NEW_CONTEXT, uplink=False))

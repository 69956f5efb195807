"""N2 with one AMF: the association, kept up; and where each message that comes over it goes.

A lost association releases every phone and is tried again, after a wait that doubles up to a bound and is
drawn a little shorter or longer, so that the radios of a restarted AMF do not all come at once. NG Setup is
the first thing on every new one; where further associations to the AMF (`tnlas`) have outlived it, the phones
stay, and the new one only says whose it is. What is wrong with a message is answered here as TS 38.413 clause
10 says; an unforeseen error of ours in acting on one costs the UE it concerns and nobody else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import msgspec

from pilot5g.flow.entropy import integer
from pilot5g.flow.link import Association, AssociationEndpoint
from pilot5g.flow.procedure import Owner, Procedure
from pilot5g.flow.prompt import PromptOwner
from pilot5g.flow.timer import Alarm
from pilot5g.ran.gnb import clause10
from pilot5g.ran.gnb.amf_selection import in_set
from pilot5g.ran.gnb.ng import NON_UE_STREAM, AmfInfo, Ng, Tnla
from pilot5g.ran.gnb.node_messages import NodeMessages
from pilot5g.ran.gnb.procedures.ng_reset import NgReset
from pilot5g.ran.gnb.procedures.ng_setup import Again, NgSetup, Unusable
from pilot5g.ran.gnb.procedures.ran_configuration import RanConfigurationUpdate
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.tnlas import Tnlas
from pilot5g.ran.gnb.ue import Ue
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.codec import decode
from pilot5g.wire.ngap.errors import (
    ERROR_INDICATION,
    NOTIFIED,
    UNSUCCESSFUL_OUTCOME,
    NgapError,
)
from pilot5g.wire.ngap.message import INITIATING, NOTIFY, Message
from pilot5g.wire.ngap.values import gnb_id_to

log = logging.getLogger(__name__)

FOR_ONE_UE = (
    m.DownlinkNASTransport,
    m.InitialContextSetupRequest,
    m.PDUSessionResourceSetupRequest,
    m.PDUSessionResourceModifyRequest,
    m.PDUSessionResourceReleaseCommand,
    m.PDUSessionResourceModifyConfirm,
    m.UEContextModificationRequest,
    m.UERadioCapabilityCheckRequest,
    m.LocationReportingControl,
    m.TraceStart,
    m.DeactivateTrace,
    m.UEContextReleaseCommand,
    m.UETNLABindingReleaseRequest,
    m.HandoverCommand,
    m.HandoverPreparationFailure,
    m.HandoverCancelAcknowledge,
    m.DownlinkRANStatusTransfer,
    m.PathSwitchRequestAcknowledge,
    m.PathSwitchRequestFailure,
)
"""What the AMF says about one UE and this radio acts on."""

ONLY_FROM_RADIOS = (
    m.NGSetupRequest,
    m.RANConfigurationUpdate,
    m.InitialUEMessage,
    m.UplinkNASTransport,
    m.NASNonDeliveryIndication,
    m.UEContextReleaseRequest,
    m.UERadioCapabilityInfoIndication,
    m.UERadioCapabilityIDMappingRequest,
    m.UplinkRANConfigurationTransfer,
    m.UplinkRIMInformationTransfer,
    m.RetrieveUEInformation,
    m.PDUSessionResourceNotify,
    m.PDUSessionResourceModifyIndication,
    m.HandoverRequired,
    m.HandoverNotify,
    m.HandoverCancel,
    m.PathSwitchRequest,
    m.UplinkRANStatusTransfer,
)
"""Messages that an AMF never sends: not compatible with the state of any radio (TS 38.413 10.4)."""

_NO_ANSWER = (
    m.DownlinkNASTransport,
    m.Paging,
    m.OverloadStart,
    m.OverloadStop,
    m.AMFStatusIndication,
    m.DownlinkRANConfigurationTransfer,
    m.DownlinkRIMInformationTransfer,
)
"""Messages whose defects of criticality notify have no answer to be reported in (10.3.4.2)."""


class N2:
    """A gNB's NG interface with one AMF, the user of its associations; `changed` hears of service begun or
    ended, `take_over` of phones that other gNBs hand over."""

    def __init__(
        self,
        ng: Ng,
        endpoint: AssociationEndpoint,
        page: Callable[[m.Paging], None],
        changed: Callable[[], None],
        take_over: Callable[[Ng, m.HandoverRequest], None],
    ) -> None:
        self.ng = ng
        self.site: Site = ng.site
        self.association: Association | None = None
        """The one that NG is set up on; not up yet while it is being made."""
        self._take_over = take_over
        self.owner: Owner = PromptOwner(self._begin)
        self._endpoint = endpoint
        self._changed = changed
        self._alarm = Alarm()
        self._attempts = 0
        self._closing = False
        self.refused = False
        """Whether the AMF has refused NG Setup; it is asked again."""
        self.tnlas = Tnlas(ng, endpoint, self._rebind)
        self.node = NodeMessages(self, page)

    # -- the association

    def connect(self) -> None:
        """Begin an association; `on_up` or `on_down` says how it went."""
        config, remote = self.site.config, self.ng.remote
        if not self._attempts:
            host, port = remote
            self.ng.trouble = (
                f"the AMF at {host} port {port} has not answered: does it run, and does SCTP reach it?"
            )
        try:
            self.association = self._endpoint.connect(config.n2, remote, self)
        except OSError as error:
            self._later(str(error))

    def on_up(self, association: Association) -> None:
        """The association is there: NG Setup comes first (TS 38.413 8.7.1.1)."""
        if self.tnlas.on_up(association):
            return
        self._alarm.stop()
        self.association = association
        self.ng.tnlas.insert(0, Tnla(association, self.ng.remote))
        if self.ng.amf is None:
            self.owner.start(NgSetup(self))
        else:
            whose = gnb_id_to(self.site.config.identity)
            self.ng.send_by(association, m.RANConfigurationUpdate(global_ran_node_id=whose), NON_UE_STREAM)

    def on_down(self, association: Association, reason: str) -> None:
        """The association is gone, and with the last one every UE-associated connection."""
        if self.tnlas.on_down(association) or association is not self.association:
            return
        self.association = None
        self.ng.tnlas = [each for each in self.ng.tnlas if each.association is not association]
        self.site.counters.downs += 1
        if self.ng.amf is not None and self.ng.tnlas and not self._closing:
            self._rebind(association)
        else:
            self._out_of_service("the radio lost its AMF")
        if self._closing:
            self._changed()
        else:
            self._later(reason)

    def in_service(self, amf: AmfInfo) -> None:
        """NG Setup succeeded."""
        site = self.site
        for ue in self.ng.ues:  # 8.7.1.1: like a reset
            ue.drop("NG Setup")
        self.ng.amf, self.ng.overload = amf, None
        for guami in amf.guamis:
            site.backups.pop(guami, None)
        site.counters.setups += 1
        self._attempts, self.refused = 0, False
        site.note(f"is in service with AMF {amf.name}")
        self._changed()

    def give_up(self, reason: str) -> None:
        """This association leads nowhere: begin anew."""
        association, self.association = self.association, None
        self.ng.tnlas = [each for each in self.ng.tnlas if each.association is not association]
        if association is not None:
            association.abort()
        self.site.counters.downs += 1
        self._out_of_service(reason)
        self._later(reason)

    def turned_away(self) -> None:
        """NG Setup was refused; it will be tried again."""
        self.refused = True
        self._changed()

    def retry(self) -> None:
        """Do not wait any longer for the next attempt."""
        if self._closing:
            return
        if self.association is None:
            self._alarm.stop()
            self.connect()
        else:
            self.owner.deliver(Again())

    def close(self) -> None:
        """Go out of service, and shut the association down."""
        self._closing = True
        self._alarm.stop()
        self._out_of_service("the radio is switched off")
        if self.association is not None:
            self.association.close()

    def abort(self) -> None:
        """What is left of the association ends now."""
        if self.association is not None:
            self.association.abort()

    @property
    def decided(self) -> bool:
        """Whether the first attempt has led somewhere, or nowhere."""
        return self.ng.amf is not None or self._attempts > 0 or self._closing or self.refused

    def _out_of_service(self, why: str) -> None:
        self.node.abandon()
        self.owner.stop()
        had = self.ng.amf is not None
        self.ng.amf, self.ng.overload = None, None
        for ue in self.ng.ues:
            ue.drop(why)
        self.tnlas.close()
        if had:
            self._changed()

    def _rebind(self, gone: Association) -> None:
        """Phones whose signalling went by an association that is gone use another (TS 23.501 5.21.1.3). Where
        it was the last, there is no AMF any more."""
        if not self.ng.tnlas and self.ng.amf is not None:
            self._out_of_service("the radio lost its AMF")
            return
        for ue in self.ng.ues:
            if ue.tnla is gone:
                self.ng.bind(ue, None)

    def _later(self, reason: str) -> None:
        """Try again after a wait that grows, and varies by a quarter (see the module)."""
        config = self.site.config
        bound = min(config.backoff_first * 2.0**self._attempts, config.backoff_last)
        wait = bound * (0.75 + integer(self.site.entropy, 16) / 0x20000)
        self._attempts = min(self._attempts + 1, 32)
        host, port = self.ng.remote
        self.ng.trouble = f"no association with the AMF at {host} port {port}: {reason}"
        self.site.journal.refuse(
            config.name,
            f"has no association with the AMF; the next attempt is in {wait:.1f} s",
            cause="",
            reason=reason,
            fix=f"look whether an AMF listens at {host} port {port}",
        )
        self._alarm.start(wait, self.connect)
        self._changed()

    # -- what comes over it

    def on_message(self, association: Association, data: bytes, stream: int) -> None:
        """One NGAP message."""
        if self.ng.tnla(association) is None:
            return
        self.site.counters.ngap_in += 1
        try:
            message = decode(data)
        except NgapError as error:
            self._unusable(error, association, stream)
            return
        try:
            self._route(message, association, stream)
            self.site.air.settle()
        except DecodeError as error:  # a value that the ASN.1 allows and its meaning does not
            self.site.note(f"could not use {message.name}: {error}")
            self.reject(message, clause10.SEMANTIC, association, stream)
        except Exception:
            log.exception("acting on %s failed; this costs one UE", message.name)
            self._bug(message)

    def _route(self, message: Message, association: Association, stream: int) -> None:
        self._notify_defects(message, association, stream)
        if isinstance(message, FOR_ONE_UE):
            ue = self._ue_of(message, association, stream)
            if ue is not None:
                if ue.tnla is not association:
                    self.ng.bind(ue, association)
                ue.deliver(message)
        elif isinstance(message, m.HandoverRequest):
            self._take_over(self.ng, message)
        elif isinstance(message, m.RerouteNASRequest):
            self._reroute(message, association, stream)
        elif isinstance(message, ONLY_FROM_RADIOS):
            self.reject(message, clause10.NOT_NOW, association, stream)
        elif not self.node.take(message) and message.kind == INITIATING:
            self._not_supported(message, association, stream)

    def _reroute(self, message: m.RerouteNASRequest, association: Association, stream: int) -> None:
        """NAS Reroute (TS 38.413 8.6.5): the first message goes to an AMF of the set that is named."""
        ue = self.ng.by_ran(message.ran_ue_ngap_id)
        if ue is None:
            self._wrong_identity(message, clause10.UNKNOWN_LOCAL, (association, stream))
            return
        try:
            initial = decode(message.ngap_message)
        except NgapError as error:
            self.reject(message, error.cause, association, stream)
            return
        to = in_set(self.site, message.amf_set_id[0], other_than=self.ng)
        if to is None or not isinstance(initial, m.InitialUEMessage):
            ue.drop("its AMF sent it to another that there is not")
            return
        self.site.note(f"sends UE {ue.context.ran_ue_ngap_id} to an AMF of set {message.amf_set_id[0]}")
        ue.go_to(
            to,
            msgspec.structs.replace(
                initial,
                ran_ue_ngap_id=ue.context.ran_ue_ngap_id,
                amf_set_id=message.amf_set_id,
                allowed_nssai=message.allowed_nssai,
                source_to_target_amf_information_reroute=message.source_to_target_amf_information_reroute,
            ),
        )

    def _begin(self, event: Any) -> Procedure | None:
        return event if isinstance(event, NgReset | RanConfigurationUpdate) else None

    def _notify_defects(self, message: Message, association: Association, stream: int) -> None:
        """What was ignored but is to be reported, of a message that has no answer (10.3.4.2, 10.3.5)."""
        if isinstance(message, _NO_ANSWER) and any(d.criticality == NOTIFY for d in message.defects):
            self.indicate(clause10.indication(message, NOTIFIED), association, stream)

    # -- identities (10.6)

    def _ue_of(self, message: Message, association: Association, stream: int) -> Ue | None:
        """The UE a message is for. Wrong identities are indicated, and what has them is released."""
        ng = self.ng
        amf_id, ran_id = clause10.identities(message)
        ue = ng.by_ran(ran_id) if ran_id is not None else ng.by_amf(amf_id)
        namesake = ng.by_amf(amf_id)
        if ue is None:
            self._wrong_identity(message, clause10.UNKNOWN_LOCAL, (association, stream), namesake)
            return None
        known = ue.context.amf_ue_ngap_id
        if amf_id is None and message.kind != INITIATING:
            amf_id = known  # of criticality ignore in an answer (9.2.3): RAN UE NGAP ID names the UE
        if known is None and namesake is None and amf_id is not None:
            ng.name(ue, amf_id)  # the first returned message establishes the connection
        elif known != amf_id:
            self._wrong_identity(message, clause10.INCONSISTENT, (association, stream), ue, namesake)
            return None
        return ue

    def _wrong_identity(
        self, message: Message, why: tuple[str, str], by: tuple[Association, int], *ues: Ue | None
    ) -> None:
        for ue in ues:
            if ue is not None:
                ue.drop(f"the AMF used wrong identities: {why[1]}")
        self.indicate(clause10.indication(message, why), *by)

    # -- errors (10.2 to 10.4)

    def _unusable(self, error: NgapError, association: Association, stream: int) -> None:
        """A message that could not be decoded, or whose IEs forbid to act on it."""
        site = self.site
        site.counters.ngap_unusable += 1
        site.journal.refuse(
            site.config.name, "could not use a message of its AMF", cause=error.cause[1], reason=str(error)
        )
        if error.remedy == UNSUCCESSFUL_OUTCOME:
            amf_id, ran_id = error.amf_ue_ngap_id, error.ran_ue_ngap_id
            answer = clause10.failure(error.message, error.cause, amf_id, ran_id, error)
            if answer is not None:
                self.ng.send_by(association, answer, stream if amf_id is not None else NON_UE_STREAM)
                return
        if error.remedy in (ERROR_INDICATION, UNSUCCESSFUL_OUTCOME):
            self.indicate(clause10.indication(error, error.cause), association, stream)
        if error.message in (m.NGSetupResponse, m.NGSetupFailure):  # the procedure has failed (10.3)
            self.owner.deliver(Unusable(error.cause, str(error)))

    def reject(self, message: Message, why: tuple[str, str], association: Association, stream: int) -> None:
        """A logical error (10.4): the procedure's failure, else an Error Indication."""
        if message.kind != INITIATING:
            return  # local error handling: nobody waits for it
        amf_id, ran_id = clause10.identities(message)
        answer = clause10.failure(type(message), why, amf_id, ran_id, message)
        if answer is not None:
            self.ng.send_by(association, answer, stream if amf_id is not None else NON_UE_STREAM)
        else:
            self.indicate(clause10.indication(message, why), association, stream)

    def _not_supported(self, message: Message, association: Association, stream: int) -> None:
        answer = clause10.not_supported(message)
        if answer is not None:
            self.site.note(f"does not support {message.name}, and said so")
            self.indicate(answer, association, stream)

    def indicate(self, message: m.ErrorIndication, association: Association, stream: int) -> None:
        """Send an Error Indication: on the UE's stream where it concerns one (8.7.5.1), else on stream 0."""
        self.site.counters.errors_sent += 1
        concerns_one = message.amf_ue_ngap_id is not None or message.ran_ue_ngap_id is not None
        ue = self.ng.by_ran(message.ran_ue_ngap_id)
        on = ue.context.stream if ue is not None else stream
        fits = on < association.streams
        self.ng.send_by(association, message, on if concerns_one and fits else NON_UE_STREAM)

    def _bug(self, message: Message) -> None:
        self.site.counters.bugs += 1
        amf_id, ran_id = clause10.identities(message)
        ue = self.ng.by_ran(ran_id) or self.ng.by_amf(amf_id)
        if ue is not None:
            ue.drop("a bug of the gNB")

"""A phone in RRC_INACTIVE comes from another gNB: its context is fetched, and its path switched (TS 38.300
9.2.2.4.1, TS 38.423 8.2.4)."""

from __future__ import annotations

from pilot5g.flow.errors import TimerExpired
from pilot5g.ran.gnb import xn
from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.handover import security_for
from pilot5g.ran.gnb.procedures.xn_arrival import XnArrival, host
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.ue import RadioLost, Reestablished


def ask(site: Site, i_rnti: int, link: RadioLink, cell: NrCell, mac: bytes) -> bool:
    """RETRIEVE UE CONTEXT REQUEST to the gNB that gave the I-RNTI; False where that is no neighbour."""
    if site.xn is None or site.node is None:
        return False
    holder = site.xn.holder(i_rnti)
    if holder is None or holder is site.node:
        return False
    source = site.ues.new_id()
    site.inactives.coming[source] = link, cell
    request = xn.RetrieveUeContextRequest(
        source=source, origin=site.node, i_rnti=i_rnti, mac=mac, target=cell
    )
    site.xn.send(holder, request)
    return True


def refused(site: Site, message: xn.RetrieveUeContextFailure) -> None:
    """Nobody has the context: the phone is to begin anew."""
    coming = site.inactives.coming.pop(message.to, None)
    if coming is not None:
        coming[0].release("its context is nowhere to be had")


def arrive(site: Site, message: xn.RetrieveUeContextResponse) -> None:
    """The context is here."""
    coming = site.inactives.coming.pop(message.to, None)
    if coming is None or coming[0].down:
        return
    link, cell = coming
    request = message.context
    ng = site.ng_of(request.guami)
    security = security_for(site, request.capabilities, request.key, request.ncc)
    if ng is None or security is None:
        link.release("this gNB cannot take its context over")
        return
    ue, ends, failed = host(site, cell, link, request, security)
    ue.owner.start(Retrieval(ue, link, b"", request, ends, failed))


class Retrieval(XnArrival):
    """As an Xn handover from where the phone has arrived, which it does by RRC Resume."""

    async def came(self) -> bool:
        """RRC Resume, and its completion under the new key."""
        ue, link = self.ue, self.link
        self._say(xn.XnUAddressIndication(to=self.request.source, ends=self.ends))

        def send() -> None:
            link.resumed(lambda mac: ue.owner.deliver(Reestablished(mac)))

        try:
            answer = await ue.owner.ask(send, Reestablished, RadioLost, timer=ue.site.config.rrc)
        except TimerExpired:
            answer = RadioLost()
        if not isinstance(answer, Reestablished) or not self.proven(answer):
            ue.drop("the phone did not resume")
            return False
        ue.site.counters.resumed += 1
        if self.failed:
            await ue.configure((), self.failed)
        return True

    def switched(self) -> None:
        """The network sends here now, and takes the phone for connected."""
        super().switched()
        watching.told(self.ue, "connected")

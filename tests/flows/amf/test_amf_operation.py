"""Location, positioning, trace, public warning and configuration (TS 38.413 8.7.3, 8.7.6, 8.8 to 8.12)."""

import pytest

from flows.amf.world import PLMN, SLICE, Phone, play, settle
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import NrCgi, Snssai, Tai
from pilot5g.service.nradio import LocationEvent, PublicWarning
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import GnbId, cause, gnb_id_to, nr_cgi_to, tai_to, transport_address_to

TRACE = bytes.fromhex("00f1100000010001")
HOME = GnbId(PLMN, 1)


class News:
    def __init__(self):
        self.heard = []

    def located(self, *what):
        self.heard.append(what)

    def positioned(self, *what):
        self.heard.append(what)


async def connected(world):
    gnb = await world.gnb().setup()
    phone = Phone(world)
    await phone.register(gnb, follow_on=True)
    world.amf.news = News()
    return gnb, phone


def test_location():
    """8.12.1, 8.12.3: asked, told, passed on, and where the phone is from then on."""

    async def flow(world):
        gnb, phone = await connected(world)
        world.amf.operation.locate(phone.supi, LocationEvent.EVERY_CELL)
        await settle()
        kind = phone.n2[-1].location_reporting_request_type
        assert kind == {"eventType": "change-of-serve-cell", "reportArea": "cell"}
        gnb.number = 3
        gnb.says(
            ngap.LocationReport(
                **phone.ids, user_location_information=gnb.location, location_reporting_request_type=kind
            )
        )
        gnb.number = 1
        cell = NrCgi(PLMN, 3 << 4)
        assert world.amf.news.heard == [(phone.supi, cell, Tai(PLMN, 1))]
        assert world.amf.ues.by_supi[phone.supi].context.cell == cell

    play(flow)


def test_positioning():
    """8.10.2, 8.10.3: NRPPa is carried both ways, unread, of a phone and of a radio."""

    async def flow(world):
        gnb, phone = await connected(world)
        world.amf.operation.position(phone.supi, b"\1", b"down")
        await settle()
        assert (phone.n2[-1].routing_id, phone.n2[-1].nrppa_pdu) == (b"\1", b"down")
        world.amf.operation.position_by("gnb-1", b"\2", b"radio")
        assert (await gnb.gets(ngap.DownlinkNonUEAssociatedNRPPaTransport)).nrppa_pdu == b"radio"
        gnb.says(ngap.UplinkUEAssociatedNRPPaTransport(**phone.ids, routing_id=b"\1", nrppa_pdu=b"up"))
        gnb.says(ngap.UplinkNonUEAssociatedNRPPaTransport(routing_id=b"\2", nrppa_pdu=b"too"))
        assert world.amf.news.heard == [
            ("gnb-1", phone.supi, b"\1", b"up"),
            ("gnb-1", None, b"\2", b"too"),
        ]
        with pytest.raises(ServiceError):
            world.amf.operation.position_by("gnb-9", b"\2", b"nobody")

    play(flow)


def test_without_a_listener_reports_are_no_trouble():
    async def flow(world):
        gnb, phone = await connected(world)
        world.amf.news = None
        gnb.says(ngap.UplinkUEAssociatedNRPPaTransport(**phone.ids, routing_id=b"\1", nrppa_pdu=b"up"))
        gnb.says(ngap.UplinkNonUEAssociatedNRPPaTransport(routing_id=b"\2", nrppa_pdu=b"too"))
        await settle()
        assert gnb.inbox.empty()

    play(flow)


def test_trace():
    """8.11.1, 8.11.3."""
    activation = {
        "nGRANTraceID": TRACE,
        "interfacesToTrace": (0x80, 8),
        "traceDepth": "medium",
        "traceCollectionEntityIPAddress": transport_address_to("192.0.2.7"),
    }

    async def flow(world):
        _, phone = await connected(world)
        world.amf.operation.trace(phone.supi, activation)
        world.amf.operation.stop_trace(phone.supi, TRACE)
        await settle()
        assert phone.n2[-2].trace_activation == activation
        assert phone.n2[-1].ngran_trace_id == TRACE

    play(flow)


@pytest.mark.parametrize("state", ["unknown", "idle"])
def test_a_phone_that_cannot_be_asked(state):
    async def flow(world):
        _, phone = await connected(world)
        if state == "idle":
            await phone.idles()
        supi = phone.supi if state == "idle" else "imsi-999999999999999"
        with pytest.raises(ServiceError) as refused:
            world.amf.operation.locate(supi)
        expected = {"idle": Problem.UE_NOT_REACHABLE, "unknown": Problem.CONTEXT_NOT_FOUND}
        assert refused.value.problem is expected[state]

    play(flow)


def test_public_warning():
    """8.9.1 to 8.9.3: to the radios of the area, again to one that has lost it, and cancelled."""

    async def flow(world):
        here, there = await world.gnb(1).setup(), await world.gnb(2, tac=2).setup()
        operation, area = world.amf.operation, (Tai(PLMN, 2),)
        warning = PublicWarning(identifier=4370, serial=0x1230, contents=b"\1" + bytes(83), tais=area)
        assert operation.warn(warning) == 1
        request = await there.gets(ngap.WriteReplaceWarningRequest)
        assert (request.message_identifier, request.serial_number) == ((4370, 16), (0x1230, 16))
        assert request.warning_area_list == ("tAIListForWarning", [tai_to(area[0])])
        both = {"message_identifier": (4370, 16), "serial_number": (0x1230, 16)}
        there.says(ngap.WriteReplaceWarningResponse(**both))
        assert world.journal.entries[-1].what == "warning 4370/4656 broadcast in no cell"
        cell = nr_cgi_to(NrCgi(PLMN, 2 << 4))
        for gnb in (here, there):
            gnb.says(
                ngap.PWSRestartIndication(
                    cell_id_list_for_restart=("nR-CGIListforRestart", [cell]),
                    global_ran_node_id=gnb.setup_request().global_ran_node_id,
                    tai_list_for_restart=[tai_to(gnb.tai)],
                )
            )
        assert await there.gets(ngap.WriteReplaceWarningRequest) == request
        assert operation.cancel_warning(4370, 0x1230) == 1
        cancel = await there.gets(ngap.PWSCancelRequest)
        assert cancel.warning_area_list == request.warning_area_list
        there.says(ngap.PWSCancelResponse(**both))
        with pytest.raises(ServiceError):
            operation.cancel_warning(4370, 0x1230)
        everywhere = PublicWarning(identifier=1, serial=1, contents=b"\1" + bytes(83))
        assert operation.warn(everywhere) == 2
        await here.gets(ngap.WriteReplaceWarningRequest)

    play(flow)


def test_amf_configuration_update():
    """8.7.3: radios that are there are told, those that come later find it so."""

    async def flow(world):
        gnb = await world.gnb().setup()
        offered = {PLMN: (SLICE, Snssai(7))}
        world.amf.operation.update(relative_capacity=10, slices=offered)
        update = await gnb.gets(ngap.AMFConfigurationUpdate)
        assert update.relative_amf_capacity == 10
        assert len(update.plmn_support_list[0]["sliceSupportList"]) == 2
        gnb.says(ngap.AMFConfigurationUpdateAcknowledge())
        assert "new configuration" in world.journal.entries[-1].what
        gnb.says(ngap.AMFConfigurationUpdateFailure(cause=cause("misc", "om-intervention")))
        assert world.reasons()[-1].cause == "misc/om-intervention"
        later = world.gnb(2)
        later.says(later.setup_request())
        assert (await later.gets(ngap.NGSetupResponse)).relative_amf_capacity == 10

    play(flow)


def test_amf_status_indication():
    """8.7.6: out of service soon, another AMF is its backup."""

    async def flow(world):
        gnb = await world.gnb().setup()
        world.amf.operation.leave("amf-2")
        (item,) = (await gnb.gets(ngap.AMFStatusIndication)).unavailable_guami_list
        assert item["backupAMFName"] == "amf-2"

    play(flow)


def test_configuration_from_radio_to_radio():
    """8.8.1, 8.8.2: carried to the gNB that is meant, and to nobody where it is not there."""

    def transfer(target, tac):
        node = {"globalRANNodeID": gnb_id_to(GnbId(PLMN, target)), "selectedTAI": tai_to(Tai(PLMN, tac))}
        source = {"globalRANNodeID": gnb_id_to(HOME), "selectedTAI": tai_to(Tai(PLMN, 1))}
        return {
            "targetRANNodeID-SON": node,
            "sourceRANNodeID": source,
            "sONInformation": ("sONInformationRequest", "xn-TNL-configuration-info"),
        }

    async def flow(world):
        here, there = await world.gnb(1).setup(), await world.gnb(2, tac=2).setup()
        here.says(ngap.UplinkRANConfigurationTransfer(son_configuration_transfer_ul=transfer(2, 2)))
        told = await there.gets(ngap.DownlinkRANConfigurationTransfer)
        assert told.son_configuration_transfer_dl == transfer(2, 2)
        here.says(ngap.UplinkRANConfigurationTransfer(son_configuration_transfer_ul=transfer(9, 2)))
        here.says(ngap.UplinkRANConfigurationTransfer())
        await settle()
        assert here.inbox.empty()
        assert there.inbox.empty()

    play(flow)


def test_interference_from_radio_to_radio():
    """8.16.1, 8.16.2: as configuration, to the gNB that is meant."""

    def transfer(target):
        def node(number):
            return {"globalRANNodeID": gnb_id_to(GnbId(PLMN, number)), "selectedTAI": tai_to(Tai(PLMN, 1))}

        return {
            "targetRANNodeID-RIM": node(target),
            "sourceRANNodeID": node(1),
            "rIMInformation": {"targetgNBSetID": (5, 22), "rIM-RSDetection": "rs-detected"},
        }

    async def flow(world):
        here, there = await world.gnb(1).setup(), await world.gnb(2, tac=2).setup()
        here.says(ngap.UplinkRIMInformationTransfer(rim_information_transfer=transfer(2)))
        told = await there.gets(ngap.DownlinkRIMInformationTransfer)
        assert told.rim_information_transfer == transfer(2)
        here.says(ngap.UplinkRIMInformationTransfer(rim_information_transfer=transfer(9)))
        here.says(ngap.UplinkRIMInformationTransfer())
        await settle()
        assert here.inbox.empty()
        assert there.inbox.empty()

    play(flow)


def test_what_is_only_noted():
    """8.9.4, 8.11.2, 8.11.4, 8.12.2, 8.15.1: no answer, and nothing changes."""

    async def flow(world):
        gnb, phone = await connected(world)
        why = cause("radioNetwork", "unspecified")
        for message in (
            ngap.LocationReportingFailureIndication(**phone.ids, cause=why),
            ngap.TraceFailureIndication(**phone.ids, ngran_trace_id=TRACE, cause=why),
            ngap.CellTrafficTrace(
                **phone.ids,
                ngran_trace_id=TRACE,
                ngran_cgi=("nR-CGI", nr_cgi_to(NrCgi(PLMN, 16))),
                trace_collection_entity_ip_address=transport_address_to("192.0.2.7"),
            ),
            ngap.SecondaryRATDataUsageReport(
                **phone.ids,
                pdu_session_resource_secondary_rat_usage_list=[
                    {"pDUSessionID": 1, "secondaryRATDataUsageReportTransfer": b"\0"}
                ],
            ),
            ngap.PWSFailureIndication(
                pws_failed_cell_id_list=("nR-CGI-PWSFailedList", [nr_cgi_to(NrCgi(PLMN, 16))]),
                global_ran_node_id=gnb_id_to(HOME),
            ),
        ):
            before = len(world.journal.entries)
            gnb.says(message)
            assert len(world.journal.entries) == before + 1
        await settle()
        assert gnb.inbox.empty()
        assert world.amf.ues.by_supi[phone.supi].connected

    play(flow)

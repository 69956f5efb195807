"""Location reports, traces and public warnings, on both halves (TS 38.413 8.9, 8.11, 8.12)."""

import asyncio

from judges.network import play, registered
from pilot5g.model import Tai
from pilot5g.service.nradio import LocationEvent, PublicWarning
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import transport_address_to

TRACE = bytes.fromhex("00f1100000010001")
ACTIVATION = {
    "nGRANTraceID": TRACE,
    "interfacesToTrace": (0x80, 8),
    "traceDepth": "medium",
    "traceCollectionEntityIPAddress": transport_address_to("192.0.2.7"),
}


class News:
    def __init__(self):
        self.cells = []

    def located(self, supi, cell, tai):
        self.cells.append(cell)

    def positioned(self, *what):
        pass


def test_a_phone_is_followed_from_cell_to_cell():
    """Within a gNB, over Xn and over N2, until nobody wants to know any more."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            amf.news = news = News()
            here, there = network.radios.gnbs.values()
            amf.operation.locate(phone.config.supi)
            await asyncio.sleep(1)
            amf.operation.locate(phone.config.supi, LocationEvent.EVERY_CELL)
            await asyncio.sleep(1)
            path = [here.cells[0], here.cells[0]]
            for cell, via in ((here.cells[1], "auto"), (there.cells[0], "xn"), (here.cells[2], "n2")):
                path.append(cell)
                await network.radios.hand_over(phone, cell, via)
                await asyncio.sleep(1)
            assert news.cells == [cell.cgi for cell in path]
            amf.operation.locate(phone.config.supi, LocationEvent.NO_MORE)
            await asyncio.sleep(1)
            await network.radios.hand_over(phone, there.cells[0], "n2")
            await asyncio.sleep(3)  # as long as the radio left behind may forward
            assert len(news.cells) == len(path)

    play(flow, "phones: {count: 1}\n", gnbs=2)


def test_a_presence_that_is_not_watched_is_refused():
    async def flow(network):
        async with registered(network):
            (ue,) = network.radios.gnbs["gnb-1"].ues
            kind = {"eventType": "ue-presence-in-area-of-interest", "reportArea": "cell"}
            ue.deliver(ngap.LocationReportingControl(**ue.ids, location_reporting_request_type=kind))
            await asyncio.sleep(1)
        assert network.counts["LocationReportingFailureIndication"] == 1

    play(flow, "phones: {count: 1}\n", gnbs=1)


def test_a_trace_is_begun_and_ended():
    async def flow(network):
        async with registered(network) as (unit,):
            supi, operation = unit.phone.config.supi, network.core.amf.operation
            operation.trace(supi, ACTIVATION)
            operation.trace(supi, ACTIVATION)
            await asyncio.sleep(1)
            there = network.radios.gnbs["gnb-2"]
            await network.radios.hand_over(unit.phone, there.cells[0], "xn")
            (ue,) = there.ues
            assert ue.context.traces == (TRACE,)
            operation.stop_trace(supi, TRACE)
            await asyncio.sleep(1)
            assert ue.context.traces == ()

    play(flow, "phones: {count: 1}\n", gnbs=2)


def test_a_warning_is_broadcast_counted_lost_told_again_and_cancelled():
    async def flow(network):
        gnb, operation = network.radios.gnbs["gnb-1"], network.core.amf.operation
        here = gnb.cells[0].tai
        warning = PublicWarning(
            identifier=4370, serial=1, contents=b"\1" + bytes(83), period=10, tais=(here,)
        )
        operation.warn(warning)
        await asyncio.sleep(35)
        (on_air,) = gnb.warnings.on_air.values()
        assert (on_air.contents, len(on_air.cells), on_air.broadcasts) == (warning.contents, 3, 4)
        gnb.lose_warnings()
        assert not gnb.warnings.on_air
        await asyncio.sleep(1)
        assert list(gnb.warnings.on_air) == [(4370, 1)]
        operation.warn(PublicWarning(identifier=4370, serial=2, contents=b"\1" + bytes(83)))
        await asyncio.sleep(15)
        assert list(gnb.warnings.on_air) == [(4370, 2)]
        operation.cancel_warning(4370, 2)
        await asyncio.sleep(1)
        (answer,) = [each for each in network.ngap if isinstance(each, ngap.PWSCancelResponse)]
        _, cells = answer.broadcast_cancelled_area_list
        assert [cell["numberOfBroadcasts"] for cell in cells] == [2, 2, 2]
        assert not gnb.warnings.on_air
        elsewhere = PublicWarning(
            identifier=1, serial=1, contents=b"\1" + bytes(83), tais=(Tai(here.plmn, 0x777),)
        )
        request = ngap.PWSCancelRequest(message_identifier=(9, 16), serial_number=(9, 16))
        assert operation.warn(elsewhere) == 0
        gnb.warnings.cancel(gnb._site.ngs[0], request)
        await asyncio.sleep(1)

    play(flow, "phones: {count: 0}\n", gnbs=1)

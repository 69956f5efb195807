"""Location reports, traces and public warnings, on both halves (TS 38.413 8.9, 8.11, 8.12)."""

import asyncio

from judges.network import play, registered
from pilot5g.core.amf import inactivity
from pilot5g.model import Tai
from pilot5g.ran.gnb.procedures.watching import SecondaryUsage
from pilot5g.service.nradio import InactivityReport, LocationEvent, PublicWarning
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


def test_a_handover_takes_along_what_is_to_be_reported():
    """TS 38.413 8.4.2.2, 8.4.4.2: trace and RRC_INACTIVE over N2, and over Xn to a radio that lacks them."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            supi = phone.config.supi
            amf.operation.trace(supi, ACTIVATION)
            inactivity.watch(amf, supi, InactivityReport.EVERY)
            await asyncio.sleep(1)
            for via in ("n2", "xn", "n2"):
                gnbs = network.radios.gnbs.values()
                here = next(each for each in gnbs if phone.cell in each.cells)
                if via == "xn":
                    (ue,) = here.ues
                    ue.context.transitions = None
                there = next(each for each in gnbs if each is not here)
                await network.radios.hand_over(phone, there.cells[0], via)
                await asyncio.sleep(3)
                (ue,) = there.ues
                assert ue.context.traces == (TRACE,)
                assert ue.context.transitions == InactivityReport.EVERY
            amf.operation.stop_trace(supi, TRACE)
            inactivity.watch(amf, supi, InactivityReport.NO_MORE)
            await asyncio.sleep(1)
            await network.radios.hand_over(phone, here.cells[0], "n2")
            await asyncio.sleep(3)
            (ue,) = here.ues
            assert (ue.context.traces, ue.context.transitions) == ((), None)

    play(flow, "phones: {count: 1}\n", gnbs=2)


def test_the_next_connection_is_asked_for_the_same_reports():
    """TS 38.413 8.3.1.2: INITIAL CONTEXT SETUP carries what is still wanted of a phone that was idle."""

    async def flow(network):
        async with registered(network) as (unit,):
            phone, amf = unit.phone, network.core.amf
            amf.news = news = News()
            supi = phone.config.supi
            amf.operation.trace(supi, ACTIVATION)
            amf.operation.locate(supi, LocationEvent.EVERY_CELL)
            inactivity.watch(amf, supi, InactivityReport.EVERY)
            await asyncio.sleep(1)
            for _ in range(2):
                await phone.until_idle()
                news.cells.clear()
                await unit.stack.ping(unit.gateway, timeout=5)
                await asyncio.sleep(1)
                (ue,) = network.radios.gnbs["gnb-1"].ues
                assert ue.context.traces == (TRACE,)
                assert ue.context.transitions == InactivityReport.EVERY
                assert ue.context.reporting["eventType"] == "change-of-serve-cell"
                assert news.cells == [phone.cell.cgi]
            amf.operation.stop_trace(supi, TRACE)
            amf.operation.locate(supi, LocationEvent.NO_MORE)
            inactivity.watch(amf, supi, InactivityReport.CONNECTED)
            await asyncio.sleep(1)
            await phone.until_idle()
            await unit.stack.ping(unit.gateway, timeout=5)
            (ue,) = network.radios.gnbs["gnb-1"].ues
            assert (ue.context.traces, ue.context.transitions, ue.context.reporting) == ((), None, None)

    play(flow, "timers: {X-INACTIVE: 5}\nphones: {count: 1}\n", gnbs=1)


def test_what_a_phone_used_of_another_rat_is_told():
    """TS 38.413 8.15.1."""

    async def flow(network):
        async with registered(network) as (unit,):
            usage = SecondaryUsage(began=3_900_000_000, ended=3_900_000_060, uplink=1234, downlink=2**40)
            network.radios.report_usage(unit.phone, 1, usage)
            await asyncio.sleep(1)
            told = [str(each) for each in network.core.amf.journal.entries if "secondary RAT" in str(each)]
            assert len(told) == 1
            assert "1234 octets up and 1099511627776 down (eutra) by PDU session 1" in told[0]

    play(flow, "phones: {count: 1}\n", gnbs=1)

"""A peer made of pycrate drives both ends: as an SMF of a UPF of ours, and as a UPF of an SMF of ours.

Everything it sends pycrate writes, everything it gets pycrate reads: another implementation's idea of PFCP.
"""

import asyncio
from typing import Any

import pytest

from judges.n4 import EPOCH, N3, SMF, UPF, Pair, Peer, play, session, to_radio
from pilot5g.service.n4 import ApplyAction, FTeid, Modification, SourceInterface, Trigger, Usage

pytestmark = pytest.mark.judge
P = pytest.importorskip("pycrate_mobile.TS29244_PFCP")
T = getattr(P, "PFCPIEType", None)


def octets(kind: int, elements: list[Any], sequence: int, seid: int | None = None) -> bytes:
    """A message as pycrate writes it; `elements` are (type, value) pairs, in groups lists of them."""
    message = P.PFCPDispatcher[kind]()
    header: dict[str, Any] = {"S": int(seid is not None), "SeqNum": sequence}
    if seid is not None:
        header["SEID"] = seid
    message[0].set_val({"Type": kind, **header})
    message[1].clear()
    for number, value in elements:
        message[1].add_ie(number, written(number, value))
    return bytes(message.to_bytes())


def written(number: int, value: Any) -> bytes:
    """An element's octets: groups of pairs by pycrate's group, values by pycrate's element."""
    if isinstance(value, bytes):
        return value
    element = P.PFCPIELUT[number]()
    if issubclass(P.PFCPIELUT[number], P.PFCPIEs):
        element.clear()
        for inner, content in value:
            element.add_ie(inner, written(inner, content))
    else:
        element.set_val(value)
    return bytes(element.to_bytes())


def parsed(data: bytes | None) -> tuple[Any, dict[int, Any]]:
    """Header and elements of a message, by pycrate."""
    assert data is not None, "no answer"
    verify, P.PFCPIEs.VERIF_MAND = P.PFCPIEs.VERIF_MAND, False
    try:
        message, error = P.parse_PFCP(data)
    finally:
        P.PFCPIEs.VERIF_MAND = verify
    assert error == 0
    return message[0], {ie[0].get_val(): ie[3] for ie in message[1]._content}


def inner(group: Any) -> dict[int, Any]:
    return {ie[0].get_val(): ie[3] for ie in group._content}


NODE = {"Type": 0, "Val": bytes((192, 0, 2, 1))}
UPF_NODE = {"Type": 0, "Val": bytes((192, 0, 2, 2))}


def pdr(id_: int, source: int, far: int, *more: tuple[int, Any]) -> tuple[int, Any]:
    pdi = [(T.SourceInterface.value, {"If": source}), *more]
    return T.CreatePDR.value, [
        (T.PDRID.value, {"Val": id_}),
        (T.Precedence.value, {"Val": 100}),
        (T.PDI.value, pdi),
        (T.FARID.value, {"Val": far}),
        (T.QERID.value, {"Val": 1}),
        (T.URRID.value, {"Val": 1}),
    ]


URR = [
    (T.MeasurementMethod.value, {"VOLUM": 1}),
    (T.ReportingTriggers.value, b"\x02\x00"),
    (T.VolumeThreshold.value, {"TOVOL": 1, "Total": 5000}),
]
ADDRESS = (T.UEIPAddress.value, {"V4": 1, "SD": 1, "IPv4Addr": bytes((10, 45, 0, 9))})
CREATE = [
    (T.NodeID.value, NODE),
    (T.FSEID.value, {"V4": 1, "SEID": 0x77, "IPv4Addr": bytes((192, 0, 2, 1))}),
    pdr(1, 0, 1, (T.FTEID.value, {"CH": 1, "V4": 1, "CHID": 1, "CHOOSE_ID": 5}), (T.QFI.value, {"QFI": 9})),
    pdr(2, 1, 2, ADDRESS, (T.NetworkInstance.value, b"\x08internet")),
    (
        T.CreateFAR.value,
        [
            (T.FARID.value, {"Val": 1}),
            (T.ApplyAction.value, b"\x02"),
            (T.ForwardingParameters.value, [(T.DestinationInterface.value, {"Val": 1})]),
        ],
    ),
    (T.CreateFAR.value, [(T.FARID.value, {"Val": 2}), (T.ApplyAction.value, b"\x0c")]),
    (
        T.CreateQER.value,
        [
            (T.QERID.value, {"Val": 1}),
            (T.GateStatus.value, {"ULGate": 0, "DLGate": 0}),
            (T.MBR.value, {"UL": 64, "DL": 128}),
        ],
    ),
    (
        T.CreateURR.value,
        [(T.URRID.value, {"Val": 1}), *URR],
    ),
    (T.APNDNN.value, b"\x08internet"),
]


def test_another_smf_drives_our_upf() -> None:
    """Association, session, path to the radio, a report that it acknowledges, usage at the end."""

    async def flow(pair: Pair) -> None:
        pair.crash_smf()
        smf = Peer(pair, SMF, UPF)
        up = [(T.NodeID.value, NODE), (T.RecoveryTimeStamp.value, {"Val": EPOCH + 99})]
        header, found = parsed(await smf.ask(octets(5, up, 1)))
        assert header["Type"].get_val() == 6
        assert found[T.Cause.value].get_val() == 1
        assert found[T.UPFunctionFeatures.value]["Octet1"]["FTUP"].get_val() == 1
        _, alive = parsed(await smf.ask(octets(1, [(T.RecoveryTimeStamp.value, {"Val": EPOCH + 99})], 2)))
        assert alive[T.RecoveryTimeStamp.value]["Val"].get_val() > EPOCH

        header, found = parsed(await smf.ask(octets(50, CREATE, 3, 0)))
        assert header["SEID"].get_val() == 0x77
        assert found[T.Cause.value].get_val() == 1
        seid = found[T.FSEID.value]["SEID"].get_val()
        fteid = inner(found[T.CreatedPDR.value])[T.FTEID.value]
        (installed,) = pair.datapath.sessions.values()
        uplink = installed.pdrs[0]
        assert uplink.local_fteid == FTeid(fteid["TEID"].get_val(), N3)
        assert (uplink.source, uplink.qfi) == (SourceInterface.ACCESS, 9)
        assert installed.dnn == installed.pdrs[1].network_instance == "internet"
        assert installed.qers[0].mbr is not None
        assert installed.qers[0].mbr.downlink == 128_000
        assert installed.urrs[0].threshold == 5000
        await check_change(pair, smf, seid)
        await check_report(pair, smf, seid)
        await check_query(smf, seid)
        _, found = parsed(await smf.ask(octets(54, [], 9, seid)))
        report = inner(found[T.UsageReportSessionDeletionResp.value])
        assert report[T.VolumeMeasurement.value]["UplinkVolume"].get_val() == 10
        assert report[T.UsageReportTrigger.value]["Octet2"]["TERMR"].get_val() == 1
        assert pair.upf.leftovers() == []
        smf.close()
        pair.start_smf()

    play(flow)


async def check_query(smf: Peer, seid: int) -> None:
    """Query URR, and the removal of a URR: a usage report in each answer."""
    second = [(T.CreateURR.value, [(T.URRID.value, {"Val": 2}), *URR])]
    _, found = parsed(await smf.ask(octets(52, second, 11, seid)))
    assert found[T.Cause.value].get_val() == 1
    for sequence, kind, urr, octet, trigger, uplink in (
        (12, T.QueryURR, 1, "Octet1", "IMMER", 100),
        (13, T.RemoveURR, 2, "Octet2", "TERMR", 1),
    ):
        group = [(kind.value, [(T.URRID.value, {"Val": urr})])]
        _, found = parsed(await smf.ask(octets(52, group, sequence, seid)))
        assert found[T.Cause.value].get_val() == 1
        report = inner(found[T.UsageReportSessionModResp.value])
        assert report[T.URRID.value]["Val"].get_val() == urr
        assert report[T.UsageReportTrigger.value][octet][trigger].get_val() == 1
        assert report[T.VolumeMeasurement.value]["UplinkVolume"].get_val() == uplink


async def check_change(pair: Pair, smf: Peer, seid: int) -> None:
    """Update FAR: forward to the radio, with an End Marker to where it was before."""
    header = {"GTPU_UDP_IPv4": 1, "TEID": 0xBEEF, "IPv4Addr": bytes((198, 51, 100, 9))}
    change = [
        (
            T.UpdateFAR.value,
            [
                (T.FARID.value, {"Val": 2}),
                (T.ApplyAction.value, b"\x02"),
                (
                    T.UpdateForwardingParameters.value,
                    [
                        (T.DestinationInterface.value, {"Val": 0}),
                        (T.OuterHeaderCreation.value, header),
                        (T.PFCPSMReqFlags.value, {"SNDEM": 1}),
                    ],
                ),
            ],
        )
    ]
    _, found = parsed(await smf.ask(octets(52, change, 4, seid)))
    assert found[T.Cause.value].get_val() == 1
    far = pair.datapath.sessions[seid].fars[1]
    assert far.action == ApplyAction.FORW
    assert far.outer_header is not None
    assert (far.outer_header.teid, far.outer_header.address) == (0xBEEF, "198.51.100.9")
    assert pair.datapath.markers[-1] == (2,)


async def check_report(pair: Pair, smf: Peer, seid: int) -> None:
    """Downlink data and usage, each acknowledged, so that neither comes a second time."""
    pair.datapath.reports.downlink_data(seid, 2, 9)
    header, found = parsed(await asyncio.wait_for(smf.inbox.get(), 1))
    assert (header["Type"].get_val(), header["SEID"].get_val()) == (56, 0x77)
    assert inner(found[T.DownlinkDataReport.value])[T.PDRID.value]["Val"].get_val() == 2
    smf.port.send(octets(57, [(T.Cause.value, 1)], header["SeqNum"].get_val(), seid), UPF)
    pair.datapath.reports.usage(seid, Usage(1, 3000, 2000, 3, 4, 5, Trigger.VOLUME_THRESHOLD))
    header, found = parsed(await asyncio.wait_for(smf.inbox.get(), 1))
    report = inner(found[T.UsageReportSessionReportReq.value])
    assert report[T.VolumeMeasurement.value]["TotalVolume"].get_val() == 5000
    assert report[T.UsageReportTrigger.value]["Octet1"]["VOLTH"].get_val() == 1
    smf.port.send(octets(57, [(T.Cause.value, 1)], header["SeqNum"].get_val(), seid), UPF)
    await asyncio.sleep(5)
    assert smf.inbox.empty()


@pytest.mark.parametrize(
    ("elements", "cause"),
    [(CREATE[1:], 66), ([CREATE[0], *CREATE[2:]], 66), (CREATE[:4], 66), (CREATE[:5], 73)],
)
def test_another_smf_is_told_what_is_missing(elements: list[Any], cause: int) -> None:
    """Node ID, F-SEID, FARs, and a FAR that a PDR names."""

    async def flow(pair: Pair) -> None:
        pair.crash_smf()
        smf = Peer(pair, SMF, UPF)
        up = [(T.NodeID.value, NODE), (T.RecoveryTimeStamp.value, {"Val": 1})]
        await smf.ask(octets(5, up, 1))
        header, found = parsed(await smf.ask(octets(50, elements, 2, 0)))
        assert header["Type"].get_val() == 51
        assert found[T.Cause.value].get_val() == cause
        assert pair.datapath.sessions == {}
        smf.close()
        pair.start_smf()

    play(flow)


class OtherUpf:
    """A UPF that answers as pycrate writes, and remembers what it was asked."""

    def __init__(self, pair: Pair) -> None:
        self.peer = Peer(pair, UPF, SMF)
        self.asked: list[tuple[int, dict[int, Any]]] = []
        self.peer.port.on_datagrams(lambda batch: [self.hear(data) for data, _ in batch] and None)
        self.seids: list[int] = []

    def hear(self, data: bytes) -> None:
        header, found = parsed(data)
        kind, sequence = header["Type"].get_val(), header["SeqNum"].get_val()
        self.asked.append((kind, found))
        accepted = (T.Cause.value, 1)
        node = (T.NodeID.value, UPF_NODE)
        stamp = (T.RecoveryTimeStamp.value, {"Val": EPOCH})
        match kind:
            case 1:
                self.say(octets(2, [stamp], sequence))
            case 5:
                features = (T.UPFunctionFeatures.value, b"\x10\x00")
                self.say(octets(6, [node, accepted, stamp, features], sequence))
            case 50:
                self.seids.append(found[T.FSEID.value]["SEID"].get_val())
                fseid = (T.FSEID.value, {"V4": 1, "SEID": 0x1234, "IPv4Addr": bytes((192, 0, 2, 2))})
                chosen = {"V4": 1, "TEID": 0xCAFE, "IPv4Addr": bytes((198, 51, 100, 1))}
                made = [(T.PDRID.value, {"Val": 1}), (T.FTEID.value, chosen)]
                answer = [node, accepted, fseid, (T.CreatedPDR.value, made)]
                self.say(octets(51, answer, sequence, self.seids[-1]))
            case 52:
                assert header["SEID"].get_val() == 0x1234
                self.say(octets(53, [accepted], sequence, self.seids[-1]))
            case 54:
                self.say(octets(55, [accepted], sequence, self.seids[-1]))

    def say(self, data: bytes) -> None:
        self.peer.port.send(data, SMF)


def test_our_smf_drives_another_upf() -> None:
    """Association, session, modification, deletion; its report of downlink data is heard."""

    async def flow(pair: Pair) -> None:
        pair.crash_upf()
        upf = OtherUpf(pair)
        assert await pair.smf.until_associated(20)
        chosen = await pair.smf.establish(session(seid=3))
        assert chosen == {1: FTeid(0xCAFE, "198.51.100.1")}
        await pair.smf.modify(Modification(seid=3, fars=(to_radio(0xBEEF),)))
        update = inner(upf.asked[-1][1][T.UpdateFAR.value])
        header = inner(update[T.UpdateForwardingParameters.value])[T.OuterHeaderCreation.value]
        assert header["TEID"].get_val() == 0xBEEF
        report = [
            (T.ReportType.value, b"\x01"),
            (T.DownlinkDataReport.value, [(T.PDRID.value, {"Val": 2})]),
        ]
        upf.say(octets(56, report, 7, 3))
        await asyncio.sleep(0.1)
        kind, found = upf.asked[-1]
        assert (kind, found[T.Cause.value].get_val()) == (57, 1)
        assert pair.heard.reports == [("downlink data", 3, 2, None)]
        assert await pair.smf.delete(3) == ()
        assert [kind for kind, _ in upf.asked if kind > 49] == [50, 52, 57, 54]
        upf.peer.close()
        pair.start_upf()

    play(flow, associated=False)

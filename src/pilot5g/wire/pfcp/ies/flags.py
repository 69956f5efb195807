"""The elements that are flags (TS 29.244 8.2). A bit that is not named here is kept, not refused."""

from __future__ import annotations

from enum import KEEP, IntFlag

from pilot5g.wire.pfcp.element import flags


class ReportingTriggers(IntFlag, boundary=KEEP):
    """What makes the UPF report usage (TS 29.244 8.2.19)."""

    PERIO = 1 << 0
    VOLTH = 1 << 1
    TIMTH = 1 << 2
    QUHTI = 1 << 3
    START = 1 << 4
    STOPT = 1 << 5
    DROTH = 1 << 6
    LIUSA = 1 << 7
    VOLQU = 1 << 8
    TIMQU = 1 << 9
    ENVCL = 1 << 10
    MACAR = 1 << 11
    EVETH = 1 << 12
    EVEQU = 1 << 13
    IPMJL = 1 << 14
    QUVTI = 1 << 15
    REEMR = 1 << 16


class UsageReportTrigger(IntFlag, boundary=KEEP):
    """Why usage is reported (TS 29.244 8.2.41)."""

    PERIO = 1 << 0
    VOLTH = 1 << 1
    TIMTH = 1 << 2
    QUHTI = 1 << 3
    START = 1 << 4
    STOPT = 1 << 5
    DROTH = 1 << 6
    IMMER = 1 << 7
    VOLQU = 1 << 8
    TIMQU = 1 << 9
    LIUSA = 1 << 10
    TERMR = 1 << 11
    MONIT = 1 << 12
    ENVCL = 1 << 13
    MACAR = 1 << 14
    EVETH = 1 << 15
    EVEQU = 1 << 16
    TEBUR = 1 << 17
    IPMJL = 1 << 18
    QUVTI = 1 << 19
    EMRRE = 1 << 20


class ReportType(IntFlag, boundary=KEEP):
    """What a session report has (TS 29.244 8.2.21)."""

    DLDR = 1 << 0
    USAR = 1 << 1
    ERIR = 1 << 2
    UPIR = 1 << 3
    TMIR = 1 << 4
    SESR = 1 << 5
    UISR = 1 << 6


class UpFunctionFeatures(IntFlag, boundary=KEEP):
    """What a UPF can do (TS 29.244 8.2.25)."""

    BUCP = 1 << 0
    DDND = 1 << 1
    DLBD = 1 << 2
    TRST = 1 << 3
    FTUP = 1 << 4
    PFDM = 1 << 5
    HEEU = 1 << 6
    TREU = 1 << 7
    EMPU = 1 << 8
    PDIU = 1 << 9
    UDBC = 1 << 10
    QUOAC = 1 << 11
    TRACE = 1 << 12
    FRRT = 1 << 13
    PFDE = 1 << 14
    EPFAR = 1 << 15
    DPDRA = 1 << 16
    ADPDP = 1 << 17
    UEIP = 1 << 18
    SSET = 1 << 19
    MNOP = 1 << 20
    MTE = 1 << 21
    BUNDL = 1 << 22
    GCOM = 1 << 23
    MPAS = 1 << 24
    RTTL = 1 << 25
    VTIME = 1 << 26
    NORP = 1 << 27
    IPTV = 1 << 28
    IP6PL = 1 << 29
    TSCU = 1 << 30
    MPTCP = 1 << 31
    ATSSS_LL = 1 << 32
    QFQM = 1 << 33
    GPQM = 1 << 34
    MT_EDT = 1 << 35
    CIOT = 1 << 36
    ETHAR = 1 << 37
    DDDS = 1 << 38
    RDS = 1 << 39
    RTTWP = 1 << 40
    QUASF = 1 << 41
    NSPOC = 1 << 42


class CpFunctionFeatures(IntFlag, boundary=KEEP):
    """What an SMF can do (TS 29.244 8.2.58)."""

    LOAD = 1 << 0
    OVRL = 1 << 1
    EPFAR = 1 << 2
    SSET = 1 << 3
    BUNDL = 1 << 4
    MPAS = 1 << 5
    ARDR = 1 << 6
    UIAUR = 1 << 7
    PSUCC = 1 << 8


class ApplyAction(IntFlag, boundary=KEEP):
    """What happens to packets of a FAR (TS 29.244 8.2.26)."""

    DROP = 1 << 0
    FORW = 1 << 1
    BUFF = 1 << 2
    NOCP = 1 << 3
    DUPL = 1 << 4
    IPMA = 1 << 5
    IPMD = 1 << 6
    DFRT = 1 << 7
    EDRT = 1 << 8
    BDPN = 1 << 9
    DDPN = 1 << 10


class SmReqFlags(IntFlag, boundary=KEEP):
    """PFCPSMReq-Flags (TS 29.244 8.2.31)."""

    DROBU = 1 << 0
    SNDEM = 1 << 1
    QAURR = 1 << 2


class MeasurementMethod(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.40."""

    DURAT = 1 << 0
    VOLUM = 1 << 1
    EVENT = 1 << 2


class UsageInformation(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.59."""

    BEF = 1 << 0
    AFT = 1 << 1
    UAE = 1 << 2
    UBE = 1 << 3


class MeasurementInformation(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.68."""

    MBQE = 1 << 0
    INAM = 1 << 1
    RADI = 1 << 2
    ISTM = 1 << 3
    MNOP = 1 << 4
    SSPOC = 1 << 5
    ASPOC = 1 << 6


class NodeReportType(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.69."""

    UPFR = 1 << 0
    UPRR = 1 << 1
    CKDR = 1 << 2
    GPQR = 1 << 3


class AssociationReleaseRequestFlags(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.77."""

    SARR = 1 << 0
    URSS = 1 << 1


class AsRspFlags(IntFlag, boundary=KEEP):
    """PFCPASRsp-Flags (TS 29.244 8.2.134)."""

    PSREI = 1 << 0
    UUPSI = 1 << 1


class Proxying(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.97."""

    ARP = 1 << 0
    INS = 1 << 1


class DataStatus(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.179."""

    DROP = 1 << 0
    BUFF = 1 << 1


class PacketReplication(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.130."""

    PRIUEAI = 1 << 0
    PRIN19I = 1 << 1
    PRIN6I = 1 << 2
    DCARONI = 1 << 3


class IpVersion(IntFlag, boundary=KEEP):
    """TS 29.244 8.2.177."""

    V4 = 1 << 0
    V6 = 1 << 1


class OneFlag(IntFlag, boundary=KEEP):
    """Every element of one flag: DROBU, AOCI, RQI, BIDE, ETHI, PSDBU, PARPS, RESTI, UUPSI, RCSR, RDSI."""

    SET = 1


REPORTING_TRIGGERS = flags(37, "Reporting Triggers", ReportingTriggers, 3)
REPORT_TYPE = flags(39, "Report Type", ReportType)
UP_FUNCTION_FEATURES = flags(43, "UP Function Features", UpFunctionFeatures, 2)
APPLY_ACTION = flags(44, "Apply Action", ApplyAction, 2)
SM_REQ_FLAGS = flags(49, "PFCPSMReq-Flags", SmReqFlags)
SR_RSP_FLAGS = flags(50, "PFCPSRRsp-Flags", OneFlag)
MEASUREMENT_METHOD = flags(62, "Measurement Method", MeasurementMethod)
USAGE_REPORT_TRIGGER = flags(63, "Usage Report Trigger", UsageReportTrigger, 3)
CP_FUNCTION_FEATURES = flags(89, "CP Function Features", CpFunctionFeatures)
USAGE_INFORMATION = flags(90, "Usage Information", UsageInformation)
MEASUREMENT_INFORMATION = flags(100, "Measurement Information", MeasurementInformation)
NODE_REPORT_TYPE = flags(101, "Node Report Type", NodeReportType)
OCI_FLAGS = flags(110, "OCI Flags", OneFlag)
ASSOCIATION_RELEASE_REQUEST = flags(111, "PFCP Association Release Request", AssociationReleaseRequestFlags)
RQI = flags(123, "RQI", OneFlag)
PROXYING = flags(137, "Proxying", Proxying)
ETHERNET_FILTER_PROPERTIES = flags(139, "Ethernet Filter Properties", OneFlag)
ETHERNET_PDU_SESSION_INFORMATION = flags(142, "Ethernet PDU Session Information", OneFlag)
SR_REQ_FLAGS = flags(161, "PFCPSRReq-Flags", OneFlag)
AU_REQ_FLAGS = flags(162, "PFCPAUReq-Flags", OneFlag)
PACKET_REPLICATION = flags(179, "Packet Replication and Detection Carry-On Information", PacketReplication)
AS_RSP_FLAGS = flags(184, "PFCPASRsp-Flags", AsRspFlags)
SE_REQ_FLAGS = flags(186, "PFCPSEReq-Flags", OneFlag)
MT_EDT_CONTROL = flags(249, "MT-EDT Control Information", OneFlag)
QER_CONTROL_INDICATIONS = flags(251, "QER Control Indications", OneFlag)
IP_VERSION = flags(258, "IP version", IpVersion)
AS_REQ_FLAGS = flags(259, "PFCPASReq-Flags", OneFlag)
DATA_STATUS = flags(260, "Data Status", DataStatus)

"""Timers, volumes, rule references, slices, users, packet flow descriptions (TS 29.244 8.2)."""

from __future__ import annotations

import msgspec

from pilot5g.wire.pfcp.element import Ie, Octets, counted, within

_UNITS = {0: 2, 1: 60, 2: 600, 3: 3600, 4: 36_000}
INFINITE = 7


class TimerValue(msgspec.Struct, frozen=True):
    """A time as a unit (0: 2 s, 1: minute, 2: 10 minutes, 3: hour, 4: 10 hours, 7: for ever) and a number
    of 0 to 31 of it (TS 29.244 8.2.29, 8.2.35, 8.2.78)."""

    unit: int
    value: int

    @property
    def seconds(self) -> float:
        """Other units count as minutes."""
        return float("inf") if self.unit == INFINITE else _UNITS.get(self.unit, 60) * self.value


class Volume(msgspec.Struct, frozen=True, kw_only=True):
    """Octets, for thresholds and quotas (TS 29.244 8.2.13, 8.2.50)."""

    total: int | None = None
    uplink: int | None = None
    downlink: int | None = None


class VolumeMeasurement(msgspec.Struct, frozen=True, kw_only=True):
    """Octets and packets that were measured (TS 29.244 8.2.44)."""

    total: int | None = None
    uplink: int | None = None
    downlink: int | None = None
    total_packets: int | None = None
    uplink_packets: int | None = None
    downlink_packets: int | None = None


class DroppedDlTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold of dropped downlink traffic (TS 29.244 8.2.49)."""

    packets: int | None = None
    octets: int | None = None


class FailedRule(msgspec.Struct, frozen=True):
    """Which rule could not be created or changed: 0 PDR, 1 FAR, 2 QER, 3 URR, 4 BAR (TS 29.244 8.2.80)."""

    kind: int
    id: int


class TimeQuotaMechanism(msgspec.Struct, frozen=True):
    """0 continuous, 1 discrete time period, and its seconds (TS 29.244 8.2.81)."""

    kind: int
    interval: int


class Multiplier(msgspec.Struct, frozen=True):
    """`digits` times ten to the `exponent` (TS 29.244 8.2.84)."""

    digits: int
    exponent: int


class SNssai(msgspec.Struct, frozen=True):
    """A slice; SD 0xFFFFFF for none (TS 29.244 8.2.176)."""

    sst: int
    sd: int = 0xFFFFFF


class UserId(msgspec.Struct, frozen=True, kw_only=True):
    """Whose session it is, in the octets of each identity (TS 29.244 8.2.101)."""

    imsi: bytes | None = None
    imei: bytes | None = None
    msisdn: bytes | None = None
    nai: bytes | None = None
    supi: bytes | None = None
    gpsi: bytes | None = None
    pei: bytes | None = None


class PfdContents(msgspec.Struct, frozen=True, kw_only=True):
    """A packet flow description (TS 29.244 8.2.39). The last three are lists with lengths within."""

    flow_description: bytes | None = None
    url: bytes | None = None
    domain_name: bytes | None = None
    custom: bytes | None = None
    domain_name_protocol: bytes | None = None
    additional_flow_descriptions: bytes | None = None
    additional_urls: bytes | None = None
    additional_domain_names: bytes | None = None


class OffendingIeInformation(msgspec.Struct, frozen=True):
    """An element that could not be used, and what it had (TS 29.244 8.2.185)."""

    ie: int
    value: bytes


def _timer(raw: bytes) -> TimerValue:
    octet = Octets(raw).number()
    return TimerValue(octet >> 5, octet & 31)


def _timer_octets(value: TimerValue) -> bytes:
    return bytes((within(value.unit, 7, "unit") << 5 | within(value.value, 31, "timer"),))


def _numbers(octets: Octets, flag: int, count: int) -> list[int | None]:
    """Eight octets for each flag that is set, from bit 1 on."""
    return [octets.number(8) if flag >> bit & 1 else None for bit in range(count)]


def _numbers_octets(values: list[int | None]) -> bytes:
    flag = sum(1 << bit for bit, value in enumerate(values) if value is not None)
    return bytes((flag,)) + b"".join(value.to_bytes(8, "big") for value in values if value is not None)


def _volume(raw: bytes) -> Volume:
    octets = Octets(raw)
    total, uplink, downlink = _numbers(octets, octets.number(), 3)
    return Volume(total=total, uplink=uplink, downlink=downlink)


def _volume_octets(value: Volume) -> bytes:
    return _numbers_octets([value.total, value.uplink, value.downlink])


def _measurement(raw: bytes) -> VolumeMeasurement:
    octets = Octets(raw)
    numbers = _numbers(octets, octets.number(), 6)
    return VolumeMeasurement(**dict(zip(VolumeMeasurement.__struct_fields__, numbers, strict=True)))


def _measurement_octets(value: VolumeMeasurement) -> bytes:
    return _numbers_octets(list(msgspec.structs.astuple(value)))


def _dropped(raw: bytes) -> DroppedDlTraffic:
    octets = Octets(raw)
    packets, size = _numbers(octets, octets.number(), 2)
    return DroppedDlTraffic(packets=packets, octets=size)


def _dropped_octets(value: DroppedDlTraffic) -> bytes:
    return _numbers_octets([value.packets, value.octets])


_RULE_SIZES = {0: 2, 1: 4, 2: 4, 3: 4, 4: 1, 5: 2, 6: 1}
"""Octets of a rule's id by the kind of rule (TS 29.244 8.2.80)."""


def _failed(raw: bytes) -> FailedRule:
    octets = Octets(raw)
    kind = octets.number() & 31
    if kind not in _RULE_SIZES:
        raise ValueError(f"rule type {kind} is not known")
    return FailedRule(kind, octets.number(_RULE_SIZES[kind]))


def _failed_octets(value: FailedRule) -> bytes:
    if value.kind not in _RULE_SIZES:
        raise ValueError(f"rule type {value.kind} is not known")
    return bytes((value.kind,)) + value.id.to_bytes(_RULE_SIZES[value.kind], "big")


def _mechanism(raw: bytes) -> TimeQuotaMechanism:
    octets = Octets(raw)
    return TimeQuotaMechanism(octets.number() & 3, octets.number(4))


def _mechanism_octets(value: TimeQuotaMechanism) -> bytes:
    return bytes((within(value.kind, 3, "mechanism"),)) + value.interval.to_bytes(4, "big")


def _multiplier(raw: bytes) -> Multiplier:
    octets = Octets(raw)
    digits, exponent = octets.take(8), octets.take(4)
    return Multiplier(
        int.from_bytes(digits, "big", signed=True), int.from_bytes(exponent, "big", signed=True)
    )


def _multiplier_octets(value: Multiplier) -> bytes:
    return value.digits.to_bytes(8, "big", signed=True) + value.exponent.to_bytes(4, "big", signed=True)


def _snssai(raw: bytes) -> SNssai:
    octets = Octets(raw)
    return SNssai(octets.number(), octets.number(3))


def _snssai_octets(value: SNssai) -> bytes:
    return value.sst.to_bytes(1, "big") + value.sd.to_bytes(3, "big")


_USER_FIELDS = (("imsi", 1), ("imei", 2), ("msisdn", 4), ("nai", 8), ("supi", 16), ("gpsi", 32), ("pei", 64))
"""In the order of figure 8.2.101-1, each with its flag."""


def _user(raw: bytes) -> UserId:
    octets = Octets(raw)
    flag = octets.number()
    return UserId(**{name: octets.counted(1) for name, bit in _USER_FIELDS if flag & bit})


def _user_octets(value: UserId) -> bytes:
    given = [(bit, getattr(value, name)) for name, bit in _USER_FIELDS if getattr(value, name) is not None]
    return bytes((sum(bit for bit, _ in given),)) + b"".join(counted(field, 1) for _, field in given)


def _pfd(raw: bytes) -> PfdContents:
    octets = Octets(raw)
    flag = octets.number(2) >> 8
    fields = PfdContents.__struct_fields__
    return PfdContents(**{name: octets.counted() for bit, name in enumerate(fields) if flag >> bit & 1})


def _pfd_octets(value: PfdContents) -> bytes:
    fields = msgspec.structs.astuple(value)
    flag = sum(1 << bit for bit, field in enumerate(fields) if field is not None)
    return bytes((flag, 0)) + b"".join(counted(field) for field in fields if field is not None)


def _offending(raw: bytes) -> OffendingIeInformation:
    octets = Octets(raw)
    return OffendingIeInformation(octets.number(2), octets.rest())


def _offending_octets(value: OffendingIeInformation) -> bytes:
    return value.ie.to_bytes(2, "big") + value.value


VOLUME_THRESHOLD = Ie(31, "Volume Threshold", _volume, _volume_octets)
SUBSEQUENT_VOLUME_THRESHOLD = Ie(34, "Subsequent Volume Threshold", _volume, _volume_octets)
DL_BUFFERING_DURATION = Ie(47, "DL Buffering Duration", _timer, _timer_octets)
TIMER = Ie(55, "Timer", _timer, _timer_octets)
PFD_CONTENTS = Ie(61, "PFD Contents", _pfd, _pfd_octets)
VOLUME_MEASUREMENT = Ie(66, "Volume Measurement", _measurement, _measurement_octets)
DROPPED_DL_TRAFFIC_THRESHOLD = Ie(72, "Dropped DL Traffic Threshold", _dropped, _dropped_octets)
VOLUME_QUOTA = Ie(73, "Volume Quota", _volume, _volume_octets)
GRACEFUL_RELEASE_PERIOD = Ie(112, "Graceful Release Period", _timer, _timer_octets)
FAILED_RULE_ID = Ie(114, "Failed Rule ID", _failed, _failed_octets)
TIME_QUOTA_MECHANISM = Ie(115, "Time Quota Mechanism", _mechanism, _mechanism_octets)
MULTIPLIER = Ie(119, "Multiplier", _multiplier, _multiplier_octets)
SUBSEQUENT_VOLUME_QUOTA = Ie(121, "Subsequent Volume Quota", _volume, _volume_octets)
USER_ID = Ie(141, "User ID", _user, _user_octets)
UE_IP_ADDRESS_POOL_IDENTITY = Ie(
    177, "UE IP address Pool Identity", lambda raw: Octets(raw).counted(), counted
)
S_NSSAI = Ie(257, "S-NSSAI", _snssai, _snssai_octets)
OFFENDING_IE_INFORMATION = Ie(274, "Offending IE Information", _offending, _offending_octets)

"""SMS and its likes between a phone and whoever serves them, over the whole network."""

import asyncio

from judges.network import play, registered
from pilot5g.ran.ue.payloads import Payload
from pilot5g.service.n1 import N1Class, N1Payload
from pilot5g.wire.nas import PayloadContainerType


class Echo:
    """Answers every message with the same octets backwards."""

    kinds = frozenset(N1Class)

    def __init__(self, core):
        self.core, self.failed, self.tasks = core, [], set()

    def notified(self, supi, payload):
        back = N1Payload(kind=payload.kind, octets=payload.octets[::-1], routing=payload.routing)
        self.tasks.add(asyncio.ensure_future(self.core.amf.service.send_n1(supi, back)))

    def not_delivered(self, supi, payload, cause):
        self.failed.append((payload, cause))


def test_messages_of_every_kind_there_and_back_from_idle():
    async def flow(network):
        network.core.amf.n1_user = Echo(network.core)
        async with registered(network) as (unit,):
            phone, heard = unit.phone, []
            phone.payloads.listen(heard.append)
            for kind, routing in (
                (PayloadContainerType.SMS, None),
                (PayloadContainerType.LPP, b"\1"),
                (PayloadContainerType.UE_POLICY, None),
            ):
                await phone.until_idle()
                phone.payloads.send(kind, b"hello", routing)
                await asyncio.sleep(1)
                assert heard[-1] == Payload(kind, b"olleh", routing)
            assert phone.payloads.received == tuple(heard)

    play(flow, "timers: {X-INACTIVE: 5}\nphones: {count: 1}\n")


def test_an_idle_phone_is_called_for_an_sms_and_one_that_is_gone_is_reported():
    async def flow(network):
        user = network.core.amf.n1_user = Echo(network.core)
        (unit,) = network.units
        await unit.register()
        await unit.phone.until_idle()
        sms = N1Payload(kind=N1Class.SMS, octets=b"are you there")
        await network.core.amf.service.send_n1(unit.phone.config.supi, sms)
        await asyncio.sleep(3)
        assert [each.octets for each in unit.phone.payloads.received] == [sms.octets]
        await unit.phone.until_idle()
        await unit.phone.close()
        await network.core.amf.service.send_n1(unit.phone.config.supi, sms)
        await asyncio.sleep(20)
        assert user.failed == [(sms, "UE_NOT_RESPONDING")]

    play(flow, "timers: {X-INACTIVE: 5}\nphones: {count: 1}\n", empty=False)

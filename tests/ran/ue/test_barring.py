"""What a phone waits for before it asks: T302 of its radio, T3346 of its AMF (TS 38.331, TS 24.501 5.3.9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.flow.clock import now, run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.ran.radio import EstablishmentCause as Cause
from pilot5g.ran.radio import RrcRejected
from pilot5g.ran.ue.alarms import Alarms
from pilot5g.ran.ue.barring import DEFAULT_RANGE, Barred, Barring
from pilot5g.ran.ue.context import State, Substate
from pilot5g.ran.ue.outcome import Rejected
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind, ServiceType
from ran.ue.scripted import GUTI, TAI, Cell, Network, doing, play


class BusyCell(Cell):
    """Rejects the first connections, but those for these causes."""

    def __init__(self, network, rejects, wait=10, serves=(), **where):
        super().__init__(network, **where)
        self.rejects, self.wait, self.serves, self.asked = rejects, wait, serves, []

    def connect(self, phone, request):
        self.asked.append(request.cause)
        if self.rejects and request.cause not in self.serves:
            self.rejects -= 1
            raise RrcRejected("busy", self.wait)
        return super().connect(phone, request)


def busy(net, rejects=1, **options):
    net.cell = BusyCell(net, rejects, **options)
    net.phone.camp(net.cell)
    return net.cell


def test_a_rejected_phone_registers_when_t302_expires_38_331_5_3_15_2():
    async def flow(net):
        busy(net)
        with pytest.raises(RrcRejected):
            await net.phone.register()
        assert net.phone.context.state is State.DEREGISTERED
        assert net.phone.context.registration_attempts == 0  # this was none
        with pytest.raises(Barred, match="T302 runs for another 10 s"):
            await net.phone.register()
        await net.silence(9)
        await net.gets(nas.RegistrationRequest, 2)
        assert net.cell.asked == [Cause.MO_SIGNALLING] * 2  # while it ran, nobody was asked

    play(flow)


def test_rejected_again_it_waits_again():
    async def flow(net):
        cell = busy(net, rejects=3, wait=4)
        with pytest.raises(RrcRejected):
            await net.phone.register()
        await net.silence(11)
        await net.gets(nas.RegistrationRequest, 2)
        assert len(cell.asked) == 4

    play(flow)


def test_another_cell_may_take_it_38_331_5_3_15_2():
    async def flow(net):
        busy(net)
        with pytest.raises(RrcRejected):
            await net.phone.register()
        net.phone.camp(Cell(net, TAI, 0x20))
        await net.gets(nas.RegistrationRequest)

    play(flow)


def test_a_page_is_answered_while_t302_runs():
    async def flow(net):
        await net.registers()
        net.release()
        cell = busy(net, rejects=9, wait=16, serves=(Cause.MT_ACCESS,))
        with pytest.raises(RrcRejected):
            await net.phone.service_request()
        assert net.phone.registered
        net.phone.on_paging(GUTI.s_tmsi)
        request = await net.gets(nas.ServiceRequest)
        assert request.service_type == ServiceType.MOBILE_TERMINATED
        assert cell.asked[-1] is Cause.MT_ACCESS

    play(flow)


def test_a_rejected_service_request_is_no_attempt_5_6_1_7():
    async def flow(net):
        await net.registers()
        net.release()
        busy(net, rejects=9, wait=1)
        for _ in range(6):
            with pytest.raises(RrcRejected):
                await net.phone.service_request()
            await net.silence(2)
        assert net.phone.context.service_attempts == 0
        assert not net.phone.alarms.running("T3525")

    play(flow)


@pytest.mark.parametrize(
    ("identity", "cause"),
    [(1, Cause.MPS_PRIORITY_ACCESS), (2, Cause.MCS_PRIORITY_ACCESS), (11, Cause.HIGH_PRIORITY_ACCESS)],
)
def test_a_phone_with_priority_says_so_and_is_not_held_back_by_t3346(identity, cause):
    async def flow(net):
        await net.registers()
        assert net.setups[-1].cause is cause  # TS 24.501 table 4.5.6.1
        net.release()
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(600)))
            net.release()
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)  # at once
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(600)))
            net.release()

    play(flow, access_identity=identity)


def test_an_access_identity_without_meaning_is_refused():
    with pytest.raises(ValueError, match="access identity"):
        Network(access_identity=3)


def test_a_periodic_registration_due_meanwhile_comes_when_t3346_expires_5_3_7():
    async def flow(net):
        await net.registers(t3512_value=nas.GprsTimer3(60))
        net.release()
        async with doing(net.phone.service_request(), fails=Rejected):
            await net.gets(nas.ServiceRequest)
            net.send(nas.ServiceReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(120)))
            net.release()
        await net.silence(119)
        request = await net.gets(nas.RegistrationRequest, 2)
        assert request.registration_type.kind == RegistrationKind.PERIODIC

    play(flow)


def test_leaving_does_not_end_t3346():
    async def flow(net):
        await net.registers()
        net.release()
        async with doing(net.phone.register(), fails=Rejected):
            await net.gets(nas.RegistrationRequest)
            net.send(nas.RegistrationReject(cause=GmmCause.CONGESTION, t3346_value=nas.GprsTimer(60)))
            net.release()
        async with doing(net.phone.deregister()):
            await net.gets(nas.DeregistrationRequest)
            net.send(nas.DeregistrationAccept())
        net.release()
        with pytest.raises(Barred, match="T3346"):
            await net.phone.register()
        net.phone.renewal.stop()
        await net.silence(300)  # it may, but nobody wants it to any more
        assert net.phone.context.substate is Substate.NORMAL_SERVICE

    play(flow)


@given(seed=st.integers(0, 2**32), value=st.integers(2, 10_000))
def test_an_unprotected_value_counts_for_nothing(seed, value):
    async def whole():
        alarms = Alarms()
        wanted = []
        barring = Barring(alarms, seeded(seed), 0, wanted.append)
        barring.back_off(value, protected=False)
        barring.later(RegistrationKind.INITIAL)
        low, high = DEFAULT_RANGE
        with pytest.raises(Barred):
            barring.check(Cause.MO_DATA, Cell(None))
        left = barring._ends["T3346"] - now()
        assert low <= left <= high
        alarms.stop_all()

    run_virtual(whole())

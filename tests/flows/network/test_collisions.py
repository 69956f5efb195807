"""Collisions: at the k-th message of a phone's life somebody wants something else, from either side.

TS 24.501 has a clause for each (5.4.1.3.7, 5.5.1.2.7, 5.5.1.2.8, 5.5.2.2.6, 5.5.2.3.5, 5.6.1.7, 5.6.1.8,
6.3.3.5, 6.4.1.6, 6.4.3.6); here it is only asked that all of them end well: the phone can be used, a
bystander noticed nothing, and nothing is left. `HYPOTHESIS_PROFILE=deep` tries every message.
"""

import asyncio
import contextlib

import msgspec
import pytest

from judges.faults import YAML, Fated, call, sweep
from pilot5g.core.amf import ngap_nodes
from pilot5g.core.amf.events import Reconfigure
from pilot5g.flow.errors import ServiceError
from pilot5g.model import Ambr
from pilot5g.ran.network import HandoverFailed
from pilot5g.service.n1 import N1Class, N1Payload
from pilot5g.wire.nas import GsmCause, RegistrationKind

SOS = YAML + "emergency: {dnn: internet}\n"
"""With a data network for emergencies."""


def registers_again(network: Fated, deliver) -> None:
    """Another registration request, before or after everything."""
    deliver()
    network.spawn(network.phone.register())


def reboots(network: Fated, deliver) -> None:
    """The phone falls on the floor and begins anew, with the identity and the keys it remembers: an initial
    registration, protected, of a phone that the network may think registered."""
    deliver()
    network.spawn(network.swap_phone(remembering=True).register())


def reports_periodically(network: Fated, deliver) -> None:
    """T3512 expires right now."""
    deliver()
    network.phone.renewal.begin(RegistrationKind.PERIODIC)


def deregisters(network: Fated, deliver) -> None:
    deliver()
    network.spawn(network.phone.deregister())


def switches_off(network: Fated, deliver) -> None:
    deliver()
    network.spawn(network.phone.deregister(switch_off=True))


def asks_for_service(network: Fated, deliver) -> None:
    deliver()
    network.spawn(network.phone.service_request())


def opens_a_session(network: Fated, deliver) -> None:
    deliver()
    network.spawn(network.phone.open_session())


def releases_its_session(network: Fated, deliver) -> None:
    deliver()
    session = next(iter(network.phone.sessions), None)

    async def release() -> None:
        with contextlib.suppress(KeyError):  # the network was faster
            await network.phone.release_session(session.id)

    if session is not None and session.active:
        network.spawn(release())


def is_called(network: Fated, deliver) -> None:
    """Downlink data, before and after."""
    call(network)
    deliver()
    call(network)


def moves(network: Fated, deliver) -> None:
    """To another cell of its gNB."""
    deliver()
    cells, cell = network.phone.camping.cells, network.phone.cell
    if cell is not None:
        network.phone.camp(cells[(cells.index(cell) + 1) % len(cells)])


def moves_away(network: Fated, deliver) -> None:
    """To the other gNB, whose connections know nothing of the one left behind; and back some time later."""
    deliver()
    phone, (here, there) = network.phone, network.gnbs
    if phone.cell is not None:
        away = phone.cell not in there.cells
        phone.camp(there.cells[0] if away else here.cells[0])
        if phone.registered:
            phone.uplink.want_user_plane()


def goes_over_by_xn(network: Fated, deliver) -> None:
    """Handed over to the other gNB, or back from it, while whatever was going on goes on."""
    deliver()
    network.spawn(handed_over(network, "xn"))


def goes_over_by_n2(network: Fated, deliver) -> None:
    """The same through the AMF."""
    deliver()
    network.spawn(handed_over(network, "n2"))


async def handed_over(network: Fated, via: str) -> None:
    phone = network.phone
    target = next(gnb for gnb in network.gnbs if phone.cell not in gnb.cells)
    with contextlib.suppress(HandoverFailed):  # it may be idle, or about to be
        await network.radios.hand_over(phone, target.cells[0], via)


def session_is_released(network: Fated, deliver) -> None:
    """The SMF wants the session away, and the phone to come back with a new one."""
    deliver()
    network.spawn(released(network, GsmCause.REACTIVATION_REQUESTED))


def session_ends(network: Fated, deliver) -> None:
    deliver()
    network.spawn(released(network, GsmCause.REGULAR_DEACTIVATION))


async def released(network: Fated, cause: GsmCause) -> None:
    with contextlib.suppress(ServiceError):  # there may be none yet
        if not network.dead:
            await network.core.smf.release(network.phone.config.supi, 1, cause)


def must_come_again(network: Fated, deliver) -> None:
    """Network-initiated deregistration with re-registration."""
    deliver()
    network.spawn(deregistered(network, "REREGISTRATION_REQUIRED"))


def is_superseded(network: Fated, deliver) -> None:
    """The UDM says that the phone is another AMF's now."""
    deliver()
    network.spawn(deregistered(network, "UE_INITIAL_REGISTRATION"))


async def deregistered(network: Fated, reason: str) -> None:
    if not network.dead:
        await network.core.amf.service.deregister(network.phone.config.supi, reason)


def gets_a_new_name(network: Fated, deliver) -> None:
    """Configuration update with a new 5G-GUTI."""
    deliver()
    ue = network.core.amf.ues.by_supi.get(network.phone.config.supi)
    if ue is not None:
        ue.owner.deliver(Reconfigure(new_guti=True, names=True))


def must_prove_who_it_is(network: Fated, deliver) -> None:
    """The network has it authenticate anew: other keys for phone and radio."""
    deliver()
    with contextlib.suppress(ServiceError):  # it may not be registered yet
        if not network.dead:
            network.core.amf.operation.authenticate(network.phone.config.supi)


def gets_another_subscription(network: Fated, deliver) -> None:
    """One slice in place of two, and other rates: then the first one again."""
    deliver()
    network.spawn(resubscribed(network))


async def resubscribed(network: Fated) -> None:
    supi = network.phone.config.supi
    before = await network.repository.get(supi)
    assert before is not None
    other = msgspec.structs.replace(
        before.access, default_slices=before.access.default_slices[:1], ue_ambr=Ambr(10**6, 10**6)
    )
    for access in (other, before.access):
        if not network.dead:
            await network.repository.put(msgspec.structs.replace(before, access=access))
            await network.core.udm.changed(supi)
        await asyncio.sleep(1)


def gets_a_message(network: Fated, deliver) -> None:
    """An SMS, before and after."""
    network.spawn(messaged(network))
    deliver()
    network.spawn(messaged(network))


async def messaged(network: Fated) -> None:
    with contextlib.suppress(ServiceError):
        if not network.dead:
            payload = N1Payload(kind=N1Class.SMS, octets=b"hello")
            await network.core.amf.service.send_n1(network.phone.config.supi, payload)


def calls_for_help(network: Fated, deliver) -> None:
    deliver()

    async def call_out() -> None:
        session = await network.phone.call_for_help()
        await asyncio.sleep(1)
        with contextlib.suppress(KeyError):
            await network.phone.release_session(session.id)

    network.spawn(call_out())


def radio_resets(network: Fated, deliver) -> None:
    deliver()

    async def reset() -> None:
        await network.gnbs[0].reset()

    network.spawn(reset())


def amf_resets(network: Fated, deliver) -> None:
    deliver()
    for radio in list(network.core.amf.radios.values()):
        if radio.name == network.config.radios[0].name:
            ngap_nodes.reset(network.core.amf, radio)


COLLISIONS = (
    registers_again, reboots, reports_periodically, deregisters, switches_off, asks_for_service,
    opens_a_session, releases_its_session, is_called, moves, moves_away, session_is_released, session_ends,
    must_come_again, is_superseded, gets_a_new_name, radio_resets, amf_resets, goes_over_by_xn,
    goes_over_by_n2, must_prove_who_it_is, gets_another_subscription, gets_a_message, calls_for_help,
)  # fmt: skip


@pytest.mark.parametrize("event", COLLISIONS, ids=lambda event: event.__name__)
def test_a_collision_at_message_k(event):
    sweep(event, step=5, first=COLLISIONS.index(event), yaml=SOS)


@pytest.mark.parametrize(
    "event", [registers_again, reboots, must_prove_who_it_is, moves_away], ids=lambda event: event.__name__
)
def test_a_collision_at_message_k_of_a_life_by_eap(event):
    """EAP-AKA' in place of 5G AKA."""
    by_eap = YAML.replace("sessions:", "authentication: eap-aka-prime, sessions:")
    sweep(event, step=7, first=COLLISIONS.index(event), yaml=by_eap)

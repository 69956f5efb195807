"""The radio side as one process: gNBs over SCTP and UDP, phones over the air, all of them emulated."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import cast

from pilot5g.app.air import open_phones_air
from pilot5g.app.config import Config, Phone, Radio
from pilot5g.app.config_profile import profiles
from pilot5g.app.events import many
from pilot5g.app.moving import walks
from pilot5g.app.opening import opening
from pilot5g.app.places import RAN_UDP_PORT
from pilot5g.app.unit import PhoneUnit
from pilot5g.datapath.air import Air
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Journal
from pilot5g.flow.timer import Timers
from pilot5g.model import PduSessionType
from pilot5g.net.sctp import Mode, choose, open_endpoint
from pilot5g.net.udp import open_udp
from pilot5g.ran.gnb import Gnb, GnbConfig, cell_identities
from pilot5g.ran.mobility import Walk
from pilot5g.ran.network import HandoverFailed, RadioNetwork
from pilot5g.ran.radio import AccessBarring
from pilot5g.ran.ue.config import Algorithm, PhoneConfig, SessionWish
from pilot5g.ran.ue.phone import Phone as Handset

SETUP_PATIENCE = 15.0


class RadioSide:
    """Radios and phones. Every phone starts on a cell of its own choice: they are spread over all."""

    def __init__(self, journal: Journal, radios: RadioNetwork, units: list[PhoneUnit], detail: str) -> None:
        self.journal = journal
        self.radios = radios
        self.units = units
        self.detail = detail
        self.walks: list[Walk] = []
        """Those of phones that move."""

    @property
    def gnbs(self) -> list[Gnb]:
        """In the order of the configuration."""
        return list(self.radios.gnbs.values())

    async def connect(self) -> list[str]:
        """Start the gNBs, let phones camp; the gNBs that no AMF took, with the reason, for people."""
        await self.radios.start(SETUP_PATIENCE)
        for unit in self.units:
            unit.phone.camping.hears = self.radios.cells
            if self.radios.cells():
                unit.phone.camp(self.radios.pick())
        return [f"{gnb.name}: {gnb.trouble}" for gnb in self.gnbs if not gnb.in_service]

    async def hand_over(self, unit: PhoneUnit, via: str) -> float:
        """Hand a connected phone over to another gNB, `via` Xn or N2; the seconds that the AMF took. Raises
        HandoverFailed."""
        here = unit.phone.cell
        others = [cell for gnb in self.gnbs if here not in gnb.cells for cell in gnb.cells if cell.in_service]
        if not others:
            raise HandoverFailed("there is no other gNB in service")
        target = min(others, key=lambda cell: len(cell.listeners))
        return await self.radios.hand_over(unit.phone, target, via)

    async def close(self) -> None:
        """Phones first, then their radios."""
        for unit in self.units:
            await unit.close()
        await self.radios.close()


def gnb_config(config: Config, radio: Radio, timers: Timers) -> GnbConfig:
    """What a gNB is told."""
    amfs = tuple(config.n2_of(name) for name in radio.amfs)
    return GnbConfig(
        name=radio.name,
        gnb_id=radio.id,
        gnb_id_bits=radio.id_bits,
        plmns=(radio.plmn,),
        tac=radio.tac,
        cells=cell_identities(radio.id, radio.id_bits, radio.cells),
        slices=radio.slices,
        n2=(str(radio.n2_address), 0),
        amf=amfs[0],
        further_amfs=amfs[1:],
        n3=str(radio.n3_address),
        upf_port=config.n3.port,
        xn=radio.xn,
        access_control={
            each.category: AccessBarring(
                percent=each.percent, seconds=each.seconds, identities=frozenset(each.identities)
            )
            for each in radio.access_control
        },
        bars_in_overload=radio.bars_in_overload,
        rrc_inactive=config.network.rrc_inactive,
        random_access=radio.random_access,
        timers=timers,
    )


def phone_config(config: Config, phone: Phone, i: int, timers: Timers) -> PhoneConfig:
    """What a phone is told: SIM, algorithms, wishes."""
    assert phone.k is not None
    assert phone.opc is not None
    plain = PhoneConfig(
        name=f"ue{i} ({phone.imsi})",
        imsi=phone.imsi,
        home_plmn=config.network.plmn,
        k=phone.k,
        opc=phone.opc,
        algorithm=Algorithm(phone.algorithm),
        scheme=phone.suci_scheme,
        home_public_key=phone.public_key or b"",
        home_key_id=phone.key_id,
        routing_indicator=phone.routing_indicator,
        behind=phone.behind,
        ciphering=phone.ciphering,
        integrity=phone.integrity,
        requested_slices=phone.slices,
        sessions=tuple(
            SessionWish(dnn=each.dnn, snssai=each.slice, kind=each.type) for each in phone.sessions
        ),
        timers=timers,
    )
    return plain.profiled(profiles(config.phones.profiles)[phone.profile])


@asynccontextmanager
async def open_radio_side(config: Config, entropy: Entropy, place: str) -> AsyncIterator[RadioSide]:
    """The radio side on real sockets. `place` is the prefix of the phones' namespaces, or `inside`.

    Raises OSError or SctpUnavailable.
    """
    journal = Journal()
    timers = Timers(config.timers)
    async with AsyncExitStack() as stack:
        mode = choose(cast("Mode", config.n2.transport))
        with opening(f"SCTP of the radios ({mode})", "n2.transport"):
            endpoint = await open_endpoint(mode, udp_port=RAN_UDP_PORT, peer_udp_port=config.n2.udp_port)
        stack.push_async_callback(endpoint.close)
        air, how = open_phones_air(config, place)
        if air is not None:
            stack.callback(air.close)
        configs = [gnb_config(config, radio, timers) for radio in config.radios]
        radios = RadioNetwork.build(configs, endpoint, open_udp, journal, entropy)
        units = [
            _unit(
                config,
                phone,
                i,
                place,
                Handset(phone_config(config, phone, i, timers), journal, entropy),
                air,
            )
            for i, phone in enumerate(config.phones.list, 1)
        ]
        side = RadioSide(journal, radios, units, _detail(config, mode) + how)
        side.walks = walks(config, radios, units)
        stack.push_async_callback(side.close)
        yield side


def _unit(config: Config, phone: Phone, i: int, place: str, handset: Handset, air: Air | None) -> PhoneUnit:
    namespace = None if place == "inside" else f"{place}-ue{i}"
    dnn = next((each.dnn for each in phone.sessions if each.type is not PduSessionType.ETHERNET), None)
    network = (config.data_network(dnn) if dnn else None) or config.data_networks[0]
    return PhoneUnit(handset, handset.config.sessions, network, namespace, air, phone.bridge)


def _detail(config: Config, mode: str) -> str:
    cells = sum(radio.cells for radio in config.radios)
    radios, phones = many(len(config.radios), "gNB"), many(len(config.phones.list), "phone")
    return f"{radios} with {many(cells, 'cell')} and {phones}, N2 over {mode}"

"""A radio introduces itself, changes, resets, complains (TS 38.413 8.7)."""

import pytest

from flows.amf.world import OTHER_SLICE, PLMN, SLICE, Phone, play, settle
from pilot5g.model import Plmn, Snssai
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, guami_to, nssai_to, plmn_to, tac_to


def test_ng_setup_tells_who_the_amf_is():
    """8.7.1.2."""

    async def flow(world):
        gnb = world.gnb()
        gnb.says(gnb.setup_request())
        response = await gnb.gets(ngap.NGSetupResponse)
        assert response.amf_name == "amf-1"
        assert response.served_guami_list == [{"gUAMI": guami_to(world.config.guami)}]
        slices = nssai_to((SLICE, OTHER_SLICE))
        assert response.plmn_support_list == [{"pLMNIdentity": plmn_to(PLMN), "sliceSupportList": slices}]

    play(flow)


@pytest.mark.parametrize(
    ("options", "why", "reason", "fix"),
    [
        (
            {"tac": 7},
            ("misc", "unspecified"),
            "it offers TAC 7, the network serves 1, 2",
            "add 7 under `tracking_areas`, or change the radio",
        ),
        (
            {"plmn": Plmn("999", "70")},
            ("misc", "unknown-PLMN-or-SNPN"),
            "it offers PLMN 999-70, the network serves 001-01",
            "add 999-70 under `plmns`, or change the radio",
        ),
        (
            {"slices": (Snssai(9),)},
            ("radioNetwork", "slice-not-supported"),
            "it offers slice 9, the network serves 1, 2-010203",
            "add 9 under `slices`, or change the radio",
        ),
    ],
)
def test_ng_setup_with_nothing_in_common_fails_and_says_why(options, why, reason, fix):
    """8.7.1.3, 8.7.1.4."""

    async def flow(world):
        gnb = world.gnb(2, **options)
        gnb.says(gnb.setup_request())
        failure = await gnb.gets(ngap.NGSetupFailure)
        assert failure.cause == why
        assert failure.time_to_wait == "v10s"
        (entry,) = world.reasons()
        assert (entry.subject, entry.what, entry.reason, entry.fix) == ("gnb-2", "NG Setup", reason, fix)

    play(flow)


def test_two_radios_with_one_identity_are_told_apart():
    async def flow(world):
        await world.gnb(1).setup()
        other = world.gnb(1, address="10.9.9.9")
        other.says(other.setup_request())
        await other.gets(ngap.NGSetupFailure)
        assert "same gNB ID" in world.reasons()[0].reason

    play(flow)


def test_a_radio_that_comes_back_replaces_its_dead_association():
    async def flow(world):
        first = await world.gnb(1).setup()
        phone = Phone(world)
        await phone.register(first, follow_on=True)
        again = await world.gnb(1).setup()
        assert not first.alive
        assert again.alive
        assert not world.amf.connections

    play(flow)


def test_setting_up_again_drops_the_connections():
    """8.7.1.1: as a reset would."""

    async def flow(world):
        gnb = await world.gnb().setup()
        await Phone(world).register(gnb, follow_on=True)
        assert len(world.amf.connections) == 1
        await gnb.setup()
        assert not world.amf.connections

    play(flow)


def test_nothing_counts_before_ng_setup():
    """10.4."""

    async def flow(world):
        gnb = world.gnb()
        phone = Phone(world)
        phone.begins(gnb, phone.registration())
        error = await gnb.gets(ngap.ErrorIndication)
        assert error.cause == ("protocol", "message-not-compatible-with-receiver-state")
        assert not world.amf.connections

    play(flow)


def test_ran_configuration_update_changes_the_areas_and_may_fail():
    """8.7.2."""

    async def flow(world):
        gnb = await world.gnb().setup()
        (radio,) = world.amf.radios.values()

        def update(tac):
            broadcast = [{"pLMNIdentity": plmn_to(PLMN), "tAISliceSupportList": nssai_to((SLICE,))}]
            areas = [{"tAC": tac_to(tac), "broadcastPLMNList": broadcast}]
            gnb.says(ngap.RANConfigurationUpdate(ran_node_name="renamed", supported_ta_list=areas))

        update(2)
        await gnb.gets(ngap.RANConfigurationUpdateAcknowledge)
        assert [tai.tac for tai in radio.supported] == [2]
        update(9)
        failure = await gnb.gets(ngap.RANConfigurationUpdateFailure)
        assert failure.cause == ("misc", "unspecified")
        assert [tai.tac for tai in radio.supported] == [2]
        assert world.reasons()[0].fix == "add 9 under `tracking_areas`, or change the radio"

    play(flow)


def test_reset_of_everything_and_of_a_part():
    """8.7.4.2.2."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phones = [Phone(world, n) for n in (1, 2, 3)]
        for phone in phones:
            await phone.register(gnb, follow_on=True)
        part = [{"rAN-UE-NGAP-ID": phones[0].ran_id}, {"aMF-UE-NGAP-ID": phones[1].amf_id}]
        why = cause("misc", "om-intervention")
        gnb.says(ngap.NGReset(cause=why, reset_type=("partOfNG-Interface", part)))
        answer = await gnb.gets(ngap.NGResetAcknowledge)
        assert answer.ue_associated_logical_ng_connection_list == part
        assert list(world.amf.connections) == [phones[2].amf_id]
        gnb.says(ngap.NGReset(cause=why, reset_type=("nG-Interface", "reset-all")))
        await gnb.gets(ngap.NGResetAcknowledge)
        assert not world.amf.connections
        assert len(world.amf.ues.by_supi) == 3

    play(flow)


def test_a_reset_by_the_amf_is_acknowledged_or_noted():
    """8.7.4.2.1."""
    from pilot5g.core.amf.ngap_nodes import reset

    async def flow(world):
        gnb = await world.gnb().setup()
        (radio,) = world.amf.radios.values()
        reset(world.amf, radio)
        await gnb.gets(ngap.NGReset)
        gnb.says(ngap.NGResetAcknowledge())
        await settle()
        reset(world.amf, radio)
        await gnb.gets(ngap.NGReset)

    play(flow)


def test_error_indication_about_a_connection_ends_it():
    """8.7.5, 10.6."""

    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        gnb.says(ngap.ErrorIndication(**phone.ids, cause=cause("radioNetwork", "unspecified")))
        assert world.amf.connections
        gnb.says(ngap.ErrorIndication(**phone.ids, cause=cause("radioNetwork", "unknown-local-UE-NGAP-ID")))
        assert not world.amf.connections

    play(flow)


def test_losing_the_association_leaves_its_phones_idle_and_their_user_planes_off():
    async def flow(world):
        gnb = await world.gnb().setup()
        phone = Phone(world)
        await phone.register(gnb, follow_on=True)
        await phone.opens(1, dnn="internet")
        gnb.down()
        await settle()
        ue = world.amf.ues.by_supi[phone.supi]
        assert ue.connection is None
        assert ue.registered
        assert world.smf.updates()[-1] == "DEACTIVATED"
        gnb.up()
        await gnb.setup()

    play(flow)

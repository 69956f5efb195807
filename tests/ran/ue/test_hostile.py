"""What a phone does with octets nobody should send: nothing, or a STATUS; never a crash or a loop."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.wire import nas
from pilot5g.wire.nas import SecurityHeaderType as Header
from ran.ue.scripted import Network, doing, play

GENUINE = [
    nas.encode(message)
    for message in (
        nas.RegistrationAccept(registration_result=nas.RegistrationResult()),
        nas.ServiceAccept(pdu_session_status=frozenset({1})),
        nas.ConfigurationUpdateCommand(full_name_for_network=nas.NetworkName("x")),
        nas.DlNasTransport(
            payload_container_type=nas.PayloadContainerType.N1_SM,
            payload_container=nas.encode(nas.PduSessionModificationCommand(pdu_session_id=1, pti=0)),
            pdu_session_id=1,
        ),
        nas.AuthenticationRequest(
            ngksi=nas.KeySetIdentifier(1), abba=b"\0\0", rand=bytes(16), autn=bytes(16)
        ),
    )
]

octets = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=40).map(lambda rest: b"\x7e\0" + rest),
    st.binary(max_size=40).map(lambda rest: b"\x7e\0\x68\1" + len(rest).to_bytes(2) + rest),
    st.tuples(st.sampled_from(GENUINE), st.integers(0, 40), st.integers(0, 255)).map(
        lambda t: t[0][: t[1]] + bytes([t[2]]) + t[0][t[1] + 1 :]
    ),
)


@settings(max_examples=40)
@given(st.lists(octets, max_size=12), st.booleans())
def test_hostile_octets_before_and_after_security(messages, protected):
    """Whatever comes, protected or not, the phone lives, and registers again afterwards."""

    async def flow(net: Network):
        await net.registers()
        await net.opens()
        for message in messages:
            net.send(message, Header.CIPHERED if protected else None)
            await asyncio.sleep(0.01)
        net.release()
        await net.phone.close()

    play(flow)


@settings(max_examples=40)
@given(st.lists(octets, max_size=12))
def test_hostile_octets_in_the_middle_of_registration(messages):
    async def flow(net: Network):
        async with doing(net.phone.register()):
            await net.gets(nas.RegistrationRequest)
            for message in messages:
                if message[:2] != b"\x7e\0" or message[2:3] not in (b"\x44", b"\x58", b"\x4d", b"\x56"):
                    net.phone.on_nas(message)
            await asyncio.sleep(0.1)
            while not net.uplink.empty():
                net.read(net.uplink.get_nowait())
            await net.authenticate()
            await net.secure()
            net.send(net.accept())
            await net.gets(nas.RegistrationComplete)
        assert net.phone.registered

    play(flow)


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=70), max_size=20))
def test_hostile_packets(packets):
    async def flow(net: Network):
        from pilot5g.ran.ue.stack import Stack

        await net.registers()
        stack = Stack(await net.opens())
        net.phone.on_packets(1, packets)
        net.phone.send_packets(1, packets)
        assert stack.echoes_answered == 0

    play(flow)

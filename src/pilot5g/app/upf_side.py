"""The UPF as a process of its own: N3, N6 and a data path, told what to do over PFCP."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_address

import msgspec

from pilot5g.app.config import Config
from pilot5g.app.n4 import N4End, ntp_now, open_n4
from pilot5g.app.user_plane import UserPlane, open_user_plane
from pilot5g.core.upf import Upf
from pilot5g.core.upf.pfcp import PfcpServer
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import PacketPort
from pilot5g.flow.timer import Timers
from pilot5g.service.datapath import Datapath
from pilot5g.service.pfcp.endpoint import Identity


class UserPlaneFunction:
    """A UPF and its end of N4."""

    def __init__(self, config: Config, *, datapath: Datapath, end: N4End, entropy: Entropy) -> None:
        self.journal = Journal()
        self.upf = Upf(config.n3.address, datapath, entropy)
        smfs = dict.fromkeys((config.n4.smf_address, *config.n4.peers))
        self.server = PfcpServer(
            self.upf,
            end.port,
            [(address, config.n4.port) for address in smfs],
            Identity(ip_address(config.n4.upf_address), end.began),
            default_dnn=config.data_networks[0].dnn,
            clock=ntp_now,
            timers=Timers(config.timers),
            journal=self.journal,
            entropy=entropy,
        )

    def leftovers(self) -> list[str]:
        """What SMFs have left behind; empty once all their sessions are deleted."""
        return [f"UPF: {line}" for line in self.upf.leftovers()]


class OpenedUpf(msgspec.Struct, frozen=True):
    """A UPF that serves, and what to close when it is done."""

    function: UserPlaneFunction
    stack: AsyncExitStack
    detail: str


def _sweep(function: UserPlaneFunction, plane: UserPlane) -> None:
    plane.restored()
    function.journal.note(
        "UPF", f"{function.upf.sessions} sessions go on; what was there before is forgotten"
    )


async def open_upf(
    config: Config, entropy: Entropy, n6: Sequence[PacketPort] | None = None, *, prepared: bool = False
) -> OpenedUpf:
    """The UPF on real sockets. `n6` and `prepared` as for `app.user_plane.open_user_plane`. Raises OSError,
    with nothing left open."""
    stack = AsyncExitStack()
    try:
        plane = open_user_plane(config, n6, prepared=prepared)
        stack.callback(plane.close)
        end = open_n4(config, upf=True)
        function = UserPlaneFunction(config, datapath=plane.datapath, end=end, entropy=entropy)
        stack.push_async_callback(function.server.close)
        function.server.when_settled(lambda: _sweep(function, plane))
    except BaseException:
        await stack.aclose()
        raise
    n3, n4 = config.n3, config.n4
    peers = ", ".join(dict.fromkeys((n4.smf_address, *n4.peers)))
    detail = f"N4 {n4.upf_address}:{n4.port} for {peers}, N3 {n3.address}:{n3.port}, {plane.detail}"
    return OpenedUpf(function, stack, detail)

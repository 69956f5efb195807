"""The process with our own core under load: `python -m pilot5g.app.bench.core <configuration>`.

The same objects on the same sockets as in `app.serve`, with the data network inside. It tells its parent
nothing by itself and logs warnings only: a network under load is run like that, and what phones are refused
for they say themselves. On the order `call <address>` its data network sends that phone a packet, on `sctp`
it tells what SCTP has cost.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from pilot5g.app.bench.messages import Sctp, Serving, Unable, tell
from pilot5g.app.bench.sctp_share import SctpShare
from pilot5g.app.bench.urgency import go_first
from pilot5g.app.config import Config, load
from pilot5g.app.core_side import open_core
from pilot5g.app.inside import CALLBACK_PORT, InsideNetwork
from pilot5g.app.serve import Parent
from pilot5g.flow.clock import run_real


async def serve(config: Config) -> None:
    """Until told to end."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    urgent = go_first()
    inside = [InsideNetwork(each) for each in config.data_networks]
    opened = await open_core(config, os.urandom, inside)
    async with opened.stack:
        share = _metered(config)

        def order(line: str) -> None:
            what, _, address = line.partition(" ")
            if what == "call":
                for network in inside:
                    network.call(address, CALLBACK_PORT)
            elif what == "sctp":
                tell(Sctp(share.seconds if share is not None else None))

        parent = Parent()
        await parent.listen(order)
        tell(Serving(f"{opened.detail}, in {loop.time() - began:.2f} s{urgent}"))
        await parent.ending.wait()
        await parent.close()


def _metered(config: Config) -> SctpShare | None:
    """None where SCTP is the kernel's."""
    if config.n2.transport == "kernel":
        return None
    from pilot5g.net.sctp.stack import stack

    share = SctpShare()
    share.attach(stack())
    return share


def main(arguments: list[str]) -> int:
    """Run it; the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        run_real(serve(load(arguments[0])))
    except (OSError, ValueError) as error:
        logging.exception("the core cannot go on")
        tell(Unable(f"the core cannot go on: {type(error).__name__}: {error}"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

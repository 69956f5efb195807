"""Phones behind this machine's address: the kernel masquerades what leaves a data network's interface.

It is the kernel that does it, for translation is connection tracking: fragments, ICMP errors about either
end, the life of every mapping. Its rules are a table of nftables that is ours alone, put in by `nft` in one
transaction that replaces whatever a process before left of that name; conversations go on across it.
"""

from __future__ import annotations

import errno
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")
PATIENCE = 10.0
"""Seconds for `nft`, which needs some milliseconds."""


class NoNat(OSError):
    """Addresses cannot be translated here: why, and what would change that."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(number, text)
        self.text = text

    def __str__(self) -> str:
        return self.text


def table(identity: str) -> str:
    """The name of the table of a core, from what is its own."""
    return "pilot5g_" + re.sub(r"\W", "_", identity, flags=re.ASCII)


def rules(name: str, inner: Sequence[str], data_networks: Sequence[str]) -> str:
    """What `nft` reads. `inner`: interfaces whose IPv4 is translated where it leaves by any but one of
    `data_networks`, the interfaces of all. What belongs to no conversation cannot be translated, and would
    leave with a phone's address: it does not leave."""
    return f"""\
table ip {name} {{}}
delete table ip {name}
table ip {name} {{
    chain passing {{
        type filter hook forward priority filter; policy accept;
        iifname {_names(inner)} oifname != {_names(data_networks)} ct state invalid drop
    }}
    chain leaving {{
        type nat hook postrouting priority srcnat; policy accept;
        iifname {_names(inner)} oifname != {_names(data_networks)} masquerade
    }}
}}
"""


def _names(interfaces: Sequence[str]) -> str:
    return "{ " + ", ".join(f'"{each}"' for each in interfaces) + " }"


def masquerade(identity: str, inner: Sequence[str], data_networks: Sequence[str]) -> None:
    """Translate from now on, in the namespace of the calling thread. Raises NoNat."""
    if FORWARDING.read_text().strip() == "0":
        text = "the kernel forwards no IPv4: `sysctl -w net.ipv4.ip_forward=1`"
        raise NoNat(errno.EPERM, text)
    _nft(rules(table(identity), inner, data_networks))


def forget(identity: str) -> None:
    """Translate no more; nothing where nothing was."""
    with suppress(NoNat):
        _nft(f"delete table ip {table(identity)}\n")


def _nft(text: str) -> None:
    try:
        run = subprocess.run(
            ["nft", "-f", "-"], input=text, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
    except FileNotFoundError as missing:
        raise NoNat(errno.ENOENT, "the program `nft` is not there: `apt-get install nftables`") from missing
    except (OSError, subprocess.TimeoutExpired) as failed:
        raise NoNat(errno.EIO, f"the program `nft` does not run: {failed}") from failed
    if run.returncode:
        why = run.stderr.strip().partition("\n")[0]
        raise NoNat(errno.EPERM, f"the kernel refuses the rules of nftables (root is needed): {why}")

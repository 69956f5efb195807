"""A run of Python as an ordinary user, on a machine where we are root.

The interpreter, the packages and the sources may lie where only root can read (a clone in /root), and
/dev/net/tun may be closed. In a mount namespace of its own the run has all of them where anybody can read,
and in a network namespace of its own it meets no other run on loopback.
"""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest


def is_root() -> bool:
    """Whether we are root itself: root of a user namespace makes no device node and becomes nobody else."""
    return os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


needs_root_itself = pytest.mark.skipif(
    not is_root(), reason="needs root itself: in a user namespace nobody makes device nodes or changes user"
)

SOURCES = Path(__file__).parents[2] / "src"
PLACE = "/mnt"
PREPARE = """
set -e
mode=$1 prefix=$2 site=$3 sources=$4
shift 4
mount -t tmpfs -o mode=755 none /mnt
mkdir /mnt/prefix /mnt/site /mnt/src
mount --bind "$prefix" /mnt/prefix
mount --bind "$site" /mnt/site
mount --bind "$sources" /mnt/src
mkdir -m 777 /mnt/here
mknod /mnt/tun c 10 200
chmod "$mode" /mnt/tun
mount --bind /mnt/tun /dev/net/tun
cd /mnt/here
ip link set lo up
exec setpriv --reuid 65534 --regid 65534 --clear-groups -- "$@"
"""


def as_nobody(
    *arguments: str, tun_mode: str = "666", limit: float = 60, then: str = ""
) -> subprocess.CompletedProcess[str]:
    """`python <arguments>` as user 65534, in an empty folder that it may write to.

    `tun_mode`: 666 is /dev/net/tun as Debian has it. `then`: a shell command to run afterwards in the same
    folder, as the same user.
    """
    python = f"{PLACE}/prefix/bin/python3.{sys.version_info.minor}"
    run = [python, *arguments]
    if then:
        run = ["sh", "-c", f'"$@"; code=$?; {then}; exit $code', "sh", *run]
    site = sysconfig.get_path("purelib")
    prepared = ["sh", "-c", PREPARE, "sh", tun_mode, sys.base_prefix, site, str(SOURCES), *run]
    environment = {
        "PYTHONPATH": f"{PLACE}/src:{PLACE}/site",
        "PATH": os.environ["PATH"],
        "OUTER": "65534",
    }
    return subprocess.run(
        ["unshare", "--mount", "--net", *prepared],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd="/",
        timeout=limit,
    )

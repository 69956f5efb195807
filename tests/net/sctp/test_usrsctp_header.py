"""Our numbers and layouts against the headers of usrsctp and of the kernel, by the C compiler."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from pilot5g.net.sctp import SctpOptions, _cdef, kernel, library
from pilot5g.net.sctp.build import compile_into

USRSCTP = [
    "AF_CONN", "MSG_NOTIFICATION", "SCTP_RTOINFO", "SCTP_ASSOCINFO", "SCTP_INITMSG", "SCTP_NODELAY",
    "SCTP_PEER_ADDR_PARAMS", "SCTP_DELAYED_SACK", "SCTP_EVENT", "SCTP_RECVRCVINFO", "SPP_HB_ENABLE",
    "SPP_PMTUD_DISABLE", "SCTP_SENDV_SNDINFO", "SCTP_ASSOC_CHANGE", "SCTP_PEER_ADDR_CHANGE", "SCTP_COMM_UP",
    "SCTP_COMM_LOST", "SCTP_RESTART", "SCTP_SHUTDOWN_COMP", "SCTP_CANT_STR_ASSOC", "SOL_SOCKET", "SO_ERROR",
    "SO_LINGER", "IPPROTO_SCTP", "SHUT_WR", "MSG_EOR", "SOCK_STREAM",
]  # fmt: skip
KERNEL = [
    "SCTP_RTOINFO", "SCTP_ASSOCINFO", "SCTP_INITMSG", "SCTP_NODELAY", "SCTP_PEER_ADDR_PARAMS", "SCTP_EVENTS",
    "SCTP_STATUS", "SCTP_DELAYED_SACK", "SCTP_SNDRCV", "SPP_HB_ENABLE", "MSG_NOTIFICATION",
    "SCTP_ASSOC_CHANGE",
    "SCTP_COMM_UP", "SCTP_COMM_LOST", "SCTP_RESTART", "SCTP_SHUTDOWN_COMP", "SCTP_CANT_STR_ASSOC",
]  # fmt: skip

needs_usrsctp = pytest.mark.skipif(
    not Path("/usr/include/usrsctp.h").exists()
    or not Path("/usr/include/stdio.h").exists()
    or shutil.which("gcc") is None,
    reason="needs gcc and the Debian packages libc6-dev and libusrsctp-dev",
)
needs_python_headers = pytest.mark.skipif(
    not Path(sysconfig.get_path("include"), "pyconfig.h").exists(),
    reason="needs the headers of this Python (Debian package python3-dev)",
)
needs_kernel_header = pytest.mark.skipif(
    not Path("/usr/include/linux/sctp.h").exists()
    or not Path("/usr/include/stdio.h").exists()
    or shutil.which("gcc") is None,
    reason="needs gcc and the Debian packages libc6-dev and linux-libc-dev",
)


def compiled(tmp_path, header, expressions):
    """What C says the expressions are."""
    prints = "".join(f'printf("%ld\\n", (long)({expression}));' for expression in expressions)
    source = tmp_path / "print.c"
    source.write_text(
        f"#include <stddef.h>\n#include <stdio.h>\n#include <sys/socket.h>\n#include <netinet/in.h>\n"
        f"#include <{header}>\nint main(void) {{ {prints} return 0; }}\n"
    )
    program = tmp_path / "print"
    subprocess.run(["gcc", "-w", "-o", program, source], check=True, timeout=30)
    out = subprocess.run([program], capture_output=True, text=True, check=True, timeout=10).stdout
    return [int(line) for line in out.split()]


def sizes(options):
    """Of each socket option, as we pack it."""
    return {number: len(value) for number, value in options}


@pytest.mark.judge
@needs_usrsctp
def test_usrsctp_numbers_and_layouts(tmp_path):
    # the header redefines MSG_EOR for Windows only
    told = compiled(tmp_path, "usrsctp.h", USRSCTP)
    assert dict(zip(USRSCTP, told, strict=True)) == {name: getattr(_cdef, name) for name in USRSCTP}

    ours = sizes(library._socket_options(SctpOptions()))
    structures = {
        _cdef.SCTP_RTOINFO: "sctp_rtoinfo",
        _cdef.SCTP_ASSOCINFO: "sctp_assocparams",
        _cdef.SCTP_INITMSG: "sctp_initmsg",
        _cdef.SCTP_PEER_ADDR_PARAMS: "sctp_paddrparams",
        _cdef.SCTP_DELAYED_SACK: "sctp_sack_info",
        _cdef.SCTP_EVENT: "sctp_event",
    }
    wanted = compiled(
        tmp_path,
        "usrsctp.h",
        [f"sizeof(struct {name})" for name in structures.values()]
        + ["sizeof(struct sctp_rcvinfo)", "sizeof(struct sctp_sndinfo)", "sizeof(struct sockaddr_conn)"]
        + [
            "offsetof(struct sctp_paddrparams, spp_pathmaxrxt)",
            "offsetof(struct sctp_assoc_change, sac_state)",
        ]
        + ["offsetof(struct sctp_assoc_change, sac_outbound_streams)"],
    )
    assert wanted == [ours[number] for number in structures] + [28, 16, 16, 148, 8, 12]


@pytest.mark.judge
@needs_kernel_header
def test_kernel_numbers_and_layouts(tmp_path):
    told = compiled(tmp_path, "linux/sctp.h", KERNEL)
    assert dict(zip(KERNEL, told, strict=True)) == {name: getattr(kernel, name) for name in KERNEL}

    ours = sizes(kernel.socket_options(SctpOptions()))
    structures = {
        kernel.SCTP_RTOINFO: "sctp_rtoinfo",
        kernel.SCTP_ASSOCINFO: "sctp_assocparams",
        kernel.SCTP_INITMSG: "sctp_initmsg",
        kernel.SCTP_DELAYED_SACK: "sctp_sack_info",
    }
    wanted = compiled(
        tmp_path,
        "linux/sctp.h",
        [f"sizeof(struct {name})" for name in structures.values()]
        + ["sizeof(struct sctp_sndrcvinfo)", "offsetof(struct sctp_sndrcvinfo, sinfo_ppid)"]
        + ["offsetof(struct sctp_status, sstat_outstrms)", "offsetof(struct sctp_assoc_change, sac_state)"]
        + ["(offsetof(struct sctp_paddrparams, spp_ipv6_flowlabel) + 3) / 4 * 4"]
        + ["offsetof(struct sctp_paddrparams, spp_pathmaxrxt)"],
    )
    size = kernel.SNDRCVINFO.size
    assert wanted == [ours[number] for number in structures] + [
        size, 8, 18, 8, ours[kernel.SCTP_PEER_ADDR_PARAMS], 136,
    ]  # fmt: skip


@needs_usrsctp
@needs_python_headers
def test_the_compiled_binding_does_the_same(tmp_path):
    compile_into(tmp_path)
    program = """
import asyncio, sys
import pilot5g.net.sctp as sctp
sctp.__path__.append(sys.argv[1])
from pilot5g.net.sctp import library
assert library._load()[2], "not the compiled one"
done = []
class User:
    def on_up(self, association): association.send(b"hello", 3)
    def on_message(self, association, data, stream): done.append((data, stream))
    def on_down(self, association, reason): done.append(reason)
async def main():
    server = await sctp.open_endpoint("usrsctp-udp", udp_port=0)
    server.listen(("127.0.0.1", 38412), User())
    [carrier] = server._carriers.values()
    port = carrier.socket.getsockname()[1]
    client = await sctp.open_endpoint("usrsctp-udp", udp_port=0, peer_udp_port=port)
    client.connect(("127.0.0.1", 0), ("127.0.0.1", 38412), User())
    while len(done) < 2:
        await asyncio.sleep(0.01)
    await client.close()
    await server.close()
asyncio.run(main())
print(done)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.stdout == ("[(b'hello', 3), (b'hello', 3), 'shut down', 'shut down by the peer']\n"), (
        ended.stderr
    )

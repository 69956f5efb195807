"""libusrsctp as a Python object: one call each, errors as OSError or as negative errno where they are usual.

The base is cffi's ABI mode: the library is opened at run time and nothing is compiled. Where `build.py` has
put its compiled module, that is used instead: the same calls, some microseconds a message cheaper.

Two things hold of every callback the library makes: it runs while the library holds its locks, so it must
not call the library; and what it raises cannot be raised to anybody.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from pilot5g.flow.link import NGAP_PPID
from pilot5g.net.sctp import _cdef as c
from pilot5g.net.sctp.options import SctpOptions, SctpUnavailable

NAMES = ("libusrsctp.so.2", "libusrsctp.so")
_BUFFER = 1 << 18
_SOCKADDR = 16

Received = tuple[bytes, int, int, int]
"""Octets, stream, PPID, flags."""


class Library:
    """The library's one instance in this process: make it once.

    `output(token, packet)` must put a packet on the wire towards the peer address that `token` stands for;
    `upcall(key)` says that the socket marked with `key` may have something.
    """

    def __init__(self, output: Callable[[int, bytes], None], upcall: Callable[[int], None]) -> None:
        self.ffi, self.lib, compiled = _load()
        ffi = self.ffi
        self._buffer = ffi.new("char[]", _BUFFER)
        self._view = memoryview(ffi.buffer(self._buffer, _BUFFER))
        self._received = ffi.new("struct sctp_rcvinfo *")
        self._length = ffi.new("uint32_t *")
        self._kind = ffi.new("unsigned int *")
        self._flags = ffi.new("int *")
        self._from = ffi.new("struct sockaddr_conn *")
        self._from_length = ffi.new("uint32_t *")
        self._sent = ffi.new("struct sctp_sndinfo *")
        self._sent.snd_ppid = socket.htonl(NGAP_PPID)  # the library passes it on untouched
        self._callbacks = _callbacks(ffi, self.lib, compiled, output, upcall)
        self.lib.usrsctp_init_nothreads(0, self._callbacks[0], ffi.NULL)
        for name, value in c.SYSCTLS.items():
            getattr(self.lib, f"usrsctp_sysctl_set_sctp_{name}")(value)
        self.handle_timers: Callable[[int], None] = self.lib.usrsctp_handle_timers
        self.close: Callable[[Any], None] = self.lib.usrsctp_close

    def pointer(self, token: int) -> Any:
        """A token as the library carries it: an address it never looks behind."""
        return self.ffi.cast("void *", token)

    def input(self, pointer: Any, packet: Any) -> None:
        """One packet, SCTP common header first."""
        self.lib.usrsctp_conninput(pointer, self.ffi.from_buffer(packet), len(packet), 0)

    def checksum(self, packet: bytes) -> bytes:
        """The CRC32c of a packet whose checksum field is zero, as the field is to be."""
        return int(self.lib.usrsctp_crc32c(self.ffi.from_buffer(packet), len(packet))).to_bytes(
            4, sys.byteorder
        )

    def register(self, pointer: Any) -> None:
        """Make the library know an address, which an established association needs."""
        self.lib.usrsctp_register_address(pointer)

    def deregister(self, pointer: Any) -> None:
        """Forget an address."""
        self.lib.usrsctp_deregister_address(pointer)

    def socket(self, key: int, options: SctpOptions) -> Any:
        """A non-blocking one-to-one socket with all options set; accepted ones inherit them."""
        made = self.lib.usrsctp_socket(
            c.AF_CONN, c.SOCK_STREAM, c.IPPROTO_SCTP, self.ffi.NULL, self.ffi.NULL, 0, self.ffi.NULL
        )
        if made == self.ffi.NULL:
            raise self._error("socket")
        self.lib.usrsctp_set_non_blocking(made, 1)
        try:
            for option, value in _socket_options(options):
                self._set(made, c.IPPROTO_SCTP, option, value)
        except OSError:
            self.close(made)
            raise
        self.mark(made, key)
        return made

    def mark(self, of: Any, key: int) -> None:
        """Say what `upcall` is told for this socket."""
        self.lib.usrsctp_set_upcall(of, self._callbacks[1], self.ffi.cast("void *", key))

    def bind(self, of: Any, port: int) -> None:
        """Bind to an SCTP port at every address. Raises OSError where it is taken."""
        address = self._address(port, self.ffi.NULL)
        if self.lib.usrsctp_bind(of, self.ffi.cast("void *", address), _SOCKADDR):
            raise self._error(f"SCTP port {port}")

    def listen(self, of: Any, backlog: int) -> None:
        """Accept associations."""
        if self.lib.usrsctp_listen(of, backlog):
            raise self._error("listen")

    def connect(self, of: Any, pointer: Any, port: int) -> None:
        """Send INIT; the outcome is a notification."""
        address = self._address(port, pointer)
        failed = self.lib.usrsctp_connect(of, self.ffi.cast("void *", address), _SOCKADDR)
        if failed and self.ffi.errno != errno.EINPROGRESS:
            raise self._error("connect")

    def accept(self, of: Any) -> tuple[Any, int, int] | None:
        """The next new association: socket, the peer's token and its SCTP port."""
        self._from_length[0] = _SOCKADDR
        made = self.lib.usrsctp_accept(of, self.ffi.cast("void *", self._from), self._from_length)
        if made == self.ffi.NULL:
            return None
        self.lib.usrsctp_set_non_blocking(made, 1)
        token = int(self.ffi.cast("uintptr_t", self._from.sconn_addr))
        return made, token, socket.ntohs(self._from.sconn_port)

    def send(self, of: Any, data: bytes, stream: int) -> int:
        """Queue one NGAP message: 0, or the errno."""
        self._sent.snd_sid = stream
        sent = self.lib.usrsctp_sendv(
            of, data, len(data), self.ffi.NULL, 0, self._sent, _SNDINFO, c.SCTP_SENDV_SNDINFO, 0
        )
        return 0 if sent >= 0 else int(self.ffi.errno)

    def receive(self, of: Any) -> Received | int:
        """What the socket has next, or the errno. A long message comes in pieces, MSG_EOR on the last."""
        self._length[0] = _RCVINFO
        self._flags[0] = 0
        self._from_length[0] = _SOCKADDR
        info, flags = self._received, self._flags
        n = self.lib.usrsctp_recvv(
            of, self._buffer, _BUFFER, self._from, self._from_length, info, self._length, self._kind, flags
        )
        if n < 0:
            return int(self.ffi.errno)
        return self._view[:n].tobytes(), info.rcv_sid, socket.ntohl(info.rcv_ppid), flags[0]

    def shutdown(self, of: Any) -> bool:
        """Begin the graceful end; False where the association is not so far or is already over."""
        return bool(self.lib.usrsctp_shutdown(of, c.SHUT_WR) == 0)

    def abort(self, of: Any) -> None:
        """Send ABORT and close the socket."""
        self._set(of, c.SOL_SOCKET, c.SO_LINGER, struct.pack("=ii", 1, 0))
        self.close(of)

    def error(self, of: Any) -> int:
        """The socket's pending error."""
        value = self.ffi.new("int *")
        self._length[0] = 4
        self.lib.usrsctp_getsockopt(of, c.SOL_SOCKET, c.SO_ERROR, value, self._length)
        return int(value[0])

    def _set(self, of: Any, level: int, option: int, value: bytes) -> None:
        if self.lib.usrsctp_setsockopt(of, level, option, value, len(value)):
            raise self._error(f"option {option:#x}")

    def _address(self, port: int, pointer: Any) -> Any:
        address = self.ffi.new("struct sockaddr_conn *")
        address.sconn_family = c.AF_CONN
        address.sconn_port = socket.htons(port)
        address.sconn_addr = pointer
        return address

    def _error(self, what: str) -> OSError:
        number = int(self.ffi.errno)
        return OSError(number, f"{what}: {os.strerror(number)}")


_RCVINFO = 28
_SNDINFO = 16


def _load() -> tuple[Any, Any, bool]:
    """cffi's two handles, and whether they are of the compiled module."""
    try:
        from pilot5g.net.sctp import _usrsctp  # type: ignore[attr-defined]
    except ImportError:
        pass
    else:
        return _usrsctp.ffi, _usrsctp.lib, True
    import cffi

    ffi = cffi.FFI()
    ffi.cdef(c.CDEF)
    for name in NAMES:
        try:
            return ffi, ffi.dlopen(name), False
        except OSError:
            continue
    raise SctpUnavailable(
        errno.ENOENT, "SCTP in user space needs libusrsctp: install the Debian package libusrsctp2"
    )


def _callbacks(
    ffi: Any, lib: Any, compiled: bool, output: Callable[[int, bytes], None], upcall: Callable[[int], None]
) -> tuple[Any, Any]:
    cast, buffer = ffi.cast, ffi.buffer

    def on_output(address: Any, packet: Any, length: int, tos: int, dont_fragment: int) -> int:
        output(int(cast("uintptr_t", address)), buffer(packet, length)[:])
        return 0  # a packet that was not sent is a lost packet: retransmission is the library's business

    def on_upcall(of: Any, argument: Any, flags: int) -> None:
        upcall(int(cast("uintptr_t", argument)))

    if compiled:
        ffi.def_extern(name="pilot5g_output")(on_output)
        ffi.def_extern(name="pilot5g_upcall")(on_upcall)
        return lib.pilot5g_output, lib.pilot5g_upcall
    return (
        ffi.callback("int(void *, void *, size_t, uint8_t, uint8_t)", on_output),
        ffi.callback("void(struct socket *, void *, int)", on_upcall),
    )


def _socket_options(options: SctpOptions) -> list[tuple[int, bytes]]:
    def ms(seconds: float) -> int:
        return round(seconds * 1000)

    rto = struct.pack("=IIII", 0, ms(options.rto_initial), ms(options.rto_max), ms(options.rto_min))
    path = struct.pack(
        "=128sIIIIIHBx", b"", 0, ms(options.heartbeat), options.mtu - _OVERHEAD,
        c.SPP_HB_ENABLE | c.SPP_PMTUD_DISABLE, 0, options.max_retrans, 0,
    )  # fmt: skip
    streams, attempts = options.streams, options.init_attempts
    return [
        (c.SCTP_NODELAY, struct.pack("=i", 1)),
        (c.SCTP_RTOINFO, rto),
        (c.SCTP_PEER_ADDR_PARAMS, path),
        (c.SCTP_ASSOCINFO, struct.pack("=IIIIHH", 0, 0, 0, 0, options.max_retrans, 0)),
        (c.SCTP_DELAYED_SACK, struct.pack("=III", 0, ms(options.sack_delay), 2)),
        (c.SCTP_INITMSG, struct.pack("=HHHH", streams, streams, attempts, ms(options.rto_max))),
        (c.SCTP_RECVRCVINFO, struct.pack("=i", 1)),
        (c.SCTP_EVENT, struct.pack("=IHBx", 0, c.SCTP_ASSOC_CHANGE, 1)),
        (c.SCTP_EVENT, struct.pack("=IHBx", 0, c.SCTP_PEER_ADDR_CHANGE, 1)),
    ]


_OVERHEAD = 20 + 8 + 12
"""IPv4, UDP and the SCTP common header, which the library does not count to a path's MTU."""

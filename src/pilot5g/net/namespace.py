"""Network namespaces: made, entered, run in and removed, as root or in a user namespace of our own.

A named namespace is a file under /run/netns, as `ip netns` has it. The thread is what is in a namespace, not
the process; so whatever must happen inside one (open a TUN, a socket, start a program) happens in a thread
that enters it and ends, and what it opened works from everywhere. The threads of the loop never move.

An unprivileged user has all of this in a user namespace where the kernel grants one: there the program is
root over namespaces, links and routes of its own making, and over nothing else.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from pilot5g.net.netlink import Netlink

T = TypeVar("T")

DIRECTORY = Path("/run/netns")
TUN_DEVICE = Path("/dev/net/tun")

# linux/sched.h, linux/mount.h, umount(2)
_NEW_MOUNTS, _NEW_USER, _NEW_NETWORK = 0x00020000, 0x10000000, 0x40000000
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_DETACH = 2

_libc = ctypes.CDLL(None, use_errno=True)
_VALID_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")

Capability = Literal["root", "userns", "none"]


class NamespaceUnavailable(Exception):
    """The kernel or its administrator refuses network namespaces. `reason` says what and what to do."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Privilege(msgspec.Struct, frozen=True):
    """What this process may do, and where that is not everything, why."""

    capability: Capability
    reason: str = ""


def _checked(result: int, what: str) -> None:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _mount(source: str, target: str, kind: str | None, flags: int) -> None:
    result = _libc.mount(source.encode(), target.encode(), kind.encode() if kind else None, flags, None)
    _checked(result, f"mount {source} on {target}")


def inside(namespace: str | None, call: Callable[[], T]) -> T:
    """What `call` returns or raises, run in a thread within the namespace (None: this one).

    For short calls: it blocks. Raises OSError where the namespace cannot be entered.
    """
    if namespace is None:
        return call()
    path = DIRECTORY / namespace

    def enter_and_call() -> T:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _checked(_libc.setns(descriptor, _NEW_NETWORK), f"enter namespace {namespace}")
        finally:
            os.close(descriptor)
        return call()

    return _in_thread(enter_and_call)


def _in_thread(call: Callable[[], T]) -> T:
    """Run in a thread that ends: a namespace it entered is left with it."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="namespace")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def create(name: str) -> None:
    """A new namespace with its loopback up, without duplicate address detection: nobody else is in there,
    and IPv6 would begin a second late. Raises ValueError for a bad name, OSError (EEXIST: taken)."""
    if not _VALID_NAME.fullmatch(name) or name in {".", ".."}:
        raise ValueError(f"a namespace name is up to 64 letters, digits, '_', '.', '-', not {name!r}")
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    path = DIRECTORY / name
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444))
    try:
        _in_thread(lambda: _unshare_onto(path))
    except BaseException:
        path.unlink()
        raise


def _unshare_onto(path: Path) -> None:
    _checked(_libc.unshare(_NEW_NETWORK), "create a network namespace")
    bring_loopback_up()
    for which in ("all", "default"):
        with suppress(OSError):  # no IPv6 here, or /proc/sys is read-only: it only begins later
            _write(Path(f"/proc/sys/net/ipv6/conf/{which}/accept_dad"), "0")
    _mount("/proc/thread-self/ns/net", str(path), None, _BIND)


def bring_loopback_up() -> None:
    """In the namespace of the calling thread."""
    with Netlink() as netlink:
        netlink.set_link(1)


def remove(name: str) -> None:
    """Remove a namespace with everything in it; nothing where there is none."""
    path = DIRECTORY / name
    while _libc.umount2(str(path).encode(), _DETACH) == 0:
        pass  # a mount may lie over another
    path.unlink(missing_ok=True)


def names(prefix: str = "") -> list[str]:
    """The namespaces whose name begins so."""
    if not DIRECTORY.is_dir():
        return []
    return sorted(entry.name for entry in DIRECTORY.iterdir() if entry.name.startswith(prefix))


def remove_all(prefix: str) -> list[str]:
    """Remove the namespaces whose name begins so, and say which. Raises ValueError for an empty prefix."""
    if not prefix:
        raise ValueError("refusing to remove the namespaces of others: give a prefix")
    found = names(prefix)
    for name in found:
        remove(name)
    return found


def connect(a: str, a_link: str, b: str, b_link: str, mtu: int = 1500) -> None:
    """A veth pair: `a_link` in namespace `a`, `b_link` in `b`, both down. Raises OSError."""
    descriptor = os.open(DIRECTORY / b, os.O_RDONLY | os.O_CLOEXEC)
    try:
        inside(a, lambda: _add_veth(a_link, b_link, descriptor, mtu))
    finally:
        os.close(descriptor)


def _add_veth(name: str, peer: str, descriptor: int, mtu: int) -> None:
    with Netlink() as netlink:
        netlink.add_veth(name, peer, descriptor, mtu)


def configure(
    namespace: str | None,
    link: str,
    addresses: Sequence[str] = (),
    routes: Sequence[tuple[str, str | None]] = (),
) -> None:
    """Bring a link up with addresses (`10.0.0.1/24`) and routes (network, gateway). Raises OSError."""

    def apply() -> None:
        with Netlink() as netlink:
            index = netlink.index(link)
            netlink.set_link(index)
            for address in addresses:
                netlink.add_address(index, address)
            for network, gateway in routes:
                netlink.add_route(network, index=index, via=gateway)

    inside(namespace, apply)


def add_bridge(namespace: str | None, name: str, ports: Sequence[str] = (), *, silent: bool = False) -> None:
    """A bridge that is up, made where there is none, and links that are its ports. A `silent` one is no host
    of the network it makes. Raises OSError."""

    def apply() -> None:
        with Netlink() as netlink:
            try:
                netlink.add_bridge(name)
            except FileExistsError:
                netlink.set_link(netlink.index(name))
            for port in ports:
                netlink.set_master(netlink.index(port), name)
        settings = Path("/proc/sys/net/ipv6/conf") / name
        if silent and settings.is_dir():
            _write(settings / "disable_ipv6", "1")

    inside(namespace, apply)


def set_sysctl(namespace: str | None, key: str, value: str) -> None:
    """Write `net/ipv4/ip_forward` and the like, as the namespace sees it. Raises OSError."""
    inside(namespace, lambda: _write(Path("/proc/sys") / key, value))


def _write(path: Path, value: str) -> None:
    path.write_text(value)


def forward(namespace: str) -> None:
    """Let the kernel of that namespace route IPv4 and IPv6, before its links are made.

    It does not redirect: two phones of one data network meet in its TUN, and it is the only way between.
    """

    def enable() -> None:
        settings = Path("/proc/sys/net")
        for which in ("all", "default"):
            _write(settings / f"ipv4/conf/{which}/send_redirects", "0")
        _write(settings / "ipv4/ip_forward", "1")
        if (settings / "ipv6").is_dir():
            _write(settings / "ipv6/conf/all/forwarding", "1")

    inside(namespace, enable)


def run_in(namespace: str | None, argv: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a program inside; the options are those of `subprocess.Popen`. Raises OSError."""
    return inside(namespace, lambda: subprocess.Popen(list(argv), **options))


def argv_in(namespace: str | None, argv: Sequence[str]) -> list[str]:
    """The command line that runs this one inside, for `asyncio.create_subprocess_exec`."""
    return list(argv) if namespace is None else ["nsenter", f"--net={DIRECTORY / namespace}", "--", *argv]


def privilege() -> Privilege:
    """What network namespaces this process can have, found out by trying (TUN devices included)."""
    try:
        _in_thread(_try_as_root)
        return Privilege("root")
    except OSError as error:
        root_reason = str(error)
    probe = "from pilot5g.net import namespace as n; n.enter_user_namespace(); n.require_tun()"
    # By /proc/self/exe: after a change of user, the path of the interpreter may be closed to us.
    run = subprocess.run(
        [sys.executable, "-c", probe],
        executable="/proc/self/exe",
        capture_output=True,
        text=True,
        check=False,
        env=_environment(),
    )
    if run.returncode == 0:
        return Privilege("userns", f"not root ({root_reason})")
    lines = run.stderr.strip().splitlines()
    return Privilege("none", lines[-1].partition("NamespaceUnavailable: ")[2] or lines[-1] if lines else "")


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def capability() -> Capability:
    """`privilege().capability`."""
    return privilege().capability


def _try_as_root() -> None:
    if os.geteuid():
        raise PermissionError(errno.EPERM, f"user id is {os.geteuid()}")
    _checked(_libc.unshare(_NEW_NETWORK | _NEW_MOUNTS), "create a network namespace")
    require_tun()


def require_tun() -> None:
    """Raises NamespaceUnavailable, an OSError's text in it, where TUN devices are not to be had."""
    try:
        os.close(os.open(TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        advice = "as root: modprobe tun; chmod 0666 /dev/net/tun"
        raise NamespaceUnavailable(f"{TUN_DEVICE} cannot be opened: {error.strerror} ({advice})") from error


def enter_user_namespace() -> None:
    """Move this process into a user namespace where it is root over its own network and mounts.

    Once, at the start, before any thread. /run/netns (or /run, where it has none) becomes a private tmpfs.
    Raises NamespaceUnavailable.
    """
    user, group = os.getuid(), os.getgid()
    if len(os.listdir("/proc/self/task")) > 1:
        raise NamespaceUnavailable("a process with threads cannot enter a user namespace: do it first")
    try:
        _checked(_libc.unshare(_NEW_USER | _NEW_NETWORK | _NEW_MOUNTS), "create a user namespace")
        _map_identity(user, group)
        _mount("none", "/", None, _RECURSIVE | _PRIVATE)
        _mount("tmpfs", str(DIRECTORY if DIRECTORY.is_dir() else DIRECTORY.parent), "tmpfs", 0)
        DIRECTORY.mkdir(exist_ok=True)
        bring_loopback_up()
    except OSError as error:
        raise NamespaceUnavailable(f"{error.strerror} ({_advice(error.errno)})") from error


def _map_identity(user: int, group: int) -> None:
    _write(Path("/proc/self/setgroups"), "deny")
    _write(Path("/proc/self/uid_map"), f"0 {user} 1")
    _write(Path("/proc/self/gid_map"), f"0 {group} 1")


def _advice(code: int | None) -> str:
    if code == errno.ENOSPC:
        return "raise sysctl user.max_user_namespaces"
    for key, allowed in (
        ("kernel/unprivileged_userns_clone", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "0"),
    ):
        path = Path("/proc/sys") / key
        if path.exists() and path.read_text().strip() != allowed:
            return f"as root: sysctl -w {key.replace('/', '.')}={allowed}"
    return "run as root, or allow unprivileged user namespaces"
